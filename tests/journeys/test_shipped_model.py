"""The shipped model, as a centre meets it on its first day: it scores, explains, and delays nobody."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prankfilter_api.demo.replay import dated_history, read_clip

from prankfilter.classifier.running import Library
from prankfilter.features.row import Source
from prankfilter.features.table import by_name
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.routing.policies import POLICIES
from prankfilter.settings import read_settings
from prankfilter.store.importing import import_lines
from prankfilter.store.memory import MemoryStore
from prankfilter.wiring.screener import Screener
from tests.api.service import Service, serving
from tests.malformed import malformed_compressed, malformed_waves

MODELS = Path(__file__).parents[2] / "models"
JOKER = "+6281250000888"
"""Six pranks that a supervisor confirmed stand against this number in the demonstration's earlier days."""

NOBODY = {"audio_capture": "caller_before_answer", "calls_waiting": 1}
"""No number: hundreds of calls from one would be a burst, which comes first."""

CLIPS = ("adult_joke", "adult_fire", "child_play", "line_noise", "dead_line", "dtmf", "half_a_second", None)

WORST_CASE: dict[str, Any] = {
    "calling_number": JOKER,
    "number_kind": "asserted",
    "access_state": "service_initialized",
    "centre_id": "PPU",
    "cell_id": "510-10-4105-1",
    "calls_waiting": 1,
    "audio_capture": "caller_before_answer",
}
"""What would be verified if a proof from real calls allowed it."""

STRANGER = WORST_CASE | {"calling_number": "+6281299990000", "cell_id": "510-10-4101-9"}
"""Somebody else, somewhere else: a busy cell speaks for an emergency."""


class Line:
    """A router's line to the real application over the demonstration's history."""

    def __init__(self, service: Service) -> None:
        self._service, self._ids = service, count()

    def screen(self, call: dict[str, Any], clip: str | None = None) -> dict[str, Any]:
        return self.send(call, None if clip is None else read_clip(clip))

    def send(self, call: dict[str, Any], audio: bytes | None) -> dict[str, Any]:
        files: dict[str, Any] = {"call": (None, json.dumps(call), "application/json")}
        if audio is not None:
            files["audio"] = ("call.wav", audio, "audio/wav")
        path = f"/v1/calls/{next(self._ids)}/screening"
        answer = self._service.ask("POST", path, scope="router", files=files)
        assert answer.status_code == 200, answer.text
        decision: dict[str, Any] = answer.json()
        return decision


@pytest.fixture(scope="module", params=sorted(POLICIES))
def in_earnest(request: pytest.FixtureRequest) -> Iterator[Line]:
    """A service as a centre starts it, without ``--demo``."""
    with running(request.param, demo=False) as service:
        yield service


@pytest.fixture(scope="module")
def demonstration() -> Iterator[Line]:
    with running("queue", demo=True) as service:
        yield service


@contextmanager
def running(policy: str, *, demo: bool) -> Iterator[Line]:
    """Start a service and stop it."""
    # Patient: what is decided is asked here, not how soon.
    chosen = read_settings({"PRANKFILTER_DEADLINE_MS": "60000", "PRANKFILTER_AUDIT_SHARE": "0"})
    keyring, store, now = Keyring.ephemeral(), MemoryStore(), dt.datetime.now(chosen.zone)
    earlier = (json.dumps(row) for row in dated_history(now))
    pseudonymise = Pseudonymiser(keyring).pseudonym
    import_lines(earlier, store, now=now, zone=chosen.zone, pseudonymise=pseudonymise)
    library = Library(MODELS, simulated_is_honoured=demo)
    screener = Screener(
        settings=chosen, store=store, library=library, keyring=keyring, policy=POLICIES[policy]
    )
    with serving(screener, store, keyring) as service:
        yield Line(service)


