"""Who can sign in to the demonstration's console."""

from __future__ import annotations

import datetime as dt

from prankfilter.errors import StoreUnavailable
from prankfilter.privacy.accounts import Role
from prankfilter.privacy.passwords import make_password
from prankfilter.store.sql import SqlStore
from prankfilter.wiring.people import open_people
from prankfilter.wiring.screener import Screener

ACCOUNTS = (
    ("ratna", "Ratna Dewi", Role.SUPERVISOR),
    ("petugas-1", "Budi Santoso", Role.CALL_TAKER),
    ("kepala-1", "Sari Wulandari", Role.SHIFT_LEAD),
    ("data-1", "Andi Pratama", Role.DATA_STAFF),
    ("auditor-1", "Made Wirawan", Role.AUDITOR),
    ("admin-1", "Yusuf Rahman", Role.ADMINISTRATOR),
)
"""One of each role, all under one password; the first is told. Its calls and verdicts bear these names."""


def make_accounts(screener: Screener, *, at: dt.datetime) -> dict[str, str]:
    """Make them, or give those of an earlier run the new password; returns the first's name and password."""
    password, store = make_password(), screener.store
    if not isinstance(store, SqlStore):
        raise StoreUnavailable("the console needs a store that lasts")
    people = open_people(store, screener.keyring, screener.settings)
    known = {account.name for account in people.every()}
    for name, full_name, role in ACCOUNTS:
        if name in known:
            people.set_password(name, password, by="demo", at=at)
        else:
            people.make(name, named=full_name, role=role, password=password, by="demo", at=at)
    return {"user": ACCOUNTS[0][0], "password": password}
