"""Short-time spectrum of the line: mel bands, level, and the strongest lines for the tone detectors.

One real Fourier transform a frame (256 samples, Hann window, every 80 samples) feeds all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.quantiles import row_means
from prankfilter.audio.telephone import LINE_RATE_HZ

HOP = 80
FRAME = 256
BINS = FRAME // 2 + 1
BIN_HZ = LINE_RATE_HZ / FRAME
QUIETEST_DB = -100.0

WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi / FRAME * np.arange(FRAME))).astype(np.float32)
"""Hann, periodic."""

_QUIETEST_POWER = np.float32(10 ** (QUIETEST_DB / 10))
_LEAST_POWER = np.float32(1e-20)
_NEPER_PER_DB = np.float32(np.log(10) / 10)
_TO_MEAN_SQUARE = 2.0 / (FRAME * float(np.square(WINDOW, dtype=np.float64).sum()))
"""Turns a sum of power bins into the mean square of the samples (Parseval)."""

WHOLE_BAND_HZ = (BIN_HZ, LINE_RATE_HZ / 2)
LINE_BAND_HZ = (200.0, 3600.0)
HIGH_BAND_HZ = (2000.0, 3600.0)

PEAK_BANDS_HZ = (LINE_BAND_HZ, (620.0, 1040.0), (1120.0, 1740.0))
"""Where the strongest line is sought: the whole band, the low and the high group of telephone keys."""

SHARE_BANDS_HZ = ((1300.0, 1500.0), (1700.0, 1900.0), (880.0, 1280.0), (1550.0, 1950.0))
"""Whose share of the energy is kept: text telephones' 1400 and 1800 Hz (Baudot), the two channels of V.21."""


def _bins(band_hz: tuple[float, float]) -> slice:
    """The bins whose frequency lies in a band."""
    low_hz, high_hz = band_hz
    return slice(int(np.ceil(low_hz / BIN_HZ)), int(high_hz / BIN_HZ) + 1)


def _band(band_hz: tuple[float, float]) -> NDArray[np.float64]:
    """A column of weights that sums the power of a band."""
    column = np.zeros(BINS)
    column[_bins(band_hz)] = 1.0
    return column


