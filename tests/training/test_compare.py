"""Champion and challenger on the same later calls: what is compared, what is found, what is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prankfilter_training.bank.table import read_bank
from prankfilter_training.fitting.artefacts import as_model
from prankfilter_training.fitting.fit import Prepared, prepare
from prankfilter_training.life import hits as counting
from prankfilter_training.life.compare import Side, compare
from prankfilter_training.life.compared_in_words import PICTURE, TEXT, in_words, write_report
from prankfilter_training.life.metrics import DEFAULT, METRICS
from prankfilter_training.life.paired import paired_difference
from prankfilter_training.rows.slices import span
from prankfilter_training.sound.source import BankSound, NoSound
from scipy.stats import multinomial

from prankfilter.bundle.comparisons import (
    GENUINE_HIT,
    TOO_FEW,
    Comparison,
    Standing,
    read_comparison,
    write_comparison,
)
from prankfilter.bundle.trust import Trust
from prankfilter.classifier.model import Model
from prankfilter.errors import ArtefactCorrupt, ArtefactUntrusted, BadInput
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.signing import Signer, signed_by
from prankfilter.vocabulary import Basis
from tests.builders import NOW
from tests.training.logs import written
from tests.training.rivals import rival

SIGNER = Signer(Keyring.ephemeral())
TRUST = Trust(signed=signed_by([SIGNER.public]))


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A month of a city, as the bank heard it."""
    return prepare(written(tmp_path_factory.mktemp("log"), days=30), BankSound(read_bank()), (0.0, 0.0))


def model(**over: Any) -> Model:
    """A rival, ready to judge."""
    return as_model(rival(**over))


def compared(heard: Prepared, champion: Model, challenger: Model, **over: Any) -> Comparison:
    return compare(Side(champion, heard), Side(challenger, heard), made_at=NOW, **{"draws": 200} | over)[0]


@pytest.fixture(scope="module")
def twins(heard: Prepared) -> Comparison:
    """Two models that say the same."""
    return compared(heard, model(seed=1), model(seed=2))


def test_of_two_that_say_the_same_neither_is_better(twins: Comparison) -> None:
    for one in twins.figures:
        assert (one.gain, one.champion) == (0.0, one.challenger)
        # Nothing that was seen tells them apart, and the interval of a share says how little that is.
        assert (one.low == one.high == 0.0) == (one.metric != GENUINE_HIT)
    assert twins.primary_figure.standing is Standing.HOLDS
    assert twins.champion_hit == twins.challenger_hit


@pytest.fixture(scope="module")
def upside_down(heard: Prepared) -> Comparison:
    """A challenger that gets everything the wrong way round."""
    return compared(heard, model(), model(sign=-1.0))


def test_one_that_gets_it_the_wrong_way_round_is_worse(heard: Prepared, upside_down: Comparison) -> None:
    found = upside_down
    assert found.primary_figure.standing is Standing.WORSE
    assert found.primary_figure.high < -found.primary_figure.margin
    back = compared(heard, model(sign=-1.0), model())
    assert back.primary_figure.standing is Standing.HOLDS
    assert back.primary_figure.gain == pytest.approx(-found.primary_figure.gain)


def test_a_lower_brier_score_is_a_gain(upside_down: Comparison) -> None:
    figure = upside_down.figure("brier_5_s")
    assert figure is not None
    assert figure.challenger > figure.champion
    assert figure.gain == pytest.approx(figure.champion - figure.challenger)


def test_one_that_holds_the_night_against_callers_fails_in_that_slice_alone(heard: Prepared) -> None:
    found = compared(heard, model(), model(night=20.0), hit_share=0.05)
    by_hour = {
        one.group: one.standing
        for one in found.figures
        if one.metric == GENUINE_HIT and one.group.startswith("hour")
    }
    assert by_hour.pop("hour: 00-06 h") is Standing.WORSE
    assert set(by_hour.values()) == {Standing.HOLDS}


