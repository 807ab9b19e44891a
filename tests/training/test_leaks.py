"""Planted leaks are found and named; a clean log has none. Each case fails without its check."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import polars as pl
import pytest
from prankfilter_training.bank.table import read_bank
from prankfilter_training.fitting.fit import Prepared, prepare
from prankfilter_training.fitting.given_away import separation
from prankfilter_training.fitting.leaks import REMEDIES, LeakKind, find_leaks, must_not_leak
from prankfilter_training.fitting.look_ahead import as_served
from prankfilter_training.log.table import Log
from prankfilter_training.rows.build import build_rows
from prankfilter_training.rows.columnar.sheet import Sheet
from prankfilter_training.rows.slices import Slice
from prankfilter_training.sound.source import BankSound

from prankfilter.errors import BadInput
from prankfilter.features.table import by_name
from prankfilter.vocabulary import KINDS, Label
from tests.training.logs import log_of, logged, written

CUT = 30


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    log = written(tmp_path_factory.mktemp("log"), days=30)
    return prepare(log, BankSound(read_bank()), (0.5, 0.6, 0.7))


def kinds_of(prepared: Prepared, **over: Any) -> list[LeakKind]:
    return [leak.kind for leak in find_leaks(prepared, **{"cut_calls": 0} | over)]


def calls_of(prepared: Prepared, which: Slice) -> np.ndarray:
    """Calls of a slice with sound at 5 s and a voice."""
    rows = prepared.rows
    voiced = ~np.isnan(column(prepared, "pitch_median_hz"))
    return np.unique(rows.call[prepared.part(which) & (rows.look == 3) & voiced])


def column(prepared: Prepared, name: str) -> np.ndarray:
    return prepared.rows.values[:, place(prepared, name)]


def place(prepared: Prepared, name: str) -> int:
    return [feature.name for feature in prepared.rows.features].index(name)


def with_values(prepared: Prepared, values: np.ndarray) -> Prepared:
    return dataclasses.replace(prepared, rows=dataclasses.replace(prepared.rows, values=values))


def with_column(prepared: Prepared, name: str, values: np.ndarray) -> Prepared:
    changed = prepared.rows.values.copy()
    changed[:, place(prepared, name)] = values
    return with_values(prepared, changed)


def with_facts(prepared: Prepared, name: str, values: dict[int, str]) -> Prepared:
    """Another value of a column of the log for some calls."""
    known = prepared.log.table[name].to_list()
    changed = [values.get(number, value) for number, value in enumerate(known)]
    table = prepared.log.table.with_columns(pl.Series(name, changed, dtype=pl.String()))
    return dataclasses.replace(prepared, log=dataclasses.replace(prepared.log, table=table))


def test_a_clean_log_has_none(prepared: Prepared) -> None:
    assert must_not_leak(prepared, cut_calls=4 * CUT) is prepared


def test_every_kind_says_what_to_do() -> None:
    assert set(REMEDIES) == set(LeakKind)


def test_what_others_told_of_an_incident_is_no_leak() -> None:
    """A log that is cut off at a call still tells what a call of another number put in doubt."""
    features = (by_name["confirmed_genuine_decayed_count"],)
    fire = {"incident_id": "fire"}
    calls = [
        logged(Label.JOKE_OR_ABUSE, record=fire),
        logged(Label.GENUINE, minutes=60, record={"caller": "caller-2", "cell_id": "cell-2", **fire}),
        logged(None, minutes=600),
    ]
    log = log_of(calls)
    columns = build_rows(Sheet(log), {}, np.ones(len(calls), bool), features).values
    served = [as_served(log, place, features) for place in range(len(calls))]
    assert columns[-1] > 0
    np.testing.assert_allclose(columns, served, rtol=1e-9)


class TestSplits:
    def test_a_slice_that_looks_back(self, prepared: Prepared) -> None:
        last = calls_of(prepared, Slice.EVALUATE)[-1]
        moved = np.where(prepared.rows.call == last, Slice.FIT, prepared.slice_of)
        planted = dataclasses.replace(prepared, slice_of=moved)
        assert LeakKind.TIME in kinds_of(planted)
        leak = find_leaks(planted, cut_calls=0)[0]
        assert prepared.calls[last].record.call_id in leak.where

    @pytest.mark.parametrize(
        ("fact", "kind"), [("caller", LeakKind.CALLER), ("incident_id", LeakKind.INCIDENT)]
    )
    @pytest.mark.parametrize("later", [Slice.CALIBRATE, Slice.EVALUATE, Slice.RESERVED])
    def test_one_name_in_two_slices(
        self, prepared: Prepared, fact: str, kind: LeakKind, later: Slice
    ) -> None:
        one, other = calls_of(prepared, Slice.FIT)[0], calls_of(prepared, later)[0]
        planted = with_facts(prepared, fact, {one: "the same", other: "the same"})
        leak = next(leak for leak in find_leaks(planted, cut_calls=0) if leak.kind is kind)
        ids = [prepared.calls[call].record.call_id for call in (one, other)]
        assert leak.where == ("/".join(ids),)
        assert "the same" not in str(leak)
        assert later.name in leak.what


class TestSound:
    def test_one_sound_in_two_files(self, prepared: Prepared) -> None:
        """Another container or a longer end: the numbers of a look are the same."""
        rows = prepared.rows
        pair = [calls_of(prepared, Slice.CALIBRATE)[0], calls_of(prepared, Slice.RESERVED)[0]]
        one, other = (np.flatnonzero((rows.call == call) & (rows.look == 3))[0] for call in pair)
        sound = [number for number, feature in enumerate(rows.features) if feature.source == "sound"]
        values = rows.values.copy()
        values[other, sound] = values[one, sound]
        assert kinds_of(with_values(prepared, values)) == [LeakKind.RECORDING]

    def test_a_speaker_of_the_bank_on_both_sides(self, prepared: Prepared) -> None:
        one, other = calls_of(prepared, Slice.FIT)[0], calls_of(prepared, Slice.EVALUATE)[0]
        key = prepared.calls[one].bank_key
        planted = with_facts(prepared, "bank_key", {other: str(key)})
        assert kinds_of(planted) == [LeakKind.VOICE]


class TestFuture:
    def test_a_column_that_counts_the_next_hour(self, prepared: Prepared) -> None:
        received = prepared.log.table["received_at"].dt.epoch("s").to_numpy()[prepared.rows.call]
        every = np.sort(prepared.log.table["received_at"].dt.epoch("s").to_numpy())
        ahead = np.searchsorted(every, received + 3600) - np.searchsorted(every, received)
        found = find_leaks(with_column(prepared, "area_recent_count", ahead), cut_calls=CUT)
        assert [(leak.kind, leak.where[0]) for leak in found] == [(LeakKind.FUTURE, "area_recent_count")]

    def test_a_column_that_knows_how_long_the_call_will_last(self, prepared: Prepared) -> None:
        lasts = prepared.log.table["duration_s"].to_numpy()[prepared.rows.call]
        planted = with_column(prepared, "usual_length_s", lasts)
        assert kinds_of(planted, cut_calls=CUT) == [LeakKind.FUTURE]

    def test_labels_that_count_before_they_were_given(self, prepared: Prepared) -> None:
        at_once = prepared.log.table.with_columns(
            pl.col("received_at").alias("label_at"), pl.col("received_at").alias("verdict_at")
        )
        log: Log = dataclasses.replace(prepared.log, table=at_once)
        early = prepare(log, BankSound(read_bank()), (0.5, 0.6, 0.7))
        found = find_leaks(with_values(prepared, early.rows.values), cut_calls=4 * CUT)
        assert {leak.kind for leak in found} == {LeakKind.EARLY_LABEL}
        assert any("confirmed" in leak.where[0] for leak in found)


def code(prepared: Prepared) -> np.ndarray:
    return prepared.kind.astype(float)


def gap(prepared: Prepared) -> np.ndarray:
    genuine = prepared.kind == KINDS.index(Label.GENUINE)
    return np.where(genuine, np.nan, 5.0)


def with_errors(prepared: Prepared) -> np.ndarray:
    """The label with one error in five hundred, under noise."""
    rng = np.random.default_rng(0)
    wrong = rng.random(len(prepared.kind)) < 0.002
    silent = (prepared.kind == KINDS.index(Label.SILENT)) ^ wrong
    return silent + 0.1 * rng.standard_normal(len(silent))


class TestGivenAway:
    @pytest.mark.parametrize("made", [code, gap, with_errors])
    def test_a_column_made_from_the_label(self, prepared: Prepared, made: Any) -> None:
        found = find_leaks(with_column(prepared, "flatness_ratio", made(prepared)), cut_calls=0)
        given = [leak for leak in found if leak.kind is LeakKind.GIVEN_AWAY]
        assert [leak.where for leak in given] == [("flatness_ratio",)]
        assert "area under the curve" in given[0].strength

    def test_chance_gives_nothing_away(self) -> None:
        rng = np.random.default_rng(1)
        told = [separation(rng.standard_normal(400), rng.random(400) < 0.3) for _ in range(50)]
        assert 0.47 < np.mean(told) < 0.53
        assert max(told) < 0.7

    def test_too_few_calls_say_nothing(self) -> None:
        hit = np.arange(100) < 20
        assert np.isnan(separation(hit.astype(float), hit))


def test_fit_is_refused_with_all_leaks_named(prepared: Prepared) -> None:
    planted = with_column(prepared, "usual_length_s", code(prepared))
    with pytest.raises(BadInput) as refused:
        must_not_leak(planted, cut_calls=CUT)
    assert "future: usual_length_s" in str(refused.value)
    assert "given_away: usual_length_s" in str(refused.value)
