"""Forms with sound: whatever is wrong with the sound costs the sound, never the call."""

from __future__ import annotations

import io
import json
import math
import wave
from typing import Any

import numpy as np
import pytest

from tests.api.service import CALL, Service, request_scope, running

BOUNDARY = "b0undary"


def wav(seconds: float = 3.2) -> bytes:
    """A tone, as a recorder writes it."""
    samples = 8000 * np.sin(2 * math.pi * 300 * np.arange(int(seconds * 8000)) / 8000)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def part(name: str, content: bytes, *, filename: str | None = None, more: str = "") -> bytes:
    file = f'; filename="{filename}"' if filename else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{more}\r\n'
    return head.encode() + content + b"\r\n"


def form(*parts: bytes, end: bytes = f"--{BOUNDARY}--\r\n".encode()) -> bytes:
    return b"".join(parts) + end


CALL_PART = part("call", json.dumps(CALL).encode(), more="Content-Type: application/json\r\n")
AUDIO_PART = part("audio", wav(), filename="call.wav", more="Content-Type: audio/wav\r\n")


def send(service: Service, body: bytes, call_id: str, *, content_type: str | None = None) -> Any:
    kind = content_type or f"multipart/form-data; boundary={BOUNDARY}"
    return service.ask(
        "POST", f"/v1/calls/{call_id}/screening", scope="router", content=body, headers={"Content-Type": kind}
    )


FORMS = {
    "call, audio": form(CALL_PART, AUDIO_PART),
    "audio, call": form(AUDIO_PART, CALL_PART),
    "call as a file": form(part("call", json.dumps(CALL).encode(), filename="call.json"), AUDIO_PART),
    "unquoted names": form(CALL_PART.replace(b'"call"', b"call"), AUDIO_PART.replace(b'"audio"', b"audio")),
    "other parts too": form(part("x", b"1"), CALL_PART, part("", b"2"), AUDIO_PART, part("y", b"3" * 5000)),
    "a preamble's newline": b"\r\n" + form(CALL_PART, AUDIO_PART),
    "an epilogue": form(CALL_PART, AUDIO_PART) + b"and more",
    "a boundary inside the call": form(
        part("call", json.dumps(CALL | {"trunk": f"--{BOUNDARY}"}).encode()), AUDIO_PART
    ),
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_sound_is_heard(service: Service, body: bytes, request: pytest.FixtureRequest) -> None:
    answer = send(service, body, request.node.callspec.id, content_type=None)
    assert answer.status_code == 200
    decided = answer.json()
    assert decided["moment"] == "audio"
    assert decided["audio_s"] == 3.0
    assert decided["faults"] == []


def test_a_quoted_boundary_is_the_same_boundary(service: Service) -> None:
    kind = f'Multipart/Form-Data; charset=utf-8; boundary="{BOUNDARY}"'
    assert send(service, form(CALL_PART, AUDIO_PART), "quoted", content_type=kind).json()["moment"] == "audio"


WITHOUT_SOUND = {
    "no audio": (form(CALL_PART), None),
    "empty audio": (form(CALL_PART, part("audio", b"")), "audio: "),
    "no recording": (form(CALL_PART, part("audio", b"hello")), "audio: "),
    "half a recording": (form(CALL_PART, part("audio", wav()[:30])), "audio: "),
    "cut off": (form(CALL_PART, AUDIO_PART[:4000], end=b""), "audio: the form ended in the middle of it"),
    "cut off after the call": (form(CALL_PART, end=f"--{BOUNDARY}\r\n".encode()), None),
    "malformed after the call": (
        form(CALL_PART, end=f"--{BOUNDARY}\r\nA\x01B: c".encode()),
        "audio: the form is malformed",
    ),
}


@pytest.mark.parametrize(("body", "fault"), WITHOUT_SOUND.values(), ids=WITHOUT_SOUND)
def test_without_usable_sound_the_call_is_judged_all_the_same(
    service: Service, body: bytes, fault: str | None, request: pytest.FixtureRequest
) -> None:
    answer = send(service, body, request.node.callspec.id)
    assert answer.status_code == 200
    decided = answer.json()
    assert (decided["moment"], decided["assessed"]) == ("ring", "metadata_only")
    assert [one.startswith(fault or "?") for one in decided["faults"]] == ([True] if fault else [])


def test_of_several_recordings_the_first_counts(service: Service) -> None:
    decided = send(service, form(CALL_PART, AUDIO_PART, part("audio", wav(6.0))), "several").json()
    assert decided["audio_s"] == 3.0
    assert decided["faults"] == ["audio: the form has several; only the first counts"]


NO_CALL = {
    "no call": form(AUDIO_PART),
    "two calls": form(CALL_PART, CALL_PART, AUDIO_PART),
    "a call that is no json": form(part("call", b"call=1"), AUDIO_PART),
    "a call that is no object": form(part("call", b"[]"), AUDIO_PART),
    "an empty call": form(part("call", b""), AUDIO_PART),
    "half a call": form(CALL_PART[:80], end=b""),
    "nothing": b"",
    "no form": b"hello",
    "another boundary": form(CALL_PART).replace(BOUNDARY.encode(), b"other"),
    "too many parts": form(*[part("x", b"1")] * 30, CALL_PART),
    "endless header": form(part("call", b"{}", more="X: " + "y" * 10_000 + "\r\n")),
}


@pytest.mark.parametrize("body", NO_CALL.values(), ids=NO_CALL)
def test_without_a_call_record_it_is_refused_and_advises_normal(service: Service, body: bytes) -> None:
    answer = send(service, body, "no call")
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/no-call-record"
    assert answer.json()["advice"] == "normal"


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 300],
)
def test_a_form_without_a_usable_boundary_is_no_call_record(service: Service, kind: str) -> None:
    answer = send(service, form(CALL_PART), "unbounded", content_type=kind)
    assert (answer.status_code, answer.json()["advice"]) == (400, "normal")


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", "x"]
)
def test_a_json_object_is_read_whatever_it_is_called(service: Service, kind: str) -> None:
    answer = send(service, json.dumps(CALL).encode(), f"called {kind}".replace("/", "%2F"), content_type=kind)
    assert answer.status_code == 200


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_json_object_is_read_in_any_unicode(service: Service, encoding: str) -> None:
    body = json.dumps(CALL | {"provider": "Telkomsel · Ü"}, ensure_ascii=False).encode(encoding)
    assert send(service, body, encoding, content_type="application/json").json()["faults"] == []


