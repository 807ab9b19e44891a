"""Splits cannot leak: forward in time, and no caller on both sides."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from prankfilter_training.rows.slices import Slice, slices_of

from tests.training.logs import log_of, logged

DAY = 60 * 24
EDGES = (0.7, 0.85)


def some(*callers_by_day: tuple[int, str | None]) -> list:
    return [logged(minutes=day * DAY + 10, record={"caller": name}) for day, name in callers_by_day]


def test_slices_follow_time() -> None:
    calls = some(*((day, f"c{day}") for day in range(20)))
    assert (
        slices_of(log_of(calls), EDGES).tolist()
        == [Slice.FIT] * 14 + [Slice.CALIBRATE] * 3 + [Slice.EVALUATE] * 3
    )


def test_a_caller_who_calls_again_later_is_dropped_from_the_earlier_slice_only() -> None:
    calls = some((0, "a"), (1, "b"), (15, "a"), (16, "c"), (19, "c"))
    assert slices_of(log_of(calls), EDGES).tolist() == [
        Slice.DROPPED,
        Slice.FIT,
        Slice.CALIBRATE,
        Slice.DROPPED,
        Slice.EVALUATE,
    ]


def test_an_incident_that_goes_on_in_a_later_slice_is_dropped_from_the_earlier_one() -> None:
    calls = [
        logged(minutes=day * DAY + 10, record={"caller": f"c{day}", "incident_id": incident})
        for day, incident in ((0, "fire"), (1, "fire"), (2, None), (15, "fire"), (19, None))
    ]
    assert slices_of(log_of(calls), EDGES).tolist() == [Slice.DROPPED, Slice.DROPPED, 0, 1, 2]


def test_calls_without_a_number_stay_where_their_time_puts_them() -> None:
    assert slices_of(log_of(some((0, None), (15, None), (19, None))), EDGES).tolist() == [0, 1, 2]


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["a", "b", "c", None])), min_size=1))
def test_no_caller_is_on_both_sides_and_no_slice_looks_back(days: list[tuple[int, str | None]]) -> None:
    calls = some(*sorted(days, key=lambda pair: pair[0]))
    slices = slices_of(log_of(calls), EDGES)
    for name in "abc":
        sides = {
            int(s) for s, call in zip(slices, calls, strict=True) if call.record.caller == name and s >= 0
        }
        assert len(sides) <= 1
    kept = slices[slices >= 0]
    assert np.all(np.diff(kept) >= 0)
