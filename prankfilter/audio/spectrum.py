"""Short-time spectrum of the line: mel bands, level, and the strongest lines for the tone detectors.

One real Fourier transform a frame (256 samples, Hann window, every 80 samples) feeds all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.telephone import LINE_RATE_HZ

HOP = 80
FRAME = 256
BINS = FRAME // 2 + 1
BIN_HZ = LINE_RATE_HZ / FRAME
QUIETEST_DB = -100.0

WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi / FRAME * np.arange(FRAME))).astype(np.float32)
"""Hann, periodic."""

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


def _share(band_hz: tuple[float, float]) -> NDArray[np.float64]:
    """A column of weights that sums the power of a band."""
    column = np.zeros(BINS)
    column[_bins(band_hz)] = 1.0
    return column


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """What is kept of the spectra of some frames; float32, first axis frames.

    ``centroid_hz`` and ``high_share`` are as in `Heard`. ``line_hz`` and ``line_share`` hold, for each of
    `PEAK_BANDS_HZ`, the frequency of the strongest line and its share of the energy in 200-3600 Hz;
    ``band_share`` holds the shares of `SHARE_BANDS_HZ`; ``band_of_all`` the share of 200-3600 Hz in all
    energy, which hum and offset bring down.
    """

    log_mel: NDArray[np.float32]
    level_db: NDArray[np.float32]
    centroid_hz: NDArray[np.float32]
    high_share: NDArray[np.float32]
    line_hz: NDArray[np.float32]
    line_share: NDArray[np.float32]
    band_share: NDArray[np.float32]
    band_of_all: NDArray[np.float32]


class Spectrum:
    """The transform with its constant matrix: the mel bank beside the bands.

    ``mel_hz``, shape (40,), holds the middle frequency of each mel band.
    """

    def __init__(self, mel_bank: NDArray[np.float64]) -> None:
        self._mels = len(mel_bank)
        self.mel_hz = mel_bank @ (BIN_HZ * np.arange(BINS)) / mel_bank.sum(axis=1)
        columns = [_share(band) for band in (WHOLE_BAND_HZ, LINE_BAND_HZ, HIGH_BAND_HZ, *SHARE_BANDS_HZ)]
        moment = _share(LINE_BAND_HZ) * BIN_HZ * np.arange(BINS)
        self._weights = np.column_stack([*mel_bank, moment, *columns]).astype(np.float32)

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
        frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
        transform = np.fft.rfft(frames * WINDOW)
        power = np.square(transform.real) + np.square(transform.imag)
        sums = power @ self._weights
        moment, whole, line, *shares = sums[:, self._mels :].T
        per_line = 1.0 / np.maximum(line, np.float32(1e-20))
        line_hz, line_power = _strongest_lines(power)
        return Spectra(
            log_mel=_decibel(sums[:, : self._mels]),
            level_db=_decibel(line * np.float32(_TO_MEAN_SQUARE)),
            line_hz=line_hz,
            centroid_hz=moment * per_line,
            high_share=shares[0] * per_line,
            line_share=line_power * per_line[:, None],
            band_share=np.stack(shares[1:], axis=1) * per_line[:, None],
            band_of_all=line / np.maximum(whole, np.float32(1e-20)),
        )


def _decibel(power: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.float32(10.0) * np.log10(np.maximum(power, np.float32(10 ** (QUIETEST_DB / 10))))


def _strongest_lines(power: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Find the strongest line in each of `PEAK_BANDS_HZ`: frequency in Hz and power within two bins of it.

    Between bins, the ratio a of the greater neighbour's magnitude to the peak's gives a sine's place: for a
    Hann window it lies (2a - 1) / (a + 1) bins towards that neighbour (Grandke 1983).
    """
    frames = np.arange(len(power))[:, None]
    bands = [_bins(band_hz) for band_hz in PEAK_BANDS_HZ]
    top = np.stack([band.start + power[:, band].argmax(axis=1) for band in bands], axis=1)
    around = power[frames[:, :, None], top[:, :, None] + np.arange(-2, 3)]
    right = around[:, :, 3] >= around[:, :, 1]
    neighbour = np.where(right, around[:, :, 3], around[:, :, 1])
    ratio = np.sqrt(neighbour / np.maximum(around[:, :, 2], np.float32(1e-20)))
    shift = (2 * ratio - 1) / (ratio + 1)
    hz = (top + np.where(right, shift, -shift)) * BIN_HZ
    return hz.astype(np.float32), around.sum(axis=2)