_PEAK_BINS = [_bins(band_hz) for band_hz in PEAK_BANDS_HZ]
_FIRST_BINS = np.array([band.start for band in _PEAK_BINS])
_AROUND = np.arange(-2, 3)[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """What is kept of the spectra of some frames; float32, first axis frames.

    ``level_db``, ``log_mel``, ``centroid_hz``, ``high_share`` and ``flatness`` are as in `Heard`. ``line_hz``
    and ``line_share`` hold, for each of `PEAK_BANDS_HZ`, the frequency of the strongest line and its share of
    the energy in 200-3600 Hz; ``band_share`` holds the shares of `SHARE_BANDS_HZ`; ``whole_ratio`` the energy
    of all frequencies by that of 200-3600 Hz, which is great where hum or an offset prevails.
    """

    log_mel: NDArray[np.float32]
    level_db: NDArray[np.float32]
    flatness: NDArray[np.float32]
    centroid_hz: NDArray[np.float32]
    high_share: NDArray[np.float32]
    whole_ratio: NDArray[np.float32]
    band_share: NDArray[np.float32]
    line_hz: NDArray[np.float32]
    line_share: NDArray[np.float32]


class Spectrum:
    """The transform with its constant matrix: the mel bank, and beside it the sums that the rest is made of.

    ``mel_hz``, shape (40,), holds the middle frequency of each mel band.
    """

    def __init__(self, mel_bank: NDArray[np.float64]) -> None:
        bin_hz = BIN_HZ * np.arange(BINS)
        line = _band(LINE_BAND_HZ)
        levels = [mel_bank.mean(axis=0), line * _TO_MEAN_SQUARE]
        sums = [line, line * bin_hz, *map(_band, (HIGH_BAND_HZ, WHOLE_BAND_HZ, *SHARE_BANDS_HZ))]
        self._mels = len(mel_bank)
        self._weights = np.column_stack([*mel_bank, *levels, *sums]).astype(np.float32)
        self._levels = self._mels + len(levels)
        self.mel_hz = mel_bank @ bin_hz / mel_bank.sum(axis=1)

    def measure(self, samples: NDArray[np.float32]) -> Spectra:
        """Measure every complete frame.

        Parameters
        ----------
        samples : NDArray[float32]
            Shape (n,), n >= 256, 8 kHz.

        Returns
        -------
        Spectra
            Of 1 + (n - 256) // 80 frames. ``log_mel`` is
            ``librosa.power_to_db(librosa.feature.melspectrogram(..., center=False), top_db=None)``.
        """
        transform = np.fft.rfft(windows(samples, FRAME, HOP) * WINDOW)
        power = (np.square(transform.real) + np.square(transform.imag)).astype(np.float32, copy=False)
        sums = power @ self._weights
        levels_db = decibel(sums[:, : self._levels])
        log_mel = np.ascontiguousarray(levels_db[:, : self._mels])
        mean_db, level_db = levels_db[:, self._mels :].T.copy()
        line = np.maximum(sums[:, self._levels, None], _LEAST_POWER)
        ratios = sums[:, self._levels + 1 :] / line
        line_hz, line_power = _strongest_lines(power)
        return Spectra(
            log_mel=log_mel,
            level_db=level_db,
            flatness=np.exp(_NEPER_PER_DB * (row_means(log_mel) - mean_db)),
            centroid_hz=ratios[:, 0],
            high_share=ratios[:, 1],
            whole_ratio=ratios[:, 2],
            band_share=ratios[:, 3:],
            line_hz=line_hz,
            line_share=line_power / line,
        )


def windows(samples: NDArray[np.float32], length: int, hop: int) -> NDArray[np.float32]:
    """All complete windows of some length, one every hop: a view of shape (n, length), nothing is copied.

    Examples
    --------
    >>> windows(np.arange(7, dtype=np.float32), 4, 2).tolist()
    [[0.0, 1.0, 2.0, 3.0], [2.0, 3.0, 4.0, 5.0]]
    """
    count = max(0, 1 + (len(samples) - length) // hop)
    samples = np.ascontiguousarray(samples, np.float32)
    # Some 20 µs less than `sliding_window_view`, and it is asked twice a second; numpy checks the bounds.
    step = samples.itemsize
    return np.ndarray((count, length), np.float32, samples, strides=(hop * step, step))


def decibel(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ten times the decimal logarithm, but not below `QUIETEST_DB`; numpy is fast at the natural one only."""
    level_db: NDArray[np.float32] = np.log(np.maximum(power, _QUIETEST_POWER))
    level_db /= _NEPER_PER_DB
    return level_db


def _strongest_lines(power: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Find the strongest line in each of `PEAK_BANDS_HZ`: frequency in Hz and power within two bins of it.

    Between bins, the ratio a of the greater neighbour's magnitude to the peak's gives a sine's place: for a
    Hann window it lies (2a - 1) / (a + 1) bins towards that neighbour (Grandke 1983).
    """
    top = np.empty((len(power), len(_PEAK_BINS)), np.intp)
    for number, band in enumerate(_PEAK_BINS):
        power[:, band].argmax(axis=1, out=top[:, number])
    top += _FIRST_BINS
    flat = (top + BINS * np.arange(len(power))[:, None]).ravel()
    below, before, here, after, above = power.ravel().take(flat + _AROUND)
    ratio = np.sqrt(np.maximum(before, after) / np.maximum(here, _LEAST_POWER))
    shift = np.sign(after - before) * (2 * ratio - 1) / (ratio + 1)
    hz = (top.astype(np.float32) + shift.reshape(top.shape)) * np.float32(BIN_HZ)
    return hz, (below + before + here + after + above).reshape(top.shape)
