"""Live audio through the real door: server, socket, application; the client is another library's."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from prankfilter_api.live import conversation
from websockets.exceptions import ConnectionClosed, InvalidStatus

from prankfilter.audio.live import LiveLine
from prankfilter.privacy.api_keys import ALLOWED, SCOPES, Action
from prankfilter.vocabulary import Guard
from tests.api.service import CANARY
from tests.api.streaming import STOP, Listening, listening, packets, pcm, started, wait_until
from tests.bundles import CHILD, certify, shelve
from tests.sounds import line_noise, voice, wav
from tests.wired import CALL, NUMBER

SPEECH = voice(5.5)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """Listens under `always`, with a proof; shared by the file's tests: each uses call ids of its own."""
    folder = tmp_path_factory.mktemp("listening")
    certify(folder / "models", shelve(folder / "models", leaning=3.0), policy="always")
    with listening(folder, policy="always") as one:
        yield one


def looks(decisions: list[dict[str, Any]]) -> list[float]:
    return [one["audio_s"] for one in decisions]


class TestDialects:
    def test_raw_sound_gets_a_decision_at_each_look_and_at_the_end(self, service: Listening) -> None:
        sound = pcm(SPEECH)
        with service.stream("a/b@10.0.0.1", "?rate_hz=8000&trunk=trunk-1&ring_s=2.5") as stream:
            stream.send(*(sound[start : start + 320] for start in range(0, len(sound), 320)), "STOP")
            decisions = stream.decisions()
            assert stream.close_code == 1000
        assert looks(decisions) == [1.0, 3.0, 5.0, 5.0]
        assert {one["call_id"] for one in decisions} == {"a/b@10.0.0.1"}
        assert {one["assessed"] for one in decisions} == {"full"}
        assert all(one["faults"] == [] for one in decisions)
        assert len({one["result_id"] for one in decisions}) == 4
        assert [one.decision.result_id for one in service.store.remembered][-4:] == [
            one["result_id"] for one in decisions
        ]
        assert service.store.remembered[-1].record.trunk == "trunk-1"

    def test_asterisk_says_its_format_and_is_heard_at_16_khz(self, service: Listening) -> None:
        sound = pcm(voice(3.2).repeat(2))
        with service.stream("asterisk", "?trunk=trunk-1") as stream:
            stream.send("MEDIA_START connection_id:1 channel:WebSocket/x format:slin16 ptime:20")
            stream.send(*(sound[start : start + 640] for start in range(0, len(sound), 640)))
            stream.send("HANGUP")
            assert looks(stream.decisions()) == [1.0, 3.0, 3.0]

    def test_twilio_may_lose_double_and_reorder(self, service: Listening) -> None:
        sent, chance = packets(SPEECH), random.Random(5)
        kept = [one for one in sent[:-1] if chance.random() > 0.1] + sent[-1:]
        lost = len(sent) - len(kept)
        kept += chance.sample(kept, 20)
        place = {id(one): int(one["media"]["timestamp"]) + chance.uniform(0, 100) for one in kept}
        kept.sort(key=lambda one: place[id(one)])
        with service.stream("twilio") as stream:
            stream.send(*started({"trunk": "trunk-1", "audio_capture": "mixed"}), *kept, STOP)
            decisions = stream.decisions()
        assert looks(decisions) == [1.0, 3.0, 5.0, 5.0]
        assert decisions[-1]["faults"] == [f"stream: {lost / 50:.2f} s of 5.50 s were lost and filled in"]
        assert service.store.remembered[-1].capture == "mixed"

    def test_the_caller_alone_is_heard(self, service: Listening) -> None:
        other = [{**one, "media": {**one["media"], "track": "outbound"}} for one in packets(voice(3.5))]
        with service.stream("outbound") as stream:
            stream.send(*started(), *other, *packets(line_noise(1.5)), STOP)
            assert looks(stream.decisions()) == [1.0, 1.0]

    def test_a_format_that_is_not_read_costs_the_sound_not_the_call(self, service: Listening) -> None:
        with service.stream("opus") as stream:
            stream.send("MEDIA_START connection_id:1 format:opus", pcm(SPEECH)[:60_000], "STOP")
            (decision,) = stream.decisions()
        assert (decision["moment"], decision["assessed"]) == ("ring", "metadata_only")
        assert decision["faults"][0].startswith("stream: its format is not read")


PLAIN = {"trunk": "t-1", "cell_id": "cell-1", "calls_waiting": "2", "audio_capture": "caller_before_answer"}


