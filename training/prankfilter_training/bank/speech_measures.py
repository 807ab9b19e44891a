"""What the answers of a detector are worth: by frames, by sounds, and as they bear on a call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.heard import HOP_S
from prankfilter.routing.strata import SPOKEN_S, SPOKEN_SHARE
from prankfilter.vocabulary import LOOKS_S
from prankfilter_training.bank.backgrounds import BABIES, DEAD, MUSIC, ROOM
from prankfilter_training.bank.mixtures import Mixture

RESAMPLES = 500
EARLY_S = 0.3
"""A detection so long before the first word is a false one."""
CRYING = ("baby cry", BABIES)
BABBLE = "babble"

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Judged:
    """One mixture with its labels and a detector's flags at each of the looks; shapes (frames,)."""

    mixture: Mixture
    codec: str
    spoken: Flags
    found: Sequence[Flags]

    @property
    def whole(self) -> Flags:
        """Flags at the last look."""
        return self.found[-1]


@dataclass(frozen=True)
class Frames:
    """Frame measures of some mixtures with a voice."""

    f1: float
    low: float
    high: float
    missed: float
    false: float


def frames(judged: Sequence[Judged]) -> Frames:
    """F1 with its 95 % interval over speakers, share of speech missed, share of the rest called speech."""
    by_speaker: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_speaker[one.mixture.speaker].append(one)
    each = np.array([np.sum([counts(one) for one in several], axis=0) for several in by_speaker.values()])
    rng = np.random.default_rng(1)
    drawn = [each[rng.integers(len(each), size=len(each))].sum(axis=0) for _ in range(RESAMPLES)]
    both, found, spoken, other = each.sum(axis=0)
    low, high = np.quantile([_f1(*row[:3]) for row in drawn], (0.025, 0.975))
    missed, false = 1 - both / spoken, (found - both) / max(other, 1)
    return Frames(_f1(both, found, spoken), float(low), float(high), float(missed), float(false))


def counts(one: Judged) -> list[int]:
    """Frames that are spoken and found, found, spoken, and not spoken."""
    several = (one.whole & one.spoken, one.whole, one.spoken, ~one.spoken)
    return [int(np.count_nonzero(flags)) for flags in several]


def f1_of(one: Judged) -> float:
    """Of one mixture with a voice."""
    return _f1(*counts(one)[:3])


def _f1(both: float, found: float, spoken: float) -> float:
    return 2 * both / (found + spoken)


def speech_share(judged: Sequence[Judged]) -> float:
    """Share of all frames that are called speech."""
    return float(np.mean([one.whole.mean() for one in judged]))


@dataclass(frozen=True)
class Delay:
    """Seconds from the first word to its detection; shares of voices heard too early, and never."""

    median_s: float
    late_s: float
    early: float
    never: float


def delay(judged: Sequence[Judged]) -> Delay:
    """How long after the first word it is noticed (half of the voices, nine tenths of them)."""
    found_s = np.array([_first(one.whole) - _first(one.spoken) for one in judged if one.spoken.any()])
    early, never = found_s < -EARLY_S, np.isinf(found_s)
    known = found_s[~early & ~never]
    median_s, late_s = np.quantile(known, (0.5, 0.9))
    return Delay(float(median_s), float(late_s), float(early.mean()), float(never.mean()))


def _first(flags: Flags) -> float:
    return float(flags.argmax()) * HOP_S if flags.any() else np.inf


def hardly_speaks(flags: Flags, look_s: float) -> bool:
    """What makes a look silent in `prankfilter.routing.strata`."""
    return bool(np.count_nonzero(flags) * HOP_S < max(SPOKEN_S, SPOKEN_SHARE * look_s))


def has_spoken(one: Judged, look: int) -> bool:
    """Whether somebody has spoken enough by a look for it not to be silent."""
    return not hardly_speaks(one.spoken[: len(one.found[look])], LOOKS_S[look])


def silent_share(
    judged: Sequence[Judged], look: int, chosen: Callable[[Judged], bool], *, spoken: bool
) -> tuple[float, int]:
    """Share of the chosen mixtures that a look calls silent, and their number.

    With ``spoken``, only those in which somebody has spoken enough by then.
    """
    look_s = LOOKS_S[look]
    called = [
        hardly_speaks(one.found[look], look_s)
        for one in judged
        if chosen(one) and (not spoken or has_spoken(one, look))
    ]
    return (float(np.mean(called)) if called else float("nan")), len(called)


def is_silent_line(one: Judged) -> bool:
    """A dead line, or one with a quiet room behind it."""
    return one.mixture.kind in (DEAD, ROOM)


def is_crying(one: Judged) -> bool:
    """A baby, and nobody speaks."""
    return not one.mixture.speaker and one.mixture.kind in CRYING


def is_noise(one: Judged) -> bool:
    """Some other sound, and nobody speaks: no voices at once, no silent line, no cry, no music."""
    return not (one.mixture.speaker or is_crying(one) or is_music(one) or is_silent_line(one)) and (
        one.mixture.kind != BABBLE
    )


def is_music(one: Judged) -> bool:
    """Music, and nobody speaks."""
    return not one.mixture.speaker and one.mixture.kind == MUSIC


def is_voice(one: Judged) -> bool:
    """Somebody speaks aloud."""
    return bool(one.mixture.speaker) and not one.mixture.whisper


def is_whisper(one: Judged) -> bool:
    """Somebody whispers."""
    return one.mixture.whisper
