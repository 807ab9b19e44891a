"""Certificates on disk: bound by their content, trusted like models, refused where they prove nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prankfilter.bundle.certificates import (
    FOLDER,
    load_certificates,
    read_certificate,
    write_certificate,
    write_certificate_file,
)
from prankfilter.bundle.trust import SHIPPED, Trust, read_trust, shipped_line
from prankfilter.errors import ArtefactCorrupt, ArtefactMissing, ArtefactUntrusted, BadArtefact
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.signing import Signer, signed_by
from prankfilter.vocabulary import CERTIFIED_STRATA, Certificate, Stratum, StratumBound
from tests.builders import ago, certificate

SIGNER = Signer(Keyring.ephemeral())
TRUST = Trust(signed=signed_by([SIGNER.public]))


def proof(**over: Any) -> Certificate:
    return certificate(**{"period_end": ago(days=30), "expires_at": ago(days=-60)} | over)


def bound(**over: Any) -> StratumBound:
    known: dict[str, Any] = {"threshold": 5.0, "genuine_callers": 2995, "hits": 0, "worst_case_share": 0.001}
    return StratumBound(**known | over)


def written(models: Path, **over: Any) -> Path:
    named = write_certificate(models, proof(**over), sign=SIGNER.sign)
    return models / FOLDER / f"{named.id}.json"


def forged(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Change what it says, give it the id of that and sign it, as a trusted but mistaken author would."""
    document = json.loads(path.read_bytes())
    change(document)
    content = json.dumps(document).encode()
    path.write_bytes(content)
    path.with_suffix(".sig").write_bytes(SIGNER.sign(content))
    return path


class TestRoundTrip:
    def test_reads_what_was_written(self, tmp_path: Path) -> None:
        path = written(tmp_path, ledger=("a" * 64,))
        read = read_certificate(path, TRUST)
        assert read == proof(id=path.stem, ledger=("a" * 64,))
        assert read.strata.keys() == set(CERTIFIED_STRATA)

    def test_the_writer_returns_what_the_reader_reads(self, tmp_path: Path) -> None:
        named = write_certificate(tmp_path, proof(), sign=SIGNER.sign)
        assert load_certificates(tmp_path, TRUST) == (named,)

    def test_suspension_is_no_part_of_it(self, tmp_path: Path) -> None:
        assert write_certificate(tmp_path, proof(suspended=True), sign=SIGNER.sign) == write_certificate(
            tmp_path, proof(), sign=SIGNER.sign
        )

    def test_what_else_it_tells_makes_the_id_too(self, tmp_path: Path) -> None:
        plain = write_certificate(tmp_path, proof(), sign=SIGNER.sign)
        told = write_certificate(tmp_path, proof(), sign=SIGNER.sign, extra={"mislabelled_to_break": 3})
        assert plain.id != told.id
        assert len(load_certificates(tmp_path, TRUST)) == 2

    def test_the_newest_comes_last(self, tmp_path: Path) -> None:
        ends = [ago(days=days) for days in (31, 35, 30, 33)]
        for end in ends:
            written(tmp_path, period_end=end, expires_at=end + dt.timedelta(days=90))
        assert [read.period_end for read in load_certificates(tmp_path, TRUST)] == sorted(ends)

    def test_without_a_folder_there_are_none(self, tmp_path: Path) -> None:
        assert load_certificates(tmp_path, TRUST) == ()


