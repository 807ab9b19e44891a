"""The real application behind a real server and a real socket, and a client that shares no code with them."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import uvicorn
from prankfilter_api.app import create_app
from prankfilter_api.serve import Options, server_config
from prankfilter_api.state import Life, Streams
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from prankfilter.audio.companding import encode_mu_law
from prankfilter.classifier.running import Library
from prankfilter.privacy.api_keys import make_key
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.routing.policies import POLICIES
from prankfilter.settings import read_settings
from prankfilter.wiring.screener import Screener
from tests.api.service import PATIENT_MS
from tests.builders import NOW, ago, call_record
from tests.sounds import Samples
from tests.wired import NUMBER, Clock, RememberingStore, convict

PATIENCE_S = 60.0


@dataclass
class Listening:
    """A service that listens."""

    port: int
    store: RememberingStore
    screener: Screener
    state: Mapping[str, Any]
    keyring: Keyring
    key: str

    @contextmanager
    def stream(self, call_id: str = "call-1", query: str = "", *, key: str | None = None) -> Iterator[Stream]:
        """Open a stream."""
        bearer = {"Authorization": f"Bearer {self.key if key is None else key}"} if key != "" else {}
        address = f"ws://127.0.0.1:{self.port}/v1/calls/{quote(call_id, safe='')}/stream{query}"
        with connect(address, additional_headers=bearer, open_timeout=PATIENCE_S) as socket:
            yield Stream(socket)

    @property
    def life(self) -> Life:
        """Whether it is about to stop."""
        life: Life = self.state["life"]
        return life

    @property
    def streams(self) -> Streams:
        """How many are open."""
        streams: Streams = self.state["streams"]
        return streams

    def key_of(self, scope: str) -> str:
        """Make a key of a scope."""
        secret, kept = make_key(scope, name=f"{scope}-1", keyring=self.keyring, now=NOW)
        self.store.put_key(kept)
        return secret

    def screen(self, call_id: str, call: Mapping[str, Any], audio: bytes | None = None) -> dict[str, Any]:
        """Ask the screening route."""
        parts = {"call": (None, json.dumps(call), "application/json")}
        sound = {} if audio is None else {"audio": ("a.wav", audio, "audio/wav")}
        address = f"http://127.0.0.1:{self.port}/v1/calls/{quote(call_id, safe='')}/screening"
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = httpx.post(address, files={**parts, **sound}, headers=headers, timeout=PATIENCE_S)
        told: dict[str, Any] = answer.raise_for_status().json()
        return told

    def metrics(self) -> str:
        """What Prometheus would read."""
        return httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=PATIENCE_S).text

    def convict(self, *days: float) -> None:
        """Put confirmed pranks of `NUMBER` on record, so many days ago."""
        self.store.put_record(
            call_record(call_id="first-of-all", received_at=ago(days=60), caller="somebody")
        )
        convict(self.store, Pseudonymiser(self.keyring).pseudonym(NUMBER), *days)

    def kept(self, call_id: str) -> list[dict[str, Any]]:
        """Advice and guards of all that was kept of a call."""
        return [
            {"advice": str(one.decision.advice), "guards": [str(guard) for guard in one.decision.guards]}
            for one in self.store.remembered
            if one.record.call_id == call_id
        ]


@dataclass
class Stream:
    """A client of one stream."""

    socket: ClientConnection

    def send(self, *frames: bytes | str | dict[str, Any]) -> None:
        """Send frames; mappings as JSON."""
        for frame in frames:
            self.socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    def decision(self) -> dict[str, Any]:
        """Wait for the next decision."""
        told: dict[str, Any] = json.loads(self.socket.recv(timeout=PATIENCE_S))
        return told

    def decisions(self) -> list[dict[str, Any]]:
        """All decisions up to the end of the stream, however it ends."""
        told = []
        with suppress(ConnectionClosed):
            while True:
                told.append(self.decision())
        return told

    @property
    def close_code(self) -> int | None:
        """How the service closed it."""
        return self.socket.close_code


@contextmanager
def listening(folder: Path, *, policy: str = "observe", **settings: str) -> Iterator[Listening]:
    """Serve the models in ``folder / "models"`` on any free port, from a thread of this process."""
    said = {"data": str(folder), "deadline_ms": PATIENT_MS, "audit_share": "0", **settings}
    environment = {f"PRANKFILTER_{name.upper()}": value for name, value in said.items()}
    store, keyring = RememberingStore(), Keyring.ephemeral()
    screener = Screener(
        settings=read_settings(environment),
        store=store,
        library=Library(folder / "models", simulated_is_honoured=True),
        keyring=keyring,
        policy=POLICIES[policy],
        now=Clock(),
    )
    secret, kept = make_key("router", name="router-1", keyring=keyring, now=NOW)
    store.put_key(kept)
    states: list[Mapping[str, Any]] = []
    options = Options("127.0.0.1", 0, 1, policy, demo=False, once=False)
    app = create_app(lambda: screener)
    app.router.lifespan_context = remembering(app.router.lifespan_context, states)
    server = uvicorn.Server(server_config(app, options, screener.settings))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Listening(port, store, screener, states[0], keyring, secret)
    finally:
        store.fail, store.hang = False, None
        server.should_exit = True
        thread.join(PATIENCE_S)


def remembering(lifespan: Any, states: list[Mapping[str, Any]]) -> Any:
    """The same lifespan, whose state a test can see."""

    @asynccontextmanager
    async def run(app: Any) -> AsyncIterator[Any]:
        async with lifespan(app) as state:
            states.append(state)
            yield state

    return run


def wait_until(condition: Any) -> None:
    """Wait for something that another thread does."""
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "it does not happen"
        time.sleep(0.002)


def pcm(samples: Samples) -> bytes:
    """16-bit little-endian samples."""
    return (np_round(samples)).tobytes()


def np_round(samples: Samples) -> Any:
    """Samples as 16-bit integers."""
    return (samples * 32767).round().astype("<i2")


def packets(samples: Samples, *, packet: int = 160) -> list[dict[str, Any]]:
    """The media frames that Twilio sends of some sound, in order."""
    codes = encode_mu_law(np_round(samples)).tobytes()
    return [
        {
            "event": "media",
            "sequenceNumber": str(number + 2),
            "streamSid": "MZ1",
            "media": {
                "track": "inbound",
                "chunk": str(number + 1),
                "timestamp": str(start * 1000 // 8000),
                "payload": base64.b64encode(codes[start : start + packet]).decode(),
            },
        }
        for number, start in enumerate(range(0, len(codes), packet))
    ]


def started(parameters: dict[str, str] | None = None, **form: Any) -> Sequence[dict[str, Any]]:
    """The two frames that Twilio begins with."""
    media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1, **form}
    start = {"streamSid": "MZ1", "callSid": "CA1", "tracks": ["inbound"], "mediaFormat": media_format}
    return (
        {"event": "connected", "protocol": "Call", "version": "1.0.0"},
        {
            "event": "start",
            "sequenceNumber": "1",
            "start": {**start, "customParameters": parameters or {}},
            "streamSid": "MZ1",
        },
    )


STOP = {"event": "stop", "sequenceNumber": "999", "stop": {"callSid": "CA1"}, "streamSid": "MZ1"}
