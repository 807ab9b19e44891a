"""Too many calls: five times what the service can judge; a busy core beside it; sound beside calls without.

The service, and the source of the calls (`benchmarks.load`), share this machine's cores. So "the peak" is
what the service judges while the source asks as fast as it is answered, measured before and after the flood,
the higher of both; five times that is what the flood asks for. "Judged" are calls that were assessed in full
within their deadline; all others were sent on as `normal`. Where neighbours take processor time, the peak
changes from minute to minute: then go by what was judged for each second of it that the service got.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Plan, Seen, offer
from benchmarks.measure import busy_cores
from benchmarks.processes import Service, prankfilter
from benchmarks.tables import show

TIMES = 5
PEAK_S, CALM_S, BACK_S, BESIDE_S = 3.0, 5.0, 5.0, 6.0

LEAST_JUDGED, MOST_P99, MOST_P99_BESIDE = 0.9, 5.0, 2.0
"""The aims: of the peak, times calm, and times alone."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One kind of call."""

    name: str
    sound: bool
    flood_s: float
    calm_per_s: float
    lines: tuple[int, ...]
    """How many at once may bring out the peak."""

    def plan(self, phase: str, for_s: float, per_s: float | None = None, lines: int = 256) -> Plan:
        """The plan of one phase."""
        name = f"{'s' if self.sound else 'r'}-{phase.replace(' ', '-')}"
        return Plan(name, for_s, per_s, sound=self.sound, lines=lines)


TRIALS = (
    Trial("without sound", sound=False, flood_s=60.0, calm_per_s=20.0, lines=(2, 4)),
    Trial("with 5 s of sound", sound=True, flood_s=20.0, calm_per_s=5.0, lines=(1, 2)),
)


def main(models: Path) -> None:
    """Print one table a question, and whether its aims were held."""
    with prankfilter(models) as service:
        for trial in TRIALS:
            _overload(service, trial)
        _beside(service)


def _overload(service: Service, trial: Trial) -> None:
    (before,) = offer(service, trial.plan("warm", 1.0, lines=1))
    peaks = [_peak(service, trial, f"peak-{lines}", lines) for lines in trial.lines]
    best = max(range(len(peaks)), key=lambda number: peaks[number].judged_per_s)
    rate = trial.calm_per_s
    (calm,) = offer(service, trial.plan("calm", CALM_S, rate))
    (flood,) = offer(service, trial.plan("flood", trial.flood_s, TIMES * peaks[best].judged_per_s))
    (after,) = offer(service, trial.plan("right after", BACK_S, rate))
    (later,) = offer(service, trial.plan("later", CALM_S, rate))
    again = _peak(service, trial, "again", trial.lines[best])
    peak_per_s = max(peaks[best].judged_per_s, again.judged_per_s)
    phases = {
        "as fast as answered, before": peaks[best],
        "as fast as answered, after": again,
        "calm": calm,
        f"flood, {trial.flood_s:g} s": flood,
        f"the {BACK_S:g} s after it": after,
        "then": later,
    }
    show(
        f"Overload, calls {trial.name}: peak {peak_per_s:.0f} calls/s of one process",
        [
            "phase",
            "asked/s",
            "judged/s",
            "of the peak",
            "judged per s of processor",
            "errors",
            "p50 ms",
            "p99 ms",
            "p99 / calm",
            "source late, p99 ms",
        ],
        [_row(name, one, peak_per_s, calm) for name, one in phases.items()],
    )
    _say(
        ("errors", 0, sum(one.errors for one in (before, *phases.values())), "at most"),
        ("judged in the flood, of the peak", LEAST_JUDGED, flood.judged_per_s / peak_per_s, "at least"),
        (
            "the same, by the processor time that the service got",
            LEAST_JUDGED,
            flood.judged_per_cpu_s / max(peaks[best].judged_per_cpu_s, again.judged_per_cpu_s),
            "at least",
        ),
        ("p99 in the flood, times calm", MOST_P99, flood.ms(99) / calm.ms(99), "at most"),
        (f"p99 {BACK_S:g} s later, times calm", 1.5, later.ms(99) / calm.ms(99), "at most"),
    )


def _peak(service: Service, trial: Trial, name: str, lines: int) -> Seen:
    return offer(service, trial.plan(name, PEAK_S, lines=lines))[0]


def _row(name: str, one: Seen, peak_per_s: float, calm: Seen) -> list[str]:
    return [
        name,
        f"{one.answered_per_s:.0f}",
        f"{one.judged_per_s:.0f}",
        f"{one.judged_per_s / peak_per_s:.0%}",
        f"{one.judged_per_cpu_s:.0f}",
        str(one.errors),
        f"{one.ms(50):.1f}",
        f"{one.ms(99):.1f}",
        f"{one.ms(99) / calm.ms(99):.1f}",
        f"{one.late_ms:.1f}",
    ]


def _beside(service: Service) -> None:
    """Calls without sound, alone, then beside something greedy."""
    sound_per_s = 30.0

    def quiet(name: str) -> Plan:
        return Plan(f"quiet-{name}", BESIDE_S, 50.0)

    (alone,) = offer(service, quiet("alone"))
    beside_sound, _ = offer(service, quiet("sound"), Plan("loud", BESIDE_S, sound_per_s, sound=True))
    with busy_cores(1):
        (beside_one,) = offer(service, quiet("one"))
    with busy_cores():
        (beside_all,) = offer(service, quiet("all"))
    seen = {
        "alone": alone,
        f"beside {sound_per_s:.0f} calls/s with 5 s of sound": beside_sound,
        "beside one busy core": beside_one,
        "with every core busy": beside_all,
    }
    rows = [
        [
            name,
            f"{one.judged_per_s:.0f}",
            str(one.errors),
            f"{one.ms(50):.1f}",
            f"{one.ms(99):.1f}",
            f"{one.ms(99) / alone.ms(99):.1f}",
        ]
        for name, one in seen.items()
    ]
    columns = ["beside what", "judged/s", "errors", "p50 ms", "p99 ms", "p99 / alone"]
    show("Calls without sound, 50 a second", columns, rows)
    _say(
        ("errors", 0, sum(one.errors for one in seen.values()), "at most"),
        (
            "judged beside sound, of what is alone",
            LEAST_JUDGED,
            beside_sound.judged_per_s / alone.judged_per_s,
            "at least",
        ),
        ("p99 beside a busy core, times alone", MOST_P99_BESIDE, beside_one.ms(99) / alone.ms(99), "at most"),
    )


def _say(*aims: tuple[str, float, float, str]) -> None:
    """Print what was to be reached, what was, and whether that is enough."""
    print()
    for what, aim, reached, sense in aims:
        held = reached <= aim if sense == "at most" else reached >= aim
        print(f"- {what}: {reached:.2f} (aim: {sense} {aim:g}){'' if held else ' **missed**'}", flush=True)
