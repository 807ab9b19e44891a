"""Small counts on the outreach sheet are hidden, and no sum gives them away."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.reports.hiding import FEWEST_CALLS, FEWEST_NUMBERS, Path, shown_counts
from prankfilter.reports.outreach import GROUPS, HIDDEN, SHEET, Outreach, Visit, make_outreach
from prankfilter.reports.periods import Period
from prankfilter.reports.report import Report
from prankfilter.store.instants import microseconds
from prankfilter.vocabulary import Label
from tests.builders import NOW, ZONE
from tests.reported import prank, reported

Calls = list[tuple[Path, str | None]]

sizes = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.sampled_from("cde"), st.sampled_from("fg")),
    st.tuples(st.integers(1, 40), st.integers(1, 12)),
    max_size=12,
)


def calls_of(sizes: dict[Path, tuple[int, int]]) -> Calls:
    """So many calls of so many numbers at each leaf; numbers of different leaves differ."""
    return [
        (path, f"{path} {number % numbers}")
        for path, (calls, numbers) in sizes.items()
        for number in range(calls)
    ]


def counts(calls: Calls) -> tuple[Counter[Path], dict[Path, set[str | None]]]:
    total: Counter[Path] = Counter()
    numbers: dict[Path, set[str | None]] = {}
    for path, number in calls:
        for length in range(len(path) + 1):
            total[path[:length]] += 1
            numbers.setdefault(path[:length], set()).add(number)
    return total, numbers


@given(sizes)
def test_what_is_shown_is_true_and_large_enough(sizes: dict[Path, tuple[int, int]]) -> None:
    calls = calls_of(sizes)
    total, numbers = counts(calls)
    for path, count in shown_counts(calls).items():
        assert count == total[path]
        assert count >= FEWEST_CALLS
        assert len(numbers[path]) >= FEWEST_NUMBERS


@given(sizes)
def test_nothing_hidden_can_be_worked_out(sizes: dict[Path, tuple[int, int]]) -> None:
    """Every sum that holds between counts, solved for what is hidden: no single one is determined."""
    calls = calls_of(sizes)
    total, _ = counts(calls)
    shown = shown_counts(calls)
    hidden = [path for path in total if path not in shown]
    place = {path: number for number, path in enumerate(hidden)}
    sums = np.zeros((len(total), len(hidden)))
    for row, parent in enumerate(total):
        children = [path for path in total if len(path) == len(parent) + 1 and path[: len(parent)] == parent]
        for child in children:
            if child in place:
                sums[row, place[child]] = 1
        if children and parent in place:
            sums[row, place[parent]] = -1
    rank = np.linalg.matrix_rank(sums)
    for number in range(len(hidden)):
        alone = np.eye(len(hidden))[number]
        assert np.linalg.matrix_rank(np.vstack([sums, alone])) > rank, f"{hidden[number]} is given away"


@given(sizes)
def test_what_is_left_of_a_sum_is_as_large_as_anything_shown(sizes: dict[Path, tuple[int, int]]) -> None:
    calls = calls_of(sizes)
    total, numbers = counts(calls)
    shown = shown_counts(calls)
    for parent in shown:
        lost = [path for path in total if path[:-1] == parent and path and path not in shown]
        if lost:
            assert len(lost) > 1
            assert sum(total[path] for path in lost) >= FEWEST_CALLS
            assert len(set().union(*(numbers[path] for path in lost))) >= FEWEST_NUMBERS


def test_calls_without_a_number_name_nobody() -> None:
    assert shown_counts([(("a",), None)] * 100) == {}


# --- the sheet ----------------------------------------------------------------------------------------

START = NOW.replace(day=1, hour=0, minute=0)
PERIOD = Period(START, START.replace(month=10))


def at(day: int, hour: int) -> int:
    return microseconds(START + dt.timedelta(days=day - 1, hours=hour))


def sheet(calls: list, *visits: Visit, districts: dict[str, str] | None = None) -> Report:  # type: ignore[type-arg]
    material = Outreach(
        period=PERIOD,
        calls=calls,
        visits=visits,
        districts=districts or {},
        until=PERIOD.end + dt.timedelta(days=60),
    )
    return make_outreach(
        material, compared=(PERIOD, PERIOD), made_at=PERIOD.end, made_by="ratna", letterhead=["112"]
    )


def many(count: int, day: int = 16, hour: int = 14, label: Label = Label.CHILD_PLAY, **over: object) -> list:  # type: ignore[type-arg]
    return [
        prank(f"{label} {day} {hour} {number}", label=label, received_at=at(day, hour), **over)
        for number in range(count)
    ]


def test_school_days_stand_beside_holidays() -> None:
    made = sheet([*many(12), *many(20, day=19)], districts={"510-10-4101": "Penajam"})
    assert made.lists["districts"] == [("main-main anak", "Penajam", 32, 12, 20)]
    assert made.lists["hours"] == [
        ("main-main anak", "Penajam", "hari libur", "Sabtu", "14", 20),
        ("main-main anak", "Penajam", "hari sekolah", "Rabu", "14", 12),
    ]


def test_only_pranks_and_silent_calls_are_on_it_and_no_number_no_school_no_call() -> None:
    made = sheet([*many(12), *many(30, label=Label.GENUINE)], Visit(NOW.date(), "SDN 005 Penajam"))
    told = repr((made.lists, made.remarks, made.letterhead))
    assert "SDN" not in told
    assert "caller" not in told
    assert set(GROUPS.values()) >= {row[0] for row in made.lists["districts"]}
    assert made.calls == ()
    assert HIDDEN in made.remarks
    assert not {"call_id", "caller", "number"} & {column.name for one in SHEET for column in one.columns}


def test_a_visit_is_held_against_the_weeks_around_it_with_emergencies_too() -> None:
    before, after = many(33, day=10), many(12, day=20)
    genuine = [reported(f"g{number}", received_at=at(10, 9)) for number in range(11)]
    made = sheet([*before, *after, *genuine], Visit(dt.date(2026, 9, 15), "Penajam"))
    ((day, where, *told),) = made.lists["visits"]
    assert (day, where) == (START + dt.timedelta(days=14), "seluruh wilayah")
    assert told == [35, 10, 10, None, 28], "rounded, and hidden where there were few"


def test_a_visit_to_a_known_district_is_about_that_district() -> None:
    elsewhere = many(40, day=10, hour=3, cell_id="510-10-9999-1")
    districts = {"510-10-4101": "Penajam", "510-10-9999": "Sepaku"}
    made = sheet([*many(20, day=10), *elsewhere], Visit(dt.date(2026, 9, 15), "Penajam"), districts=districts)
    assert made.lists["visits"][0][1:3] == ("Penajam", 20)
    assert PERIOD.start.tzinfo is ZONE