class TestTrust:
    def test_a_shipped_hash_is_enough(self, tmp_path: Path) -> None:
        named = write_certificate(tmp_path, proof(), sign=None)
        name = f"{FOLDER}/{named.id}.json"
        (tmp_path / "trusted").mkdir()
        (tmp_path / SHIPPED).write_text(shipped_line(name, (tmp_path / name).read_bytes()))
        assert load_certificates(tmp_path, read_trust(tmp_path)) == (named,)

    def test_a_shipped_hash_is_that_of_its_content(self, tmp_path: Path) -> None:
        path = written(tmp_path)
        trust = Trust({f"{FOLDER}/{path.name}": "0" * 64})
        with pytest.raises(ArtefactUntrusted):
            read_certificate(path, trust)

    def test_nothing_is_not(self, tmp_path: Path) -> None:
        with pytest.raises(ArtefactUntrusted, match=r"certificates/[0-9a-f]{16}\.json is neither"):
            read_certificate(written(tmp_path), Trust())

    def test_another_key_is_not(self, tmp_path: Path) -> None:
        stranger = Trust(signed=signed_by([Signer(Keyring.ephemeral()).public]))
        with pytest.raises(ArtefactUntrusted):
            read_certificate(written(tmp_path), stranger)

    def test_one_that_is_refused_does_not_take_the_others_with_it(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        spoilt, sound = written(tmp_path, alpha=0.002), written(tmp_path)
        spoilt.write_bytes(spoilt.read_bytes().replace(b"0.002", b"0.009"))
        assert [read.id for read in load_certificates(tmp_path, TRUST)] == [sound.stem]
        assert spoilt.stem in caplog.text

    def test_every_bit_counts(self, tmp_path: Path) -> None:
        path = written(tmp_path)
        content = path.read_bytes()
        draw = random.Random(112)
        for _ in range(300):
            place = draw.randrange(len(content))
            flipped = bytes([content[place] ^ 1 << draw.randrange(8)])
            path.write_bytes(content[:place] + flipped + content[place + 1 :])
            with pytest.raises(BadArtefact):
                read_certificate(path, TRUST)


class TestRefusals:
    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(ArtefactMissing):
            read_certificate(tmp_path / "0.json", TRUST)

    @pytest.mark.parametrize(
        "change",
        [
            lambda document: document.update(alpha=0.01),
            lambda document: document.update(basis="real"),
            lambda document: document.update(id="0" * 16),
            lambda document: document["strata"]["other"].update(threshold=-100.0),
            lambda document: document["extra"].update(note="nothing"),
        ],
    )
    def test_an_id_that_is_not_the_hash_of_its_content(
        self, tmp_path: Path, change: Callable[[dict[str, Any]], object]
    ) -> None:
        with pytest.raises(ArtefactCorrupt, match=r"its id is not the hash .*prankfilter-train certify"):
            read_certificate(forged(written(tmp_path), change), TRUST)

    def test_another_name_than_its_id(self, tmp_path: Path) -> None:
        path = written(tmp_path)
        other = path.with_stem("0" * 16)
        path.rename(other)
        path.with_suffix(".sig").rename(other.with_suffix(".sig"))
        with pytest.raises(ArtefactCorrupt, match="its id is not"):
            read_certificate(other, TRUST)

    @pytest.mark.parametrize(
        "change",
        [
            lambda document: document.update(format=2),
            lambda document: document.pop("alpha"),
            lambda document: document.update(basis="guessed"),
            lambda document: document["strata"].update(everyone=document["strata"]["other"]),
            lambda document: document["strata"]["other"].update(threshold="5", more=1),
            lambda document: document.update(strata=[]),
            lambda document: document.update(expires_at=None),
            lambda document: document.update(period_end="soon"),
        ],
    )
    def test_one_of_another_form(self, tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> None:
        with pytest.raises(ArtefactCorrupt, match="it cannot be read"):
            read_certificate(forged(written(tmp_path), change), TRUST)

    @pytest.mark.parametrize("content", [b"", b"[]", b"null", b'"text"', b"\xff\xfe", b"1e999"])
    def test_what_is_no_certificate(self, tmp_path: Path, content: bytes) -> None:
        path = written(tmp_path)
        path.write_bytes(content)
        path.with_suffix(".sig").write_bytes(SIGNER.sign(content))
        with pytest.raises(ArtefactCorrupt, match="it cannot be read"):
            read_certificate(path, TRUST)


NO_PROOF: tuple[tuple[str, dict[str, Any]], ...] = (
    ("alpha 0.0", {"alpha": 0.0}),
    ("alpha 1.0", {"alpha": 1.0}),
    ("alpha nan", {"alpha": math.nan}),
    ("confidence 1.0", {"confidence": 1.0}),
    ("confidence -0.5", {"confidence": -0.5}),
    ("no offset", {"period_end": dt.datetime(2026, 8, 1)}),  # noqa: DTZ001
    ("not in order", {"period_start": ago(days=29)}),
    ("not in order", {"expires_at": ago(days=30)}),
    ("longer than 90 days", {"expires_at": ago(days=-60, hours=-1)}),
    ("no stratum", {"strata": {}}),
    ("silent is observe-only", {"strata": {Stratum.SILENT: bound()}}),
    ("child is observe-only", {"strata": {Stratum.CHILD: bound()}}),
    ("no_number is observe-only", {"strata": {Stratum.NO_NUMBER: bound()}}),
    ("threshold of other", {"strata": {Stratum.OTHER: bound(threshold=-math.inf)}}),
    ("threshold of other", {"strata": {Stratum.OTHER: bound(threshold=math.inf)}}),
    ("threshold of other", {"strata": {Stratum.OTHER: bound(threshold=math.nan)}}),
    ("threshold of other", {"strata": {Stratum.OTHER: bound(threshold="5")}}),
    ("threshold of other", {"strata": {Stratum.OTHER: bound(threshold=True)}}),
    ("counts 0 of 0", {"strata": {Stratum.OTHER: bound(genuine_callers=0)}}),
    ("counts 3000 of 2995", {"strata": {Stratum.OTHER: bound(hits=3000)}}),
    ("counts -1 of 2995", {"strata": {Stratum.OTHER: bound(hits=-1)}}),
    ("counts 0.5 of 2995", {"strata": {Stratum.OTHER: bound(hits=0.5)}}),
    ("does not keep to alpha", {"strata": {Stratum.OTHER: bound(worst_case_share=0.0011)}}),
    ("does not keep to alpha", {"strata": {Stratum.OTHER: bound(worst_case_share=math.nan)}}),
    ("does not keep to alpha", {"strata": {Stratum.OTHER: bound(worst_case_share=0.0)}}),
)


@pytest.mark.parametrize(("complaint", "over"), NO_PROOF)
def test_figures_that_are_no_proof_are_not_written(
    tmp_path: Path, complaint: str, over: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=complaint):
        write_certificate(tmp_path, proof(**over), sign=SIGNER.sign)
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize(
    ("complaint", "over"), [row for row in NO_PROOF if not re.search("nan|inf", str(row[1]))]
)
def test_nor_are_they_read(
    tmp_path: Path, complaint: str, over: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where another program wrote and signed them. (JSON has no NaN and no infinities.)"""
    with monkeypatch.context() as careless:
        careless.setattr("prankfilter.bundle.certificates._complaints", lambda certificate: iter(()))
        path = written(tmp_path, **over)
    with pytest.raises(ArtefactCorrupt, match=complaint):
        read_certificate(path, TRUST)


def test_infinity_is_no_threshold_even_where_json_allows_it(tmp_path: Path) -> None:
    path = forged(written(tmp_path), lambda document: document["strata"]["other"].update(threshold=math.inf))
    with pytest.raises(ArtefactCorrupt):
        read_certificate(path, TRUST)


def test_a_document_says_what_a_certificate_says(tmp_path: Path) -> None:
    """Whoever adds a field to `Certificate` must write it down."""
    document = json.loads(written(tmp_path).read_bytes())
    fields = {field.name for field in dataclasses.fields(Certificate)} - {"suspended"}
    assert fields | {"format", "extra"} == document.keys()


class TestFilesElsewhere:
    """``certify --out F``: a file of any name, its signature beside it."""

    def test_any_name_is_read_where_no_service_looks_for_it(self, tmp_path: Path) -> None:
        path = tmp_path / "for the auditor.json"
        named = write_certificate_file(path, proof(), sign=SIGNER.sign)
        assert read_certificate(path, TRUST) == named
        assert path.with_suffix(".sig").exists()
        assert load_certificates(tmp_path, TRUST) == ()

    def test_it_is_the_certificate_that_the_folder_would_hold(self, tmp_path: Path) -> None:
        path = tmp_path / "one.json"
        named = write_certificate_file(path, proof(), sign=SIGNER.sign, extra={"note": 1})
        assert write_certificate(tmp_path, proof(), sign=SIGNER.sign, extra={"note": 1}) == named
        assert (tmp_path / FOLDER / f"{named.id}.json").read_bytes() == path.read_bytes()

    def test_its_id_is_the_hash_of_its_content_there_too(self, tmp_path: Path) -> None:
        path = tmp_path / "one.json"
        write_certificate_file(path, proof(), sign=SIGNER.sign)
        with pytest.raises(ArtefactCorrupt, match="its id is not the hash"):
            read_certificate(forged(path, lambda document: document.update(alpha=0.01)), TRUST)

    def test_without_its_signature_it_is_not_trusted(self, tmp_path: Path) -> None:
        path = tmp_path / "one.json"
        write_certificate_file(path, proof(), sign=SIGNER.sign)
        path.with_suffix(".sig").unlink()
        with pytest.raises(ArtefactUntrusted):
            read_certificate(path, TRUST)
