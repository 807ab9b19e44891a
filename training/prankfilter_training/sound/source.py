"""The sound of logged calls as numbers: from recordings, from a log's own table, or from the feature bank.

Whatever the source, a call's sound becomes the same few values at each look, and rows are made of them in
one way (`rows`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prankfilter.audio.child import child_voice_probability
from prankfilter.audio.heard import Heard
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.errors import BadInput
from prankfilter.features.caller import CALLER_FEATURES
from prankfilter.features.evidence import Evidence
from prankfilter.features.table import FEATURES
from prankfilter.routing.strata import is_silent
from prankfilter.vocabulary import LOOKS_S, SCORED_SOUND_S, CallerHistory, CallRecord, Moment
from prankfilter_training.log.call import LoggedCall

SOUND_COLUMNS = tuple(
    feature for feature in FEATURES if feature.known_from is Moment.AUDIO and feature not in CALLER_FEATURES
)
"""Rows of the feature table that follow from the sound alone."""

CHILD_VOICE = next(
    place for place, feature in enumerate(SOUND_COLUMNS) if feature.name == "child_voice_probability"
)
"""Its column."""

BANK_LOOKS_S = (*LOOKS_S, SCORED_SOUND_S)


@dataclass(frozen=True, slots=True, eq=False)
class CallSound:
    """What was heard of a call at each look that it lived to.

    Attributes
    ----------
    values : ndarray of shape (looks, columns)
        `SOUND_COLUMNS` at the first looks of `LOOKS_S`.
    silent : ndarray of bool, shape (looks,)
        Whether the look is in the stratum of silent calls.
    """

    values: NDArray[np.float64]
    silent: NDArray[np.bool_]

    @property
    def child_voice(self) -> NDArray[np.float64]:
        """Child-voice probability at each look, shape (looks,)."""
        return self.values[:, CHILD_VOICE]

    def until(self, seconds: float) -> CallSound | None:
        """Only the looks that sound of this length reaches; None if there are none."""
        looks = sum(look_s <= seconds for look_s in LOOKS_S[: len(self.values)])
        return CallSound(self.values[:looks], self.silent[:looks]) if looks else None


NOTHING_HEARD = CallSound(np.empty((0, len(SOUND_COLUMNS))), np.empty(0, np.bool_))
"""Of a recording that is shorter than the first look."""


class SoundSource(Protocol):
    """Where the sound of calls comes from."""

    def of(self, call: LoggedCall) -> CallSound | None:
        """The sound of a call; None where there is none."""
        ...


class NoSound:
    """A log without sound."""

    def of(self, call: LoggedCall) -> CallSound | None:
        """Nothing."""
        del call
        return None


class BankSound:
    """Sound of simulated calls: clips of the feature bank, as long as the call lived."""

    def __init__(self, bank: pd.DataFrame) -> None:
        looks = bank[bank["look_s"].isin(LOOKS_S)].sort_values(["key", "look_s"])
        names = [feature.name for feature in SOUND_COLUMNS]
        keys = looks["key"].to_numpy()[:: len(LOOKS_S)]
        values = looks[names].to_numpy(np.float64).reshape(len(keys), len(LOOKS_S), len(names))
        silent = looks["silent"].to_numpy(bool).reshape(len(keys), len(LOOKS_S))
        self._sounds: Mapping[str, CallSound] = {
            str(key): CallSound(value, quiet) for key, value, quiet in zip(keys, values, silent, strict=True)
        }

    def of(self, call: LoggedCall) -> CallSound | None:
        """The clip that the call points at, cut where the call ended."""
        if call.bank_key is None:
            return None
        sound = self._sounds.get(call.bank_key)
        if sound is None:
            raise BadInput(
                f"row {call.row}: bank_key: {call.bank_key} is no clip of this feature bank; "
                "simulate the log anew, or leave the value empty"
            )
        return sound.until(call.audio_s or 0.0)


def listen(tracks: Tracks, ears: Ears) -> CallSound | None:
    """Measure each look of `LOOKS_S` that the sound reaches."""
    heard = [tracks.at(look_s) for look_s in LOOKS_S if look_s <= tracks.seconds]
    if not heard:
        return None
    values = [sound_values(look, child_voice_probability(look, ears)) for look in heard]
    return CallSound(np.array(values), np.array([is_silent(look) for look in heard]))


def sound_values(heard: Heard, child_voice: float) -> NDArray[np.float64]:
    """Compute `SOUND_COLUMNS` of one look, shape (columns,)."""
    evidence = Evidence(_RECORD, _HISTORY, heard, child_voice)
    return np.array([feature.compute(evidence) for feature in SOUND_COLUMNS])


_RECORD = CallRecord(call_id="", received_at=dt.datetime.fromtimestamp(0, dt.UTC))
_HISTORY = CallerHistory()
"""What follows from sound alone does not ask who called."""
