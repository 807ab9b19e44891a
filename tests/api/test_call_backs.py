"""Nobody who hung up is forgotten (SAFETY rule 15): the journey of a call-back through the door."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from prankfilter.privacy.keyring import Purpose
from prankfilter.privacy.seal import Sealer
from prankfilter.vocabulary import CallBackResult, Label, OwedFor
from prankfilter.wiring.call_backs import CallBacks, owed_for
from tests.api.service import CALL, CANARY, Service
from tests.builders import NOW, ago, call_record, outcome

E164 = "+6281234567890"
AT = "2026-09-16T10:31:29+08:00"

ENDS: dict[str, tuple[dict[str, Any], OwedFor | None]] = {
    "in the prompt": ({"ended_at": AT, "ended_by": "prompt"}, OwedFor.IN_PROMPT),
    "cut off": ({"answered_at": AT, "ended_at": AT, "ended_by": "network"}, OwedFor.CUT_OFF),
    "never answered": ({"ended_at": AT, "ended_by": "centre"}, OwedFor.UNANSWERED),
    "lost by the network": ({"ended_at": AT, "ended_by": "network"}, OwedFor.UNANSWERED),
    "ended, nobody knows by whom": ({"ended_at": AT}, OwedFor.UNANSWERED),
    "hung up": ({"ended_at": AT, "ended_by": "caller"}, OwedFor.HUNG_UP),
    "answered": ({"answered_at": AT, "ended_at": AT, "ended_by": "caller"}, None),
    "still going on": ({"cell_id": "cell-9"}, None),
}


@pytest.fixture
def service(fresh_service: Service) -> Service:
    """A service of its own for each test: the list is that of the whole installation."""
    return fresh_service


def end(service: Service, call_id: str, facts: Any) -> Any:
    answer = service.ask("PATCH", f"/v1/calls/{call_id}", scope="router", json=facts)
    assert answer.status_code == 200, answer.text
    return answer


def hang_up(service: Service, call_id: str = "call-1", **more: Any) -> None:
    service.screen(call_id=call_id)
    end(service, call_id, {"ended_at": AT, "ended_by": "caller", "calling_number": CANARY, **more})


def listed(service: Service, state: str = "open") -> list[dict[str, Any]]:
    answer = service.ask("GET", f"/v1/callbacks?state={state}", scope="desk")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["callbacks"])


def act(service: Service, call_id: str = "call-1", **said: Any) -> Any:
    body = {"call_id": call_id, "by": "budi", **said}
    return service.ask("POST", "/v1/callbacks", scope="desk", json=body)


@pytest.mark.parametrize(("facts", "reason"), ENDS.values(), ids=ENDS)
def test_how_a_call_ended_says_what_it_is_owed(
    service: Service, facts: dict[str, Any], reason: OwedFor | None
) -> None:
    service.screen(call_id="call-1")
    end(service, "call-1", {**facts, "calling_number": CANARY})
    assert [one["reason"] for one in listed(service)] == ([reason.value] if reason else [])


def test_the_most_pressing_comes_first(service: Service) -> None:
    for name in ("hung up", "cut off", "in the prompt", "never answered"):
        service.screen(call_id=name)
        end(service, name.replace(" ", "%20"), ENDS[name][0])
    assert [one["reason"] for one in listed(service)] == [reason.value for reason in OwedFor]


def test_a_desk_can_say_that_a_call_was_cut_off(service: Service) -> None:
    service.screen()
    said = {"label": "genuine", "cut_off": True, "calling_number": CANARY}
    service.ask("PUT", "/v1/calls/call-1/outcome", scope="desk", json=said)
    assert [one["reason"] for one in listed(service)] == ["cut_off"]
    assert act(service, act="claim").json()["calling_number"] == E164


def test_the_number_is_shown_to_whoever_takes_it_and_to_nobody_else(service: Service) -> None:
    hang_up(service)
    (waiting,) = listed(service)
    assert (waiting["calling_number"], waiting["remark"]) == ("•••• 890", None)
    claimed = act(service, act="claim")
    assert claimed.json()["calling_number"] == E164
    assert act(service, act="claim", by="sari").status_code == 409
    (waiting,) = listed(service)
    assert (waiting["calling_number"], waiting["claimed_by"]) == ("•••• 890", "budi")
    assert E164 not in service.ask("GET", "/v1/calls/call-1", scope="supervisor").text


def test_it_closes_after_two_attempts_in_vain_and_the_number_is_gone(service: Service) -> None:
    hang_up(service)
    first = {"act": "attempt", "attempt": 1, "result": "not_reached"}
    for _ in range(2):
        assert act(service, **first).json()["closed_at"] is None
    assert len(listed(service)[0]["attempts"]) == 1, "an attempt that is told twice counts once"
    done = act(service, **first | {"attempt": 2}).json()
    assert (done["result"], len(done["attempts"])) == ("not_reached", 2)
    assert listed(service) == []
    assert [one["call_id"] for one in listed(service, "closed")] == ["call-1"]
    held = service.store.debt("call-1")
    assert held is not None and held.number is None
    assert act(service, act="claim").status_code == 409


def test_reaching_the_caller_closes_it_and_their_next_call_is_expected(service: Service) -> None:
    hang_up(service)
    done = act(service, act="attempt", attempt=1, result="reached").json()
    assert done["result"] == "reached"
    record = service.store.call("call-1")
    assert record is not None and record.record is not None and record.record.caller is not None
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    known = service.store.caller(record.record.caller, before=later, except_call="")
    assert known.called_back_at is not None


def test_without_a_number_it_stays_on_the_list_with_its_place(service: Service) -> None:
    service.screen({**CALL, "calling_number": "anonymous", "latitude": -1.27, "longitude": 116.83})
    end(service, "call-1", {"ended_at": AT, "ended_by": "caller", "calling_number": "anonymous"})
    (waiting,) = listed(service)
    assert waiting["remark"] == "tidak dapat dipanggil balik"
    assert (waiting["cell_id"], waiting["latitude"]) == ("cell-1", -1.27)
    assert act(service, act="close", result="impossible").json()["result"] == "impossible"


def test_an_answer_that_is_told_later_settles_it(service: Service) -> None:
    hang_up(service)
    said = {"label": "genuine", "by": "budi"}
    service.ask("PUT", "/v1/calls/call-1/outcome", scope="desk", json=said)
    assert listed(service) == []
    assert listed(service, "closed")[0]["result"] == "settled"


@pytest.mark.parametrize("fields", [{"priority": "psap-callback"}, {"service_urn": "urn:service:test:sos"}])
def test_the_services_own_calls_are_owed_nothing(service: Service, fields: dict[str, str]) -> None:
    service.screen({**CALL, **fields})
    end(service, "call-1", {"ended_at": AT, "ended_by": "caller"})
    assert listed(service) == []


@pytest.mark.parametrize("fields", [{"channel": "app_panic"}, {"media": ["text"]}])
def test_who_is_never_screened_is_called_back_all_the_same(service: Service, fields: dict[str, Any]) -> None:
    service.screen({**CALL, **fields})
    end(service, "call-1", {"ended_at": AT, "ended_by": "caller"})
    assert len(listed(service)) == 1


UNUSABLE: tuple[dict[str, Any], ...] = (
    {"act": "claim", "result": "reached"},
    {"act": "attempt", "attempt": 1},
    {"act": "attempt", "result": "reached"},
    {"act": "attempt", "attempt": 3, "result": "reached"},
    {"act": "close", "result": "reached"},
    {"act": "close", "result": "settled", "attempt": 1},
    {"act": "forget"},
    {"act": "claim", "by": ""},
)


@pytest.mark.parametrize("said", UNUSABLE, ids=str)
def test_what_cannot_be_used_is_refused_by_name(service: Service, said: dict[str, Any]) -> None:
    hang_up(service)
    assert act(service, **said).status_code == 422
    assert listed(service)[0]["attempts"] == []


def test_an_unreadable_number_is_refused_without_repeating_it(service: Service) -> None:
    said = {"ended_by": "caller", "calling_number": "12 apples 4455667788990011223344"}
    answer = service.ask("PATCH", "/v1/calls/call-1", scope="router", json=said)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/calling_number"
    assert "4455" not in answer.text


def test_an_unknown_call_is_not_found(service: Service) -> None:
    assert act(service, "nobody", act="claim").status_code == 404


@pytest.mark.parametrize("scope", ["router", "supervisor", "data", "auditor"])
def test_only_desks_call_back(service: Service, scope: str) -> None:
    assert service.ask("GET", "/v1/callbacks", scope=scope).status_code == 403


def test_numbers_are_sealed_in_the_store_and_gone_after_a_day(service: Service) -> None:
    hang_up(service)
    held = service.store.debt("call-1")
    assert held is not None and held.number is not None and b"812345678" not in held.number
    sealer = Sealer(service.keyring, Purpose.CALLBACK)
    assert sealer.open(held.number, about="call-1").decode() == E164
    call_backs = CallBacks(service.store, sealer, due=dt.timedelta(minutes=5))
    call_backs.forget(now=held.opened_at + dt.timedelta(hours=23))
    assert service.store.debt("call-1") == held
    call_backs.forget(now=held.opened_at + dt.timedelta(hours=25))
    assert listed(service)[0]["remark"] == "tidak dapat dipanggil balik"


@pytest.mark.parametrize("label", list(Label))
def test_a_label_tells_whether_anybody_heard_the_call(service: Service, label: Label) -> None:
    service.store.put_record(call_record(call_id="a"))
    service.store.put_facts("a", {"ended_by": "caller"}, by="router", at=ago(minutes=2))
    service.store.put_outcome("a", outcome(label, at=NOW))
    file = service.store.call("a")
    assert file is not None
    heard = label not in (Label.ABANDONED, Label.UNKNOWN)
    assert owed_for(file) is (None if heard else OwedFor.HUNG_UP)


def test_every_result_can_be_told() -> None:
    told = {"reached", "not_reached", "impossible", "settled"}
    assert told == {result.value for result in CallBackResult}
