"""Services to measure, each a process of its own on a free port of this machine, with a store of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Client

START_S = 120.0
"""Longest start: the first `import librosa` after an installation takes half a minute."""


@dataclass
class Service:
    """A running service."""

    process: subprocess.Popen[bytes]
    port: int
    ready_s: float
    key: str = ""

    def client(self) -> Client:
        """Open a connection to it, as the router."""
        return Client(self.port, key=self.key)

    def cpu_s(self) -> float:
        """Processor time of all its threads so far, to ten milliseconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """What it holds in memory now (resident set)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024


@contextmanager
def serving(
    module: str, ready: str, *, data: Path, models: Path, said: Sequence[str] = ()
) -> Iterator[Service]:
    """Start a module with what is said to it and a port, and wait until an address answers with 200."""
    environment = os.environ | {
        "PRANKFILTER_DATA": str(data),
        "PRANKFILTER_MODELS": str(models),
        "OMP_NUM_THREADS": "1",
    }
    port = free_port()
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", module, *said, str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(process, port, ready, started)
        yield Service(process, port, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def prankfilter(models: Path) -> Iterator[Service]:
    """Start prankfilter with `/empty`, and make a router's key."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        key = make_key(data, models)
        with serving("benchmarks.app", "/readyz", data=data, models=models) as service:
            service.key = key
            yield service


def make_key(data: Path, models: Path, scope: str = "router") -> str:
    """Make a key, and first a store to keep it in."""
    command = [sys.executable, "-m", "prankfilter.cli", "keys", "add", "--scope", scope, "--name", "bench"]
    environment = os.environ | {"PRANKFILTER_DATA": str(data), "PRANKFILTER_MODELS": str(models)}
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return made.stdout.strip()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, ready: str, started: float) -> None:
    while time.perf_counter() - started < START_S:
        if process.poll() is not None:
            raise RuntimeError(f"the service ended with {process.returncode}")
        try:
            client = Client(port, timeout_s=START_S)
            status, _ = client.ask(client.request("GET", ready))
            client.close()
            if status == 200:
                return
        except (ConnectionError, ValueError):
            pass
        time.sleep(0.005)
    raise RuntimeError("the service did not become ready")
