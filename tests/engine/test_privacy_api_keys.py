"""Bearer keys: what is kept of them, who may do what."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.errors import BadKey
from prankfilter.privacy.accounts import ROLES_ALLOWED
from prankfilter.privacy.api_keys import ALLOWED, SCOPES, Action, ApiKey, KeyCheck, Scope, make_key, may
from prankfilter.privacy.keyring import Key, Keyring, Purpose

KEYS = Keyring.ephemeral()
NOW = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)

# Word for word from the table of routes and SAFETY rule 10; `may` must say the same of every pair.
RIGHTS = {
    ("router", "screen"),
    ("router", "add_facts"),
    ("router", "tell_outcome"),
    ("desk", "tell_outcome"),
    ("supervisor", "read_call"),
    ("auditor", "read_call"),
    ("supervisor", "hear_call"),
    ("auditor", "hear_call"),
    ("supervisor", "read_flags"),
    ("supervisor", "give_verdict"),
    ("desk", "call_back"),
    ("desk", "switch_off"),
    ("supervisor", "switch_off"),
    ("supervisor", "switch_on"),
    ("supervisor", "read_reports"),
    ("auditor", "read_reports"),
    ("data", "export"),
}


class Shelf:
    """Stands in for `Store.key`."""

    def __init__(self, *keys: ApiKey) -> None:
        self.keys = {key.digest: key for key in keys}

    def __call__(self, digest: str) -> ApiKey | None:
        return self.keys.get(digest)


def test_every_right_and_no_other() -> None:
    assert {(scope, action.value) for scope in SCOPES for action in Action if may(scope, action)} == RIGHTS


def test_every_action_is_somebodys() -> None:
    assert set(ALLOWED) == set(ROLES_ALLOWED) == set(Action)
    assert all(ALLOWED[action] or ROLES_ALLOWED[action] for action in Action)


@given(st.text())
def test_an_unknown_scope_may_do_nothing(scope: str) -> None:
    if scope not in SCOPES:
        assert not any(may(scope, action) for action in Action)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_opens_for_its_owner(scope: str) -> None:
    secret, kept = make_key(scope, name="kamailio-1", keyring=KEYS, now=NOW)
    assert secret.startswith(f"pf_{scope}_")
    assert (kept.scope, kept.name, kept.created_at, kept.revoked_at) == (scope, "kamailio-1", NOW, None)
    assert KeyCheck(KEYS).holder(secret, Shelf(kept)) == kept


def test_nothing_kept_of_a_key_opens_anything() -> None:
    secret, kept = make_key(Scope.ROUTER, name="x", keyring=KEYS, now=NOW)
    assert secret.split("_", 2)[2] not in repr(kept)
    for stolen in (kept.digest, kept.key_id, f"pf_router_{kept.digest.removeprefix('k1:')}"):
        with pytest.raises(BadKey):
            KeyCheck(KEYS).holder(stolen, Shelf(kept))


def test_keys_never_repeat() -> None:
    made = [make_key("desk", name="x", keyring=KEYS, now=NOW) for _ in range(200)]
    assert len({secret for secret, _ in made}) == len({kept.digest for _, kept in made}) == 200
    assert len({kept.key_id for _, kept in made}) == 200


def test_a_revoked_key_opens_nothing() -> None:
    secret, kept = make_key("desk", name="x", keyring=KEYS, now=NOW)
    with pytest.raises(BadKey):
        KeyCheck(KEYS).holder(secret, Shelf(replace(kept, revoked_at=NOW)))


def test_a_store_that_answers_with_another_key_opens_nothing() -> None:
    secret, _ = make_key("desk", name="x", keyring=KEYS, now=NOW)
    _, other = make_key("supervisor", name="y", keyring=KEYS, now=NOW)
    with pytest.raises(BadKey):
        KeyCheck(KEYS).holder(secret, lambda _digest: other)


def test_the_scope_in_the_text_gives_no_right() -> None:
    secret, kept = make_key("router", name="x", keyring=KEYS, now=NOW)
    with pytest.raises(BadKey):
        KeyCheck(KEYS).holder(secret.replace("router", "supervisor"), Shelf(kept))


def test_after_a_new_digest_key_older_bearer_keys_still_open() -> None:
    old, new = Key("k1", bytes(32)), Key("k2", bytes(31) + b"\1")
    secret, kept = make_key("desk", name="x", keyring=Keyring({Purpose.API: (old,)}), now=NOW)
    assert KeyCheck(Keyring({Purpose.API: (new, old)})).holder(secret, Shelf(kept)) == kept
    with pytest.raises(BadKey):
        KeyCheck(Keyring({Purpose.API: (new,)})).holder(secret, Shelf(kept))


def test_an_unknown_scope_gets_no_key() -> None:
    with pytest.raises(ValueError, match="admin"):
        make_key("admin", name="x", keyring=KEYS, now=NOW)


@given(st.text(st.characters(exclude_categories=()), max_size=200) | st.from_regex(r"pf_(router|x)_.{0,200}"))
def test_no_text_opens_or_breaks_anything_and_no_refusal_repeats_it(presented: str) -> None:
    with pytest.raises(BadKey) as refusal:
        KeyCheck(KEYS).holder(presented, Shelf())
    assert str(refusal.value) == "the key is unknown or revoked"


def test_a_text_that_cannot_be_a_key_never_reaches_the_store() -> None:
    def find(_digest: str) -> ApiKey | None:
        raise AssertionError("the store was asked")

    for presented in ("", "x" * 100_000, "pf_router_", "pf_admin_" + "a" * 43, "pf_router_" + "a" * 10_000):
        with pytest.raises(BadKey):
            KeyCheck(KEYS).holder(presented, find)
