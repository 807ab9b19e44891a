"""What was measured as rows of text: the same on the terminal and on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.ears.accuracy import FLAGGED_SHARE, Judged
from benchmarks.ears.clips import MAIN_S
from benchmarks.ears.memory import Memory
from benchmarks.ears.speed import OURS, Timed
from benchmarks.tables import lines_of
from prankfilter.audio.child import LEAST_SPEECH_S


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its title and a note; the first column is text, the others are numbers."""

    title: str
    columns: tuple[str, ...]
    rows: list[list[str]]
    note: str = ""

    def markdown(self) -> str:
        """For the page."""
        return "\n".join(lines_of(self.title, self.columns, self.rows, self.note))


def speed_table(timed: Sequence[Timed]) -> Table:
    """Milliseconds per second at each length, and how many times those of the front end."""
    base = next(one for one in timed if one.length_s == 5.0)
    rows = [
        [name, *(f"{one.median(name):.2f}" for one in timed), f"{base.ratio(name, OURS):.1f}"]
        for name in base.ms_per_s
    ]
    return Table(
        "Milliseconds of one core per second of sound",
        ("what", *(f"{one.length_s:g} s" for one in timed), "times ours, 5 s"),
        rows,
        "Processor time; all of a column in turn within one run, the ratio is the median over the rounds. "
        "The front end goes from the bytes of a µ-law WAV to all features of its sound, the child voice "
        "included; the voice activity detectors find speech only, Praat finds pitch only.",
    )


def parts_table(timed: Timed) -> Table:
    """Where the time goes."""
    whole = float(np.median(sum(timed.ms_per_s.values())))
    rows = [
        [name, f"{timed.median(name):.3f}", f"{timed.median(name) / whole:.0%}"] for name in timed.ms_per_s
    ]
    return Table(
        f"Where the front end's time goes, {timed.length_s:g} s of sound",
        ("part", "ms per s", "share"),
        [*rows, ["the whole", f"{whole:.3f}", ""]],
    )


def memory_table(memory: Memory) -> Table:
    """Memory of many streams."""
    return Table(
        f"Memory of {memory.streams} calls of 30 s heard at once",
        ("what", "MB"),
        [
            ["growth, each with its look at 10 s", f"{memory.growth_mb:.0f}"],
            ["growth at the peak", f"{memory.peak_growth_mb:.0f}"],
            ["a call", f"{memory.kilobytes_a_call / 1024:.2f}"],
            ["further growth by another hundred after these", f"{memory.second_growth_mb:.0f}"],
        ],
    )


def accuracy_table(judged: Sequence[Judged], *, ours: str) -> Table:
    """Child or adult at the study's length."""
    share = f"{FLAGGED_SHARE:.0%}"
    rows = [
        [
            one.system,
            str(one.clips),
            f"{one.unanswered:.1%}",
            str(one.auc),
            str(one.auc_women),
            str(one.found),
            one.ahead.signed if one.ahead is not None else "",
        ]
        for one in judged
        if one.length_s == MAIN_S
    ]
    return Table(
        f"Child or adult, clips of {MAIN_S:g} s",
        (
            "system",
            "clips",
            "no answer",
            "AUC",
            "against women",
            f"children found at {share} of adults",
            "ours ahead by",
        ),
        rows,
        f"`{ours}` is ahead of each by so much AUC, on the clips that both answered and the same draws of "
        f"speakers. The ears answer nothing where less than {LEAST_SPEECH_S:g} s is spoken; the others "
        "always answer.",
    )


def length_table(judged: Sequence[Judged]) -> Table:
    """AUC against the length of the clip."""
    lengths = sorted({one.length_s for one in judged})
    by_place = {(one.system, one.length_s): one for one in judged}
    rows = [
        [name, *(_at_length(by_place.get((name, at))) for at in lengths)]
        for name in dict.fromkeys(one.system for one in judged)
    ]
    return Table("AUC by the length of the clip", ("system", *(f"{at:g} s" for at in lengths)), rows)


def _at_length(one: Judged | None) -> str:
    if one is None:
        return ""
    return f"{one.auc}, {one.unanswered:.0%} unanswered" if one.unanswered else str(one.auc)
