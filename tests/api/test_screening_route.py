"""The screening route: what a router relies on."""

from __future__ import annotations

import math
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest
from prankfilter_api.answers import SMALL_BYTES, decision_bytes, wants_word
from prankfilter_api.routes.screening import read_deadline
from prankfilter_api.schemas.decision import DecisionOut

from prankfilter.errors import PrankfilterError
from prankfilter.routing.answer import decision_members
from prankfilter.vocabulary import (
    KINDS,
    Basis,
    CertificateNote,
    CertificateStatus,
    Guard,
    Label,
    Reason,
    Stratum,
)
from tests.api.service import CALL, Service, running
from tests.builders import decision, score

REASONS = tuple(
    Reason(
        feature=f"feature_{n}_ratio",
        value=n / 3,
        unit="ratio",
        contribution=-0.1,
        text="Penelepon berbicara 62 % dari waktu",
    )
    for n in range(6)
)

NOTE = CertificateNote(
    id="sulsel-2026-3",
    alpha=0.001,
    confidence=0.95,
    genuine_callers=2995,
    basis=Basis.REAL,
    stratum=Stratum.REPEAT,
    status=CertificateStatus.STRATUM_NOT_COVERED,
)

FULLEST = decision(
    call_id="a84b4c76e66710@gateway.kominfo.sulselprov.go.id",
    result_id="5f2c7d0e9b1a4c3f8e6d5b2a7c9f0e1d",
    prank_score=0.123456789123,
    kinds=dict.fromkeys(KINDS, 1 / 7),
    guards=(Guard.STORE_UNAVAILABLE, Guard.TOO_LITTLE_AUDIO, Guard.NO_CERTIFICATE),
    reasons=REASONS,
    certificate=NOTE,
    faults=("calling_number: must be text with a telephone number; counted as missing",),
)


# --- the answer --------------------------------------------------------------------------------------


def test_an_answer_is_whole_and_has_its_length(service: Service) -> None:
    answer = service.screen(call_id="whole")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.json()["call_id"] == "whole"
    assert answer.json()["advice"] == "normal"


@pytest.mark.parametrize(
    "one",
    [decision(), FULLEST, decision(prank_score=None, call_suspicion=None, kinds=None, model_id=None)],
    ids=["ordinary", "fullest", "not assessed"],
)
@pytest.mark.parametrize("reasons", [True, False])
def test_what_is_written_is_what_is_documented(one: Any, reasons: bool) -> None:
    written = decision_bytes(one, reasons=reasons)
    read = DecisionOut.model_validate_json(written, strict=True)
    assert list(decision_members(one)) == list(DecisionOut.model_fields)
    assert read.model_dump(mode="json") == decision_members(one, reasons=reasons)


def test_every_member_is_always_there_and_no_other_is_documented(service: Service) -> None:
    schema = service.ask("GET", "/openapi.json").json()["components"]["schemas"]
    for name in ("DecisionOut", "ReasonOut", "CertificateOut"):
        assert set(schema[name]["required"]) == set(schema[name]["properties"])
    assert set(service.screen(call_id="members").json()) == set(schema["DecisionOut"]["properties"])


def test_no_number_that_json_does_not_know_is_ever_written() -> None:
    reason = replace(REASONS[0], value=math.nan, contribution=math.inf)
    one = decision(prank_score=math.nan, audio_s=math.inf, reasons=(reason,), kinds={Label.GENUINE: math.nan})
    written = decision_bytes(one, reasons=True)
    assert b"NaN" not in written
    assert b"Infinity" not in written
    assert decision_members(one)["reasons"][0]["value"] is None


def test_without_reasons_it_is_small(service: Service) -> None:
    service.model.answer = score(-2.0, reasons=REASONS, kinds=dict.fromkeys(KINDS, 1 / 7))
    with_reasons = service.screen(call_id="big").json()
    small = service.screen(call_id="small", params={"reasons": "0"})
    service.model.answer = score(-2.0)
    assert len(with_reasons["reasons"]) == len(REASONS)
    assert small.json()["reasons"] == []
    assert len(small.content) < 1000
    assert small.headers["content-length"] == str(len(small.content))


def test_the_fullest_answer_without_reasons_is_small() -> None:
    assert len(decision_bytes(FULLEST, reasons=False)) <= SMALL_BYTES


def test_however_many_faults_there_are_it_stays_small() -> None:
    faults = tuple(
        f"field_{n}: must be a number of metres, not negative; counted as missing" for n in range(40)
    )
    written = decision_bytes(replace(FULLEST, faults=faults), reasons=False)
    assert len(written) <= SMALL_BYTES
    named = DecisionOut.model_validate_json(written).faults
    assert named[-1] == f"and {40 - len(named) + 1} more"
    assert (
        len(
            DecisionOut.model_validate_json(
                decision_bytes(replace(FULLEST, faults=faults), reasons=True)
            ).faults
        )
        == 40
    )


