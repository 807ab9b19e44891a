"""Keys between two look-ups, and while the store is silent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from prankfilter_api import auth
from prankfilter_api.auth import CACHED_S, OUTAGE_S, RETRY_S, STRANGE_KEYS, Keys

from prankfilter.errors import BadKey, StoreUnavailable
from prankfilter.privacy.api_keys import Action, ApiKey
from tests.builders import NOW


class FakeStore:
    """A store of keys that counts how often it is asked, and a clock that a test turns."""

    def __init__(self) -> None:
        self.asked = 0
        self.seconds = 1000.0
        self.held = {scope: key(scope) for scope in ("router", "desk")}
        self.trouble: Callable[[], None] = lambda: None

    def check(self, presented: str) -> ApiKey:
        self.asked += 1
        self.trouble()
        if presented not in self.held:
            raise BadKey("unknown")
        return self.held[presented]

    def silent(self) -> None:
        raise StoreUnavailable("silent")


def _wait(go_on: threading.Event) -> None:
    go_on.wait(10)


def key(scope: str) -> ApiKey:
    return ApiKey(key_id=scope, digest=scope, scope=scope, name=f"{scope}-1", created_at=NOW)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def keys(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> Keys:
    # A busy machine may take longer to start a thread than a known router is let wait in earnest.
    monkeypatch.setattr(auth, "KNOWN_LOOK_UP_S", 60.0)
    return Keys(store.check, clock=lambda: store.seconds)


def show(keys: Keys, presented: str, action: Action = Action.TELL_OUTCOME) -> ApiKey:
    return asyncio.run(keys.holder(f"Bearer {presented}", action))


def test_a_key_is_looked_up_once_in_a_while(keys: Keys, store: FakeStore) -> None:
    assert show(keys, "router").name == "router-1"
    show(keys, "router")
    assert store.asked == 1
    store.seconds += CACHED_S
    show(keys, "router")
    assert store.asked == 2


def test_a_revoked_key_is_refused_soon(keys: Keys, store: FakeStore) -> None:
    show(keys, "router")
    del store.held["router"]
    store.seconds += CACHED_S
    with pytest.raises(BadKey):
        show(keys, "router")


def test_a_new_key_is_accepted_soon(keys: Keys, store: FakeStore) -> None:
    with pytest.raises(BadKey):
        show(keys, "new")
    store.held["new"] = key("desk")
    store.seconds += CACHED_S
    assert show(keys, "new").scope == "desk"


def test_a_silent_store_refuses_what_cannot_be_checked(keys: Keys, store: FakeStore) -> None:
    store.trouble = store.silent
    for presented in ("router", "desk", "unknown"):
        with pytest.raises(StoreUnavailable):
            show(keys, presented)


def test_a_known_router_outlasts_an_outage_and_a_desk_does_not(keys: Keys, store: FakeStore) -> None:
    show(keys, "router")
    show(keys, "desk")
    store.trouble = store.silent
    store.seconds += CACHED_S
    assert show(keys, "router").scope == "router"
    with pytest.raises(StoreUnavailable):
        show(keys, "desk")


def test_an_outage_is_outlasted_for_an_hour_only(keys: Keys, store: FakeStore) -> None:
    show(keys, "router")
    store.trouble = store.silent
    store.seconds += OUTAGE_S
    with pytest.raises(StoreUnavailable):
        show(keys, "router")


def test_a_silent_store_is_not_asked_for_every_call(keys: Keys, store: FakeStore) -> None:
    show(keys, "router")
    store.trouble = store.silent
    store.seconds += CACHED_S
    for _ in range(5):
        show(keys, "router")
    assert store.asked == 2
    store.seconds += RETRY_S
    show(keys, "router")
    assert store.asked == 3


def test_a_store_that_hangs_holds_up_no_known_router(
    keys: Keys, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "KNOWN_LOOK_UP_S", 0.001)
    show(keys, "router")
    go_on = threading.Event()
    store.trouble = lambda: _wait(go_on)
    store.seconds += CACHED_S
    try:
        assert show(keys, "router").scope == "router"
    finally:
        go_on.set()


def test_no_flood_of_strange_keys_displaces_a_known_one(keys: Keys, store: FakeStore) -> None:
    async def flood() -> None:
        await keys.holder("Bearer router", Action.SCREEN)
        for number in range(STRANGE_KEYS + 10):
            with pytest.raises(BadKey):
                await keys.holder(f"Bearer strange-{number}", Action.SCREEN)

    asyncio.run(flood())
    store.trouble = store.silent
    assert show(keys, "router").scope == "router"


def test_no_key_is_remembered_as_it_was_shown(keys: Keys, store: FakeStore) -> None:
    store.held["pf_desk_secret"] = key("desk")
    show(keys, "pf_desk_secret")
    del store.held["pf_desk_secret"]
    assert "pf_desk_secret" not in repr(vars(keys))


def test_a_crowd_with_one_key_is_one_question(keys: Keys, store: FakeStore) -> None:
    async def crowd(presented: str) -> list[ApiKey | BaseException]:
        asked = (keys.holder(f"Bearer {presented}", Action.SCREEN) for _ in range(20))
        return await asyncio.gather(*asked, return_exceptions=True)

    told = asyncio.run(crowd("router"))
    assert {getattr(one, "name", None) for one in told} == {"router-1"}
    assert store.asked == 1
    assert {type(one) for one in asyncio.run(crowd("strange"))} == {BadKey}
    assert store.asked == 2


def test_who_goes_away_takes_nobodys_answer_along(keys: Keys, store: FakeStore) -> None:
    go_on = threading.Event()
    store.trouble = lambda: _wait(go_on)

    async def leave() -> ApiKey:
        leaving, staying = (
            asyncio.create_task(keys.holder("Bearer router", Action.SCREEN)) for _ in range(2)
        )
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.sleep(0)
        go_on.set()
        return await staying

    assert asyncio.run(leave()).name == "router-1"
    assert store.asked == 1


def test_what_is_known_without_asking_is_what_was_asked_lately(keys: Keys, store: FakeStore) -> None:
    assert not keys.knows("Bearer router", Action.SCREEN)
    show(keys, "router")
    show(keys, "desk")
    assert keys.knows("Bearer router", Action.SCREEN)
    assert not keys.knows("Bearer desk", Action.SCREEN)
    assert not any(keys.knows(one, Action.SCREEN) for one in (None, "", "router", "Bearer strange"))
    store.seconds += CACHED_S
    assert not keys.knows("Bearer router", Action.SCREEN)
