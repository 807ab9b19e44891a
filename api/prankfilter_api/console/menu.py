"""What stands in the menu: one row a page, shown to whoever may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prankfilter.language.words import Words
from prankfilter.privacy.accounts import Role, may
from prankfilter.privacy.api_keys import Action

HOME = "/console/"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row."""

    address: str
    name: str
    """In Indonesian; the catalogs have the others."""
    action: Action


MENU: tuple[Entry, ...] = (
    Entry(HOME, "Sif ini", Action.SEE_TONIGHT),
    Entry("/console/desk", "Meja", Action.TELL_OUTCOME),
    Entry("/console/flags", "Perlu ditinjau", Action.READ_FLAGS),
    Entry("/console/callers", "Penelepon", Action.READ_CALL),
    Entry("/console/surges", "Lonjakan", Action.READ_CALL),
    Entry("/console/incidents", "Insiden", Action.READ_CALL),
    Entry("/console/callbacks", "Panggil balik", Action.CALL_BACK),
    Entry("/console/reports", "Laporan", Action.READ_REPORTS),
    Entry("/console/models", "Model", Action.SEE_TONIGHT),
    Entry("/console/accounts", "Akun", Action.MANAGE_ACCOUNTS),
)
"""In the order in which they stand."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as one page shows it."""

    address: str
    name: str
    is_here: bool


def menu_of(role: Role, here: str, words: Words) -> Sequence[Link]:
    """The entries for a role, on the page at an address."""
    ours = [entry for entry in MENU if may(role, entry.action)]
    nearest = max((entry.address for entry in ours if _is_under(here, entry.address)), key=len, default=None)
    return [Link(entry.address, words(entry.name), entry.address == nearest) for entry in ours]


def _is_under(here: str, address: str) -> bool:
    return here == address or (address != HOME and here.startswith(f"{address}/"))


def home_of(role: Role) -> str:
    """Where somebody lands who signed in."""
    return next(entry.address for entry in MENU if may(role, entry.action))
