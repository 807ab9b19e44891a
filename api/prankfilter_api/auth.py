"""Who asks: bearer keys and their rights. Whatever cannot be checked is refused.

One exception, for routing's sake: a router's key that this process has checked within the last hour stays
good while the store is silent, because screening goes on without the store too.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from prankfilter.errors import BadKey, OverloadedError, StoreUnavailable
from prankfilter.privacy.api_keys import ALLOWED, Action, ApiKey, Scope, may
from prankfilter_api.lane import Lane
from prankfilter_api.refusals import ScopeMissing

CACHED_S = 5.0
"""How long a look-up counts; a revoked key is refused everywhere after this time."""

OUTAGE_S = 3600.0
"""How long a router's key that was once checked stays good while the store is silent."""

RETRY_S = 1.0
"""How long a silent store is left alone before such a key is looked up again."""

LOOK_UP_S = 2.0
KNOWN_LOOK_UP_S = 0.03
"""How long a look-up may take, and that of a key which may outlast an outage: a call is waiting behind it."""

STRANGE_KEYS = 1024
"""How many refused keys are remembered."""

Check = Callable[[str], ApiKey]
"""Check a key with the store, or raise `BadKey` or `StoreUnavailable`. Blocks."""


@dataclass(slots=True)
class _Seen:
    """What the last look-up of a key said (None: refused), and from when on it is to be asked again."""

    key: ApiKey | None
    at: float
    ask_at: float

    def outlasts_outage(self, now: float) -> bool:
        return self.key is not None and self.key.scope == Scope.ROUTER and now - self.at < OUTAGE_S


class Keys:
    """Bearer keys, checked with the store and remembered for a few seconds."""

    def __init__(self, check: Check, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._check = check
        self._clock = clock
        self._lane = Lane(threads=2)
        self._salt = secrets.token_bytes(32)
        self._known: dict[bytes, _Seen] = {}
        self._asking: dict[bytes, asyncio.Task[_Seen]] = {}
        self._strange: OrderedDict[bytes, _Seen] = OrderedDict()

    async def holder(self, authorization: str | None, action: Action) -> ApiKey:
        """The key of a request if it may do this; else `BadKey`, or `StoreUnavailable` if nobody can tell."""
        presented = _bearer(authorization)
        name = self._name(presented)
        seen, now = self._known.get(name) or self._strange.get(name), self._clock()
        if seen is None or now >= seen.ask_at:
            seen = await self._join(presented, name, seen, now)
        if seen.key is None:
            raise BadKey("The key is unknown or revoked.")
        if not may(seen.key.scope, action):
            raise ScopeMissing(f"This takes a key of scope {' or '.join(sorted(ALLOWED[action]))}.")
        return seen.key

    def knows(self, authorization: str | None, action: Action) -> bool:
        """Whether a key is known to be good for this without asking anybody; False says nothing of it."""
        try:
            name = self._name(_bearer(authorization))
        except BadKey:
            return False
        seen = self._known.get(name)
        return (
            seen is not None
            and seen.key is not None
            and self._clock() < seen.ask_at
            and may(seen.key.scope, action)
        )

    def _name(self, presented: str) -> bytes:
        """Name a key by a salted hash: the time it takes tells nothing of a key, and none lies in memory."""
        return hashlib.blake2b(presented.encode(), key=self._salt, digest_size=32).digest()

    async def _join(self, presented: str, name: bytes, known: _Seen | None, now: float) -> _Seen:
        """Ask, or wait for who asks already: a crowd with one key is one question."""
        asking = self._asking.get(name)
        if asking is None:
            asking = self._asking[name] = asyncio.create_task(self._ask(presented, name, known, now))
            asking.add_done_callback(lambda done: self._asked(name, done))
        # Whoever goes away takes nobody's answer along.
        return await asyncio.shield(asking)

    def _asked(self, name: bytes, done: asyncio.Task[_Seen]) -> None:
        del self._asking[name]
        if not done.cancelled():
            done.exception()  # heard by whoever still waits, if anybody does

    async def _ask(self, presented: str, name: bytes, known: _Seen | None, now: float) -> _Seen:
        lasting = known is not None and known.outlasts_outage(now)
        key: ApiKey | None
        try:
            async with asyncio.timeout(KNOWN_LOOK_UP_S if lasting else LOOK_UP_S):
                key = await self._lane.run(lambda: self._check(presented), abandon=True)
        except BadKey:
            key = None
        except (StoreUnavailable, OverloadedError, TimeoutError):
            if known is None or not lasting:
                raise StoreUnavailable("The key cannot be checked: the store does not answer.") from None
            known.ask_at = now + RETRY_S
            return known
        return self._keep(name, _Seen(key, now, now + CACHED_S))

    def _keep(self, name: bytes, seen: _Seen) -> _Seen:
        """Remember a look-up; refused keys apart, so that no flood of them displaces a good one."""
        self._known.pop(name, None)
        self._strange.pop(name, None)
        if seen.key is not None:
            self._known[name] = seen
            return seen
        self._strange[name] = seen
        if len(self._strange) > STRANGE_KEYS:
            self._strange.popitem(last=False)
        return seen


def _bearer(authorization: str | None) -> str:
    scheme, _, presented = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not presented.strip().isascii():
        raise BadKey("Send the header Authorization: Bearer, with a key.")
    return presented.strip()
