"""The queue of flagged calls, their sound, and what follows from a verdict."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from prankfilter.errors import StoreUnavailable
from prankfilter.privacy.keyring import Purpose
from prankfilter.privacy.seal import Sealer
from prankfilter.store.deeds import Act, Deeds
from prankfilter.store.incidents import Cause, Incidents
from prankfilter.store.recordings import Recordings
from prankfilter.vocabulary import Advice, Label
from tests.api.service import Service, running
from tests.builders import call_record, score, screening
from tests.sounds import voice, wav

SOUND = wav(voice(2.0))


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of the test's own, which flags every call."""
    with running(tmp_path_factory.mktemp("flags"), policy="queue", on_disk=True) as one:
        flag(one, 0.9)
        yield one


def flag(desk: Service, prank_score: float) -> None:
    """Let the model give every call a score from now on."""
    kinds = {Label.GENUINE: 1 - prank_score, Label.JOKE_OR_ABUSE: prank_score}
    desk.model.answer = score(2.0, prank_score=prank_score, kinds=kinds)


def flags(desk: Service, **asked: Any) -> dict[str, Any]:
    # Whatever was screened before is written by then.
    desk.store.put(lambda cursor: None)
    answer = desk.ask("GET", "/v1/flags", scope="supervisor", params=asked)
    assert answer.status_code == 200, answer.text
    listed: dict[str, Any] = answer.json()
    return listed


def rule(desk: Service, call_id: str, verdict: str, **said: Any) -> httpx.Response:
    said = {"verdict": verdict, "by": "ratna", **said}
    return desk.ask("POST", f"/v1/flags/{call_id}/verdict", scope="supervisor", json=said)


def screen_with_sound(desk: Service, call_id: str) -> None:
    parts = {"call": (None, b"{}", "application/json"), "audio": ("a.wav", SOUND, "audio/wav")}
    answer = desk.ask("POST", f"/v1/calls/{call_id}/screening", scope="router", files=parts)
    assert answer.json()["audio_s"] >= 1


def test_the_queue_shows_what_was_flagged_until_somebody_ruled_on_it(desk: Service) -> None:
    desk.screen(call_id="a")
    flag(desk, 0.1)
    desk.screen(call_id="b")
    [only] = flags(desk)["flags"]
    assert (only["call_id"], only["kind"], only["advice"]) == ("a", "joke_or_abuse", "normal")
    assert rule(desk, "a", "confirmed").status_code == 200
    assert flags(desk) == {"count": 0, "flags": []}
    assert flags(desk, state="ruled")["flags"][0]["ruled_by"] == "ratna"


def test_the_queue_counts_beyond_its_page(desk: Service) -> None:
    for call_id in "abc":
        desk.screen(call_id=call_id)
    page = flags(desk, limit=1, offset=1)
    assert (page["count"], len(page["flags"])) == (3, 1)


@pytest.mark.parametrize(
    "asked", [{"limit": 0}, {"state": "lost"}, {"since": "2025-11-03T21:14:20"}], ids=str
)
def test_what_cannot_be_asked_is_refused_by_name(desk: Service, asked: dict[str, Any]) -> None:
    answer = desk.ask("GET", "/v1/flags", scope="supervisor", params=asked)
    assert answer.status_code == 422
    assert next(iter(asked)) in answer.text


def test_whoever_answered_a_call_does_not_review_it(desk: Service) -> None:
    desk.screen(call_id="a")
    desk.ask("PUT", "/v1/calls/a/outcome", scope="desk", json={"label": "child_play", "by": "ratna"})
    assert rule(desk, "a", "confirmed").status_code == 403
    assert rule(desk, "a", "confirmed", by="dewi").status_code == 200


def test_an_emergency_among_the_flags_opens_an_incident(desk: Service) -> None:
    desk.screen(call_id="a")
    rule(desk, "a", "was_emergency")
    [incident] = Incidents(desk.store).open()
    assert (incident.call_id, incident.opened_by, incident.cause) == ("a", "ratna", Cause.WAS_EMERGENCY)


