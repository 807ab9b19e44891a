"""Features of the voice: functions of what was heard, and their rows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.heard import HOP_S, Heard
from prankfilter.audio.quantiles import interpolated, median
from prankfilter.audio.runs import runs_of
from prankfilter.features.evidence import Evidence
from prankfilter.features.places import MOST_ATTENDED, SPEECH, Place, first_to_last
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.vocabulary import Moment

PAUSE_S = 0.2
"""Gaps in speech from here on are pauses; shorter ones belong to articulation."""

SYLLABLE_DB = 3.0
"""How far the level must fall on both sides of a syllable's peak."""

_SYLLABLE_FRAMES = 7


def of_sound(measure: Callable[[Heard], float]) -> Callable[[Evidence], float]:
    """Make a feature of what was heard; NaN where nothing was."""

    def compute(evidence: Evidence) -> float:
        return (
            math.nan
            if evidence.heard is None or not len(evidence.heard.level_db)
            else measure(evidence.heard)
        )

    return compute


def speech_s(heard: Heard) -> float:
    """Seconds of speech."""
    return heard.speech_s


def speech_share(heard: Heard) -> float:
    """Share of the frames that are speech."""
    return np.count_nonzero(heard.speech) / len(heard.speech)


def _voiced_hz(heard: Heard) -> NDArray[np.float64]:
    pitch_hz = heard.pitch_hz[heard.speech].astype(np.float64)
    return pitch_hz[~np.isnan(pitch_hz)]


def pitch_median_hz(heard: Heard) -> float:
    """Middle pitch of the voiced speech frames."""
    voiced_hz = _voiced_hz(heard)
    return median(voiced_hz)


def pitch_spread_semitones(heard: Heard) -> float:
    """Distance between the quartiles of pitch; 12 semitones are an octave.

    Quartiles, because one frame in twelve is heard an octave too high or too low.
    """
    voiced_hz = _voiced_hz(heard)
    if not len(voiced_hz):
        return math.nan
    low_hz, high_hz = interpolated(np.sort(voiced_hz), (0.25, 0.75))
    return 12.0 * math.log2(high_hz / low_hz)


def voiced_share(heard: Heard) -> float:
    """Share of the speech frames that have a pitch."""
    return len(_voiced_hz(heard)) / np.count_nonzero(heard.speech) if heard.speech.any() else math.nan


def syllables_per_s(heard: Heard) -> float:
    """Peaks of the smoothed level, 3 dB above the dips beside them, for each second of speech.

    People speak three to seven a second; a few hundredths of a second that pass for speech may hold more, at
    most one in two frames.
    """
    if not heard.speech.any():
        return math.nan
    smooth_db = np.convolve(heard.level_db, np.full(_SYLLABLE_FRAMES, 1 / _SYLLABLE_FRAMES), "same")
    peaks = sum(_count_peaks(smooth_db[start:end]) for start, end in runs_of(heard.speech))
    return peaks / heard.speech_s


def _count_peaks(level_db: NDArray[np.float64]) -> int:
    """Count rises by `SYLLABLE_DB` that are followed by as deep a fall, or by the end."""
    peaks, rising, lowest, highest = 0, False, math.inf, -math.inf
    for value in _turning_points(level_db):
        if not rising:
            lowest = min(lowest, value)
            if value >= lowest + SYLLABLE_DB:
                peaks, rising, highest = peaks + 1, True, value
        elif value > highest:
            highest = value
        elif value <= highest - SYLLABLE_DB:
            rising, lowest = False, value
    return peaks


def _turning_points(level_db: NDArray[np.float64]) -> list[float]:
    """The values at which a curve turns, its ends included."""
    falls = level_db[1:] < level_db[:-1]
    turns = np.flatnonzero(falls[1:] != falls[:-1]) + 1
    return [float(level_db[0]), *level_db[turns].tolist(), float(level_db[-1])]


def pauses_per_s(heard: Heard) -> float:
    """Gaps of at least 0.2 s between two stretches of speech, for each second from first to last speech."""
    runs = runs_of(heard.speech)
    if not len(runs):
        return math.nan
    gaps = runs[1:, 0] - runs[:-1, 1]
    return float(np.count_nonzero(gaps >= round(PAUSE_S / HOP_S)) / ((runs[-1, 1] - runs[0, 0]) * HOP_S))


def slope_db_per_octave(heard: Heard) -> float:
    """Slope of the mean speech spectrum over the logarithm of frequency, by least squares."""
    if not heard.speech.any():
        return math.nan
    octaves = np.log2(heard.mel_hz)
    octaves -= octaves.mean()
    mean_db = heard.speech.astype(np.float32) @ heard.log_mel / np.count_nonzero(heard.speech)
    return float(octaves @ mean_db / (octaves @ octaves))


