"""A database that did not answer is left alone, tried by one, and asked by all once it answers."""

from __future__ import annotations

import pytest

from prankfilter.errors import StoreUnavailable
from prankfilter.store.breaker import Breaker


def fail(breaker: Breaker) -> None:
    """A read that gets no answer."""
    with pytest.raises(StoreUnavailable, match="gone"), breaker:
        raise StoreUnavailable("gone")


def test_after_a_failure_nobody_asks_for_a_while() -> None:
    breaker = Breaker(rest_s=3600.0)
    with breaker:
        pass
    fail(breaker)
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="a moment ago"), breaker:
            raise AssertionError("it was asked")


def test_then_one_tries_and_the_others_do_not_wait_for_it() -> None:
    breaker = Breaker(rest_s=0.0)
    fail(breaker)
    with breaker, pytest.raises(StoreUnavailable, match="a moment ago"), breaker:
        raise AssertionError("it was asked")


def test_once_one_has_an_answer_all_ask_again() -> None:
    breaker = Breaker(rest_s=0.0)
    fail(breaker)
    with breaker:
        pass
    with breaker, breaker:
        pass


def test_what_is_no_failure_of_the_database_leaves_it_open() -> None:
    breaker = Breaker(rest_s=3600.0)
    with pytest.raises(ValueError, match="a row"), breaker:
        raise ValueError("a row of another version")
    with breaker:
        pass
