"""Packets into one line: whatever order, doubles and losses, sound stands where it belongs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.audio.packets import REORDER_S, Run, Timeline

RATE_HZ, PACKET_MS, PACKET = 8000, 20, 160


def packet(number: int) -> bytes:
    return bytes([number % 256]) * PACKET


def laid_out(runs: list[Run]) -> list[int | None]:
    """One entry a packet's time: which packet stands there, None where sound was lost."""
    line: list[int | None] = []
    for run in runs:
        assert run.lost_samples % PACKET == len(run.payload) % PACKET == 0
        line += [None] * (run.lost_samples // PACKET)
        line += list(run.payload[::PACKET])
    return line


def line_of(numbers: list[int], *, first: int = 0) -> tuple[list[int | None], Timeline]:
    timeline = Timeline(rate_hz=RATE_HZ, sample_bytes=1)
    runs = [run for number in numbers for run in timeline.add(packet(number), (first + number) * PACKET_MS)]
    return laid_out(runs + timeline.close()), timeline


@st.composite
def journeys(draw: st.DrawFn) -> tuple[list[int], set[int]]:
    """Packets in an order in which none is overtaken by as much as `REORDER_S`, some doubled, some lost."""
    count = draw(st.integers(1, 60))
    lost = draw(st.sets(st.integers(1, count - 1))) if count > 1 else set()
    delays = draw(st.lists(st.integers(0, 8), min_size=count, max_size=count))
    sent = [number for number in range(count) if number not in lost]
    doubled = draw(st.lists(st.sampled_from(sent), max_size=10))
    arrivals = [(number + delays[number], number) for number in sent]
    arrivals += [(number + draw(st.integers(0, 8)), number) for number in doubled]
    return [number for _, number in sorted(arrivals)], lost


@given(journeys())
def test_any_order_doubles_and_losses_give_the_right_line(journey: tuple[list[int], set[int]]) -> None:
    numbers, lost = journey
    line, timeline = line_of(numbers)
    last = max(numbers)
    assert line == [None if number in lost else number for number in range(last + 1)]
    assert timeline.lost_samples == PACKET * len([number for number in lost if number < last])
    assert timeline.counts["doubled"] == len(numbers) - len(set(numbers))
    assert timeline.counts["late"] == timeline.counts["jumped"] == 0


@given(st.lists(st.tuples(st.binary(max_size=400), st.floats(0, 1e12)), max_size=60))
def test_nothing_breaks_it_and_nothing_is_kept_without_end(sent: list[tuple[bytes, float]]) -> None:
    timeline = Timeline(rate_hz=RATE_HZ, sample_bytes=2)
    settled = 0
    for payload, at_ms in sent:
        settled += sum(len(run.payload) // 2 + run.lost_samples for run in timeline.add(payload, at_ms))
    settled += sum(len(run.payload) // 2 + run.lost_samples for run in timeline.close())
    assert timeline.seconds == settled / RATE_HZ
    assert timeline.lost_samples <= len(sent) * 6 * RATE_HZ


def test_a_missing_packet_is_waited_for_and_then_its_time_is_kept() -> None:
    timeline = Timeline(rate_hz=RATE_HZ, sample_bytes=1)
    assert len(timeline.add(packet(0), 0)) == 1
    released = {number: timeline.add(packet(number), number * PACKET_MS) for number in range(2, 13)}
    end_of_missing, newest = 2, next(number for number, runs in released.items() if runs)
    assert (newest + 1 - end_of_missing) * PACKET_MS / 1000 == pytest.approx(REORDER_S)
    assert released[newest][0] == Run(packet(2), PACKET)
    assert timeline.add(packet(1), 20) == []
    assert timeline.counts["late"] == 1


def test_a_clock_that_drifts_a_little_leaves_no_gaps() -> None:
    timeline = Timeline(rate_hz=RATE_HZ, sample_bytes=1)
    wobble = np.random.default_rng(3).integers(-4, 5, 200)
    runs = [run for n in range(200) for run in timeline.add(packet(n), n * 20 + 5 + int(wobble[n]))]
    assert laid_out(runs + timeline.close()) == [number % 256 for number in range(200)]


def test_a_stream_may_begin_at_any_time_and_out_of_order() -> None:
    line, _ = line_of([1, 0, 2, 3], first=50)
    assert line == [0, 1, 2, 3]


def test_a_clock_that_jumps_goes_on_from_where_time_stood() -> None:
    timeline = Timeline(rate_hz=RATE_HZ, sample_bytes=1)
    times = [0, 20, 40, 1_000_000_000, 60, 80]
    runs = [run for number, at_ms in enumerate(times) for run in timeline.add(packet(number), at_ms)]
    assert laid_out(runs + timeline.close()) == [0, 1, 2, 3, 4, 5]
    assert timeline.counts["jumped"] == 2


def test_a_packet_of_more_than_a_second_is_left_out() -> None:
    timeline = Timeline(rate_hz=RATE_HZ, sample_bytes=1)
    assert timeline.add(bytes(8001), 0) == []
    assert timeline.counts["too_long"] == 1


@given(st.lists(st.integers(0, 50), max_size=40))
def test_sound_without_times_may_be_cut_anywhere(cuts: list[int]) -> None:
    timeline, sent = Timeline(rate_hz=RATE_HZ, sample_bytes=2), bytes(range(256)) * 8
    runs, start = [], 0
    for cut in cuts:
        runs += timeline.follow(sent[start : start + cut])
        start += cut
    runs += timeline.follow(sent[start:])
    assert b"".join(run.payload for run in runs) == sent
    assert timeline.lost_samples == 0
