"""Who calls often, and from where many call."""

from __future__ import annotations

import datetime as dt

from prankfilter.store.busy import Busy, BusyArea, BusyCaller
from prankfilter.store.sql import SqlStore
from tests.builders import NOW, ago, call_record

SOON = NOW + dt.timedelta(seconds=1)


def called(disk: SqlStore, caller: str | None, area: str, *minutes_ago: int) -> None:
    for minutes in minutes_ago:
        disk.put_record(
            call_record(
                call_id=f"{caller}-{area}-{minutes}",
                caller=caller,
                cell_id=area,
                received_at=ago(minutes=minutes),
            )
        )


def test_callers_are_counted_within_a_stretch_of_time(disk: SqlStore) -> None:
    called(disk, "often", "here", 1, 2, 3)
    called(disk, "twice", "here", 4, 5)
    called(disk, "once", "here", 6)
    called(disk, "before", "here", 61, 62, 63)
    called(disk, None, "here", 7, 8)
    busy = Busy(disk)
    often = BusyCaller("often", 3, ago(minutes=1))
    twice = BusyCaller("twice", 2, ago(minutes=4))
    assert busy.callers(ago(hours=1), SOON, least=2, limit=9) == [often, twice]
    assert busy.callers(ago(hours=1), SOON, least=2, limit=1) == [often]
    assert busy.callers(ago(minutes=4), SOON, least=2, limit=9) == [often]


def test_areas_tell_their_calls_and_their_numbers(disk: SqlStore) -> None:
    called(disk, "one", "here", 1, 2)
    called(disk, "two", "here", 3)
    called(disk, None, "here", 4)
    called(disk, "one", "there", 5)
    assert Busy(disk).areas(ago(hours=1), SOON, limit=9) == [
        BusyArea("here", 4, 2, ago(minutes=1)),
        BusyArea("there", 1, 1, ago(minutes=5)),
    ]
