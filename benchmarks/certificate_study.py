"""Does a certificate keep its promise, and what breaks it? ``python -m benchmarks.certificate_study``

Writes ``docs/studies/certificate.md`` with its pictures. Everything in it is SIMULATED. What is finished is
kept in ``.cache/certificate_study``, so that a study that was stopped goes on where it stood; ``--quick``
takes a fifth of the draws and two whole runs, and writes beside its cache.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks import certificate_runs as whole
from benchmarks.certificate_page import Study, write_page
from benchmarks.certificate_worlds import BREAKS, POOLS, TRUTH_CALLERS, VALID, Drawn, Scenario, drawn

DRAWS, RUNS = 500, 20
QUICK_DRAWS, QUICK_RUNS = 100, 2
CACHE = Path(".cache/certificate_study")
PAGE = Path("docs/studies/certificate.md")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is not cached, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.certificate_study", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the draws, two whole runs")
    parser.add_argument("--page", type=Path, help=f"where the page goes; {PAGE} by default")
    options = parser.parse_args(arguments)
    draws, runs = (QUICK_DRAWS, QUICK_RUNS) if options.quick else (DRAWS, RUNS)
    study = Study(
        valid=_all_drawn(VALID, draws),
        breaks=_all_drawn(BREAKS, draws),
        pools=_all_drawn(POOLS, draws),
        runs=[_run(seed) for seed in tqdm(range(runs), desc="whole runs", unit="run")],
    )
    page = options.page or (CACHE / "certificate.md" if options.quick else PAGE)
    write_page(page, study)
    print(page)


def _all_drawn(scenarios: Sequence[Scenario], draws: int) -> list[Drawn]:
    return [_drawn(scenario, draws) for scenario in tqdm(scenarios, desc="scenarios", unit="scenario")]


def _drawn(scenario: Scenario, draws: int) -> Drawn:
    source = Path(__file__).with_name("certificate_worlds.py").read_bytes()
    name = hashlib.sha256(source + f"{scenario.name} {draws}".encode()).hexdigest()[:16]
    plain = _kept(f"drawn-{name}", lambda: asdict(drawn(scenario, draws, truth_callers=TRUTH_CALLERS)))
    own = {key: tuple(plain[key]) for key in ("true_shares", "recalls")}
    return Drawn(**plain | own)


def _run(seed: int) -> dict[str, Any]:
    days = f"{whole.FIT_DAYS}-{whole.PROOF_DAYS}-{whole.FRESH_DAYS}"
    return _kept(f"run-{seed}-{days}-{whole.ROUNDS}-{whole.ALPHA}", lambda: whole.one_run(seed))


def _kept(name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What was made before, or what is made now and kept."""
    path = CACHE / f"{name}.json"
    if not path.exists():
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(made), encoding="utf-8")
        beside.replace(path)
    plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return plain


if __name__ == "__main__":
    main()
