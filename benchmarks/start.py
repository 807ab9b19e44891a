"""From nothing to ready: time, memory, imports, packages."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.processes import make_key, prankfilter, serving
from benchmarks.serving import with_sound, without_sound
from benchmarks.tables import show

STARTS, IMPORTS = 5, 3
HEAVIEST = 8
SERVICES: Mapping[str, tuple[str, str, Sequence[str]]] = {
    "prankfilter-serve": ("prankfilter_api.entry", "/readyz", ["--port"]),
    "bare": ("benchmarks.bare", "/", []),
}
"""Module, address that says when it is ready, and what it is told before its port."""
SERVING_SET = Path(__file__).parent.parent / "requirements" / "serve.txt"


def main(models: Path) -> None:
    """Start often, measure once."""
    started = _starts(models)
    ours, bare = started["prankfilter-serve"], started["bare"]
    after_mb = _memory_after_work(models)
    packages = len(re.findall(r"^[\w.-]+==", SERVING_SET.read_text(encoding="utf-8"), re.MULTILINE))
    show(
        "Start and size",
        ["what", "value"],
        [
            [f"cold start to ready, s (median of {STARTS})", f"{median(ours.ready_s):.2f}"],
            ["fastest and slowest of them, s", f"{min(ours.ready_s):.2f}, {max(ours.ready_s):.2f}"],
            ["the same of uvicorn with an empty app, in turn, s (median)", f"{median(bare.ready_s):.2f}"],
            ["ratio to it", f"{median(ours.ready_s) / median(bare.ready_s):.1f}"],
            ["processor time of a start, s (median)", f"{median(ours.cpu_s):.2f}"],
            ["the same of uvicorn with an empty app, s", f"{median(bare.cpu_s):.2f}"],
            ["memory of a worker when ready, MB", f"{ours.memory_mb:.0f}"],
            ["the same after 500 calls, 200 of them with sound, MB", f"{after_mb:.0f}"],
            ["packages in the serving set", str(packages)],
        ],
        "A new process each time, with a store that is there; the disk's cache is warm.",
    )
    show(
        "What its imports take",
        ["package", "ms"],
        [[name, f"{milliseconds:.0f}"] for name, milliseconds in _heaviest()],
        "Own time of all modules of a package, from `python -X importtime`.",
    )


@dataclass
class Starts:
    """What several starts of one service took, and its memory after the last."""

    ready_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    memory_mb: float = 0.0


def _starts(models: Path) -> dict[str, Starts]:
    """Start each in turn, so that whatever slows the machine slows both."""
    started = {name: Starts() for name in SERVICES}
    with tempfile.TemporaryDirectory() as folder:
        make_key(Path(folder), models)
        for _ in range(STARTS):
            for name, (module, ready, said) in SERVICES.items():
                with serving(module, ready, data=Path(folder), models=models, said=said) as service:
                    started[name].ready_s.append(service.ready_s)
                    started[name].cpu_s.append(service.cpu_s())
                    started[name].memory_mb = service.memory_mb()
    return started


def _memory_after_work(models: Path) -> float:
    with prankfilter(models) as service:
        client = service.client()
        for requests, count in ((without_sound("ring"), 300), (with_sound("sound"), 200)):
            for request in islice(requests, count):
                client.members(client.request("POST", *request))
        client.close()
        return service.memory_mb()


def _heaviest() -> list[tuple[str, float]]:
    """Own time of packages in the quickest of a few runs."""
    own_us = min((_own_us() for _ in range(IMPORTS)), key=Counter.total)
    shown = [(name, us / 1000) for name, us in own_us.most_common(HEAVIEST)]
    return [*shown, ("all", own_us.total() / 1000)]


def _own_us() -> Counter[str]:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import prankfilter_api.serve"],
        capture_output=True,
        text=True,
        check=True,
    )
    taken: Counter[str] = Counter()
    for own_us, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \| +(\S+)", ran.stderr):
        package = name.partition(".")[0]
        taken["(standard library)" if package in sys.stdlib_module_names else package] += int(own_us)
    return taken
