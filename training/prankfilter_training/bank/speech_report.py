"""How well the head finds speech: on speakers and sounds that it never met, with intervals over them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.vocabulary import LOOKS_S
from prankfilter_training.bank import speech_measures as measures
from prankfilter_training.bank.backgrounds import BABIES, MUSIC, ROOM, UUID_LENGTH
from prankfilter_training.bank.mixtures import SNR_DB, Mixture
from prankfilter_training.bank.recordings import Recording
from prankfilter_training.bank.speech_measures import Judged
from prankfilter_training.line import CODECS
from prankfilter_training.other_sounds.shares import DRAWS, Share, over_groups
from prankfilter_training.simulation.voices import Group

WORST = 10
FEW_FRAMES = 50
"""Of a voice that says less than half a second nothing can be told."""

Chosen = Callable[[Judged], bool]


@dataclass(frozen=True, slots=True)
class Row:
    """Frames of some mixtures with a voice: F1, share of speech missed, share of the rest called speech."""

    f1: Share
    missed: float
    false: float


@dataclass(frozen=True, slots=True)
class Looks:
    """What looks are called, in share of mixtures, one figure for each of `LOOKS_S`."""

    what: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Worst:
    """A mixture that the head hears badly."""

    who: str
    behind: str
    snr_db: float | None
    codec: str
    whisper: bool
    f1: float
    missed: float
    false: float


@dataclass(frozen=True, slots=True)
class SpeechReport:
    """Figures of the head.

    Attributes
    ----------
    speakers, mixtures : int
        How many are measured.
    thresholds : tuple of float
        Log-odds that each fold set.
    rows : tuple of Row
        By kind of voice, by what is behind it, by codec.
    looks : tuple of Looks
        As it bears on a call.
    alone : tuple of Share
        Share of all frames called speech while nobody speaks, by sound.
    worst : tuple of Worst
        Voices with the lowest F1, one a speaker.
    """

    speakers: int
    mixtures: int
    thresholds: tuple[float, ...]
    rows: tuple[Row, ...]
    looks: tuple[Looks, ...]
    alone: tuple[Share, ...]
    worst: tuple[Worst, ...]


def speech_report(
    judged: Sequence[Judged],
    recordings: Sequence[Recording],
    thresholds: Sequence[float],
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> SpeechReport:
    """Judge what heads said of mixtures they never met; ``recordings`` tell who the speakers are."""
    rng = np.random.default_rng(seed)
    speaking = [one for one in judged if one.mixture.speaker]
    return SpeechReport(
        speakers=len({one.mixture.speaker for one in speaking}),
        mixtures=len(judged),
        thresholds=tuple(thresholds),
        rows=tuple(_rows(speaking, recordings, rng, draws)),
        looks=tuple(_looks(judged, rng, draws)),
        alone=tuple(_alone(judged, rng, draws)),
        worst=tuple(_worst(speaking)),
    )


def _rows(
    speaking: Sequence[Judged], recordings: Sequence[Recording], rng: np.random.Generator, draws: int
) -> Iterator[Row]:
    for name, chosen in _slices(_who(recordings)).items():
        some = [one for one in speaking if chosen(one)]
        if some:
            yield _row(name, some, rng, draws)


def _slices(who: Mapping[str, str]) -> dict[str, Chosen]:
    """Voices in all, whispers, and voices by who speaks, by what is behind them, by codec."""
    slices: dict[str, Chosen] = {"all voices": measures.is_voice, "simulated whispers": measures.is_whisper}
    slices |= {group: _voice_of(who, group) for group in sorted(set(who.values()))}
    for snr_db in (math.inf, *SNR_DB):
        name = "nothing behind" if math.isinf(snr_db) else f"{snr_db:g} dB above what is behind"
        slices[name] = _voice_at(snr_db)
    return slices | {codec: _voice_over(codec) for codec in CODECS}


def _voice_of(who: Mapping[str, str], group: str) -> Chosen:
    return lambda one: measures.is_voice(one) and who[one.mixture.speaker] == group


def _voice_at(snr_db: float) -> Chosen:
    return lambda one: measures.is_voice(one) and one.mixture.snr_db == snr_db


def _voice_over(codec: str) -> Chosen:
    return lambda one: measures.is_voice(one) and one.codec == codec


def _who(recordings: Sequence[Recording]) -> dict[str, str]:
    """Of each speaker: child, 10-17 years, woman or man; all who only say digits are men."""
    names = {Group.CHILD: "children", Group.YOUTH: "10-17 years"}
    return {
        one.speaker: names.get(one.group, "women" if one.sex == "f" else "men")
        for one in recordings
        if one.group in (Group.CHILD, Group.YOUTH, Group.ADULT)
    }


def _row(name: str, some: Sequence[Judged], rng: np.random.Generator, draws: int) -> Row:
    counts = np.array([measures.counts(one) for one in some])

    def f1(places: NDArray[np.intp]) -> float:
        both, found, spoken, _ = counts[places].sum(axis=0)
        return float(2 * both / (found + spoken))

    both, found, spoken, other = counts.sum(axis=0)
    share = over_groups(name, _sources(some), f1, rng, draws=draws)
    return Row(share, float(1 - both / spoken), float((found - both) / max(other, 1)))


def _looks(judged: Sequence[Judged], rng: np.random.Generator, draws: int) -> Iterator[Looks]:
    """The questions of the study, each at every look; voices count once they have spoken enough."""
    for what, chosen, spoken in (
        ("voices called silent", measures.is_voice, True),
        ("simulated whispers called silent", measures.is_whisper, True),
        ("silent lines called silent", measures.is_silent_line, False),
        ("crying alone called silent", measures.is_crying, False),
        ("music alone called silent", measures.is_music, False),
    ):
        some = [one for one in judged if chosen(one)]
        shares = tuple(_called(some, look, rng, draws, spoken=spoken) for look in range(len(LOOKS_S)))
        yield Looks(what, shares)


def _called(
    some: Sequence[Judged], look: int, rng: np.random.Generator, draws: int, *, spoken: bool
) -> Share:
    look_s = LOOKS_S[look]
    told = [one for one in some if not spoken or measures.has_spoken(one, look)]
    called = [float(measures.hardly_speaks(one.found[look], look_s)) for one in told]
    return _mean(f"{look_s:g} s", told, called, rng, draws)


def _alone(judged: Sequence[Judged], rng: np.random.Generator, draws: int) -> Iterator[Share]:
    alone = [one for one in judged if not one.mixture.speaker]
    for kind in sorted({one.mixture.kind for one in alone}):
        some = [one for one in alone if one.mixture.kind == kind]
        yield _mean(kind, some, [float(one.whole.mean()) for one in some], rng, draws)


def _mean(
    what: str, some: Sequence[Judged], values: Sequence[float], rng: np.random.Generator, draws: int
) -> Share:
    of_each = np.array(values)
    return over_groups(what, _sources(some), lambda places: float(of_each[places].mean()), rng, draws=draws)


def _worst(speaking: Sequence[Judged]) -> list[Worst]:
    """The worst mixture of each speaker, the worst first."""
    long = [one for one in speaking if one.spoken.sum() >= FEW_FRAMES]
    found: dict[str, Worst] = {}
    for one in sorted(long, key=lambda one: (measures.f1_of(one), one.mixture.key)):
        found.setdefault(one.mixture.speaker, _told(one))
    return list(found.values())[:WORST]


def _told(one: Judged) -> Worst:
    both, found, spoken, other = measures.counts(one)
    mixture = one.mixture
    return Worst(
        who=mixture.key.removeprefix("speech/"),
        behind=mixture.kind,
        snr_db=None if math.isinf(mixture.snr_db) else mixture.snr_db,
        codec=one.codec,
        whisper=mixture.whisper,
        f1=measures.f1_of(one),
        missed=1 - both / spoken,
        false=(found - both) / max(other, 1),
    )


def _sources(some: Sequence[Judged]) -> NDArray[np.str_]:
    return np.array([source_of(one.mixture) for one in some], dtype=np.str_)


def source_of(mixture: Mixture) -> str:
    """What is drawn together: a speaker, the telephone of a baby, an author of music, an ESC-10 recording."""
    background = mixture.background
    if mixture.speaker or background is None or background.kind == ROOM:
        return mixture.key.split("/")[1]
    if background.path is None:
        return mixture.key
    if background.kind == MUSIC:
        return background.path.parent.name
    name = background.path.stem
    return name[:UUID_LENGTH].lower() if background.kind == BABIES else name.split("-")[1]
