"""From a labelled log to the rows a model learns from: one for each look that a call lived to.

What is known when a call rings comes in columns (`rows.columnar`), what the sound tells from its source
(`sound`); both are held to the functions that serve by tests. A feature that has neither is asked of the
function that serves, call by call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Feature
from prankfilter.features.table import FEATURES, extract
from prankfilter.routing.strata import is_child_like
from prankfilter.vocabulary import CallerHistory, Moment
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.table import Log
from prankfilter_training.rows.columnar.columns import COLUMNS, LOOK_COLUMNS
from prankfilter_training.rows.columnar.sheet import Sheet
from prankfilter_training.rows.history import histories
from prankfilter_training.sound.source import CHILD_VOICE, SOUND_COLUMNS, CallSound, SoundSource

RING = 0
"""Look number of the moment ``ring``; `vocabulary.LOOKS_S` follow from 1 on."""

_SOUND_PLACE = {feature.name: place for place, feature in enumerate(SOUND_COLUMNS)}


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of features.

    Attributes
    ----------
    values : ndarray of shape (rows, features)
        Columns as in ``features``; NaN where unknown.
    call : ndarray of int, shape (rows,)
        Place of the call in the log.
    look : ndarray of int, shape (rows,)
        `RING`, then 1 + place in `vocabulary.LOOKS_S`.
    weight : ndarray of shape (rows,)
        1 / looks of the call, so that every call weighs the same.
    features : tuple of Feature
    """

    values: NDArray[np.float64]
    call: NDArray[np.int64]
    look: NDArray[np.int64]
    weight: NDArray[np.float64]
    features: tuple[Feature, ...]

    def at(self, chosen: NDArray[np.bool_]) -> Rows:
        """Only some of the rows."""
        return Rows(
            self.values[chosen], self.call[chosen], self.look[chosen], self.weight[chosen], self.features
        )


def build_rows(
    sheet: Sheet,
    sounds: Mapping[int, CallSound],
    wanted: NDArray[np.bool_],
    features: tuple[Feature, ...] = FEATURES,
) -> Rows:
    """Compute the rows of the wanted calls.

    Parameters
    ----------
    sheet : Sheet
        All of a log: calls that get no rows are history nevertheless.
    sounds : mapping of int to CallSound
        What was heard of calls, by their place in the log.
    wanted : ndarray of bool, shape (calls,)
        Calls that get rows.
    features : tuple of Feature
        The columns.
    """
    places = np.flatnonzero(wanted)
    heard = [sounds.get(place) for place in places.tolist()]
    looks = np.array([1 if sound is None else 1 + len(sound.values) for sound in heard], dtype=np.int64)
    call = np.repeat(places, looks)
    rows = Rows(
        values=np.full((len(call), len(features)), np.nan),
        call=call,
        look=np.arange(len(call)) - np.repeat(np.cumsum(looks) - looks, looks),
        weight=np.repeat(1.0 / looks, looks),
        features=features,
    )
    sound = [one.values for one in heard if one is not None]
    _fill(rows, sheet, np.concatenate(sound) if sound else np.empty((0, len(SOUND_COLUMNS))))
    _fill_call_by_call(rows, sheet.log, sounds)
    return rows


def _fill(rows: Rows, sheet: Sheet, sound: NDArray[np.float64]) -> None:
    """Fill in all features that come in columns; ``sound`` belongs to the looks after `RING`."""
    heard = rows.look != RING
    child_voice = sound[:, CHILD_VOICE]
    progress = tqdm(rows.features, desc="columns", unit="column", delay=1.0)
    for column, feature in enumerate(progress):
        if feature.name in _SOUND_PLACE:
            rows.values[heard, column] = sound[:, _SOUND_PLACE[feature.name]]
        elif feature.name in LOOK_COLUMNS and heard.any():
            look_column = LOOK_COLUMNS[feature.name]
            rows.values[heard, column] = look_column(sheet, rows.call[heard], child_voice)
        elif feature.name in COLUMNS:
            rows.values[:, column] = COLUMNS[feature.name](sheet)[rows.call]


def _fill_call_by_call(rows: Rows, log: Log, sounds: Mapping[int, CallSound]) -> None:
    """Ask the functions that serve for whatever has no column."""
    known = {**COLUMNS, **LOOK_COLUMNS, **_SOUND_PLACE}
    columns = [place for place, feature in enumerate(rows.features) if feature.name not in known]
    if not columns:
        return
    features = tuple(rows.features[column] for column in columns)
    first = np.flatnonzero(rows.look == RING)
    row_of = dict(zip(rows.call[first].tolist(), first.tolist(), strict=True))
    known_at_call = tqdm(histories(log.calls), total=len(log.calls), desc="history", unit="call", delay=1.0)
    for place, (call, past) in enumerate(zip(log.calls, known_at_call, strict=True)):
        row = row_of.get(place)
        if row is not None:
            values = call_rows(call, past, sounds.get(place), features)
            rows.values[row : row + len(values), columns] = values


# --- call by call --------------------------------------------------------------------------------------


def sounds_of(calls: Sequence[LoggedCall], source: SoundSource) -> list[CallSound | None]:
    """The sound of each call, in order."""
    return [source.of(call) for call in tqdm(calls, desc="sound", unit="call", delay=1.0)]


def histories_of(calls: Sequence[LoggedCall], sounds: Sequence[CallSound | None]) -> list[CallerHistory]:
    """What was known at each call, with the calls that sounded like a child's told apart."""
    child_like = {
        call.record.call_id: any(is_child_like(voice) for voice in sound.child_voice)
        for call, sound in zip(calls, sounds, strict=True)
        if sound is not None
    }
    return list(histories(calls, child_like))


def call_rows(
    call: LoggedCall, known: CallerHistory, sound: CallSound | None, features: tuple[Feature, ...]
) -> NDArray[np.float64]:
    """One call's rows: ``ring``, then each look that it lived to; shape (looks, features)."""
    ring = extract(Evidence(call.record, known), features)
    if sound is None:
        return ring[None, :]
    rows = np.tile(ring, (1 + len(sound.values), 1))
    for column, feature in enumerate(features):
        if feature.name in _SOUND_PLACE:
            rows[1:, column] = sound.values[:, _SOUND_PLACE[feature.name]]
        elif feature.known_from is Moment.AUDIO:
            rows[1:, column] = _of_caller_and_voice(feature, call, known, sound)
    return rows


def _of_caller_and_voice(
    feature: Feature, call: LoggedCall, known: CallerHistory, sound: CallSound
) -> list[float]:
    """A value that rests on the number's history and on whose voice it is, at each look."""
    evidences = (
        Evidence(call.record, known, child_voice_probability=float(voice)) for voice in sound.child_voice
    )
    return [feature.compute(evidence) for evidence in evidences]
