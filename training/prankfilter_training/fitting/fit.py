"""From a labelled log to a model: rows, slices, forest, calibration."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from prankfilter.bundle.walk import Walk
from prankfilter.classifier.calibration import Calibration
from prankfilter.errors import BadInput
from prankfilter.features.row import Feature
from prankfilter.vocabulary import KINDS, PRANK_LABELS, AudioCapture, Label
from prankfilter_training.fitting.calibrate import fit_calibration
from prankfilter_training.fitting.export import export_trees
from prankfilter_training.fitting.recipe import Recipe
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.table import Calls, Log
from prankfilter_training.rows.build import RING, Rows, build_rows, sounds_of
from prankfilter_training.rows.columnar.facts import learnt_labels
from prankfilter_training.rows.columnar.facts import teaches as teaching
from prankfilter_training.rows.columnar.sheet import Sheet
from prankfilter_training.rows.slices import Slice, slices_of
from prankfilter_training.sound.source import CallSound, SoundSource

CHILD_COLUMNS = frozenset({"child_voice_probability", "confirmed_child_play_decayed_count"})
"""Columns that are unknown where the inference of child voice is switched off."""

LEAST_CALLS_OF_A_KIND = 5
"""A kind with fewer calls to learn from is left out; genuine and one prank kind must be there."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A log as a model sees it.

    Attributes
    ----------
    rows : Rows
        Of the calls that teach or test something.
    kind : ndarray of int, shape (rows,)
        Place of the call's label in `KINDS`.
    slice_of : ndarray of int, shape (rows,)
        `Slice`.
    """

    log: Log
    labels: tuple[Label, ...]
    rows: Rows
    kind: NDArray[np.int64]
    slice_of: NDArray[np.int64]

    @property
    def calls(self) -> Sequence[LoggedCall]:
        """All calls of the log; `rows.call` says which of them a row is of."""
        return self.log.calls

    def part(self, which: Slice) -> NDArray[np.bool_]:
        """Rows of one slice."""
        return np.asarray(self.slice_of == which)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A forest with its calibration and columns."""

    estimator: HistGradientBoostingClassifier
    kinds: tuple[Label, ...]
    features: tuple[Feature, ...]
    calibration: Calibration


def prepare(log: Log, source: SoundSource, edges: tuple[float, ...]) -> Prepared:
    """Compute the rows of all calls of a log that somebody heard and labelled."""
    sheet = Sheet(log)
    labels = learnt_labels(sheet)
    wanted = teaching(sheet, labels)
    rows = build_rows(sheet, _usable_sounds(log, source, wanted), wanted)
    place = {label: number for number, label in enumerate(KINDS)}
    kind = np.array([place[labels[call]] for call in rows.call.tolist()], dtype=np.int64)
    return Prepared(log, labels, rows, kind, slices_of(log, edges)[rows.call])


def teaches(call: LoggedCall, label: Label) -> bool:
    """Whether a model learns from a call: somebody answered it and said what it was; it was no call-back."""
    return label in KINDS and call.answered is not False and not call.is_call_back


def fit(prepared: Prepared, recipe: Recipe) -> Fitted:
    """Fit forest and calibration. One thread: sums in another order would be another model."""
    chosen = prepared.part(Slice.FIT)
    kinds = _kinds_to_learn(prepared.kind[chosen])
    chosen &= np.isin(prepared.kind, [KINDS.index(kind) for kind in kinds])
    rows = prepared.rows.at(chosen)
    values = _without_some_child_voice(prepared, rows, recipe)
    features = tuple(
        feature for feature, column in zip(rows.features, values.T, strict=True) if _varies(column)
    )
    columns = [rows.features.index(feature) for feature in features]
    estimator = HistGradientBoostingClassifier(
        learning_rate=recipe.learning_rate,
        max_iter=recipe.rounds,
        max_bins=recipe.max_bins,
        max_leaf_nodes=recipe.max_leaf_nodes,
        min_samples_leaf=recipe.min_samples_leaf,
        l2_regularization=recipe.l2,
        early_stopping=False,
        random_state=recipe.seed,
    )
    classes = _class_of(prepared.kind[chosen], kinds)
    with threadpool_limits(limits=1):
        estimator.fit(values[:, columns], classes, sample_weight=rows.weight)
    return Fitted(estimator, kinds, features, _calibration(prepared, estimator, kinds, columns, recipe))


