"""Keys that a folder of models trusts: what they let run, and what their removal stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from prankfilter.bundle.journal import Event, read_journal
from prankfilter.bundle.pointer import write_current
from prankfilter.bundle.trust import read_trust
from prankfilter.bundle.writing import write_folder
from prankfilter.classifier.candidacy import open_bundle
from prankfilter.classifier.promotion import Order
from prankfilter.classifier.trusting import distrust_key, trust_key
from prankfilter.errors import ArtefactUntrusted, BadInput
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.signing import Signer
from tests.builders import NOW, model_draft
from tests.bundles import shelve

SIGNER = Signer(Keyring.ephemeral())
ORDER = Order(by="sari", reason="the province signs too", at=NOW)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder in which a model runs that came with the product."""
    shelve(tmp_path)
    return tmp_path


def signed_model(models: Path) -> str:
    return write_folder(models, model_draft(recipe={"seed": 9}), sign=SIGNER.sign).name


def test_what_a_trusted_key_signs_is_believed(models: Path) -> None:
    model_id = signed_model(models)
    assert isinstance(open_bundle(models, model_id, read_trust(models)).untrusted, ArtefactUntrusted)
    assert trust_key(models, f"  {SIGNER.public}\n", ORDER) == SIGNER.key_id
    assert open_bundle(models, model_id, read_trust(models)).untrusted is None


def test_the_journal_tells_who_trusted_whom(models: Path) -> None:
    trust_key(models, SIGNER.public, ORDER)
    distrust_key(models, SIGNER.key_id, ORDER)
    *_, trusted, distrusted = read_journal(models).entries
    assert (trusted.event, distrusted.event) == (Event.TRUST, Event.DISTRUST)
    for entry in (trusted, distrusted):
        assert (entry.by, entry.reason, entry.facts["key"]) == ("sari", ORDER.reason, SIGNER.key_id)


def test_a_key_that_is_removed_says_what_it_stops(models: Path) -> None:
    trust_key(models, SIGNER.public, ORDER)
    model_id = signed_model(models)
    write_current(models, model_id)
    assert isinstance(distrust_key(models, SIGNER.key_id, ORDER), ArtefactUntrusted)
    assert open_bundle(models, model_id, read_trust(models)).untrusted is not None


def test_a_key_that_nothing_rests_on_stops_nothing(models: Path) -> None:
    trust_key(models, SIGNER.public, ORDER)
    assert distrust_key(models, SIGNER.key_id, ORDER) is None


@pytest.mark.parametrize("name", ["0" * 16, "../current", "*", ""])
def test_only_a_key_that_is_there_can_be_removed(models: Path, name: str) -> None:
    trust_key(models, SIGNER.public, ORDER)
    with pytest.raises(BadInput, match="is trusted here"):
        distrust_key(models, name, ORDER)
    assert len(list((models / "trusted").glob("*.pub"))) == 1


@pytest.mark.parametrize("public", ["", "ed25519 123", "rsa " + "0" * 64])
def test_what_is_no_key_is_refused(models: Path, public: str) -> None:
    with pytest.raises(BadInput, match="no public key"):
        trust_key(models, public, ORDER)
    assert not list((models / "trusted").glob("*.pub"))
