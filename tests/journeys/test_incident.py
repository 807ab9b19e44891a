"""Two calls of one incident from two numbers: what a desk called play is looked at again (SAFETY rule 14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prankfilter.features import history as past
from prankfilter.vocabulary import Caller
from tests.api.service import CALL, Service, running
from tests.builders import NOW

NUMBERS = {"a": "081234567801", "b": "081234567802"}
RECEIVED = {"a": NOW - dt.timedelta(hours=6), "b": NOW - dt.timedelta(hours=4)}
TWO_DAYS_ON = NOW + dt.timedelta(days=2)


@pytest.fixture
def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Call a, of which a desk said that a child played; two hours later call b about the same incident."""
    with running(tmp_path, on_disk=True) as service:
        for call_id, received_at in RECEIVED.items():
            call = CALL | {"received_at": received_at.isoformat(), "calling_number": NUMBERS[call_id]}
            answer = service.screen(call | {"incident_id": "incident-x", "cell_id": None}, call_id=call_id)
            assert answer.status_code == 200
        service.store.put(lambda cursor: None)
        at_clock(monkeypatch, RECEIVED["a"] + dt.timedelta(minutes=3))
        tell(service, "a", "child_play")
        at_clock(monkeypatch, RECEIVED["a"] + dt.timedelta(minutes=20))
        rule(service, "a", by="ratna")
        at_clock(monkeypatch, NOW)
        yield service


def at_clock(monkeypatch: pytest.MonkeyPatch, now: dt.datetime) -> None:
    for route in ("flags", "outcomes"):
        monkeypatch.setattr(f"prankfilter_api.routes.{route}.utc_now", lambda: now)


def tell(centre: Service, call_id: str, label: str) -> None:
    outcome = {"label": label, "by": f"petugas-{call_id}", "advice_shown": False}
    answer = centre.ask("PUT", f"/v1/calls/{call_id}/outcome", scope="desk", json=outcome)
    assert answer.status_code == 200, answer.text


def rule(centre: Service, call_id: str, *, by: str) -> None:
    verdict = {"verdict": "confirmed", "by": by}
    answer = centre.ask("POST", f"/v1/flags/{call_id}/verdict", scope="supervisor", json=verdict)
    assert answer.status_code == 200, answer.text


def waiting(centre: Service) -> list[str]:
    answer = centre.ask("GET", "/v1/flags", scope="supervisor")
    return [flag["call_id"] for flag in answer.json()["flags"]]


def number_of_a(centre: Service, at: dt.datetime) -> Caller:
    call = centre.store.call("a")
    known: Caller = centre.store.caller(call.record.caller, before=at, except_call="")
    assert [one.call_id for one in known.past_calls] == ["a"]
    return known


def counted(centre: Service, at: dt.datetime = TWO_DAYS_ON) -> tuple[int, int]:
    """How many calls of the first number count as pranks, and as genuine, at a later call."""
    judged = past.judged(number_of_a(centre, at), at)
    return len(judged.pranks), len(judged.genuine)


def test_a_call_followed_by_a_genuine_one_of_its_incident_counts_as_genuine_until_ruled(
    centre: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (waiting(centre), counted(centre)) == ([], (1, 0)), "a confirmed prank"
    tell(centre, "b", "genuine")
    assert waiting(centre) == ["a"], "it goes to second review"
    assert counted(centre) == (0, 1)
    assert past.recent_genuine(number_of_a(centre, TWO_DAYS_ON), TWO_DAYS_ON, 90), "which protects its number"
    assert counted(centre, NOW) == (0, 0), "of the second call nobody knew before"
    at_clock(monkeypatch, NOW + dt.timedelta(hours=1))
    rule(centre, "a", by="dewi")
    assert (waiting(centre), counted(centre)) == ([], (1, 0)), "somebody ruled who knew of the second"


def test_the_trail_says_so_and_names_nobody(centre: Service) -> None:
    tell(centre, "b", "genuine")
    call: dict[str, Any] = centre.ask("GET", "/v1/calls/a", scope="supervisor").json()
    (doubt,) = (change for change in call["changes"] if change["what"] == "doubted")
    assert doubt["by"] == "prankfilter"
    assert {name: dt.datetime.fromisoformat(at) for name, at in doubt["details"].items()} == {"since": NOW}


def test_a_genuine_word_that_is_taken_back_leaves_the_prank_as_it_was(
    centre: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(centre, "b", "genuine")
    at_clock(monkeypatch, NOW + dt.timedelta(minutes=1))
    tell(centre, "b", "silent")
    assert counted(centre) == (1, 0)
    assert waiting(centre) == ["a"], "but somebody looks at it"
