"""Whatever a router sends, a call record comes of it; what was wrong is named, and no number gets through."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prankfilter.errors import BadRecord
from prankfilter.privacy.fields import FIELDS_BY_NAME
from prankfilter.privacy.intake import CLOCK_SKEW, FIELDS, read_record
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.numbers import to_e164
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.vocabulary import (
    AccessState,
    Attestation,
    AudioCapture,
    CallRecord,
    CallSource,
    Channel,
    NumberKind,
    Verstat,
)

NOW = dt.datetime(2025, 3, 1, 0, 15, tzinfo=dt.UTC)
ZONE = ZoneInfo("Asia/Makassar")
PSEUDONYM = Pseudonymiser(Keyring.ephemeral()).pseudonym
BUDI = "+6281234567890"
CANARY = "81234567890"
"""The digits that all spellings of the number share."""

FULL: dict[str, Any] = {
    "received_at": "2025-03-01T08:14:58+08:00",
    "calling_number": "0812-3456-7890",
    "number_kind": "asserted",
    "access_state": "service_initialized",
    "attestation": "A",
    "verstat": "TN-Validation-Passed",
    "service_urn": "urn:service:sos.police",
    "called_number": "112",
    "priority": "emergency",
    "resource_priority": "esnet.1",
    "trunk": "tsel-mks-1",
    "source_ip": "10.20.30.40",
    "provider": "Telkomsel",
    "user_agent": "Kamailio (5.6.3)",
    "media": ["audio", "video"],
    "cell_id": "510-10-4711-12345",
    "latitude": -5.1477,
    "longitude": 119.4327,
    "uncertainty_m": 35,
    "location_method": "gnss",
    "ring_s": 3.5,
    "calls_waiting": 2,
    "centre_id": "makassar",
    "session_id": "ab30317f1a784dc48ff824d0d3715d86",
    "emergency_call_id": "urn:emergency:uid:callid:a56e556d871:bcf.id",
    "incident_id": "urn:emergency:uid:incidentid:a56e556d871:bcf.id",
    "channel": "voice",
    "source": "router",
    "audio_capture": "caller_before_answer",
    "audio_started_at": "2025-03-01T08:14:59.5+08:00",
}


def read(
    body: object, *, now: dt.datetime = NOW, zone: dt.tzinfo = ZONE
) -> tuple[CallRecord, tuple[str, ...]]:
    return read_record("c-1", body, now=now, zone=zone, pseudonymise=PSEUDONYM)


def faulty_fields(faults: tuple[str, ...]) -> list[str]:
    return [fault.split(":", 1)[0] for fault in faults]


def record_of(**fields: object) -> CallRecord:
    """The record of a body that has nothing wrong with it."""
    record, faults = read(fields)
    assert faults == ()
    return record


def test_a_full_record_golden() -> None:
    record, faults = read(FULL)
    assert faults == ()
    assert record == CallRecord(
        call_id="c-1",
        received_at=dt.datetime(2025, 3, 1, 8, 14, 58, tzinfo=ZONE),
        caller=PSEUDONYM(BUDI),
        number_tail="890",
        number_kind=NumberKind.ASSERTED,
        access_state=AccessState.SERVICE_INITIALIZED,
        attestation=Attestation.A,
        verstat=Verstat.PASSED,
        service_urn="urn:service:sos.police",
        called_number="112",
        priority="emergency",
        resource_priority="esnet.1",
        trunk="tsel-mks-1",
        source_ip="10.20.30.40",
        provider="Telkomsel",
        user_agent="Kamailio (5.6.3)",
        media=("audio", "video"),
        cell_id="510-10-4711-12345",
        latitude=-5.1477,
        longitude=119.4327,
        uncertainty_m=35.0,
        location_method="gnss",
        ring_s=3.5,
        calls_waiting=2,
        centre_id="makassar",
        session_id="ab30317f1a784dc48ff824d0d3715d86",
        emergency_call_id="urn:emergency:uid:callid:a56e556d871:bcf.id",
        incident_id="urn:emergency:uid:incidentid:a56e556d871:bcf.id",
        channel=Channel.VOICE,
        source=CallSource.ROUTER,
        audio_capture=AudioCapture.CALLER_BEFORE_ANSWER,
        audio_started_at=dt.datetime(2025, 3, 1, 8, 14, 59, 500_000, tzinfo=ZONE),
    )


def test_an_empty_record_is_a_record() -> None:
    assert record_of() == CallRecord(call_id="c-1", received_at=NOW)


@pytest.mark.parametrize("body", [None, [], "x", 1, 1.5, True, [FULL], json.dumps(FULL)])
def test_only_a_body_that_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(BadRecord, match="must be a JSON object"):
        read(body)


class TestTheTable:
    def test_has_a_row_for_each_field_of_the_record(self) -> None:
        """The caller's pseudonym and tail come of the number alone; nobody can send them."""
        kept = [field.name for field in dataclasses.fields(CallRecord)]
        own = [name for name in kept if name not in {"call_id", "caller", "number_tail"}]
        own.insert(1, "calling_number")
        assert [row.name for row in FIELDS] == own == list(FULL)

    @pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.name)
    def test_every_row_says_what_it_means_and_what_to_do(self, row: Any) -> None:
        assert row.meaning.endswith(".")
        assert row.remedy.startswith("must be ")
        assert row.reader.schema["type"] in {"string", "number", "integer", "array"}


