"""From when on a change is worth a look, and from when on it is an alarm: a declared table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from prankfilter.classifier.score_drift import ALARM_PSI, WARN_PSI


class Level(StrEnum):
    """What a figure asks for."""

    STEADY = "steady"
    WARN = "warn"
    ALARM = "alarm"
    CANNOT_TELL = "cannot_tell"
    """So few calls that chance alone could reach an alarm."""
    SEASON = "season"
    """It follows the calendar, and is expected to."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One row; a figure alarms from its value on, and only where it is more than chance."""

    name: str
    warn: float
    alarm: float
    source: str
    meaning: str

    def level(self, value: float, *, is_real: bool) -> Level:
        """What a figure asks for."""
        if not is_real or value < self.warn:
            return Level.STEADY
        return Level.ALARM if value >= self.alarm else Level.WARN


_RULE_OF_THUMB = (
    "rule of thumb of credit scoring (Siddiqi 2006), on the index less its mean under chance; it must also "
    "exceed what chance reaches once in twenty logs, over all columns together"
)
_OWN = "our own; it must also exceed what chance reaches once in twenty logs"

THRESHOLDS: tuple[Threshold, ...] = (
    Threshold("feature_psi", 0.1, 0.25, _RULE_OF_THUMB, "A column is distributed otherwise than it was."),
    Threshold("score_psi", WARN_PSI, ALARM_PSI, _RULE_OF_THUMB, "The model scores calls differently."),
    Threshold("label_psi", 0.1, 0.25, _RULE_OF_THUMB, "The mix of calls is another one."),
    Threshold("label_share", 0.05, 0.1, _OWN, "The share of one label rose or fell by so much."),
    Threshold("prank_share", 0.05, 0.1, _OWN, "The share of all pranks together rose or fell by so much."),
    Threshold("unlabelled_share", 0.2, 0.5, _OWN, "So many answered calls have no label that says anything."),
    Threshold(
        "calibration_intercept", 0.2, 0.4, _OWN, "Pranks are rarer or more frequent than scored, in log odds."
    ),
    Threshold(
        "calibration_slope", 0.2, 0.4, _OWN, "Scores are too bold (below 1) or too timid: distance from 1."
    ),
)

BY_NAME: Mapping[str, Threshold] = MappingProxyType({row.name: row for row in THRESHOLDS})

CHANCE = 0.05
"""Probability of any alarm in a log that did not change."""


def table() -> list[dict[str, Any]]:
    """The thresholds as plain values."""
    return [asdict(row) for row in THRESHOLDS]
