"""Music: each author in one fold, packages held against their hashes, licences told for a card."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from prankfilter_training.bank.backgrounds import real_backgrounds
from prankfilter_training.music import unpacking
from prankfilter_training.music.pieces import FOLDS, PIECE_S, authors_in, pieces_of, read_piece
from prankfilter_training.music.works import UNKNOWN, WORKS, Package, Works

from prankfilter.errors import BadInput
from tests.sounds import RATE_HZ

MUSIC_RATE_HZ = 22050
FREE = ("CC BY-SA 3.0", "Expat (MIT)")


@pytest.fixture
def music_root(tmp_path: Path) -> Path:
    """Six authors, of whom the table knows one; the first has two recordings, one of them short."""
    for author in ("a", "b", "c", "d", "e", "macroform"):
        (tmp_path / author).mkdir()
        soundfile.write(
            tmp_path / author / "long.wav", np.linspace(0, 0.5, 20 * MUSIC_RATE_HZ), MUSIC_RATE_HZ
        )
    soundfile.write(tmp_path / "a" / "short.wav", np.zeros(3 * RATE_HZ), RATE_HZ)
    return tmp_path


class TestPieces:
    def test_nothing_of_an_author_is_in_two_folds(self, music_root: Path) -> None:
        folds: dict[str, set[int]] = {}
        for piece in pieces_of(music_root, 4):
            folds.setdefault(piece.author, set()).add(piece.fold)
        assert all(len(of_author) == 1 for of_author in folds.values())
        assert {fold for of_author in folds.values() for fold in of_author} == set(range(FOLDS))

    def test_every_author_has_about_as_many_whatever_the_recordings(self, music_root: Path) -> None:
        found = [piece.author for piece in pieces_of(music_root, 4)]
        assert {author: found.count(author) for author in set(found)} == dict.fromkeys(
            ("a", "b", "c", "d", "e", "macroform"), 4
        )

    def test_lie_within_the_recording_on_the_line_s_rate(self, music_root: Path) -> None:
        *_, last = (piece for piece in pieces_of(music_root, 2) if piece.author == "b")
        samples = read_piece(last.path, last.start_s)
        assert len(samples) == round(PIECE_S * RATE_HZ)
        middle_s = last.start_s + PIECE_S / 2
        assert samples[len(samples) // 2] == pytest.approx(0.5 * middle_s / 20, abs=0.01)
        short = next(piece for piece in pieces_of(music_root, 4) if piece.path.stem == "short")
        assert (short.start_s, len(read_piece(short.path, 0.0))) == (0.0, 3 * RATE_HZ)

    def test_the_speech_head_and_the_music_head_meet_an_author_in_the_same_fold(
        self, music_root: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        audio_root = tmp_path_factory.mktemp("audio")
        for name in ("esc10", "donateacry"):
            (audio_root / f"{name}.csv").write_text("file,sound,fold\n", encoding="utf-8")
        behind = {one.path: one.fold for one in real_backgrounds(audio_root, music_root)}
        assert behind == {piece.path: piece.fold for piece in pieces_of(music_root, 4)}

    def test_a_card_is_told_who_and_under_which_licence(self, music_root: Path) -> None:
        said = {author.name: author for author in authors_in(music_root)}
        assert said["Paul Shuler (Macroform)"].licence == "CC BY-SA 3.0"
        assert said["a"].licence == UNKNOWN
        assert said["a"].recordings == 2

    def test_no_folder_is_refused_with_the_command_that_makes_it(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="prankfilter-train music"):
            list(pieces_of(tmp_path / "nowhere", 4))


class TestWorks:
    def test_all_may_be_used_and_shared_for_money_too(self) -> None:
        assert {works.licence for works in WORKS} <= set(FREE)

    def test_every_author_has_a_folder_of_their_own_in_as_many_folds(self) -> None:
        assert len({works.folder for works in WORKS}) == len(WORKS) >= FOLDS


class TestPackages:
    def test_another_package_of_that_name_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(unpacking, "PACKAGES", [Package("songs", "1", "0" * 64)])
        with pytest.raises(BadInput, match="missing"):
            unpacking.unpack(tmp_path, tmp_path / "out")
        (tmp_path / "songs_1_all.deb").write_bytes(b"not that one")
        with pytest.raises(BadInput, match="SHA-256"):
            unpacking.unpack(tmp_path, tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_what_is_there_is_not_downloaded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(unpacking, "PACKAGES", [Package("songs", "1", "0" * 64)])
        monkeypatch.setattr(shutil, "which", lambda _: None)
        with pytest.raises(BadInput, match=r"songs_1_all\.deb"):
            unpacking.fetch(tmp_path)
        (tmp_path / "songs_1_all.deb").touch()
        unpacking.fetch(tmp_path)

    @pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
    def test_songs_go_to_their_authors(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        package = _built(tmp_path)
        monkeypatch.setattr(unpacking, "PACKAGES", [package])
        monkeypatch.setattr(
            unpacking,
            "WORKS",
            [
                Works("one", "One", FREE[0], package, "**/song.ogg"),
                Works("two", "Two", FREE[0], package, "**/two-*.ogg"),
            ],
        )
        assert unpacking.unpack(tmp_path, tmp_path / "out") == 3
        found = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").glob("*/*")}
        assert found == {"one/first_song.ogg", "one/second.ogg", "two/two-third.ogg"}


def _built(folder: Path) -> Package:
    """A package with songs that share a name, and one that does not."""
    tree = folder / "tree"
    for name in ("a/First Song/song.ogg", "a/Second/song.ogg", "a/two-Third.ogg", "a/credits.txt"):
        (tree / "usr" / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / "usr" / name).write_text(name, encoding="utf-8")
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text(
        "Package: songs\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: songs\n",
        encoding="utf-8",
    )
    path = folder / "songs_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", tree, path], check=True, capture_output=True)
    return Package("songs", "1", hashlib.sha256(path.read_bytes()).hexdigest())
