"""``prankfilter accounts``: who may sign in to the console; the first administrator is made here."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from prankfilter.commands.opening import open_keyring, open_store
from prankfilter.errors import BadInput
from prankfilter.privacy.accounts import Role
from prankfilter.privacy.passwords import make_password
from prankfilter.settings import Settings
from prankfilter.wiring.people import People, open_people

COMMAND = "command"
"""Signs what is done here: whoever may run it needs no account."""


def add(options: argparse.Namespace, settings: Settings) -> int:
    """Make an account; its password is asked for, or made and shown once."""
    password = _password(options)
    with _people(settings) as people:
        account = people.make(
            options.name,
            named=options.full_name or options.name,
            role=Role(options.role),
            password=password,
            by=COMMAND,
            at=_now(),
        )
    _show(password, options)
    print(f"account {account.name}, {account.role.value.replace('_', ' ')}", file=sys.stderr)
    return 0


def change_password(options: argparse.Namespace, settings: Settings) -> int:
    """Give an account another password; its owner is signed out."""
    password = _password(options)
    with _people(settings) as people:
        people.set_password(options.name, password, by=COMMAND, at=_now())
    _show(password, options)
    return 0


def show(_: argparse.Namespace, settings: Settings) -> int:
    """List all accounts."""
    with _people(settings) as people:
        for account in people.every():
            state = f"ended {account.ended_at:%Y-%m-%d}" if account.ended_at else "in use"
            made = f"{account.created_at:%Y-%m-%d} by {account.created_by}"
            print(f"{account.name:20}  {account.role.value:13}  {state:16}  {made}  {account.full_name}")
    return 0


def end(options: argparse.Namespace, settings: Settings) -> int:
    """End an account at once; what its owner did stays signed with its name."""
    with _people(settings) as people:
        people.end(options.name, by=COMMAND, at=_now())
    print(f"account {options.name} can no longer sign in")
    return 0


@contextmanager
def _people(settings: Settings) -> Iterator[People]:
    keyring = open_keyring(settings)
    with open_store(settings) as store:
        yield open_people(store, keyring, settings)


def _password(options: argparse.Namespace) -> str:
    if options.make_password:
        return make_password()
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("password: ")
    if getpass.getpass("again: ") != password:
        raise BadInput("the two passwords differ; nothing was changed")
    return password


def _show(password: str, options: argparse.Namespace) -> None:
    if options.make_password:
        print(password)
        print("the password is shown only now", file=sys.stderr)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