JUNK = [
    True,
    False,
    [],
    {},
    {"a": {"b": [None]}},
    [[["x"]]],
    -1,
    -1e9,
    math.nan,
    math.inf,
    -math.inf,
    json.loads("1e400"),
    10**400,
    -(10**400),
    2**53 + 1,
    1e308,
    0.5,
    "x" * 1_000_000,
    "9" * 5000,
    "\ud800",
    "a\ud800b",
    "\x00",
    "\x00\x1f\x7f",
    "NaN",
    "1e999",
    "0x10",
    "１２",
    "🚨",
    "; DROP TABLE calls",
]


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.name)
class TestEveryField:
    @pytest.mark.parametrize("missing", [None, "", "<null>", "  ", " <null> "])
    def test_missing_null_empty_and_the_word_null_are_alike(self, row: Any, missing: object) -> None:
        without = {name: value for name, value in FULL.items() if name != row.name}
        assert read({**without, row.name: missing}) == read(without)

    def test_junk_is_usable_or_named_and_counts_as_missing(self, row: Any) -> None:
        nothing, _ = read({})
        for value in JUNK:
            record, faults = read({row.name: value})
            if faults and "read as" not in faults[0]:
                assert record == nothing, value
                assert faulty_fields(faults)[0].startswith(row.name) or faults[0].startswith("latitude"), (
                    value
                )
                assert faults[0].endswith("; counted as missing")
            assert json.dumps(dataclasses.asdict(record), default=str, allow_nan=False)
            repr(record).encode("utf-8")

    def test_wrong_types_are_named(self, row: Any) -> None:
        for value in (True, {"a": 1}, math.nan, "x" * 1_000_000, "\ud800"):
            _, faults = read({row.name: value})
            assert faulty_fields(faults) == [row.name], value
            assert str(row.remedy) in faults[0] or (row.name, value) == ("calling_number", "\ud800")

    def test_no_fault_repeats_the_value(self, row: Any) -> None:
        for value in ("Jalan Mawar 17\ud800", {"Jalan Mawar 17": 1}, ["Jalan Mawar 17", {}], "Mawar" * 100):
            assert "Mawar" not in " ".join(read({row.name: value})[1])


def test_what_is_wrong_costs_nothing_else() -> None:
    """Each field is read for itself: one unusable value leaves all others as they are."""
    whole, _ = read(FULL)
    for name in set(FULL) - {"received_at", "calling_number", "latitude", "longitude", "number_kind"}:
        record, faults = read({**FULL, name: {}})
        without: dict[str, Any] = {name: None}
        assert record == dataclasses.replace(whole, **without)
        assert faulty_fields(faults) == [name]


