"""How long a router holds calls that it asks about, against the same router that does not ask."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from benchmarks.caller import Caller
from benchmarks.processes import Service, prankfilter
from benchmarks.router import INSTALLED, Router, agent, built_module, kamailio, missing
from benchmarks.tables import show

RATES_PER_S = (20, 50, 100)
FOR_S = 8


def main(models: Path) -> None:
    """Both routers run all the time, and get the same calls in turn."""
    with tempfile.TemporaryDirectory() as made:
        why_not = missing() or _built(Path(made))
        if why_not:
            print(f"\n## Kamailio\n\nNot measured: {why_not.strip()}")
            return
        module = INSTALLED if INSTALLED.is_dir() else Path(made)
        with prankfilter(models) as service, _routers(module, service) as routers:
            _measure(routers)


def _built(folder: Path) -> str:
    if INSTALLED.is_dir():
        return ""
    built = built_module(folder)
    return built.stderr if built.returncode else ""


@contextmanager
def _routers(module: Path, service: Service) -> Iterator[dict[str, Router]]:
    """One that asks the service, and one that has no key to ask with."""
    asks = {"PRANKFILTER_URL": f"http://127.0.0.1:{service.port}", "PRANKFILTER_KEY": service.key}
    with ExitStack() as running:
        routers = {}
        for name, said in (("without the question", {}), ("asks prankfilter", asks)):
            folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
            human = running.enter_context(agent("human", folder))
            targets = {"HUMAN_URI": f"sip:112@127.0.0.1:{human.port}"}
            routers[name] = running.enter_context(kamailio(folder, module, **targets, **said))
        yield routers


def _measure(routers: dict[str, Router]) -> None:
    for name, router in routers.items():
        Caller(router.port, f"warm-{name[0]}").call(40, 20)
    rows = []
    for per_s in RATES_PER_S:
        for name, router in routers.items():
            prefix = f"rate{per_s}{name[0]}"
            rang_ms = 1000 * np.array(Caller(router.port, prefix).call(per_s * FOR_S, per_s))
            p50, p95 = np.percentile(rang_ms, [50, 95])
            decided = router.held(prefix).values()
            silent = sum(one.why in ("guard", "no_answer") for one in decided)
            counts = [str(len(rang_ms)), str(int(np.isinf(rang_ms).sum())), str(silent)]
            rows.append([name, str(per_s), f"{p50:.1f}", f"{p95:.1f}", f"{rang_ms.max():.1f}", *counts])
    show(
        "Kamailio: from a call's INVITE to its ringing at the caller",
        ["router", "calls/s", "p50 ms", "p95 ms", "max ms", "calls", "lost", "no word in time"],
        rows,
        "Metadata only, with the shipped model; the router waits for 200 ms of silence and 313 ms in all.",
    )
