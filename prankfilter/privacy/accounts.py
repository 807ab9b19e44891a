"""People's accounts in the console: roles, and what each role may do. Passwords are `passwords`' matter."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from prankfilter.errors import BadInput
from prankfilter.privacy.api_keys import Action


class Role(StrEnum):
    """What somebody is at the centre."""

    CALL_TAKER = "call_taker"
    SHIFT_LEAD = "shift_lead"
    SUPERVISOR = "supervisor"
    DATA_STAFF = "data_staff"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


ROLE_NAMES_ID: Mapping[Role, str] = MappingProxyType(
    {
        Role.CALL_TAKER: "petugas penerima",
        Role.SHIFT_LEAD: "kepala sif",
        Role.SUPERVISOR: "supervisor",
        Role.DATA_STAFF: "staf data",
        Role.AUDITOR: "auditor",
        Role.ADMINISTRATOR: "administrator",
    }
)

_ON_SHIFT = frozenset({Role.CALL_TAKER, Role.SHIFT_LEAD, Role.SUPERVISOR})
_LEADING = frozenset({Role.SHIFT_LEAD, Role.SUPERVISOR})

ROLES_ALLOWED: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        Action.SCREEN: frozenset(),
        Action.ADD_FACTS: frozenset(),
        Action.TELL_OUTCOME: _ON_SHIFT,
        Action.READ_CALL: _LEADING | {Role.AUDITOR},
        Action.HEAR_CALL: frozenset({Role.SUPERVISOR, Role.AUDITOR}),
        Action.READ_FLAGS: _LEADING,
        Action.GIVE_VERDICT: frozenset({Role.SUPERVISOR}),
        Action.CALL_BACK: _ON_SHIFT,
        # Anyone on shift may switch off, only a supervisor on (SAFETY rule 10).
        Action.SWITCH_OFF: _ON_SHIFT,
        Action.SWITCH_ON: frozenset({Role.SUPERVISOR}),
        Action.READ_REPORTS: _LEADING | {Role.AUDITOR},
        Action.EXPORT: frozenset({Role.DATA_STAFF}),
        # Sums only, and the state of the service: nothing of a single call. Call takers have the desk page.
        Action.SEE_TONIGHT: frozenset(Role) - {Role.CALL_TAKER},
        Action.CLEAR_NUMBER: frozenset({Role.SUPERVISOR}),
        Action.CLOSE_INCIDENT: frozenset({Role.SUPERVISOR}),
        # Nobody both rules on calls and chooses the model that learns from it.
        Action.MANAGE_MODELS: frozenset({Role.DATA_STAFF}),
        Action.MANAGE_ACCOUNTS: frozenset({Role.ADMINISTRATOR}),
    }
)
"""The same actions as `api_keys.ALLOWED`, by role; what it does not say is refused."""


def may(role: Role, action: Action) -> bool:
    """Whether people of this role may do this."""
    return role in ROLES_ALLOWED[action]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in."""

    name: str
    """What is typed at sign-in, and written as ``by`` wherever its owner does something."""
    full_name: str
    role: Role
    password: str = field(repr=False)
    """Hashed."""
    created_at: dt.datetime
    created_by: str
    ended_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that somebody signed in from."""

    name: str
    """The account's."""
    began_at: dt.datetime
    seen_at: dt.datetime


_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
LONGEST_FULL_NAME = 100


def account_name(typed: str) -> str:
    """Read a name as it is kept: small letters, digits, ``.``, ``_`` and ``-``; raises `BadInput`."""
    name = typed.strip().lower()
    if not _NAME.fullmatch(name):
        raise BadInput("an account's name is 2 to 40 small letters, digits, dots, dashes or underscores")
    return name


def full_name(typed: str) -> str:
    """Read somebody's name as it stands on pages and reports; raises `BadInput`."""
    name = " ".join(typed.split())
    if not name.isprintable() or not 0 < len(name) <= LONGEST_FULL_NAME:
        raise BadInput(f"the full name is 1 to {LONGEST_FULL_NAME} printable characters")
    return name