def test_both_operating_points_hit_about_the_share_they_were_set_to(twins: Comparison) -> None:
    hit = twins.champion_hit
    assert hit.hits / hit.genuine_callers == pytest.approx(twins.hit_share, abs=0.02)
    assert hit.hits / hit.genuine_callers < hit.worst_case_share < 0.06
    assert len(hit.thresholds) == 2


def test_every_genuine_caller_is_counted_once_and_sets_no_threshold_of_his_own(heard: Prepared) -> None:
    rows = heard.rows
    everything = np.ones(len(rows.call), dtype=bool)
    champion = model()
    margins = counting.served_margins(champion, heard, everything)
    assert len(margins) == len(np.unique(rows.call))
    for call in np.unique(rows.call)[::200]:
        own = rows.call == call
        values = rows.values[own][:, [rows.features.index(feature) for feature in champion.features]]
        scored = champion.score_rows(values, None)
        both = np.minimum(scored.margin, scored.margin_without_sound)
        expected = both[rows.look[own] > 0].max() if (rows.look[own] > 0).any() else both[0]
        assert margins[np.searchsorted(np.unique(rows.call), call)] == expected


class TestWhichCalls:
    def middle(self, heard: Prepared) -> dt.datetime:
        first, last = span(heard.calls)
        return first + (last - first) / 2

    def test_only_those_that_neither_learned_from(self, heard: Prepared) -> None:
        until = self.middle(heard)
        found, calls = compare(
            Side(model(learnt="2024-01-01T00:00:00+08:00"), heard),
            Side(model(seed=2, learnt=until.isoformat()), heard),
            draws=20,
            made_at=NOW,
        )
        received = heard.log.table["received_at"]
        assert found.calls == len(calls) < len(np.unique(heard.rows.call))
        assert received.gather(calls).min() >= until.astimezone(dt.UTC)
        assert found.period_start >= until
        assert sum(found.left_out.values()) + found.calls == len(heard.log.table)
        assert found.left_out["not later than what either model learned from"] > 0

    def test_none_are_left(self, heard: Prepared) -> None:
        learnt = model(seed=2, learnt="2030-01-01T00:00:00+08:00")
        with pytest.raises(BadInput, match=rf"later than what model {learnt.model_id} learned.*2030-01-01"):
            compared(heard, model(), learnt)

    def test_a_model_with_itself(self, heard: Prepared) -> None:
        with pytest.raises(BadInput, match="name two"):
            compared(heard, model(), model())

    def test_too_few_genuine_callers(self, heard: Prepared) -> None:
        _, last = span(heard.calls)
        until = (last - dt.timedelta(days=1)).isoformat()
        with pytest.raises(BadInput, match="genuine callers in one half of the calls, 50 are needed"):
            compared(heard, model(), model(seed=2, learnt=until))

    def test_a_metric_of_sound_on_a_log_without(self, tmp_path: Path) -> None:
        deaf = prepare(written(tmp_path, days=25, sound=False), NoSound(), (0.0, 0.0))
        with pytest.raises(BadInput, match=r"pr_auc_5_s cannot be measured.*name another --primary"):
            compared(deaf, model(), model(seed=2))
        found = compared(deaf, model(), model(seed=2), primary="pr_auc_ring")
        assert found.primary_figure.metric == "pr_auc_ring"
        assert found.champion_hit.genuine_callers > 100


def test_slices_that_are_too_small_are_named(twins: Comparison) -> None:
    groups = {one.group for one in twins.figures}
    assert twins.extra[TOO_FEW]
    assert not groups & set(twins.extra[TOO_FEW])
    told = in_words(twins)
    for group in twins.extra[TOO_FEW]:
        assert f"{group}: too few pranks or genuine callers to tell" in told


def test_simulated_calls_are_named_first(twins: Comparison) -> None:
    assert twins.basis is Basis.SIMULATED
    assert "SIMULATED" in in_words(twins).splitlines()[1]
    assert "SIMULATED" not in in_words(dataclasses.replace(twins, basis=Basis.REAL))


