"""Ed25519 signatures over models and certificates, as one line of text each.

A public half reads ``ed25519 <64 hex digits>``, a signature ``ed25519 <key id> <128 hex digits>``; the key id
is the first 16 hex digits of the SHA-256 of the public half's 32 bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from prankfilter.errors import BadInput
from prankfilter.privacy.keyring import Keyring, Purpose

KEY_ID_DIGITS = 16

_PUBLIC = re.compile(r"ed25519 ([0-9a-f]{64})\s*")
_SIGNATURE = re.compile(rb"ed25519 ([0-9a-f]{16}) ([0-9a-f]{128})\n?")


class Signer:
    """The installation's newest signing key."""

    def __init__(self, keyring: Keyring) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(keyring.current(Purpose.SIGNING).secret)
        self.public = f"ed25519 {self._private.public_key().public_bytes_raw().hex()}"
        """What others trust; holds no secret."""
        self.key_id = key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """Sign; the same message always gets the same signature."""
        return f"ed25519 {self.key_id} {self._private.sign(message).hex()}\n".encode("ascii")


def key_id(public: str) -> str:
    """Name a public half."""
    return hashlib.sha256(_raw(public)).hexdigest()[:KEY_ID_DIGITS]


def signer_of(signature: bytes) -> str | None:
    """The id of the key that a signature says it was made with; None where it is no signature."""
    match = _SIGNATURE.fullmatch(signature)
    return match[1].decode("ascii") if match else None


def verify(message: bytes, signature: bytes, public: str) -> bool:
    """Whether the owner of this public half signed exactly this message. Never raises for a bad signature."""
    match = _SIGNATURE.fullmatch(signature)
    if match is None or match[1].decode("ascii") != key_id(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(_raw(public)).verify(
            bytes.fromhex(match[2].decode("ascii")), message
        )
    except InvalidSignature:
        return False
    return True


def signed_by(publics: Iterable[str]) -> Callable[[bytes, bytes], bool]:
    """Make the check ``(message, signature) -> bool`` of a set of trusted keys (`bundle.trust.Signed`)."""
    trusted = {key_id(public): public for public in publics}

    def signed(message: bytes, signature: bytes) -> bool:
        public = trusted.get(signer_of(signature) or "")
        return public is not None and verify(message, signature, public)

    return signed


def _raw(public: str) -> bytes:
    match = _PUBLIC.fullmatch(public)
    if match is None:
        raise BadInput("this is no public key; it reads `ed25519` and 64 hexadecimal digits")
    return bytes.fromhex(match[1])
