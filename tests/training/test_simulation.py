"""Every effect of a simulated log is found again in what it writes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from prankfilter_training.simulation.arrivals import day_curve, days_of
from prankfilter_training.simulation.profiles import CITY, PROFILES, REGENCY, Profile, with_changes
from prankfilter_training.simulation.simulate import simulate

from prankfilter.errors import BadInput
from prankfilter.features.almanac import is_school_day
from prankfilter.vocabulary import PRANK_LABELS, Label
from tests.training.logs import START, answered, city, regency, year

LOUD = city(
    genuine_child_share="0.1",
    genuine_silent_share="0.2",
    silent_genuine_share="0.2",
    youth_share="0.5",
    holiday_factor="2.0",
    incident_callers_mean="2.0",
    incident_known_share="1.0",
    sim_less_share="0.1",
    super_caller_share="0.1",
    shared_number_share="0.3",
    label_noise_share="0.05",
    noise_slope="2.0",
    display_share="0.2",
)
"""Many effects at once, larger than life: each has draws of its own, so they do not disturb each other."""

STEADY = regency(prank_half_life_days="inf")
SURGING = with_changes(CITY, {"surges_per_year": "12"})
PRANKS = [str(label) for label in PRANK_LABELS]


def mix(calls: pd.DataFrame) -> dict[str, float]:
    return calls["sim_true_label"].value_counts(normalize=True).to_dict()


def share(condition: pd.Series) -> float:
    return float(condition.mean())


def said_by_call_takers(profile: Profile, days: int = 365) -> pd.DataFrame:
    """Calls of which the call taker had the last word, supervisors left out."""
    calls = answered(year(profile, days=days))
    return calls[calls["label_source"] == "call_taker"]


class TestMix:
    def test_a_city_calls_as_often_as_its_profile_says(self) -> None:
        per_day = len(answered(year(city()))) / 365
        assert per_day == pytest.approx(80, rel=0.05)

    @pytest.mark.parametrize("profile", [city(), STEADY], ids=["city", "regency"])
    def test_kinds_come_in_the_shares_of_the_profile(self, profile: Profile) -> None:
        kinds = mix(answered(year(profile)))
        total = profile.genuine_weight + profile.information_weight + profile.silent_weight
        total += profile.prank_weight + profile.accidental_weight
        assert kinds["information"] == pytest.approx(profile.information_weight / total, abs=0.02)
        assert sum(kinds[label] for label in PRANKS) == pytest.approx(profile.prank_weight / total, abs=0.02)
        assert kinds["genuine"] == pytest.approx(profile.genuine_weight / total, abs=0.025)

    def test_pranks_split_into_child_play_jokes_and_false_reports(self) -> None:
        kinds = mix(answered(year(city())))
        pranks = sum(kinds[label] for label in PRANKS)
        assert kinds["child_play"] / pranks == pytest.approx(0.40, abs=0.03)
        assert kinds["false_report"] / pranks == pytest.approx(0.10, abs=0.02)

    def test_some_genuine_callers_are_children_or_cannot_speak(self) -> None:
        calls = answered(year(LOUD))
        genuine = calls[(calls["sim_true_label"] == "genuine") & (calls["verdict"] != "was_emergency")]
        groups = genuine["sim_group"].value_counts(normalize=True)
        assert groups["child"] + groups["youth"] == pytest.approx(0.1, abs=0.015)
        assert groups["child"] == pytest.approx(groups["youth"], abs=0.015)
        assert groups[["silence", "room", "baby", "keys"]].sum() == pytest.approx(0.2, abs=0.02)

    def test_some_silent_calls_turn_out_to_be_emergencies_days_later(self) -> None:
        calls = answered(year(LOUD))
        silent = calls[(calls["label"] == "silent") & (calls["sim_true_label"].isin(["silent", "genuine"]))]
        found = silent[silent["verdict"] == "was_emergency"]
        assert len(found) / len(silent) == pytest.approx(0.2, abs=0.03)
        assert ((found["verdict_at"] - found["ended_at"]) > pd.Timedelta(hours=24)).all()


class TestWhen:
    def test_the_quiet_hour_is_four_and_the_busy_hour_nineteen(self) -> None:
        curve = day_curve(CITY)
        assert (curve.argmin(), curve.argmax()) == (4, 19)
        hours = answered(year(city()))["received_at"].dt.hour.value_counts(normalize=True)
        assert hours[19] / hours[4] == pytest.approx(1 / CITY.night_level_ratio, rel=0.4)

    def test_children_call_three_times_as_often_after_school(self) -> None:
        calls = answered(year(city()))
        play = calls[calls["sim_true_label"] == "child_play"]
        on_school_day = play["received_at"].dt.date.map(is_school_day).astype(bool)
        hour = play["received_at"].dt.hour
        after, other = hour.between(13, 16), hour.between(9, 12) | hour.between(17, 19)
        school_days = (share(after[on_school_day]) / 4) / (share(other[on_school_day]) / 7)
        free_days = (share(after[~on_school_day]) / 4) / (share(other[~on_school_day]) / 7)
        assert school_days == pytest.approx(3.0, rel=0.2)
        assert free_days == pytest.approx(1.0, rel=0.2)

    @pytest.mark.parametrize(("profile", "factor"), [(city(), 1.3), (LOUD, 2.0)], ids=["usual", "loud"])
    def test_children_call_more_often_without_school(self, profile: Profile, factor: float) -> None:
        calls = answered(year(profile))
        play = calls[calls["sim_true_label"] == "child_play"]
        a_day = play.groupby(play["received_at"].dt.date).size()
        days = days_of(START, 365)
        school = pd.Series(days.school, index=pd.date_range(START, periods=365).date)
        a_day = a_day.reindex(school.index, fill_value=0)
        assert a_day[~school].mean() / a_day[school].mean() == pytest.approx(factor, rel=0.15)

    def test_pranks_halve_in_half_a_year(self) -> None:
        calls = answered(year(regency(calls_per_day="80")))
        days = (calls["received_at"] - calls["received_at"].min()).dt.days
        prank = calls["sim_true_label"].isin(PRANKS)
        first, last = prank & (days < 60), prank & days.between(183, 242)
        assert last.sum() / first.sum() == pytest.approx(0.5, abs=0.08)

    def test_calls_about_one_incident_come_together(self) -> None:
        calls = answered(year(LOUD))
        known = calls.dropna(subset=["incident_id"]).groupby("incident_id")
        assert known["caller"].nunique().mean() == pytest.approx(2.0, abs=0.15)
        assert (known["received_at"].max() - known["received_at"].min()).max() < pd.Timedelta(hours=3)
        assert (known["cell_id"].nunique() == 1).all()

    def test_a_surge_is_one_area_mostly_in_earnest_with_many_repeats(self) -> None:
        calls = answered(year(SURGING))
        surge = calls[calls["sim_surge"] >= 0]
        assert calls["sim_surge"].nunique() > 4
        assert share(surge["sim_true_label"] == "genuine") == pytest.approx(
            CITY.surge_genuine_share, abs=0.03
        )
        assert (surge.groupby("sim_surge")["cell_id"].nunique() <= CITY.surge_cells).all()
        length = surge.groupby("sim_surge")["received_at"].agg(lambda times: times.max() - times.min())
        assert length.max() <= pd.Timedelta(hours=48)
        repeats = 1 - surge["caller"].nunique() / surge["caller"].notna().sum()
        assert repeats == pytest.approx(CITY.surge_repeat_share, abs=0.06)


class TestWho:
    def test_calls_a_prank_number_follow_the_zeta_law(self) -> None:
        profile = city(
            super_caller_share="0", shared_number_share="0", sim_less_share="0", withheld_share="0"
        )
        calls = answered(year(profile))
        pranks = calls[calls["sim_true_label"].isin(PRANKS)]
        a_number = pranks.groupby("caller").size()
        assert share(a_number >= 3) == pytest.approx(0.025, abs=0.007)
        assert share(a_number == 1) == pytest.approx(0.90, abs=0.02)

    @pytest.mark.parametrize(("profile", "wanted"), [(city(), 0.05), (LOUD, 0.1)], ids=["usual", "loud"])
    def test_super_callers_make_their_share_of_pranks(self, profile: Profile, wanted: float) -> None:
        calls = answered(year(profile))
        pranks = calls[calls["sim_true_label"].isin(PRANKS)]
        assert share(pranks["sim_super_caller"]) == pytest.approx(wanted, abs=0.012)
        assert 2 <= pranks.loc[pranks["sim_super_caller"], "caller"].nunique() <= 12

    def test_phones_without_a_sim_have_no_number_and_are_seldom_in_earnest(self) -> None:
        calls = answered(year(LOUD))
        bare = calls[calls["access_state"] == "sim_less"]
        assert len(bare) / len(calls) == pytest.approx(0.1, abs=0.01)
        assert share(bare["sim_true_label"] == "genuine") == pytest.approx(0.1, abs=0.03)
        assert bare["caller"].isna().all()
        assert (bare["number_kind"] == "none").all()

    def test_callers_differ_by_seed(self) -> None:
        first, second = (simulate(CITY, start=START, days=5, seed=seed) for seed in (1, 2))
        assert not set(first.calls["caller"].dropna()) & set(second.calls["caller"].dropna())

    def test_some_prank_numbers_also_call_in_earnest(self) -> None:
        calls = answered(year(LOUD))
        earnest = set(calls.loc[calls["sim_true_label"] == "genuine", "caller"].dropna())
        prank_numbers = set(calls.loc[calls["sim_true_label"].isin(PRANKS), "caller"].dropna())
        assert 0.05 < len(earnest & prank_numbers) / len(prank_numbers) < 0.3

    def test_unanswered_attempts_redial_or_are_called_back(self) -> None:
        calls = year(city()).calls
        attempts = calls[calls["priority"].isna()]
        unanswered = attempts[attempts["answered_at"].isna()]
        assert len(unanswered) / len(attempts) == pytest.approx(CITY.unanswered_share, abs=0.02)
        assert (unanswered["label"] == "abandoned").all()
        assert len(calls[calls["priority"] == "psap-callback"]) / len(unanswered) == pytest.approx(
            0.36, abs=0.05
        )


class TestWhatIsWritten:
    def test_labels_are_wrong_as_often_as_asked_and_more_often_for_known_pranksters(self) -> None:
        calls = said_by_call_takers(LOUD)
        pranks = calls[calls["sim_true_label"].isin(PRANKS)]
        wrong = pranks["label"] == "silent"
        first = ~pranks.duplicated("caller") & ~pranks["sim_super_caller"]
        assert share(wrong[first]) == pytest.approx(0.05, abs=0.01)
        assert share(wrong[pranks["sim_super_caller"]]) == pytest.approx(0.35, abs=0.08)

    def test_prank_labels_may_be_missing_altogether(self) -> None:
        calls = said_by_call_takers(city(missing_prank_label_share="1.0"), days=90)
        assert not calls["label"].isin(PRANKS).any()

    def test_labels_come_after_the_call_and_some_days_late(self) -> None:
        calls = answered(year(city()))
        delay = calls["label_at"] - calls["ended_at"]
        assert (delay > pd.Timedelta(0)).all()
        taker = calls["label_source"] == "call_taker"
        assert share(delay[taker] > pd.Timedelta(hours=6)) == pytest.approx(CITY.late_label_share, abs=0.015)

    def test_supervisors_rule_after_a_day_at_the_earliest(self) -> None:
        calls = answered(year(city()))
        ruled = calls[calls["verdict"] == "confirmed"]
        assert ((ruled["verdict_at"] - ruled["ended_at"]) >= pd.Timedelta(hours=24)).all()
        assert len(ruled) / calls["label"].isin(PRANKS).sum() == pytest.approx(CITY.reviewed_share, abs=0.05)

    def test_labels_given_after_seeing_a_score_are_marked(self) -> None:
        calls = said_by_call_takers(LOUD)
        assert share(calls["advice_shown"].astype(bool)) == pytest.approx(0.2, abs=0.015)

    def test_unfounded_reports_are_marked(self) -> None:
        calls = answered(year(city()))
        genuine = calls[calls["sim_true_label"] == "genuine"]
        assert share(genuine["unfounded"]) == pytest.approx(CITY.unfounded_share, abs=0.01)

    def test_durations_have_the_medians_of_the_profile(self) -> None:
        calls = answered(year(city()))
        median = calls.groupby("sim_true_label")["duration_s"].median()
        for label in (Label.SILENT, Label.CHILD_PLAY, Label.JOKE_OR_ABUSE, Label.INFORMATION):
            assert median[label] == pytest.approx(getattr(CITY, f"{label}_s")[0], rel=0.1)

    def test_prompts_end_calls_of_known_pranksters_only(self) -> None:
        calls = year(city(prompted_share="1.0", super_caller_share="0.1")).calls
        ended = calls[calls["ended_by"] == "prompt"]
        assert len(ended) > 50
        assert (ended["label"] == "abandoned").all()
        assert ended["answered_at"].isna().all()

    def test_calls_wait_now_and_then_and_more_in_a_surge(self) -> None:
        calls = year(SURGING).calls
        waiting = calls["calls_waiting"] > 0
        assert 0.001 < share(waiting[calls["sim_surge"] < 0]) < share(waiting[calls["sim_surge"] >= 0])


class TestTheTool:
    def test_the_same_seed_gives_the_same_log(self) -> None:
        first, second = (simulate(REGENCY, start=START, days=20, seed=9).calls for _ in range(2))
        pd.testing.assert_frame_equal(first, second)

    def test_an_effect_leaves_the_draws_of_others_alone(self) -> None:
        plain, noisy = (answered(year(city(label_noise_share=noise), days=60)) for noise in ("0.0", "0.3"))
        assert np.array_equal(plain["received_at"], noisy["received_at"])
        assert np.array_equal(plain["sim_true_label"], noisy["sim_true_label"])

    def test_a_log_lies_within_its_days(self) -> None:
        received_at = year(CITY, days=60).calls["received_at"]
        assert received_at.min() >= pd.Timestamp(START, tz=CITY.zone)
        assert received_at.max() < pd.Timestamp(START, tz=CITY.zone) + pd.Timedelta(days=60)

    @pytest.mark.parametrize("name", PROFILES)
    def test_an_unknown_parameter_is_named(self, name: str) -> None:
        with pytest.raises(BadInput, match="no parameter 'no_such'"):
            with_changes(PROFILES[name], {"no_such": "1"})

    def test_a_bad_value_is_named_with_an_example(self) -> None:
        with pytest.raises(BadInput, match=r"surge_hours='2': expected something like \(2.0, 48.0\)"):
            with_changes(CITY, {"surge_hours": "2"})
