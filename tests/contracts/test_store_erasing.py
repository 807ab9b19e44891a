"""Erasing one subject: every table that can name it is rid of it, and nobody else's row is touched."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from prankfilter.errors import BadInput
from prankfilter.store import erasing
from prankfilter.store.deeds import Act
from prankfilter.store.dropping import OF_CALL, OF_CALLER
from prankfilter.store.erasing import Eraser, Order, Subject
from prankfilter.store.instants import microseconds
from prankfilter.store.query import Query
from prankfilter.store.schema import deeds, incidents, owed
from prankfilter.store.sql import SqlStore
from tests.builders import NOW, ago
from tests.subjects import ABOUT_SOMEBODY, fill, kept, row_of

ORDER = Order(by="ratna", reason="request 7 of 2026", at=NOW)
TABLES = {table.name for table in ABOUT_SOMEBODY}


def book(store: SqlStore) -> list[tuple[Any, ...]]:
    """All deeds."""
    with store.cursor() as cursor:
        columns = (deeds.c.by, deeds.c.what, deeds.c.call_id, deeds.c.details)
        return [
            tuple(row)
            for row in Query(deeds.select().with_only_columns(*columns), store.dialect).rows(cursor)
        ]


def test_every_table_about_somebody_is_one_that_erasing_knows() -> None:
    assert {table.name for table in (*OF_CALL, *OF_CALLER, deeds)} == TABLES


def test_a_number_goes_under_each_of_its_names_and_others_stay(disk: SqlStore) -> None:
    for call_id, caller in {"a": "k1:x", "b": "k2:x", "c": "k2:y"}.items():
        fill(disk, call_id, caller)
    stays = kept(disk, "c")
    eraser, subject = Eraser(disk), Subject(callers=("k2:x", "k1:x"))
    found = eraser.found(subject)
    assert dict(found.rows) == dict.fromkeys(TABLES, 2)
    gone = eraser.erase(subject, ORDER)
    assert dict(gone) == dict.fromkeys(TABLES - {"deeds"}, 2)
    assert [kept(disk, name) for name in ("a", "b", "k1:x", "k2:x")] == [{}] * 4
    assert kept(disk, "c") == stays
    assert not eraser.found(subject).rows


def test_what_stays_says_that_it_was_done_and_not_of_whom(disk: SqlStore) -> None:
    fill(disk, "call-a", "caller-x")
    gone = Eraser(disk).erase(Subject(callers=("caller-x",)), ORDER)
    (other, done) = book(disk)
    # Somebody did something once; of which call is forgotten.
    assert other == ("sari", "listened", None, "{}")
    assert done[:3] == ("ratna", Act.ERASED.value, None)
    assert json.loads(done[3]) == {"reason": "request 7 of 2026", "rows": dict(gone)}


def test_one_call_goes_and_its_number_stays(disk: SqlStore) -> None:
    for call_id in "ab":
        fill(disk, call_id, "x")
    Eraser(disk).erase(Subject(call_ids=("a",)), ORDER)
    assert kept(disk, "a") == {}
    assert kept(disk, "x") == {"calls": 1, "clearings": 2, "call_backs": 2}


def test_what_was_said_of_a_call_that_is_not_on_record_goes_too(disk: SqlStore) -> None:
    fill(disk, "a", "x")
    disk.put(lambda cursor: cursor.execute("DELETE FROM calls"))
    Eraser(disk).erase(Subject(call_ids=("a",)), ORDER)
    assert kept(disk, "a") == {}


def test_calls_after_an_erasure_stay_when_it_is_done_again(disk: SqlStore) -> None:
    fill(disk, "before", "x", at=microseconds(ago(days=1)))
    fill(disk, "after", "x", at=microseconds(NOW))
    stays = kept(disk, "after")
    Eraser(disk).erase(Subject(callers=("x",), before=microseconds(NOW)), ORDER)
    assert kept(disk, "before") == {}
    assert kept(disk, "after") == stays
    assert kept(disk, "x") == {"calls": 1, "clearings": 1, "call_backs": 1}


@pytest.mark.parametrize(
    ("table", "told"), [(incidents, "an incident is open"), (owed, "a call-back is owed")]
)
def test_what_is_open_is_named_and_never_goes(disk: SqlStore, table: Any, told: str) -> None:
    for call_id in ("needed", "closed"):
        fill(disk, call_id, "x")
    reopen = table.update().where(table.c.call_id == "needed").values(closed_at=sa.null())
    disk.put(Query(reopen, disk.dialect).run)
    stays = {**kept(disk, "needed")}
    for subject in (Subject(callers=("x",)), Subject(call_ids=("needed",))):
        with pytest.raises(BadInput, match=f"{told} for call needed"):
            Eraser(disk).found(subject).refuse_what_is_needed()
        # And where it was opened in the very moment in which the rest goes.
        Eraser(disk).erase(subject, ORDER)
        assert kept(disk, "needed") == stays
    assert kept(disk, "closed") == {}


def test_more_calls_than_go_at_once(disk: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = next(table for table in ABOUT_SOMEBODY if table.name == "calls")
    many = range(2 * erasing.AT_ONCE)
    disk.put(*(row_of(disk, calls, call_id=f"c{number}", caller="x", at=number) for number in many))
    gone = Eraser(disk).erase(Subject(callers=("x",)), ORDER)
    assert gone["calls"] == 2 * erasing.AT_ONCE
    assert kept(disk, "x") == {}


def test_all_names_on_record_are_listed_once_in_their_order(
    disk: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "READ_AT_ONCE", 3)
    for number in range(7):
        fill(disk, f"call-{number}", f"caller-{number % 4}")
    disk.put(lambda cursor: cursor.execute("DELETE FROM calls WHERE call_id = 'call-6'"))
    eraser = Eraser(disk)
    assert list(eraser.callers()) == [f"caller-{number}" for number in range(4)]
    assert list(eraser.call_ids()) == [f"call-{number}" for number in range(7)]
