"""The estimator of audited and verified calls is not biased, and the plain count of labels is."""

from __future__ import annotations

import dataclasses
import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prankfilter_training.cli import main
from prankfilter_training.life.audited import as_values, calls_of, in_words
from prankfilter_training.life.estimator import Calls, Mixture, mixture
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.table import Log, table_of
from prankfilter_training.simulation.arrivals import days_of
from prankfilter_training.simulation.handling import handled, with_unanswered
from prankfilter_training.simulation.labels import PRANKS
from prankfilter_training.simulation.prompts import with_prompts
from prankfilter_training.simulation.simulate import simulate, true_contacts, write_log

from prankfilter.errors import BadInput
from prankfilter.vocabulary import EndedBy, Label
from tests.builders import ZONE
from tests.training.logs import START, city, logged

PROMPTED = city(
    prompted_share="1",
    audit_share="0.2",
    prompt_hang_up_share="0.8",
    genuine_prompt_hang_up_share="0.3",
    super_caller_share="0.3",
    prank_zeta="2.0",
    repeat_share="0.6",
    shared_number_share="1",
)
"""`verify` in full use, on many callers: what biases the labels is larger than life."""
DAYS, DRAWS = 40, 200
SHARES = ("prank_share", "genuine_share", "genuine_delayed_share", "prank_recall")


@cache
def population() -> pd.DataFrame:
    """One centre's calls before any prompt: the truth that no log of it will show."""
    days = days_of(START, DAYS)
    calls = with_unanswered(PROMPTED, days, true_contacts(PROMPTED, days, seed=3), seed=3)
    return handled(PROMPTED, calls, seed=3)


@cache
def draws() -> list[Mixture]:
    """The same calls again and again, each time with other draws of audit and hang-ups."""
    answered = population()["answered"].to_numpy()
    seen = (with_prompts(PROMPTED, population(), seed)[answered] for seed in range(DRAWS))
    return [mixture(as_seen(calls)) for calls in seen]


def as_seen(calls: pd.DataFrame) -> Calls:
    """What the centre knows of its calls."""
    label = calls["label"]
    return Calls(
        would_verify=calls["would_verify"].to_numpy(),
        audit_probability=calls["audit_probability"].to_numpy(),
        labelled=~label.isin([Label.ABANDONED, Label.UNKNOWN]).to_numpy(),
        prank=label.isin(PRANKS).to_numpy(),
        genuine=(label == Label.GENUINE).to_numpy(),
        caller=np.unique(calls["caller"], return_inverse=True)[1],
    )


@cache
def truth() -> Mixture:
    """The same figures where nobody ever hears a prompt, so that every call is known."""
    unheard = dataclasses.replace(PROMPTED, audit_share=1.0)
    return mixture(as_seen(with_prompts(unheard, population(), 0)[population()["answered"].to_numpy()]))


@pytest.mark.parametrize("name", SHARES)
class TestManyDraws:
    def test_the_estimate_is_right_on_average(self, name: str) -> None:
        values = np.array([getattr(found, name).value for found in draws()])
        monte_carlo_error = values.std(ddof=1) / math.sqrt(DRAWS)
        assert monte_carlo_error > 0
        assert values.mean() == pytest.approx(getattr(truth(), name).value, abs=3.5 * monte_carlo_error)

    def test_the_plain_count_is_wrong_on_average(self, name: str) -> None:
        counted = np.array([getattr(found, name).counted for found in draws()])
        monte_carlo_error = counted.std(ddof=1) / math.sqrt(DRAWS)
        away = abs(counted.mean() - getattr(truth(), name).value)
        assert away > 10 * monte_carlo_error

    def test_the_interval_holds_the_truth_as_often_as_it_says(self, name: str) -> None:
        wanted = getattr(truth(), name).value
        shares = [getattr(found, name) for found in draws()]
        held = np.mean([share.low <= wanted <= share.high for share in shares])
        assert held >= 0.92


def test_the_bound_on_genuine_calls_holds() -> None:
    inside = population()["answered"].to_numpy()
    seen = with_prompts(PROMPTED, population(), 0)[inside]
    delayed = int((seen["would_verify"] & (seen["true_label"] == Label.GENUINE)).sum())
    assert delayed > 10
    held = [found.genuine_delayed_at_most >= delayed for found in draws()]
    assert np.mean(held) >= 0.93


# --- small cases, by hand --------------------------------------------------------------------------------


