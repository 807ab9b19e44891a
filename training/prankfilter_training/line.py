"""A simulated telephone channel, seeded: band, noise, level, lost packets, codec.

For training and measuring only. What is drawn never depends on who speaks.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy import signal as filters

from prankfilter.audio.companding import decode_a_law, decode_mu_law, encode_a_law, encode_mu_law
from prankfilter.audio.telephone import LINE_RATE_HZ

Samples = NDArray[np.float32]

BAND_HZ = (300.0, 3400.0)
SNR_DB = (8.0, 30.0)
GAIN_DB = (-12.0, 6.0)
"""Against an active level of `SPEECH_LEVEL_DB`."""
SPEECH_LEVEL_DB = -22.0
"""Active level of speech before the gain, in dB below full scale (ITU-T P.56 tests use -26)."""
LOSS_SHARE = (0.0, 0.03)
"""Of packets; half of the lines lose none."""
PACKET_S = 0.02
NOISES = ("white", "pink", "babble")
CODECS = ("a_law", "mu_law", "gsm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One connection.

    Attributes
    ----------
    codec : str
        One of `CODECS`.
    noise : str
        One of `NOISES`.
    snr_db : float
        Active speech level against noise.
    gain_db : float
        Added to the active level of `SPEECH_LEVEL_DB`.
    loss_share : float
        Share of 20 ms packets that are lost, in [0, 1]; each is replaced by a fading copy of the last.
    """

    codec: str
    noise: str
    snr_db: float
    gain_db: float
    loss_share: float = 0.0

    @property
    def name(self) -> str:
        """Short and readable, such as ``gsm/pink/18dB``."""
        return f"{self.codec}/{self.noise}/{self.snr_db:.0f}dB"


def draw_line(rng: np.random.Generator) -> Line:
    """Draw a connection."""
    return Line(
        codec=str(rng.choice(CODECS)),
        noise=str(rng.choice(NOISES)),
        snr_db=float(rng.uniform(*SNR_DB)),
        gain_db=float(rng.uniform(*GAIN_DB)),
        loss_share=float(rng.uniform(*LOSS_SHARE)) if rng.random() < 0.5 else 0.0,
    )


def through(
    samples: Samples, line: Line, rng: np.random.Generator, *, babble: Samples | None = None
) -> Samples:
    """Send sound over a line.

    Parameters
    ----------
    samples : ndarray of shape (n,)
        Mono, 8 kHz, in [-1, 1]. Brought to the line's level first; silence stays silent and only gets noise.
    line : Line
        The connection.
    rng : Generator
        Noise and lost packets.
    babble : ndarray of shape (m,), optional
        Voices to make the noise ``babble`` from; pink noise stands in where there are none.

    Returns
    -------
    ndarray of shape (n,), float32
        In [-1, 1], as a centre would record it.
    """
    # Both levels are set within the band: what a voice has below it must not make it quieter on the line.
    speech = _with_active_level(_telephone_band(samples.astype(np.float64)), SPEECH_LEVEL_DB + line.gain_db)
    noise = _telephone_band(NOISE_MAKERS[line.noise](rng, len(samples), babble))
    loudness = 10 ** ((SPEECH_LEVEL_DB + line.gain_db - line.snr_db) / 20)
    noisy = speech + loudness * noise / max(_rms(noise), 1e-12)
    received = _lose_packets(noisy, line.loss_share, rng)
    return CODEC_ROUND_TRIPS[line.codec](np.clip(received, -1.0, 1.0))


def line_noise(
    line: Line, seconds: float, rng: np.random.Generator, *, babble: Samples | None = None
) -> Samples:
    """A line on which nobody speaks: its noise alone, through its codec."""
    return through(np.zeros(round(seconds * LINE_RATE_HZ), np.float32), line, rng, babble=babble)