class TestNumbersAndWords:
    @pytest.mark.parametrize(
        ("name", "sent", "kept"),
        [
            ("latitude", "-5.1477", -5.1477),
            ("latitude", 90, 90.0),
            ("ring_s", "3", 3.0),
            ("ring_s", 0, 0.0),
            ("ring_s", -0.0, 0.0),
            ("ring_s", "1e2", 100.0),
            ("calls_waiting", "2", 2),
            ("calls_waiting", 2.0, 2),
            ("calls_waiting", 0, 0),
            ("number_kind", "ASSERTED", NumberKind.ASSERTED),
            ("access_state", "Sim-Less", AccessState.SIM_LESS),
            ("attestation", "b", Attestation.B),
            ("verstat", "no-tn-validation", Verstat.NONE),
            ("channel", "app-panic", Channel.APP_PANIC),
            ("service_urn", "URN:Service:SOS", "urn:service:sos"),
            ("source_ip", "[2001:db8::1]", "2001:db8::1"),
            ("trunk", " a\x00\tb\n", "a b"),
            ("trunk", 17, "17"),
            ("media", "audio, text", ("audio", "text")),
            ("media", ["message", "AUDIO", "application"], ("text", "audio")),
            ("media", ["sign-language"], ("video",)),
            ("priority", "Psap-Callback", "psap-callback"),
            ("priority", ["emergency", "psap-callback"], "psap-callback"),
            ("resource_priority", "wps.3, esnet.1", "esnet.1"),
            ("resource_priority", "wps.3", "wps.3"),
        ],
    )
    def test_what_is_forgiven(self, name: str, sent: object, kept: object) -> None:
        other = {"latitude": {"longitude": 1}}.get(name, {})
        value = getattr(record_of(**{name: sent}, **other), name)
        assert value == kept
        assert type(value) is type(kept)
        assert math.copysign(1, value) == 1 if value == 0 else True

    @pytest.mark.parametrize(
        ("name", "sent"),
        [
            ("latitude", 200),
            ("latitude", -90.001),
            ("longitude", 180.5),
            ("uncertainty_m", -1),
            ("ring_s", -0.1),
            ("ring_s", 86_401),
            ("ring_s", "3,5"),
            ("ring_s", "3 s"),
            ("calls_waiting", -1),
            ("calls_waiting", 2.5),
            ("calls_waiting", 10**9),
            ("number_kind", "trusted"),
            ("attestation", "D"),
            ("source_ip", "10.0.0.256"),
            ("source_ip", "router.local"),
            ("media", ["application"]),
            ("media", ["audio"] * 100),
            ("media", "audio," * 100_000),
            ("priority", []),
            ("priority", [{}]),
            ("priority", ","),
            ("resource_priority", ["esnet.1"] * 100),
            ("trunk", "x" * 201),
            ("trunk", 2**63),
        ],
    )
    def test_what_is_not(self, name: str, sent: object) -> None:
        record, faults = read({name: sent})
        assert getattr(record, name) is None
        assert faulty_fields(faults) == [name]