def test_in_a_demonstration_a_known_joker_is_verified_while_others_wait(demonstration: Line) -> None:
    decision = demonstration.screen(WORST_CASE, "adult_joke")
    assert decision["advice"] == "verify", decision
    assert decision["flagged"]
    assert decision["certificate"]["basis"] == "simulated"
    assert decision["certificate"]["status"] == "valid"


def test_in_earnest_the_same_call_goes_through(in_earnest: Line) -> None:
    """SAFETY rule 4: a certificate from simulated calls counts as missing."""
    decision = in_earnest.screen(WORST_CASE, "adult_joke")
    assert decision["advice"] == "normal"
    assert decision["certificate"] is None
    if decision["policy"] != "observe":
        assert "no_certificate" in decision["guards"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.sampled_from([JOKER, "+6281250000777", "+6281350000111", "+628129999", None, "anonymous"]),
    kind=st.sampled_from(["asserted", "unverified", "withheld", "none", None]),
    waiting=st.sampled_from([None, 0, 1, 9]),
    capture=st.sampled_from(["caller_before_answer", "caller_after_answer", "mixed", None]),
    clip=st.sampled_from(CLIPS),
)
def test_in_earnest_no_input_whatever_is_verified(
    in_earnest: Line,
    number: str | None,
    kind: str | None,
    waiting: int | None,
    capture: str | None,
    clip: str | None,
) -> None:
    call = {
        "calling_number": number,
        "number_kind": kind,
        "calls_waiting": waiting,
        "audio_capture": capture,
        "centre_id": "PPU",
    }
    assert in_earnest.screen(call, clip)["advice"] in {"normal", "priority"}


def test_no_malformed_recording_costs_a_call_anything(demonstration: Line) -> None:
    """More than a hundred here and as many compressed ones in `make test-long`: a decision, and `normal`."""
    recordings = malformed_waves()
    assert len(recordings) > 100
    for name, audio in recordings:
        decision = demonstration.send(NOBODY, audio)
        assert (name, decision["advice"]) == (name, "normal")
        assert (name, decision["moment"] == "audio" or decision["faults"] != []) == (name, True)


@pytest.mark.long
def test_no_malformed_compressed_recording_costs_a_call_anything(demonstration: Line) -> None:
    for name, audio in malformed_compressed():
        decision = demonstration.send(NOBODY, audio)
        assert (name, decision["advice"]) == (name, "normal")
        assert (name, decision["moment"] == "audio" or decision["faults"] != []) == (name, True)
    assert demonstration.screen(STRANGER, "adult_fire")["assessed"] == "full"


def test_kinds_sum_to_one_and_the_score_is_their_prank_share(demonstration: Line) -> None:
    decision = demonstration.screen(STRANGER, "adult_question")
    kinds = decision["kinds"]
    assert sum(kinds.values()) == pytest.approx(1)
    prank = kinds["child_play"] + kinds["joke_or_abuse"] + kinds["false_report"]
    assert decision["prank_score"] == pytest.approx(prank)
    assert decision["call_suspicion"] == round(100 * prank)


def test_reasons_speak_indonesian_and_carry_their_seconds(demonstration: Line) -> None:
    decision = demonstration.screen({"audio_capture": "caller_before_answer"}, "line_noise")
    sources = [by_name[reason["feature"]].source for reason in decision["reasons"]]
    assert Source.SOUND in sources
    for reason, source in zip(decision["reasons"], sources, strict=True):
        if source is Source.SOUND:
            assert 0 <= reason["start_s"] < reason["end_s"] <= decision["audio_s"], reason
        else:
            assert (reason["start_s"], reason["end_s"]) == (None, None)


@pytest.mark.parametrize("clip", [clip for clip in CLIPS if clip not in {None, "half_a_second"}])
def test_every_clip_is_judged_at_its_longest_complete_look(demonstration: Line, clip: str) -> None:
    decision = demonstration.screen(STRANGER, clip)
    assert (decision["assessed"], decision["audio_s"]) == ("full", 5.0)
