"""Reading the committed feature bank: as voices for the simulator, as sound for rows."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from prankfilter.errors import BadInput
from prankfilter.features.table import feature_digest
from prankfilter_training.simulation.voices import Group, Voices
from prankfilter_training.sound.source import SOUND_COLUMNS

SHIPPED = Path(__file__).parent.parent / "bank.parquet"

POOLS = (("fit", 0.5), ("calibration", 0.75), ("test", 1.0))
"""Speakers of each group are dealt to these pools: name, and up to which share of the group."""


def read_bank(path: Path = SHIPPED) -> pd.DataFrame:
    """Read a bank, or refuse one whose columns are computed in another way than here."""
    if not path.exists():
        raise BadInput(
            f"{path} is missing; restore it, or build it with `prankfilter-train bank --audio-root DIR`"
        )
    bank = pd.read_parquet(path)
    if bank.attrs.get("sound_columns") != feature_digest(SOUND_COLUMNS):
        raise BadInput(
            f"{path} was measured with other features of sound; build it anew with `prankfilter-train bank "
            "--audio-root DIR`"
        )
    return bank


def voices_of(bank: pd.DataFrame) -> Mapping[str, Voices]:
    """The clips of each pool of speakers; no speaker is in two pools."""
    clips: dict[str, defaultdict[Group, dict[str, tuple[str, ...]]]] = {
        name: defaultdict(dict) for name, _ in POOLS
    }
    known = bank[["group", "sex", "speaker", "key"]].drop_duplicates("key")
    for (group, _), members in known.groupby(["group", "sex"], sort=True):
        keys = {str(name): tuple(sorted(rows["key"])) for name, rows in members.groupby("speaker")}
        speakers = sorted(keys, key=_shuffled)
        for place, speaker in enumerate(speakers):
            pool = next(name for name, end in POOLS if (place + 0.5) / len(speakers) <= end)
            clips[pool][Group(str(group))][speaker] = keys[speaker]
    return {name: Voices(dict(groups)) for name, groups in clips.items()}


def _shuffled(speaker: str) -> str:
    """An order of names that has nothing to do with how the corpus numbered its speakers."""
    return hashlib.sha256(speaker.encode()).hexdigest()
