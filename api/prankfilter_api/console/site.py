"""What all pages share. Made when the service starts; its libraries are loaded with the first page."""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from prankfilter.errors import StoreUnavailable
from prankfilter.language.words import LANGUAGES, Words
from prankfilter.store.sql import SqlStore
from prankfilter.wiring.call_backs import CallBacks
from prankfilter.wiring.screener import Screener
from prankfilter_api.console.assets import Assets
from prankfilter_api.console.cookies import Tokens
from prankfilter_api.console.throttle import Throttle
from prankfilter_api.lane import Lane

if TYPE_CHECKING:
    from prankfilter.wiring.people import People
    from prankfilter_api.console.drawing import Drawing
    from prankfilter_api.console.tonight import Glance

NEEDED = ("jinja2", "argon2", "babel")
"""What of the extra ``console`` pages need."""


def missing_packages() -> list[str]:
    """Those of `NEEDED` that are not installed."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


class Site:
    """One per process.

    Parameters
    ----------
    screener : Screener
        Of this service.
    call_backs : CallBacks
        Likewise.
    now : callable
        The time.
    clock : callable
        Seconds of a steady clock.
    """

    def __init__(
        self,
        screener: Screener,
        call_backs: CallBacks,
        *,
        now: Callable[[], dt.datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.screener = screener
        self.settings = screener.settings
        self.call_backs = call_backs
        self.now = now
        self.assets = Assets()
        self.tokens = Tokens(screener.keyring)
        self.throttle = Throttle(clock)
        # Of its own: hashing a password and drawing a long page must not keep routers' requests waiting.
        self.lane = Lane(threads=2, waiting=64)
        self._words: dict[str, Words] = {}

    @property
    def store(self) -> SqlStore:
        """The store behind all pages."""
        store = self.screener.store
        if not isinstance(store, SqlStore):
            raise StoreUnavailable("the console needs a store that lasts")
        return store

    @cached_property
    def people(self) -> People:
        """Accounts and sessions; the first use loads the library that hashes passwords."""
        module = importlib.import_module("prankfilter.wiring.people")
        people: People = module.open_people(self.store, self.screener.keyring, self.settings)
        return people

    @cached_property
    def glance(self) -> Glance:
        """The shift so far, counted once for all who look."""
        module = importlib.import_module("prankfilter_api.console.tonight")
        glance: Glance = module.Glance(self.screener, self.store, self.now)
        return glance

    @cached_property
    def drawing(self) -> Drawing:
        """The templates; the first use loads their library."""
        drawing: Drawing = importlib.import_module("prankfilter_api.console.drawing").Drawing(self.assets)
        return drawing

    def words(self, chosen: str | None) -> Words:
        """The language that somebody chose, or the centre's."""
        language = chosen if chosen in LANGUAGES else self.settings.language
        if language not in self._words:
            self._words[language] = Words(language, self.settings.zone)
        return self._words[language]

    def forget(self) -> None:
        """Drop sessions that ran out, if anybody has been here since the start."""
        if "people" in vars(self):
            self.people.forget(now=self.now())
