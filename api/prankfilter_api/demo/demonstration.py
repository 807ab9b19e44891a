"""What ``--demo`` adds to a service: keys, earlier days, and a shift replayed through its own door."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from dataclasses import dataclass, field
from typing import Any

from prankfilter.settings import Settings
from prankfilter.wiring.screener import Screener
from prankfilter_api.console.site import missing_packages
from prankfilter_api.demo.replay import dated_shift, import_history, replay, table, write_keys

NOTE = """
Every call above is made up, its voices are synthetic, and the model and its certificate were made from
simulated calls: this shows that the software works, not how well it tells real calls apart."""


@dataclass(slots=True)
class Demonstration:
    """See `prankfilter_api.serve.Demonstration`."""

    settings: Settings
    keys: dict[str, Any] = field(default_factory=dict)

    def prepare(self, screener: Screener) -> None:
        """Make the keys and import the earlier days."""
        now, store = dt.datetime.now(self.settings.zone), screener.store
        accounts = None if missing_packages() else lambda: self._make_accounts(screener, now)
        self.keys = write_keys(self.settings.data, store, screener.keyring, now, accounts)
        report = import_history(store, screener.keyring, now=now, zone=self.settings.zone)
        print(f"On record: {report.calls} calls of 14 days, {report.verdicts} ruled on by a supervisor")

    def _make_accounts(self, screener: Screener, now: dt.datetime) -> dict[str, str]:
        people = importlib.import_module("prankfilter_api.demo.people")
        made: dict[str, str] = people.make_accounts(screener, at=now)
        return made

    def play(self, host: str, port: int) -> int:
        """Replay the shift, show what came back and where to look further."""
        rows = dated_shift(self.settings.data, dt.datetime.now(self.settings.zone))
        decisions = replay(host, port, self.keys, rows)
        print("\n" + table(rows, decisions) + "\n" + NOTE)
        print(f"\nThe service answers on http://{host}:{port} (documentation: http://{host}:{port}/docs).")
        if (console := self.keys.get("console")) is not None:
            print(f"Its console: http://{host}:{port}/console/", end="")
            print(f" (name {console['user']}, password {console['password']})")
        print(f"Keys for it are in {self.settings.data / 'demo-keys.json'}.")
        sys.stdout.flush()
        return 0


def open_demonstration(settings: Settings) -> Demonstration:
    """Make the demonstration of a service with these settings."""
    return Demonstration(settings)
