"""What the latest calls tell of right now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from prankfilter.store.desk import DeskReads
from prankfilter.store.lately import Lately, RingScore, Waiting
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Moment
from tests.builders import NOW, ago, call_record, screening

LONG_AGO = ago(days=7)


def received(disk: SqlStore, call_id: str, *, at: dt.datetime, **over: Any) -> None:
    disk.put_record(call_record(call_id=call_id, received_at=at, **over))


def looked_at(disk: SqlStore, call_id: str, score: float | None, **over: Any) -> None:
    record = call_record(call_id=call_id, caller=f"caller of {call_id}", received_at=ago(minutes=1))
    made = {"result_id": f"{call_id} {over}", "prank_score": score, "model_id": "m", "moment": Moment.RING}
    disk.remember(screening(record, **{**made, "audio_s": 0.0, "at": NOW, **over}))
    disk.put(lambda cursor: None)


def test_how_many_wait_is_what_the_latest_call_that_tells_told(disk: SqlStore) -> None:
    lately = Lately(disk)
    assert lately.waiting(since=LONG_AGO) is None
    received(disk, "a", at=ago(minutes=9), calls_waiting=4)
    received(disk, "b", at=ago(minutes=5), calls_waiting=0)
    received(disk, "c", at=ago(minutes=1), calls_waiting=None)
    assert lately.waiting(since=ago(minutes=10)) == Waiting(0, ago(minutes=5))
    assert lately.waiting(since=ago(minutes=4)) is None


def test_a_call_has_one_score_at_ring_its_first(disk: SqlStore) -> None:
    looked_at(disk, "a", 0.25)
    looked_at(disk, "a", 0.75, at=NOW + dt.timedelta(seconds=1))
    looked_at(disk, "heard", 0.5, audio_s=3.0, moment=Moment.AUDIO)
    looked_at(disk, "by another model", 0.5, model_id="other")
    looked_at(disk, "not scored", None)
    looked_at(disk, "old", 0.5, at=ago(days=8))
    scores = Lately(disk).ring_scores("m", since=LONG_AGO, limit=9)
    assert [(one.call_id, one.caller, one.prank_score) for one in scores] == [("a", "caller of a", 0.25)]
    assert isinstance(scores[0], RingScore)


def test_of_many_scores_the_latest_count(disk: SqlStore) -> None:
    for place in range(4):
        looked_at(disk, f"call-{place}", place / 10, at=ago(minutes=10 - place))
    scores = Lately(disk).ring_scores("m", since=LONG_AGO, limit=2)
    assert [one.call_id for one in scores] == ["call-3", "call-2"]


def test_a_desk_is_offered_the_centres_that_had_a_call_lately(disk: SqlStore) -> None:
    reads = DeskReads(disk)
    assert reads.centres(since=LONG_AGO) == []
    received(disk, "a", at=ago(minutes=9), centre_id="purworejo")
    received(disk, "b", at=ago(days=8), centre_id="purworejo")
    received(disk, "c", at=LONG_AGO, centre_id="Penajam")
    received(disk, "d", at=ago(days=8), centre_id="silent")
    received(disk, "e", at=ago(minutes=1), centre_id=None)
    assert set(reads.centres(since=LONG_AGO)) == {"Penajam", "purworejo"}
    assert reads.centres(since=ago(minutes=5)) == []
