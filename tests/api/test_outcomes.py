"""What was said of a call: kept before it is acknowledged, refused by name where it cannot be used."""

from __future__ import annotations

from typing import Any

import pytest

from prankfilter.vocabulary import EndedBy, Label
from tests.api.service import CANARY, Service

PATHS = {
    "outcome": ("PUT", "/v1/calls/{}/outcome"),
    "facts": ("PATCH", "/v1/calls/{}"),
    "facts by POST": ("POST", "/v1/calls/{}/facts"),
}


def tell(service: Service, call_id: str, outcome: Any, *, scope: str = "desk", **parts: Any) -> Any:
    return service.ask("PUT", f"/v1/calls/{call_id}/outcome", scope=scope, json=outcome, **parts)


def add(service: Service, call_id: str, facts: Any) -> Any:
    return service.ask("PATCH", f"/v1/calls/{call_id}", scope="router", json=facts)


def kept(service: Service, call_id: str) -> Any:
    return service.ask("GET", f"/v1/calls/{call_id}", scope="supervisor").json()


FULL = {
    "label": "genuine",
    "duration_s": 84.5,
    "answered_at": "2026-09-16T10:30:05+08:00",
    "ended_at": "2026-09-16T10:31:29+08:00",
    "ended_by": "centre",
    "cut_off": True,
    "unfounded": False,
    "advice_shown": False,
    "by": "petugas-7",
    "note": "Kebakaran, dua unit",
}


def test_an_outcome_is_kept_whole(service: Service) -> None:
    answer = tell(service, "full", FULL)
    assert answer.status_code == 200
    assert answer.json()["call_id"] == "full"
    said = kept(service, "full")["outcome"]
    assert said["at"] == answer.json()["stored_at"]
    assert said["source"] == "call_taker"
    assert {name: said[name] for name in FULL} == FULL | {
        "answered_at": said["answered_at"],
        "ended_at": said["ended_at"],
    }


def test_a_repeat_changes_nothing_and_another_outcome_is_appended(service: Service) -> None:
    for said in (FULL, FULL, FULL | {"label": "child_play"}):
        tell(service, "revised", said)
    call = kept(service, "revised")
    assert [change["details"]["label"] for change in call["changes"]] == ["genuine", "child_play"]
    assert call["outcome"]["label"] == "child_play"


def test_an_unsigned_outcome_stays_unsigned(service: Service) -> None:
    tell(service, "unsigned", {"label": "silent"})
    assert kept(service, "unsigned")["outcome"]["by"] is None


@pytest.mark.parametrize("missing", [None, "", "<null>", "  "])
def test_missing_has_four_spellings(service: Service, missing: Any) -> None:
    answer = tell(
        service, "missing", {"label": "silent", "duration_s": missing, "cut_off": missing, "by": missing}
    )
    assert answer.status_code == 200
    assert kept(service, "missing")["outcome"]["duration_s"] is None


@pytest.mark.parametrize("label", list(Label))
def test_every_label_can_be_told(service: Service, label: Label) -> None:
    assert tell(service, f"label {label}", {"label": label.value}).status_code == 200


UNUSABLE = {
    "label": ["prank", 1, True, []],
    "duration_s": [-1, "lang", 1e9, True, [1]],
    "answered_at": ["2026-09-16T10:30:05", "kemarin", 1757989805, CANARY],
    "ended_at": ["2026-13-01T00:00:00Z"],
    "ended_by": ["anyone"],
    "cut_off": ["yes", 1, CANARY],
    "advice_shown": ["true"],
    "by": ["x" * 300, {}],
    "note": ["x" * 3000],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in UNUSABLE.items() for value in values], ids=str
)
def test_an_unusable_member_is_named_and_nothing_is_kept(service: Service, name: str, value: Any) -> None:
    answer = tell(service, "unusable", {"label": "genuine", name: value})
    assert answer.status_code == 422
    problem = answer.json()
    assert [one["pointer"] for one in problem["errors"]] == [f"/{name}"]
    assert CANARY not in answer.text
    assert service.store.call("unusable") is None


def test_an_unknown_member_is_refused_without_repeating_its_name(service: Service) -> None:
    answer = tell(service, "unknown", {CANARY: 1})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == ""
    assert CANARY not in answer.text


# --- facts -------------------------------------------------------------------------------------------


def test_facts_join_the_record_and_the_last_one_counts(service: Service) -> None:
    service.screen(call_id="located")
    assert add(service, "located", {"cell_id": "cell-2", "ended_by": "caller"}).status_code == 200
    add(service, "located", {"cell_id": "cell-3", "latitude": -5.1477, "longitude": 119.4327})
    record = kept(service, "located")["record"]
    assert (record["cell_id"], record["latitude"], record["ended_by"]) == ("cell-3", -5.1477, "caller")
    assert record["trunk"] == "trunk-1"


def test_facts_of_a_call_that_was_never_screened_are_kept(service: Service) -> None:
    assert add(service, "unscreened", {"ended_at": "2026-09-16T10:31:29+08:00"}).status_code == 200
    record = kept(service, "unscreened")["record"]
    assert record["ended_at"] == "2026-09-16T10:31:29+08:00"
    assert record["trunk"] is None


@pytest.mark.parametrize("ended_by", list(EndedBy))
def test_every_way_to_end_can_be_told(service: Service, ended_by: EndedBy) -> None:
    assert add(service, f"ended {ended_by}", {"ended_by": ended_by.value}).status_code == 200


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"cell_id": ""},
        {"latitude": 95, "longitude": 1},
        {"latitude": -5.1},
        {"ended_at": "2026-09-16T10:31:29"},
        {"ended_by": "police"},
        {"label": "genuine"},
        {"calling_number": CANARY},
    ],
    ids=str,
)
def test_unusable_facts_are_refused(service: Service, facts: Any) -> None:
    answer = add(service, "unusable facts", facts)
    assert answer.status_code == 422
    assert CANARY not in answer.text
    assert service.store.call("unusable facts") is None


# --- both --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", PATHS)
@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b'{"note": "' + b"x" * 300_000 + b'"}', "application/json", 413),
    ],
    ids=["no json", "array", "empty", "text", "untyped", "large"],
)
def test_a_body_that_is_no_json_object_is_refused(
    service: Service, route: str, content: bytes, kind: str, status: int
) -> None:
    method, path = PATHS[route]
    answer = service.ask(
        method, path.format("bad"), scope="router", content=content, headers={"Content-Type": kind}
    )
    assert answer.status_code == status
    assert "advice" not in answer.json()


@pytest.mark.parametrize("route", PATHS)
def test_nothing_is_acknowledged_that_is_not_kept(fresh_service: Service, route: str) -> None:
    method, path = PATHS[route]
    body = {"ended_by": "caller"}
    fresh_service.ask(method, path.format("before"), scope="router", json=body)
    fresh_service.store.fail = True
    answer = fresh_service.ask(method, path.format("after"), scope="router", json=body)
    fresh_service.store.fail = False
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/store-unavailable"
    assert answer.headers["retry-after"] == "1"
    assert fresh_service.store.call("after") is None


def test_an_unknown_call_is_not_found(service: Service) -> None:
    answer = service.ask("GET", "/v1/calls/never-heard-of", scope="auditor")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-found"
