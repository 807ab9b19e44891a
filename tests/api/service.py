"""The real application over a store in memory and a model that answers what a test says; no server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI
from prankfilter_api.app import create_app
from prankfilter_api.logs import TextLines
from prankfilter_api.state import Life

from prankfilter.bundle.ears import Ears
from prankfilter.classifier.model import Score
from prankfilter.classifier.running import Artefacts
from prankfilter.features.evidence import Evidence
from prankfilter.privacy.api_keys import SCOPES, make_key
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.seal import Sealer
from prankfilter.routing.policies import POLICIES
from prankfilter.settings import read_settings
from prankfilter.store.memory import MemoryStore
from prankfilter.store.recordings import Recordings
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Certificate
from prankfilter.wiring.kept_sound import KeptSound
from prankfilter.wiring.screener import Screener
from tests.builders import NOW, score

PATIENT_MS = "60000"
"""A budget that nothing uses up, however busy the machine; a test that needs a short one asks for it."""

CANARY = "081234567890"
"""A telephone number that must turn up nowhere."""

CALL = {
    "received_at": NOW.isoformat(),
    "calling_number": CANARY,
    "number_kind": "asserted",
    "trunk": "trunk-1",
    "cell_id": "cell-1",
    "ring_s": 2.0,
}


class FakeModel:
    """Answers the same score to every call, or breaks."""

    model_id = "0123456789abcdef"
    feature_digest = "feature-digest"
    ears_digest = "ears"

    def __init__(self) -> None:
        self.answer: Score | Exception = score(-2.0, prank_score=0.1)

    def score(self, evidence: Evidence) -> Score:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class FakeLibrary:
    """A folder of models that never changes; ``artefacts=None`` stands for one without a model."""

    def __init__(self, artefacts: Artefacts | None) -> None:
        self._artefacts = artefacts

    def refresh(self) -> Artefacts | None:
        artefacts, self._artefacts = self._artefacts, None
        return artefacts


def ears() -> Ears:
    """Ears that hear bands without weighing them."""
    return Ears("ears", np.full((40, 129), 1 / 129))


@dataclass
class Service:
    """One running application and a client of it."""

    app: FastAPI
    store: Any
    """A `MemoryStore`, unless the test asked for a disk."""
    model: FakeModel
    keyring: Keyring
    runner: asyncio.Runner
    life: list[Life] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)

    def make_key(self, scope: str, *, revoked: bool = False) -> str:
        """Make another key and keep it."""
        secret, kept = make_key(scope, name=f"{scope}-1", keyring=self.keyring, now=NOW)
        self.store.put_key(replace(kept, revoked_at=NOW) if revoked else kept)
        return secret

    def sample(self, metric: str, **labels: str) -> float | None:
        """What Prometheus would read; None where there is no such series."""
        value: float | None = self.state["metrics"].registry.get_sample_value(metric, labels)
        return value

    def ask(
        self,
        method: str,
        path: str,
        *,
        scope: str | None = None,
        key: str | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        **parts: Any,
    ) -> httpx.Response:
        """Send one request as the holder of a scope's key."""
        key = key or (self.keys[scope] if scope else None)
        authorization = {"Authorization": f"Bearer {key}"} if key else {}
        return self.runner.run(self._ask(method, path, {**authorization, **(headers or {})}, parts))

    def screen(self, call: Any = CALL, call_id: str = "call-1", **parts: Any) -> httpx.Response:
        """Send one call record as the router."""
        return self.ask("POST", f"/v1/calls/{call_id}/screening", scope="router", json=call, **parts)

    def send(self, scope: Mapping[str, Any], chunks: list[bytes | None]) -> tuple[int, bytes]:
        """Send a body in chunks of the test's own; None stands for nothing more, ever."""
        return self.runner.run(self._send(scope, chunks))

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, Any], parts: Mapping[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self._with_state)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return await client.request(method, path, headers=headers, **parts)

    async def _send(self, scope: Mapping[str, Any], chunks: list[bytes | None]) -> tuple[int, bytes]:
        answers: list[Any] = []
        waiting = list(chunks)

        async def receive() -> dict[str, Any]:
            chunk = waiting.pop(0) if waiting else None
            if chunk is None:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

        async def send(message: Any) -> None:
            answers.append(message)

        await self._with_state(dict(scope), receive, send)
        return answers[0]["status"], b"".join(one.get("body", b"") for one in answers)

    async def _with_state(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app({**scope, "state": dict(self.state)}, receive, send)


def request_scope(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """What a server hands to the application."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }


@contextmanager
def running(
    folder: Path,
    *,
    policy: str = "observe",
    with_model: bool = True,
    certificates: Mapping[str, Certificate] | None = None,
    on_disk: bool = False,
    **settings: str,
) -> Iterator[Service]:
    """Start the application, and stop it after the test; ``on_disk`` is what review, sound and pages need."""
    said = {"data": str(folder), "deadline_ms": PATIENT_MS, "report_s": "600", **settings}
    environment = {f"PRANKFILTER_{name.upper()}": value for name, value in said.items()}
    model = FakeModel()
    store = SqlStore.open(f"sqlite:///{folder / 'store.sqlite'}") if on_disk else MemoryStore()
    keyring = Keyring.open(folder / "keys", create=True)
    screener = Screener(
        settings=read_settings(environment),
        store=store,
        library=FakeLibrary(Artefacts(model, ears(), certificates or {}) if with_model else None),  # type: ignore[arg-type]
        keyring=keyring,
        policy=POLICIES[policy],
        kept_sound=_kept_sound(store, keyring) if isinstance(store, SqlStore) else None,
        now=lambda: NOW,
    )
    with serving(screener, store, keyring, model) as service:
        yield service


def _kept_sound(store: SqlStore, keyring: Keyring) -> KeptSound:
    return KeptSound(Recordings(store), Sealer(keyring, Purpose.SEAL))


@contextmanager
def serving(
    screener: Screener, store: Any, keyring: Keyring, model: FakeModel | None = None
) -> Iterator[Service]:
    """Start the application over any screener, with a key for each scope."""
    life: list[Life] = []
    app = create_app(lambda: screener, started=life.append)
    with asyncio.Runner() as runner:
        service = Service(app, store, model or FakeModel(), keyring, runner, life)
        service.keys = {scope: service.make_key(scope) for scope in SCOPES}
        lifespan = app.router.lifespan_context(app)
        service.state = runner.run(lifespan.__aenter__()) or {}
        yield service
        if isinstance(store, MemoryStore):
            store.fail = False
        runner.run(lifespan.__aexit__(None, None, None))


def log_text(records: list[logging.LogRecord]) -> str:
    """All that the service logged, as it would be printed; not what the test's own client logs."""
    formatter = TextLines()
    return "\n".join(formatter.format(record) for record in records if record.name != "httpx")