class TestTime:
    def test_stands_in_the_centres_zone(self) -> None:
        record = record_of(received_at="2025-02-28T23:30:00Z", audio_started_at="2025-02-28T23:30:01Z")
        assert record.received_at.tzinfo is ZONE
        assert record.received_at.hour == 7
        assert record.audio_started_at is not None
        assert record.audio_started_at.tzinfo is ZONE
        assert record_of().received_at.tzinfo is ZONE

    @pytest.mark.parametrize(
        "text",
        [
            "2025-03-01T00:10:00Z",
            "2025-03-01t00:10:00z",
            "2025-03-01 08:10:00+08:00",
            "2025-03-01T08:10:00.000000000+0800",
            "2025-03-01T08:10:00,000+08:00",
            "2025-03-01T08:10+08:00",
        ],
    )
    def test_spellings(self, text: str) -> None:
        assert record_of(received_at=text).received_at == dt.datetime(2025, 3, 1, 0, 10, tzinfo=dt.UTC)

    @pytest.mark.parametrize(
        "sent",
        [
            "2025-03-01",
            "yesterday",
            "20250301T081000",
            "2025-W09-6T08:10:00",
            "2025-13-01T00:00:00Z",
            "2025-02-30T00:00:00Z",
            "2025-03-01T00:10:60Z",
            "2025-03-01T00:10:00+99:00",
            1740787800,
            1740787800.5,
            "1740787800",
            "01/03/2025 08:10",
        ],
    )
    def test_anything_else_is_named_and_now_is_used(self, sent: object) -> None:
        record, faults = read({"received_at": sent})
        assert record.received_at == NOW
        assert faulty_fields(faults) == ["received_at"]

    def test_a_missing_offset_is_named_and_read_as_the_centres(self) -> None:
        record, faults = read({"received_at": "2025-03-01T08:10:00"})
        assert record.received_at == dt.datetime(2025, 3, 1, 0, 10, tzinfo=dt.UTC)
        assert faults == ("received_at: its offset is missing; read as the centre's own time",)

    def test_a_clock_slightly_ahead_is_believed_but_nothing_lies_in_the_future(self) -> None:
        record = record_of(received_at=(NOW + CLOCK_SKEW).isoformat())
        assert record.received_at == NOW

    @pytest.mark.parametrize("name", ["received_at", "audio_started_at"])
    @pytest.mark.parametrize(
        "sent", ["2025-03-01T00:17:01Z", "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59"]
    )
    def test_a_clock_in_the_future_is_named(self, name: str, sent: str) -> None:
        record, faults = read({name: sent})
        assert (record.received_at, record.audio_started_at) == (NOW, None)
        assert "lies in the future; set the router's clock" in faults[-1]

    @pytest.mark.parametrize(
        "sent", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00"]
    )
    def test_a_clock_that_was_never_set_is_named(self, sent: str) -> None:
        record, faults = read({"received_at": sent})
        assert record.received_at == NOW
        assert "before the year 2000" in faults[-1]

    def test_an_old_time_is_a_time(self) -> None:
        assert record_of(received_at="2019-05-05T05:05:05Z").received_at.year == 2019


class TestLocation:
    def test_one_coordinate_is_none(self) -> None:
        for one in ("latitude", "longitude"):
            record, faults = read({one: 5.0})
            assert (record.latitude, record.longitude) == (None, None)
            assert faults == ("latitude, longitude: one is of no use without the other; counted as missing",)

    def test_amls_word_for_no_fix_is_no_place_in_the_gulf_of_guinea(self) -> None:
        record, faults = read({"latitude": "+00.00000", "longitude": "+000.00000"})
        assert (record.latitude, record.longitude) == (None, None)
        assert faults == ("latitude, longitude: 0 and 0 mean that there was no fix; counted as missing",)

    def test_the_equator_runs_through_indonesia(self) -> None:
        record = record_of(latitude=0, longitude=109.3425)  # Pontianak
        assert (record.latitude, record.longitude) == (0.0, 109.3425)


