"""Whether scores are as usual: what changed is told, what did not is steady, what cannot be told is not."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from prankfilter.classifier.population import distribution, edges_of
from prankfilter.classifier.score_drift import (
    ALARM_PSI,
    CHI2_BEYOND_1_IN_1000,
    LEAST_CALLS,
    RING_LOOK,
    SCORE,
    WARN_PSI,
    Drift,
    UsualScores,
    score_drift,
)
from prankfilter.store.sql import SqlStore
from prankfilter.wiring.drift_watch import FRESH, HISTORY, DriftWatch
from tests.builders import NOW, call_record, screening

MODEL = "0123456789abcdef"
BEGAN = NOW - HISTORY


def scores_of(seed: int, n: int, lift: float = 0.0) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).beta(2, 5, n) + lift, 0, 1)


def usual(*, simulated: bool = False, n: int = 20_000) -> dict[str, Any]:
    """The part of an evaluation that tells the usual scores."""
    scores = scores_of(0, n)
    column = distribution(scores, edges_of(scores), ()).as_json()
    return {"reference": {"simulated": simulated, "columns": {RING_LOOK: {SCORE: column}}}}


def test_what_chance_reaches_is_chi_squareds() -> None:
    expected = [chi2.ppf(0.999, freedom) for freedom in range(1, 11)]
    assert pytest.approx(expected, abs=5e-4) == CHI2_BEYOND_1_IN_1000


def test_the_shipped_models_tell_their_usual_scores() -> None:
    found = []
    for path in sorted((Path(__file__).parents[2] / "models").glob("*/evaluation.json")):
        told = UsualScores.from_evaluation(json.loads(path.read_text()))
        found += [told] if told is not None else []
    assert len(found) == 2 and all(one.simulated for one in found)


@pytest.mark.parametrize("reference", [None, 3, {}, {"columns": {}}, {"columns": {RING_LOOK: {SCORE: {}}}}])
def test_a_bundle_that_does_not_tell_is_none(reference: Any) -> None:
    assert UsualScores.from_evaluation({"reference": reference}) is None
    assert UsualScores.from_evaluation({}) is None


@pytest.mark.parametrize("bins", [1, 12])
def test_nor_is_one_with_other_bins(bins: int) -> None:
    document = usual()
    column = document["reference"]["columns"][RING_LOOK][SCORE]
    column |= {"edges": np.linspace(0, 1, bins).tolist(), "shares": [1 / bins] * bins}
    assert UsualScores.from_evaluation(document) is None


def test_the_same_calls_are_steady_and_others_are_not() -> None:
    told = UsualScores.from_evaluation(usual())
    assert told is not None
    found = {lift: score_drift(told, scores_of(1, 800, lift), ()) for lift in (0.0, 0.06, 0.3)}
    assert [one.drift for one in found.values()] == [Drift.STEADY, Drift.WARN, Drift.ALARM]
    assert (found[0.06].psi or 0) < ALARM_PSI < (found[0.3].psi or 0) and (found[0.06].psi or 0) > WARN_PSI
    assert {one.calls for one in found.values()} == {800}


def test_chance_makes_no_alarm() -> None:
    told = UsualScores.from_evaluation(usual())
    assert told is not None
    found = Counter(score_drift(told, scores_of(seed, LEAST_CALLS), ()).drift for seed in range(1, 401))
    assert found[Drift.STEADY] >= 398 and found[Drift.ALARM] == 0


def test_numbers_that_call_often_make_no_drift() -> None:
    """Eight calls of one number say hardly more than one does."""
    told = UsualScores.from_evaluation(usual())
    assert told is not None
    callers = np.repeat(np.arange(100), 8)
    apart, together = Counter[Drift](), Counter[Drift]()
    for seed in range(1, 101):
        scores = np.repeat(scores_of(seed, 100), 8)
        apart[score_drift(told, scores, [np.arange(800)]).drift] += 1
        together[score_drift(told, scores, [callers]).drift] += 1
    assert together[Drift.STEADY] >= 98 and apart[Drift.STEADY] <= 75


def test_few_calls_say_nothing() -> None:
    told = UsualScores.from_evaluation(usual())
    assert told is not None
    found = score_drift(told, scores_of(1, LEAST_CALLS - 1, 0.3), ())
    assert (found.drift, found.calls, found.psi) == (Drift.TOO_FEW, LEAST_CALLS - 1, None)


# --- on a store ------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    one = SqlStore.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield one
    one.close()


def watch(store: SqlStore, folder: Path, document: Any) -> DriftWatch:
    (folder / MODEL).mkdir()
    (folder / MODEL / "evaluation.json").write_text(json.dumps(document))
    return DriftWatch(store, folder)


def screened(store: SqlStore, scores: np.ndarray, *, name: str = "call") -> None:
    for place, score in enumerate(scores):
        at = NOW - dt.timedelta(minutes=place)
        record = call_record(call_id=f"{name}-{place}", received_at=at, caller=f"{name} caller {place}")
        look = screening(record, at=at, model_id=MODEL, prank_score=float(score), audio_s=0.0)
        store.remember(look)
    store.put(lambda cursor: None)


def test_it_is_told_once_everything_is_known_that_it_needs(store: SqlStore, tmp_path: Path) -> None:
    one = watch(store, tmp_path, usual())
    assert one.read(None, now=NOW).drift is Drift.UNKNOWN
    assert one.read(MODEL, now=NOW).drift is Drift.TOO_SOON
    store.put_record(call_record(call_id="first", received_at=BEGAN))
    later = NOW + FRESH
    assert one.read(MODEL, now=later).drift is Drift.TOO_FEW
    screened(store, scores_of(1, 400, 0.3))
    assert one.read(MODEL, now=later).drift is Drift.TOO_FEW, "what was found stands for some minutes"
    found = one.read(MODEL, now=later + FRESH)
    assert (found.drift, found.calls) == (Drift.ALARM, 400)


def test_a_model_of_simulated_calls_has_nothing_to_compare_with(store: SqlStore, tmp_path: Path) -> None:
    assert watch(store, tmp_path, usual(simulated=True)).read(MODEL, now=NOW).drift is Drift.SIMULATED


@pytest.mark.parametrize("text", ["", "[]", "{", '{"reference": {}}'])
def test_a_damaged_evaluation_breaks_no_page(store: SqlStore, tmp_path: Path, text: str) -> None:
    one = watch(store, tmp_path, {})
    (tmp_path / MODEL / "evaluation.json").write_text(text)
    assert one.read(MODEL, now=NOW).drift is Drift.UNKNOWN
    assert one.read("fedcba9876543210", now=NOW).drift is Drift.UNKNOWN
