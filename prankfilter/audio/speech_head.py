"""How likely somebody speaks, every 20 ms: a small net on the log-mel around, made of numbers that gain does
not change.

Each second is judged once, when it is complete. A place sees 0.4 s before it and 0.14 s behind it, but
nothing behind the second's end, so what is said of a second never changes with later sound.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.quantiles import row_means
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
_BEHIND = -int(OFFSETS[0])
_VOICED, _GLIDE = BANDS, BANDS + 1
"""Columns of a place, behind those of its bands."""

_PAIRED = np.tile(np.repeat(np.eye(BANDS, dtype=np.float32), 2, axis=0) / 4, (2, 1))
"""Turns two frames of 40 bands, side by side, into a place's 20: a product, for it is quicker than a mean."""


class Surroundings:
    """Makes, second by second, the vectors that a head looks at.

    Of earlier seconds it keeps what the next one's places look back to, the frame and the pitch that wait for
    a partner, and the quietest and the loudest so far.
    """

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None
        self._log_mel: NDArray[np.float32] = np.empty((0, 2 * BANDS), np.float32)
        self._level_db: NDArray[np.float32] = np.empty(0, np.float32)
        self._semitones = np.array([np.nan], np.float32)
        self._quiet_db, self._loudest_db = np.float32(np.inf), np.float32(-np.inf)

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
        places, level_db = self._places(log_mel, level_db, pitch_hz)
        count = len(places)
        self._quiet_db = min(self._quiet_db, np.sort(level_db)[int(QUIET_SHARE * count)])
        self._loudest_db = max(self._loudest_db, level_db.max())
        around = self._around(places)
        bands = around[:, :, :BANDS].reshape(count, -1)
        mean_db = row_means(bands)
        bands -= mean_db[:, np.newaxis]
        bands *= _TENTH
        heights_db = np.stack(
            (level_db - self._quiet_db, self._loudest_db - level_db, mean_db - self._quiet_db), axis=1
        )
        return np.concatenate(
            (bands, around[:, :, _VOICED], around[:, :, _GLIDE], _TENTH * heights_db), axis=1
        )

    def _places(
        self, log_mel: NDArray[np.float32], level_db: NDArray[np.float32], pitch_hz: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Pair the frames; what has no partner yet is kept.

        Returns
        -------
        places : NDArray[float32]
            Shape (places, 22): the mean log-mel in pairs of bands (dB), whether it is voiced (0 or 1), and
            the glide in semitones from the place before, 0 where either is unvoiced.
        level_db : NDArray[float32]
            Shape (places,), of the louder frame.
        """
        count = len(pitch_hz)
        log_mel = np.concatenate((self._log_mel, log_mel))
        level_db = np.concatenate((self._level_db, level_db))
        semitones = np.concatenate((self._semitones, 12 * np.log2(pitch_hz)))
        self._log_mel, self._level_db = log_mel[2 * count :], level_db[2 * count :]
        self._semitones = semitones[-1:]
        glide = np.minimum(np.abs(semitones[1:] - semitones[:-1]), np.float32(LARGEST_GLIDE))
        glide[np.isnan(glide)] = 0
        places = np.empty((count, BANDS + 2), np.float32)
        places[:, :BANDS] = log_mel[: 2 * count].reshape(count, -1) @ _PAIRED
        places[:, _VOICED] = ~np.isnan(pitch_hz)
        places[:, _GLIDE] = glide
        return places, np.maximum(level_db[: 2 * count : 2], level_db[1 : 2 * count : 2])

    def _around(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """What lies at each of `OFFSETS` around each of some new places, shape (places, 12, 22)."""
        before = np.repeat(places[:1], _BEHIND, axis=0) if self._before is None else self._before
        known = np.concatenate((before, places))
        self._before = known[-_BEHIND:]
        here = np.arange(_BEHIND, len(known))
        found: NDArray[np.float32] = known[np.minimum(here[:, np.newaxis] + OFFSETS, len(known) - 1)]
        return found


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
