"""From settings to a screener: what is opened, and what is refused before anything is served."""

from __future__ import annotations

import datetime as dt

from prankfilter.classifier.running import Library
from prankfilter.errors import BadSetting
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.seal import Sealer
from prankfilter.routing.policies import POLICIES
from prankfilter.settings import Settings
from prankfilter.store.recordings import Recordings
from prankfilter.store.sql import SqlStore
from prankfilter.wiring.call_backs import CallBacks
from prankfilter.wiring.kept_sound import KeptSound
from prankfilter.wiring.review import Review
from prankfilter.wiring.screener import Screener


def is_embedded(settings: Settings) -> bool:
    """Whether the store is a file of this one process."""
    return settings.store.startswith("sqlite")


def check_workers(settings: Settings, workers: int) -> None:
    """Refuse several processes on a store that takes one writer."""
    if workers > 1 and is_embedded(settings):
        raise BadSetting(
            f"--workers {workers} needs PostgreSQL: set PRANKFILTER_STORE=postgresql://… and PRANKFILTER_KEYS"
        )


def build_screener(settings: Settings, *, policy: str, demo: bool) -> Screener:
    """Open keys, store and models; simulated certificates count in a demonstration only (SAFETY rule 4).

    Keys are made at the first start on the embedded store; shared ones must be there already.
    """
    keyring = Keyring.open(settings.keys, create=is_embedded(settings))
    store = SqlStore.open(settings.store, write_queue=settings.write_queue)
    return Screener(
        settings=settings,
        store=store,
        library=Library(settings.models, simulated_is_honoured=demo),
        keyring=keyring,
        policy=POLICIES[policy],
        kept_sound=_kept_sound(store, keyring) if settings.store_audio else None,
    )


def build_call_backs(screener: Screener) -> CallBacks:
    """Open the list of call-backs."""
    return CallBacks(
        screener.store,
        Sealer(screener.keyring, Purpose.CALLBACK),
        due=dt.timedelta(seconds=screener.settings.callback_s),
    )


def build_review(screener: Screener) -> Review:
    """Open what people say of calls."""
    keyring = screener.keyring
    return Review(screener.store, Sealer(keyring, Purpose.SEAL), keyring.current(Purpose.AUDIT).secret)


def _kept_sound(store: SqlStore, keyring: Keyring) -> KeptSound:
    return KeptSound(Recordings(store), Sealer(keyring, Purpose.SEAL))
