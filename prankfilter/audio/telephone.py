"""From any recording to the telephone line that is scored."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from prankfilter.audio.recording import Signal
from prankfilter.vocabulary import SCORED_SOUND_S

LINE_RATE_HZ = 8000
"""The only sampling rate behind this point."""

RESAMPLING_LAG_S = 0.12
"""What soxr keeps back at most of a stream at 16 kHz while it waits for more (115 ms measured)."""


def to_line(signal: Signal) -> NDArray[np.float32]:
    """Resample a recording to 8 kHz; the one place where that happens.

    Parameters
    ----------
    signal : Signal
        Mono sound at its own rate.

    Returns
    -------
    NDArray[float32]
        Shape (n,), in [-1, 1], the first 30 s at most. Filtered by soxr ("HQ": pass band to 0.91 of 4 kHz);
        sound that has 8 kHz already comes back as it is.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 / 16000 * np.arange(16000)).astype(np.float32)
    >>> to_line(Signal(tone, 16000, 1.0)).shape
    (8000,)
    """
    samples = signal.samples[: round(SCORED_SOUND_S * signal.rate_hz)]
    if signal.rate_hz != LINE_RATE_HZ:
        samples = np.clip(soxr.resample(samples, signal.rate_hz, LINE_RATE_HZ, quality="HQ"), -1.0, 1.0)
    return samples[: round(SCORED_SOUND_S * LINE_RATE_HZ)].astype(np.float32, copy=False)


class LineFeed:
    """Resamples sound that comes in pieces: together they are, bit for bit, what `to_line` makes of it.

    Parameters
    ----------
    rate_hz : int
        Of the sound that comes in.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 / 16000 * np.arange(16000)).astype(np.float32)
    >>> feed = LineFeed(16000)
    >>> pieces = [feed.take(tone[:5000]), feed.take(tone[5000:]), feed.end()]
    >>> np.array_equal(np.concatenate(pieces), to_line(Signal(tone, 16000, 1.0)))
    True
    """

    def __init__(self, rate_hz: int) -> None:
        self._stream: Any = None
        if rate_hz != LINE_RATE_HZ:
            self._stream = soxr.ResampleStream(rate_hz, LINE_RATE_HZ, 1, dtype="float32", quality="HQ")

    @property
    def lag_s(self) -> float:
        """How much of the sound's end the filter keeps back until more of it, or its end, comes."""
        return 0.0 if self._stream is None else RESAMPLING_LAG_S

    def take(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take in a piece of shape (n,); returns what can be told of the line by now, shape (m,)."""
        return samples if self._stream is None else self._resample(samples, last=False)

    def end(self) -> NDArray[np.float32]:
        """Return what is left."""
        nothing = np.empty(0, np.float32)
        return nothing if self._stream is None else self._resample(nothing, last=True)

    def _resample(self, samples: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        line: NDArray[np.float32] = np.clip(self._stream.resample_chunk(samples, last=last), -1.0, 1.0)
        return line
