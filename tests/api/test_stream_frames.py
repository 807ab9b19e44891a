"""What frames of each dialect say. Shapes are those of the vendors' own documentation."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prankfilter_api.live.frames import (
    TEXT_BYTES,
    Beside,
    Ended,
    Event,
    Key,
    Opened,
    Packet,
    Unusable,
    read_bytes,
    read_text,
)

from prankfilter.audio.live import A_LAW, LINEAR, MU_LAW
from prankfilter.wiring.live import FAULTS

PAYLOAD = bytes(range(160))
ENCODED = base64.b64encode(PAYLOAD).decode()

TWILIO_START = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"trunk": "trunk-1", "ring_s": "2.5"},
    },
    "streamSid": "MZ1",
}
TELNYX_START = {
    "event": "start",
    "sequence_number": "1",
    "start": {
        "user_id": "u",
        "call_control_id": "v2:1",
        "media_format": {"encoding": "PCMA", "sample_rate": 8000, "channels": 1},
        "custom_parameters": {"trunk": "trunk-2"},
    },
    "stream_id": "32DE",
}


def said(**members: Any) -> Event:
    return read_text(json.dumps(members))


def media(**members: Any) -> Event:
    frame = {"track": "inbound", "chunk": "2", "timestamp": "20", "payload": ENCODED, **members}
    return said(event="media", sequenceNumber="3", media=frame, streamSid="MZ1")


class TestTwilio:
    def test_start_says_the_format_and_fields_of_the_call(self) -> None:
        assert said(**TWILIO_START) == Opened(MU_LAW, 8000, {"trunk": "trunk-1", "ring_s": "2.5"})

    def test_telnyx_spells_it_otherwise(self) -> None:
        assert said(**TELNYX_START) == Opened(A_LAW, 8000, {"trunk": "trunk-2"})

    def test_media_is_sound_with_its_time(self) -> None:
        assert media() == Packet(PAYLOAD, 20.0, MU_LAW)

    def test_numbers_may_be_numbers(self) -> None:
        assert media(timestamp=40) == Packet(PAYLOAD, 40.0, MU_LAW)

    @pytest.mark.parametrize("timestamp", [None, "", "soon", "-1", "1e300", True, [], "nan", "9" * 5000])
    def test_sound_without_a_usable_time_follows_what_came_before(self, timestamp: Any) -> None:
        assert media(timestamp=timestamp) == Packet(PAYLOAD, None, MU_LAW)

    def test_what_the_centre_says_is_not_listened_to(self) -> None:
        assert isinstance(media(track="outbound"), Beside)

    @pytest.mark.parametrize("payload", ["%%%", "abc", 5, None, "ü"])
    def test_a_payload_that_is_no_base64_is_unusable(self, payload: Any) -> None:
        assert media(payload=payload) == Unusable("unreadable")

    @pytest.mark.parametrize(
        "form",
        [
            {"encoding": "audio/x-l16", "sampleRate": 16000},
            {"encoding": "OPUS"},
            {"encoding": "audio/x-mulaw", "channels": 2},
            {"encoding": "audio/x-mulaw", "sampleRate": "16000"},
        ],
        ids=str,
    )
    def test_a_format_that_is_not_read_is_named(self, form: dict[str, Any]) -> None:
        assert said(event="start", start={"mediaFormat": form}) == Unusable("format")

    @pytest.mark.parametrize("event", ["connected", "mark", "error"])
    def test_what_is_of_no_use_does_no_harm(self, event: str) -> None:
        assert isinstance(said(event=event), Beside)

    def test_keys_and_the_end_are_understood(self) -> None:
        assert isinstance(said(event="dtmf", dtmf={"track": "inbound_track", "digit": "1"}), Key)
        assert isinstance(said(event="stop", stop={"callSid": "CA1"}), Ended)


class TestAsterisk:
    LINE = (
        "MEDIA_START connection_id:e226e283-c90a channel:WebSocket/pf/0x7f channel_id:1.2 "
        "format:{} optimal_frame_size:640 ptime:20"
    )

    @pytest.mark.parametrize(
        ("name", "form"),
        [
            ("slin", (LINEAR, 8000)),
            ("slin16", (LINEAR, 16000)),
            ("ulaw", (MU_LAW, 8000)),
            ("alaw", (A_LAW, 8000)),
        ],
    )
    def test_the_start_says_the_format_in_words_or_json(self, name: str, form: Any) -> None:
        assert read_text(self.LINE.format(name)) == Opened(*form)
        assert said(event="MEDIA_START", connection_id="e226", format=name, ptime=20) == Opened(*form)

    @pytest.mark.parametrize("name", ["opus", "slin48", "g722", ""])
    def test_a_format_that_is_not_read_is_named(self, name: str) -> None:
        assert read_text(self.LINE.format(name)) == Unusable("format")

    def test_binary_frames_are_sound_as_the_start_said(self) -> None:
        assert read_bytes(PAYLOAD) == Packet(PAYLOAD, None, None)

    @pytest.mark.parametrize("line", ["MEDIA_XON", "STATUS queue_length:43 bulk_media:true", "QUEUE_DRAINED"])
    def test_what_is_of_no_use_does_no_harm(self, line: str) -> None:
        assert isinstance(read_text(line), Beside)

    def test_keys_and_the_end_are_understood(self) -> None:
        assert isinstance(read_text("DTMF_END digit:1"), Key)
        assert isinstance(said(event="DTMF_END", digit="1"), Key)
        assert isinstance(read_text("STOP"), Ended)
        assert isinstance(read_text("HANGUP"), Ended)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def twisted(draw: st.DrawFn) -> str:
    """A frame of a known kind, with some member replaced by anything."""
    frame = json.loads(json.dumps(draw(st.sampled_from([TWILIO_START, TELNYX_START]))))
    if draw(st.booleans()):
        frame = {"event": "media", "media": {"track": "inbound", "timestamp": "0", "payload": ENCODED}}
    inner = frame
    while draw(st.booleans()) and any(isinstance(value, dict) for value in inner.values()):
        inner = draw(st.sampled_from([value for value in inner.values() if isinstance(value, dict)]))
    if inner:
        inner[draw(st.sampled_from(sorted(inner)))] = draw(json_values)
    return json.dumps(frame)


@given(st.text() | json_values.map(json.dumps) | twisted())
def test_whatever_is_sent_nothing_is_raised_and_every_fault_has_words(text: str) -> None:
    event = read_text(text)
    assert isinstance(event, Event)
    if isinstance(event, Unusable):
        assert event.fault in FAULTS
    if isinstance(event, Opened):
        assert all(isinstance(name, str) for name in event.fields)


def test_a_text_frame_that_is_too_long_is_not_even_parsed() -> None:
    assert read_text(json.dumps(TWILIO_START) + " " * TEXT_BYTES) == Unusable("unreadable")


def test_nesting_without_end_is_unusable() -> None:
    assert read_text('{"event":' * 5000) == Unusable("unreadable")
