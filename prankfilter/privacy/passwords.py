"""Passwords: argon2id, with the parameters that OWASP recommends (extra ``console``).

OWASP Password Storage Cheat Sheet: 19 MiB of memory, two passes, one lane.
"""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from prankfilter.errors import BadInput

SHORTEST, LONGEST = 10, 128
"""Characters; what they are is nobody's business (NIST SP 800-63B)."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODYS = _HASHER.hash(secrets.token_urlsafe())
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4
"""79 bits; no two of its letters look alike."""


def make_password() -> str:
    """Make a password that can be read out and typed."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def hash_password(password: str, *, name: str) -> str:
    """Return what is kept of a password, or raise `BadInput` for one that would be guessed."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(f"a password has {SHORTEST} to {LONGEST} characters")
    if name in password.lower():
        raise BadInput("the password must not hold the account's name")
    return _HASHER.hash(password)


def is_password(presented: str, hashed: str | None) -> bool:
    """Whether this is the password; takes as long for an account that does not exist (None)."""
    try:
        right = _HASHER.verify(hashed or _NOBODYS, presented[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return right and hashed is not None


def is_outdated(hashed: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return _HASHER.check_needs_rehash(hashed)
