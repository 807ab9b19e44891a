"""Simulated logs and logged calls for tests of training, made once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.logbook import read_log
from prankfilter_training.log.table import Log, table_of
from prankfilter_training.simulation.profiles import CITY, REGENCY, Profile, with_changes
from prankfilter_training.simulation.simulate import SimulatedLog, simulate, write_log
from prankfilter_training.sound.source import CallSound

from prankfilter.vocabulary import AudioCapture, Label, LabelSource
from tests import sounds
from tests.builders import ZONE, call_record

START = dt.date(2025, 1, 1)


@cache
def year(profile: Profile = CITY, seed: int = 5, days: int = 365) -> SimulatedLog:
    """A year without sound."""
    return simulate(profile, start=START, days=days, seed=seed)


def city(**changes: str) -> Profile:
    """A city with some parameters changed, surges left out unless asked for."""
    return with_changes(CITY, {"surges_per_year": "0", **changes})


def regency(**changes: str) -> Profile:
    """A regency with some parameters changed, surges left out unless asked for."""
    return with_changes(REGENCY, {"surges_per_year": "0", **changes})


def answered(log: SimulatedLog) -> pd.DataFrame:
    """The calls that got through."""
    calls = log.calls
    return calls[calls["answered_at"].notna() & calls["priority"].isna()]


def written(
    folder: Path, *, days: int = 60, seed: int = 3, sound: bool = True, profile: Profile = CITY, **how: Any
) -> Log:
    """A short log with sound from the committed bank, written and read again."""
    voices = voices_of(read_bank()) if sound else None
    write_log(simulate(profile, start=START, days=days, seed=seed, voices=voices, **how), folder)
    return read_log(folder).must_be_sound()


ONE_POOL = (("fit", 1.0),)
"""The same speakers all the time: for a log in which nothing changes."""


def log_of(calls: Sequence[LoggedCall], zone: dt.tzinfo = ZONE, *, simulated: bool = False) -> Log:
    """A log of these calls, which are in order of time."""
    return Log(table_of(calls), zone, simulated=simulated, faults=(), digest="d")


def same_sound(ours: CallSound | None, theirs: CallSound | None) -> bool:
    """Whether what was heard is the same to the last bit."""
    if ours is None or theirs is None:
        return ours is theirs
    return np.array_equal(ours.values, theirs.values, equal_nan=True) and np.array_equal(
        ours.silent, theirs.silent
    )


def record_calls(folder: Path, count: int) -> list[LoggedCall]:
    """Calls a minute apart, each with a recording of its own, 1.2 to 4.2 s long."""
    calls = []
    for place in range(count):
        name = f"call-{place:03d}.wav"
        voice = sounds.voice(1.2 + place % 4, pitch_hz=100.0 + 2 * place)
        (folder / name).write_bytes(sounds.wav(voice))
        calls.append(logged(minutes=place, audio_path=name, row=2 + place))
    return calls


def logged(is_: Label | None = Label.GENUINE, *, minutes: float = 0.0, **over: Any) -> LoggedCall:
    """An answered call so many minutes after 1 September 2025; ``record`` holds fields of its record."""
    received_at = dt.datetime(2025, 9, 1, tzinfo=ZONE) + dt.timedelta(minutes=minutes)
    record = call_record(
        **{
            "call_id": f"call-{minutes}",
            "received_at": received_at,
            "audio_capture": AudioCapture.CALLER_BEFORE_ANSWER,
            "ring_s": None,
        }
        | over.pop("record", {})
    )
    known: dict[str, Any] = {
        "record": record,
        "row": 2,
        "answered_at": received_at + dt.timedelta(seconds=10),
        "ended_at": received_at + dt.timedelta(seconds=70),
        "duration_s": 60.0,
        "label": is_,
        "label_source": LabelSource.CALL_TAKER,
        "label_by": "budi",
        "label_at": received_at + dt.timedelta(minutes=2),
    }
    return LoggedCall(**known | over)
