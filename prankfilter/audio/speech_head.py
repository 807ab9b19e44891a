"""How likely somebody speaks, every 20 ms: a small net on the log-mel around, made of numbers that gain does
not change.

Each second is judged once, when it is complete. A place sees 0.4 s before it and 0.14 s behind it, but
nothing behind the second's end, so what is said of a second never changes with later sound.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.ears import Ears

OFFSETS = np.array([-20, -14, -9, -6, -4, -2, -1, 0, 1, 2, 4, 6])
"""The places that are looked at around each place, in steps of 20 ms."""

BANDS = 20
"""Mel bands are averaged in pairs, and frames too."""

LARGEST_GLIDE = 3.0
"""Semitones; a greater step of pitch between two places is an error of the octave."""

QUIET_SHARE = 0.1
"""A second's quiet is the level that this share of its places stays under."""

_TENTH = np.float32(0.1)


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Places of sound, one every 20 ms: two frames and one value of pitch each; float32.

    ``bands`` has shape (places, 20), the mean log-mel in dB; of shape (places,) are ``level_db`` (of the
    louder frame), ``voiced`` (0 or 1) and ``glide`` (semitones from the place before, 0 where either is
    unvoiced).
    """

    bands: NDArray[np.float32]
    level_db: NDArray[np.float32]
    voiced: NDArray[np.float32]
    glide: NDArray[np.float32]

    def followed_by(self, other: Places) -> Places:
        """These places, then the others."""
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return Places(*(np.concatenate(pair) for pair in pairs))

    def last(self, count: int) -> Places:
        """The last so many places."""
        return Places(*(getattr(self, field.name)[-count:] for field in fields(self)))


class Surroundings:
    """Makes, second by second, the vectors that a head looks at.

    Of earlier seconds it keeps what the next one's places look back to, the frame and the pitch that wait for
    a partner, and the quietest and the loudest so far.
    """

    def __init__(self) -> None:
        self._before: Places | None = None
        self._log_mel: NDArray[np.float32] = np.empty((0, 2 * BANDS), np.float32)
        self._level_db: NDArray[np.float32] = np.empty(0, np.float32)
        self._semitones = np.array([np.nan], np.float32)
        self._quiet_db = self._loudest_db = np.float32(np.nan)

    def feed(
        self, log_mel: NDArray[np.float32], level_db: NDArray[np.float32], pitch_hz: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Make the vectors of the places that a second completed.

        Parameters
        ----------
        log_mel, level_db : NDArray[float32]
            Shapes (frames, 40) and (frames,), dB: the frames that the second completed.
        pitch_hz : NDArray[float32]
            Shape (places,), places > 0; NaN where unvoiced. One place for two frames; a frame too many waits
            for the next second.

        Returns
        -------
        NDArray[float32]
            Shape (places, 267). The 20 bands at each of `OFFSETS` less the mean of all, in tens of dB; at
            each offset whether it is voiced, and the glide; then, in tens of dB, the level above the quiet of
            the quietest second so far, the loudest so far above the level, and the mean of all bands above
            that quiet. What came before the first second is taken to have been as its first place.
        """
        new = self._places(log_mel, level_db, pitch_hz)
        count = len(new.voiced)
        rank = int(QUIET_SHARE * count)
        self._quiet_db = np.fmin(self._quiet_db, np.partition(new.level_db, rank)[rank])
        self._loudest_db = np.fmax(self._loudest_db, new.level_db.max())
        known = new if self._before is None else self._before.followed_by(new)
        self._before = known.last(-int(OFFSETS[0]))
        here = np.arange(len(known.voiced) - count, len(known.voiced))
        around = np.clip(here[:, None] + OFFSETS, 0, len(known.voiced) - 1)
        bands = known.bands[around].reshape(count, -1)
        mean_db = bands.mean(axis=1)
        heights_db = (
            new.level_db - self._quiet_db,
            self._loudest_db - new.level_db,
            mean_db - self._quiet_db,
        )
        return np.concatenate(
            [
                _TENTH * (bands - mean_db[:, None]),
                known.voiced[around],
                known.glide[around],
                _TENTH * np.stack(heights_db, axis=1),
            ],
            axis=1,
        )

    def _places(
        self, log_mel: NDArray[np.float32], level_db: NDArray[np.float32], pitch_hz: NDArray[np.float32]
    ) -> Places:
        """Pair the frames; what has no partner yet is kept."""
        count = len(pitch_hz)
        log_mel = np.concatenate([self._log_mel, log_mel])
        level_db = np.concatenate([self._level_db, level_db])
        semitones = np.concatenate([self._semitones, 12 * np.log2(pitch_hz)])
        self._log_mel, self._level_db = log_mel[2 * count :], level_db[2 * count :]
        self._semitones = semitones[-1:]
        pairs = log_mel[: 2 * count].reshape(count, 2, BANDS, 2)
        return Places(
            bands=pairs.mean(axis=(1, 3)),
            level_db=level_db[: 2 * count].reshape(count, 2).max(axis=1),
            voiced=(~np.isnan(pitch_hz)).astype(np.float32),
            glide=np.minimum(np.nan_to_num(np.abs(np.diff(semitones))), np.float32(LARGEST_GLIDE)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class SpeechHead:
    """A net with one hidden layer of rectifiers; the arrays are those of `speech_arrays.SHAPES`."""

    hidden_weights: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: np.float32

    def log_odds(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-odds of speech less the threshold, shape (places,), of vectors of shape (places, 267)."""
        hidden = np.maximum(vectors @ self.hidden_weights + self.hidden_bias, np.float32(0))
        said: NDArray[np.float32] = hidden @ self.weights + self.bias
        return said


class SpeechTrack:
    """What a head says of one call, second by second."""

    def __init__(self, head: SpeechHead) -> None:
        self._head = head
        self._surroundings = Surroundings()

    def feed(
        self, log_mel: NDArray[np.float32], level_db: NDArray[np.float32], pitch_hz: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Judge the places of the next second, which are as for `Surroundings.feed`; shape (places,)."""
        return self._head.log_odds(self._surroundings.feed(log_mel, level_db, pitch_hz))


@functools.lru_cache(maxsize=4)
def speech_head_of(ears: Ears) -> SpeechHead | None:
    """The head of these ears, made once and shared by all calls; None where they have none."""
    if ears.speech is None:
        return None
    hidden_weights, hidden_bias, weights = (
        ears.speech[name].astype(np.float32) for name in ("hidden_weights", "hidden_bias", "weights")
    )
    return SpeechHead(hidden_weights, hidden_bias, weights, np.float32(ears.speech["bias"][0]))
