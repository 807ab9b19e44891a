"""Artefact folders: what was written is read; whatever was touched since is refused."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.bundle.folder import MANIFEST, SIGNATURE, parse_arrays, read_folder
from prankfilter.bundle.manifest import ARRAYS, Manifest
from prankfilter.bundle.trust import SHIPPED, Trust, read_trust, shipped_line
from prankfilter.bundle.writing import pack_arrays, write_folder
from prankfilter.errors import ArtefactCorrupt, ArtefactMissing, ArtefactUntrusted, BadArtefact
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.signing import Signer, signed_by
from tests.builders import model_draft

SIGNER = Signer(Keyring.ephemeral())
TRUST = Trust(signed=signed_by([SIGNER.public]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "models", model_draft(), sign=SIGNER.sign)


def resigned(folder: Path, change: Callable[[dict[str, object]], object]) -> Path:
    """Change the manifest and sign it again, as a trusted but mistaken author would."""
    document = json.loads((folder / MANIFEST).read_bytes())
    change(document)
    content = json.dumps(document).encode()
    (folder / MANIFEST).write_bytes(content)
    (folder / SIGNATURE).write_bytes(SIGNER.sign(content))
    return folder


class TestRoundTrip:
    def test_reads_what_was_written(self, folder: Path) -> None:
        draft = model_draft()
        artefact = read_folder(folder, TRUST, kind="model")
        assert folder.name == artefact.manifest.id == draft.id
        assert artefact.manifest.features == draft.features
        assert artefact.manifest.recipe == draft.recipe
        assert (artefact.manifest.ears, artefact.manifest.calendar) == (draft.ears, draft.calendar)
        assert (artefact.manifest.looks_s, artefact.manifest.kinds) == (draft.looks_s, draft.kinds)
        assert artefact.manifest.created_at == draft.created_at
        assert artefact.arrays.keys() == draft.arrays.keys()
        for name, array in draft.arrays.items():
            np.testing.assert_array_equal(artefact.arrays[name], array)
            assert artefact.arrays[name].dtype == array.dtype

    def test_the_arrays_cannot_be_changed(self, folder: Path) -> None:
        value = read_folder(folder, TRUST, kind="model").arrays["trees_value"]
        with pytest.raises(ValueError, match="read-only"):
            value[0] = 1.0

    def test_nothing_is_left_beside_it(self, folder: Path) -> None:
        assert list(folder.parent.iterdir()) == [folder]

    def test_every_file_is_named_with_its_hash(self, folder: Path) -> None:
        files = read_folder(folder, TRUST, kind="model").manifest.files
        assert files.keys() | {MANIFEST, SIGNATURE} == {path.name for path in folder.iterdir()}

    def test_time_card_and_estimator_are_outside_the_id(self) -> None:
        later = model_draft(created_at=model_draft().created_at.replace(year=2027), files={"card.md": b"new"})
        assert later.id == model_draft().id

    def test_a_folder_that_is_there_never_changes(self, folder: Path) -> None:
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        again = write_folder(folder.parent, model_draft(files={"card.md": b"another card"}), sign=SIGNER.sign)
        assert again == folder
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before

    def test_nothing_half_written_is_left(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def pulled_plug(descriptor: int) -> None:
            raise OSError("power is gone")

        monkeypatch.setattr("os.fsync", pulled_plug)
        with pytest.raises(OSError, match="power"):
            write_folder(tmp_path, model_draft(), sign=SIGNER.sign)
        assert not (tmp_path / model_draft().id).exists()
        monkeypatch.undo()
        assert read_folder(write_folder(tmp_path, model_draft(), sign=SIGNER.sign), TRUST, kind="model")

    def test_objects_that_would_need_pickle_are_not_written(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="allow_pickle"):
            write_folder(tmp_path, model_draft(arrays={"x": np.array([object()])}), sign=None)

    def test_strange_files_are_not_written(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"model\.pkl"):
            write_folder(tmp_path, model_draft(files={"model.pkl": b""}), sign=None)


class TestTrust:
    def test_a_shipped_hash_is_enough(self, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, model_draft(), sign=None)
        (tmp_path / "trusted").mkdir()
        line = shipped_line(f"{folder.name}/{MANIFEST}", (folder / MANIFEST).read_bytes())
        (tmp_path / SHIPPED).write_text(line)
        assert read_folder(folder, read_trust(tmp_path), kind="model").manifest.id == folder.name

    def test_a_shipped_hash_counts_for_its_own_folder_only(self, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, model_draft(), sign=None)
        line = shipped_line(f"{'0' * 16}/{MANIFEST}", (folder / MANIFEST).read_bytes())
        (tmp_path / "trusted").mkdir()
        (tmp_path / SHIPPED).write_text(line)
        with pytest.raises(ArtefactUntrusted):
            read_folder(folder, read_trust(tmp_path), kind="model")

    def test_a_public_key_in_the_folder_is_enough(self, folder: Path) -> None:
        models = folder.parent
        with pytest.raises(ArtefactUntrusted, match="prankfilter-train trust KEY"):
            read_folder(folder, read_trust(models), kind="model")
        (models / "trusted").mkdir()
        (models / "trusted" / "centre.pub").write_text(SIGNER.public + "\n")
        assert read_folder(folder, read_trust(models), kind="model")

    def test_a_spoilt_key_does_not_spoil_the_others(
        self, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (folder.parent / "trusted").mkdir()
        (folder.parent / "trusted" / "a.pub").write_text("ssh-ed25519 AAAA")
        (folder.parent / "trusted" / "b.pub").write_text(SIGNER.public)
        assert read_folder(folder, read_trust(folder.parent), kind="model")
        assert "a.pub" in caplog.text

    def test_another_key_is_not(self, folder: Path) -> None:
        stranger = Trust(signed=signed_by([Signer(Keyring.ephemeral()).public]))
        with pytest.raises(ArtefactUntrusted, match="neither shipped nor signed"):
            read_folder(folder, stranger, kind="model")

    def test_nor_is_no_signature(self, folder: Path) -> None:
        (folder / SIGNATURE).unlink()
        with pytest.raises(ArtefactUntrusted):
            read_folder(folder, TRUST, kind="model")

    def test_nor_the_signature_of_another_bundle(self, folder: Path) -> None:
        other = write_folder(folder.parent, model_draft(recipe={"seed": 2}), sign=SIGNER.sign)
        shutil.copy(other / SIGNATURE, folder / SIGNATURE)
        with pytest.raises(ArtefactUntrusted):
            read_folder(folder, TRUST, kind="model")

    def test_a_spoilt_list_of_shipped_hashes_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "trusted").mkdir()
        (tmp_path / SHIPPED).write_text("abc  x/manifest.json\n")
        with pytest.raises(ArtefactCorrupt, match="line 1"):
            read_trust(tmp_path)


class TestRefusals:
    """Each names the file and what to do."""

    def test_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ArtefactMissing, match=r"nowhere is missing\. Restore it .* rollback"):
            read_folder(tmp_path / "nowhere", TRUST, kind="model")

    @pytest.mark.parametrize("name", [MANIFEST, ARRAYS, "card.md", "evaluation.json", "estimator.joblib"])
    def test_a_file_is_missing(self, folder: Path, name: str) -> None:
        (folder / name).unlink()
        with pytest.raises(ArtefactMissing, match=name):
            read_folder(folder, TRUST, kind="model")

    @pytest.mark.parametrize("name", [ARRAYS, "card.md", "evaluation.json", "estimator.joblib"])
    def test_a_file_was_changed(self, folder: Path, name: str) -> None:
        (folder / name).write_bytes((folder / name).read_bytes() + b" ")
        with pytest.raises(ArtefactCorrupt, match=f"{name}: its SHA-256"):
            read_folder(folder, TRUST, kind="model")

    def test_a_file_is_a_folder(self, folder: Path) -> None:
        (folder / "card.md").unlink()
        (folder / "card.md").mkdir()
        with pytest.raises(ArtefactCorrupt, match="is no file"):
            read_folder(folder, TRUST, kind="model")

    @pytest.mark.parametrize("name", [MANIFEST, SIGNATURE, ARRAYS, "card.md"])
    def test_a_file_is_too_large_to_be_read_at_all(self, folder: Path, name: str) -> None:
        with (folder / name).open("r+b") as file:
            file.truncate(100_000_000)
        with pytest.raises(ArtefactCorrupt, match=r"100000000 bytes, \d+ are allowed"):
            read_folder(folder, TRUST, kind="model")

    def test_another_kind(self, folder: Path) -> None:
        with pytest.raises(ArtefactCorrupt, match="not of ears"):
            read_folder(folder, TRUST, kind="ears")

    def test_another_bundle_under_this_name(self, folder: Path) -> None:
        other = write_folder(folder.parent, model_draft(recipe={"seed": 2}), sign=SIGNER.sign)
        shutil.rmtree(folder)
        other.rename(folder)
        with pytest.raises(ArtefactCorrupt, match=other.name):
            read_folder(folder, TRUST, kind="model")

    @pytest.mark.parametrize(
        "change",
        [
            lambda document: document.update(recipe={"seed": 2}),
            lambda document: document.update(features=[{"name": "calls_1h_count", "version": 2}]),
            lambda document: document.update(features=[]),
        ],
        ids=["recipe", "version", "rows"],
    )
    def test_content_that_the_id_is_no_hash_of(
        self, folder: Path, change: Callable[[dict[str, object]], object]
    ) -> None:
        with pytest.raises(ArtefactCorrupt, match="not what the id is a hash of"):
            read_folder(resigned(folder, change), TRUST, kind="model")

    @pytest.mark.parametrize(
        "change",
        [
            lambda document: document.update(format=2),
            lambda document: document.pop("looks_s"),
            lambda document: document.update(features=[["calls_1h_count", 1]]),
            lambda document: document.update(created_at="2026-09-16T10:30:00"),
            lambda document: document.update(files={"../../elsewhere": "0" * 64}),
            lambda document: document.update(files={"arrays.npz": "short"}),
            lambda document: document.update(files={}),
            lambda document: document.update(recipe=None),
            lambda document: document.update(id="../x"),
        ],
    )
    def test_a_manifest_of_another_form(
        self, folder: Path, change: Callable[[dict[str, object]], object]
    ) -> None:
        with pytest.raises(ArtefactCorrupt, match=r"manifest\.json"):
            read_folder(resigned(folder, change), TRUST, kind="model")

    @pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"\xff", b'{"format": 1}'])
    def test_what_is_no_manifest(self, folder: Path, content: bytes) -> None:
        (folder / MANIFEST).write_bytes(content)
        (folder / SIGNATURE).write_bytes(SIGNER.sign(content))
        with pytest.raises(ArtefactCorrupt, match="another version of prankfilter"):
            read_folder(folder, TRUST, kind="model")


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Flip one bit, cut the end off, or lose or double a byte."""
    place = draw.randrange(len(content))
    return draw.choice(
        [
            content[:place] + bytes([content[place] ^ 1 << draw.randrange(8)]) + content[place + 1 :],
            content[:place],
            content[:place] + content[place + 1 :],
            content[: place + 1] + content[place:],
        ]
    )


