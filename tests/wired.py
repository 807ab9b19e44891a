"""A whole screener over a store in memory and real bundles in a folder, driven from plain tests."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from prankfilter.classifier.running import Library
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.routing.policies import POLICIES
from prankfilter.settings import read_settings
from prankfilter.store.memory import MemoryStore
from prankfilter.store.port import Screening
from prankfilter.vocabulary import Decision
from prankfilter.wiring.inquiry import ScreeningBody
from prankfilter.wiring.screener import Screener
from tests.builders import NOW, ago, call_record, outcome, prank_call, ruling
from tests.sounds import voice, wav

NUMBER = "+6281234567890"
"""Whoever calls, unless a test says otherwise."""

CALL: Mapping[str, Any] = {
    "calling_number": NUMBER,
    "number_kind": "asserted",
    "trunk": "trunk-1",
    "cell_id": "cell-1",
    "centre_id": "centre-1",
    "channel": "voice",
    "calls_waiting": 2,
    "ring_s": 2.0,
    "audio_capture": "caller_before_answer",
}

CLIP = wav(voice(1.2))
"""Somebody speaks for a little more than the first look."""

PATIENT_MS, SHORT_MS = 60_000.0, 40.0
"""A budget that nothing uses up, however busy the machine, and one that whatever hangs does."""

T = TypeVar("T")


class Clock:
    """Stands still until it is set."""

    now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


class RememberingStore(MemoryStore):
    """Keeps what it was told to remember where a test can see it."""

    def __init__(self) -> None:
        super().__init__()
        self.remembered: list[Screening] = []
        self.called_back: list[str] = []

    def remember(self, screening: Screening) -> bool:
        self.remembered.append(screening)
        return super().remember(screening)

    def put_called_back(self, caller: str, *, by: str, at: dt.datetime) -> None:
        super().put_called_back(caller, by=by, at=at)
        self.called_back.append(caller)


@dataclass
class Wired:
    """A running screener and all that it was given."""

    screener: Screener
    store: RememberingStore
    keyring: Keyring
    models: Path
    runner: asyncio.Runner
    clock: Clock

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something where the screener runs."""
        return self.runner.run(work)

    def ask(
        self, call_id: str = "call-1", *, audio: bytes | None = None, ms: float | None = None, **call: Any
    ) -> Decision:
        """Ask for one answer; fields of the call may be replaced."""
        return self.run(self.asking(call_id, audio=audio, ms=ms, **call))

    async def asking(
        self, call_id: str = "call-1", *, audio: bytes | None = None, ms: float | None = None, **call: Any
    ) -> Decision:
        """The same, for tests that ask several times at once."""
        return await self.screener.screen(call_id, body(audio, **call), ms)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Let the screener run until something holds."""

        async def look() -> None:
            async with asyncio.timeout(60):
                while not condition():
                    await asyncio.sleep(0.001)

        self.run(look())

    @property
    def caller(self) -> str:
        """What stands for `NUMBER` in the store."""
        return Pseudonymiser(self.keyring).pseudonym(NUMBER)

    def observe_since(self, when: dt.datetime) -> None:
        """Let every call attempt since then be on record."""
        self.store.put_record(call_record(call_id="first-of-all", received_at=when, caller="somebody"))

    def convict(self, *days: float) -> None:
        """Put confirmed pranks of `NUMBER` on record, so many days ago."""
        convict(self.store, self.caller, *days)


def convict(store: MemoryStore, caller: str, *days: float) -> None:
    """Put confirmed pranks of somebody on record, so many days ago."""
    for past in (prank_call(ago(days=one)) for one in days):
        store.put_record(call_record(call_id=past.call_id, received_at=past.received_at, caller=caller))
        first, second = past.labels
        store.put_outcome(past.call_id, outcome(first.label, at=first.at, by=first.by))
        store.put_ruling(past.call_id, ruling(at=second.at, by=str(second.by), label=second.label))


def body(audio: bytes | None = None, **call: Any) -> ScreeningBody:
    """What a request brings: `CALL` with some fields replaced."""
    fields = {**CALL, **call}
    return ScreeningBody(fields, json.dumps(fields).encode(), audio)


@contextmanager
def wired(
    folder: Path, *, policy: str = "always", simulated_is_honoured: bool = False, **settings: Any
) -> Iterator[Wired]:
    """Start a screener on the models in ``folder / "models"``, and stop it after the test."""
    said = {"data": folder, "deadline_ms": PATIENT_MS, "audit_share": 0, **settings}
    environment = {f"PRANKFILTER_{name.upper()}": str(value) for name, value in said.items()}
    store, keyring, models, clock = RememberingStore(), Keyring.ephemeral(), folder / "models", Clock()
    screener = Screener(
        settings=read_settings(environment),
        store=store,
        library=Library(models, simulated_is_honoured=simulated_is_honoured),
        keyring=keyring,
        policy=POLICIES[policy],
        now=clock,
        poll_s=0.0,
    )
    with asyncio.Runner() as runner:
        runner.run(screener.start())
        yield Wired(screener, store, keyring, models, runner, clock)
        store.fail, store.hang = False, None
        runner.run(screener.stop())
