"""What is heard in a call: which speaker of the bank, or which sound without a speaker.

The honest rules live here. A number is a household and keeps its speakers. Adults of genuine,
information, joke and false-report calls come from one pool, children of genuine calls and of play
from one other. Clips of a speaker differ in line, level and noise, and are drawn without regard to
age or label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prankfilter.vocabulary import Label
from prankfilter_training.simulation.profiles import Profile


class Group(StrEnum):
    """What a clip of the bank holds."""

    ADULT = "adult"
    YOUTH = "youth"
    """10-17 years."""
    CHILD = "child"
    """9 years or younger."""
    SILENCE = "silence"
    """Digital silence or the bare noise of the line."""
    ROOM = "room"
    """Rain, sea, clocks, engines: no voice."""
    BABY = "baby"
    ANIMAL = "animal"
    """Dogs, roosters; sneezes too: short sounds without words."""
    TEXT_TELEPHONE = "text_telephone"
    KEYS = "keys"
    """DTMF."""
    SIGNAL = "signal"
    """Ring and busy tones."""


SILENT_GROUPS = (Group.SILENCE, Group.ROOM, Group.BABY, Group.ANIMAL, Group.SIGNAL)
SILENT_WEIGHTS = (0.65, 0.25, 0.04, 0.03, 0.03)
"""* What a silent call sounds like."""
ACCIDENTAL_GROUPS = (Group.ROOM, Group.SILENCE, Group.ADULT)
ACCIDENTAL_WEIGHTS = (0.5, 0.2, 0.3)
"""* What a phone in a pocket sounds like."""
UNANSWERED_GROUPS = (Group.ADULT, Group.SILENCE, Group.ROOM)
UNANSWERED_WEIGHTS = (0.5, 0.3, 0.2)
"""* What is heard while an unanswered attempt rings."""
SILENT_GENUINE_GROUPS = (Group.SILENCE, Group.ROOM, Group.BABY, Group.KEYS)
SILENT_GENUINE_WEIGHTS = (0.6, 0.2, 0.1, 0.1)
"""* What is heard of somebody who cannot speak."""
MAIN_SPEAKER_SHARE = 0.7
"""* Of a household's adult calls: by its first adult."""


@dataclass(frozen=True, slots=True)
class Voices:
    """Clips of one pool of speakers: ``clips[group][speaker]`` are the keys of a speaker."""

    clips: Mapping[Group, Mapping[str, tuple[str, ...]]]

    def speakers(self, group: Group) -> list[str]:
        """Speakers of a group, in a fixed order."""
        return sorted(self.clips.get(group, {}))


def groups(profile: Profile, labels: NDArray[np.object_], rng: np.random.Generator) -> NDArray[np.object_]:
    """Draw what is heard in each call from what the call truly is."""
    count = len(labels)
    out = np.full(count, str(Group.ADULT), dtype=object)
    child = np.where(rng.random(count) < profile.youth_share, str(Group.YOUTH), str(Group.CHILD))
    place = rng.random(count)
    genuine = labels == Label.GENUINE
    cannot_speak = genuine & (place < profile.genuine_silent_share)
    edges = np.cumsum(
        [profile.genuine_silent_share, profile.genuine_child_share, profile.text_telephone_share]
    )
    out[genuine & (place >= edges[1]) & (place < edges[2])] = str(Group.TEXT_TELEPHONE)
    small = (labels == Label.CHILD_PLAY) | (genuine & (place >= edges[0]) & (place < edges[1]))
    out[small] = child[small]
    _fill(out, cannot_speak, SILENT_GENUINE_GROUPS, SILENT_GENUINE_WEIGHTS, rng)
    _fill(out, labels == Label.SILENT, SILENT_GROUPS, SILENT_WEIGHTS, rng)
    _fill(out, labels == Label.ABANDONED, UNANSWERED_GROUPS, UNANSWERED_WEIGHTS, rng)
    _fill(out, labels == Label.ACCIDENTAL, ACCIDENTAL_GROUPS, ACCIDENTAL_WEIGHTS, rng)
    return out


def choose_clips(
    profile: Profile, calls: pd.DataFrame, pools: Mapping[str, Voices], rng: np.random.Generator
) -> pd.DataFrame:
    """Choose a speaker and a clip for each call.

    Parameters
    ----------
    calls : DataFrame
        Columns ``caller`` (whole number), ``group`` and ``pool``.
    pools : mapping
        The voices of each pool; no speaker is in two of them.

    Returns
    -------
    DataFrame
        Columns ``bank_key`` and ``speaker``; None where the pool has no clip of the group.
    """
    members: dict[tuple[int, Group, str], list[str]] = {}
    draw_member, draw_clip = rng.random(len(calls)), rng.random(len(calls))
    draw_household = _own_stream(rng)
    keys: list[str | None] = []
    names: list[str | None] = []
    rows = zip(calls["caller"], calls["group"], calls["pool"], draw_member, draw_clip, strict=True)
    for caller, group_name, pool, member, clip in rows:
        group, voices = Group(group_name), pools[pool]
        place = (int(caller), group, pool)
        if place not in members:
            members[place] = _household(profile, voices, group, draw_household)
        speaker = _member(members[place], member)
        choice = voices.clips[group][speaker] if speaker else ()
        keys.append(choice[int(clip * len(choice))] if choice else None)
        names.append(speaker)
    return pd.DataFrame({"bank_key": keys, "speaker": names}, index=calls.index, dtype=object)


def _own_stream(rng: np.random.Generator) -> np.random.Generator:
    """A generator of its own, so that households do not shift the other draws."""
    return np.random.default_rng(rng.integers(2**63))


def _household(profile: Profile, voices: Voices, group: Group, rng: np.random.Generator) -> list[str]:
    speakers = voices.speakers(group)
    size = profile.household_adults if group is Group.ADULT else 1
    if not speakers or group not in (Group.ADULT, Group.CHILD, Group.YOUTH):
        return speakers
    return [
        speakers[place] for place in rng.choice(len(speakers), size=min(size, len(speakers)), replace=False)
    ]


def _member(household: list[str], draw: float) -> str | None:
    """The first member most of the time, the others evenly; any of the sounds that are no speakers."""
    if len(household) < 2:
        return household[0] if household else None
    if len(household) > 2:
        return household[int(draw * len(household))]
    return household[0] if draw < MAIN_SPEAKER_SHARE else household[1]


def _fill(
    out: NDArray[np.object_],
    where: NDArray[np.bool_],
    names: tuple[Group, ...],
    weights: tuple[float, ...],
    rng: np.random.Generator,
) -> None:
    out[where] = rng.choice([str(name) for name in names], size=int(where.sum()), p=weights)
