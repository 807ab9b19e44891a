"""The list of call-backs that are owed: every store keeps it alike."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from prankfilter.errors import NotFound, Taken
from prankfilter.store.port import CallBackAct, Owed, Store
from prankfilter.vocabulary import CallBackResult, CallBackStep, OwedFor
from tests.builders import NOW, ago

STALE = ago(minutes=10)


def owed(call_id: str = "a", **over: Any) -> Owed:
    known: dict[str, Any] = {
        "reason": OwedFor.HUNG_UP,
        "opened_at": ago(minutes=20),
        "due_at": ago(minutes=15),
        "number": b"sealed",
    }
    return Owed(call_id=call_id, **known | over)


def act(kind: str, by: str = "budi", at: dt.datetime = NOW, **over: Any) -> CallBackAct:
    return CallBackAct(act=CallBackStep(kind), at=at, by=by, **over)


def attempt(number: int, result: CallBackResult, **over: Any) -> CallBackAct:
    return act("attempt", attempt=number, result=result, **over)


def claim(store: Store, by: str = "budi", at: dt.datetime = NOW) -> None:
    store.put_claim("a", act("claim", by, at), stale_before=STALE)


def kept(store: Store) -> Owed:
    held = store.debt("a")
    assert held is not None
    return held


def test_comes_back_whole_and_only_once(store: Store) -> None:
    for _ in range(2):
        store.put_owed(owed())
    assert store.owed() == [owed()] == [kept(store)]
    assert store.debt("b") is None


def test_a_second_word_mends_the_reason_and_adds_what_was_missing(store: Store) -> None:
    store.put_owed(owed(number=None))
    store.put_owed(owed(reason=OwedFor.IN_PROMPT, number=b"later", opened_at=NOW))
    store.put_owed(owed(reason=OwedFor.CUT_OFF, number=b"too late"))
    assert kept(store) == owed(reason=OwedFor.CUT_OFF, number=b"later")


def test_open_ones_come_oldest_first_and_closed_ones_latest_first(store: Store) -> None:
    for minutes in (5, 30, 10):
        store.put_owed(owed(f"call {minutes}", opened_at=ago(minutes=minutes)))
    assert [one.call_id for one in store.owed()] == ["call 30", "call 10", "call 5"]
    assert [one.call_id for one in store.owed(limit=1)] == ["call 30"]
    for minutes in (30, 5):
        closing = act("close", at=ago(minutes=minutes / 10), result=CallBackResult.SETTLED)
        store.put_attempt(f"call {minutes}", closing, closes=True)
    assert [one.call_id for one in store.owed()] == ["call 10"]
    assert [one.call_id for one in store.owed(until=NOW)] == ["call 5", "call 30"]
    assert [one.call_id for one in store.owed(until=ago(minutes=1))] == ["call 30"]


def test_however_many_wait_the_most_pressing_are_given(store: Store) -> None:
    for place, reason in enumerate(reversed(OwedFor)):
        for minutes in (30, 40):
            store.put_owed(owed(f"{reason} {minutes}", reason=reason, opened_at=ago(minutes=minutes - place)))
    given = [f"{reason} {minutes}" for reason in OwedFor for minutes in (40, 30)]
    for limit in (1, 3, 8):
        assert [one.call_id for one in store.owed(limit=limit)] == given[:limit]


def test_one_person_has_it_in_hand(store: Store) -> None:
    store.put_owed(owed())
    claim(store)
    claim(store)
    with pytest.raises(Taken, match="budi"):
        claim(store, "sari")
    assert (kept(store).claimed_by, kept(store).claimed_at) == ("budi", NOW)


def test_a_claim_of_long_ago_holds_nobody_off(store: Store) -> None:
    store.put_owed(owed())
    claim(store, at=ago(minutes=11))
    claim(store, "sari")
    assert kept(store).claimed_by == "sari"


def test_closing_destroys_the_number_and_ends_all(store: Store) -> None:
    store.put_owed(owed())
    store.put_attempt("a", attempt(1, CallBackResult.REACHED), closes=True)
    assert kept(store).number is None
    assert (kept(store).closed_at, kept(store).result) == (NOW, CallBackResult.REACHED)
    with pytest.raises(Taken):
        claim(store)
    with pytest.raises(Taken):
        store.put_attempt("a", attempt(2, CallBackResult.NOT_REACHED), closes=True)
    store.put_owed(owed())
    assert kept(store).number is None, "what is closed is not opened again"


def test_what_was_done_is_in_the_trail_once(store: Store) -> None:
    store.put_owed(owed())
    claim(store)
    for _ in range(2):
        store.put_attempt("a", attempt(1, CallBackResult.NOT_REACHED), closes=False)
    store.put_attempt("a", attempt(2, CallBackResult.NOT_REACHED), closes=True)
    store.put_attempt("a", attempt(2, CallBackResult.NOT_REACHED), closes=True)
    file = store.call("a")
    assert file is not None
    assert [(one.what, one.details["act"], one.details.get("attempt")) for one in file.changes] == [
        ("call_back", "claim", None),
        ("call_back", "attempt", 1),
        ("call_back", "attempt", 2),
    ]


def test_numbers_do_not_outlive_their_day(store: Store) -> None:
    store.put_owed(owed())
    store.put_owed(owed("young", opened_at=NOW))
    store.forget_numbers(opened_before=ago(minutes=1))
    numbers = {one.call_id: one.number for one in store.owed()}
    assert numbers == {"a": None, "young": b"sealed"}


@pytest.mark.parametrize("does", ["claim", "attempt"])
def test_nothing_is_done_about_what_nobody_is_owed(store: Store, does: str) -> None:
    with pytest.raises(NotFound):
        if does == "claim":
            claim(store)
        else:
            store.put_attempt("a", attempt(1, CallBackResult.REACHED), closes=True)