class TestWhoCalls:
    @pytest.mark.parametrize(
        "sent",
        ["081234567890", 6281234567890, 81234567890, "tel:+62-812-3456-7890", "<sip:+6281234567890@x>"],
    )
    def test_a_number_becomes_a_pseudonym_and_three_digits(self, sent: object) -> None:
        record = record_of(calling_number=sent)
        assert (record.caller, record.number_tail, record.number_kind) == (PSEUDONYM(BUDI), "890", None)

    def test_neither_number_nor_kind_is_unknown_not_none(self) -> None:
        assert (record_of().caller, record_of().number_kind) == (None, None)

    @pytest.mark.parametrize("sent", ["anonymous", "sip:anonymous@anonymous.invalid", "Restricted", "110"])
    def test_an_anonymous_caller_is_withheld(self, sent: str) -> None:
        record = record_of(calling_number=sent)
        assert (record.caller, record.number_tail, record.number_kind) == (None, None, NumberKind.WITHHELD)

    def test_a_number_that_vouches_for_nobody_is_not_asserted(self) -> None:
        record, faults = read({"calling_number": "anonymous", "number_kind": "asserted"})
        assert record.number_kind is NumberKind.WITHHELD
        assert not record.number_is_verified
        assert faults == ("number_kind: there is no number that names a caller; read as withheld",)

    @pytest.mark.parametrize("state", ["sim_less", "nsi"])
    def test_the_number_of_a_phone_without_service_is_nobodys(self, state: str) -> None:
        """One dummy stands for all of them: a child's pranks would count against an abducted girl."""
        record = record_of(access_state=state, calling_number="+6281234567890")
        assert (record.caller, record.number_tail, record.number_kind) == (None, None, NumberKind.NONE)

    def test_nor_is_the_stand_in_made_of_its_serial_number(self) -> None:
        record = record_of(calling_number="9111234567")
        assert (record.caller, record.number_tail, record.number_kind) == (None, None, NumberKind.NONE)

    @pytest.mark.parametrize("state", ["service_initialized", "unauthenticated"])
    def test_any_other_phone_has_its_number(self, state: str) -> None:
        assert record_of(access_state=state, calling_number=BUDI).caller == PSEUDONYM(BUDI)

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ("alice", "is no telephone number"),
            ("8,12E+10", "was rewritten by a spreadsheet"),
            (8.12e10, "must be text with a telephone number"),
            ("5551234", "lacks its area code"),
            ("+999123456789", "is no possible telephone number"),
            (-81234567890, "must be text with a telephone number"),
            (10**30, "must be text with a telephone number"),
        ],
    )
    def test_a_number_that_cannot_be_read_is_named_without_repeating_it(
        self, sent: object, said: str
    ) -> None:
        record, faults = read({"calling_number": sent, "access_state": "service_initialized"})
        assert (record.caller, record.number_tail, record.number_kind) == (None, None, None)
        assert len(faults) == 1
        assert faults[0].startswith("calling_number: ")
        assert said in faults[0]

    def test_what_was_told_of_an_unreadable_number_is_not_believed(self) -> None:
        record, _ = read({"calling_number": "alice", "number_kind": "asserted"})
        assert record.number_kind is None

    def test_nobody_can_send_a_pseudonym(self) -> None:
        record, faults = read({"caller": PSEUDONYM(BUDI), "number_tail": "890"})
        assert (record.caller, record.number_tail) == (None, None)
        assert faults == ("unknown fields are ignored: caller, number_tail",)


class TestTheCalledNumber:
    @pytest.mark.parametrize("sent", ["112", "sip:112@psap.id", "urn:service:sos", 112])
    def test_an_emergency_number_is_kept(self, sent: object) -> None:
        assert record_of(called_number=sent).called_number == str(sent)

    def test_a_citizen_who_is_called_back_is_kept_as_a_pseudonym(self) -> None:
        """So that wiring can tell, at the citizen's next call, that the centre has just called."""
        record = record_of(called_number="0812 3456 7890", priority="psap-callback")
        assert record.called_number == PSEUDONYM(BUDI)

    def test_anything_else_with_digits_is_named(self) -> None:
        record, faults = read({"called_number": "room-1234567x"})
        assert record.called_number is None
        assert faulty_fields(faults) == ["called_number"]


class TestUnknownFields:
    def test_are_ignored_and_named_once(self) -> None:
        record, faults = read({"foo": 1, "bar": {"x": [1]}, "trunk": "t"})
        assert record.trunk == "t"
        assert faults == ("unknown fields are ignored: bar, foo",)

    def test_at_most_five_are_named(self) -> None:
        _, faults = read({f"field_{letter}": 1 for letter in "abcdefgh"})
        assert faults == ("unknown fields are ignored: field_a, field_b, field_c, field_d, field_e, 3 more",)

    @pytest.mark.parametrize(
        "name", ["+6281234567890", "n081234567890", "Budi Santoso", "x" * 1000, "\ud800", "", 5, None]
    )
    def test_a_name_that_may_be_personal_is_counted_only(self, name: object) -> None:
        assert read({name: 1})[1] == ("unknown fields are ignored: 1 more",)

    def test_the_call_id_may_be_repeated(self) -> None:
        record, faults = read({"call_id": "another"})
        assert (record.call_id, faults) == ("c-1", ())