@pytest.mark.parametrize(
    ("accept", "word"),
    [
        (None, False),
        ("*/*", False),
        ("text/plain", True),
        ("text/plain, */*", False),
        ("text/plain, */*;q=0.5", True),
        ("application/json, text/plain", False),
        ("application/json;q=0.5, text/plain", True),
        ("text/*", True),
        ("text/plain;q=0", False),
        ("text/plain;q=x", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_a_client_gets_one_word_where_it_prefers_that(accept: str | None, word: bool) -> None:
    assert wants_word(accept) is word


def test_one_word_is_one_word(service: Service) -> None:
    answer = service.screen(call_id="word", headers={"Accept": "text/plain"})
    assert answer.content == b"normal"
    assert answer.headers["content-length"] == "6"
    assert answer.headers["content-type"].startswith("text/plain")


# --- call ids ----------------------------------------------------------------------------------------

IDS = {
    "sip": ("a84b4c76e66710@10.0.0.1", "a84b4c76e66710@10.0.0.1"),
    "slash": ("a%2Fb@10.0.0.1", "a/b@10.0.0.1"),
    "slashes": ("%2F%2Fa%2F", "//a/"),
    "bare slash": ("a/b/c", "a/b/c"),
    "ends like the route": ("a%2Fscreening", "a/screening"),
    "ends like another route": ("a%2Foutcome", "a/outcome"),
    "percent": ("100%25", "100%"),
    "encoded twice": ("a%252Fb", "a%2Fb"),
    "space and plus": ("a%20b+c", "a b+c"),
    "question mark": ("a%3Fb", "a?b"),
    "umlaut": ("%C3%BC", "ü"),
    "dots": ("..%2F..%2Fx", "../../x"),
    "quote": ("%22%3Cb%3E", '"<b>'),
    "longest": ("x" * 1024, "x" * 1024),
}


@pytest.mark.parametrize(("sent", "read"), IDS.values(), ids=IDS)
def test_a_call_id_is_any_printable_text(service: Service, sent: str, read: str) -> None:
    assert service.screen(call_id=sent).json()["call_id"] == read
    assert (
        service.ask("PUT", f"/v1/calls/{sent}/outcome", scope="desk", json={"label": "silent"}).json()[
            "call_id"
        ]
        == read
    )
    kept = service.ask("GET", f"/v1/calls/{sent}", scope="supervisor").json()
    assert kept["call_id"] == read
    assert [one["call_id"] for one in kept["decisions"]] == [read]
    assert kept["outcome"]["label"] == "silent"


@pytest.mark.parametrize("sent", ["", "%00", "a%0Ab", "%7F", "%E2%80%A8", "x" * 1025])
def test_what_can_be_no_call_id_is_no_address(service: Service, sent: str) -> None:
    answer = service.screen(call_id=sent)
    assert answer.status_code == 404
    assert answer.json()["advice"] == "normal"


# --- repeats -----------------------------------------------------------------------------------------


def test_a_repeat_gets_the_stored_answer(service: Service) -> None:
    first = service.screen(call_id="repeated").json()
    service.model.answer = score(9.0, prank_score=0.99)
    again = service.screen(call_id="repeated").json()
    other = service.screen(call_id="repeated", call=CALL | {"ring_s": 3.0}).json()
    service.model.answer = score(-2.0)
    assert again == first
    assert other["result_id"] != first["result_id"]
    assert other["prank_score"] == 0.99


def test_a_repeat_in_another_dress_is_the_same_request(service: Service) -> None:
    first = service.screen(call_id="dressed").json()
    bare = service.screen(call_id="dressed", params={"reasons": "0"}).json()
    word = service.screen(call_id="dressed", headers={"Accept": "text/plain"})
    assert bare["result_id"] == first["result_id"]
    assert word.text == first["advice"]
    kept = service.ask("GET", "/v1/calls/dressed", scope="supervisor").json()
    assert len(kept["decisions"]) == 1


# --- deadlines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "deadline_ms"),
    [(None, None), ("200", 200.0), (" 80.5 ", 80.5), ("0", 0.0), ("-5", -5.0), ("1e3", 1000.0)],
)
def test_a_deadline_is_a_number_of_milliseconds(text: str | None, deadline_ms: float | None) -> None:
    assert read_deadline(text) == (deadline_ms, ())


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "-inf", "200ms", "1,5"])
def test_an_unusable_deadline_counts_as_missing_and_is_named(service: Service, text: str) -> None:
    decided = service.screen(call_id=f"deadline {text}", headers={"X-Request-Deadline-Ms": text}).json()
    assert decided["faults"] == [
        "X-Request-Deadline-Ms: must be a number of milliseconds; counted as missing"
    ]
    assert decided["assessed"] == "metadata_only"


@pytest.mark.parametrize("text", ["0", "-1", "0.000001"])
def test_a_deadline_that_has_passed_is_answered_normal_at_once(service: Service, text: str) -> None:
    decided = service.screen(call_id=f"passed {text}", headers={"X-Request-Deadline-Ms": text}).json()
    assert decided["advice"] == "normal"
    assert "deadline" in decided["guards"]


# --- whatever breaks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [PrankfilterError("broken"), ZeroDivisionError()], ids=["refusal", "fault"])
def test_a_broken_model_advises_normal(fresh_service: Service, fault: Exception) -> None:
    fresh_service.model.answer = fault
    answer = fresh_service.screen()
    assert answer.status_code == 200
    assert (answer.json()["advice"], answer.json()["assessed"]) == ("normal", "not_assessed")


def test_without_a_model_it_advises_normal_and_is_not_ready(tmp_path: Any) -> None:
    with running(tmp_path, with_model=False) as service:
        assert service.screen().json()["advice"] == "normal"
        assert service.ask("GET", "/readyz").status_code == 503
        assert service.ask("GET", "/livez").status_code == 200


def test_without_the_store_a_known_router_still_gets_advice(fresh_service: Service) -> None:
    fresh_service.screen(call_id="before")
    fresh_service.store.fail = True
    decided = fresh_service.screen(call_id="after").json()
    assert decided["advice"] == "normal"
    assert "store_unavailable" in decided["guards"]
    assert fresh_service.ask("GET", "/readyz").json()["detail"] == "store unavailable"


def test_every_word_of_a_decision_is_a_plain_string() -> None:
    assert not any(isinstance(value, StrEnum) for value in decision_members(FULLEST).values())
