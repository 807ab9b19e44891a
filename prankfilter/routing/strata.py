"""Which group of callers a call belongs to. A certificate speaks of each group by itself.

Pitch, slope and rhythm are proxies of age, and silence is what danger sounds like; so calls that may come
from a child or from somebody who cannot speak are kept apart, and once a look at a call was one of these, all
its later looks are (CERTIFICATE.md, "Looks").
"""

from __future__ import annotations

import datetime as dt
import math

from prankfilter.audio.heard import Heard
from prankfilter.features.evidence import Evidence
from prankfilter.vocabulary import Stratum

SPOKEN_S = 0.3
"""Less speech than this is none: a spoken "halo" lasts about 0.4 s, a cough or a click less than 0.3 s."""

SPOKEN_SHARE = 0.1
"""Nor does a caller who says one word in ten seconds speak freely: less than a tenth is silence, too."""

SILENT_FROM_S = 3.0
"""Before so much sound nobody knows whether a caller is silent or has yet to speak. A look without speech is
never verified anyway (guard `too_little_audio`)."""

CHILD_FROM = 0.3
"""Child-voice probability from which a call counts as a child's. Far below even odds, because the two errors
differ: an adult taken for a child loses nothing, a child taken for an adult loses its group's protection.
Where a child's voice would condemn (`features.caller.CHILD_LIKE_FROM`), the bar is higher."""

REPEAT_WINDOW = dt.timedelta(days=30)
"""An earlier call from the number within this time makes a call a repeat."""

PRECEDENCE = (Stratum.NO_NUMBER, Stratum.SILENT, Stratum.CHILD, Stratum.REPEAT)
"""A call in several groups is counted in the first of these; one in none of them is an `OTHER`."""


def stratum_of(evidence: Evidence) -> Stratum:
    """Name the one group that the call is counted in at this look."""
    return counted_in(strata_so_far(evidence))


def counted_in(strata: frozenset[Stratum]) -> Stratum:
    """Name the group in which a call that was in all of these is counted."""
    return next((stratum for stratum in PRECEDENCE if stratum in strata), Stratum.OTHER)


def strata_so_far(evidence: Evidence) -> frozenset[Stratum]:
    """All groups the call was ever in, this look included; to be kept as `Standing.strata` of the next look.

    All, not only the one it is counted in: a child who was silent for a second is a child nevertheless, so
    that a second call from it is known as the second.
    """
    now = {
        Stratum.NO_NUMBER: evidence.record.caller is None,
        Stratum.SILENT: is_silent(evidence.heard),
        Stratum.CHILD: is_child_like(evidence.child_voice_probability),
        Stratum.REPEAT: is_repeat(evidence),
    }
    return evidence.history.standing.strata | {stratum for stratum, holds in now.items() if holds}


def is_silent(heard: Heard | None) -> bool:
    """Whether a look of `SILENT_FROM_S` or more holds (almost) no speech; before, silence is not known."""
    return hardly_speaks(heard) and heard is not None and heard.duration_s >= SILENT_FROM_S


def hardly_speaks(heard: Heard | None) -> bool:
    """Whether a complete look holds (almost) no speech."""
    if heard is None or heard.look_s is None:
        return False
    return heard.speech_s < max(SPOKEN_S, SPOKEN_SHARE * heard.look_s)


def is_child_like(child_voice_probability: float) -> bool:
    """Whether a voice counts as a child's; unknown (NaN) does not by itself."""
    return child_voice_probability >= CHILD_FROM


def is_repeat(evidence: Evidence) -> bool:
    """Whether the number called before within `REPEAT_WINDOW`."""
    caller = evidence.history.caller
    start = evidence.record.received_at - REPEAT_WINDOW
    return caller is not None and any(past.received_at >= start for past in caller.past_calls)


def age_can_be_told(evidence: Evidence) -> bool:
    """Whether the groups `CHILD` and not `CHILD` can be told apart at this look.

    Not where the inference is switched off or heard too little. Such a call stays in its group, for an
    unknown age is no child's by itself; but no certificate covers it: certificates are made on groups that
    children were kept out of, and this call may be a child's.
    """
    return not math.isnan(evidence.child_voice_probability)