def calls(
    kinds: str, *, verify: str = "", audited: str = "", probability: float = 0.5, callers: str = ""
) -> Calls:
    """One letter a call: p prank, g genuine, i information, - unlabelled; x where verified, where audited."""
    count = len(kinds)
    drawn = np.array([letter == "x" for letter in audited.ljust(count)])
    return Calls(
        would_verify=np.array([letter == "x" for letter in verify.ljust(count)]),
        audit_probability=np.where(drawn, probability, np.nan),
        labelled=np.array([letter != "-" for letter in kinds]),
        prank=np.array([letter == "p" for letter in kinds]),
        genuine=np.array([letter == "g" for letter in kinds]),
        caller=np.unique(list(callers or map(str, range(count))), return_inverse=True)[1],
    )


def test_without_verify_it_is_the_plain_count() -> None:
    found = mixture(calls("ppgggiii"))
    assert (found.prank_share.value, found.prank_share.counted) == (0.25, 0.25)
    assert found.genuine_delayed_share.value == 0
    assert found.genuine_delayed_at_most == 0


def test_audited_calls_stand_for_the_verified_ones() -> None:
    found = mixture(calls("pg--pggi", verify="xxxx", audited="xx"))
    assert found.prank_share.value == 3 / 8
    assert found.genuine_share.value == 4 / 8
    assert found.genuine_delayed_share.value == 2 / 4
    assert found.prank_recall.value == 2 / 3


def test_the_label_of_a_verified_call_is_not_used() -> None:
    one, other = (mixture(calls(f"p{letter}-ggi", verify="xxx", audited="x")) for letter in "gi")
    assert one.genuine_share.value == other.genuine_share.value
    assert one.genuine_share.counted != other.genuine_share.counted


def test_a_call_drawn_with_a_smaller_probability_stands_for_more() -> None:
    both = calls("pg--ii", verify="xxxx", audited="xx")
    uneven = dataclasses.replace(both, audit_probability=np.array([0.1, 0.3, *4 * [np.nan]]))
    assert mixture(uneven).prank_share.value == pytest.approx(4 * 10 / (10 + 10 / 3) / 6)


def test_nothing_is_said_of_verified_calls_that_nobody_audited() -> None:
    found = mixture(calls("---pgi", verify="xxx"))
    assert math.isnan(found.prank_share.value)
    assert found.genuine_delayed_at_most == 3
    assert "None of these was audited" in in_words(found)
    assert as_values(found)["prank_share"]["value"] is None


def test_calls_of_one_caller_are_no_independent_evidence() -> None:
    apart, together = (mixture(calls("ppppgggg", callers=callers)) for callers in ("01234567", "00001234"))
    assert apart.prank_share.value == together.prank_share.value
    assert together.prank_share.high > apart.prank_share.high


# --- from a log ------------------------------------------------------------------------------------------


def a_log(*of: object) -> Log:
    return Log(table_of(of), ZONE, simulated=False, faults=(), digest="")  # type: ignore[arg-type]


def test_the_command_says_it_of_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = simulate(PROMPTED, start=START, days=30, seed=1)
    write_log(made, tmp_path)
    assert main(["audited", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    heard = made.calls[made.calls["priority"].isna()]
    heard = heard[heard["answered_at"].notna() | (heard["ended_by"] == EndedBy.PROMPT)]
    assert said["calls"] == len(heard)
    assert said["would_verify"] == heard["would_verify"].sum() > 0
    assert said["notice"].startswith("SIMULATED")
    assert main(["audited", str(tmp_path)]) == 0
    assert "pranks that verify would meet" in capsys.readouterr().out


def test_calls_that_nobody_could_hear_are_left_out() -> None:
    log = a_log(
        logged(Label.GENUINE, minutes=0, would_verify=False),
        logged(Label.ABANDONED, minutes=1, answered_at=None, ended_by=EndedBy.CALLER, would_verify=False),
        logged(Label.ABANDONED, minutes=2, answered_at=None, ended_by=EndedBy.PROMPT, would_verify=True),
        logged(Label.GENUINE, minutes=3, record={"priority": "psap-callback"}, would_verify=False),
    )
    found = calls_of(log)
    assert found.would_verify.tolist() == [False, True]
    assert found.labelled.tolist() == [True, False]


def test_a_log_that_tells_of_no_verify_is_refused() -> None:
    with pytest.raises(BadInput, match="would_verify"):
        calls_of(a_log(logged()))


def test_a_probability_of_zero_is_refused() -> None:
    with pytest.raises(BadInput, match="row 2: audit_probability"):
        calls_of(a_log(logged(would_verify=True, audit_probability=0.0)))


def test_a_log_of_a_centre_in_observe_names_no_verify(tmp_path: Path) -> None:
    write_log(simulate(city(), start=START, days=3, seed=1), tmp_path)
    assert read_log(tmp_path).table["would_verify"].null_count() == len(read_log(tmp_path).table)
