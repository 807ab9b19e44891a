"""Small logs in which anything may happen, at moments that lie just on the edges of what history counts."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.table import Log

from prankfilter.vocabulary import (
    AccessState,
    Attestation,
    CallRecord,
    Channel,
    EndedBy,
    Label,
    LabelSource,
    NumberKind,
    Verdict,
    Verstat,
)
from tests.strategies import maybe
from tests.training.logs import log_of

ZONES = ("Asia/Makassar", "Europe/Berlin", "America/Havana", "America/St_Johns")
"""One without summer time; clocks that are changed at two o'clock, at midnight, in a half-hour zone."""

STARTS = ("2025-01-06T08:00", "2025-03-08T22:30", "2025-03-29T20:15", "2025-10-25T21:45", "2025-11-01T22:00")
"""Some on the evenings before a clock is changed."""

EDGES = tuple(
    dt.timedelta(minutes=minutes)
    for minutes in (0, 1, 5, 10, 15, 30, 60, 23 * 60, 24 * 60, 25 * 60, 3 * 1440, 30 * 1440, 90 * 1440)
)
FAR = (dt.timedelta(days=7), dt.timedelta(days=400))
OFF = dt.timedelta(microseconds=1)


GAPS = st.builds(
    lambda edge, off: max(edge + off * OFF, dt.timedelta(0)),
    st.sampled_from(EDGES + EDGES[:8] + FAR),
    st.sampled_from((0, 0, 0, 1, -1)),
)
"""Lengths of time at which windows end, and a microsecond beside them."""

PEOPLE = maybe(st.sampled_from(("budi", "ratna")))
"""Few, so that the same one speaks twice."""

RECORDS = st.fixed_dictionaries(
    {
        "caller": st.sampled_from(("a", "a", "b", None)),
        "incident_id": st.sampled_from((None, None, "fire", "flood", "")),
        "number_kind": maybe(st.sampled_from(NumberKind)),
        "access_state": maybe(st.sampled_from(AccessState)),
        "attestation": maybe(st.sampled_from(Attestation)),
        "verstat": maybe(st.sampled_from(Verstat)),
        "priority": st.sampled_from((None, None, None, "PSAP-callback", "emergency")),
        "trunk": maybe(st.just("trunk-1")),
        "cell_id": st.sampled_from((None, "cell-1", "cell-2", "")),
        "latitude": maybe(st.just(-0.5)),
        "longitude": maybe(st.just(117.1)),
        "uncertainty_m": maybe(st.sampled_from((-1.0, 0.0, 20.5, 1e7))),
        "ring_s": maybe(st.sampled_from((-1.0, 4.25, 7e3))),
        "calls_waiting": maybe(st.sampled_from((0, 3, 5000))),
        "channel": maybe(st.sampled_from(Channel)),
    }
)

FACTS = st.fixed_dictionaries(
    {
        "duration_s": maybe(st.sampled_from((0.0, 0.0000005, 59.9999995, 60.0, 3600.0, 14400.5))),
        "label": maybe(st.sampled_from(Label)),
        "label_source": maybe(st.sampled_from(LabelSource)),
        "label_by": PEOPLE,
        "verdict": maybe(st.sampled_from(Verdict)),
        "verdict_label": maybe(st.sampled_from(Label)),
        "verdict_by": PEOPLE,
        "advice_shown": st.sampled_from((None, False, False, True)),
        "ended_by": maybe(st.sampled_from(EndedBy)),
    }
)

LATER = st.fixed_dictionaries(
    {
        "answered_at": maybe(st.just(dt.timedelta(0))),
        "ended_at": maybe(GAPS),
        "label_at": maybe(GAPS),
        "verdict_at": maybe(GAPS),
        "cleared_at": st.sampled_from((None,) * 5) | GAPS,
    }
)
"""How long after a call each was."""

FEW = st.sampled_from([dt.timedelta(hours=hours) for hours in (0.5, 1, 6, 23, 24, 25, 48, 31 * 24)])

CONFIRMED = st.fixed_dictionaries(
    {
        "label": st.sampled_from(
            (Label.JOKE_OR_ABUSE,) * 4 + (Label.CHILD_PLAY, Label.GENUINE, Label.ABANDONED)
        ),
        "label_source": st.sampled_from((LabelSource.CALL_TAKER,) * 3 + (LabelSource.SUPERVISOR,)),
        "label_by": st.just("budi"),
        "verdict": st.sampled_from((Verdict.CONFIRMED,) * 4 + (None, Verdict.OVERTURNED)),
        "verdict_by": st.just("ratna"),
    }
)
SOON = st.fixed_dictionaries(
    {
        "answered_at": maybe(st.just(OFF)),
        "label_at": FEW,
        "verdict_at": FEW,
        "cleared_at": st.sampled_from((None,) * 6) | FEW,
    }
)
KIND = st.sampled_from((NumberKind.ASSERTED,) * 3 + (NumberKind.UNVERIFIED,))
ONE_NUMBER = st.fixed_dictionaries({"caller": st.just("a"), "number_kind": KIND})

