"""Too many calls: five times what the service can judge, for a minute; a busy core beside it; sound beside
calls without.

Requests leave on a clock of their own, whether or not earlier ones were answered, and each is timed from the
moment it was due: a service that stops answering cannot hide it by being asked less.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.measure import busy_cores
from benchmarks.processes import Service, prankfilter
from benchmarks.serving import Requests, flood, with_sound, without_sound
from benchmarks.tables import show

TIMES = 5
FOR_S, CALM_S, BACK_S = 60.0, 8.0, 5.0
CONNECTIONS = 256
IDLE_RATE_PER_S = 20.0
JUDGED = frozenset({"full", "metadata_only", "not_enough_audio"})


@dataclass
class Seen:
    """What came back."""

    seconds: list[float] = field(default_factory=list)
    assessed: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    lasted_s: float = 0.0

    @property
    def p99_ms(self) -> float:
        """Of all answers, from the moment each request was due."""
        return float(np.percentile(self.seconds, 99)) * 1000 if self.seconds else float("nan")

    @property
    def judged_per_s(self) -> float:
        """Calls that were judged, rather than sent on at once."""
        return sum(self.assessed[one] for one in JUDGED) / self.lasted_s


def main(models: Path) -> None:
    """Print one table a question."""
    with prankfilter(models) as service:
        _overload(service, "metadata only", without_sound, connections=8)
        _overload(service, "5 s of sound", with_sound, connections=4)
        _beside(service)


def _overload(service: Service, name: str, requests: Callable[[str], Requests], *, connections: int) -> None:
    seen, label = Counter[str](), name.replace(" ", "-")
    peak_per_s = flood(service, [requests(f"peak-{label}-{n}") for n in range(connections)], seen)
    phases = {
        "calm": (IDLE_RATE_PER_S, CALM_S),
        f"{TIMES} times the peak": (TIMES * peak_per_s, FOR_S),
        "right after": (IDLE_RATE_PER_S, BACK_S),
        "5 s later": (IDLE_RATE_PER_S, CALM_S),
    }
    rows, calm_ms = [], float("nan")
    for phase, (per_s, for_s) in phases.items():
        stream = requests(f"{phase}-{label}".replace(" ", "-"))
        one = asyncio.run(offer(service, stream, per_s=per_s, for_s=for_s))
        calm_ms = one.p99_ms if phase == "calm" else calm_ms
        rows.append(
            [
                phase,
                f"{per_s:.0f}",
                str(one.errors),
                f"{one.judged_per_s:.0f}",
                f"{one.judged_per_s / peak_per_s:.0%}",
                f"{one.p99_ms:.1f}",
                f"{one.p99_ms / calm_ms:.1f}",
            ]
        )
    columns = ["phase", "asked/s", "errors", "judged/s", "of the peak", "p99 ms", "p99 / calm"]
    show(f"Overload, {name}: peak {peak_per_s:.0f} calls/s of one process", columns, rows)


def _beside(service: Service) -> None:
    """Calls without sound, alone, then beside something greedy."""
    sound_per_s = 30.0
    alone = asyncio.run(offer(service, without_sound("alone"), per_s=50.0, for_s=CALM_S))

    async def both() -> tuple[Seen, Seen]:
        loud = offer(service, with_sound("loud"), per_s=sound_per_s, for_s=CALM_S)
        quiet = offer(service, without_sound("quiet"), per_s=50.0, for_s=CALM_S)
        return await asyncio.gather(quiet, loud)

    beside_sound, _ = asyncio.run(both())
    with busy_cores():
        beside_hogs = asyncio.run(offer(service, without_sound("hogs"), per_s=50.0, for_s=CALM_S))
    rows = [
        [name, str(one.errors), f"{one.p99_ms:.1f}", f"{one.p99_ms / alone.p99_ms:.1f}"]
        for name, one in (
            ("alone", alone),
            (f"beside {sound_per_s:.0f} calls/s with 5 s of sound", beside_sound),
            ("with every core busy", beside_hogs),
        )
    ]
    show("Calls without sound, 50 a second", ["beside what", "errors", "p99 ms", "p99 / alone"], rows)


async def offer(service: Service, requests: Requests, *, per_s: float, for_s: float) -> Seen:
    """Ask at a fixed rate over many connections, and wait for every answer."""
    seen, due = Seen(), asyncio.Queue[tuple[float, bytes]]()
    askers = [asyncio.create_task(_ask(service, due, seen)) for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    for moment, request in _clock(service, requests, started, per_s, for_s):
        await asyncio.sleep(max(moment - time.perf_counter(), 0))
        due.put_nowait((moment, request))
    await due.join()
    seen.lasted_s = time.perf_counter() - started
    for asker in askers:
        asker.cancel()
    await asyncio.gather(*askers, return_exceptions=True)
    return seen


def _clock(
    service: Service, requests: Requests, started: float, per_s: float, for_s: float
) -> Iterator[tuple[float, bytes]]:
    client = service.client()
    for number in range(round(per_s * for_s)):
        yield started + number / per_s, client.request("POST", *next(requests))
    client.close()


async def _ask(service: Service, due: asyncio.Queue[tuple[float, bytes]], seen: Seen) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    try:
        while True:
            moment, request = await due.get()
            try:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                body = await reader.readexactly(length)
                seen.seconds.append(time.perf_counter() - moment)
                if head[9:12] == b"200":
                    seen.assessed[json.loads(body)["assessed"]] += 1
                else:
                    seen.errors += 1
            except (OSError, EOFError, ValueError):
                seen.errors += 1
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            finally:
                due.task_done()
    finally:
        writer.close()
