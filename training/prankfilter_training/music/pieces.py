"""Pieces of music, cut from a folder that holds one folder of recordings an author."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import soundfile

from prankfilter.audio.recording import Signal
from prankfilter.audio.telephone import to_line
from prankfilter.errors import BadInput
from prankfilter_training.bank.recordings import Samples
from prankfilter_training.music.works import UNKNOWN, works_in

FOLDS = 5
PIECE_S = 11.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a recording; nothing of one author is in two folds."""

    author: str
    fold: int
    path: Path
    start_s: float


@dataclass(frozen=True, slots=True)
class Author:
    """Who made some of the music, for a card."""

    name: str
    licence: str
    package: str
    recordings: int


def pieces_of(music_root: Path, an_author: int) -> Iterator[Piece]:
    """So many pieces of each author, evenly spread over the recordings and within each.

    Parameters
    ----------
    music_root : Path
        Folder with one folder of recordings an author, at any rate that libsndfile reads.
    an_author : int
        About how many pieces, at least one of each recording.
    """
    for place, folder in enumerate(_folders(music_root)):
        recordings = _recordings(folder)
        count = max(1, an_author // len(recordings))
        for path in recordings:
            room_s = max(0.0, soundfile.info(path).duration - PIECE_S)
            for number in range(count):
                yield Piece(folder.name, place % FOLDS, path, room_s * (number + 0.5) / count)


def read_piece(path: Path, start_s: float) -> Samples:
    """A stretch of a long recording, on the line's 8 kHz, shape (88000,) or less at the recording's end."""
    with soundfile.SoundFile(path) as file:
        file.seek(round(start_s * file.samplerate))
        samples = file.read(round(PIECE_S * file.samplerate), dtype="float32", always_2d=True).mean(axis=1)
        return to_line(Signal(samples, file.samplerate, len(samples) / file.samplerate))


def authors_in(music_root: Path) -> list[Author]:
    """Who made the music in a folder, with the licences that the table of works knows."""
    found = []
    for folder in _folders(music_root):
        works, count = works_in(folder.name), len(_recordings(folder))
        if works is None:
            found.append(Author(folder.name, UNKNOWN, UNKNOWN, count))
        else:
            package = f"{works.package.name} {works.package.version}"
            found.append(Author(works.author, works.licence, package, count))
    return found


def _folders(music_root: Path) -> list[Path]:
    if not music_root.is_dir():
        raise BadInput(f"{music_root} is no folder; `prankfilter-train music --out {music_root}` makes it")
    folders = sorted(folder for folder in music_root.iterdir() if folder.is_dir() and _recordings(folder))
    if len(folders) < FOLDS:
        raise BadInput(
            f"{music_root} holds music of {len(folders)} authors in folders of their own; {FOLDS} are needed "
            "(`prankfilter-train music` fetches more)"
        )
    return folders


def _recordings(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())
