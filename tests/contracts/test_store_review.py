"""What supervisors work on: flags, incidents, sound and the book of deeds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest

from prankfilter.errors import NotFound, Taken
from prankfilter.store.deeds import Act, Deed, Deeds
from prankfilter.store.flags import Filter, Flag, Flags, Wanted
from prankfilter.store.incidents import Cause, Incident, Incidents
from prankfilter.store.port import Ruling
from prankfilter.store.recordings import Recording, Recordings
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Advice, Guard, Label, Verdict
from tests.builders import NOW, ago, call_record, outcome, ruling, screening

STALE = ago(minutes=10)


def flagged(
    disk: SqlStore, call_id: str, genuine: float = 0.1, at: dt.datetime = NOW, result: str = "", **over: Any
) -> None:
    """Let a call be screened and flagged."""
    kinds = {Label.GENUINE: genuine, Label.JOKE_OR_ABUSE: 1 - genuine}
    record = call_record(call_id=call_id, received_at=at)
    answer = {"flagged": True, "kinds": kinds, "prank_score": 0.9, "result_id": f"{call_id}{result}", **over}
    disk.remember(screening(record, at=at, **answer))
    written(disk)


def written(disk: SqlStore) -> None:
    """Wait for what is queued."""
    disk.put(lambda cursor: None)


def ids(flags: Iterable[Flag]) -> list[str]:
    return [flag.call_id for flag in flags]


def open_flag(flags: Flags, call_id: str = "a") -> Flag:
    flag = flags.of(call_id)
    assert flag is not None
    return flag


def test_only_flagged_calls_are_listed_and_the_likeliest_emergency_comes_first(disk: SqlStore) -> None:
    flagged(disk, "sure", genuine=0.01)
    flagged(disk, "doubtful", genuine=0.4)
    disk.remember(screening(call_record(call_id="plain"), result_id="p"))
    written(disk)
    flags = Flags(disk)
    assert ids(flags.listed(Filter(), limit=10)) == ["doubtful", "sure"]
    assert ids(flags.listed(Filter(), limit=1, offset=1)) == ["sure"]
    assert flags.count(Filter(), most=9) == 2
    assert flags.of("plain") is None


def test_a_flag_tells_its_last_look_and_the_least_favourable_advice(disk: SqlStore) -> None:
    flagged(disk, "a", at=ago(seconds=9), result="1", advice=Advice.VERIFY, guards=())
    flagged(disk, "a", at=NOW, result="2", genuine=0.3, guards=(Guard.SURGE,))
    flag = open_flag(Flags(disk))
    assert (flag.advice, flag.guards, flag.genuine_probability) == (Advice.VERIFY, ("surge",), 0.3)
    assert flag.kind is Label.JOKE_OR_ABUSE
    assert flag.received_at == ago(seconds=9)


def test_what_was_said_stands_beside_the_flag_whichever_came_first(disk: SqlStore) -> None:
    disk.put_outcome("a", outcome(Label.CHILD_PLAY, by="budi"))
    flagged(disk, "a")
    disk.put_ruling("a", ruling(Verdict.OVERTURNED, by="ratna", at=NOW))
    flag = open_flag(Flags(disk))
    assert (flag.label, flag.answered_by) == (Label.CHILD_PLAY, "budi")
    assert (flag.verdict, flag.ruled_by, flag.ruled_at) == (Verdict.OVERTURNED, "ratna", NOW)


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"wanted": Wanted.OPEN}, ["b"]),
        ({"wanted": Wanted.RULED}, ["a"]),
        ({"wanted": Wanted.ALL}, ["b", "a"]),
        ({"wanted": Wanted.ALL, "guard": "surge"}, ["b"]),
        ({"wanted": Wanted.ALL, "guard": "sur"}, []),
        ({"wanted": Wanted.ALL, "reviewer": "ratna"}, ["a"]),
        ({"wanted": Wanted.ALL, "verdict": Verdict.CONFIRMED}, ["a"]),
        ({"wanted": Wanted.ALL, "advice": Advice.VERIFY}, ["b"]),
        ({"wanted": Wanted.ALL, "since": ago(minutes=5)}, ["b"]),
        ({"wanted": Wanted.ALL, "until": ago(minutes=5)}, ["a"]),
        ({"wanted": Wanted.ALL, "kind": Label.GENUINE}, ["b"]),
        ({"wanted": Wanted.ALL, "not_by": "budi"}, ["b"]),
        ({"wanted": Wanted.ALL, "model_id": "another"}, []),
    ],
)
def test_filters(disk: SqlStore, given: dict[str, Any], left: list[str]) -> None:
    flagged(disk, "a", at=ago(minutes=10))
    flagged(disk, "b", genuine=0.8, guards=(Guard.SURGE,), advice=Advice.VERIFY)
    disk.put_outcome("a", outcome(Label.CHILD_PLAY, by="budi"))
    disk.put_ruling("a", ruling(by="ratna"))
    flags = Flags(disk)
    assert ids(flags.listed(Filter(**given), limit=10)) == left
    assert flags.count(Filter(**given), most=9) == len(left)


def test_one_person_has_a_flag_in_hand_until_the_claim_is_stale(disk: SqlStore) -> None:
    flagged(disk, "a")
    flags = Flags(disk)
    flags.claim("a", by="ratna", at=ago(minutes=2), stale_before=STALE)
    flags.claim("a", by="ratna", at=NOW, stale_before=STALE)
    with pytest.raises(Taken, match="ratna"):
        flags.claim("a", by="dewi", at=NOW, stale_before=STALE)
    flags.claim("a", by="dewi", at=NOW, stale_before=NOW + dt.timedelta(seconds=1))
    flags.release("a", by="ratna")
    assert open_flag(flags).claimed_by == "dewi"
    flags.release("a", by="dewi")
    assert open_flag(flags).claimed_by is None
    with pytest.raises(NotFound):
        flags.claim("b", by="dewi", at=NOW, stale_before=STALE)


def test_a_verdict_taken_back_stands_no_more_and_may_be_given_again(disk: SqlStore) -> None:
    flagged(disk, "a")
    flags = Flags(disk)
    given = ago(seconds=5)
    disk.put_ruling("a", ruling(Verdict.CONFIRMED, by="ratna", at=given))
    flags.withdraw("a", ruled_at=given, by="dewi", at=ago(seconds=4))
    assert open_flag(flags).verdict is Verdict.CONFIRMED
    flags.withdraw("a", ruled_at=given, by="ratna", at=ago(seconds=3))
    assert open_flag(flags).verdict is None
    disk.put_ruling("a", ruling(Verdict.CONFIRMED, by="ratna", at=NOW))
    assert open_flag(flags).ruled_at == NOW
    file = disk.call("a")
    assert file is not None
    assert [one.verdict for one in file.rulings] == [Verdict.CONFIRMED]
    assert [change.what for change in file.changes] == ["verdict", "withdrawn", "withdrawn", "verdict"]


def test_the_second_review_changes_no_verdict(disk: SqlStore) -> None:
    flagged(disk, "a")
    flags = Flags(disk)
    disk.put_ruling("a", ruling(Verdict.CONFIRMED, by="ratna", at=NOW))
    second = Filter(wanted=Wanted.SECOND, not_by="dewi")
    assert flags.count(second, most=9) == 0
    flags.draw_second("a")
    assert ids(flags.listed(second, limit=9)) == ["a"]
    assert flags.count(Filter(wanted=Wanted.SECOND, not_by="ratna"), most=9) == 0
    flags.put_second("a", Ruling(verdict=Verdict.OVERTURNED, at=NOW, by="dewi"))
    flag = open_flag(flags)
    assert (flag.verdict, flag.second_verdict, flag.second_by) == (
        Verdict.CONFIRMED,
        Verdict.OVERTURNED,
        "dewi",
    )
    assert flags.count(second, most=9) == 0


@pytest.mark.parametrize("was_flagged", [True, False])
def test_a_call_looked_back_at_waits_for_a_verdict_again(disk: SqlStore, was_flagged: bool) -> None:
    if was_flagged:
        flagged(disk, "a")
    else:
        disk.remember(screening(call_record(call_id="a")))
    disk.put_ruling("a", ruling(Verdict.CONFIRMED, by="ratna", at=ago(minutes=9)))
    flags, file = Flags(disk), disk.call("a")
    assert file is not None
    flags.look_back(file, at=ago(minutes=5))
    disk.put_outcome("a", outcome(Label.CHILD_PLAY, by="budi", at=ago(minutes=4)))
    flag = open_flag(flags)
    assert (flag.verdict, flag.ruled_by, flag.label) == (None, None, Label.CHILD_PLAY)
    assert ids(flags.listed(Filter(), limit=9)) == ["a"]
    disk.put_ruling("a", ruling(Verdict.CONFIRMED, by="dewi", at=NOW))
    assert open_flag(flags).ruled_by == "dewi"
    assert flags.count(Filter(), most=9) == 0


def test_an_incident_is_opened_once_and_anew_for_another_cause(disk: SqlStore) -> None:
    incidents = Incidents(disk)
    first = Incident(call_id="a", opened_at=ago(hours=1), opened_by="budi", cause=Cause.GENUINE_VERIFIED)
    incidents.put_open(first)
    incidents.put_open(first)
    assert incidents.open() == [first]
    incidents.put_closed("a", by="ratna", note="unit sent in time", at=NOW)
    assert incidents.open() == []
    assert [(one.closed_by, one.note) for one in incidents.closed(limit=5)] == [
        ("ratna", "unit sent in time")
    ]
    incidents.put_open(first)
    assert incidents.open() == []
    incidents.put_open(Incident(call_id="a", opened_at=NOW, opened_by="dewi", cause=Cause.WAS_EMERGENCY))
    [again] = incidents.open()
    assert (again.opened_at, again.cause) == (ago(hours=1), Cause.WAS_EMERGENCY)
    with pytest.raises(NotFound):
        incidents.put_closed("b", by="ratna", note="", at=NOW)


def test_the_longest_sound_of_a_call_is_kept(disk: SqlStore) -> None:
    recordings = Recordings(disk)
    for audio_s in (3.0, 10.0, 5.0):
        recordings.put(Recording(call_id="a", stored_at=NOW, audio_s=audio_s, sealed=b"%d" % audio_s))
    kept = recordings.of("a")
    assert kept is not None
    assert (kept.audio_s, kept.sealed, kept.stored_at) == (10.0, b"10", NOW)
    assert recordings.seconds_of("a") == 10.0
    assert recordings.of("b") is None
    assert recordings.seconds_of("b") is None


def test_deeds_are_kept_in_order_and_found_by_time_and_call(disk: SqlStore) -> None:
    deeds = Deeds(disk)
    heard = Deed(at=ago(minutes=2), by="ratna", what=Act.LISTENED, call_id="a", details={"from_s": 0})
    told = Deed(at=NOW, by="dewi", what=Act.EXPORTED)
    deeds.put(heard)
    deeds.put(told)
    assert deeds.within(ago(minutes=5), NOW) == [heard]
    assert deeds.within(ago(minutes=1), NOW + dt.timedelta(seconds=1)) == [told]
    assert deeds.about("a") == [heard]