def test_the_decision_at_5_s_of_a_stream_is_that_of_the_recording(service: Listening) -> None:
    sound = wav(voice(5.0))
    with service.stream("as-stream", f"?{urlencode(PLAIN)}") as stream:
        stream.send(sound[44:], "STOP")
        streamed = stream.decisions()[2]
    filed = service.screen("as-file", PLAIN, sound)
    for name in ("moment", "audio_s", "assessed", "advice", "guards", "flagged", "certificate", "kinds"):
        assert streamed[name] == filed[name], name
    assert streamed["audio_s"] == 5.0
    assert streamed["prank_score"] == pytest.approx(filed["prank_score"], abs=1e-9)
    assert streamed["reasons"] == filed["reasons"]


class TestWhatIsKnownOfTheCall:
    def test_a_stream_goes_on_with_what_an_earlier_screening_was_told(self, service: Listening) -> None:
        service.screen("known", {**CALL, "calling_number": NUMBER, "trunk": "trunk-9"})
        with service.stream("known", "?cell_id=cell-2") as stream:
            stream.send(pcm(voice(1.2)), "STOP")
            stream.decisions()
        first, *_, last = (one.record for one in service.store.remembered if one.record.call_id == "known")
        assert last.caller == first.caller is not None
        assert (last.trunk, last.cell_id, last.received_at) == ("trunk-9", "cell-2", first.received_at)

    def test_a_call_that_is_never_screened_is_not_screened_by_its_sound(self, service: Listening) -> None:
        service.screen("panic", {"channel": "app_panic"})
        with service.stream("panic") as stream:
            stream.send(pcm(voice(1.2)), "STOP")
            assert [one["guards"] for one in stream.decisions()] == [["never_screened"]] * 2

    def test_fields_that_cannot_be_used_are_named(self, service: Listening) -> None:
        with service.stream("odd", "?ring_s=soon&rate_hz=44100&colour=red") as stream:
            stream.send("STOP")
            (decision,) = stream.decisions()
        assert [fault.split(":")[0] for fault in decision["faults"]] == [
            "ring_s",
            "unknown fields are ignored",
            "stream",
        ]

    def test_a_key_told_beside_the_sound_withdraws_a_verify(self, tmp_path: Path) -> None:
        certify(tmp_path / "models", shelve(tmp_path / "models", leaning=3.0), policy="always")
        with listening(tmp_path, policy="always") as service:
            service.convict(10, 8, 6, 4, 2)
            told = f"?{urlencode({**CALL, 'calling_number': NUMBER})}"
            for call_id, key in (("speaks", ()), ("presses", ({"event": "dtmf", "dtmf": {"digit": "1"}},))):
                with service.stream(call_id, told) as stream:
                    stream.send(*started(), *key, *packets(voice(1.2)), STOP)
                    decisions = stream.decisions()
                assert {one["advice"] for one in decisions} == {"normal" if key else "verify"}
                assert all((Guard.DTMF in one["guards"]) == bool(key) for one in decisions)

    def test_once_silent_a_call_stays_so(self, service: Listening) -> None:
        with service.stream("silent-first") as stream:
            stream.send(pcm(line_noise(3.2)))
            stream.send(pcm(voice(7.0)), "STOP")
            stream.decisions()
        strata = [one.strata for one in service.store.remembered if one.record.call_id == "silent-first"]
        assert ["silent" in one for one in strata] == [False, True, True, True, True]

    @pytest.mark.parametrize("switch", ["on", "off"])
    def test_child_voice_is_inferred_only_where_it_may_be(self, tmp_path: Path, switch: str) -> None:
        shelve(tmp_path / "models", voice=CHILD)
        with listening(tmp_path, child_voice=switch) as service, service.stream() as stream:
            stream.send(pcm(voice(1.2)), "STOP")
            decisions = stream.decisions()
        assert {one["assessed"] for one in decisions} == {"full"}
        assert all(("child" in one.strata) == (switch == "on") for one in service.store.remembered)


class TestIdentity:
    def test_the_same_stream_again_gets_the_stored_answers(self, service: Listening) -> None:
        told = []
        for size in (320, 5000):
            with service.stream("again", "?trunk=trunk-1") as stream:
                sound = pcm(voice(3.5))
                stream.send(*(sound[start : start + size] for start in range(0, len(sound), size)), "STOP")
                told.append(stream.decisions())
        assert told[0] == told[1]
        assert len(service.kept("again")) == 3

    def test_other_sound_is_another_question(self, service: Listening) -> None:
        ids = set()
        for sound in (voice(1.2), voice(1.2, pitch_hz=180)):
            with service.stream("other") as stream:
                stream.send(pcm(sound), "STOP")
                ids |= {one["result_id"] for one in stream.decisions()}
        assert len(ids) == 4


