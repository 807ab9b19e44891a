"""What is swept: the starred assumptions of the simulator, each with the ends of its range."""

from __future__ import annotations

from dataclasses import dataclass

from prankfilter_training.simulation.profiles import CITY


@dataclass(frozen=True, slots=True)
class Swing:
    """One assumption; everything else stays as the profile `city` has it."""

    parameter: str
    """A field of `Profile`."""
    meaning: str
    low: str | None
    """As ``simulate --set`` takes it; None where the profile is this end already."""
    high: str | None

    @property
    def middle(self) -> str:
        """What the profile has."""
        value = getattr(CITY, self.parameter)
        return ",".join(f"{part:g}" for part in value) if isinstance(value, tuple) else f"{value:g}"


SWINGS: tuple[Swing, ...] = (
    Swing("super_caller_share", "pranks made by one super-caller at a time", "0", "0.1"),
    Swing("prank_zeta", "exponent of the calls per prank number", "4.4", "3.0"),
    Swing("reviewed_share", "prank labels that a supervisor rules on", "0.2", "1.0"),
    Swing("verdict_delay_days", "days until a supervisor rules (median, sigma)", "1.1,0.3", "10,0.5"),
    Swing("shared_number_share", "prank numbers of households that also call in earnest", "0", "0.3"),
    Swing("repeat_share", "genuine, information and silent calls from known numbers", "0.1", "0.5"),
    Swing("prank_weight", "weight of pranks among all calls", "0.12", "0.41"),
    Swing("silent_weight", "weight of silent calls among all calls", "0.07", "0.42"),
    Swing("child_play_share", "pranks by children", "0.2", "0.7"),
    Swing("false_report_share", "pranks that report an emergency", "0.05", "0.2"),
    Swing("genuine_child_share", "genuine calls by children", "0.01", "0.02"),
    Swing("genuine_silent_share", "genuine calls by people who cannot speak", "0.005", "0.02"),
    Swing("silent_genuine_share", "silent calls that are emergencies", "0.003", "0.02"),
    Swing("youth_share", "child callers of 10-17 years", "0.2", "0.6"),
    Swing("sim_less_share", "calls without a SIM", "0", "0.15"),
    Swing("unanswered_share", "attempts hung up before the answer", "0.2", "0.4"),
    Swing("genuine_s", "length of genuine calls (median s, sigma)", "90,0.6", "150,0.6"),
    Swing("school_out_factor", "child pranks after school against other hours", "1", "5"),
    Swing("holiday_factor", "child pranks on days without school", "1", "2"),
    Swing("prank_half_life_days", "days in which pranks halve", "183", None),
    Swing("surges_per_year", "surges a year", "0", "12"),
    Swing("label_noise_share", "prank written as silent, or silent as prank", "0", "0.1"),
    Swing("noise_slope", "rise of that noise with each earlier prank", "0", "2"),
    Swing("missing_prank_label_share", "prank labels never written", None, "0.9"),
    Swing("late_label_share", "labels written days later", "0", "0.3"),
    Swing("display_share", "labels given after seeing a score", None, "0.2"),
    Swing("unfounded_share", "good-faith reports with nothing found", "0.02", "0.2"),
    Swing("prompted_share", "calls of known pranksters that got a prompt before", None, "1"),
    Swing("night_overflow_waiting", "calls that may wait at night", "0", None),
)

QUICK = ("super_caller_share", "prank_weight", "reviewed_share", "label_noise_share", "child_play_share")
"""What ``--quick`` sweeps."""