def raw_scores(estimator: HistGradientBoostingClassifier, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the trees say of each row, by the code that serves; shape (rows, kinds)."""
    walk = Walk(export_trees(estimator), feature_count=values.shape[1])
    return walk.raw(values)


def _calibration(
    prepared: Prepared,
    estimator: HistGradientBoostingClassifier,
    kinds: tuple[Label, ...],
    columns: list[int],
    recipe: Recipe,
) -> Calibration:
    chosen = prepared.part(Slice.CALIBRATE)
    chosen &= np.isin(prepared.kind, [KINDS.index(kind) for kind in kinds])
    return fit_calibration(
        raw_scores(estimator, prepared.rows.values[chosen][:, columns]),
        _class_of(prepared.kind[chosen], kinds),
        prepared.rows.look[chosen],
        least_calls=recipe.least_calls,
        ridge=recipe.ridge,
    )


def _usable_sounds(log: Log, source: SoundSource, wanted: NDArray[np.bool_]) -> dict[int, CallSound]:
    """Sound that may teach `verify`, by place in the log: the caller's own, from before the answer."""
    captured = (log.table["audio_capture"] == AudioCapture.CALLER_BEFORE_ANSWER.value).fill_null(value=False)
    places = np.flatnonzero(wanted & captured.to_numpy())
    sounds = sounds_of(Calls(log.table[places], log.zone), source)
    return {place: sound for place, sound in zip(places.tolist(), sounds, strict=True) if sound is not None}


def _kinds_to_learn(kind: NDArray[np.int64]) -> tuple[Label, ...]:
    count = np.bincount(kind, minlength=len(KINDS))
    kinds = tuple(label for label, calls in zip(KINDS, count, strict=True) if calls >= LEAST_CALLS_OF_A_KIND)
    if Label.GENUINE not in kinds or not PRANK_LABELS & set(kinds):
        counts = ", ".join(f"{label} {calls}" for label, calls in zip(KINDS, count, strict=True))
        raise BadInput(
            f"too few labelled calls to fit on (rows: {counts}); "
            "genuine calls and one kind of prank are needed"
        )
    return kinds


def _class_of(kind: NDArray[np.int64], kinds: Sequence[Label]) -> NDArray[np.int64]:
    place = np.full(len(KINDS), -1)
    for number, label in enumerate(kinds):
        place[KINDS.index(label)] = number
    return np.asarray(place[kind])


def _varies(column: NDArray[np.float64]) -> bool:
    """Whether a column tells rows apart; one that does not is left out, so that it may come and go."""
    known = column[~np.isnan(column)]
    return bool(known.size) and (known.size < column.size or bool((known != known[0]).any()))


def _without_some_child_voice(prepared: Prepared, rows: Rows, recipe: Recipe) -> NDArray[np.float64]:
    """Blank the child columns of some looks, chosen by call id and look."""
    columns = [place for place, feature in enumerate(rows.features) if feature.name in CHILD_COLUMNS]
    values = rows.values.copy()
    call_ids = prepared.log.table["call_id"].to_list()
    for row in np.flatnonzero(rows.look != RING):
        call_id = call_ids[rows.call[row]]
        if keyed_draw(f"{recipe.seed}:{call_id}:{rows.look[row]}") < recipe.child_voice_dropout:
            values[row, columns] = np.nan
    return values


def keyed_draw(text: str) -> float:
    """A fixed draw in [0, 1) for each text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2.0**64
