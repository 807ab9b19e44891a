"""Screening over HTTP against an empty endpoint of the same application, in turn over one connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.calls import as_form, as_json, clip, records
from benchmarks.client import Client
from benchmarks.load import Plan, offer
from benchmarks.measure import in_turn
from benchmarks.processes import Service, prankfilter
from benchmarks.tables import show, show_timings

RUNS, RUNS_OF_COST, RUNS_WITH_SOUND = 3000, 1500, 400
CONNECTIONS, CONNECTIONS_WITH_SOUND = 4, 1
FOR_S = 5.0
BLOCK, REST_S = 20, 0.02

Requests = Iterator[tuple[str, str, bytes]]
"""Path, content type and body of one request after another."""


def main(models: Path) -> None:
    """Latency first, while the store is small; then what a call costs, and how many there can be."""
    with prankfilter(models) as service:
        _latency(service)
        _cost(service)
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
        "Screening over HTTP, without sound",
        in_turn(things, runs=RUNS, warm=200, block=BLOCK, rest_s=REST_S),
        against="empty endpoint",
    )
    things = {
        "empty endpoint": lambda: client.ask(empty),
        "5 s of sound": asking(client, with_sound("sound"), seen),
    }
    show_timings(
        "Screening over HTTP, 5 s of sound (µ-law WAV, 40 kB)",
        in_turn(things, runs=RUNS_WITH_SOUND, block=BLOCK, rest_s=REST_S),
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


def _cost(service: Service) -> None:
    """Processor time tells more of a shared machine than the clock does."""
    client, seen = service.client(), Counter[str]()
    empty = client.request("POST", "/empty", *as_json({}))
    things: dict[str, tuple[int, Callable[[], object]]] = {
        "empty endpoint": (RUNS, lambda: client.ask(empty)),
        "metadata only": (RUNS_OF_COST, asking(client, without_sound("cost-r"), seen)),
        "5 s of sound": (RUNS_WITH_SOUND, asking(client, with_sound("cost-s"), seen)),
    }
    rows = []
    for name, (runs, thing) in things.items():
        before_s = service.cpu_s()
        for _ in range(runs):
            thing()
        each_s = (service.cpu_s() - before_s) / runs
        rows.append([name, f"{each_s * 1000:.2f}", f"{1 / each_s:.0f}"])
    show(
        "Processor time of a call, writing it to the store included",
        ["what", "ms", "calls/s of one core"],
        rows,
    )


def _throughput(service: Service) -> None:
    rows = []
    for name, sound, lines in (
        ("metadata only", False, CONNECTIONS),
        ("5 s of sound", True, CONNECTIONS_WITH_SOUND),
    ):
        (seen,) = offer(service, Plan(f"flood-{lines}", FOR_S, sound=sound, lines=lines))
        rows.append([name, str(lines), f"{seen.judged_per_s:.0f}", str(len(seen.seconds) - len(seen.judged))])
    show(
        "Throughput of one process, connections that never pause",
        ["what", "connections", "calls/s judged whole in time", "calls that were not"],
        rows,
    )
