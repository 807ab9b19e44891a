"""``prankfilter keys``: who may ask the service, and the secret keys behind it."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import sys

from prankfilter.commands.opening import open_keyring, open_store
from prankfilter.errors import BadSetting, NotFound
from prankfilter.privacy.api_keys import make_key
from prankfilter.privacy.keyring import Keyring
from prankfilter.settings import Settings


def init(_: argparse.Namespace, settings: Settings) -> int:
    """Make the folder of secret keys; where calls are on record, those keys exist and must be found."""
    with open_store(settings) as store:
        if store.observed_since() is not None or store.api_keys():
            raise BadSetting(
                f"the store was filled under other keys: put a copy of them into {settings.keys}; new ones "
                "would know no number and no API key again"
            )
    Keyring.open(settings.keys, create=True)
    print(f"secret keys are in {settings.keys}: copy them to every machine, and keep a copy apart")
    return 0


def add(options: argparse.Namespace, settings: Settings) -> int:
    """Make a key and show its secret, on standard output alone."""
    keyring = open_keyring(settings)
    secret, key = make_key(options.scope, name=options.name, keyring=keyring, now=dt.datetime.now(dt.UTC))
    with open_store(settings) as store:
        store.put_key(key)
    print(secret)
    print(f"key {key.key_id}, scope {key.scope}; it is shown only now", file=sys.stderr)
    return 0


def show(_: argparse.Namespace, settings: Settings) -> int:
    """List all keys; nothing shown here opens anything."""
    with open_store(settings) as store:
        for key in store.api_keys():
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
            print(f"{key.key_id}  {key.scope:10}  {state:18}  {key.created_at:%Y-%m-%d}  {key.name}")
    return 0


def revoke(options: argparse.Namespace, settings: Settings) -> int:
    """Let a key be refused from now on; services notice within seconds."""
    with open_store(settings) as store:
        held = next((key for key in store.api_keys() if key.key_id == options.key_id), None)
        if held is None:
            raise NotFound(f"no key {options.key_id}; `prankfilter keys list` shows them")
        store.put_key(dataclasses.replace(held, revoked_at=dt.datetime.now(dt.UTC)))
    print(f"key {held.key_id} ({held.name}) is no longer accepted")
    return 0