class TestWhoMayListen:
    @pytest.mark.parametrize("scope", [*SCOPES, "unknown", ""])
    @pytest.mark.parametrize("place", ["header", "query"])
    def test_routers_alone(self, service: Listening, scope: str, place: str) -> None:
        key = service.key_of(scope) if scope in SCOPES else "pf_router_" + "x" * 43 if scope else ""
        query = f"?key={key}" if place == "query" else ""
        may = scope in {one.value for one in ALLOWED[Action.SCREEN]}
        try:
            with service.stream("rights", query, key="" if place == "query" else key) as stream:
                stream.send("STOP")
                assert len(stream.decisions()) == 1
            assert may
        except InvalidStatus as refused:
            problem = json.loads(refused.response.body)
            assert not may
            assert refused.response.status_code == problem["status"] == (403 if scope in SCOPES else 401)
            assert problem["advice"] == "normal"
            assert key not in refused.response.body.decode() or not key

    def test_a_call_id_that_is_none_has_no_stream(self, service: Listening) -> None:
        with pytest.raises(InvalidStatus) as refused, service.stream("x" * 1025):
            pass
        assert refused.value.response.status_code == 404

    def test_a_client_with_one_address_for_all_calls_says_the_call_in_the_query(
        self, service: Listening
    ) -> None:
        with service.stream("-", f"?{urlencode({'call_id': 'a/b@host'})}") as stream:
            stream.send("STOP")
            (decision,) = stream.decisions()
        assert (decision["call_id"], decision["faults"]) == ("a/b@host", [])
        with pytest.raises(InvalidStatus) as refused, service.stream("-"):
            pass
        assert refused.value.response.status_code == 404

    def test_neither_key_nor_number_is_logged(
        self, service: Listening, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(0)
        with service.stream(f"id-{CANARY}", f"?key={service.key}&calling_number={CANARY}", key="") as stream:
            stream.send("nonsense " + CANARY, pcm(voice(1.2)), b"\xff", "STOP")
            stream.decisions()
        with pytest.raises(InvalidStatus), service.stream("b", f"?key=pf_{CANARY}", key=""):
            pass
        written = [
            record.getMessage()
            for record in caplog.records
            if not record.name.startswith(("websockets", "asyncio"))
        ]
        text = "\n".join(written) + "".join(capfd.readouterr())
        assert service.key not in text
        assert CANARY not in text.replace(f"id-{CANARY}", "")


class TestBounds:
    def test_beyond_the_most_streams_the_call_is_normal_at_once(self, tmp_path: Path) -> None:
        shelve(tmp_path / "models")
        with listening(tmp_path, streams_at_once="1") as service:
            with service.stream("first") as first:
                first.send(pcm(voice(1.2)))
                first.decision()
                with service.stream("second") as second:
                    (refused,) = second.decisions()
                    assert second.close_code == 1013
                first.send("STOP")
                assert len(first.decisions()) == 1
            assert (refused["advice"], refused["guards"]) == ("normal", ["overload"])
            wait_until(lambda: service.streams.count == 0)
            with service.stream("third") as third:
                third.send("STOP")
                assert len(third.decisions()) == 1

    def test_a_frame_that_is_too_large_ends_the_stream_and_is_kept_as_its_end(
        self, service: Listening
    ) -> None:
        with service.stream("large") as stream:
            with pytest.raises(ConnectionClosed):
                stream.send(bytes((1 << 20) + 1))
                stream.decision()
            assert stream.close_code in (1009, 1006)
        wait_until(lambda: len(service.kept("large")) == 1)

    def test_garbage_is_counted_and_the_sound_heard_all_the_same(self, service: Listening) -> None:
        with service.stream("garbage") as stream:
            sound = pcm(voice(1.2))
            for number, start in enumerate(range(0, len(sound), 320)):
                stream.send(sound[start : start + 320], "{" * number)
            stream.send("STOP")
            decisions = stream.decisions()
        assert looks(decisions) == [1.0, 1.0]
        assert decisions[-1]["faults"] == ["stream: 60 frames that cannot be read were left out"]

    def test_a_minute_is_taken_in_but_no_look_goes_beyond_ten_seconds(self, service: Listening) -> None:
        with service.stream("minute") as stream:
            second = pcm(voice(1.0))
            stream.send(*([second] * 60), "STOP")
            assert looks(stream.decisions()) == [1.0, 3.0, 5.0, 10.0, 10.0]

    def test_nothing_at_all_is_a_call_without_sound(self, service: Listening) -> None:
        with service.stream("nothing") as stream:
            stream.send("STOP")
            (decision,) = stream.decisions()
        assert (decision["moment"], decision["assessed"]) == ("ring", "metadata_only")

    def test_decisions_may_be_kept_from_a_sender_that_cannot_read_them(self, service: Listening) -> None:
        with service.stream("mute", "?decisions=0") as stream:
            stream.send(pcm(voice(1.2)), "STOP")
            assert stream.decisions() == []
        assert len(service.kept("mute")) == 2

    def test_twilio_says_so_in_a_parameter_and_a_key_among_them_is_nowhere_kept(
        self, service: Listening
    ) -> None:
        with service.stream("mute-too") as stream:
            stream.send(
                *started({"decisions": "0", "key": "secret", "trunk": "t"}), *packets(voice(1.2)), STOP
            )
            assert stream.decisions() == []
        kept = [one for one in service.store.remembered if one.record.call_id == "mute-too"]
        assert [one.record.trunk for one in kept] == ["t", "t"]
        assert all(one.decision.faults == () for one in kept)

    def test_without_reasons_answers_are_small(self, service: Listening) -> None:
        with service.stream("small", "?reasons=0") as stream:
            stream.send(pcm(voice(1.2)), "STOP")
            assert all(one["reasons"] == [] for one in stream.decisions())


class TestEnds:
    def test_who_hangs_up_leaves_a_last_decision_behind(self, service: Listening) -> None:
        with service.stream("hangs-up") as stream:
            stream.send(pcm(voice(3.5)))
            stream.decision()
        wait_until(lambda: len(service.kept("hangs-up")) == 3)
        wait_until(lambda: service.streams.count == 0)

    def test_a_service_that_stops_says_its_last_word_and_goes(self, tmp_path: Path) -> None:
        shelve(tmp_path / "models")
        with listening(tmp_path) as service, service.stream("last") as stream:
            stream.send(pcm(voice(3.5)))
            assert looks([stream.decision(), stream.decision()]) == [1.0, 3.0]
            service.life.draining = True
            assert looks(stream.decisions()) == [3.0]
            assert stream.close_code == 1001

    def test_a_silent_sender_is_not_waited_for_for_ever(
        self, service: Listening, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(conversation, "IDLE_S", 0.3)
        with service.stream("idle") as stream:
            stream.send(pcm(voice(1.2)))
            assert looks(stream.decisions()) == [1.0, 1.0]
            assert stream.close_code == 1000

    def test_a_fault_of_ours_is_a_normal_with_a_name(
        self, service: Listening, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def stumble(*_: Any) -> None:
            raise RuntimeError(f"over {CANARY}")

        monkeypatch.setattr(LiveLine, "second", stumble)
        with service.stream("fault") as stream:
            stream.send(pcm(voice(1.2)))
            (decision,) = stream.decisions()
            assert stream.close_code == 1011
        assert (decision["advice"], decision["assessed"]) == ("normal", "not_assessed")
        assert decision["faults"] == ["internal_error"]
        assert CANARY not in caplog.text

    def test_a_store_that_is_down_costs_the_history_and_nothing_else(self, tmp_path: Path) -> None:
        shelve(tmp_path / "models")
        with listening(tmp_path) as service, service.stream("no-store") as stream:
            service.store.fail = True
            stream.send(pcm(voice(1.2)), "STOP")
            decisions = stream.decisions()
            assert {one["assessed"] for one in decisions} == {"degraded"}
            assert all("store_unavailable" in one["guards"] for one in decisions)
            assert looks(decisions) == [1.0, 1.0]

    def test_without_a_model_it_answers_normal(self, tmp_path: Path) -> None:
        (tmp_path / "models").mkdir()
        with listening(tmp_path) as service, service.stream("no-model") as stream:
            stream.send(pcm(voice(1.2)), "STOP")
            assert {one["advice"] for one in stream.decisions()} == {"normal"}


def test_streams_are_counted_by_how_they_ended(tmp_path: Path) -> None:
    shelve(tmp_path / "models")
    with listening(tmp_path) as service:
        with service.stream("counted") as stream:
            sent = packets(voice(2.0))
            stream.send(*started(), *sent[:50], *sent[51:], sent[60], "nonsense", STOP)
            stream.decisions()
        wait_until(lambda: 'streams_ended_total{how="stop"} 1.0' in service.metrics())
        text = service.metrics()
    assert "prankfilter_streams_open 0.0" in text
    assert "prankfilter_stream_seconds_total 2.0" in text
    assert "prankfilter_stream_lost_seconds_total 0.02" in text
    assert 'prankfilter_stream_frames_left_out_total{why="doubled"} 1.0' in text
    assert 'prankfilter_stream_frames_left_out_total{why="unreadable"} 1.0' in text
    assert "prankfilter_stream_decision_seconds_count 1.0" in text
    assert 'route="/v1/calls/{call_id}/stream",status="101"' in text
