"""The real recordings that the feature bank and the ears are measured on. They stay where they are."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from prankfilter.audio.recording import Signal
from prankfilter.audio.telephone import LINE_RATE_HZ, to_line
from prankfilter.errors import BadInput
from prankfilter_training.simulation.voices import Group

Samples = NDArray[np.float32]

OLDEST_CHILD = 9
YOUNGEST_ADULT = 18

ESC10_GROUPS = {
    "Baby cry": Group.BABY,
    "Dog bark": Group.ANIMAL,
    "Rooster": Group.ANIMAL,
    "Person sneeze": Group.ANIMAL,
    "Rain": Group.ROOM,
    "Sea waves": Group.ROOM,
    "Clock tick": Group.ROOM,
    "Fire crackling": Group.ROOM,
    "Helicopter": Group.ROOM,
    "Chainsaw": Group.ROOM,
}
BABIES = 60
"""Of the 457 babies recorded by telephones, in the order of the table."""

FRAME_S = 0.02
TRIM_DB = 35.0
"""Edges that lie so far below the loudest frame are cut off a clean recording."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording. ``speaker`` of a sound that nobody makes is the recording itself."""

    path: Path
    speaker: str
    group: Group
    sex: str = ""
    age: int | None = None


def read_recordings(audio_root: Path) -> list[Recording]:
    """List all recordings that clips are made from, in a fixed order."""
    return [*read_voices(audio_root), *_sounds(audio_root), *_babies(audio_root)]


def read_voices(audio_root: Path) -> list[Recording]:
    """List the recordings of speakers whose age is known."""
    if not (audio_root / "speechocean762.csv").exists():
        raise BadInput(f"{audio_root} holds no speechocean762.csv; give --audio-root")
    return list(_speech(audio_root))


def babble(audio_root: Path) -> Samples:
    """Voices of adults reading digits, one after the other: only to make noise from."""
    parts = [load(audio_root / row["file"]) for row in _rows(audio_root / "fsdd.csv")]
    return np.concatenate(parts)


@lru_cache(maxsize=64)
def load(path: Path) -> Samples:
    """A recording on the line's 8 kHz, shape (n,), read-only. The clips of a speaker share recordings."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    line = to_line(Signal(samples.mean(axis=1), int(rate_hz), len(samples) / rate_hz))
    line.setflags(write=False)
    return line


def trimmed(samples: Samples) -> Samples:
    """Cut the edges off a clean recording: the silence around a prompt tells the room it was read in."""
    frame = round(FRAME_S * LINE_RATE_HZ)
    power = np.square(samples[: len(samples) // frame * frame]).reshape(-1, frame).mean(axis=1)
    if not power.size or power.max() == 0:
        return samples
    loud = np.flatnonzero(power >= power.max() * 10 ** (-TRIM_DB / 10))
    return samples[loud[0] * frame : (loud[-1] + 1) * frame]


def age_group(age: int) -> Group:
    """Child, youth or adult."""
    if age <= OLDEST_CHILD:
        return Group.CHILD
    return Group.ADULT if age >= YOUNGEST_ADULT else Group.YOUTH


def _speech(audio_root: Path) -> Iterator[Recording]:
    for row in _rows(audio_root / "speechocean762.csv"):
        age = int(float(row["age"]))
        speaker = f"speechocean762-{row['speaker']}"
        yield Recording(audio_root / row["file"], speaker, age_group(age), row["gender"], age)


def _sounds(audio_root: Path) -> Iterator[Recording]:
    for row in _rows(audio_root / "esc10.csv"):
        yield Recording(audio_root / row["file"], Path(row["file"]).stem, ESC10_GROUPS[row["sound"]])


def _babies(audio_root: Path) -> Iterator[Recording]:
    for place, row in enumerate(_rows(audio_root / "donateacry.csv")):
        if place < BABIES:
            yield Recording(audio_root / row["file"], f"donateacry-{place:03d}", Group.BABY)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
