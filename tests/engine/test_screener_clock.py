"""A clock that jumps, forward or back, here or at the router: every call is answered all the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Advice, Assessed
from tests.builders import NOW, ago, call_record, outcome, screening
from tests.bundles import certify, shelve
from tests.wired import Wired, wired

MOMENTS = (
    NOW - dt.timedelta(hours=1),
    NOW - dt.timedelta(days=400),
    NOW + dt.timedelta(hours=1),
    NOW + dt.timedelta(days=30_000),
    dt.datetime(1970, 1, 2, tzinfo=dt.UTC),
    NOW,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("clock")
    certify(root / "models", shelve(root / "models", leaning=5.0), policy="always")
    return root


@pytest.fixture
def service(folder: Path) -> Iterator[Wired]:
    with wired(folder) as one:
        one.observe_since(ago(days=60))
        yield one


class TestOurs:
    def test_every_call_is_answered_however_it_jumps(self, service: Wired) -> None:
        for number, moment in enumerate(MOMENTS):
            service.clock.now = moment
            decided = service.ask(f"jump-{number}")
            assert (decided.advice, decided.assessed) == (Advice.NORMAL, Assessed.METADATA_ONLY)

    def test_what_the_router_dates_ahead_of_it_counts_as_now(self, service: Wired) -> None:
        ahead = (NOW + dt.timedelta(days=1)).isoformat()
        decided = service.ask("ahead", received_at=ahead)
        assert decided.assessed is Assessed.METADATA_ONLY
        assert any(fault.startswith("received_at") for fault in decided.faults)


class TestTheStores:
    def test_a_call_of_an_earlier_moment_sees_nothing_of_later_ones(self, tmp_path: Path) -> None:
        with closing(SqlStore.open(f"sqlite:///{tmp_path / 'store.sqlite'}")) as store:
            for minutes in (0, 30, 10, 20):
                record = call_record(call_id=f"c{minutes}", received_at=ago(minutes=minutes))
                assert store.remember(screening(record, at=ago(minutes=minutes)))
                store.put_outcome(f"c{minutes}", outcome(at=ago(minutes=minutes - 1)))
            for minutes, seen in ((31, []), (15, ["c30", "c20"]), (-1, ["c30", "c20", "c10", "c0"])):
                known = store.caller("caller-1", before=ago(minutes=minutes), except_call="")
                assert [call.call_id for call in known.past_calls] == seen
            assert store.counters()["oldest_queued_s"] >= 0
