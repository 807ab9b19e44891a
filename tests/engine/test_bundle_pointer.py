"""The pointer to the model that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from prankfilter.bundle.pointer import CURRENT, read_current, write_current
from prankfilter.errors import ArtefactCorrupt, ArtefactMissing

MODEL_ID = "0123456789abcdef"


def test_reads_what_was_written_last(tmp_path: Path) -> None:
    write_current(tmp_path, "f" * 16)
    write_current(tmp_path, MODEL_ID)
    assert read_current(tmp_path) == MODEL_ID


def test_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_current(tmp_path, MODEL_ID)
    assert [path.name for path in tmp_path.iterdir()] == [CURRENT]


def test_a_failed_write_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_current(tmp_path, MODEL_ID)

    def full_disk(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_current(tmp_path, "f" * 16)
    assert read_current(tmp_path) == MODEL_ID


def test_without_one_the_refusal_names_file_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(ArtefactMissing, match=r"current is missing\. Restore it"):
        read_current(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n", b"../../etc/passwd", b"0123456789ABCDEF", b"\xff" * 16])
def test_refuses_what_is_no_model_id(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CURRENT).write_bytes(content)
    with pytest.raises(ArtefactCorrupt, match="prankfilter-train promote"):
        read_current(tmp_path)


def test_refuses_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / CURRENT).write_bytes(b" " * 5000 + MODEL_ID.encode())
    with pytest.raises(ArtefactCorrupt, match="5016 bytes"):
        read_current(tmp_path)


def test_never_writes_what_is_no_model_id(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no model id"):
        write_current(tmp_path, "../elsewhere")
