"""Every parameter of a simulated centre is found again in its log: one row a parameter, none forgotten."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import pandas as pd
import pytest
from prankfilter_training.simulation.labels import PRANKS
from prankfilter_training.simulation.profiles import CITY, PROFILES, Profile

from prankfilter.vocabulary import KINDS
from tests.training import effects as of
from tests.training.effects import (
    BUSY,
    FADING,
    JUDGED,
    LOUD,
    NUMBERED,
    PLAIN,
    PROMPTING,
    SURGING,
    Effect,
    share,
    weight,
    weight_of,
)
from tests.training.logs import city, year

pytestmark = pytest.mark.long

ERRORS = 4.5
"""Sampling errors that a figure may be away from its parameter; calls of one number or incident are no
independent draws, hence more than the usual three."""


EFFECTS: tuple[Effect, ...] = (
    Effect("calls_per_day", PLAIN, lambda p: of.Found(len(of.calls(p)) / 365, 80**0.5 / 365**0.5)),
    Effect("genuine_weight", LOUD, weight("genuine"), weight_of(LOUD, "genuine")),
    Effect("information_weight", LOUD, weight("information"), weight_of(LOUD, "information")),
    Effect("silent_weight", LOUD, weight("silent"), weight_of(LOUD, "silent")),
    Effect("prank_weight", LOUD, weight(*PRANKS), weight_of(LOUD, "prank")),
    Effect("accidental_weight", LOUD, weight("accidental"), weight_of(LOUD, "accidental")),
    Effect("child_play_share", PLAIN, lambda p: share(of.of(p, *PRANKS)["sim_true_label"] == "child_play")),
    Effect(
        "false_report_share", PLAIN, lambda p: share(of.of(p, *PRANKS)["sim_true_label"] == "false_report")
    ),
    Effect("genuine_child_share", LOUD, of.of_genuine(["child", "youth"])),
    Effect("genuine_silent_share", LOUD, of.of_genuine(["silence", "room", "baby", "keys"])),
    Effect("text_telephone_share", LOUD, of.of_genuine(["text_telephone"])),
    Effect(
        "silent_genuine_share",
        LOUD,
        lambda p: share(
            of.of(p, "silent", "genuine").pipe(_silent_to_call_takers)["verdict"] == "was_emergency"
        ),
    ),
    Effect("unfounded_share", PLAIN, lambda p: share(of.of(p, "genuine")["unfounded"])),
    # --- when
    Effect("quiet_hour", PLAIN, of.hour_of(quietest=True)),
    Effect("busy_hour", PLAIN, of.hour_of(quietest=False)),
    Effect("night_level_ratio", PLAIN, of.night_level),
    Effect("weekend_factor", LOUD, of.weekend),
    Effect("school_out_factor", PLAIN, of.after_school),
    Effect("holiday_factor", LOUD, of.without_school),
    Effect("prank_half_life_days", FADING, of.half_life),
    Effect("incident_callers_mean", LOUD, of.incident_size),
    Effect("incident_known_share", PLAIN, of.known_incidents),
    # --- who
    Effect("prank_zeta", NUMBERED, of.zeta),
    Effect("super_caller_share", LOUD, lambda p: share(of.of(p, *PRANKS)["sim_super_caller"].astype(bool))),
    Effect("super_caller_days", JUDGED, of.eras, JUDGED.super_caller_days * math.exp(0.5**2 / 2)),
    Effect("repeat_share", NUMBERED, of.repeats),
    Effect("incident_redial_share", NUMBERED, of.redials),
    Effect("shared_number_share", PLAIN, of.shared_numbers),
    Effect("sim_less_share", LOUD, lambda p: share(of.calls(p)["access_state"] == "sim_less")),
    Effect("sim_less_genuine_share", LOUD, of.sim_less_genuine),
    Effect(
        "withheld_share", LOUD, of.number_kind("withheld"), LOUD.withheld_share * (1 - LOUD.sim_less_share)
    ),
    Effect("unverified_share", NUMBERED, of.number_kind("unverified")),
    Effect("household_adults", PLAIN, of.household),
    Effect("youth_share", PLAIN, of.youth),
    Effect("cells", PLAIN, of.cells),
    Effect("home_cell_share", PLAIN, of.home_cells),
    # --- what the centre does
    Effect("pick_up_s", city(seats_day="9", seats_night="9"), of.pick_up),
    Effect("overflow_waiting", BUSY, of.most_waiting(night=False)),
    Effect("night_overflow_waiting", BUSY, of.most_waiting(night=True)),
    Effect("unanswered_share", PLAIN, of.unanswered),
    Effect("redial_share", NUMBERED, of.redial_share),
    Effect("call_back_share", PLAIN, of.call_backs, of.call_backs_wanted(PLAIN)),
    Effect("called_back_first_share", NUMBERED, of.called_back_first),
    Effect("prompted_share", PROMPTING, of.prompted),
    Effect("audit_share", PROMPTING, lambda p: share(year(p).calls["audit_probability"].notna())),
    Effect("prompt_hang_up_share", PROMPTING, of.hung_up(genuine=False)),
    Effect("genuine_prompt_hang_up_share", PROMPTING, of.hung_up(genuine=True)),
    Effect("sound_share", PLAIN, lambda p: share(of.heard(p)["bank_key"].notna())),
    # --- how long
    *(of.lasting(str(label)) for label in KINDS),
    Effect("unknown_s", PLAIN, of.talk_of_call_backs, PLAIN.unknown_s[0]),
    # --- surges
    Effect("surges_per_year", SURGING, of.surges),
    Effect("surge_factor", SURGING, of.surge_volume, of.log_middle(SURGING.surge_factor)),
    Effect("surge_hours", SURGING, of.surge_length, of.log_middle(SURGING.surge_hours)),
    Effect("surge_genuine_share", SURGING, lambda p: share(of.surging(p)["sim_true_label"] == "genuine")),
    Effect("surge_repeat_share", SURGING, of.surge_repeats),
    Effect("surge_cells", SURGING, of.surge_cells),
    # --- what is written
    Effect("label_noise_share", LOUD, lambda p: of.confused(p, known=False)),
    Effect(
        "noise_slope",
        LOUD,
        lambda p: of.confused(p, known=True),
        LOUD.label_noise_share * (1 + 3 * LOUD.noise_slope),
    ),
    Effect("missing_prank_label_share", city(missing_prank_label_share="0.4"), of.unwritten),
    Effect("display_share", LOUD, lambda p: share(of.by_call_takers(p)["advice_shown"].astype(bool))),
    Effect("display_pull", JUDGED, of.pulled),
    Effect(
        "label_delay_s",
        PLAIN,
        lambda p: of.median(of.written_after(p, late=False), p.label_delay_s[1]),
        PLAIN.label_delay_s[0],
    ),
    Effect(
        "late_label_share",
        PLAIN,
        lambda p: share(
            pd.Series(
                [False] * len(of.written_after(p, late=False)) + [True] * len(of.written_after(p, late=True))
            )
        ),
    ),
    Effect(
        "late_label_days",
        PLAIN,
        lambda p: of.median(of.written_after(p, late=True) / 86_400, p.late_label_days[1]),
        PLAIN.late_label_days[0],
    ),
    Effect("reviewed_share", PLAIN, of.reviewed),
    Effect("verdict_delay_days", PLAIN, of.ruled_after, PLAIN.verdict_delay_days[0]),
    Effect("verdict_error_share", JUDGED, of.ruled_wrongly),
    Effect("field_report_share", PLAIN, of.reported),
    Effect("labellers", PLAIN, lambda p: of.Found(of.by_call_takers(p)["label_by"].nunique(), 0.01)),
)


@dataclass(frozen=True)
class Move:
    """A parameter whose figure has no formula: more of it means more of the figure."""

    parameter: str
    less: Profile
    more: Profile
    night: bool


MOVES = (
    Move("seats_day", city(seats_day="3"), city(seats_day="1"), night=False),
    Move("seats_night", city(seats_night="3"), city(seats_night="1"), night=True),
    Move("wrap_up_s", city(wrap_up_s="20"), city(wrap_up_s="400"), night=False),
)

NAMES = ("name", "zone")
"""What a centre is called and where it is; `TestZones` finds them."""


def _silent_to_call_takers(calls: pd.DataFrame) -> pd.DataFrame:
    """Calls that were silent or passed for silent; labels that noise turned are left out."""
    return calls[(calls["label"] == "silent") & (calls["label_source"] == "call_taker")]


@pytest.mark.parametrize("effect", EFFECTS, ids=[effect.parameter for effect in EFFECTS])
def test_a_parameter_is_found_again(effect: Effect) -> None:
    found = effect.figure(effect.profile)
    assert found.value == pytest.approx(effect.target(), abs=ERRORS * found.error)


@pytest.mark.parametrize("move", MOVES, ids=[move.parameter for move in MOVES])
def test_a_parameter_of_the_queue_moves_it(move: Move) -> None:
    waiting = of.waiting(night=move.night)
    less, more = waiting(move.less), waiting(move.more)
    assert more.value - less.value > ERRORS * (less.error + more.error)


def test_no_parameter_is_forgotten() -> None:
    shown = [effect.parameter for effect in EFFECTS] + [move.parameter for move in MOVES]
    assert sorted([*shown, *NAMES]) == sorted(field.name for field in dataclasses.fields(Profile))


class TestZones:
    @pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
    def test_the_quiet_hour_is_local(self, zone: str) -> None:
        found = of.hour_of(quietest=True)(city(zone=zone))
        assert found.value == pytest.approx(CITY.quiet_hour, abs=1)
        assert str(of.calls(city(zone=zone))["received_at"].dt.tz) == zone

    @pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
    def test_a_centre_is_named_after_its_profile(self, profile: Profile) -> None:
        assert set(year(profile, days=3).calls["centre_id"]) == {f"{profile.name}-5"}
