"""Features of the sound beside the voice: silence, level, line, tones; and the rows of all sound."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.heard import HOP_S, Heard
from prankfilter.audio.quantiles import interpolated, median
from prankfilter.audio.runs import longest
from prankfilter.features.evidence import Evidence
from prankfilter.features.other_sounds import OTHER_SOUND_FEATURES
from prankfilter.features.places import LOUDEST, SPEECH, WHOLE_LOOK, Place, Span, at_flags, at_longest
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.features.voice import VOICE_FEATURES, of_sound
from prankfilter.vocabulary import Moment


def share(track: Callable[[Heard], NDArray[np.bool_]]) -> Callable[[Evidence], float]:
    """Share of the frames in which a track is set."""
    return of_sound(lambda heard: np.count_nonzero(track(heard)) / len(heard.level_db))


def seconds(track: Callable[[Heard], NDArray[np.bool_]]) -> Callable[[Evidence], float]:
    """Seconds in which a track is set."""
    return of_sound(lambda heard: float(np.count_nonzero(track(heard))) * HOP_S)


def heard_s(heard: Heard) -> float:
    """Seconds that were judged."""
    return heard.duration_s


def leading_silence_s(heard: Heard) -> float:
    """Seconds until something is heard for the first time; all of them if nothing is."""
    return heard.end_s(_leading(heard))


def _leading(heard: Heard) -> int:
    return len(heard.silent) if heard.silent.all() else int(heard.silent.argmin())


def longest_silence_s(heard: Heard) -> float:
    """Length of the longest unbroken silence; 0 if there is none."""
    run = longest(heard.silent)
    return heard.end_s(run[1]) - run[0] * HOP_S if run else 0.0


def speech_level_db(heard: Heard) -> float:
    """Median level of the speech frames."""
    return median(heard.level_db[heard.speech])


def loudest_db(heard: Heard) -> float:
    """Level of the loudest frame."""
    return float(heard.level_db.max())


def noise_floor_db(heard: Heard) -> float:
    """Level of the quietest tenth of the living frames."""
    return heard.noise_floor_db


def speech_to_noise_db(heard: Heard) -> float:
    """Median level of speech above the noise floor."""
    return speech_level_db(heard) - heard.noise_floor_db


def level_spread_db(heard: Heard) -> float:
    """Distance between the 10th and the 90th percentile of the level of the living frames."""
    living_db = heard.level_db[~heard.dead]
    if not len(living_db):
        return math.nan
    low_db, high_db = interpolated(np.sort(living_db), (0.1, 0.9))
    return high_db - low_db


def clipped_share(heard: Heard) -> float:
    """Share of all samples at full scale."""
    return float(heard.clipped.mean(dtype=np.float64))


def _leading_span(heard: Heard) -> Span | None:
    return (0.0, heard.end_s(_leading(heard))) if _leading(heard) else None


LEADING_SILENCE = Place("silence before the first sound", _leading_span)
LONGEST_SILENCE = at_longest(lambda heard: heard.silent, of="silence")


def _sound(
    name: str,
    unit: Unit,
    compute: Callable[[Evidence], float],
    low: float,
    high: float,
    *,
    meaning: str,
    says: str,
    where: Place,
    missing: str = "Less than 1 s of sound was heard.",
    version: int = 1,
) -> Feature:
    return Feature(
        name=name,
        unit=unit,
        source=Source.SOUND,
        known_from=Moment.AUDIO,
        version=version,
        meaning=meaning,
        missing=missing,
        low=low,
        high=high,
        compute=compute,
        says=says,
        where=where,
    )


SOUND_FEATURES: tuple[Feature, ...] = (
    _sound(
        "heard_s", Unit.SECONDS, of_sound(heard_s), 0, 30,
        meaning="Seconds of sound that were judged.",
        says="yang didengar baru {value} detik",
        where=WHOLE_LOOK,
    ),
    _sound(
        "silence_ratio", Unit.RATIO, share(lambda heard: heard.silent), 0, 1,
        meaning="Share of the time in which nothing but a quiet room or line is heard.",
        says="hening {value} dari waktu yang didengar",
        where=LONGEST_SILENCE,
    ),
    _sound(
        "leading_silence_s", Unit.SECONDS, of_sound(leading_silence_s), 0, 30,
        meaning="Seconds of silence before anything is heard.",
        says="hening {value} detik di awal panggilan",
        where=LEADING_SILENCE,
    ),
    _sound(
        "longest_silence_s", Unit.SECONDS, of_sound(longest_silence_s), 0, 30,
        meaning="Length of the longest silence.",
        says="hening paling lama {value} detik",
        where=LONGEST_SILENCE,
    ),
    _sound(
        "dead_ratio", Unit.RATIO, share(lambda heard: heard.dead), 0, 1, version=2,
        meaning="Share of the time in which the line is dead: digital silence, without even noise.",
        says="saluran mati total {value} dari waktu yang didengar",
        where=at_longest(lambda heard: heard.dead, of="dead line"),
    ),
    _sound(
        "speech_level_db", Unit.DECIBEL, of_sound(speech_level_db), -100, 3,
        meaning="Median level of speech, against full scale.",
        missing="Nobody speaks.",
        says="keras suara {value} dB",
        where=SPEECH,
    ),
    _sound(
        "loudest_db", Unit.DECIBEL, of_sound(loudest_db), -100, 3,
        meaning="Level of the loudest 32 ms, against full scale.",
        says="bunyi paling keras {value} dB",
        where=LOUDEST,
    ),
    _sound(
        "noise_floor_db", Unit.DECIBEL, of_sound(noise_floor_db), -100, 3,
        meaning="Level that the quietest tenth of the time stays under.",
        missing="The line is dead throughout.",
        says="derau latar {value} dB",
        where=WHOLE_LOOK,
    ),
    _sound(
        "speech_to_noise_db", Unit.DECIBEL, of_sound(speech_to_noise_db), -10, 100,
        meaning="How far speech stands above the noise floor.",
        missing="Nobody speaks.",
        says="suara {value} dB di atas derau latar",
        where=SPEECH,
    ),
    _sound(
        "level_spread_db", Unit.DECIBEL, of_sound(level_spread_db), 0, 103,
        meaning="Distance between quiet (10 %) and loud (90 %) moments.",
        missing="The line is dead throughout.",
        says="beda bagian pelan dan keras {value} dB",
        where=WHOLE_LOOK,
    ),
    _sound(
        "clipping_ratio", Unit.RATIO, of_sound(clipped_share), 0, 1,
        meaning="Share of the samples at full scale: shouting into the microphone, or a faulty line.",
        says="bunyi pecah karena terlalu keras {value} dari waktu yang didengar",
        where=at_flags(lambda heard: heard.clipped > 0, of="clipping"),
    ),
    _sound(
        "tonality_ratio", Unit.RATIO, share(lambda heard: heard.steady), 0, 1,
        meaning="Share of the time in which one steady tone holds most of the energy.",
        says="nada tetap {value} dari waktu yang didengar",
        where=at_flags(lambda heard: heard.steady, of="steady tone"),
    ),
    _sound(
        "dtmf_s", Unit.SECONDS, seconds(lambda heard: heard.dtmf), 0, 30, version=2,
        meaning="Seconds in which telephone keys sound.",
        says="bunyi tombol telepon {value} detik",
        where=at_flags(lambda heard: heard.dtmf, of="keys"),
    ),
    _sound(
        "call_progress_s", Unit.SECONDS, seconds(lambda heard: heard.call_progress), 0, 30, version=2,
        meaning="Seconds of a ring, busy or dial tone of 425 Hz.",
        says="nada sambung atau nada sibuk {value} detik",
        where=at_flags(lambda heard: heard.call_progress, of="such a tone"),
    ),
    _sound(
        "text_telephone_s", Unit.SECONDS, seconds(lambda heard: heard.text_telephone), 0, 30, version=2,
        meaning="Seconds of a text telephone's tones: the caller may be deaf.",
        says="nada telepon teks (penelepon mungkin tuli) {value} detik",
        where=at_flags(lambda heard: heard.text_telephone, of="its tones"),
    ),
    *OTHER_SOUND_FEATURES,
    *VOICE_FEATURES,
)  # fmt: skip
