"""A planted telephone number turns up in no log, metric, answer or error (SAFETY, personal data)."""

from __future__ import annotations

import json
import logging
import re
from urllib.parse import quote

import pytest

from tests.api.service import CALL, CANARY, Service, log_text, request_scope

SPELLINGS = (
    CANARY,
    "+6281234567890",
    "6281234567890",
    "0812-3456-7890",
    "+62 812 3456 7890",
    "tel:+6281234567890",
)

_TELLING = re.compile(r"8\D{0,2}1\D{0,2}2\D{0,2}3\D{0,2}4\D{0,2}5\D{0,2}6\D{0,2}7\D{0,2}8\D{0,2}9\D{0,2}0")


def planted(service: Service, number: str) -> list[str]:
    """Send a number in every place that somebody might put it; return all that came back."""
    record = dict.fromkeys(CALL, number) | {
        "calling_number": number,
        "user_agent": f"phone {number}",
        number: number,
    }
    texts = [
        service.screen(record, call_id="canary").text,
        service.screen({number: {number: number}}, call_id="canary").text,
        service.screen([number], call_id="canary").text,
        service.screen(call_id="canary", headers={"X-Request-Deadline-Ms": number + "x"}).text,
        service.ask("POST", "/v1/calls/canary/screening", scope="router", content=f'{{"a": {number}x}}').text,
        service.ask("POST", "/v1/calls/canary/screening", key=number, json=CALL).text,
        service.ask("GET", f"/{quote(number, safe='')}").text,
        service.ask("GET", f"/problems/{quote(number, safe='')}").text,
        service.ask(
            "PUT", "/v1/calls/canary/outcome", scope="desk", json={number: number, "label": number}
        ).text,
        service.ask(
            "PUT", "/v1/calls/canary/outcome", scope="desk", json={"duration_s": number, "ended_by": number}
        ).text,
        service.ask(
            "PATCH", "/v1/calls/canary", scope="router", json={"latitude": number, "ended_at": number}
        ).text,
        service.ask("GET", "/v1/calls/canary", scope="supervisor").text,
        service.ask("GET", "/metrics").text,
    ]
    malformed = request_scope(
        "POST",
        "/v1/calls/canary/screening",
        {
            "Authorization": f"Bearer {service.keys['router']}",
            "Content-Type": "multipart/form-data; boundary=b",
        },
    )
    texts.append(service.send(malformed, [f"--b{number}\r\n".encode(), b""])[1].decode())
    return texts


@pytest.mark.parametrize("number", SPELLINGS)
def test_no_spelling_of_a_number_comes_back_or_is_logged(
    fresh_service: Service, number: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for text in planted(fresh_service, number):
        assert not _TELLING.search(text)
    assert not _TELLING.search(log_text(caplog.records))


def test_a_fault_of_ours_is_logged_without_what_it_stumbled_over(
    fresh_service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(call_id: str) -> None:
        raise ValueError(f"cannot digest {CANARY}")

    fresh_service.store.call = stumble  # type: ignore[method-assign]
    answer = fresh_service.ask("GET", "/v1/calls/a", scope="supervisor")
    assert answer.status_code == 500
    assert CANARY not in answer.text
    logged = log_text(caplog.records)
    assert CANARY not in logged
    assert json.loads(answer.text)["instance"] in logged
    assert "ValueError" in logged
    assert "stumble" in logged


def test_the_number_is_shown_by_its_last_three_digits_only(fresh_service: Service) -> None:
    fresh_service.screen(call_id="shown")
    record = fresh_service.ask("GET", "/v1/calls/shown", scope="supervisor").json()["record"]
    assert record["calling_number"] == "•••• 890"
    assert "caller" not in record
