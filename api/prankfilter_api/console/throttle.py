"""Guessing passwords is slowed down, without locking anybody out by somebody else's guesses.

After a few wrong passwords the next attempt must wait, twice as long after each. Whoever signed in from this
browser before waits for its own mistakes only; strangers share a wait for each account and for each address
(device cookies: OWASP, Slow Down Online Guessing Attacks). It is kept in memory, by each process for itself.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

FREE = 5
"""So many wrong passwords cost nothing."""

FIRST_S, LONGEST_S = 1.0, 30.0
FORGIVEN_S = 900.0
"""A quarter of an hour without a wrong one and all is as before."""

MOST = 10_000
"""So many names and addresses are remembered, the latest."""


@dataclass(slots=True)
class _Tally:
    wrong: int = 0
    last: float = 0.0
    until: float = 0.0


class Throttle:
    """Remembers wrong passwords."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tallies: OrderedDict[str, _Tally] = OrderedDict()

    def wait_s(self, keys: Iterable[str]) -> int:
        """How many whole seconds somebody has to wait who is known by these; 0: none."""
        now = self._clock()
        until = max((self._tallies[key].until for key in keys if key in self._tallies), default=now)
        return max(math.ceil(until - now), 0)

    def was_wrong(self, keys: Iterable[str]) -> None:
        """Note a wrong password."""
        now = self._clock()
        for key in keys:
            tally = self._tallies.pop(key, None)
            if tally is None or now - tally.last >= FORGIVEN_S:
                tally = _Tally()
            tally.wrong, tally.last = tally.wrong + 1, now
            if tally.wrong >= FREE:
                tally.until = now + min(FIRST_S * 2.0 ** min(tally.wrong - FREE, 10), LONGEST_S)
            self._tallies[key] = tally
        while len(self._tallies) > MOST:
            self._tallies.popitem(last=False)

    def was_right(self, keys: Iterable[str]) -> None:
        """Forget what somebody got wrong who is in now."""
        for key in keys:
            self._tallies.pop(key, None)


def keys_of(name: str, address: str, *, is_known: bool) -> list[str]:
    """What an attempt counts for: a browser that the account signed in from before counts for itself."""
    name = name.strip().lower()
    return [f"known {name}"] if is_known else [f"account {name}", f"address {address}"]
