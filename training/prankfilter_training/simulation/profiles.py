"""Every effect of a simulated log, as a named number. A comment with a star marks an assumption, to be swept.

The figures with a source are in the research; everything starred is believed by nobody.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prankfilter.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of centre. Shares lie in [0, 1]; lengths carry their unit in the name."""

    name: str
    zone: str

    # --- how many calls, and what they are
    calls_per_day: float
    """Answered calls a day, surges left out."""
    genuine_weight: float
    information_weight: float
    silent_weight: float
    prank_weight: float
    accidental_weight: float = 0.01
    """* Weights are scaled to sum to 1."""
    child_play_share: float
    """* Of pranks."""
    false_report_share: float
    """* Of pranks; the rest is joke or abuse."""
    genuine_child_share: float = 0.015
    """* Of genuine calls: the caller is a child."""
    genuine_silent_share: float = 0.01
    """* Of genuine calls: the caller cannot speak."""
    silent_genuine_share: float = 0.01
    """* Of silent calls: an emergency that is found out later (the label is `genuine`)."""
    text_telephone_share: float = 0.002
    """* Of genuine calls."""
    unfounded_share: float = 0.10
    """* Of genuine calls: made in good faith, nothing found."""

    # --- when
    quiet_hour: int = 4
    busy_hour: int = 19
    night_level_ratio: float = 0.25
    """* Calls at the quiet hour for each call at the busy hour."""
    weekend_factor: float = 1.05
    """* Saturdays and Sundays against other days."""
    school_out_factor: float = 3.0
    """* Child play at 13-17 h on school days, against the rest of 9-20 h."""
    holiday_factor: float = 1.3
    """Child play on days without school (Ireland; sweep 1-2)."""
    prank_half_life_days: float = float("inf")
    """* Drift: pranks halve in this time."""
    incident_callers_mean: float = 1.25
    """* Callers for one incident, within minutes."""
    incident_known_share: float = 0.7
    """* Of incidents: the centre gave them an `incident_id`."""

    # --- who
    prank_zeta: float = 3.7
    """Exponent of the calls per prank number: 2.5 % reach three (North Sumatra)."""
    super_caller_share: float = 0.05
    """* Of pranks (0-10 %)."""
    super_caller_days: float = 90.0
    """* Median days until a super-caller changes the number."""
    repeat_share: float = 0.30
    """* Of genuine, information and silent calls: from a number that called before."""
    incident_redial_share: float = 0.08
    """* Of genuine calls: the same number calls again within minutes."""
    shared_number_share: float = 0.10
    """* Of prank numbers: a household that also calls in earnest."""
    sim_less_share: float = 0.03
    """* Of calls (0-15 %)."""
    sim_less_genuine_share: float = 0.10
    """Of calls without a SIM (Florida 2006: under 4 %)."""
    withheld_share: float = 0.01
    """* Of calls."""
    unverified_share: float = 0.03
    """* Of numbers: not vouched for by the network."""
    household_adults: int = 2
    youth_share: float = 0.4
    """* Of child callers: 10-17 years old, partly past the voice change."""
    cells: int = 40
    home_cell_share: float = 0.8
    """* Of calls: from the number's usual cell."""

    # --- what the centre does
    seats_day: int = 2
    seats_night: int = 1
    wrap_up_s: float = 120.0
    """* Median work after a call."""
    pick_up_s: float = 6.0
    """* Mean time a free call taker needs to answer."""
    overflow_waiting: int = 6
    """* Calls waiting from which further ones go to a neighbouring centre."""
    night_overflow_waiting: int = 6
    """* The same from 22 to 6 h; 0 where nobody ever waits at night."""
    unanswered_share: float
    """* Of attempts: hung up before the answer."""
    redial_share: float = 0.4
    """* Of unanswered attempts: the same number gets through soon after."""
    call_back_share: float = 0.5
    """* Of unanswered attempts that do not redial: the centre calls back."""
    called_back_first_share: float = 0.15
    """* Of those who redial: the centre had just called back."""
    prompted_share: float = 0.0
    """* Of calls from numbers with three earlier pranks: a prompt is due (0 under `observe`)."""
    audit_share: float = 0.02
    """Of calls: drawn into the audit sample, where a prompt that is due is not played (SAFETY rule 13)."""
    prompt_hang_up_share: float = 0.5
    """* Of prompted calls that are no emergencies: they end in the prompt."""
    genuine_prompt_hang_up_share: float = 0.1
    """* Of prompted genuine calls: they end in the prompt."""
    sound_share: float = 0.95
    """* Of calls: the caller's sound was captured."""

    # --- how long: median seconds and sigma of the logarithm, by true label
    silent_s: tuple[float, float] = (12.0, 0.7)
    accidental_s: tuple[float, float] = (15.0, 0.7)
    child_play_s: tuple[float, float] = (20.0, 0.8)
    joke_or_abuse_s: tuple[float, float] = (35.0, 0.8)
    information_s: tuple[float, float] = (60.0, 0.7)
    false_report_s: tuple[float, float] = (110.0, 0.6)
    """* Told like an emergency."""
    genuine_s: tuple[float, float] = (120.0, 0.6)
    """*"""

    unknown_s: tuple[float, float] = (40.0, 0.8)
    """The centre's own call-backs (San Francisco: 5 s to 2.5 min)."""

    # --- surges
    surges_per_year: float = 3.0
    """*"""
    surge_factor: tuple[float, float] = (3.0, 10.0)
    """* Volume against usual, drawn evenly on the logarithm."""
    surge_hours: tuple[float, float] = (2.0, 48.0)
    surge_genuine_share: float = 0.85
    """* 80 % and more."""
    surge_repeat_share: float = 0.35
    """* Of surge calls: the same number again."""
    surge_cells: int = 3

    # --- what is written down
    label_noise_share: float
    """* Prank written as silent, or silent as prank."""
    noise_slope: float = 0.5
    """* Rise of the noise for each earlier prank of the number (three at most): errors follow the score."""
    missing_prank_label_share: float = 0.0
    """* Of prank labels: never written (Serang: all of them)."""
    display_share: float = 0.0
    """* Of labels: given after seeing a score (0-20 %)."""
    display_pull: float = 0.3
    """* Of such labels, where the number has pranked before: they say prank, whatever the call was."""
    label_delay_s: tuple[float, float] = (90.0, 0.8)
    """* After the end of the call."""
    late_label_share: float = 0.05
    """* Of labels: written days later."""
    late_label_days: tuple[float, float] = (2.0, 0.7)
    """*"""
    reviewed_share: float = 0.6
    """* Of prank labels: a supervisor rules on them."""
    verdict_delay_days: tuple[float, float] = (2.0, 0.5)
    """* Never before 24 hours."""
    verdict_error_share: float = 0.01
    """*"""
    field_report_share: float = 0.7
    """* Of calls that sent a unit out: the unit reports what it found."""
    labellers: int = 6


