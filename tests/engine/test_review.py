"""Taking a verdict back, and the blind second review (SAFETY rule 13)."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from prankfilter.errors import NotAllowed, NotFound, Taken
from prankfilter.privacy.audit import audit_drawn
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.seal import Sealer
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Advice, Label, Verdict
from prankfilter.wiring.claims import CLAIM_HOLDS
from prankfilter.wiring.review import SECOND_SHARE, UNDO, Review
from tests.builders import NOW, call_record, outcome, ruling, screening

KEY = b"k" * 32

DRAWN = next(f"call-{n}" for n in count() if audit_drawn(f"second review of call-{n}", SECOND_SHARE, KEY))
"""A call that the blind second review wants."""

OTHER = "another"


@pytest.fixture
def store(blank_database: Path, tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore.open(f"sqlite:///{shutil.copy(blank_database, tmp_path / 'store.sqlite')}")
    yield store
    store.close()


@pytest.fixture
def review(store: SqlStore) -> Review:
    """Two flagged calls."""
    for call_id in (DRAWN, OTHER):
        store.remember(screening(call_record(call_id=call_id), flagged=True, advice=Advice.VERIFY))
    store.put(lambda cursor: None)
    return Review(store, Sealer(Keyring.ephemeral(), Purpose.SEAL), KEY)


def test_the_draw_takes_its_share() -> None:
    drawn = sum(audit_drawn(f"second review of {n}", SECOND_SHARE, KEY) for n in range(4000))
    assert 0.03 < drawn / 4000 < 0.07


def test_one_s_own_verdict_can_be_taken_back_for_some_seconds(review: Review) -> None:
    review.rule(OTHER, ruling(by="ratna", at=NOW))
    assert review.undo(OTHER, by="ratna", at=NOW + UNDO).verdict is Verdict.CONFIRMED
    assert review.flag(OTHER).verdict is None


@pytest.mark.parametrize(
    ("given", "by", "late"),
    [
        (Verdict.CONFIRMED, "ratna", UNDO + dt.timedelta(seconds=1)),
        (Verdict.CONFIRMED, "dewi", dt.timedelta(0)),
        (Verdict.WAS_EMERGENCY, "ratna", dt.timedelta(0)),
    ],
)
def test_no_other_verdict_can(review: Review, given: Verdict, by: str, late: dt.timedelta) -> None:
    review.rule(OTHER, ruling(given, by="ratna", at=NOW))
    with pytest.raises(NotAllowed):
        review.undo(OTHER, by=by, at=NOW + late)
    assert review.flag(OTHER).verdict is given


def test_nothing_can_be_taken_back_where_nobody_ruled(review: Review) -> None:
    with pytest.raises(NotAllowed):
        review.undo(OTHER, by="ratna", at=NOW)


def test_a_drawn_flag_waits_for_a_second_person(review: Review) -> None:
    review.rule(DRAWN, ruling(by="ratna", at=NOW))
    review.rule(OTHER, ruling(by="ratna", at=NOW))
    assert (review.flag(DRAWN).second_drawn, review.flag(OTHER).second_drawn) == (True, False)
    with pytest.raises(NotAllowed):
        review.rule_blind(DRAWN, ruling(by="ratna", at=NOW))
    with pytest.raises(NotFound):
        review.rule_blind(OTHER, ruling(by="dewi", at=NOW))
    review.rule_blind(DRAWN, ruling(Verdict.OVERTURNED, by="dewi", at=NOW))
    flag = review.flag(DRAWN)
    assert (flag.verdict, flag.second_verdict) == (Verdict.CONFIRMED, Verdict.OVERTURNED)


def test_an_emergency_that_the_second_person_hears_counts(review: Review, store: SqlStore) -> None:
    review.rule(DRAWN, ruling(by="ratna", at=NOW))
    review.rule_blind(DRAWN, ruling(Verdict.WAS_EMERGENCY, by="dewi", at=NOW))
    assert review.flag(DRAWN).verdict is Verdict.WAS_EMERGENCY
    assert [one.call_id for one in review.shelf.incidents.open()] == [DRAWN]
    assert store.switched_off(None)


def test_a_claim_keeps_others_off_for_ten_minutes(review: Review) -> None:
    review.claim(OTHER, by="ratna", at=NOW)
    with pytest.raises(Taken):
        review.claim(OTHER, by="dewi", at=NOW + CLAIM_HOLDS)
    review.claim(OTHER, by="dewi", at=NOW + CLAIM_HOLDS + dt.timedelta(seconds=1))


@pytest.mark.parametrize(
    ("hours", "is_", "looked_back"),
    [
        (3, Label.CHILD_PLAY, True),
        (3, Label.SILENT, True),
        (3, Label.GENUINE, False),
        (3, Label.UNKNOWN, False),
        (25, Label.CHILD_PLAY, False),
    ],
)
def test_what_a_number_did_before_its_genuine_call_is_ruled_on_anew(
    review: Review, store: SqlStore, hours: int, is_: Label, looked_back: bool
) -> None:
    earlier = call_record(call_id="earlier", received_at=NOW - dt.timedelta(hours=hours))
    for record in (earlier, call_record(call_id="genuine", received_at=NOW)):
        store.put_record(record)
    review.tell("earlier", outcome(is_, by="budi", at=NOW - dt.timedelta(minutes=1)))
    review.tell("genuine", outcome(Label.GENUINE, by="budi", at=NOW))
    assert (review.shelf.flags.of("earlier") is not None) is looked_back


def ring(store: SqlStore, call_id: str, *, hours: float, **over: Any) -> None:
    """A call from a number of its own about the one fire, so many hours ago."""
    known = {"caller": call_id, "incident_id": "fire", **over}
    store.put_record(call_record(call_id=call_id, received_at=NOW - dt.timedelta(hours=hours), **known))


@pytest.mark.parametrize(
    ("hours", "is_", "incident_id", "looked_back"),
    [
        (3, Label.CHILD_PLAY, "fire", True),
        (24, Label.SILENT, "fire", True),
        (3, Label.GENUINE, "fire", False),
        (3, Label.ABANDONED, "fire", False),
        (25, Label.CHILD_PLAY, "fire", False),
        (3, Label.CHILD_PLAY, "flood", False),
        (3, Label.CHILD_PLAY, None, False),
    ],
)
def test_what_others_said_of_an_incident_before_a_genuine_call_is_ruled_on_anew(
    review: Review, store: SqlStore, hours: int, is_: Label, incident_id: str | None, looked_back: bool
) -> None:
    ring(store, "earlier", hours=hours, incident_id=incident_id)
    ring(store, "genuine", hours=0, caller=None)
    review.tell("earlier", outcome(is_, by="budi", at=NOW - dt.timedelta(minutes=1)))
    review.tell("genuine", outcome(Label.GENUINE, by="budi", at=NOW))
    assert (review.shelf.flags.of("earlier") is not None) is looked_back


@pytest.mark.parametrize("shared", [{"incident_id": "fire"}, {"caller": "one", "incident_id": None}])
def test_it_is_ruled_on_also_where_the_genuine_call_was_spoken_of_first(
    review: Review, store: SqlStore, shared: dict[str, Any]
) -> None:
    ring(store, "earlier", hours=2, **shared)
    ring(store, "genuine", hours=1, **shared)
    review.tell("genuine", outcome(Label.GENUINE, by="budi", at=NOW - dt.timedelta(minutes=5)))
    review.tell("earlier", outcome(Label.CHILD_PLAY, by="sari", at=NOW))
    assert review.flag("earlier").look_back_at == NOW - dt.timedelta(minutes=5)
    review.rule("earlier", ruling(by="ratna", at=NOW))
    review.tell("earlier", outcome(Label.SILENT, by="sari", at=NOW + dt.timedelta(minutes=1)))
    assert review.flag("earlier").verdict is Verdict.CONFIRMED, "who ruled knew of the genuine call"


def test_a_verdict_that_is_taken_back_ends_the_doubt_that_it_raised(review: Review, store: SqlStore) -> None:
    ring(store, "earlier", hours=2)
    store.remember(screening(call_record(call_id="genuine", caller="b", incident_id="fire"), flagged=True))
    store.put(lambda cursor: None)
    review.rule("genuine", ruling(by="ratna", at=NOW, label=Label.GENUINE))

    def doubted_at(at: dt.datetime) -> dt.datetime | None:
        return store.caller("earlier", before=at, except_call="").past_calls[0].doubted_at

    assert doubted_at(NOW + UNDO) == NOW
    review.undo("genuine", by="ratna", at=NOW + UNDO)
    assert doubted_at(NOW + 2 * UNDO) is None
    assert doubted_at(NOW + UNDO) == NOW
