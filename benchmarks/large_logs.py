"""Large logs without sound: seconds and peak memory at 10^4, 10^5 and 10^6 calls; both must grow linearly.

``python -m benchmarks.large_logs [--rows 1000000] [--out FOLDER]``; the picture goes to ``--out``. The calls
are SIMULATED: a year of a city, and as many copies of it as it takes, each with numbers, cells and centre of
its own. Every measurement is a process of its own, so that its peak is its own.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from prankfilter_training.log.logbook import read_log
from prankfilter_training.simulation.profiles import CITY
from prankfilter_training.simulation.simulate import NOTICE, simulate, write_log

from benchmarks.tables import show

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (10_000, 100_000)
START, DAYS, SEED = dt.date(2025, 1, 1), 365, 1
BETWEEN_COPIES = dt.timedelta(minutes=7, seconds=13)
OWN = ("call_id", "caller", "trunk", "cell_id", "centre_id", "incident_id")
"""What no two copies of the city share."""

ONE_NUMBER_SHARE = 0.25
WORK = {
    "read": "reading `calls.parquet`",
    "rows": "features in columns",
    "one number": f"the same where one number makes {ONE_NUMBER_SHARE:.0%} of the calls",
    "prepare": "`prepare`: features, labels, slices",
    "call by call": "features by the functions that serve",
}
CALL_BY_CALL_MOST = 10_000
"""It is what the columns are held to, and too slow for more."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One process."""

    work: str
    rows: int
    seconds: float
    cpu_s: float
    peak_mb: float


def main(models: Path | None = None) -> None:
    """Measure the sizes that take seconds; ``models`` is what every part of the benchmarks is given."""
    del models
    report(measure(QUICK_SIZES), out=None)


def measure(sizes: Sequence[int]) -> list[Measured]:
    """Run every kind of work on logs of each size."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        city = _city(Path(folder) / "city")
        for rows in sizes:
            made = Path(folder) / str(rows)
            _write(city, made, rows)
            found += [_in_its_own_process(work, made, rows) for work in _work_on(rows)]
    return found


def _work_on(rows: int) -> list[str]:
    return [work for work in WORK if work != "call by call" or rows <= CALL_BY_CALL_MOST]


def _city(folder: Path) -> Path:
    write_log(simulate(CITY, start=START, days=DAYS, seed=SEED), folder)
    read_log(folder).must_be_sound().table.write_parquet(folder / "table.parquet")
    return folder


def _write(city: Path, folder: Path, rows: int) -> None:
    """A log of so many rows: ``calls.parquet`` to read, and the table that reading it would give."""
    folder.mkdir()
    (folder / "simulation.json").write_bytes((city / "simulation.json").read_bytes())
    for name in ("calls.parquet", "table.parquet"):
        enlarged(pl.read_parquet(city / name), rows).write_parquet(folder / name)
    table = pl.read_parquet(folder / "table.parquet")
    of_one = pl.int_range(pl.len()) % round(1 / ONE_NUMBER_SHARE) == 0
    one_number = table.with_columns(caller=pl.when(of_one).then(pl.lit("one")).otherwise("caller"))
    one_number.write_parquet(folder / "one number.parquet")


def enlarged(city: pl.DataFrame, rows: int) -> pl.DataFrame:
    """The first so many calls of as many copies of a city as it takes, in order of time."""
    copies = -(-rows // len(city))
    moments = [name for name, kind in city.schema.items() if isinstance(kind, pl.Datetime)]
    own = [name for name in OWN if name in city.columns]
    parts = (
        city.with_columns(
            *(pl.col(name) + copy * BETWEEN_COPIES for name in moments),
            *(pl.concat_str(pl.col(name), pl.lit(f" of {copy}")) for name in own),
        )
        for copy in range(copies)
    )
    return pl.concat(parts).sort("received_at", "call_id").head(rows)


def _in_its_own_process(work: str, folder: Path, rows: int) -> Measured:
    command = [sys.executable, "-m", "benchmarks.large_logs_child", work, str(folder)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return Measured(work, rows, **json.loads(ran.stdout))


def report(found: Sequence[Measured], *, out: Path | None) -> None:
    """Print the table, and draw the picture below ``out``."""
    show(
        "Large logs without sound",
        ["what", "rows", "s", "rows/s", "rows per processor second", "peak MB"],
        [
            [
                WORK[one.work],
                f"{one.rows:,}",
                f"{one.seconds:.2f}",
                f"{one.rows / one.seconds:,.0f}",
                f"{one.rows / one.cpu_s:,.0f}",
                f"{one.peak_mb:,.0f}",
            ]
            for one in sorted(found, key=lambda one: (list(WORK).index(one.work), one.rows))
        ],
        f"{NOTICE} One thread where we count; polars takes the cores it finds. Peak memory is that of a "
        "process with everything that training imports.",
    )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        draw(found, out / "large_logs.png")


def draw(found: Sequence[Measured], path: Path) -> None:
    """Draw processor seconds and peak memory against rows, with the line that is linear growth."""
    mpl.use("Agg")
    picture = Figure(figsize=(11, 4.5), layout="constrained")
    seconds, memory = picture.subplots(1, 2)
    for work, meaning in WORK.items():
        ones = [one for one in found if one.work == work]
        rows = [one.rows for one in ones]
        seconds.loglog(rows, [one.cpu_s for one in ones], marker="o", label=meaning.replace("`", ""))
        memory.loglog(rows, [one.peak_mb for one in ones], marker="o")
    _linear(seconds, [(one.rows, one.cpu_s) for one in found if one.work == "rows"])
    seconds.set(title="Processor time, which neighbours do not stretch", xlabel="rows", ylabel="s")
    memory.set(title="Peak memory of the process", xlabel="rows", ylabel="MB")
    seconds.legend(fontsize=7)
    picture.suptitle("Large logs without sound. SIMULATED calls.", fontsize=10)
    picture.savefig(path, dpi=110)


def _linear(axes: Axes, points: Iterable[tuple[int, float]]) -> None:
    """A dotted line through the largest measurement, with the slope of linear growth."""
    rows, value = max(points)
    axes.loglog([rows / 100, rows], [value / 100, value], ":", color="#777777", label="linear growth")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_logs", description=__doc__)
    parser.add_argument("--rows", type=int, default=SIZES[-1], help="the largest log")
    parser.add_argument("--out", type=Path, help="folder of the picture")
    options = parser.parse_args()
    report(measure([rows for rows in SIZES if rows <= options.rows]), out=options.out)
