"""The whole service killed (`kill -9`) again and again under load: what it acknowledged is there, once."""

from __future__ import annotations

import random
import signal
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tqdm import tqdm

from benchmarks.hammer import Hammer, Kept, Thing
from benchmarks.processes import make_key, serving
from benchmarks.tables import show

LIVES = 100
SHORTEST, LONGEST = 5, 300
"""Acknowledgements after which a life may end."""

SCOPES = ("router", "supervisor")
STORE = "prankfilter.sqlite"
DURABLE = frozenset({"outcome", "verdict"})
"""What is acknowledged only once it is on disk; a screening is queued, so that no call waits for one."""


@dataclass(frozen=True)
class Life:
    """One run of the service, from its start to its death."""

    ready_s: float
    kept: Kept
    is_whole: bool
    """Whether the database was, once the service was ready after the death before."""


@dataclass(frozen=True)
class Damage:
    """What the store lacks of what was acknowledged, and what it holds twice."""

    acknowledged: int
    lost: tuple[Thing, ...]
    doubled: tuple[Thing, ...]
    orphans: int
    """Outcomes and verdicts without the call that they are about."""


def lives(data: Path, models: Path, count: int, chance: random.Random) -> Iterator[Life]:
    """Start, ask, kill; each life begins with asking again what the one before did not acknowledge."""
    keys = {scope: make_key(data, models, scope) for scope in SCOPES}
    unsaid: list[Thing] = []
    for number in range(count):
        with serving(
            "prankfilter_api.entry", "/readyz", data=data, models=models, said=["--port"]
        ) as service:
            is_whole = rows(data, "PRAGMA integrity_check") == [("ok",)]
            hammer = Hammer(service.port, keys, f"life{number}")
            hammer.repeat(unsaid)
            with hammer.striking():
                hammer.wait_for(len(unsaid) + chance.randint(SHORTEST, LONGEST))
                service.process.send_signal(signal.SIGKILL)
                service.process.wait()
        unsaid = hammer.kept.refused
        yield Life(service.ready_s, hammer.kept, is_whole)


def damage(data: Path, kept: list[Life]) -> Damage:
    """Hold the store against what was acknowledged."""
    told = [thing for life in kept for thing in life.kept.acknowledged if thing[0] in DURABLE]
    found = Counter((what, call_id) for what, call_id in rows(data, "SELECT what, call_id FROM said"))
    orphans = "SELECT count(*) FROM said WHERE call_id NOT IN (SELECT call_id FROM calls)"
    return Damage(
        acknowledged=len(set(told)),
        lost=tuple(thing for thing in told if not found[thing]),
        doubled=tuple(thing for thing, times in found.items() if times > 1),
        orphans=int(rows(data, orphans)[0][0]),
    )


def rows(data: Path, query: str) -> list[tuple[str, str]]:
    """Ask the database itself, beside the service."""
    with closing(sqlite3.connect(data / STORE, timeout=60.0)) as connection:
        return connection.execute(query).fetchall()


def main(models: Path) -> None:
    """Kill it often; how long it takes to come back is told, not judged."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        run = list(tqdm(lives(data, models, LIVES, random.Random(112)), total=LIVES, unit="life"))
        found = damage(data, run)
    ready_s = sorted(life.ready_s for life in run[1:])
    statuses = sum((life.kept.statuses for life in run), Counter[int]())
    rest: Mapping[str, str] = {
        "kills": str(len(run)),
        "outcomes and verdicts acknowledged": str(found.acknowledged),
        "of these lost": str(len(found.lost)),
        "kept twice": str(len(found.doubled)),
        "without their call": str(found.orphans),
        "times that the database was not whole": str(sum(not life.is_whole for life in run)),
        "answers that were refusals": str(sum(n for status, n in statuses.items() if status not in (0, 200))),
        "ready again after, s: median": f"{median(ready_s):.2f}",
        "ready again after, s: longest": f"{ready_s[-1]:.2f}",
    }
    show(
        "Killed under load",
        ["what", "value"],
        [list(one) for one in rest.items()],
        "`kill -9` of the process while four callers screen calls, tell outcomes and give verdicts over "
        "HTTP; each life repeats what the one before left unanswered.",
    )
