"""From nothing to ready: time, memory, imports, packages."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.processes import make_key, prankfilter, serving
from benchmarks.serving import with_sound, without_sound
from benchmarks.tables import show

STARTS, IMPORTS = 5, 3
HEAVIEST = 8
SERVING_SET = Path(__file__).parent.parent / "requirements" / "serve.txt"


def main(models: Path) -> None:
    """Start often, measure once."""
    starts, cpu, first_mb = _starts(models)
    after_mb = _memory_after_work(models)
    packages = len(re.findall(r"^[\w.-]+==", SERVING_SET.read_text(encoding="utf-8"), re.MULTILINE))
    show(
        "Start and size",
        ["what", "value"],
        [
            [f"cold start to ready, s (median of {STARTS})", f"{median(starts):.2f}"],
            ["fastest and slowest of them, s", f"{min(starts):.2f}, {max(starts):.2f}"],
            ["processor time of a start, s (median)", f"{median(cpu):.2f}"],
            ["memory of a worker when ready, MB", f"{first_mb:.0f}"],
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


def _starts(models: Path) -> tuple[list[float], list[float], float]:
    taken, cpu, memory_mb = [], [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        make_key(Path(folder), models)
        for _ in range(STARTS):
            with serving("benchmarks.app", "/readyz", data=Path(folder), models=models) as service:
                taken.append(service.ready_s)
                cpu.append(service.cpu_s())
                memory_mb = service.memory_mb()
    return taken, cpu, memory_mb


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