@pytest.mark.parametrize("trusted", ["signed", "shipped"])
def test_a_thousand_damages_are_all_refused(tmp_path: Path, trusted: str) -> None:
    """Half of them to a folder trusted by signature, half to one trusted by hash."""
    folder = write_folder(tmp_path, model_draft(), sign=SIGNER.sign if trusted == "signed" else None)
    manifest = (folder / MANIFEST).read_bytes()
    shipped = hashlib.sha256(manifest).hexdigest() if trusted == "shipped" else ""
    trust = Trust({f"{folder.name}/{MANIFEST}": shipped}, TRUST.signed)
    assert read_folder(folder, trust, kind="model")
    draw = random.Random(112)
    contents = {path: path.read_bytes() for path in folder.iterdir()}
    refused = 0
    while refused < 500:
        path, content = draw.choice(sorted(contents.items()))
        spoilt = damaged(content, draw)
        if spoilt == content or (path.name == SIGNATURE and spoilt.split() == content.split()):
            continue  # A doubled byte among equals is no damage, nor is white space around a signature.
        path.write_bytes(spoilt)
        with pytest.raises(BadArtefact):
            read_folder(folder, trust, kind="model")
        path.write_bytes(content)
        refused += 1


PACKED = pack_arrays(model_draft().arrays)