REGENCY = Profile(
    name="regency",
    zone="Asia/Makassar",
    calls_per_day=15.0,
    genuine_weight=0.03,
    information_weight=0.16,
    silent_weight=0.42,
    prank_weight=0.41,
    child_play_share=0.50,
    false_report_share=0.075,
    silent_genuine_share=0.006,
    prank_half_life_days=183.0,
    unanswered_share=0.55,
    seats_day=1,
    night_overflow_waiting=0,
    cells=12,
    label_noise_share=0.06,
)

CITY = Profile(
    name="city",
    zone="Asia/Jakarta",
    calls_per_day=80.0,
    genuine_weight=0.43,
    information_weight=0.18,
    silent_weight=0.14,
    prank_weight=0.24,
    child_play_share=0.40,
    false_report_share=0.10,
    unanswered_share=0.30,
    label_noise_share=0.03,
)

PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (REGENCY, CITY)}


def with_changes(profile: Profile, changes: Mapping[str, str]) -> Profile:
    """Change parameters by name, as a sweep does; pairs are given as ``low,high``."""
    known = {field.name: getattr(profile, field.name) for field in dataclasses.fields(profile)}
    unknown = sorted(set(changes) - set(known))
    if unknown:
        raise BadInput(f"no parameter {unknown[0]!r} in a profile; there are: {', '.join(known)}")
    return dataclasses.replace(
        profile, **{name: _like(known[name], name, text) for name, text in changes.items()}
    )


def _like(old: Any, name: str, text: str) -> Any:
    try:
        if isinstance(old, tuple):
            low, high = text.split(",")
            return (float(low), float(high))
        return type(old)(text)
    except ValueError:
        raise BadInput(f"{name}={text!r}: expected something like {old!r}") from None
