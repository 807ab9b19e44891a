"""How a look-up of history grows with the store: ``python -m benchmarks.history [--most N] [--postgres]``.

The store is filled with calls as they come in a large city, a thousand a day, so that a larger store is an
older one. Each size is a database of its own; they are asked in turn, since machines and their neighbours
change from minute to minute. 10^7 calls take 17 GB and a quarter of an hour.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

from benchmarks.history_fill import DAY_CALLS, NOW, Filler, PostgresFiller, SqliteFiller
from benchmarks.measure import Timing, in_turn
from benchmarks.tables import show
from prankfilter.store.caller_rows import forget
from prankfilter.store.recall import recall
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import CallRecord, NumberKind
from tests.postgres import find_binaries, postgres_server

SMALLEST, QUICK_MOST, USUAL_MOST = 10_000, 100_000, 1_000_000
CALLERS = {
    "a number that never called": ("new", False),
    "4 earlier calls": ("usual-8", False),
    "500 earlier calls": ("super", False),
    "500 earlier calls, for the first time": ("super", True),
}
"""Who calls, and whether all that was recalled of earlier look-ups is forgotten before each."""

RUNS, MOST_S = 300, 60.0


def main(_: Path) -> None:
    """As a part of all benchmarks: the small sizes only."""
    measure(QUICK_MOST, with_postgres=True)


def measure(most: int, *, with_postgres: bool) -> None:
    """Fill and ask."""
    sizes = [size for size in (10**power for power in range(4, 9)) if size <= most]
    with tempfile.TemporaryDirectory() as folder:
        _ask("SQLite", sizes, SqliteFiller(Path(folder)))
    if not with_postgres:
        return
    if find_binaries() is None:
        print("\nPostgreSQL: not measured, none is installed.")
        return
    with postgres_server(settings=("listen_addresses=", "max_wal_size=4GB")) as server:
        _ask("PostgreSQL", sizes, PostgresFiller(server))


def _ask(name: str, sizes: Sequence[int], filler: Filler) -> None:
    with contextlib.ExitStack() as stack:
        stores: dict[int, SqlStore] = {}
        for size in sizes:
            stores[size] = stack.enter_context(contextlib.closing(SqlStore.open(filler.fill(size))))
        rows = []
        for who, (caller, anew) in CALLERS.items():
            things = {str(size): _look_up(store, caller, anew=anew) for size, store in stores.items()}
            rows += list(_rows(who, sizes, in_turn(things, runs=RUNS, most_s=MOST_S)))
    show(
        f"A look-up of history, {name}",
        ["caller", "calls kept", "p50 ms", "p99 ms", "p50 / 10^4", "p99 / 10^4"],
        rows,
        f"{DAY_CALLS} calls a day, each with a decision, every second with an outcome; a look-up asks for "
        "the stored answer, the number, the area, the centre, switches and suspensions.",
    )


def _look_up(store: SqlStore, caller: str, *, anew: bool) -> Callable[[], object]:
    numbers = count()

    def look_up() -> None:
        if anew:
            forget()
        record = CallRecord(
            call_id=f"now-{next(numbers)}",
            received_at=NOW,
            caller=caller,
            number_kind=NumberKind.ASSERTED,
            cell_id="cell-7",
            centre_id="centre-1",
        )
        store.answer(record.call_id)
        recall(store, record)

    return look_up


def _rows(who: str, sizes: Sequence[int], timings: dict[str, Timing]) -> Iterator[list[str]]:
    base = timings[str(sizes[0])]
    for size in sizes:
        timing = timings[str(size)]
        yield [
            who,
            f"{size:,}",
            f"{timing.p50_ms:.2f}",
            f"{timing.p99_ms:.2f}",
            f"{timing.p50_ms / base.p50_ms:.2f}",
            f"{timing.p99_ms / base.p99_ms:.2f}",
        ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--most", type=int, default=USUAL_MOST, help=f"largest store (default {USUAL_MOST})")
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL too")
    said = parser.parse_args()
    measure(said.most, with_postgres=said.postgres)
