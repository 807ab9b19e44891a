"""Who sits at the console: accounts are made and ended, people sign in and out (extra ``console``)."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from prankfilter.errors import BadKey, NotFound, Taken
from prankfilter.privacy.accounts import Account, Role, Session, account_name, full_name
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.passwords import hash_password, is_outdated, is_password
from prankfilter.privacy.pseudonym import KeyedHash
from prankfilter.settings import Settings
from prankfilter.store.accounts import Accounts
from prankfilter.store.deeds import Act, Deed, Deeds
from prankfilter.store.sql import SqlStore

TOKEN_BYTES = 32

SEEN_EVERY = dt.timedelta(minutes=1)
"""A session's last sign of life is written at most so often."""

NOBODY = "-"
"""Signs a refused sign-in under a name that no account has: what was typed there may be a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long a session lasts."""

    idle: dt.timedelta
    """Without a sign of whoever signed in."""
    life: dt.timedelta
    """At most."""


def open_people(store: SqlStore, keyring: Keyring, settings: Settings) -> People:
    """Open accounts and sessions as the settings say."""
    lifetimes = Lifetimes(
        idle=dt.timedelta(seconds=settings.console_idle_s), life=dt.timedelta(seconds=settings.console_life_s)
    )
    return People(store, keyring, lifetimes=lifetimes)


class People:
    """Accounts and sessions of one installation.

    Parameters
    ----------
    store : SqlStore
        Where they are kept.
    keyring : Keyring
        Of a session's token only a digest under `Purpose.SESSION` is kept.
    lifetimes : Lifetimes
        Of sessions.
    """

    def __init__(self, store: SqlStore, keyring: Keyring, *, lifetimes: Lifetimes) -> None:
        self._accounts = Accounts(store)
        self._deeds = Deeds(store)
        self._hash = KeyedHash(keyring, Purpose.SESSION)
        self._lifetimes = lifetimes

    # --- sessions ----------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, *, at: dt.datetime) -> str:
        """Begin a session and return its token; `BadKey` alike for a wrong name and a wrong password."""
        account = self._accounts.find(name.strip().lower())
        alive = account is not None and account.ended_at is None
        if not is_password(password, account.password if account and alive else None) or account is None:
            self._deeds.put(Deed(at=at, by=account.name if account else NOBODY, what=Act.SIGN_IN_REFUSED))
            raise BadKey("name or password is wrong")
        if is_outdated(account.password):
            renewed = hash_password(password, name=account.name)
            self._accounts.set_password(account.name, renewed, signs_out=False)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = Session(name=account.name, began_at=at, seen_at=at)
        self._accounts.begin(self._hash.digest(token), session)
        self._deeds.put(Deed(at=at, by=account.name, what=Act.SIGNED_IN))
        return token

    def visitor(self, token: str, *, at: dt.datetime, stirs: bool) -> Account | None:
        """Whose session this is, None where it is none or ran out; ``stirs`` keeps it from idling."""
        digest = self._hash.digest(token)
        found = self._accounts.session(digest)
        if found is None:
            return None
        session, account = found
        too_old = at - session.began_at >= self._lifetimes.life
        if too_old or at - session.seen_at >= self._lifetimes.idle or account.ended_at is not None:
            return None
        if stirs and at - session.seen_at >= SEEN_EVERY:
            self._accounts.touch(digest, at=at)
        return account

    def sign_out(self, token: str, *, at: dt.datetime) -> None:
        """End a session."""
        digest = self._hash.digest(token)
        found = self._accounts.session(digest)
        if found is not None:
            self._accounts.drop(digest)
            self._deeds.put(Deed(at=at, by=found[1].name, what=Act.SIGNED_OUT))

    def forget(self, *, now: dt.datetime) -> None:
        """Drop the sessions that ran out."""
        self._accounts.forget(began_before=now - self._lifetimes.life, seen_before=now - self._lifetimes.idle)

    # --- accounts ----------------------------------------------------------------------------

    def every(self) -> list[Account]:
        """All accounts, by name."""
        return self._accounts.every()

    def make(self, name: str, *, named: str, role: Role, password: str, by: str, at: dt.datetime) -> Account:
        """Make an account; raises `BadInput`, or `Taken` for a name that is or was in use."""
        name = account_name(name)
        account = Account(
            name=name,
            full_name=full_name(named),
            role=role,
            password=hash_password(password, name=name),
            created_at=at,
            created_by=by,
        )
        self._accounts.make(account)
        self._note(Act.MADE_ACCOUNT, account.name, by=by, at=at, role=role.value)
        return account

    def set_password(self, name: str, password: str, *, by: str, at: dt.datetime) -> None:
        """Give an account another password, and sign its owner out everywhere."""
        held = self._held(name)
        self._accounts.set_password(held.name, hash_password(password, name=held.name), signs_out=True)
        self._note(Act.CHANGED_PASSWORD, held.name, by=by, at=at)

    def change_own(self, name: str, old: str, new: str, *, at: dt.datetime) -> None:
        """Replace one's own password; `BadKey` for a wrong old one, `BadInput` for an unusable new one."""
        if not is_password(old, self._held(name).password):
            raise BadKey("the old password is wrong")
        self.set_password(name, new, by=name, at=at)

    def end(self, name: str, *, by: str, at: dt.datetime) -> None:
        """End an account; what its owner did stays signed with its name."""
        held = self._held(name)
        if held.ended_at is not None:
            raise Taken(f"the account {held.name!r} was ended before")
        self._accounts.end(held.name, at=at)
        self._note(Act.ENDED_ACCOUNT, held.name, by=by, at=at)

    def _held(self, name: str) -> Account:
        held = self._accounts.find(account_name(name))
        if held is None:
            raise NotFound(f"there is no account {name!r}")
        return held

    def _note(self, what: Act, account: str, *, by: str, at: dt.datetime, **more: str) -> None:
        self._deeds.put(Deed(at=at, by=by, what=what, details={"account": account, **more}))
