"""The number that leads everything, the rules a model must beat, and calls it may not be asked about."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pytest
from prankfilter_training.evaluation.baselines import RULES, blocked
from prankfilter_training.evaluation.delayed import Proof, delayed, none_delayed
from prankfilter_training.evaluation.month import month
from prankfilter_training.evaluation.unseen import unseen
from prankfilter_training.evaluation.words import leading, leading_id
from prankfilter_training.log.table import table_of

from prankfilter.errors import BadInput
from prankfilter.vocabulary import Label, Stratum
from tests.builders import certificate
from tests.training.logs import log_of, logged
from tests.training.proofs import replay, strangers

DAY_MIN = 24 * 60.0


def proof_of(replays: list[Any]) -> Proof:
    """A certificate whose threshold is 1.0 in both strata."""
    return Proof(certificate(threshold=1.0), replays)


# --- genuine calls delayed ---------------------------------------------------------------------------


def test_without_a_hit_the_bound_is_that_of_clopper_and_pearson() -> None:
    """59 callers without a hit: less than 5 %, with 95 % confidence (SIMULATION.md, Bounds)."""
    found = delayed(proof_of(strangers([0.0] * 59)), "key")
    assert (found["genuine_callers"], found["callers_delayed"], found["calls_delayed"]) == (59, 0, 0)
    assert found["upper_bound"] == pytest.approx(0.05, abs=0.0005)
    assert found["share_of_calls"]["high"] > 0.05


def test_a_caller_counts_once_and_every_call_counts_beside_it() -> None:
    often = [
        replay(2.0, minutes=minutes, record={"caller": "often", "cell_id": f"cell-{minutes}"})
        for minutes in range(9)
    ]
    found = delayed(proof_of([*often, *strangers([0.0] * 11, first_day=10)]), "key")
    assert (found["genuine_calls"], found["calls_delayed"]) == (20, 9)
    assert (found["genuine_callers"], found["callers_delayed"]) == (12, 1)
    assert found["strata"]["repeat"]["callers_delayed"] == 1


def test_who_is_never_verified_has_no_bound_but_a_rule() -> None:
    found = delayed(proof_of(strangers([math.inf] * 3, stratum=Stratum.CHILD)), "key")
    assert found["callers_delayed"] == 0
    assert found["strata"]["child"] == {
        "genuine_callers": 3,
        "callers_delayed": 0,
        "upper_bound": 0.0,
        "by_rule": "observe-only",
    }


def test_calls_that_nobody_could_judge_are_told_of() -> None:
    doubtful = replay(math.inf, label=Label.UNKNOWN, doubtful=True)
    found = delayed(proof_of([doubtful, *strangers([0.0])]), "key")
    assert (found["in_doubt"], found["genuine_calls"]) == (1, 1)


def test_the_leading_words_hold_count_and_bound_in_both_languages() -> None:
    of = {"delayed": delayed(proof_of(strangers([2.0] + [0.0] * 99)), "key")}
    assert "1 of 100, at most 4.7 %" in leading(of)
    assert "1 dari 100, paling banyak 4,7 %" in leading_id(of)
    assert "Without a certificate no call is ever delayed" in leading({"delayed": none_delayed(5, 5)})


def test_a_month_scales_counts_and_never_hides_how_little_was_measured() -> None:
    replays = strangers([2.0, 0.0, 0.0]) + strangers([2.0], first_day=5, label=Label.JOKE_OR_ABUSE)
    proof = proof_of(replays)
    log = log_of([logged(minutes=day * DAY_MIN) for day in range(15)])
    found = {"delayed": delayed(proof, "key"), "advice": {"joke_or_abuse": {"calls": 4}}}
    values = month(log, np.ones(15, bool), found, proof)
    assert (values["days_measured"], values["calls"], values["pranks"]) == (15, 30.0, 8.0)
    assert (values["pranks_verified"], values["genuine_delayed"]) == (2.0, 2.0)
    assert values["seconds_added_to_genuine"] == 40.0
    assert values["seconds_saved_at_most"] == 120.0
    assert values["genuine_delayed_at_most"] > values["genuine_delayed"]
    for words in (values["words_en"], values["words_id"]):
        assert "15 " in words and "59" in words


# --- today's practice ------------------------------------------------------------------------------


def blocks(pranks: int, *calls: tuple[float, Label]) -> list[bool]:
    """What a rule does to calls of one number at these hours; labels are given two minutes after a call."""
    table = table_of([logged(is_, minutes=60 * hour) for hour, is_ in calls])
    return blocked(table, next(rule for rule in RULES if rule.pranks == pranks)).tolist()


PRANK, REAL = Label.CHILD_PLAY, Label.GENUINE


def test_a_number_is_blocked_for_a_day_after_a_prank() -> None:
    assert blocks(1, (0, PRANK), (1, REAL), (23.9, REAL), (24.1, REAL)) == [False, True, True, False]


def test_a_prank_blocks_nobody_before_it_was_labelled() -> None:
    assert blocks(1, (0, PRANK), (1 / 60, REAL)) == [False, False]


def test_the_third_prank_is_the_first_that_blocks() -> None:
    calls = ((0, PRANK), (1, PRANK), (2, REAL), (3, PRANK), (4, REAL))
    assert blocks(3, *calls) == [False, False, False, False, True]


def test_other_numbers_and_calls_without_one_are_never_blocked() -> None:
    calls = [
        logged(PRANK, minutes=0),
        logged(REAL, minutes=60, record={"caller": "somebody else"}),
        logged(PRANK, minutes=90, record={"caller": None}),
        logged(REAL, minutes=120, record={"caller": None}),
    ]
    assert not blocked(table_of(calls), RULES[0]).any()


# --- what a model may be measured on ---------------------------------------------------------------


def learnt(log: Any, first: int, until: int, digest: str | None = None) -> dict[str, str]:
    start: dt.datetime = log.calls[0].record.received_at
    days = {"first": start + dt.timedelta(days=first), "until": start + dt.timedelta(days=until)}
    return {"log": digest or log.digest, **{name: moment.isoformat() for name, moment in days.items()}}


@pytest.fixture
def ten_days() -> Any:
    return log_of([logged(minutes=day * DAY_MIN) for day in range(10)])


def test_calls_that_a_model_learned_from_are_left_out(ten_days: Any) -> None:
    left = unseen(learnt(ten_days, 0, 7), ten_days)
    assert (left.left_out, left.calls.tolist()) == (7, [False] * 7 + [True] * 3)


def test_a_log_that_was_learned_from_as_a_whole_is_refused(ten_days: Any) -> None:
    with pytest.raises(BadInput, match="no call of it is later"):
        unseen(learnt(ten_days, 0, 30), ten_days)


@pytest.mark.parametrize(
    ("first", "until", "said"),
    [(-9, 3, "3 calls fall into the time"), (20, 30, "10 calls are older"), (-9, 0, None)],
)
def test_another_log_of_the_same_time_gets_a_warning(
    ten_days: Any, first: int, until: int, said: str | None
) -> None:
    left = unseen(learnt(ten_days, first, until, digest="another"), ten_days)
    assert left.calls.all()
    assert (left.warning is None) if said is None else said in str(left.warning)


def test_the_end_of_what_was_learned_is_read_in_any_zone(ten_days: Any) -> None:
    told = learnt(ten_days, 0, 7)
    told["until"] = dt.datetime.fromisoformat(told["until"]).astimezone(dt.UTC).isoformat()
    assert unseen(told, ten_days).left_out == 7
