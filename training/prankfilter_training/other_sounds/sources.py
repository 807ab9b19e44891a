"""What the heads for other sounds are fitted and measured on: who or what is heard, dealt into folds.

Nothing of one source is in two folds: a speaker, a telephone that recorded a baby, a recording that ESC-10
cut in several pieces, an author of music.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prankfilter.errors import BadInput
from prankfilter_training.bank.recordings import age_group
from prankfilter_training.music.pieces import pieces_of
from prankfilter_training.simulation.voices import Group

FOLDS = 5
BABY_CRY, MUSIC = "baby cry", "music"
CHILD, YOUTH, WOMAN, MAN = "child", "10-17 years", "woman", "man"
SPEECH = (CHILD, YOUTH, WOMAN, MAN)
KEYS, PROGRESS, TEXT_TELEPHONE = "telephone keys", "ring and busy tones", "text telephone"
BABBLE, SILENCE = "babble", "line without sound"
SYNTHETIC = {KEYS: 20, PROGRESS: 20, TEXT_TELEPHONE: 20, BABBLE: 40, SILENCE: 40}
"""Contents that are made rather than recorded, and how many of each."""

PIECES_AN_AUTHOR = 40
DEVICE_LETTERS = 36
"""A file of donateacry begins with the identity of the telephone that recorded it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Something that clips are cut from.

    Attributes
    ----------
    content : str
        What is heard: one of the constants above, or the name that ESC-10 gives a sound, in small letters.
    group : str
        What is never torn apart by folds or by the bootstrap.
    fold : int
        0 to 4.
    paths : tuple of Path
        Recordings; those of a speaker are chained. Empty where it is synthesised.
    start_s : float or None
        Where a piece of music begins.
    """

    content: str
    group: str
    fold: int
    paths: tuple[Path, ...] = ()
    start_s: float | None = None


def read_sources(audio_root: Path, music_root: Path | None) -> list[Source]:
    """List all sources in a fixed order.

    Parameters
    ----------
    audio_root : Path
        Folder with ``speechocean762.csv``, ``fsdd.csv``, ``esc10.csv`` and ``donateacry.csv``.
    music_root : Path or None
        Folder with one folder of recordings an author; five authors at least.
    """
    if not (audio_root / "donateacry.csv").exists():
        raise BadInput(f"{audio_root} holds no donateacry.csv; give --audio-root")
    made = (
        Source(content, f"{content} {number}", number % FOLDS)
        for content, count in SYNTHETIC.items()
        for number in range(count)
    )
    music = music_sources(music_root) if music_root is not None else ()
    return [*_speakers(audio_root), *_esc10(audio_root), *_babies(audio_root), *music, *made]


def _speakers(audio_root: Path) -> Iterator[Source]:
    files: defaultdict[tuple[str, str], list[Path]] = defaultdict(list)
    for row in _rows(audio_root / "speechocean762.csv"):
        files[_voice(row), f"speechocean762 {row['speaker']}"].append(audio_root / row["file"])
    for row in _rows(audio_root / "fsdd.csv"):
        files[MAN, f"fsdd {row['speaker']}"].append(audio_root / row["file"])
    for content in SPEECH:
        yield from _dealt(
            {group: paths for (voice, group), paths in files.items() if voice == content}, content
        )


def _voice(row: dict[str, str]) -> str:
    group = age_group(int(float(row["age"])))
    if group is Group.ADULT:
        return WOMAN if row["gender"] == "f" else MAN
    return CHILD if group is Group.CHILD else YOUTH


def _dealt(groups: dict[str, list[Path]], content: str) -> Iterator[Source]:
    """Groups dealt evenly, in an order that has nothing to do with their names."""
    for place, group in enumerate(sorted(groups, key=_shuffled)):
        yield Source(content, group, place % FOLDS, tuple(groups[group]))


def _esc10(audio_root: Path) -> Iterator[Source]:
    """A file is named FOLD-RECORDING-PIECE."""
    for row in _rows(audio_root / "esc10.csv"):
        recording = Path(row["file"]).stem.split("-")[1]
        yield Source(
            row["sound"].lower(), f"esc10 {recording}", int(row["fold"]) - 1, (audio_root / row["file"],)
        )


def _babies(audio_root: Path) -> Iterator[Source]:
    files: defaultdict[str, list[Path]] = defaultdict(list)
    for row in _rows(audio_root / "donateacry.csv"):
        path = audio_root / row["file"]
        files[f"donateacry {path.name[:DEVICE_LETTERS].lower()}"].append(path)
    for whole in _dealt(files, BABY_CRY):
        for path in whole.paths:
            yield Source(BABY_CRY, whole.group, whole.fold, (path,))


def music_sources(music_root: Path) -> Iterator[Source]:
    """Pieces of music; every author is a fold, or shares one."""
    for piece in pieces_of(music_root, PIECES_AN_AUTHOR):
        yield Source(MUSIC, f"music {piece.author}", piece.fold, (piece.path,), piece.start_s)


def _shuffled(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
