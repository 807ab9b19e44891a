"""Authenticated encryption of what is kept only for a while: sound, and numbers of open call-backs.

A sealed text is ``PFS1``, the version of its key, a nonce, then AES-256-GCM. The header and what the text is
about are authenticated too: a sealed text that is altered, or put in the place of another, does not open.
"""

from __future__ import annotations

import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from prankfilter.errors import BadSeal
from prankfilter.privacy.keyring import Keyring, Purpose

_MAGIC = b"PFS1"
_NONCE_BYTES = 12
_HEADER = struct.Struct(f">4sH{_NONCE_BYTES}s")


class Sealer:
    """Seals and opens under the keys of one purpose."""

    def __init__(self, keyring: Keyring, purpose: Purpose) -> None:
        self._newest = _number(keyring.current(purpose).version)
        self._ciphers = {_number(key.version): AESGCM(key.secret) for key in keyring.every(purpose)}

    def seal(self, plain: bytes, *, about: str) -> bytes:
        """Encrypt something about one thing, such as a call id; it opens for the same ``about`` only."""
        # Never an argument: two texts under one nonce give both away, so not even a test may choose it.
        nonce = os.urandom(_NONCE_BYTES)
        header = _HEADER.pack(_MAGIC, self._newest, nonce)
        return header + self._ciphers[self._newest].encrypt(nonce, plain, _bound(header, about))

    def open(self, sealed: bytes, *, about: str) -> bytes:
        """Decrypt, or raise `BadSeal`."""
        header = sealed[: _HEADER.size]
        if len(header) < _HEADER.size or not header.startswith(_MAGIC):
            raise BadSeal("this was not sealed by prankfilter, or was cut off")
        _, version, nonce = _HEADER.unpack(header)
        cipher = self._ciphers.get(version)
        if cipher is None:
            raise BadSeal(
                f"this was sealed with the key k{version}, which is gone; restore that key from a copy"
            )
        try:
            return cipher.decrypt(nonce, sealed[_HEADER.size :], _bound(header, about))
        except InvalidTag:
            raise BadSeal("this was altered after it was sealed, or belongs to something else") from None


def _number(version: str) -> int:
    return int(version.removeprefix("k"))


def _bound(header: bytes, about: str) -> bytes:
    return header + about.encode("utf-8", "surrogatepass")
