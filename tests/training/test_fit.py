"""From a small log to a model: the same twice, trained on what it may see, served as it was fitted."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from prankfilter_training.bank.table import read_bank
from prankfilter_training.fitting.fit import CHILD_COLUMNS, Fitted, Prepared, fit, prepare
from prankfilter_training.fitting.recipe import Recipe, read_recipe
from prankfilter_training.log.table import Log, table_of
from prankfilter_training.rows.build import RING
from prankfilter_training.rows.slices import Slice
from prankfilter_training.sound.source import BankSound
from prankfilter_training.training import Trained, train

from prankfilter.bundle.ears import Ears
from prankfilter.bundle.trust import Trust
from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.features.row import Source
from prankfilter.vocabulary import KINDS, LOOKS_S, Label
from tests.builders import NOW, ZONE
from tests.training.logs import logged, written

EARS = Ears("0123456789abcdef", np.zeros((40, 129)))


def quick() -> Recipe:
    """The shipped recipe with a small forest."""
    return dataclasses.replace(read_recipe()[0], rounds=6, min_samples_leaf=10, least_calls=50)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return written(tmp_path_factory.mktemp("log"), days=45)


@pytest.fixture(scope="module")
def prepared(log: Log) -> Prepared:
    return prepare(log, BankSound(read_bank()), (0.5, 0.6))


@pytest.fixture(scope="module")
def fitted(prepared: Prepared) -> Fitted:
    return fit(prepared, quick())


def trained(log: Log, models: Path) -> Trained:
    document = {"rounds": 6}
    return train(
        log,
        BankSound(read_bank()),
        quick(),
        document,
        ears=EARS,
        models=models,
        sign=lambda _: b"signed",
        created_at=NOW,
        described_as="a test",
    )


def test_two_runs_give_the_same_model_and_it_loads_as_it_was_written(log: Log, tmp_path: Path) -> None:
    first, second = (trained(log, tmp_path / name) for name in ("first", "second"))
    assert first.model.model_id == second.model.model_id
    again = Model.load(first.folder, Trust(signed=lambda _, signature: signature == b"signed"))
    assert again.model_id == first.model.model_id
    assert again.ears_digest == EARS.digest
    assert not again.calibrated
    names = {path.name for path in first.folder.iterdir()}
    assert names == {
        "arrays.npz",
        "card.md",
        "estimator.joblib",
        "evaluation.json",
        "manifest.json",
        "manifest.sig",
    }
    card = (first.folder / "card.md").read_text(encoding="utf-8")
    assert "panggilan simulasi" in card
    assert "SIMULATED" in card
    assert first.evaluation["basis"] == "simulated"
    assert list(first.evaluation["looks"]) == ["ring", "1 s", "3 s", "5 s", "10 s"]


def test_another_recipe_is_another_model(prepared: Prepared, fitted: Fitted) -> None:
    other = fit(prepared, dataclasses.replace(quick(), learning_rate=0.2))
    rows = prepared.rows.values[:50]
    columns = [prepared.rows.features.index(feature) for feature in fitted.features]
    said = [one.estimator.predict_proba(rows[:, columns]) for one in (fitted, other)]
    assert not np.allclose(said[0], said[1])


def test_no_caller_teaches_and_tests(prepared: Prepared) -> None:
    callers = {
        part: {prepared.calls[call].record.caller for call in prepared.rows.call[prepared.part(part)]}
        - {None}
        for part in (Slice.FIT, Slice.CALIBRATE, Slice.EVALUATE)
    }
    assert all(callers.values())
    assert not callers[Slice.FIT] & callers[Slice.CALIBRATE]
    assert not callers[Slice.FIT] & callers[Slice.EVALUATE]
    assert not callers[Slice.CALIBRATE] & callers[Slice.EVALUATE]


def test_no_speaker_teaches_and_tests(prepared: Prepared) -> None:
    speakers = {}
    for part in (Slice.FIT, Slice.CALIBRATE, Slice.EVALUATE):
        keys = {prepared.calls[call].bank_key for call in prepared.rows.call[prepared.part(part)]} - {None}
        speakers[part] = {key.split("/")[1] for key in keys if key}
    assert not speakers[Slice.FIT] & speakers[Slice.CALIBRATE]
    assert not speakers[Slice.FIT] & speakers[Slice.EVALUATE]


def test_only_answered_labelled_calls_teach(prepared: Prepared) -> None:
    for call in np.unique(prepared.rows.call):
        assert prepared.labels[call] in KINDS
        assert prepared.calls[call].answered is True
        assert not prepared.calls[call].is_call_back


def test_columns_that_tell_nothing_apart_are_left_out(fitted: Fitted) -> None:
    names = {feature.name for feature in fitted.features}
    assert not names & {"ring_s", "attestation_level", "location_known_flag", "app_call_flag"}
    assert {"confirmed_pranks_decayed_count", "child_voice_probability", "silence_ratio"} <= names


def test_it_knows_all_seven_kinds_within_the_limit_of_trees(fitted: Fitted) -> None:
    assert fitted.kinds == KINDS
    assert 57 * len(KINDS) <= 400


def test_child_voice_is_unknown_in_its_share_of_looks(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}

    class Forest:
        def __init__(self, **_: object) -> None: ...

        def fit(self, values: np.ndarray, *_: object, **__: object) -> None:
            seen["values"] = values
            raise KeyboardInterrupt

    monkeypatch.setattr("prankfilter_training.fitting.fit.HistGradientBoostingClassifier", Forest)
    with pytest.raises(KeyboardInterrupt):
        fit(prepared, quick())
    chosen = prepared.part(Slice.FIT)
    before = prepared.rows.values[chosen]
    names = [feature.name for feature in prepared.rows.features]
    kept = fit_columns(before, names)
    column, was = (
        seen["values"][:, kept.index("child_voice_probability")],
        before[:, names.index("child_voice_probability")],
    )
    known = ~np.isnan(was)
    assert np.isnan(column[known]).mean() == pytest.approx(0.25, abs=0.02)
    other = seen["values"][:, kept.index("silence_ratio")]
    np.testing.assert_array_equal(other, before[:, names.index("silence_ratio")])


def fit_columns(values: np.ndarray, names: list[str]) -> list[str]:
    """Names of the columns that vary."""
    return [
        name
        for name, column in zip(names, values.T, strict=True)
        if len(np.unique(column[~np.isnan(column)])) > 1
        or (np.isnan(column).any() and not np.isnan(column).all())
    ]


def test_without_sound_and_without_age_it_still_scores(log: Log, tmp_path: Path) -> None:
    model = trained(log, tmp_path).model
    rows = np.full((3, len(model.features)), np.nan)
    for place, feature in enumerate(model.features):
        if feature.source is not Source.SOUND:
            rows[1, place] = feature.low
        if feature.name not in CHILD_COLUMNS:
            rows[2, place] = feature.low
    for look_s in (None, *LOOKS_S):
        scored = model.score_rows(rows, look_s)
        assert np.isfinite(scored.margin).all()
        np.testing.assert_allclose(scored.kinds.sum(axis=1), 1.0)


def test_calibrated_probabilities_are_honest_on_calls_it_never_saw(
    prepared: Prepared, fitted: Fitted
) -> None:
    """Of the calls that are said to be genuine with p, about p are: the mean error is small at each look."""
    from_held_out = prepared.part(Slice.EVALUATE)
    rows = prepared.rows.at(from_held_out)
    columns = [rows.features.index(feature) for feature in fitted.features]
    genuine = prepared.kind[from_held_out] == KINDS.index(Label.GENUINE)
    raw = np.log(fitted.estimator.predict_proba(rows.values[:, columns]))
    for look in range(1 + len(LOOKS_S)):
        at = rows.look == look
        look_s = None if look == RING else LOOKS_S[look - 1]
        said = fitted.calibration.probabilities(raw[at], look_s)[:, KINDS.index(Label.GENUINE)]
        assert said.mean() == pytest.approx(genuine[at].mean(), abs=0.06)


def test_a_log_without_pranks_is_refused(prepared: Prepared) -> None:
    silent = dataclasses.replace(prepared, kind=np.full_like(prepared.kind, KINDS.index(Label.SILENT)))
    with pytest.raises(BadInput, match="too few labelled calls to fit on"):
        fit(silent, quick())


def test_a_log_without_sound_can_be_fitted_on() -> None:
    calls = tuple(
        logged(
            Label.JOKE_OR_ABUSE if place % 3 == 0 else Label.GENUINE,
            minutes=60.0 * place,
            record={"caller": f"c{place // 12}" if place % 3 == 0 else f"g{place}", "audio_capture": None},
        )
        for place in range(400)
    )
    log = Log(table_of(calls), ZONE, simulated=False, faults=(), digest="d")
    prepared = prepare(log, BankSound(read_bank()), (0.5, 0.6))
    assert (prepared.rows.look == RING).all()
    fitted = fit(prepared, quick())
    assert fitted.kinds == (Label.GENUINE, Label.JOKE_OR_ABUSE)


class TestRecipe:
    def test_the_shipped_one_makes_at_most_400_trees(self) -> None:
        recipe, document = read_recipe()
        assert recipe.rounds * len(KINDS) <= 400
        assert document["forest"]["rounds"] == recipe.rounds

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"rounds": 58}, "1 <= rounds <= 57"),
            ({"fit_until": 0.9}, "fit_until < calibrate_until < evaluate_until"),
        ],
    )
    def test_what_cannot_work_is_named(self, change: dict[str, float], words: str) -> None:
        with pytest.raises(BadInput, match=words):
            dataclasses.replace(read_recipe()[0], **change)

    def test_a_misspelt_value_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "recipe.toml"
        path.write_text("seed = 1\nruonds = 3\n")
        with pytest.raises(BadInput, match=r"calibrate_until is missing|ruonds is no part of a recipe"):
            read_recipe(path)
