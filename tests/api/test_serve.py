"""The command prankfilter-serve, short of listening: what it reads, refuses and hands on."""

from __future__ import annotations

import asyncio
import pickle
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prankfilter_api import serve
from prankfilter_api.building import check_workers
from prankfilter_api.serve import KEEP_ALIVE_S, Options, main, read_options, server_config
from prankfilter_api.state import Life
from prankfilter_api.stopping import Drain

from prankfilter.errors import BadSetting
from prankfilter.settings import read_settings
from tests.api.service import Service

OPTIONS = Options("127.0.0.1", 0, 1, "observe", demo=False, once=False)


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Put the process's own handlers back."""
    held = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in held.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("said", "options"),
    [
        ([], Options("127.0.0.1", 8112, 1, "observe", demo=False, once=False)),
        (["--demo"], Options("127.0.0.1", 8112, 1, "queue", demo=True, once=False)),
        (["--demo", "--once", "--port", "0"], Options("127.0.0.1", 0, 1, "queue", demo=True, once=True)),
        (
            ["--demo", "--host", "::1", "--policy", "observe"],
            Options("::1", 8112, 1, "observe", demo=True, once=False),
        ),
        (
            ["--host", "0.0.0.0", "--port", "80", "--workers", "4", "--policy", "always"],  # noqa: S104
            Options("0.0.0.0", 80, 4, "always", demo=False, once=False),  # noqa: S104
        ),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_the_command_line_is_read(said: list[str], options: Options) -> None:
    assert read_options(said) == options


@pytest.mark.parametrize(
    "said",
    [
        ["--once"],
        ["--demo", "--host", "0.0.0.0"],  # noqa: S104
        ["--demo", "--host", "example.org"],
        ["--demo", "--workers", "2"],
        ["--workers", "0"],
        ["--port", "70000"],
        ["--port", "http"],
        ["--policy", "block"],
        ["now"],
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_usage(said: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        read_options(said)
    assert stop.value.code == 2
    assert "usage: prankfilter-serve" in capsys.readouterr().err


def test_several_workers_need_postgresql(tmp_path: Path) -> None:
    embedded = read_settings({"PRANKFILTER_DATA": str(tmp_path)})
    shared = read_settings({"PRANKFILTER_STORE": "postgresql://db/p", "PRANKFILTER_KEYS": str(tmp_path)})
    check_workers(embedded, 1)
    check_workers(shared, 8)
    with pytest.raises(BadSetting, match="needs PostgreSQL"):
        check_workers(embedded, 2)


@pytest.mark.parametrize(
    ("said", "environment"),
    [
        (["--workers", "2"], {}),
        ([], {"PRANKFILTER_ZONE": "Mars/Olympus"}),
        ([], {"PRANKFILTER_STORE": "postgresql://db/p"}),
    ],
    ids=["workers on SQLite", "zone", "PostgreSQL without keys"],
)
def test_what_cannot_be_served_is_refused_with_1_and_why(
    said: list[str],
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PRANKFILTER_DATA", str(tmp_path))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(said) == 1
    assert capsys.readouterr().err.startswith("prankfilter-serve: ")


@pytest.mark.parametrize(
    ("ending", "code"),
    [(None, 0), (KeyboardInterrupt(), 130), (SystemExit(3), 1), (BadSetting("no"), 1)],
    ids=str,
)
def test_exit_codes(
    ending: BaseException | None, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: Any) -> int:
        if ending is not None:
            raise ending
        return 0

    monkeypatch.setenv("PRANKFILTER_DATA", str(tmp_path))
    monkeypatch.setattr(serve, "serve_one", end)
    assert main([]) == code


def test_no_access_is_logged_and_idle_connections_outlive_the_routers() -> None:
    config = server_config(None, OPTIONS, read_settings({}))
    assert config.access_log is False
    assert config.timeout_keep_alive == KEEP_ALIVE_S > 60
    assert config.proxy_headers is False


def test_what_a_worker_is_told_can_travel_to_it() -> None:
    assert pickle.loads(pickle.dumps(OPTIONS)) == OPTIONS  # noqa: S301


# --- stopping ----------------------------------------------------------------------------------------


def test_sigterm_turns_readiness_off_and_only_then_stops_the_server() -> None:
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))

    async def stop() -> tuple[bool, bool]:
        life = Life()
        Drain(seconds=0.01)(life)
        signal.raise_signal(signal.SIGTERM)
        before = life.draining and not stopped
        while not stopped:
            await asyncio.sleep(0)
        return before, life.draining

    assert asyncio.run(stop()) == (True, True)
    assert stopped == [signal.SIGTERM]


def test_a_second_sigterm_stops_at_once() -> None:
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))

    async def stop() -> None:
        Drain(seconds=3600)(Life())
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)

    asyncio.run(stop())
    assert stopped == [signal.SIGTERM]


def test_a_draining_service_is_not_ready_and_screens_on(fresh_service: Service) -> None:
    assert fresh_service.ask("GET", "/readyz").json()["ready"] is True
    fresh_service.life[0].draining = True
    answer = fresh_service.ask("GET", "/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "draining")
    assert fresh_service.ask("GET", "/livez").status_code == 200
    assert fresh_service.screen().status_code == 200
