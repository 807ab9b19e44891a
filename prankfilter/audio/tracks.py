"""Sound in, tracks out: each second is worked on once, when it is complete."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.child_net import nets_of
from prankfilter.audio.child_track import NetTrack
from prankfilter.audio.frames import Frames, HopFacts, join
from prankfilter.audio.heard import Heard
from prankfilter.audio.look import look_back
from prankfilter.audio.pitch import PITCH_FRAME, PITCH_HOP, voiced_pitch
from prankfilter.audio.sounds import heads_of, judge_second
from prankfilter.audio.spectrum import FRAME, HOP, QUIETEST_DB, Spectra, Spectrum, windows
from prankfilter.audio.speech_head import SpeechTrack, speech_head_of
from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.bundle.ears import Ears
from prankfilter.errors import Cancelled
from prankfilter.vocabulary import LOOKS_S, SCORED_SOUND_S

PITCH_RANGE_DB = 35.0
"""Pitch is sought in frames that are at most so far below the loudest so far."""

HUM_RATIO = 10.0
"""Nor is it sought where all energy is more than so many times that of the line's band: that is mains hum."""

TOGETHER = 5
"""Where so many seconds are there at once, each part of the work is done for all of them before the next
part: its code stays in the processor's cache, which saves a quarter. No value depends on it."""


def _never() -> bool:
    return False


