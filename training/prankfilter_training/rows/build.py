"""From logged calls to the rows a model learns from: one for each look that a call lived to.

The values come from the functions that serve. What only the sound tells is filled in from its source
(`sound`), everything else is computed from record and history as they stood when the call was received.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from prankfilter_training.rows.history import histories
from prankfilter_training.sound.source import SOUND_COLUMNS, CallSound, SoundSource

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


def sounds_of(calls: Sequence[LoggedCall], source: SoundSource) -> list[CallSound | None]:
    """The sound of each call, in order."""
    return [source.of(call) for call in tqdm(calls, desc="sound", unit="call", mininterval=1.0)]


def histories_of(calls: Sequence[LoggedCall], sounds: Sequence[CallSound | None]) -> list[CallerHistory]:
    """What was known at each call, with the calls that sounded like a child's told apart."""
    child_like = {
        call.record.call_id: any(is_child_like(voice) for voice in sound.child_voice)
        for call, sound in zip(calls, sounds, strict=True)
        if sound is not None
    }
    known = histories(calls, child_like)
    return list(tqdm(known, total=len(calls), desc="history", unit="call", mininterval=1.0))


def build_rows(
    calls: Sequence[LoggedCall],
    known: Sequence[CallerHistory],
    sounds: Sequence[CallSound | None],
    wanted: NDArray[np.bool_],
    features: tuple[Feature, ...] = FEATURES,
) -> Rows:
    """Compute the rows of the wanted calls.

    Parameters
    ----------
    calls, known, sounds : sequences of the same length
        The log, what was known at each call, and what was heard of it.
    wanted : ndarray of bool, shape (calls,)
        Calls that get rows; the others are history only.
    features : tuple of Feature
        The columns.
    """
    places = np.flatnonzero(wanted)
    blocks = [
        call_rows(calls[place], known[place], sounds[place], features)
        for place in tqdm(places, desc="rows", unit="call", mininterval=1.0)
    ]
    looks = np.array([len(block) for block in blocks], dtype=np.int64)
    return Rows(
        values=np.concatenate(blocks) if blocks else np.empty((0, len(features))),
        call=np.repeat(places, looks),
        look=np.concatenate([np.arange(count) for count in looks]) if blocks else np.empty(0, np.int64),
        weight=np.repeat(1.0 / np.maximum(looks, 1), looks),
        features=features,
    )


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