def active_level_db(samples: NDArray[np.floating]) -> float:
    """Level of the loud half of 20 ms frames, in dB below full scale; -inf for digital silence.

    A plain stand-in for ITU-T P.56: pauses do not count.
    """
    frame = round(PACKET_S * LINE_RATE_HZ)
    power = (
        np.square(samples[: len(samples) // frame * frame].astype(np.float64)).reshape(-1, frame).mean(axis=1)
    )
    loud = power[power >= np.median(power)] if power.size else power
    return float(10 * np.log10(loud.mean())) if loud.size and loud.mean() > 0 else -np.inf


def _with_active_level(samples: NDArray[np.float64], level_db: float) -> NDArray[np.float64]:
    now_db = active_level_db(samples)
    return samples * 10 ** ((level_db - now_db) / 20) if np.isfinite(now_db) else samples


def _rms(samples: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(samples)))) if samples.size else 0.0


def _telephone_band(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    sections = filters.butter(4, BAND_HZ, btype="bandpass", fs=LINE_RATE_HZ, output="sos")
    return np.asarray(filters.sosfilt(sections, samples))


def _lose_packets(
    samples: NDArray[np.float64], loss_share: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Repeat the last packet at half its level in place of each lost one, as simple receivers do."""
    packet = round(PACKET_S * LINE_RATE_HZ)
    out = samples.copy()
    for place in np.flatnonzero(rng.random(len(samples) // packet) < loss_share):
        if place > 0:
            out[place * packet : (place + 1) * packet] = 0.5 * out[(place - 1) * packet : place * packet]
    return out


# --- noise -------------------------------------------------------------------------------------


def _white(rng: np.random.Generator, count: int, _babble: Samples | None) -> NDArray[np.float64]:
    return rng.standard_normal(count)


def _pink(rng: np.random.Generator, count: int, _babble: Samples | None) -> NDArray[np.float64]:
    """Noise whose power falls by 3 dB an octave."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    return np.asarray(np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), n=count))


def _babble(rng: np.random.Generator, count: int, babble: Samples | None) -> NDArray[np.float64]:
    """Six stretches of other voices on top of each other."""
    if babble is None or len(babble) < 2:
        return _pink(rng, count, None)
    starts = rng.integers(len(babble), size=6)
    stretches = (babble.take(np.arange(start, start + count), mode="wrap") for start in starts)
    return np.asarray(sum(stretch.astype(np.float64) for stretch in stretches))


NoiseMaker = Callable[[np.random.Generator, int, "Samples | None"], NDArray[np.float64]]
NOISE_MAKERS: Mapping[str, NoiseMaker] = MappingProxyType({"white": _white, "pink": _pink, "babble": _babble})


# --- codecs ------------------------------------------------------------------------------------


def _to_levels(samples: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.asarray(np.round(samples * 32767), dtype=np.int16)


def _to_samples(levels: NDArray[np.int16]) -> Samples:
    return (levels / np.float32(32768)).astype(np.float32)


def _a_law(samples: NDArray[np.float64]) -> Samples:
    return _to_samples(decode_a_law(encode_a_law(_to_levels(samples))))


def _mu_law(samples: NDArray[np.float64]) -> Samples:
    return _to_samples(decode_mu_law(encode_mu_law(_to_levels(samples))))


def _gsm(samples: NDArray[np.float64]) -> Samples:
    """GSM 06.10 full rate, by way of a WAV file in memory; it works on whole blocks and pads the last."""
    file = io.BytesIO()
    soundfile.write(file, _to_levels(samples), LINE_RATE_HZ, format="WAV", subtype="GSM610")
    file.seek(0)
    levels, _ = soundfile.read(file, dtype="int16")
    out = np.zeros(len(samples), np.int16)
    out[: min(len(levels), len(out))] = levels[: len(out)]
    return _to_samples(out)


CODEC_ROUND_TRIPS: Mapping[str, Callable[[NDArray[np.float64]], Samples]] = MappingProxyType(
    {"a_law": _a_law, "mu_law": _mu_law, "gsm": _gsm}
)
