"""What the rows of the table of figures compute. None means that nothing is known; it is never a zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import fmean

from prankfilter.reports.bounds import upper_bound
from prankfilter.reports.calls import ReportedCall
from prankfilter.reports.material import Material
from prankfilter.routing.policies import DEFAULT_POLICY
from prankfilter.store.instants import microseconds
from prankfilter.vocabulary import EndedBy, Guard, Label, LabelSource, Verdict

Measure = Callable[[Material], float | None]

AIM_S = 15.0
"""NENA-STA-020.1: 90 % of calls are answered within 15 s."""

SAVING_NEEDS = 30
"""Calls on either side before a saving is said to be measured."""

_NOT_SAID = frozenset({None, Label.UNKNOWN, Label.ABANDONED})


def counting(holds: Callable[[ReportedCall], object]) -> Measure:
    """Count the calls that something holds for."""
    return lambda material: material.count(holds)


def screened_only(holds: Callable[[ReportedCall], object]) -> Measure:
    """Count calls; unknown where prankfilter was never asked about any."""
    return lambda material: material.count(holds) if material.screened else None


def not_answered(ended_by: EndedBy | None) -> Measure:
    """Count calls that nobody answered, by who ended them."""
    return counting(lambda call: call.answered is False and call.ended_by is ended_by)


def said_by(source: LabelSource) -> Measure:
    """Count calls of which this source said what they were."""
    return counting(lambda call: call.label not in _NOT_SAID and call.source is source)


def labelled(material: Material) -> float | None:
    """Share of answered calls of which somebody said what they were."""
    return _share(
        material.count(lambda call: call.answered and call.label not in _NOT_SAID),
        material.count(lambda call: call.answered),
    )


def ruled(verdict: Verdict | None) -> Measure:
    """Count flagged calls by verdict; None counts those that wait for one."""
    return screened_only(lambda call: call.flagged and call.verdict is verdict)


def overturned(material: Material) -> float | None:
    """Count flags that a supervisor found wrong."""
    wrong = (Verdict.OVERTURNED, Verdict.WAS_EMERGENCY)
    return sum(call.verdict in wrong for call in material.flagged) if material.screened else None


# --- how fast ------------------------------------------------------------------------------------


def _genuine_waits(material: Material) -> list[float]:
    return sorted(call.wait_s for call in material.genuine if call.wait_s is not None)


def genuine_waits_known(material: Material) -> float:
    """Count emergencies whose answer time is known."""
    return len(_genuine_waits(material))


def answered_in_time(material: Material) -> float | None:
    """Share of emergencies that were answered within the aim."""
    waits = _genuine_waits(material)
    return _share(sum(wait <= AIM_S for wait in waits), len(waits))


def nine_in_ten_within(material: Material) -> float | None:
    """Seconds within which nine in ten emergencies were answered."""
    return quantile(_genuine_waits(material), 0.9)


def quantile(in_order: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least this share does not exceed; None of nothing.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([], 0.5)
    (2.0, None)
    """
    return in_order[math.ceil(share * len(in_order)) - 1] if in_order else None


# --- call-backs ------------------------------------------------------------------------------------


def owed(material: Material) -> float:
    """Count calls that are or were owed a call-back."""
    return material.count(lambda call: call.debt)


def called_back(material: Material) -> float:
    """Count call-backs that were closed by the end of what is reported."""
    end = microseconds(material.until)
    return material.count(lambda call: _closed_by(call, end))


def still_owed(material: Material) -> float:
    """Count call-backs that were still open then."""
    return owed(material) - called_back(material)


def late(material: Material) -> float:
    """Count call-backs that were closed after they were due, or were open and overdue at the end."""
    end = microseconds(material.until)
    return material.count(lambda call: call.debt and min(call.debt.closed_at or end, end) > call.debt.due_at)


def _closed_by(call: ReportedCall, end: int) -> bool:
    return call.debt is not None and call.debt.closed_at is not None and call.debt.closed_at < end


# --- false reports, and who went out ---------------------------------------------------------------


def false_with_unit(material: Material) -> float | None:
    """Count false reports that sent a unit out; unknown where no dispatch at all is on record."""
    if not any(call.dispatched_at is not None or call.on_scene_at is not None for call in material.calls):
        return None
    return material.count(
        lambda call: (
            call.label is Label.FALSE_REPORT
            and (call.dispatched_at is not None or call.on_scene_at is not None)
        )
    )


# --- what prankfilter did --------------------------------------------------------------------------


def delayed(material: Material) -> float | None:
    """Count emergencies that were advised ``verify``."""
    return sum(call.is_genuine for call in material.verified) if material.screened else None


def delayed_bound(material: Material) -> float | None:
    """Upper bound on the share of emergencies that are delayed."""
    return upper_bound(int(delayed(material) or 0), _genuine_screened(material))


def delayed_at_worst(material: Material) -> float | None:
    """The same count if every call in doubt was an emergency."""
    return None if (known := delayed(material)) is None else known + len(material.may_be_genuine)


def delayed_bound_at_worst(material: Material) -> float | None:
    """Upper bound for the worst case."""
    in_doubt = len(material.may_be_genuine)
    return upper_bound(int(delayed_at_worst(material) or 0), _genuine_screened(material) + in_doubt)


def _genuine_screened(material: Material) -> int:
    return sum(call.policy is not None for call in material.genuine)


def prank_time(material: Material) -> float | None:
    """Seconds that call takers spent on pranks, as far as calls' durations are known."""
    known = [call.talk_s for call in material.pranks if call.talk_s is not None]
    return math.fsum(known) if known or not material.pranks else None


def prank_times_unknown(material: Material) -> float:
    """Count answered pranks whose duration nobody told."""
    return sum(call.talk_s is None and call.answered is not False for call in material.pranks)


def saved_time(material: Material) -> float | None:
    """Seconds of call takers' time that were saved, where that was measured.

    Under ``observe`` nothing can be saved. Elsewhere the random audit sample is the measure: its calls would
    have got ``verify`` and did not, so the difference in mean time spent is what ``verify`` saves a call.
    """
    if not material.screened:
        return None
    if all(call.policy == DEFAULT_POLICY for call in material.screened):
        return 0.0
    audited = [_spent(call) for call in material.calls if Guard.AUDIT_SAMPLE in call.guards]
    verified = [_spent(call) for call in material.verified]
    told = [[one for one in some if one is not None] for some in (audited, verified)]
    if min(map(len, told)) < SAVING_NEEDS:
        return None
    return (fmean(told[0]) - fmean(told[1])) * len(material.verified)


def _spent(call: ReportedCall) -> float | None:
    return 0.0 if call.ended_by is EndedBy.PROMPT else call.talk_s


def second_reviews(material: Material) -> float:
    """Count flags that two people ruled on, blind."""
    return sum(first is not None and second is not None for first, second in material.reviews)


def agreement(material: Material) -> float | None:
    """Share of these on which both ruled the same."""
    both = [pair for pair in material.reviews if None not in pair]
    return _share(sum(first == second for first, second in both), len(both))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