HOURS = st.sampled_from([dt.timedelta(hours=hours) for hours in (0.5, 1, 2, 6, 12, 24)])
OF_INCIDENTS = st.fixed_dictionaries(
    {
        "caller": st.sampled_from(("a", "a", "b", None)),
        "number_kind": KIND,
        "incident_id": st.sampled_from(("fire", "fire", "fire", "flood", None)),
    }
)
SOME_TAKEN_BACK = st.fixed_dictionaries(
    {
        "label_by": st.just("budi"),
        "verdict": st.sampled_from((None, None, None, Verdict.CONFIRMED, Verdict.OVERTURNED, Verdict.UNSURE)),
        "verdict_label": st.sampled_from((None, Label.GENUINE, Label.JOKE_OR_ABUSE, Label.INFORMATION)),
        "verdict_by": st.just("ratna"),
        "advice_shown": st.sampled_from((False, False, False, True)),
    }
)
WITHIN_HOURS = st.fixed_dictionaries(
    {"answered_at": st.just(OFF), "label_at": HOURS, "verdict_at": HOURS | FEW}
)


def _call(record: st.SearchStrategy[Any], **facts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A call of an incident, of which somebody said so."""
    known = st.tuples(SOME_TAKEN_BACK, st.fixed_dictionaries(facts)).map(lambda parts: parts[0] | parts[1])
    return st.tuples(HOURS, record, known, WITHIN_HOURS)


def _told_of(incident: str, *callers: str | None) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"caller": st.sampled_from(callers), "number_kind": KIND, "incident_id": st.just(incident)}
    )


ANY_OF_INCIDENTS = _call(OF_INCIDENTS, label=st.sampled_from(Label))
DOUBTED = st.tuples(
    _call(
        _told_of("fire", "a"),
        label=st.sampled_from((Label.JOKE_OR_ABUSE, Label.CHILD_PLAY, Label.SILENT)),
        verdict=st.sampled_from((None, Verdict.CONFIRMED)),
        verdict_label=st.none(),
        advice_shown=st.none(),
    ),
    _call(
        _told_of("fire", "b", None),
        label=st.just(Label.GENUINE),
        verdict=st.sampled_from((None, Verdict.OVERTURNED)),
        verdict_label=st.just(Label.INFORMATION),
        advice_shown=st.none(),
    ),
    *(_call(_told_of("flood", "a"), label=st.none()) for _ in range(2)),
)
"""What one number says of an incident, what another says of it, and the first one again."""


def _logs(*call: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[Log]:
    calls = st.lists(st.tuples(*call), min_size=1, max_size=most)
    return st.builds(_log, st.sampled_from(ZONES), st.sampled_from(STARTS), calls)


def _log(zone_name: str, start: str, drawn: list[tuple[dt.timedelta, Any, Any, Any]]) -> Log:
    zone = ZoneInfo(zone_name)
    at = dt.datetime.fromisoformat(start).replace(tzinfo=zone).astimezone(dt.UTC)
    calls = []
    for number, (gap, record, facts, later) in enumerate(drawn):
        at += gap
        known = {
            name: None if delay is None else (at + delay).astimezone(zone) for name, delay in later.items()
        }
        received = CallRecord(call_id=f"call-{number:02}", received_at=at.astimezone(zone), **record)
        calls.append(LoggedCall(record=received, row=number + 2, **facts, **known))
    return log_of(calls, zone)


MESSY_LOGS = _logs(GAPS, RECORDS, FACTS, LATER, most=12)
"""A few calls from two numbers, about which anything was said by anybody."""

PRANK_LOGS = _logs(FEW, ONE_NUMBER, CONFIRMED, SOON, most=10)
"""One number's calls, most of them confirmed pranks, so that ``verify`` is sometimes earned."""

INCIDENT_LOGS = st.builds(
    _log,
    st.sampled_from(ZONES),
    st.sampled_from(STARTS),
    st.tuples(st.lists(ANY_OF_INCIDENTS, max_size=3), DOUBTED, st.lists(ANY_OF_INCIDENTS, max_size=4)).map(
        lambda parts: [call for part in parts for call in part]
    ),
)
"""Calls of few incidents from one number and others; some are genuine, and of some that is taken back."""
