"""Bearer keys: who may do what. Of a key only a keyed digest is kept, so a stolen store opens no door."""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from prankfilter.errors import BadKey
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.pseudonym import KeyedHash

SECRET_BYTES = 32
_KEY_ID_BYTES = 6


class Scope(StrEnum):
    """Whose key it is."""

    ROUTER = "router"
    DESK = "desk"
    SUPERVISOR = "supervisor"
    DATA = "data"
    AUDITOR = "auditor"


SCOPES: tuple[str, ...] = tuple(scope.value for scope in Scope)


class Action(StrEnum):
    """What can be asked of the service with a key, or by people in the console (`accounts.ROLES_ALLOWED`)."""

    SCREEN = "screen"
    ADD_FACTS = "add_facts"
    TELL_OUTCOME = "tell_outcome"
    READ_CALL = "read_call"
    HEAR_CALL = "hear_call"
    READ_FLAGS = "read_flags"
    GIVE_VERDICT = "give_verdict"
    CALL_BACK = "call_back"
    SWITCH_OFF = "switch_off"
    SWITCH_ON = "switch_on"
    READ_REPORTS = "read_reports"
    EXPORT = "export"
    SEE_TONIGHT = "see_tonight"
    CLEAR_NUMBER = "clear_number"
    CLOSE_INCIDENT = "close_incident"
    MANAGE_MODELS = "manage_models"
    MANAGE_ACCOUNTS = "manage_accounts"


ALLOWED: Mapping[Action, frozenset[Scope]] = MappingProxyType(
    {
        Action.SCREEN: frozenset({Scope.ROUTER}),
        Action.ADD_FACTS: frozenset({Scope.ROUTER}),
        Action.TELL_OUTCOME: frozenset({Scope.ROUTER, Scope.DESK}),
        Action.READ_CALL: frozenset({Scope.SUPERVISOR, Scope.AUDITOR}),
        Action.HEAR_CALL: frozenset({Scope.SUPERVISOR, Scope.AUDITOR}),
        Action.READ_FLAGS: frozenset({Scope.SUPERVISOR}),
        Action.GIVE_VERDICT: frozenset({Scope.SUPERVISOR}),
        Action.CALL_BACK: frozenset({Scope.DESK}),
        # Anyone on shift may switch off, only a supervisor on (SAFETY rule 10).
        Action.SWITCH_OFF: frozenset({Scope.DESK, Scope.SUPERVISOR}),
        Action.SWITCH_ON: frozenset({Scope.SUPERVISOR}),
        Action.READ_REPORTS: frozenset({Scope.SUPERVISOR, Scope.AUDITOR}),
        Action.EXPORT: frozenset({Scope.DATA}),
        # In the console only.
        Action.SEE_TONIGHT: frozenset(),
        Action.CLEAR_NUMBER: frozenset(),
        Action.CLOSE_INCIDENT: frozenset(),
        Action.MANAGE_MODELS: frozenset(),
        Action.MANAGE_ACCOUNTS: frozenset(),
    }
)
"""The one table of rights; what it does not say is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A bearer key as it is kept."""

    key_id: str
    """Names the key in lists and trails; opens nothing."""
    digest: str
    scope: str
    """One of `SCOPES`."""
    name: str
    created_at: dt.datetime
    revoked_at: dt.datetime | None = None


_PRESENTED = re.compile(rf"pf_(?:{'|'.join(SCOPES)})_[A-Za-z0-9_-]{{20,128}}")


def may(scope: str, action: Action) -> bool:
    """Whether keys of this scope may do this; an unknown scope may do nothing."""
    return scope in ALLOWED[action]


def make_key(scope: str, *, name: str, keyring: Keyring, now: dt.datetime) -> tuple[str, ApiKey]:
    """Make a key: the secret, to be shown once, and what the store keeps of it."""
    secret = f"pf_{Scope(scope).value}_{secrets.token_urlsafe(SECRET_BYTES)}"
    digest = KeyedHash(keyring, Purpose.API).digest(secret)
    kept = ApiKey(
        key_id=secrets.token_hex(_KEY_ID_BYTES), digest=digest, scope=scope, name=name, created_at=now
    )
    return secret, kept


class KeyCheck:
    """Checks presented keys against the store's digests."""

    def __init__(self, keyring: Keyring) -> None:
        self._hash = KeyedHash(keyring, Purpose.API)

    def holder(self, presented: str, find: Callable[[str], ApiKey | None]) -> ApiKey:
        """The valid key behind a presented secret, or `BadKey`; ``find`` looks a digest up (`Store.key`).

        The store is asked for a digest that only this installation can compute, so the time a look-up takes
        tells nothing of a key; what it returns is compared in constant time all the same.
        """
        if _PRESENTED.fullmatch(presented):
            for digest in self._hash.digests(presented):
                held = find(digest)
                if held and hmac.compare_digest(held.digest, digest) and held.revoked_at is None:
                    return held
        raise BadKey("the key is unknown or revoked")
