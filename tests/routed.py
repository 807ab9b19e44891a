"""The shipped router between callers, a call taker, a prompt and whatever stands for the service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.router import Agent, Held, Router, agent, call, kamailio
from tests.faulty import Faulty, faulty

PATIENCE_S = 60

HELD_MS = 330
PER_S, CALLS = 30, 60

NO_WORD = {"guard", "no_answer"}
"""Where there was none in time; on a busy machine that may be any call's lot."""


@dataclass
class Line:
    """Everything but the service: the router, whom it calls, and where it looks for the service."""

    router: Router
    human: Agent
    prompt: Agent
    port: int
    folder: Path


@contextmanager
def routed(folder: Path, module: Path, key: str, port: int, **targets: str) -> Iterator[Line]:
    """Start a router between a service's port and two agents."""
    with agent("human", folder) as human, agent("prompt", folder) as prompt:
        said = {
            "PRANKFILTER_URL": f"http://127.0.0.1:{port}",
            "PRANKFILTER_KEY": key,
            "HUMAN_URI": f"sip:112@127.0.0.1:{human.port}",
            "BACKUP_URI": f"sip:backup@127.0.0.1:{human.port}",
            "PRIORITY_URI": f"sip:first@127.0.0.1:{human.port}",
            "PROMPT_URI": f"sip:verify@127.0.0.1:{prompt.port}",
        }
        with kamailio(folder, module, **said | targets) as router:
            yield Line(router, human, prompt, port, folder)


def word_of(call_id: str) -> str:
    """Every tenth call is to be verified, and every tenth comes first."""
    return {0: "verify", 5: "priority"}.get(number_of(call_id) % 10, "normal")


def number_of(call_id: str) -> int:
    return int(call_id.rpartition("-")[2].partition("@")[0])


@contextmanager
def answering(line: Line, fault: str = "none") -> Iterator[Faulty]:
    """Put a stand-in where the service should be."""
    with faulty(line.port, fault) as service:
        service.word_of = word_of
        yield service


def calls(line: Line, name: str, *, calls: int = CALLS, waiting: int | None = 3) -> dict[str, Held]:
    """Make calls, and look at each: all reach a human, none late, none at the prompt without the word."""
    line.router.say_waiting(waiting)
    starved_ms = line.router.starved_ms()
    assert call(line.router, name, calls=calls, per_s=PER_S, folder=line.folder) == ""
    held = line.router.held(name)
    assert len(held) == calls
    assert line.human.calls(name).keys() == held.keys()
    assert verified(line, name) == {one.call_id for one in held.values() if one.why == "verify"}
    allowed_ms = HELD_MS + line.router.starved_ms() - starved_ms
    assert max(one.held_ms for one in held.values()) <= allowed_ms
    return held


def calls_until(line: Line, name: str, wanted: set[str], *, waiting: int | None = 3) -> dict[str, Held]:
    """Call again and again until all these reasons were met: on a busy machine answers are often late."""
    held: dict[str, Held] = {}
    for number in range(PATIENCE_S):
        held |= calls(line, f"{name}_{number}", calls=30, waiting=waiting)
        if wanted <= whys(held):
            return held
    raise AssertionError(f"{wanted - whys(held)} never came")


def verified(line: Line, name: str) -> set[str]:
    return set(line.prompt.calls(name))


def whys(held: dict[str, Held]) -> set[str]:
    return {one.why for one in held.values()}


def wait_for(condition: Callable[[], bool]) -> None:
    """Look again and again; what comes at all comes soon."""
    for _ in range(PATIENCE_S * 20):
        if condition():
            return
        time.sleep(0.05)
    assert condition()
