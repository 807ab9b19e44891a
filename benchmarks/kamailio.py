"""How long a router holds calls that it asks about, against the same router that does not ask."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.caller import Caller
from benchmarks.processes import Service, prankfilter
from benchmarks.router import INSTALLED, Router, agent, built_module, kamailio, missing
from benchmarks.tables import show

RATES_PER_S = (20, 50, 100)
FOR_S = 8
ASKS, ASKS_NOT = "asks prankfilter", "without the question"
MOST_WITHOUT_WORD = 0.2
"""Share of the calls that may go unadvised because the machine is busy."""


@dataclass(frozen=True)
class Run:
    """Calls at one rate over one router."""

    name: str
    per_s: int
    rang_ms: NDArray[np.float64]
    """From each INVITE to its ringing; inf for a call that never rang."""
    without_word: int

    @property
    def asks(self) -> bool:
        """Whether this router asks at all."""
        return self.name == ASKS

    @property
    def lost(self) -> int:
        """Calls that never rang."""
        return int(np.isinf(self.rang_ms).sum())

    def quantiles_ms(self) -> NDArray[np.float64]:
        """Median, 95th percentile and maximum."""
        return np.percentile(self.rang_ms, [50, 95, 100], method="higher")

    def row(self) -> list[str]:
        """One line of the table."""
        times = [f"{ms:.1f}" for ms in self.quantiles_ms()]
        return [
            self.name,
            str(self.per_s),
            *times,
            str(len(self.rang_ms)),
            str(self.lost),
            str(self.without_word),
        ]


def main(models: Path) -> None:
    """Both routers run all the time, and get the same calls in turn."""
    with tempfile.TemporaryDirectory() as made:
        module = INSTALLED if INSTALLED.is_dir() else Path(made)
        why_not = missing() or _not_built(module)
        if why_not:
            print(f"\n## Kamailio\n\nNot measured: {why_not.strip()}")
            return
        with prankfilter(models) as service, _routers(module, service) as routers:
            _measure(routers)


def _not_built(folder: Path) -> str:
    built = built_module(folder)
    return built.stderr if built.returncode else ""


@contextmanager
def _routers(module: Path, service: Service) -> Iterator[dict[str, Router]]:
    """One that asks the service, and one that has no key to ask with."""
    asks = {"PRANKFILTER_URL": f"http://127.0.0.1:{service.port}", "PRANKFILTER_KEY": service.key}
    with ExitStack() as running:
        routers = {}
        for name, said in ((ASKS_NOT, {}), (ASKS, asks)):
            folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
            human = running.enter_context(agent("human", folder))
            targets = {"HUMAN_URI": f"sip:112@127.0.0.1:{human.port}"}
            routers[name] = running.enter_context(kamailio(folder, module, **targets, **said))
        yield routers


def _measure(routers: dict[str, Router]) -> None:
    """Print the table; then raise if a call never rang, or if so many went unadvised that it says nothing."""
    for name, router in routers.items():
        Caller(router.port, f"warm-{name[0]}").call(40, 20)
    runs = [_run(name, router, per_s) for per_s in RATES_PER_S for name, router in routers.items()]
    pairs = zip(runs[::2], runs[1::2], strict=True)
    rows = [row for pair in pairs for row in (pair[0].row(), pair[1].row(), _added(*pair))]
    show(
        "Kamailio: from a call's INVITE to its ringing at the caller",
        ["router", "calls/s", "p50 ms", "p95 ms", "max ms", "calls", "lost", "without a word"],
        rows,
        "Metadata only, with the shipped model; the router waits for 200 ms of silence and 313 ms in all.",
    )
    lost = sum(run.lost for run in runs)
    if lost:
        raise RuntimeError(
            f"{lost} calls never rang: a router that loses calls is not to be measured but mended"
        )
    without = sum(run.without_word for run in runs)
    if without > MOST_WITHOUT_WORD * sum(len(run.rang_ms) for run in runs if run.asks):
        raise RuntimeError(f"{without} calls had no word in time: the machine is too busy for these figures")


def _run(name: str, router: Router, per_s: int) -> Run:
    prefix = f"rate{per_s}{name[0]}"
    rang_ms = 1000 * np.array(Caller(router.port, prefix).call(per_s * FOR_S, per_s))
    decided = router.held(prefix).values()
    without = sum(one.why not in ("normal", "priority") for one in decided) if name == ASKS else 0
    return Run(name, per_s, rang_ms, without)


def _added(without: Run, asking: Run) -> list[str]:
    """The difference of the two, quantile by quantile: what the question costs a caller."""
    added = asking.quantiles_ms() - without.quantiles_ms()
    return ["**added**", str(asking.per_s), *(f"**{ms:.1f}**" for ms in added), "", "", ""]