def test_every_metric_has_a_margin_and_the_default_is_one_of_them() -> None:
    assert DEFAULT in {metric.name for metric in METRICS}
    for metric in METRICS:
        assert 0 < metric.margin <= metric.slice_margin < 1


def test_the_report_is_text_and_a_picture(twins: Comparison, tmp_path: Path) -> None:
    text, picture = write_report(tmp_path / "report", twins)
    assert (text.name, picture.name) == (TEXT, PICTURE)
    assert "genuine callers hit" in text.read_text("utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")


class TestOnDisk:
    def test_it_reads_as_it_was_written(self, twins: Comparison, tmp_path: Path) -> None:
        written_down = write_comparison(tmp_path, twins, sign=SIGNER.sign)
        read = read_comparison(tmp_path / "comparisons" / f"{written_down.id}.json", TRUST)
        assert read == written_down
        assert dataclasses.replace(read, id="") == twins

    def test_another_hand_signed_it(self, twins: Comparison, tmp_path: Path) -> None:
        stranger = Signer(Keyring.ephemeral())
        name = write_comparison(tmp_path, twins, sign=stranger.sign).id
        with pytest.raises(ArtefactUntrusted):
            read_comparison(tmp_path / "comparisons" / f"{name}.json", TRUST)

    def test_under_another_name(self, twins: Comparison, tmp_path: Path) -> None:
        name = write_comparison(tmp_path, twins, sign=SIGNER.sign).id
        for suffix in (".json", ".sig"):
            path = tmp_path / "comparisons" / f"{name}{suffix}"
            path.rename(path.with_stem("0" * 16))
        with pytest.raises(ArtefactCorrupt, match="its id is not the hash"):
            read_comparison(tmp_path / "comparisons" / f"{'0' * 16}.json", TRUST)

    @pytest.mark.parametrize(
        ("over", "says"),
        [
            ({"primary": "beauty"}, "beauty was not measured"),
            ({"champion": "latest"}, "does not name two models"),
            ({"made_at": NOW.replace(tzinfo=None)}, "no offset"),
        ],
    )
    def test_what_cannot_be_is_not_written(
        self, twins: Comparison, tmp_path: Path, over: dict[str, Any], says: str
    ) -> None:
        with pytest.raises(ValueError, match=says):
            write_comparison(tmp_path, dataclasses.replace(twins, **over), sign=SIGNER.sign)


class TestPairedDifference:
    @pytest.mark.parametrize("shares", [(0.02, 0.02), (0.0, 0.03), (0.1, 0.05), (0.005, 0.0)])
    def test_its_coverage_is_what_it_claims(self, shares: tuple[float, float]) -> None:
        n, (first, second) = 60, shares
        covered = 0.0
        for one, two in itertools.product(range(25), repeat=2):
            if one + two <= n:
                low, high = paired_difference(one, two, n - one - two)
                chance = multinomial.pmf([one, two, n - one - two], n, [first, second, 1 - first - second])
                covered += chance * (low <= first - second <= high)
        assert covered > 0.935

    @given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 400))
    def test_it_holds_what_was_seen_and_has_no_favourite(self, one: int, two: int, others: int) -> None:
        low, high = paired_difference(one, two, others)
        mirrored = paired_difference(two, one, others)
        n = max(one + two + others, 1)
        assert -1 <= low <= (one - two) / n <= high <= 1
        assert (low, high) == pytest.approx((-mirrored[1], -mirrored[0]), abs=1e-6)

    def test_nothing_seen_is_no_certainty(self) -> None:
        z2 = 1.959964**2
        assert paired_difference(0, 0, 500)[1] == pytest.approx(z2 / (500 + z2), abs=1e-6)
        assert paired_difference(0, 0, 0) == (-1.0, 1.0)
        assert math.isclose(paired_difference(0, 0, 1)[1], z2 / (1 + z2), abs_tol=1e-6)
