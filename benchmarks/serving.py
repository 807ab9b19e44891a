"""Screening over HTTP against an empty endpoint of the same application, in turn over one connection."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.calls import as_form, as_json, clip, records
from benchmarks.client import Client
from benchmarks.measure import in_turn, on_core
from benchmarks.processes import CLIENT_CORE, Service, prankfilter
from benchmarks.tables import show, show_timings

RUNS, RUNS_WITH_SOUND = 3000, 500
CONNECTIONS = 8
FOR_S = 5.0

Requests = Iterator[tuple[str, str, bytes]]
"""Path, content type and body of one request after another."""


def main(models: Path) -> None:
    """Latency first, while the store is small; then how much one core can do."""
    with prankfilter(models) as service, on_core(CLIENT_CORE):
        _latency(service)
        _throughput(service)


def without_sound(prefix: str) -> Requests:
    """Calls that ring."""
    for call_id, record in records(prefix):
        yield (f"/v1/calls/{call_id}/screening", *as_json(record))


def with_sound(prefix: str) -> Requests:
    """Calls of which five seconds were heard."""
    audio = clip()
    for call_id, record in records(prefix):
        yield (f"/v1/calls/{call_id}/screening", *as_form(record, audio))


def _latency(service: Service) -> None:
    client, seen = service.client(), Counter[str]()
    empty = client.request("POST", "/empty", *as_json({}))
    things: dict[str, Callable[[], object]] = {
        "empty endpoint": lambda: client.ask(empty),
        "metadata only": asking(client, without_sound("ring"), seen),
    }
    show_timings(
        "Screening over HTTP, without sound", in_turn(things, runs=RUNS, warm=200), against="empty endpoint"
    )
    things = {
        "empty endpoint": lambda: client.ask(empty),
        "5 s of sound": asking(client, with_sound("sound"), seen),
    }
    show_timings(
        "Screening over HTTP, 5 s of sound (µ-law WAV, 40 kB)",
        in_turn(things, runs=RUNS_WITH_SOUND),
        against="empty endpoint",
    )
    told = ", ".join(f"{count} {assessed}" for assessed, count in sorted(seen.items()))
    print(f"\nAnswers, all within the default deadline: {told}.")


def asking(client: Client, requests: Requests, seen: Counter[str]) -> Callable[[], object]:
    """Ask for the next call each time, and count what the answers say of themselves."""
    prepared = (client.request("POST", *request) for request in requests)

    def ask() -> dict[str, Any]:
        answer = client.members(next(prepared))
        seen[answer["assessed"]] += 1
        return answer

    return ask


def _throughput(service: Service) -> None:
    rows = []
    for name, requests in (("metadata only", without_sound), ("5 s of sound", with_sound)):
        seen = Counter[str]()
        per_s = _flood(
            service, [requests(f"flood-{name[:1]}-{number}") for number in range(CONNECTIONS)], seen
        )
        judged = seen["metadata_only"] if requests is without_sound else seen["full"]
        rows.append([name, f"{per_s:.0f}", f"{judged / max(seen.total(), 1):.0%}"])
    pinned = "one core of its own" if (os.cpu_count() or 1) > 1 else "one core shared with the client"
    show(
        f"Throughput of one process on {pinned}, {CONNECTIONS} connections",
        ["what", "calls/s", "judged whole in time"],
        rows,
    )


def _flood(service: Service, streams: list[Requests], seen: Counter[str]) -> float:
    until = time.perf_counter() + FOR_S

    def ask_all(requests: Requests) -> None:
        client = service.client()
        ask = asking(client, requests, seen)
        while time.perf_counter() < until:
            ask()
        client.close()

    threads = [threading.Thread(target=ask_all, args=(requests,)) for requests in streams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen.total() / FOR_S
