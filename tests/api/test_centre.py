"""The off switch and verdicts (SAFETY rule 10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from prankfilter.vocabulary import Advice, Verdict
from tests.api.service import CALL, Service, running
from tests.builders import call_record, screening


@pytest.fixture
def queueing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose own policy may verify."""
    with running(tmp_path_factory.mktemp("queueing"), policy="queue") as one:
        yield one


def switch(service: Service, scope: str, **said: Any) -> Any:
    return service.ask("PUT", "/v1/centre/policy", scope=scope, json=said)


def test_anyone_on_shift_switches_off_and_a_supervisor_on(queueing: Service) -> None:
    assert switch(queueing, "desk", policy="observe").json()["policy"] == "observe"
    assert queueing.store.switched_off(None)
    assert "switched_off" in queueing.screen(call_id="off").json()["guards"]
    assert switch(queueing, "supervisor", policy="queue", reason="selesai").json()["policy"] == "queue"
    assert not queueing.store.switched_off(None)
    assert "switched_off" not in queueing.screen(call_id="on").json()["guards"]


def test_a_desk_cannot_switch_on(queueing: Service) -> None:
    switch(queueing, "desk", policy="observe")
    answer = switch(queueing, "desk", policy="queue", reason="selesai")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "Switching on takes a key of scope supervisor."
    assert queueing.store.switched_off(None)


def test_switching_on_takes_a_reason(queueing: Service) -> None:
    switch(queueing, "supervisor", policy="observe")
    answer = switch(queueing, "supervisor", policy="queue", reason="  ")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/reason"
    assert queueing.store.switched_off(None)


@pytest.mark.parametrize(
    "said", [{}, {"policy": "always"}, {"policy": 1.5}, {"policy": "observe", "off": True}], ids=str
)
def test_what_is_no_policy_of_this_service_is_refused(queueing: Service, said: dict[str, Any]) -> None:
    assert switch(queueing, "supervisor", **said).status_code == 422
    assert not queueing.store.switched_off(None)


def test_one_centre_is_switched_off_alone(queueing: Service) -> None:
    switch(queueing, "desk", policy="observe", centre_id="centre-1")
    assert queueing.store.switched_off("centre-1")
    assert not queueing.store.switched_off("centre-2")


def test_the_switch_is_acknowledged_only_when_it_is_kept(queueing: Service) -> None:
    switch(queueing, "supervisor", policy="queue", reason="mulai")
    queueing.store.fail = True
    assert switch(queueing, "supervisor", policy="observe").status_code == 503


# --- verdicts ------------------------------------------------------------------------------------------


def rule(service: Service, call_id: str, **said: Any) -> Any:
    return service.ask("POST", f"/v1/flags/{call_id}/verdict", scope="supervisor", json=said)


def verified_call(service: Service, call_id: str) -> None:
    service.store.remember(screening(call_record(call_id=call_id), advice=Advice.VERIFY))


def test_a_verdict_is_kept_and_signed(service: Service) -> None:
    service.screen(call_id="ruled%2Fon")
    answer = rule(
        service, "ruled%2Fon", verdict="overturned", label="genuine", note="anak kecil, ibu pingsan"
    )
    assert (answer.status_code, answer.json()["call_id"]) == (200, "ruled/on")
    kept = service.ask("GET", "/v1/calls/ruled%2Fon", scope="auditor").json()["verdict"]
    assert (kept["verdict"], kept["label"], kept["by"]) == ("overturned", "genuine", "supervisor-1")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_can_be_given(service: Service, verdict: Verdict) -> None:
    service.screen(call_id="any verdict")
    assert rule(service, "any verdict", verdict=verdict.value).status_code == 200


@pytest.mark.parametrize(
    "said", [{}, {"verdict": "guilty"}, {"verdict": "unsure", "label": "prank"}], ids=str
)
def test_what_is_no_verdict_is_refused(service: Service, said: dict[str, Any]) -> None:
    service.screen(call_id="unruled")
    assert rule(service, "unruled", **said).status_code == 422


def test_an_unknown_call_cannot_be_ruled_on(service: Service) -> None:
    assert rule(service, "unheard-of", verdict="confirmed").status_code == 404


def test_that_a_verified_call_was_an_emergency_switches_its_centre_off(queueing: Service) -> None:
    verified_call(queueing, "missed")
    assert rule(queueing, "missed", verdict="was_emergency", label="genuine").status_code == 200
    assert queueing.store.switched_off("centre-1")


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.WAS_EMERGENCY])
def test_no_other_verdict_switches_anything_off(queueing: Service, verdict: Verdict) -> None:
    verified_call(queueing, "ruled")
    rule(queueing, "ruled", verdict=verdict.value)
    assert not queueing.store.switched_off("centre-1")


def test_that_an_ordinary_call_was_an_emergency_switches_nothing_off(queueing: Service) -> None:
    queueing.screen(CALL | {"centre_id": "centre-1"}, call_id="ordinary")
    rule(queueing, "ordinary", verdict="was_emergency")
    assert not queueing.store.switched_off("centre-1")
