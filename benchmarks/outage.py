"""PostgreSQL gone for half a minute under load: what callers and call takers notice, when all is made up."""

from __future__ import annotations

import contextlib
import itertools
import json
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import Timing
from benchmarks.tables import show
from tests.long.test_replicas import Line, Replicas, at_once, replicas
from tests.postgres import Postgres, find_binaries, postgres_server

BEFORE_S, OUTAGE_S, AFTER_S = 10.0, 30.0, 10.0
ROUTERS, DESKS = 4, 2
CALLS_PER_ROUTER = 5.0
"""A second."""

LOOK_S = 0.1
DEADLINE_MS = "150"
"""As it comes."""

SETTLE_S = 30.0
"""So long calls that were put aside, because there was too much to do, may still be on their way."""

HISTORY_LESS = {"store_unavailable", "deadline", "overload"}
"""Guards of a call that was judged without history."""


@dataclass
class Notes:
    """What everybody was told."""

    phase: str = "before"
    took_s: dict[str, list[float]] = field(default_factory=dict)
    advice: Counter[tuple[str, str]] = field(default_factory=Counter)
    without_history: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    screened: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    told_later: int = 0
    """Outcomes that were refused at first, and repeated."""
    most_queued: float = 0.0
    back_s: dict[str, float] = field(default_factory=dict)
    """After the database was back: when an outcome was taken again, and when nothing waited for the disk."""


@dataclass(frozen=True)
class Found:
    """What the database lacks at the end."""

    lost_screenings: int
    lost_outcomes: int
    doubled: int


def main(_: Path) -> None:
    """Stop the server, and have it stand still."""
    if find_binaries() is None:
        print("\nOutage of PostgreSQL: not measured, none is installed.")
        return
    with postgres_server() as server:
        for how, gone in {"stopped": _stopped, "standing still": Postgres.frozen}.items():
            with tempfile.TemporaryDirectory() as folder:
                _show(how, *measure(server, Path(folder), gone))


def measure(
    server: Postgres, folder: Path, gone: Callable[[Postgres], contextlib.AbstractContextManager[None]]
) -> tuple[Notes, Found]:
    """One outage, with routers and desks at work from before it to after it."""
    notes, over = Notes(), threading.Event()
    with replicas(server, folder, 1, deadline_ms=DEADLINE_MS) as some:

        def break_it() -> None:
            try:
                time.sleep(BEFORE_S)
                notes.phase = "meanwhile"
                with gone(server):
                    time.sleep(OUTAGE_S)
                notes.phase = "after"
                _watch_it_come_back(some, notes)
                time.sleep(AFTER_S)
            finally:
                over.set()

        at_once(
            [
                *(_router(some.line(0), number, notes, over) for number in range(ROUTERS)),
                *(_desk(some.line(0), number, notes, over) for number in range(DESKS)),
                break_it,
            ]
        )
        some.wait_for(lambda replica: some.metric(replica, "prankfilter_store_queued") == 0)
        return notes, _found(some, notes)


@contextlib.contextmanager
def _stopped(server: Postgres) -> Iterator[None]:
    server.stop()
    yield
    server.start()


def _router(line: Line, number: int, notes: Notes, over: threading.Event) -> Callable[[], None]:
    """Screens calls at a steady pace, whatever becomes of them."""

    def work() -> None:
        due = time.perf_counter()
        for call in itertools.count():
            due += 1 / CALLS_PER_ROUTER
            if over.wait(max(due - time.perf_counter(), 0.0)):
                break
            _screen(line, f"{number}-{call}", notes)
        line.close()

    return work


def _screen(line: Line, call_id: str, notes: Notes) -> None:
    phase, began = notes.phase, time.perf_counter()
    path = f"/v1/calls/{call_id}/screening"
    status, text = line.ask("POST", path, {"calling_number": f"+62812000{hash(call_id) % 50:04d}"})
    notes.took_s.setdefault(phase, []).append(time.perf_counter() - began)
    if status != 200:
        notes.failed[phase] += 1
        return
    decided = json.loads(text)
    notes.advice[phase, decided["advice"]] += 1
    notes.without_history[phase] += bool(HISTORY_LESS.intersection(decided["guards"]))
    notes.screened.append(call_id)


def _desk(line: Line, number: int, notes: Notes, over: threading.Event) -> Callable[[], None]:
    """Tells outcomes, and each again until it is acknowledged."""

    def work() -> None:
        for call in itertools.count():
            if over.wait(0.5):
                break
            call_id, tries = f"said-{number}-{call}", 1
            while line.ask("PUT", f"/v1/calls/{call_id}/outcome", {"label": "genuine"})[0] != 200:
                tries += 1
            notes.acknowledged.append(call_id)
            notes.told_later += tries > 1
        line.close()

    return work


def _watch_it_come_back(some: Replicas, notes: Notes) -> None:
    began, told = time.perf_counter(), len(notes.acknowledged)
    while len(notes.back_s) < 2:
        queued = some.metric(0, "prankfilter_store_queued")
        notes.most_queued = max(notes.most_queued, queued)
        if len(notes.acknowledged) > told:
            notes.back_s.setdefault("outcome", time.perf_counter() - began)
        if queued == 0:
            notes.back_s.setdefault("queue", time.perf_counter() - began)
        time.sleep(LOOK_S)


def _found(some: Replicas, notes: Notes) -> Found:
    until = time.perf_counter() + SETTLE_S
    while lost := set(notes.screened) - {row[0] for row in some.count("SELECT call_id FROM decisions")}:
        if time.perf_counter() > until:
            break
        time.sleep(LOOK_S)
    said = dict(some.count("SELECT call_id, count(*) FROM said GROUP BY call_id"))
    return Found(
        lost_screenings=len(lost),
        lost_outcomes=sum(call_id not in said for call_id in notes.acknowledged),
        doubled=sum(count > 1 for count in said.values()),
    )


def _show(how: str, notes: Notes, found: Found) -> None:
    rows = []
    for phase, seconds in notes.took_s.items():
        timing = Timing.of(seconds)
        rows.append(
            [
                phase,
                str(len(seconds)),
                str(notes.failed[phase]),
                str(notes.advice[phase, "verify"]),
                str(notes.without_history[phase]),
                f"{timing.p50_ms:.0f}",
                f"{timing.p99_ms:.0f}",
                f"{1000 * max(seconds):.0f}",
            ]
        )
    show(
        f"PostgreSQL {how} for {OUTAGE_S:.0f} s",
        ["", "calls", "failed", "`verify`", "without history", "p50 ms", "p99 ms", "longest ms"],
        rows,
        f"{ROUTERS * CALLS_PER_ROUTER:.0f} calls a second and {DESKS} desks; budget {DEADLINE_MS} ms.",
    )
    print(
        f"\nOf {len(notes.screened)} screenings {found.lost_screenings} are lost, of "
        f"{len(notes.acknowledged)} acknowledged outcomes {found.lost_outcomes}; {found.doubled} are kept "
        f"twice; {notes.told_later} outcomes were told again. Once it was back, the first outcome was taken "
        f"after {notes.back_s['outcome']:.1f} s, and all of {notes.most_queued:.0f} queued records were on "
        f"disk after {notes.back_s['queue']:.1f} s."
    )
