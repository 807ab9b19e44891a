"""What ``--demo`` adds to a service: models with a past, keys, earlier days, and shifts replayed through its
own door."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from prankfilter.settings import Settings
from prankfilter.store.sql import SqlStore
from prankfilter.wiring.screener import Screener
from prankfilter_api.building import build_call_backs, build_review
from prankfilter_api.console.site import missing_packages
from prankfilter_api.demo.afterwards import Afterwards
from prankfilter_api.demo.past_models import own_models
from prankfilter_api.demo.replay import (
    Row,
    dated,
    earlier_part,
    import_history,
    replay,
    table,
    tonight_part,
    write_keys,
)
from prankfilter_api.demo.scenario import DISTRICT

NOTE = """
Every call above is made up, its voices are synthetic, and the model and its certificate were made from
simulated calls: this shows that the software works, not how well it tells real calls apart."""


@dataclass(slots=True)
class Demonstration:
    """See `prankfilter_api.serve.Demonstration`."""

    settings: Settings
    keys: dict[str, Any] = field(default_factory=dict)
    people: Afterwards | None = None
    is_drawn: Callable[[str], bool] = lambda _: True

    def prepare(self, screener: Screener) -> None:
        """Make the keys and import the earlier days."""
        now, store = dt.datetime.now(self.settings.zone), screener.store
        accounts = None if missing_packages() else lambda: self._make_accounts(screener, now)
        self.keys = write_keys(self.settings.data, store, screener.keyring, now, accounts)
        review = build_review(screener)
        self.is_drawn = review.draws
        if isinstance(store, SqlStore):
            self.people = Afterwards(store, review, build_call_backs(screener), now=now)
        report = import_history(store, screener.keyring, now=now, zone=self.settings.zone)
        print(f"On record: {report.calls} calls of 14 days, {report.verdicts} ruled on by a supervisor")

    def _make_accounts(self, screener: Screener, now: dt.datetime) -> dict[str, str]:
        people = importlib.import_module("prankfilter_api.demo.people")
        made: dict[str, str] = people.make_accounts(screener, at=now)
        return made

    def play(self, host: str, port: int) -> int:
        """Replay the shift, show what came back and where to look further."""
        now, data = dt.datetime.now(self.settings.zone), self.settings.data
        earlier = dated(data, earlier_part(now), self.is_drawn)
        rows = dated(data, tonight_part(now), self.is_drawn)
        replay(host, port, self.keys, earlier)
        decisions = replay(host, port, self.keys, rows)
        self._live_on(earlier, rows, now)
        print("\n" + table(rows, decisions) + "\n" + NOTE)
        print(f"\nThe service answers on http://{host}:{port} (documentation: http://{host}:{port}/docs).")
        if (console := self.keys.get("console")) is not None:
            print(f"Its console: http://{host}:{port}/console/", end="")
            print(f" (name {console['user']}, password {console['password']})")
        print(
            f"Keys for it are in {data / 'demo-keys.json'}; it serves the models in {self.settings.models}."
        )
        sys.stdout.flush()
        return 0

    def _live_on(self, earlier: list[Row], tonight: list[Row], now: dt.datetime) -> None:
        """Let people do what they did about the calls."""
        if self.people is None:
            return
        if not self.people.were_here(earlier):
            midst = earlier_part(now).since + dt.timedelta(hours=2)
            self.people.switch_off_and_on(off_at=midst, on_at=midst + dt.timedelta(minutes=25))
            self.people.go_out(now.date() - dt.timedelta(days=7), DISTRICT)
        self.people.do([*earlier, *tonight])


def open_demonstration(settings: Settings) -> Demonstration:
    """Make the demonstration of a service with these settings; it serves a folder of models of its own unless
    another one than the shipped is named."""
    return Demonstration(own_models(settings, now=dt.datetime.now(settings.zone)))