@pytest.mark.parametrize(
    ("advice", "label", "opened"),
    [
        (Advice.VERIFY, "genuine", True),
        (Advice.VERIFY, "child_play", False),
        (Advice.NORMAL, "genuine", False),
    ],
)
def test_a_genuine_call_that_was_delayed_opens_an_incident(
    desk: Service, advice: Advice, label: str, opened: bool
) -> None:
    desk.store.remember(screening(call_record(call_id="a"), advice=advice))
    desk.ask("PUT", "/v1/calls/a/outcome", scope="desk", json={"label": label, "by": "budi"})
    assert [one.cause for one in Incidents(desk.store).open()] == [Cause.GENUINE_VERIFIED] * opened


def kept_sound(desk: Service) -> None:
    """Wait until what was heard is stored."""
    sound = desk.state["screener"]._kept_sound
    sound.close()


def test_the_sound_of_a_flagged_call_is_heard_whole_and_that_is_written_down(desk: Service) -> None:
    screen_with_sound(desk, "a")
    kept_sound(desk)
    for _ in range(2):
        answer = desk.ask("GET", "/v1/calls/a/audio", scope="auditor")
        assert answer.headers["content-type"] == "audio/wav"
    samples, rate_hz = soundfile.read(io.BytesIO(answer.content))
    assert (len(samples), rate_hz) == (16000, 8000)
    assert np.abs(samples).max() > 0.1
    [listening] = Deeds(desk.store).about("a")
    assert (listening.what, listening.by) == (Act.LISTENED, "auditor-1")


def test_sound_that_cannot_be_kept_costs_no_answer_and_is_counted(desk: Service) -> None:
    def full(_: object) -> None:
        raise StoreUnavailable("no room")

    lost = "prankfilter_sound_unkept_total"
    assert desk.sample(lost) == 0
    desk.state["screener"]._kept_sound._recordings.put = full
    screen_with_sound(desk, "a")
    kept_sound(desk)
    assert desk.sample(lost) == 1
    assert desk.ask("GET", "/v1/calls/a/audio", scope="supervisor").status_code == 404


def test_no_other_sound_is_kept(desk: Service) -> None:
    flag(desk, 0.1)
    screen_with_sound(desk, "a")
    kept_sound(desk)
    assert desk.ask("GET", "/v1/calls/a/audio", scope="supervisor").status_code == 404
    assert Deeds(desk.store).about("a") == []


def test_sound_lies_sealed_in_the_store(desk: Service) -> None:
    screen_with_sound(desk, "a")
    kept_sound(desk)
    recording = Recordings(desk.store).of("a")
    assert recording is not None
    assert b"RIFF" not in recording.sealed
    assert Sealer(desk.keyring, Purpose.SEAL).open(recording.sealed, about="a").startswith(b"RIFF")


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ("bytes=0-3", 206, "bytes 0-3/32044"),
        ("bytes=32040-", 206, "bytes 32040-32043/32044"),
        ("bytes=-4", 206, "bytes 32040-32043/32044"),
        ("bytes=0-99999", 206, "bytes 0-32043/32044"),
        ("bytes=32044-", 416, "bytes */32044"),
        ("bytes=5-4", 416, "bytes */32044"),
        ("bytes=-0", 416, "bytes */32044"),
        ("bytes=0-1,4-5", 200, None),
        ("lines=1-2", 200, None),
    ],
)
def test_sound_comes_in_pieces(desk: Service, asked: str, status: int, told: str | None) -> None:
    screen_with_sound(desk, "a")
    kept_sound(desk)
    answer = desk.ask("GET", "/v1/calls/a/audio", scope="supervisor", headers={"Range": asked})
    assert (answer.status_code, answer.headers.get("content-range")) == (status, told)
    if status == 206 and told is not None:
        first, last = told.removeprefix("bytes ").split("/")[0].split("-")
        assert len(answer.content) == int(last) - int(first) + 1
