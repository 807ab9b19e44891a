"""Keyed hashes: HMAC-SHA-256, marked with the version of the key.

A plain hash of a telephone number is no secret, since all numbers can be tried in minutes; under a key that
only this installation holds they cannot.
"""

from __future__ import annotations

import hmac

from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.numbers import tail


class KeyedHash:
    """Digests of texts under the keys of one purpose."""

    def __init__(self, keyring: Keyring, purpose: Purpose) -> None:
        # Started once and copied for each text: half the time of starting from the key.
        self._started = tuple(
            (key.version, hmac.new(key.secret, digestmod="sha256")) for key in keyring.every(purpose)
        )

    def digest(self, text: str) -> str:
        """``k1:`` and 64 hexadecimal digits, under the newest key."""
        return _finish(*self._started[0], text)

    def digests(self, text: str) -> tuple[str, ...]:
        """The digests under all keys still held, newest first: to find what was kept under an older key."""
        return tuple(_finish(version, started, text) for version, started in self._started)


class Pseudonymiser:
    """Telephone numbers in E.164 → what the store keeps of them."""

    def __init__(self, keyring: Keyring) -> None:
        self._hash = KeyedHash(keyring, Purpose.PSEUDONYM)

    def pseudonym(self, e164: str) -> str:
        """What stands for a number everywhere: keyed, the same for each spelling, not to be undone."""
        return self._hash.digest(e164)

    def pseudonyms(self, e164: str) -> tuple[str, ...]:
        """All names a number ever had here, newest first: erasing one must erase each."""
        return self._hash.digests(e164)

    @staticmethod
    def number_tail(e164: str) -> str:
        """The last three digits, kept beside the pseudonym so that people can tell calls apart."""
        return tail(e164)


def _finish(version: str, started: hmac.HMAC, text: str) -> str:
    keyed = started.copy()
    keyed.update(text.encode("utf-8", "surrogatepass"))
    return f"{version}:{keyed.hexdigest()}"
