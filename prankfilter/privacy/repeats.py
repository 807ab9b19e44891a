"""The identity of a request: a repeat has the same one, and nobody can work back from it to what was sent."""

from __future__ import annotations

import hashlib
import hmac

ID_DIGITS = 32
_ABSENT = bytes(hashlib.sha256().digest_size)
"""No sound at all is something else than empty sound."""


def result_id(call_id: str, *parts: bytes | None, key: bytes) -> str:
    """Name the answer to exactly this request: call id, the body's bytes, the sound's bytes or None.

    Keyed (`Keyring.current(Purpose.ANSWER).secret`), because a body is little more than the calling number:
    all else in it is kept in the clear beside this id, so trying all numbers would find the right one.
    """
    identity = hmac.new(key, digestmod="sha256")
    for part in (call_id.encode("utf-8", "surrogatepass"), *parts):
        # Digests have one length, so no part can pass for the end of another.
        identity.update(_ABSENT if part is None else hashlib.sha256(part).digest())
    return identity.hexdigest()[:ID_DIGITS]
