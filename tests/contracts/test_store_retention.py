"""What was kept for long enough goes, in steps; what is open, and what is younger, stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from prankfilter.store import retention
from prankfilter.store.instants import microseconds
from prankfilter.store.query import Query
from prankfilter.store.retention import Keep, Retention
from prankfilter.store.schema import incidents, metadata, owed, recordings, runs, said, sessions
from prankfilter.store.sql import SqlStore
from tests.builders import NOW, ago
from tests.subjects import ABOUT_SOMEBODY, fill, kept, row_of

KEEP = Keep(sound=dt.timedelta(days=30), calls=dt.timedelta(days=400), deeds=dt.timedelta(days=1000))
TABLES = {table.name for table in ABOUT_SOMEBODY}
FOR_EVER = {"accounts", "api_keys", "outreach", "suspensions", "switches"}
"""Of people who work here, of days and of certificates: nothing of a caller."""


def at(**parts: float) -> int:
    return microseconds(ago(**parts))


def purged(store: SqlStore) -> dict[str, int]:
    """Purge; what was said to be due is what went."""
    some = Retention(store, KEEP, NOW)
    due = some.due()
    gone = some.purge()
    # What goes with a call is not counted beside it.
    assert {name: due[name] for name in gone} == gone
    assert Retention(store, KEEP, NOW).due() == {}
    return gone


def reopen(store: SqlStore, table: sa.Table, call_id: str, closed_at: int | None = None) -> None:
    statement = table.update().where(table.c.call_id == call_id).values(closed_at=closed_at or sa.null())
    store.put(Query(statement, store.dialect).run)


def test_every_table_has_a_term_or_is_kept_for_ever(disk: SqlStore) -> None:
    terms = {kind.name for kind in Retention(disk, KEEP, NOW)._kinds}
    assert terms - {"numbers"} == set(metadata.tables) - FOR_EVER


def test_a_call_goes_with_all_that_belongs_to_it_when_its_time_is_over(disk: SqlStore) -> None:
    fill(disk, "old", "x", at=at(days=401))
    fill(disk, "young", "y", at=at(days=29))
    stays = kept(disk, "young")
    assert purged(disk)["calls"] == 1
    # That somebody listened is known for longer, though no more to which call.
    assert kept(disk, "old") == kept(disk, "x") == {}
    assert kept(disk, "young") == stays
    assert purged(disk) == {}


def test_sound_goes_first(disk: SqlStore) -> None:
    fill(disk, "a", "x", at=at(days=31))
    assert purged(disk)["recordings"] == 1
    assert set(kept(disk, "a")) == TABLES - {"recordings", "clearings", "call_backs"}


@pytest.mark.parametrize("table", [incidents, owed], ids=["an incident", "a call-back"])
class TestWhatIsOpen:
    def test_keeps_its_call_however_old(self, disk: SqlStore, table: sa.Table) -> None:
        fill(disk, "a", "x", at=at(days=999))
        reopen(disk, table, "a")
        purged(disk)
        assert {"calls", "decisions", "said", "flags", table.name} <= set(kept(disk, "a"))

    def test_keeps_what_was_said_of_a_call_that_is_not_on_record(
        self, disk: SqlStore, table: sa.Table
    ) -> None:
        fill(disk, "a", "x", at=at(days=999))
        disk.put(lambda cursor: cursor.execute("DELETE FROM calls"))
        reopen(disk, table, "a")
        purged(disk)
        assert {"decisions", "said", "flags", table.name} <= set(kept(disk, "a"))

    def test_and_closed_a_while_ago_lets_go_of_it(self, disk: SqlStore, table: sa.Table) -> None:
        fill(disk, "a", "x", at=at(days=999))
        reopen(disk, table, "a", at(days=399))
        purged(disk)
        assert "calls" in kept(disk, "a")
        reopen(disk, table, "a", at(days=401))
        purged(disk)
        assert kept(disk, "a") == {}


def test_sound_of_an_open_incident_stays(disk: SqlStore) -> None:
    fill(disk, "a", "x", at=at(days=31))
    reopen(disk, incidents, "a")
    purged(disk)
    assert "recordings" in kept(disk, "a")
    reopen(disk, incidents, "a", at(days=0))
    purged(disk)
    assert "recordings" not in kept(disk, "a")


def test_numbers_of_open_call_backs_go_after_a_day(disk: SqlStore) -> None:
    for call_id, hours in {"old": 25, "young": 23}.items():
        row = row_of(
            disk, owed, call_id=call_id, caller="", at=at(hours=hours), closed_at=None, number=b"123"
        )
        disk.put(row)
    assert purged(disk) == {"numbers": 1}
    query = Query(sa.select(owed.c.call_id, owed.c.number).order_by(owed.c.call_id), disk.dialect)
    with disk.cursor() as cursor:
        assert [tuple(row) for row in query.rows(cursor)] == [("old", None), ("young", b"123")]


def test_sessions_and_deeds_have_terms_of_their_own(disk: SqlStore) -> None:
    fill(disk, "a", "x", at=at(days=1001))
    for name, days in {"old": 31, "young": 29}.items():
        disk.put(row_of(disk, sessions, call_id="", caller="", at=at(days=days), digest=name))
        disk.put(row_of(disk, runs, call_id="", caller="", at=at(days=10 * days), run_id=name))
    gone = purged(disk)
    assert (gone["sessions"], gone["deeds"], "runs" in gone) == (1, 1, False)


def test_it_goes_in_small_steps_and_can_be_broken_off(
    disk: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SOUNDS_AT_ONCE", 2)
    for number in range(5):
        fill(disk, f"c{number}", "x", at=at(days=31))
    told: list[tuple[str, int]] = []

    def stop(kind: str, count: int) -> None:
        told.append((kind, count))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Retention(disk, KEEP, NOW).purge(progress=stop)
    assert count(disk, recordings) == 3
    Retention(disk, KEEP, NOW).purge(progress=lambda *step: told.append(step))
    assert count(disk, recordings) == 0
    assert told == [("recordings", 2), ("recordings", 2), ("recordings", 3)]


def test_more_calls_than_go_at_once(disk: SqlStore) -> None:
    many = range(2 * retention.AT_ONCE + 1)
    disk.put(*(row_of(disk, said, call_id=f"c{n}", caller="", at=at(days=500)) for n in many))
    assert purged(disk) == {"said": len(many)}


def count(store: SqlStore, table: sa.Table) -> Any:
    with store.cursor() as cursor:
        query = Query(sa.select(sa.func.count()).select_from(table), store.dialect)
        return query.rows(cursor)[0][0]
