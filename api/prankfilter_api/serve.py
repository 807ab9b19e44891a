"""The command ``prankfilter-serve``: the HTTP service.

Exit codes: 0 stopped in order (SIGTERM, or the end of ``--once``), 1 refused (with what and why), 2 usage,
130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import importlib
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from prankfilter.errors import PrankfilterError
from prankfilter.routing.policies import DEFAULT_POLICY, POLICIES
from prankfilter.settings import Settings, read_settings
from prankfilter.wiring.screener import Screener
from prankfilter_api.app import create_app
from prankfilter_api.building import build_screener, check_workers
from prankfilter_api.front import FrontDoor
from prankfilter_api.live.socket import FRAME_BYTES, PING_S, QuietWebSocket
from prankfilter_api.logs import logging_config
from prankfilter_api.process import tune
from prankfilter_api.state import Life
from prankfilter_api.stopping import Drain

HOST, PORT = "127.0.0.1", 8112

KEEP_ALIVE_S = 75
"""Longer than routers keep an idle connection, so that none of them meets one that was just closed."""

DEMO_DEADLINE_MS = 10_000.0
"""A demonstration shows what is decided, on a slow computer too; how fast it is, ``make bench`` tells."""

GRACE_S = 10
"""How long requests under way may take after the last connection was accepted."""

WORKER_S = 30
"""How long a worker may be silent, at its start too, before another takes its place."""

DEMONSTRATION = "prankfilter_api.demo.demonstration"
"""Its ``open_demonstration(settings)`` gives a `Demonstration`. Loaded by name, and only with ``--demo``: a
service in earnest has no demonstration in its memory."""


class Demonstration(Protocol):
    """What ``--demo`` adds to a service."""

    settings: Settings
    """Its own."""

    def prepare(self, screener: Screener) -> None:
        """Before it serves: make keys, import earlier days."""
        ...

    def play(self, host: str, port: int) -> int:
        """Once it serves, in a thread of its own: replay the shift; returns the exit code."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; it travels to worker processes as it is."""

    host: str
    port: int
    workers: int
    policy: str
    demo: bool
    once: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; returns the exit code."""
    options = read_options(arguments)
    # Whoever stops the service in order gets 0, not the death of a signal.
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        settings = read_settings()
        check_workers(settings, options.workers)
        return serve_many(options, settings) if options.workers > 1 else serve_one(options, settings)
    except PrankfilterError as refusal:
        print(f"prankfilter-serve: {refusal}", file=sys.stderr)
        return 1
    except SystemExit as stop:
        return 1 if stop.code else 0
    except KeyboardInterrupt:
        return 130


def read_options(arguments: Sequence[str] | None) -> Options:
    """Read the command line; exits with 2 where it makes no sense."""
    parser = argparse.ArgumentParser(prog="prankfilter-serve", description=__doc__)
    parser.add_argument("--host", default=HOST, help=f"address to listen on (default {HOST})")
    parser.add_argument("--port", type=int, default=None, help=f"port to listen on (default {PORT}; 0: any)")
    parser.add_argument("--workers", type=int, default=1, help="processes; more than one need PostgreSQL")
    parser.add_argument(
        "--policy", choices=tuple(POLICIES), help=f"default {DEFAULT_POLICY}; queue with --demo"
    )
    parser.add_argument("--demo", action="store_true", help="replay a shift of made-up calls; loopback only")
    parser.add_argument("--once", action="store_true", help="with --demo: end after the replay")
    said = parser.parse_args(arguments)
    if said.once and not said.demo:
        parser.error("--once goes with --demo")
    if said.demo and not _is_loopback(said.host):
        parser.error("--demo listens on the loopback address only")
    if said.demo and said.workers > 1:
        parser.error("--demo runs in one process")
    if said.workers < 1:
        parser.error("--workers must be at least 1")
    port = PORT if said.port is None else said.port
    if not 0 <= port <= 65535:
        parser.error("--port must be a number from 0 to 65535")
    policy = said.policy or ("queue" if said.demo else DEFAULT_POLICY)
    return Options(said.host, port, said.workers, policy, said.demo, said.once)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# --- one process ---------------------------------------------------------------------------------


class Server(uvicorn.Server):
    """A server that says when it serves."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: Any = None) -> None:
        """Start, then tell the port."""
        await super().startup(sockets)
        if self.started:
            self._on_ready(self.servers[0].sockets[0].getsockname()[1])


def serve_one(options: Options, settings: Settings) -> int:
    """Serve from this process."""
    demonstration = _demonstration(settings) if options.demo else None
    if demonstration is not None:
        settings = demonstration.settings
    screener = build_screener(settings, policy=options.policy, demo=options.demo)
    app = create_app(lambda: screener, started=begin)
    config = server_config(app, options, settings)
    if demonstration is not None:
        demonstration.prepare(screener)
        return demonstrate(demonstration, config, options)
    uvicorn.Server(config).run()
    return 0


def _demonstration(settings: Settings) -> Demonstration:
    own = dataclasses.replace(settings, store_audio=True, deadline_ms=DEMO_DEADLINE_MS)
    made: Demonstration = importlib.import_module(DEMONSTRATION).open_demonstration(own)
    return made


def demonstrate(demonstration: Demonstration, config: uvicorn.Config, options: Options) -> int:
    """Serve and replay; ``--once`` ends with the replay and its exit code."""
    codes: list[int] = []

    def play(port: int) -> None:
        try:
            codes.append(demonstration.play(options.host, port))
        finally:
            server.should_exit = server.should_exit or options.once

    def start_playing(port: int) -> None:
        threading.Thread(target=play, args=(port,), name="demonstration", daemon=True).start()

    server = Server(config, start_playing)
    server.run()
    return (codes or [1])[0] if options.once else 0


def server_config(app: Any, options: Options, settings: Settings, **more: Any) -> uvicorn.Config:
    """How every process serves. No access log: an address could hold a number."""
    return uvicorn.Config(
        app,
        host=options.host,
        port=options.port,
        loop="auto",
        http=FrontDoor,
        ws=QuietWebSocket,
        ws_max_size=FRAME_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_per_message_deflate=False,
        lifespan="on",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
        access_log=False,
        log_config=logging_config(settings.log, decisions=not options.demo),
        server_header=False,
        proxy_headers=False,
        **more,
    )


def begin(life: Life) -> None:
    """Make ready to serve, and to stop."""
    tune()
    Drain()(life)


# --- several processes ---------------------------------------------------------------------------


def serve_many(options: Options, settings: Settings) -> int:
    """Serve from several processes behind one port."""
    app = functools.partial(worker_app, options)
    config = server_config(
        app, options, settings, factory=True, workers=options.workers, timeout_worker_healthcheck=WORKER_S
    )
    supervisor = Supervisor(config, [config.bind_socket()])
    supervisor.run()
    return 130 if supervisor.interrupted else 0


class Supervisor(Multiprocess):
    """Watches the workers, and remembers how it was stopped."""

    interrupted = False

    def handle_int(self) -> None:
        """Stop, by Ctrl-C."""
        self.interrupted = True
        super().handle_int()


def worker_app(options: Options) -> FastAPI:
    """Make one worker's application."""
    build = functools.partial(build_screener, read_settings(), policy=options.policy, demo=False)
    return create_app(build, started=begin)


if __name__ == "__main__":
    sys.exit(main())