# --- whatever is sent ------------------------------------------------------------------------------

any_text = st.text(st.characters(exclude_categories=()), max_size=30)
any_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)
likely_json = any_json | st.sampled_from([*FULL.values(), *JUNK[:16], "anonymous", "2025-03-01T08:14:58"])
bodies = st.dictionaries(st.sampled_from(list(FULL)) | any_text, likely_json, max_size=12)


@given(any_json)
def test_any_json_is_a_record_or_no_object(body: object) -> None:
    try:
        record, faults = read(body)
    except BadRecord:
        assert not isinstance(body, dict)
    else:
        assert isinstance(record, CallRecord)
        assert all(isinstance(fault, str) for fault in faults)


@given(bodies)
def test_any_body_is_a_record_in_range(body: dict[str, Any]) -> None:
    record, faults = read(body)
    assert record.received_at <= NOW
    assert record.received_at.tzinfo is ZONE
    assert (record.caller is None) == (record.number_tail is None)
    for name, value in dataclasses.asdict(record).items():
        schema = FIELDS_BY_NAME[name].reader.schema if name in FIELDS_BY_NAME else {}
        if isinstance(value, float):
            assert schema["minimum"] <= value <= schema["maximum"]
        if isinstance(value, str):
            assert len(value) <= 200
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", value)
    assert len(faults) <= len(FIELDS) + 2
    assert sum(map(len, faults)) < 10_000


spelt = st.sampled_from(
    [
        "0{}",
        "62{}",
        "+62{}",
        "tel:+62{}",
        "<sip:+62{}@x;user=phone>",
        "+62 {}",
        "{}x",
        "0{} ext 5",
        "sip:a.{}@x",
    ]
).map(lambda spelling: spelling.format(CANARY))
copies = st.sampled_from(
    [
        "0{}",
        "+62{}",
        "sip:+62{}@10.0.0.1",
        "Budi {}",
        "{}",
        "0812-3456-7890",
        "+62 812 3456 7890",
        "ua/1.0 (0812.3456.7890)",
    ]
).map(lambda spelling: spelling.format(CANARY))


@given(
    st.dictionaries(
        st.sampled_from(list(FULL)) | copies, copies | likely_json | st.lists(copies, max_size=2)
    ),
    spelt,
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_canary_number_is_nowhere_in_what_comes_of_it(body: dict[str, Any], number: str) -> None:
    record, faults = read({**body, "calling_number": number})
    fields = [str(value) for value in dataclasses.astuple(record) if value is not None]
    told = [*fields, repr(record), *faults]
    assert not [text for text in told if CANARY in re.sub(r"[^0-9a-f]", "", text)]


def test_each_text_field_gives_up_a_copy_of_the_number() -> None:
    texts = [
        name for name, value in FULL.items() if isinstance(value, str) and read({name: "plain"})[1] == ()
    ]
    assert len(texts) >= 12
    for name in texts:
        record, faults = read({"calling_number": BUDI, name: "x 0812-3456-7890 y"})
        assert CANARY not in re.sub(r"\D", "", str(getattr(record, name)))
        assert faulty_fields(faults) == [name]


def test_a_short_number_hides_nothing_else() -> None:
    record = record_of(calling_number="112", trunk="trunk-112", cell_id="112")
    assert (record.trunk, record.cell_id) == ("trunk-112", "112")


@given(
    st.sampled_from(["0{}", "62{}", "+62{}", "tel:+62{}"]),
    st.from_regex(r"8[1-9][0-9]{8,9}", fullmatch=True),
)
def test_all_spellings_of_any_number_are_one_caller(spelling: str, subscriber: str) -> None:
    assert record_of(calling_number=spelling.format(subscriber)).caller == PSEUDONYM(
        to_e164(f"0{subscriber}")
    )
