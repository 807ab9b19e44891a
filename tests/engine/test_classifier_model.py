"""The model as a thing: verified, scored, explained, and the same bits alone or in a crowd."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.bundle.manifest import Manifest
from prankfilter.bundle.trust import Trust
from prankfilter.bundle.writing import Draft, write_folder
from prankfilter.classifier.calibration import LOOK_COUNT, Calibration
from prankfilter.classifier.model import Model, model_arrays
from prankfilter.errors import ArtefactCorrupt, ArtefactUntrusted
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.features.table import feature_digest
from prankfilter.vocabulary import KINDS, LOOKS_S, PRANK_LABELS, Label, Moment
from tests.builders import evidence, feature, heard_look, model_draft, stumps

TRUST = Trust(signed=lambda message, signature: signature == b"signed")

COUNT = feature("calls_1h_count", compute=lambda evidence: float(len(evidence.history.caller.past_calls)))
SILENCE = feature(
    "leading_silence_s",
    unit=Unit.SECONDS,
    source=Source.SOUND,
    known_from=Moment.AUDIO,
    compute=lambda evidence: 4.0,
    says="hening {value} detik di awal panggilan",
)
TABLE = (feature("unused_count", compute=lambda evidence: 1 / 0), COUNT, SILENCE)

THREE = (Label.GENUINE, Label.CHILD_PLAY, Label.FALSE_REPORT)
TREES = stumps(
    (0, 0, 2.0, 1.0, -1.0),  # many calls speak against an emergency
    (0, 1, 3.0, 0.5, -0.5),  # and so does a long silence
    (1, 1, 3.0, -0.5, 1.5),
    (2, 0, 2.0, -1.0, 2.0),
    classes=3,
)


def draft(**over: Any) -> Draft:
    known: dict[str, Any] = {
        "arrays": model_arrays(TREES, THREE),
        "features": ((COUNT.name, 1), (SILENCE.name, 1)),
        "kinds": tuple(kind.value for kind in THREE),
    }
    return model_draft(**known | over)


def load(tmp_path: Path, table: tuple[Feature, ...] = TABLE, **over: Any) -> Model:
    folder = write_folder(tmp_path, draft(**over), sign=lambda content: b"signed")
    return Model.load(folder, TRUST, table=table)


def squashed(weights: float, **over: Any) -> Calibration:
    """A calibration that multiplies every log probability, at every look alike."""
    known: dict[str, Any] = {
        "weights": np.tile(weights * np.eye(3), (LOOK_COUNT, 1, 1)),
        "bias": np.zeros((LOOK_COUNT, 3)),
    }
    return Calibration(**known | over)


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return load(tmp_path)


class TestLoading:
    def test_is_named_after_its_content(self, model: Model) -> None:
        assert model.model_id == draft().id
        assert model.ears_digest == draft().ears
        assert model.features == (COUNT, SILENCE)
        assert model.feature_digest == feature_digest(model.features)
        assert model.kinds == THREE

    def test_must_be_trusted(self, tmp_path: Path) -> None:
        with pytest.raises(ArtefactUntrusted):
            Model.load(write_folder(tmp_path, draft(), sign=None), TRUST, table=TABLE)

    def test_rows_that_it_does_not_use_may_come_and_go(self, tmp_path: Path) -> None:
        assert load(tmp_path, table=(SILENCE, COUNT, feature("new_count"))).features == (COUNT, SILENCE)

    @pytest.mark.parametrize(
        ("table", "here"),
        [((COUNT,), "no such row"), ((COUNT, dataclasses.replace(SILENCE, version=2)), "version 2")],
    )
    def test_rows_that_it_uses_may_not(self, tmp_path: Path, table: tuple[Feature, ...], here: str) -> None:
        with pytest.raises(
            ArtefactCorrupt, match=f"leading_silence_s in version 1; .* has {here}.*prankfilter-train fit"
        ):
            load(tmp_path, table)

    @pytest.mark.parametrize(
        ("complaint", "over"),
        [
            ("names no features", {"features": ()}),
            ("on none of the 1 features", {"features": ((COUNT.name, 1),)}),
            ("names no ears", {"ears": None}),
            ("names no ears", {"ears": "../../elsewhere"}),
            ("not those of its manifest", {"kinds": ("genuine", "false_report", "child_play")}),
            ("not those of its manifest", {"arrays": TREES.to_arrays()}),
            (
                "sums up 3 classes and names 2 kinds",
                {"arrays": model_arrays(TREES, THREE[:2]), "kinds": THREE[:2]},
            ),
            ("lack genuine", {"arrays": model_arrays(TREES, THREE[1:]), "kinds": THREE[1:]}),
            (
                "lack genuine calls or every prank",
                {
                    "arrays": model_arrays(TREES, (Label.GENUINE, Label.SILENT)),
                    "kinds": ("genuine", "silent"),
                },
            ),
            (
                "kinds",
                {"arrays": model_arrays(TREES, (*THREE, THREE[1])), "kinds": (*draft().kinds, "child_play")},
            ),
            (
                "kinds",
                {
                    "arrays": model_arrays(TREES, (Label.GENUINE, Label.CHILD_PLAY, Label.UNKNOWN)),
                    "kinds": ("genuine", "child_play", "unknown"),
                },
            ),
            ("trees_feature' is missing", {"arrays": {"kinds": model_arrays(TREES, THREE)["kinds"]}}),
            (
                "calibration_bias",
                {"arrays": model_arrays(TREES, THREE) | {"calibration_weights": np.zeros((5, 3, 3))}},
            ),
        ],
    )
    def test_arrays_that_do_not_fit_are_refused(
        self, tmp_path: Path, complaint: str, over: dict[str, Any]
    ) -> None:
        with pytest.raises(ArtefactCorrupt, match=complaint):
            load(tmp_path, **over)

    def test_the_order_of_the_kinds_is_part_of_its_name(self) -> None:
        assert draft(arrays=model_arrays(TREES, THREE[::-1])).id != draft().id


class TestScore:
    """Golden values of a forest that fits on a page: no call before, four seconds of silence."""

    def test_kinds_are_the_softmax_of_the_sums(self, model: Model) -> None:
        score = model.score(evidence(heard=heard_look(5.0)))
        raw = np.exp([1.0 - 0.5, 1.5, -1.0])
        assert list(score.kinds) == list(THREE)
        np.testing.assert_allclose(list(score.kinds.values()), raw / raw.sum(), atol=1e-12)
        assert score.prank_score == pytest.approx((raw[1] + raw[2]) / raw.sum())

    def test_the_margin_compares_all_pranks_with_genuine_calls(self, model: Model) -> None:
        score = model.score(evidence(heard=heard_look(5.0)))
        assert score.margin == pytest.approx(math.log(math.exp(1.5) + math.exp(-1.0)) - 0.5, abs=1e-12)

    def test_without_sound_its_columns_are_unknown(self, model: Model) -> None:
        """Unknown goes right in these trees."""
        heard, ringing = model.score(evidence(heard=heard_look(5.0))), model.score(evidence())
        assert heard.margin_without_sound == pytest.approx(math.log(math.exp(1.5) + math.exp(-1.0)) - 0.5)
        assert ringing.margin == ringing.margin_without_sound == heard.margin_without_sound

    def test_sound_moves_the_margin_and_not_the_one_without_it(self, tmp_path: Path) -> None:
        short = dataclasses.replace(SILENCE, compute=lambda evidence: 1.0)
        score = load(tmp_path, table=(COUNT, short)).score(evidence(heard=heard_look(5.0)))
        assert score.margin == pytest.approx(math.log(math.exp(-0.5) + math.exp(-1.0)) - 1.5)
        assert score.margin_without_sound == pytest.approx(math.log(math.exp(1.5) + math.exp(-1.0)) - 0.5)

    def test_too_short_a_sound_is_no_sound(self, model: Model) -> None:
        short, ringing = model.score(evidence(heard=heard_look(None))), model.score(evidence())
        assert short == ringing
        assert [reason.feature for reason in short.reasons] == ["calls_1h_count"]

    def test_it_says_which_model_and_columns_it_is_of(self, model: Model) -> None:
        score = model.score(evidence())
        assert (score.model_id, score.feature_digest) == (model.model_id, model.feature_digest)

    def test_reasons_add_up_to_the_margin(self, model: Model) -> None:
        score = model.score(evidence(heard=heard_look(5.0)))
        moved = sum(reason.contribution for reason in score.reasons)
        assert model.base_margin + moved == pytest.approx(score.margin, abs=1e-9)

    def test_reasons_are_in_words(self, model: Model) -> None:
        score = model.score(evidence(heard=heard_look(5.0)))
        assert {reason.text for reason in score.reasons} == {
            "Hening 4 detik di awal panggilan",
            "Calls_1h_count: 0",
        }

    def test_rows_that_it_does_not_use_are_not_computed(self, model: Model) -> None:
        """The unused row of `TABLE` divides by zero."""
        assert model.score(evidence()).model_id


class TestCalibration:
    def test_it_moves_probabilities_and_leaves_the_margin_alone(self, tmp_path: Path) -> None:
        plain = load(tmp_path).score(evidence())
        arrays = model_arrays(TREES, THREE, squashed(0.5))
        calibrated = load(tmp_path, arrays=arrays).score(evidence())
        assert (calibrated.margin, calibrated.margin_without_sound) == (
            plain.margin,
            plain.margin_without_sound,
        )
        roots = np.sqrt(list(plain.kinds.values()))
        np.testing.assert_allclose(list(calibrated.kinds.values()), roots / roots.sum(), atol=1e-12)

    @pytest.mark.parametrize("look_s", [None, *LOOKS_S])
    def test_each_look_has_its_own(self, tmp_path: Path, look_s: float | None) -> None:
        bias = np.zeros((LOOK_COUNT, 3))
        place = [None, *LOOKS_S].index(look_s)
        bias[place, 1] = 50.0
        model = load(tmp_path, arrays=model_arrays(TREES, THREE, squashed(1.0, bias=bias)))
        for other in (None, *LOOKS_S):
            heard = None if other is None else heard_look(other)
            sure = model.score(evidence(heard=heard)).kinds[Label.CHILD_PLAY] > 0.999
            assert sure == (other == look_s)

    @pytest.mark.parametrize(
        ("maps", "extra", "calibrated"),
        [
            (None, {"basis": "real"}, False),
            (squashed(1.0), {"basis": "real"}, True),
            (squashed(1.0), {"basis": "simulated"}, False),
            (squashed(1.0), {}, False),
        ],
    )
    def test_only_labels_of_real_calls_make_it_calibrated(
        self, tmp_path: Path, maps: Calibration | None, extra: dict[str, str], calibrated: bool
    ) -> None:
        model = load(tmp_path, arrays=model_arrays(TREES, THREE, maps), extra=extra)
        assert model.calibrated is model.score(evidence()).calibrated is calibrated


def wide_model(seed: int = 3) -> Model:
    """A model of all kinds and many splits, made at random."""
    draw = np.random.default_rng(seed)
    rows = tuple(
        feature(f"x{place}_count", source=Source.SOUND if place % 2 else Source.CALLER) for place in range(8)
    )
    splits = [
        (kind, int(draw.integers(8)), float(draw.normal()), *draw.normal(size=2))
        for kind in range(len(KINDS))
        for _ in range(20)
    ]
    maps = Calibration(draw.normal(size=(LOOK_COUNT, 7, 7)), draw.normal(size=(LOOK_COUNT, 7)))
    return in_memory(rows, model_arrays(stumps(*splits, classes=7), KINDS, maps))


def in_memory(rows: tuple[Feature, ...], arrays: dict[str, NDArray[Any]]) -> Model:
    manifest = Manifest(
        kind="model",
        id="0" * 16,
        created_at=draft().created_at,
        features=tuple((row.name, row.version) for row in rows),
        ears="e" * 16,
        kinds=tuple(kind.value for kind in KINDS),
    )
    return Model(manifest, arrays, table=rows)


WIDE = wide_model()
VALUES = st.sampled_from([math.nan, math.inf, -math.inf, -1.5, 0.0, 0.3, 2.0, 1e300])


class TestRows:
    @given(row=st.lists(VALUES, min_size=8, max_size=8), look_s=st.sampled_from([None, *LOOKS_S]))
    def test_whatever_the_row_probabilities_are_probabilities(
        self, row: list[float], look_s: float | None
    ) -> None:
        scored = WIDE.score_rows(np.array([row]), look_s)
        assert scored.kinds.sum() == pytest.approx(1.0, abs=1e-12)
        assert (scored.kinds >= 0).all()
        assert 0.0 <= scored.prank_score[0] <= 1.0
        assert np.isfinite(scored.margin).all() and np.isfinite(scored.margin_without_sound).all()

    def test_the_prank_score_is_the_sum_of_the_prank_kinds(self) -> None:
        scored = WIDE.score_rows(np.random.default_rng(1).normal(size=(20, 8)), 3.0)
        pranks = [WIDE.kinds.index(kind) for kind in PRANK_LABELS]
        np.testing.assert_allclose(scored.prank_score, scored.kinds[:, pranks].sum(axis=1))

    def test_margins_have_the_same_bits_alone_and_in_a_crowd(self) -> None:
        """Else a certificate would be calibrated on other numbers than those served."""
        rows = np.random.default_rng(2).normal(size=(500, 8))
        rows[::7, 3] = np.nan
        crowd = WIDE.score_rows(rows, 5.0)
        alone = [WIDE.score_rows(row[np.newaxis], 5.0) for row in rows]
        for name in ("margin", "margin_without_sound"):
            bits = np.concatenate([getattr(scored, name) for scored in alone]).tobytes()
            assert bits == getattr(crowd, name).tobytes()

    def test_one_call_gets_the_bits_of_its_row(self, model: Model) -> None:
        score = model.score(evidence(heard=heard_look(5.0)))
        scored = model.score_rows(np.array([[0.0, 4.0]]), 5.0)
        assert score.margin == scored.margin[0]
        assert score.margin_without_sound == scored.margin_without_sound[0]
        assert score.prank_score == scored.prank_score[0]
        np.testing.assert_array_equal(list(score.kinds.values()), scored.kinds[0])

    def test_without_sound_means_every_column_of_sound_and_no_other(self) -> None:
        rows = np.random.default_rng(4).normal(size=(50, 8))
        deaf = rows.copy()
        deaf[:, 1::2] = np.nan
        np.testing.assert_array_equal(
            WIDE.score_rows(rows, 5.0).margin_without_sound, WIDE.score_rows(deaf, 5.0).margin
        )

    def test_no_rows_give_no_scores(self) -> None:
        scored = WIDE.score_rows(np.empty((0, 8)), None)
        assert scored.kinds.shape == (0, 7)
        assert scored.margin.shape == scored.margin_without_sound.shape == scored.prank_score.shape == (0,)

    @given(row=st.lists(VALUES, min_size=8, max_size=8))
    def test_contributions_explain_the_margin_whole(self, row: list[float]) -> None:
        path = WIDE.walk.path(np.array(row))
        margin = WIDE.score_rows(np.array([row]), None).margin[0]
        assert WIDE.base_margin + WIDE.contributions(path).sum() == pytest.approx(margin, abs=1e-8)
