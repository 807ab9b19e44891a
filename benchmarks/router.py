"""Kamailio with the shipped configuration, and SIPp as callers, call takers and prompt; all on loopback."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import free_port

KAMAILIO = Path(__file__).parents[1] / "deploy" / "kamailio"
PACKAGED = Path("/usr/lib/x86_64-linux-gnu/kamailio/modules")
INSTALLED = Path("/usr/local/lib/kamailio/modules")
"""Where the script puts http_async_client unless told otherwise."""

PACKAGES = ("kamailio", "kamailio-extra-modules", "sip-tester")
BUILD_PACKAGES = (
    "build-essential",
    "bison",
    "flex",
    "dpkg-dev",
    "pkg-config",
    "libcurl4-openssl-dev",
    "libevent-dev",
)
START_S = 60.0

HELD = re.compile(r"prankfilter: call=(\S+) to=(\S+) why=(\S+) held_ms=(-?\d+)")
INVITED = re.compile(r"INVITE +(\S+) +(\S+)")


@dataclass(frozen=True)
class Held:
    """What the router says of one call: where it sent it, why, and after how long."""

    call_id: str
    to: str
    why: str
    held_ms: int


@dataclass
class Agent:
    """SIPp as somebody who is called, and the ids of all calls that came."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def calls(self, prefix: str = "") -> dict[str, str]:
        """Ids of the calls that came and begin so, and whom each was for."""
        told = self.log.read_text(errors="replace") if self.log.exists() else ""
        return {call_id: user for call_id, user in INVITED.findall(told) if call_id.startswith(prefix)}


@dataclass
class Router:
    """A running Kamailio."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    folder: Path

    def held(self, prefix: str = "") -> dict[str, Held]:
        """The first decision on each call whose id begins so."""
        lines = HELD.findall(self.log.read_text(errors="replace"))
        found: dict[str, Held] = {}
        for call_id, to, why, ms in lines:
            if call_id.startswith(prefix):
                found.setdefault(call_id, Held(call_id, to, why, int(ms)))
        return found

    def workers(self) -> list[int]:
        """Process ids of all its parts."""
        told = self.command("core.ps")
        return [int(word) for word in told.split() if word.isdigit()]

    def starved_ms(self) -> float:
        """How long its processes were ready to run and had no core, so far: of all of them, by the kernel."""
        waited_ns = 0
        for worker in self.workers():
            with contextlib.suppress(OSError):
                waited_ns += int(Path(f"/proc/{worker}/schedstat").read_text().split()[1])
        return waited_ns / 1e6

    def command(self, *words: str) -> str:
        """Ask it something over its control socket."""
        control = f"unix:{self.folder / 'kamailio_ctl'}"
        ran = subprocess.run(["kamcmd", "-s", control, *words], capture_output=True, text=True, check=True)
        return ran.stdout

    def counter(self, name: str) -> int:
        """Read one of its counters."""
        return int(self.command("cnt.get", "prankfilter", name).split()[-1])

    def untold(self) -> int:
        """How many facts it keeps that the service has not acknowledged."""
        told = self.command("htable.stats")
        return int(re.findall(r"name: untold\s+slots: \d+\s+all: (\d+)", told)[0])

    def forget_facts(self) -> None:
        """Drop them: the longer the list, the later each is told again."""
        self.command("htable.flush", "untold")

    def most_memory(self) -> int:
        """Most bytes of the memory that its processes share that were ever in use."""
        return int(re.findall(r"max_used: (\d+)", self.command("core.shmmem"))[0])

    def say_waiting(self, calls: int | None) -> None:
        """Tell it how many calls wait, as the queue of a centre does; None: nobody knows."""
        if calls is None:
            self.command("htable.delete", "centre", "waiting")
        else:
            self.command("htable.seti", "centre", "waiting", str(calls))


def missing() -> str:
    """What is not installed, in words; empty if all is there."""
    programs = [name for name in ("kamailio", "kamcmd", "sipp") if not shutil.which(name)]
    return f"not installed: {', '.join(programs)} (packages {', '.join(PACKAGES)})" if programs else ""


def built_module(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build http_async_client into a folder; the script's exit code and last words tell how it went."""
    command = [str(KAMAILIO / "build_http_async_client.sh"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@contextmanager
def agent(scenario: str, folder: Path) -> Iterator[Agent]:
    """Be called until the end."""
    port, log = free_port(), folder / f"{scenario}.log"
    command = _sipp(f"{scenario}.xml", port, "-trace_logs", "-log_file", str(log))
    with _ending(subprocess.Popen(command, **_SILENT)) as process:  # type: ignore[call-overload]
        yield Agent(process, port, log)


@contextmanager
def kamailio(folder: Path, module: Path | None, **said: str) -> Iterator[Router]:
    """Route calls until the end; without the module of http_async_client no call is asked about."""
    port, log = free_port(), folder / "kamailio.log"
    folders = [str(one) for one in (module, PACKAGED) if one]
    environment = {**os.environ, **said, "SIP_LISTEN": f"127.0.0.1:{port}", "MODULES": ":".join(folders)}
    command = ["kamailio", "-f", str(KAMAILIO / "kamailio.cfg"), "-DD", "-E", "-m", "64", "-M", "8"]
    command += ["-Y", str(folder), "-P", str(folder / "kamailio.pid")]
    with log.open("wb") as out:
        started = subprocess.Popen(command, env=environment, stderr=out, stdout=out)
    with _ending(started) as process:
        router = Router(process, port, log, folder)
        _wait_until_it_answers(router)
        yield router


def call(router: Router, name: str, *, calls: int, per_s: int, folder: Path) -> str:
    """Make calls whose ids begin with a name; returns what went wrong, nothing if all reached a human."""
    errors = folder / f"{name}.errors"
    pace = ["-m", str(calls), "-r", str(per_s), "-l", str(calls), "-cid_str", f"{name}-%u@callers"]
    command = _sipp("caller.xml", free_port(), *pace, "-timeout", "90", "-timeout_error", "-trace_err")
    command += ["-error_file", str(errors), f"127.0.0.1:{router.port}"]
    if not subprocess.run(command, **_SILENT, check=False).returncode:  # type: ignore[call-overload]
        return ""
    return errors.read_text(errors="replace")[:2000] if errors.exists() else "a call failed"


_SILENT: Mapping[str, int] = {
    "stdin": subprocess.DEVNULL,
    "stdout": subprocess.DEVNULL,
    "stderr": subprocess.DEVNULL,
}


def _sipp(scenario: str, port: int, *more: str) -> Sequence[str]:
    where = ["-i", "127.0.0.1", "-p", str(port), "-nostdin", "-mp", str(_media_port())]
    return ["sipp", "-sf", str(KAMAILIO / "sipp" / scenario), *where, *more]


def _media_port() -> int:
    """The first of the four ports that SIPp takes for sound and video; of those that no system gives out."""
    while True:
        first = random.randrange(20_000, 30_000, 4)
        with contextlib.ExitStack() as probes, contextlib.suppress(OSError):
            for port in range(first, first + 4):
                probe = probes.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                probe.bind(("127.0.0.1", port))
            return first


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(router: Router) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if router.process.poll() is not None:
            break
        with contextlib.suppress(subprocess.CalledProcessError):
            router.command("core.version")
            return
        time.sleep(0.05)
    raise RuntimeError(f"Kamailio does not start: {router.log.read_text(errors='replace')[-2000:]}")
