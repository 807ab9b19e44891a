"""People's accounts and the sessions of their browsers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor

from prankfilter.errors import NotFound, Taken
from prankfilter.privacy.accounts import Account, Role, Session
from prankfilter.store.instants import instant, instant_or_none, microseconds
from prankfilter.store.query import Query, insert_into
from prankfilter.store.schema import accounts, sessions
from prankfilter.store.sql import SqlStore


class Accounts:
    """Those of one store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        named = accounts.c.name == sa.bindparam("named")
        of_name = sessions.c.name == sa.bindparam("named")
        is_it = sessions.c.digest == sa.bindparam("digest")
        self._keep = self._store.query(insert_into(accounts))
        self._one = self._store.query(sa.select(accounts).where(named))
        self._all = self._store.query(sa.select(accounts).order_by(accounts.c.name))
        self._set_password = self._store.query(
            accounts.update().where(named).values(password=sa.bindparam("hashed"))
        )
        self._set_end = self._store.query(accounts.update().where(named).values(ended_at=sa.bindparam("at")))
        self._keep_session = self._store.query(insert_into(sessions))
        self._session = self._store.query(
            sa.select(sessions.c.began_at, sessions.c.seen_at, accounts)
            .join_from(sessions, accounts, accounts.c.name == sessions.c.name)
            .where(is_it)
        )
        self._touch = self._store.query(sessions.update().where(is_it).values(seen_at=sa.bindparam("at")))
        self._drop = self._store.query(sessions.delete().where(is_it))
        self._drop_all_of = self._store.query(sessions.delete().where(of_name))
        self._forget = self._store.query(
            sessions.delete().where(
                sa.or_(
                    sessions.c.began_at < sa.bindparam("began_before"),
                    sessions.c.seen_at < sa.bindparam("seen_before"),
                )
            )
        )

    # --- accounts ----------------------------------------------------------------------------

    def find(self, name: str) -> Account | None:
        """The account of this name, ended or not."""
        with self._store.cursor() as cursor:
            rows = self._one.rows(cursor, named=name)
        return _account(rows[0]) if rows else None

    def every(self) -> list[Account]:
        """All accounts, by name."""
        with self._store.cursor() as cursor:
            return [_account(row) for row in self._all.rows(cursor)]

    def make(self, account: Account) -> None:
        """Keep a new account; `Taken` where the name is or was in use: names sign what was done."""
        self._put(partial(self._write_new, account), account.name)

    def _write_new(self, account: Account, cursor: DBAPICursor) -> None:
        if self._one.rows(cursor, named=account.name):
            raise Taken(f"there is or was an account {account.name!r}")
        self._keep.run(
            cursor,
            name=account.name,
            full_name=account.full_name,
            role=account.role.value,
            password=account.password,
            created_at=microseconds(account.created_at),
            created_by=account.created_by,
            ended_at=None,
        )

    def set_password(self, name: str, hashed: str, *, signs_out: bool) -> None:
        """Replace a password, and sign its owner out everywhere if so; raises `NotFound`."""

        def write(cursor: DBAPICursor) -> None:
            self._change(cursor, self._set_password, name, hashed=hashed)
            if signs_out:
                self._drop_all_of.run(cursor, named=name)

        self._put(write, name)

    def end(self, name: str, *, at: dt.datetime) -> None:
        """End an account and its sessions; raises `NotFound`."""

        def write(cursor: DBAPICursor) -> None:
            self._change(cursor, self._set_end, name, at=microseconds(at))
            self._drop_all_of.run(cursor, named=name)

        self._put(write, name)

    def _change(self, cursor: DBAPICursor, query: Query, name: str, **values: Any) -> None:
        query.run(cursor, named=name, **values)
        if not cursor.rowcount:
            raise NotFound(f"there is no account {name!r}")

    # --- sessions ----------------------------------------------------------------------------

    def begin(self, digest: str, session: Session) -> None:
        """Keep a session that begins."""
        began, seen = microseconds(session.began_at), microseconds(session.seen_at)
        write = partial(self._keep_session.run, digest=digest, name=session.name)
        self._put(partial(write, began_at=began, seen_at=seen), session.name)

    def session(self, digest: str) -> tuple[Session, Account] | None:
        """The session with this digest, and whose it is."""
        with self._store.cursor() as cursor:
            rows = self._session.rows(cursor, digest=digest)
        if not rows:
            return None
        began_at, seen_at, *rest = rows[0]
        account = _account(rest)
        return Session(name=account.name, began_at=instant(began_at), seen_at=instant(seen_at)), account

    def touch(self, digest: str, *, at: dt.datetime) -> None:
        """Note that somebody was there."""
        self._put(partial(self._touch.run, digest=digest, at=microseconds(at)), digest)

    def drop(self, digest: str) -> None:
        """End a session; one that is no more is none the worse for it."""
        self._put(partial(self._drop.run, digest=digest), digest)

    def forget(self, *, began_before: dt.datetime, seen_before: dt.datetime) -> None:
        """Drop the sessions that count no longer."""
        began, seen = microseconds(began_before), microseconds(seen_before)
        self._store.put(lambda cursor: self._forget.run(cursor, began_before=began, seen_before=seen))

    def _put(self, write: Any, subject: str) -> None:
        self._store.put(write, about=[f"account {subject}"])


def _account(row: Sequence[Any]) -> Account:
    name, full_name, role, password, created_at, created_by, ended_at = row
    return Account(
        name=name,
        full_name=full_name,
        role=Role(role),
        password=password,
        created_at=instant(created_at),
        created_by=created_by,
        ended_at=instant_or_none(ended_at),
    )