def centroid_hz(heard: Heard) -> float:
    """Median, over the speech frames, of the spectrum's centre of gravity."""
    return median(heard.centroid_hz[heard.speech])


def high_band_share(heard: Heard) -> float:
    """Mean, over the speech frames, of the share of 2000-3600 Hz in the power."""
    return float(heard.high_share[heard.speech].mean(dtype=np.float64)) if heard.speech.any() else math.nan


def flatness(heard: Heard) -> float:
    """Median, over the speech frames, of geometric by arithmetic mean of the mel bands: 1 is noise."""
    return median(heard.flatness[heard.speech])


def _voice(
    name: str,
    unit: Unit,
    compute: Callable[[Evidence], float],
    low: float,
    high: float,
    *,
    meaning: str,
    says: str,
    missing: str = "Nobody speaks.",
    where: Place = SPEECH,
) -> Feature:
    return Feature(
        name=name,
        unit=unit,
        source=Source.SOUND,
        known_from=Moment.AUDIO,
        version=1,
        meaning=meaning,
        missing=missing,
        low=low,
        high=high,
        compute=compute,
        says=says,
        where=where,
    )


VOICE_FEATURES: tuple[Feature, ...] = (
    _voice(
        "speech_s", Unit.SECONDS, of_sound(speech_s), 0, 30,
        meaning="Seconds in which somebody speaks.",
        missing="Less than 1 s of sound was heard.",
        says="ada suara orang selama {value} detik",
    ),
    _voice(
        "speech_ratio", Unit.RATIO, of_sound(speech_share), 0, 1,
        meaning="Share of the time in which somebody speaks.",
        missing="Less than 1 s of sound was heard.",
        says="ada suara orang {value} dari waktu yang didengar",
    ),
    _voice(
        "pitch_median_hz", Unit.HERTZ, of_sound(pitch_median_hz), 60, 500,
        meaning="Middle pitch of the voice.",
        missing="No voice with a pitch was heard.",
        says="nada tengah suara {value} Hz",
    ),
    _voice(
        "pitch_spread_semitones", Unit.SEMITONES, of_sound(pitch_spread_semitones), 0, 37,
        meaning="How far the voice rises and falls: distance between the quartiles of its pitch.",
        missing="No voice with a pitch was heard.",
        says="naik turun nada suara {value} seminada",
    ),
    _voice(
        "voiced_ratio", Unit.RATIO, of_sound(voiced_share), 0, 1,
        meaning="Share of speech that has a pitch; low in whispering.",
        says="bagian ucapan yang bersuara penuh: {value}",
    ),
    _voice(
        "syllables_per_s", Unit.PER_SECOND, of_sound(syllables_per_s), 0, 50,
        meaning="Rhythm: syllable-like peaks of the level for each second of speech.",
        says="irama bicara {value} suku kata per detik",
    ),
    _voice(
        "pauses_per_s", Unit.PER_SECOND, of_sound(pauses_per_s), 0, 5,
        meaning="Pauses of 0.2 s or more between first and last speech, for each second.",
        says="jeda bicara {value} kali per detik",
        where=first_to_last(lambda heard: heard.speech, of="speech"),
    ),
    _voice(
        "slope_db_per_octave", Unit.DECIBEL_PER_OCTAVE, of_sound(slope_db_per_octave), -60, 60,
        meaning="Slope of the voice's spectrum; steep in soft, flat in pressed or shouted voices.",
        says="kemiringan spektrum suara {value} dB per oktaf",
    ),
    _voice(
        "centroid_hz", Unit.HERTZ, of_sound(centroid_hz), 200, 3600,
        meaning="Centre of gravity of the voice's spectrum.",
        says="pusat spektrum suara {value} Hz",
    ),
    _voice(
        "high_band_ratio", Unit.RATIO, of_sound(high_band_share), 0, 1,
        meaning="Share of 2000-3600 Hz in the voice's power.",
        says="bagian nada tinggi dalam suara: {value}",
    ),
    _voice(
        "flatness_ratio", Unit.RATIO, of_sound(flatness), 0, 1,
        meaning="Flatness of the voice's spectrum: near 0 a clear voice, towards 1 noise.",
        says="kerataan spektrum suara: {value}",
    ),
    _voice(
        "child_voice_probability", Unit.PROBABILITY, lambda evidence: evidence.child_voice_probability, 0, 1,
        meaning="Probability that the main speaker is a child of 9 years or younger.",
        missing="Less than 0.25 s of speech was heard, or the inference is switched off.",
        says="mungkin suara anak ({value})",
        where=MOST_ATTENDED,
    ),
)  # fmt: skip
