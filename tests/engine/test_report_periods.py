"""Which stretch of time a report is about, whatever the clock does meanwhile."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.errors import BadInput
from prankfilter.reports.periods import Period, ReportKind, earlier, is_over, period_of
from tests.reported import SHIFTS

NOW = dt.datetime(2026, 11, 22, 3, 30, tzinfo=ZoneInfo("Asia/Makassar"))
ZONES = (
    "Asia/Jakarta",
    "Asia/Makassar",
    "Asia/Jayapura",
    "Europe/Berlin",
    "America/St_Johns",
    "Africa/Cairo",
)
LATE = dt.datetime(2039, 1, 1, tzinfo=dt.UTC)


def asked(kind: str, when: str, *, zone: str = "Asia/Makassar", now: dt.datetime = NOW) -> Period:
    return period_of(ReportKind(kind), when, zone=ZoneInfo(zone), shifts=SHIFTS, now=now)


def written(period: Period) -> tuple[str, str]:
    return f"{period.start:%Y-%m-%dT%H:%M}", f"{period.end:%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("kind", "when", "start", "end"),
    [
        ("shift", "", "2026-11-21T21:00", "2026-11-22T07:00"),
        ("shift", "2026-11-22", "2026-11-21T21:00", "2026-11-22T07:00"),
        ("shift", "2026-11-20", "2026-11-20T21:00", "2026-11-21T07:00"),
        ("shift", "2026-11-20T07:00", "2026-11-20T07:00", "2026-11-20T14:00"),
        ("shift", "2026-11-20T06:59:59", "2026-11-19T21:00", "2026-11-20T07:00"),
        ("shift", "2026-11-19T22:00:00+00:00", "2026-11-19T21:00", "2026-11-20T07:00"),
        ("shift", "2025-12-31T23:00", "2025-12-31T21:00", "2026-01-01T07:00"),
        ("shift", "2026-03-01T00:00", "2026-02-28T21:00", "2026-03-01T07:00"),
        ("daily", "2026-11-20", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("daily", "2025-12-31T15:00", "2025-12-31T00:00", "2026-01-01T00:00"),
        ("monthly", "2026-02", "2026-02-01T00:00", "2026-03-01T00:00"),
        ("monthly", "2025-12-24", "2025-12-01T00:00", "2026-01-01T00:00"),
        ("outreach", "2024-02-29", "2024-02-01T00:00", "2024-03-01T00:00"),
    ],
)
def test_a_period_is_read_on_the_centres_clock(kind: str, when: str, start: str, end: str) -> None:
    assert written(asked(kind, when)) == (start, end)


@pytest.mark.parametrize(
    "when",
    ["22-11-2026", "yesterday", "2026-11-31", "2026-13", "2026-11-23", "2027-01", "1999-12-31", "0001-01-01"],
)
def test_what_is_none_is_refused_with_its_remedy(when: str) -> None:
    with pytest.raises(BadInput, match="give a day"):
        asked("daily", when)


@pytest.mark.parametrize(
    ("kind", "when", "before", "last"),
    [
        ("shift", "2026-11-20T15:00", "2026-11-20T07:00", "2026-11-19T14:00"),
        ("shift", "2026-01-01T08:00", "2025-12-31T21:00", "2025-12-31T07:00"),
        ("daily", "2026-03-01", "2026-02-28T00:00", "2026-02-22T00:00"),
        ("monthly", "2026-01", "2025-12-01T00:00", "2025-01-01T00:00"),
    ],
)
def test_it_is_held_against_the_one_before_and_its_like(kind: str, when: str, before: str, last: str) -> None:
    compared = earlier(ReportKind(kind), asked(kind, when), SHIFTS)
    assert tuple(written(one)[0] for one in compared) == (before, last)


def test_a_shift_of_one_all_day_is_a_day_from_its_hour() -> None:
    zone = ZoneInfo("Asia/Makassar")
    period = period_of(ReportKind.SHIFT, "2026-11-20T03:00", zone=zone, shifts=[dt.time(8)], now=NOW)
    assert written(period) == ("2026-11-19T08:00", "2026-11-20T08:00")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns"])
def test_a_night_in_which_the_clock_is_set_is_longer_or_shorter(zone: str) -> None:
    lengths = [
        asked("shift", f"{day}T23:00", zone=zone, now=LATE).length / dt.timedelta(hours=1)
        for day in ("2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31")
    ]
    assert sorted(lengths) == [9, 10, 10, 11]
    days = [asked("daily", day, zone=zone, now=LATE).length for day in ("2026-03-29", "2026-10-25")]
    if zone == "Europe/Berlin":
        assert days == [dt.timedelta(hours=23), dt.timedelta(hours=25)]


moments = st.integers(0, 17 * 365 * 86_400).map(
    lambda s: dt.datetime(2020, 1, 2, tzinfo=dt.UTC) + s * dt.timedelta(seconds=1)
)


@given(moments, st.sampled_from(ZONES), st.sampled_from(["shift", "daily", "monthly"]))
def test_every_moment_lies_in_one_period_and_the_next_begins_where_it_ends(
    moment: dt.datetime, zone: str, kind: str
) -> None:
    period = asked(kind, moment.isoformat(), zone=zone, now=LATE)
    start, end = (edge.astimezone(dt.UTC) for edge in (period.start, period.end))
    assert start <= moment < end
    after = asked(kind, end.isoformat(), zone=zone, now=LATE)
    assert after.start.astimezone(dt.UTC) == end
    assert asked(kind, (end - dt.timedelta(microseconds=1)).isoformat(), zone=zone, now=LATE) == period
    assert not is_over(period, moment)
    assert is_over(period, end)
