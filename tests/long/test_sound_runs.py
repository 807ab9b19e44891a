"""Listening to recordings, stopped, killed, on a cluster that loses a worker: the result is the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import polars as pl
import pytest

from tests import sounds

pytestmark = pytest.mark.long

MODELS = Path(__file__).parents[2] / "models"
CALLS = 160
PATIENCE_S = 240.0


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of 3 to 11 s, no two alike."""
    folder = tmp_path_factory.mktemp("log")
    rows = []
    for place in range(CALLS):
        voice = sounds.voice(3.0 + place % 9, pitch_hz=90.0 + place / 4)
        (folder / f"{place}.wav").write_bytes(sounds.wav(voice))
        rows.append(f"c{place},2025-09-{1 + place // 24:02d}T{place % 24:02d}:00:00+08:00,{place}.wav\n")
    (folder / "calls.csv").write_text("call_id,received_at,audio_path\n" + "".join(rows))
    return folder


@pytest.fixture(scope="module")
def undisturbed(log: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """What one process hears in one go."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert listening(log, folder).wait(PATIENCE_S) == 0, said(folder)
    return table(folder)


def listening(log: Path, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """``prankfilter-train sound`` in a process group of its own, as a terminal would start it."""
    with (folder / "said").open("wb") as said:
        return subprocess.Popen(
            [
                sys.executable,
                *("-c", "import sys; from prankfilter_training.cli import main; sys.exit(main())"),
                *("sound", str(log), "--zone", "Asia/Makassar", "--cache", str(folder / "cache")),
                *("--out", str(folder / "features.parquet"), *arguments),
            ],
            env={**os.environ, "PRANKFILTER_MODELS": str(MODELS)},
            stderr=said,
            start_new_session=True,
        )


def said(folder: Path) -> str:
    """What the last run wrote for people."""
    return (folder / "said").read_text(encoding="utf-8")


def table(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "features.parquet")


def finished(folder: Path) -> dict[str, int]:
    """Recordings that were listened to, and when each was written down."""
    return {path.name: path.stat().st_mtime_ns for path in (folder / "cache").rglob("*.sound")}


def until(holds: Callable[[], bool], *, told: Callable[[], str]) -> None:
    """Wait until something holds, or fail with what was told meanwhile."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, told()
        time.sleep(0.01)


def until_heard(count: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until so many recordings were listened to."""
    until(lambda: len(finished(folder)) >= count or process.poll() is not None, told=lambda: said(folder))
    assert process.poll() is None, said(folder)


@pytest.mark.parametrize(
    ("stop", "workers", "code"),
    [(signal.SIGINT, "1", 130), (signal.SIGINT, "2", 130), (signal.SIGKILL, "2", -signal.SIGKILL)],
)
def test_a_run_that_was_stopped_goes_on_where_it_was(
    log: Path, undisturbed: pl.DataFrame, tmp_path: Path, stop: signal.Signals, workers: str, code: int
) -> None:
    """Ctrl-C reaches every process of a terminal, a crash only the one that crashes."""
    process = listening(log, tmp_path, "--workers", workers)
    until_heard(20, process, tmp_path)
    (os.killpg if stop is signal.SIGINT else os.kill)(process.pid, stop)
    assert process.wait(PATIENCE_S) == code
    if stop is signal.SIGINT:
        assert "stopped; what is finished is kept" in said(tmp_path)
        assert "Traceback" not in said(tmp_path)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    before = finished(tmp_path)
    assert 20 <= len(before) < CALLS
    assert not (tmp_path / "features.parquet").exists()

    again = listening(log, tmp_path, "--workers", workers)
    assert again.wait(PATIENCE_S) == 0, said(tmp_path)
    after = finished(tmp_path)
    assert len(after) == CALLS
    assert {name: after[name] for name in before} == before
    assert table(tmp_path).equals(undisturbed, null_equal=True)


@pytest.mark.parametrize("heard", [1, 20], ids=["as the workers start", "at work"])
def test_workers_of_a_parent_that_was_killed_end_too(log: Path, tmp_path: Path, heard: int) -> None:
    process = listening(log, tmp_path, "--workers", "2")
    until_heard(heard, process, tmp_path)
    process.kill()
    process.wait(PATIENCE_S)
    until(lambda: not _runs(process.pid), told=lambda: "the workers outlive their parent")


def test_a_worker_that_starts_when_its_parent_is_gone_ends() -> None:
    """However late it comes to look: who is nobody's parent stands for the one that is gone."""
    module = "prankfilter_training.sound.extract"
    said = f"import time; from {module} import _in_a_worker; _in_a_worker(0); time.sleep(1e6)"
    assert subprocess.run([sys.executable, "-c", said], check=False, timeout=PATIENCE_S).returncode == 1


def _runs(group: int) -> bool:
    """Whether any process of a group is left that is no zombie."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if its_group == str(group) and state != "Z":
            return True
    return False


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and its workers, each a process of its own on this machine's loopback."""
    where, log = folder / "scheduler.json", folder / "cluster.log"
    with log.open("wb") as out, ExitStack() as started:

        def start(what: str, *arguments: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments]
            process = subprocess.Popen(command, stdout=out, stderr=out)
            started.callback(process.wait)
            started.callback(process.kill)
            return process

        start(
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            "--scheduler-file",
            str(where),
        )
        until(lambda: where.exists() and where.read_text().rstrip().endswith("}"), told=log.read_text)
        address = str(json.loads(where.read_text())["address"])
        ours = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory")
        hands = [
            start("worker", address, *ours, str(folder / f"worker-{number}")) for number in range(workers)
        ]
        until(lambda: log.read_text().count("Registered to:") == workers, told=log.read_text)
        yield address, hands


def test_a_cluster_that_loses_a_worker_ends_with_the_same_result(
    log: Path, undisturbed: pl.DataFrame, tmp_path: Path
) -> None:
    with cluster(tmp_path, workers=2) as (address, (first, second)):
        process = listening(log, tmp_path, "--cluster", address)
        until_heard(20, process, tmp_path)
        first.send_signal(signal.SIGKILL)
        at_death = len(finished(tmp_path))
        assert process.wait(PATIENCE_S) == 0, said(tmp_path)
        assert first.wait(PATIENCE_S) == -signal.SIGKILL
        assert second.poll() is None
    assert at_death < CALLS
    assert len(finished(tmp_path)) == CALLS
    assert table(tmp_path).equals(undisturbed, null_equal=True)


def test_a_cluster_that_is_not_there_is_told(log: Path, tmp_path: Path) -> None:
    assert listening(log, tmp_path, "--cluster", "tcp://127.0.0.1:9").wait(PATIENCE_S) == 1
    assert "--cluster tcp://127.0.0.1:9: no scheduler answers there" in said(tmp_path)
    assert "Traceback" not in said(tmp_path)