@given(seed=st.integers(0, 2**32))
def test_the_reader_of_arrays_refuses_in_one_way_only(seed: int) -> None:
    """Were damage signed by a trusted key, it would still be named, or harmless."""
    spoilt = damaged(PACKED, random.Random(seed))
    try:
        arrays = parse_arrays(spoilt, Path("arrays.npz"))
    except ArtefactCorrupt as refusal:
        assert "arrays.npz" in str(refusal)
    else:
        assert all(array.dtype != object for array in arrays.values())


def test_a_small_file_that_unpacks_to_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prankfilter.bundle.folder.UNPACKED_CAP_BYTES", 1_000_000)
    bomb = pack_arrays({"x": np.zeros(200_000)})
    assert len(bomb) < 10_000
    with pytest.raises(ArtefactCorrupt, match="1 arrays of 1600128 bytes, which is too much"):
        parse_arrays(bomb, Path("arrays.npz"))


def test_pickled_objects_are_refused() -> None:
    pickled = io.BytesIO()
    np.savez(pickled, x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ArtefactCorrupt, match="allow_pickle"):
        parse_arrays(pickled.getvalue(), Path("arrays.npz"))


def test_a_draft_says_what_a_manifest_says() -> None:
    """Whoever adds a field to one must add it to the other."""
    drafted = {field.name for field in dataclasses.fields(model_draft())} - {"arrays"}
    assert drafted | {"id"} == {field.name for field in dataclasses.fields(Manifest)}
