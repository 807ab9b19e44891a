"""Signatures over models and certificates."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.errors import BadInput
from prankfilter.privacy.keyring import Key, Keyring, Purpose
from prankfilter.privacy.signing import Signer, key_id, signed_by, signer_of, verify

# RFC 8032, section 7.1, test 2: secret key, public key, message, signature.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
MESSAGE = bytes.fromhex("72")
SIGNATURE = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)

SIGNER = Signer(Keyring({Purpose.SIGNING: (Key("k1", SEED),)}))
OTHER = Signer(Keyring.ephemeral())


def test_golden_from_rfc_8032() -> None:
    assert SIGNER.public == f"ed25519 {PUBLIC}"
    assert SIGNER.sign(MESSAGE).decode() == f"ed25519 {SIGNER.key_id} {SIGNATURE}\n"


def test_the_key_id_is_the_start_of_the_hash_of_the_public_key() -> None:
    assert SIGNER.key_id == hashlib.sha256(bytes.fromhex(PUBLIC)).hexdigest()[:16]
    assert key_id(SIGNER.public + "\n") == SIGNER.key_id == signer_of(SIGNER.sign(b"x"))


def test_no_public_text_holds_the_secret() -> None:
    assert SEED.hex() not in f"{SIGNER.public} {SIGNER.sign(b'x')!r} {SIGNER!r}"


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_signature_is_good_for_its_message_alone(message: bytes, other: bytes) -> None:
    signature = SIGNER.sign(message)
    assert verify(message, signature, SIGNER.public)
    assert verify(other, signature, SIGNER.public) == (other == message)
    assert not verify(message, signature, OTHER.public)


@given(st.integers(0, 10**9), st.integers(1, 255))
def test_one_altered_byte_of_a_signature_is_found(place: int, change: int) -> None:
    signature = bytearray(SIGNER.sign(MESSAGE).rstrip())
    signature[place % len(signature)] ^= change
    assert not verify(MESSAGE, bytes(signature), SIGNER.public)


@given(st.binary(max_size=300))
def test_no_bytes_pass_for_a_signature_or_raise(signature: bytes) -> None:
    assert not verify(MESSAGE, signature, SIGNER.public)
    assert not signed_by([SIGNER.public])(MESSAGE, signature)


@pytest.mark.parametrize("more", [b"\n", b" ", b"\r\n", b"\t\n"])
def test_a_signature_has_one_spelling(more: bytes) -> None:
    """With one line end or none; so whoever hashes a signed file with its signature hashes one thing."""
    signature = SIGNER.sign(MESSAGE)
    assert verify(MESSAGE, signature.rstrip(), SIGNER.public)
    assert not verify(MESSAGE, signature + more, SIGNER.public)
    assert not verify(MESSAGE, signature.rstrip() + more.rstrip(b"\n") + b" ", SIGNER.public)


def test_another_key_cannot_sign_under_this_ones_name() -> None:
    forged = re.sub(rb"ed25519 \w+", f"ed25519 {SIGNER.key_id}".encode(), OTHER.sign(MESSAGE))
    assert not verify(MESSAGE, forged, SIGNER.public)
    assert not verify(MESSAGE, forged, OTHER.public)


def test_trust_is_in_the_keys_that_are_named() -> None:
    signature = SIGNER.sign(MESSAGE)
    assert signed_by([OTHER.public, SIGNER.public])(MESSAGE, signature)
    assert not signed_by([OTHER.public])(MESSAGE, signature)
    assert not signed_by([])(MESSAGE, signature)


@pytest.mark.parametrize("text", ["", PUBLIC, f"ed25519 {PUBLIC}0", f"rsa {PUBLIC}", "ed25519 " + "g" * 64])
def test_a_text_that_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no public key"):
        key_id(text)