# --- size and time ------------------------------------------------------------------------------------


def test_a_recording_that_is_too_large_costs_the_sound_alone(tmp_path: Any) -> None:
    with running(tmp_path, audio_bytes="20000") as service:
        call_first = send(service, form(CALL_PART, part("audio", bytes(50_000))), "call first").json()
        audio_first = send(service, form(part("audio", bytes(50_000)), CALL_PART), "audio first").json()
        no_call = send(service, form(part("audio", bytes(400_000))), "no call")
        fits = send(service, form(CALL_PART, part("audio", wav(1.0))), "fits").json()
    for decided in (call_first, audio_first):
        assert decided["assessed"] == "metadata_only"
        assert decided["faults"] == ["audio: the recording has more than 20000 bytes"]
    assert (no_call.status_code, no_call.json()["advice"]) == (413, "normal")
    assert fits["faults"] == []


def test_a_call_part_that_is_too_large_is_refused(service: Service) -> None:
    answer = send(service, form(part("call", b'{"x": "' + b"x" * 300_000 + b'"}')), "large")
    assert (answer.status_code, answer.json()["advice"]) == (413, "normal")


def screening_scope(service: Service, call_id: str, deadline_ms: float) -> dict[str, Any]:
    headers = {
        "Authorization": f"Bearer {service.keys['router']}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "X-Request-Deadline-Ms": str(deadline_ms),
    }
    return request_scope("POST", f"/v1/calls/{call_id}/screening", headers)


def test_sound_that_is_late_is_not_waited_for(service: Service) -> None:
    service.screen(call_id="known key")
    status, body = service.send(screening_scope(service, "late", 60), [CALL_PART, AUDIO_PART[:100], None])
    decided = json.loads(body)
    assert status == 200
    assert decided["advice"] == "normal"
    assert "deadline" in decided["guards"]
    assert decided["faults"] == ["audio: it did not arrive within the deadline"]


def test_a_call_that_is_late_is_a_problem_that_advises_normal(service: Service) -> None:
    status, body = service.send(screening_scope(service, "later", 60), [CALL_PART[:100], None])
    assert (status, json.loads(body)["advice"]) == (408, "normal")


def test_a_body_in_any_chunks_is_the_same_body(service: Service) -> None:
    body = form(CALL_PART, AUDIO_PART)
    chunks: list[bytes | None] = [body[at : at + 7] for at in range(0, len(body), 7)]
    _, whole = service.send(screening_scope(service, "chunks", 5000), [body])
    service.store._screenings.clear()
    _, parted = service.send(screening_scope(service, "chunks", 5000), chunks)
    assert json.loads(parted)["result_id"] == json.loads(whole)["result_id"]