class Tracks:
    """The tracks of one call's sound, filled as it comes.

    Whatever the chunks, work is done in steps of one second, each once, and each looks at nothing later than
    its own end; where several are there, they go through each part of the work together. So the result after
    n seconds is, bit for bit, that of a recording of n seconds. What comes after the first 30 s is not looked
    at.

    Examples
    --------
    >>> tracks = Tracks(Ears("none", np.ones((40, 129))))
    >>> tracks.feed(np.zeros(12000, np.float32))
    >>> tracks.seconds, tracks.at_look().look_s
    (1.5, 1.0)
    """

    def __init__(self, ears: Ears) -> None:
        self._spectrum = _spectrum_of(ears)
        self._samples = np.empty(round(SCORED_SOUND_S * LINE_RATE_HZ), np.float32)
        self._filled = 0
        self._steps: list[Frames] = []
        self._loudest_db = np.float32(-np.inf)
        nets = nets_of(ears)
        self._voice = NetTrack(nets) if nets is not None else None
        self._heads = heads_of(ears)
        head = speech_head_of(ears)
        self._speech = SpeechTrack(head) if head is not None else None

    @property
    def seconds(self) -> float:
        """Seconds of sound taken in, 30 at most."""
        return self._filled / LINE_RATE_HZ

    @property
    def line(self) -> NDArray[np.float32]:
        """The sound itself, shape (n,), 8 kHz: a copy, for a call that is kept to be heard by people."""
        return self._samples[: self._filled].copy()

    @property
    def steps(self) -> tuple[Frames, ...]:
        """What each complete second left behind."""
        return tuple(self._steps)

    def feed(self, samples: NDArray[np.float32], *, cancelled: Callable[[], bool] = _never) -> None:
        """Take in more sound.

        Parameters
        ----------
        samples : NDArray[float32]
            Shape (n,), 8 kHz, in [-1, 1]; any n, 0 included.
        cancelled : callable
            Asked before each second's spectra; once it says True, `Cancelled` is raised as soon as the
            seconds before are done, `TOGETHER` at most. The sound is kept, so that the next call goes on
            where this one stopped.
        """
        taken = samples[: len(self._samples) - self._filled]
        self._samples[self._filled : self._filled + len(taken)] = taken
        self._filled += len(taken)
        complete = self._filled // LINE_RATE_HZ
        while (done := len(self._steps)) < complete:
            self._listen(range(done, min(done + TOGETHER, complete)), cancelled)

    def at_look(self) -> Heard:
        """The tracks at the longest look that is complete; under 1 s, empty ones without a look."""
        return self.at(max((look_s for look_s in LOOKS_S if look_s <= len(self._steps)), default=0.0))

    def at(self, seconds: float) -> Heard:
        """The tracks of the first ``seconds``, rounded down to whole ones.

        Raises
        ------
        ValueError
            If not so much sound was worked on yet.
        """
        count = int(seconds)
        if not 0 <= count <= len(self._steps):
            raise ValueError(
                f"seconds={seconds} must lie between 0 and {len(self._steps)}, the seconds heard"
            )
        frames = join(self._steps[:count])
        voice = self._voice.upto(len(frames.spectra.log_mel)) if self._voice and frames else None
        return look_back(frames, mel_hz=self._spectrum.mel_hz, seconds=count, voice=voice)

    def _listen(self, seconds: range, cancelled: Callable[[], bool]) -> None:
        """Work on the frames that end within each of some seconds, up to the first that is cancelled."""
        spectra = self._spectra(seconds, cancelled)
        pitch_hz = [
            self._pitch(second, self._may_be_voiced(found))
            for second, found in zip(seconds, spectra, strict=False)
        ]
        hops = [HopFacts.of(self._hops(second)) for second, _ in zip(seconds, spectra, strict=False)]
        if self._voice:
            for found in spectra:
                self._voice.feed(found.log_mel)
        both = list(zip(spectra, pitch_hz, strict=True))
        sounds = [judge_second(self._heads, found.log_mel, hz, found.level_db) for found, hz in both]
        speech = [
            None if self._speech is None else self._speech.feed(found.log_mel, found.level_db, hz)
            for found, hz in both
        ]
        self._steps.extend(map(Frames, spectra, hops, pitch_hz, sounds, speech))
        if len(spectra) < len(seconds):
            raise Cancelled("the deadline passed while sound was listened to")

    def _spectra(self, seconds: range, cancelled: Callable[[], bool]) -> list[Spectra]:
        """The spectra of each second, up to the first that is cancelled."""
        found: list[Spectra] = []
        for second in seconds:
            if cancelled():
                break
            first, last = _frames_of(second)
            found.append(self._spectrum.measure(self._samples[first * HOP : (last - 1) * HOP + FRAME]))
        return found

    def _hops(self, second: int) -> NDArray[np.float32]:
        """The samples of the hops of a second's frames, shape (frames, 80)."""
        first, last = _frames_of(second)
        return self._samples[first * HOP : last * HOP].reshape(-1, HOP)

    def _may_be_voiced(self, spectra: Spectra) -> NDArray[np.bool_]:
        """Frames that are not too far below the loudest so far, and not mere hum."""
        loudest_db = np.maximum(np.maximum.accumulate(spectra.level_db), self._loudest_db)
        self._loudest_db = loudest_db[-1]
        near = (spectra.level_db > loudest_db - PITCH_RANGE_DB) & (spectra.level_db > QUIETEST_DB)
        return near & (spectra.whole_ratio <= HUM_RATIO)

    def _pitch(self, second: int, may_be_voiced: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Pitch at each place whose 47 ms end within the second, NaN where it is unvoiced.

        The middle of place i is nearest to that of frame 2 i + 1, which is never in an earlier or later step.
        """
        first, last = _places_of(second)
        samples = self._samples[first * PITCH_HOP : (last - 1) * PITCH_HOP + PITCH_FRAME]
        places = windows(samples, PITCH_FRAME, PITCH_HOP)
        offset = 2 * first + 1 - _frames_of(second)[0]
        worth = may_be_voiced[offset::2][: last - first]
        found_hz = np.full(last - first, np.nan, np.float32)
        found_hz[worth] = voiced_pitch(places[worth])
        return found_hz


@functools.lru_cache(maxsize=4)
def _spectrum_of(ears: Ears) -> Spectrum:
    """The transform of these ears, made once and shared by all calls."""
    return Spectrum(ears.mel_bank)


def _frames_of(second: int) -> tuple[int, int]:
    """The frames (first, last + 1) that end within a second."""
    start, end = second * LINE_RATE_HZ, (second + 1) * LINE_RATE_HZ
    return _complete_at(start, FRAME, HOP), _complete_at(end, FRAME, HOP)


def _places_of(second: int) -> tuple[int, int]:
    """The places of pitch (first, last + 1) whose samples end within a second."""
    start, end = second * LINE_RATE_HZ, (second + 1) * LINE_RATE_HZ
    return _complete_at(start, PITCH_FRAME, PITCH_HOP), _complete_at(end, PITCH_FRAME, PITCH_HOP)


def _complete_at(end: int, length: int, hop: int) -> int:
    """How many windows of some length, one every hop, are complete at a sample."""
    return max(0, 1 + (end - length) // hop)
