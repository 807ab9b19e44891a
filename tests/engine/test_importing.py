"""Importing JSON lines: a row whole or not at all, faults with row and remedy, nothing personal kept."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.errors import BadInput, StoreUnavailable
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.store import importing
from prankfilter.store.importing import ImportReport, RowFault, import_lines
from prankfilter.store.memory import MemoryStore
from prankfilter.store.port import ImportedCall, Store
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import CallSource, EndedBy, Label, LabelSource, Verdict
from tests.builders import NOW, ZONE, ago

NUMBER, CANARY = "081234567890", "34567890"
PSEUDONYMISE = Pseudonymiser(Keyring.ephemeral()).pseudonym


def row(call_id: Any = "a-1", **over: Any) -> dict[str, Any]:
    """A call of ten days ago that its call taker named and a supervisor confirmed a day later."""
    received_at = ago(days=10)
    known: dict[str, Any] = {
        "call_id": call_id,
        "received_at": received_at.isoformat(),
        "calling_number": NUMBER,
        "number_kind": "asserted",
        "label": "joke_or_abuse",
        "label_source": "call_taker",
        "label_by": "budi",
        "label_at": (received_at + dt.timedelta(minutes=3)).isoformat(),
        "duration_s": 41.5,
        "answered_at": (received_at + dt.timedelta(seconds=6)).isoformat(),
        "ended_at": (received_at + dt.timedelta(seconds=48)).isoformat(),
        "ended_by": "caller",
        "verdict": "confirmed",
        "verdict_by": "ratna",
        "verdict_at": (received_at + dt.timedelta(days=1)).isoformat(),
        "verdict_label": "joke_or_abuse",
    }
    return known | over


def lines(*rows: Any) -> list[str]:
    return [one if isinstance(one, str) else json.dumps(one) + "\n" for one in rows]


def take(store: Store | None, *rows: Any) -> ImportReport:
    return import_lines(lines(*rows), store, now=NOW, zone=ZONE, pseudonymise=PSEUDONYMISE)


def counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.rows, report.calls, report.outcomes, report.verdicts, len(report.rejected)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


class TestWhatIsKept:
    def test_a_call_with_all_that_was_said_of_it(self, store: MemoryStore) -> None:
        report = take(store, row())
        assert counts(report) == (1, 1, 1, 1, 0)
        assert report.warnings == []
        kept = store.call("a-1")
        assert kept is not None and kept.record is not None
        assert kept.record.received_at == ago(days=10)
        assert kept.record.source is CallSource.IMPORT
        (outcome,), (ruling,) = kept.outcomes, kept.rulings
        assert (outcome.label, outcome.source, outcome.by) == (
            Label.JOKE_OR_ABUSE,
            LabelSource.CALL_TAKER,
            "budi",
        )
        assert outcome.at == ago(days=10) + dt.timedelta(minutes=3)
        assert (outcome.duration_s, outcome.ended_by) == (41.5, EndedBy.CALLER)
        assert (ruling.verdict, ruling.by, ruling.label) == (Verdict.CONFIRMED, "ratna", Label.JOKE_OR_ABUSE)

    def test_it_becomes_history_from_its_own_times_on(self, store: MemoryStore) -> None:
        take(store, row())
        name = PSEUDONYMISE("+6281234567890")

        def labels(before: dt.datetime) -> list[tuple[Label, Verdict | None]]:
            (past,) = store.caller(name, before=before, except_call="").past_calls
            return [(event.label, event.verdict) for event in past.labels]

        received_at = ago(days=10)
        assert labels(received_at + dt.timedelta(minutes=2)) == []
        assert labels(received_at + dt.timedelta(hours=1)) == [(Label.JOKE_OR_ABUSE, None)]
        assert labels(NOW)[-1] == (Label.JOKE_OR_ABUSE, Verdict.CONFIRMED)

    @pytest.mark.parametrize("genuine_first", [True, False])
    def test_a_genuine_call_puts_others_of_its_incident_in_doubt_from_its_own_label_on(
        self, store: MemoryStore, genuine_first: bool
    ) -> None:
        prank, genuine = (
            row(call_id=call_id, calling_number=number, incident_id="fire", label=label)
            | {"received_at": (ago(days=10) + dt.timedelta(hours=hours)).isoformat()}
            | {"label_at": (ago(days=10) + dt.timedelta(hours=hours + 1)).isoformat()}
            for call_id, number, label, hours in (
                ("a", NUMBER, "joke_or_abuse", 0),
                ("b", "081234567802", "genuine", 2),
            )
        )
        for one in (genuine, prank) if genuine_first else (prank, genuine):
            take(store, {name: value for name, value in one.items() if not name.startswith("verdict")})

        def doubted_at(hours: float) -> dt.datetime | None:
            before = ago(days=10) + dt.timedelta(hours=hours)
            (past,) = store.caller(PSEUDONYMISE("+6281234567890"), before=before, except_call="").past_calls
            return past.doubted_at

        assert doubted_at(3) is None
        assert doubted_at(3.1) == ago(days=10) + dt.timedelta(hours=3)

    def test_neither_the_number_nor_names_nor_notes(self, tmp_path: Path) -> None:
        database = tmp_path / "store.sqlite"
        sql = SqlStore.open(f"sqlite:///{database}")
        take(sql, row(note="Pak Joko dari pasar", caller_name="Joko Susilo", trunk=f"sip:{NUMBER}@pbx"))
        sql.close()
        content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert b"a-1" in content
        for personal in (CANARY, "Joko"):
            assert personal.encode() not in content

    def test_a_call_alone(self, store: MemoryStore) -> None:
        report = take(store, {"call_id": "a", "received_at": ago(days=1).isoformat()})
        assert counts(report) == (1, 1, 0, 0, 0)

    @pytest.mark.parametrize("missing", [None, "", "<null>", "  "])
    def test_what_is_missing_is_missing_in_four_ways(self, store: MemoryStore, missing: str | None) -> None:
        fields = set(row()) - {"call_id", "received_at"}
        assert counts(take(store, row(**dict.fromkeys(fields, missing)))) == (1, 1, 0, 0, 0)

    def test_times_without_offset_are_the_centres_own(self, store: MemoryStore) -> None:
        report = take(store, row(received_at="2026-09-01T08:15:00", label_at="2026-09-01T08:20:00"))
        assert counts(report)[-1] == 0
        kept = store.call("a-1")
        assert kept is not None and kept.record is not None
        assert kept.record.received_at == dt.datetime(2026, 9, 1, 8, 15, tzinfo=ZONE)
        assert kept.outcomes[0].at == dt.datetime(2026, 9, 1, 8, 20, tzinfo=ZONE)

    def test_a_number_may_be_an_id(self, store: MemoryStore) -> None:
        take(store, row(call_id=1042))
        assert store.call("1042") is not None


class TestGuesses:
    @pytest.mark.parametrize(
        ("missing", "seconds"), [(("label_at",), 48.0), (("label_at", "ended_at"), 41.5)], ids=str
    )
    def test_a_label_counts_from_the_end_of_the_call_and_that_is_said(
        self, store: MemoryStore, missing: tuple[str, ...], seconds: float
    ) -> None:
        report = take(store, row(**dict.fromkeys(missing)))
        assert [str(warning) for warning in report.warnings] == [
            "row 1: label_at: missing; taken as the end of the call"
        ]
        kept = store.call("a-1")
        assert kept is not None
        assert kept.outcomes[0].at == ago(days=10) + dt.timedelta(seconds=seconds)

    def test_a_verdict_without_its_time_counts_after_a_day(self, store: MemoryStore) -> None:
        take(store, row(verdict_at=None, verdict_by=None))
        kept = store.call("a-1")
        assert kept is not None
        assert (kept.rulings[0].at, kept.rulings[0].by) == (ago(days=9), "import")

    def test_who_did_not_say_was_the_other_system(self, store: MemoryStore) -> None:
        take(store, row(label_source=None, label_by=None))
        kept = store.call("a-1")
        assert kept is not None
        assert kept.outcomes[0].source is LabelSource.IMPORT

    def test_fields_of_the_record_that_are_left_out_are_named(self, store: MemoryStore) -> None:
        report = take(store, row(), row("a-2", ring_s="long", agency="BPBD"))
        assert counts(report) == (2, 2, 2, 2, 0)
        problems = {warning.problem.partition(":")[0] for warning in report.warnings}
        assert problems == {"ring_s", "unknown fields are ignored"}
        assert {warning.row for warning in report.warnings} == {2}


FAULTS = [
    ("{", "no JSON; write one JSON object a line"),
    ("[" * 100_000, "no JSON; write one JSON object a line"),
    ("[1]", "no JSON object; write one JSON object a line"),
    ('"a\udcff"', "no UTF-8; save the file in that encoding"),
    (row(call_id=None), "call_id: missing; every call needs its own id"),
    (row(call_id=True), "call_id: must be text of at most 1024 bytes that can be printed"),
    (row(call_id="x" * 1025), "call_id: must be text of at most 1024 bytes that can be printed"),
    (row(call_id="\udcff"), "call_id: must be text of at most 1024 bytes that can be printed"),
    (row(received_at=None), "received_at: missing; an imported call needs its own time"),
    (row(received_at="<null>"), "received_at: missing; an imported call needs its own time"),
    (
        row(received_at="01/09/2026"),
        "received_at: must be a time of RFC 3339 with its offset, such as 2025-03-01T08:15:00+08:00",
    ),
    (
        row(received_at=ago(days=-1).isoformat()),
        "received_at: lies in the future; set the router's clock",
    ),
    (
        row(label="iseng"),
        "label: must be one of genuine, information, silent, accidental, abandoned, child_play, "
        "joke_or_abuse, false_report, unknown",
    ),
    (row(label=[]), "label: must be one of genuine,"),
    (
        row(label_source=NUMBER),
        "label_source: must be one of call_taker, field_unit, supervisor, import",
    ),
    (row(label_by="x" * 300), "label_by: must be text of at most 200 characters"),
    (row(label_by={"name": "Budi"}), "label_by: must be text of at most 200 characters"),
    (row(label_at="yesterday"), "label_at: must be a time, such as 2026-11-22T07:30:00+08:00"),
    (row(label_at="2026-09-01"), "label_at: must be a time, such as 2026-11-22T07:30:00+08:00"),
    (row(label_at=ago(hours=-1).isoformat()), "label_at: lies in the future; give the time at which it was"),
    (row(duration_s=-1), "duration_s: must be a number of seconds from 0 to 604800"),
    (row(duration_s=10**400), "duration_s: must be a number of seconds from 0 to 604800"),
    (json.dumps(row(duration_s=float("nan"))), "duration_s: must be a number of seconds from 0 to 604800"),
    (row(duration_s=True), "duration_s: must be a number of seconds from 0 to 604800"),
    (row(ended_by="nobody"), "ended_by: must be one of caller, prompt, centre, network"),
    (row(cut_off="perhaps"), "cut_off: must be true or false"),
    (row(advice_shown=[]), "advice_shown: must be true or false"),
    (row(verdict="guilty"), "verdict: must be one of confirmed, overturned, unsure, was_emergency"),
    (row(verdict=None), "verdict: missing; without it the other columns of a verdict say nothing"),
]


class TestRejected:
    @pytest.mark.parametrize(("bad", "problem"), FAULTS, ids=[problem[:40] for _, problem in FAULTS])
    def test_a_row_is_taken_whole_or_not_at_all(self, store: MemoryStore, bad: Any, problem: str) -> None:
        report = take(store, row("before"), bad, row("after"))
        assert counts(report) == (3, 2, 2, 2, 1)
        ((fault, line),) = report.rejected
        assert fault.row == 2
        assert str(fault).startswith(f"row 2: {problem}")
        assert [line] == lines(bad)
        assert store.call("a-1") is None
        assert store.call("before") is not None and store.call("after") is not None

    @pytest.mark.parametrize("bad", [bad for bad, _ in FAULTS])
    def test_no_message_repeats_what_was_sent(self, bad: Any) -> None:
        spoilt = lines(bad)[0].replace("2026", NUMBER) if isinstance(bad, dict) else bad
        ((fault, _),) = take(None, spoilt).rejected
        assert CANARY not in str(fault)

    def test_empty_lines_are_no_rows_but_count_as_lines(self, store: MemoryStore) -> None:
        report = take(store, "\n", row(), "  \n", "{")
        assert counts(report) == (2, 1, 1, 1, 1)
        assert report.rejected[0][0].row == 4

    def test_they_come_in_the_order_of_the_file_whoever_refused_them(self) -> None:
        report = take(Picky("a-2"), row("a-1"), row("a-2"), "{", row("a-4"))
        assert [str(fault) for fault, _ in report.rejected] == [
            "row 2: the database takes no such row",
            "row 3: no JSON; write one JSON object a line",
        ]
        assert counts(report) == (4, 2, 2, 2, 2)

    @given(line=st.text(alphabet=st.characters(exclude_characters="\n\r")))
    def test_whatever_a_line_holds_it_is_taken_or_named(self, line: str) -> None:
        report = take(MemoryStore(), line)
        assert report.rows == report.calls + len(report.rejected)


class Picky(MemoryStore):
    """Refuses one call, whatever it comes with."""

    def __init__(self, refused: str) -> None:
        super().__init__()
        self.refused = refused

    def put_calls(self, calls: Sequence[ImportedCall]) -> None:
        if any(call.record.call_id == self.refused for call in calls):
            raise BadInput("the database takes no such row")
        super().put_calls(calls)


@pytest.fixture(params=["memory", "sqlite"])
def each_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    one: Store = (
        MemoryStore() if request.param == "memory" else SqlStore.open(f"sqlite:///{tmp_path / 'one.sqlite'}")
    )
    yield one
    one.close()


class TestAgain:
    def test_a_second_time_changes_nothing(self, each_store: Store) -> None:
        rows = [row(f"a-{number}") for number in range(3)]
        take(each_store, *rows)
        before = [each_store.call(f"a-{number}") for number in range(3)]
        take(each_store, *rows)
        assert [each_store.call(f"a-{number}") for number in range(3)] == before

    def test_a_revised_label_is_added_to_the_first(self, each_store: Store) -> None:
        take(each_store, row())
        take(each_store, row(label="genuine", label_at=ago(days=2).isoformat()))
        kept = each_store.call("a-1")
        assert kept is not None
        assert [outcome.label for outcome in kept.outcomes] == [Label.JOKE_OR_ABUSE, Label.GENUINE]

    def test_after_the_disk_gave_out_the_same_file_can_be_imported_again(self) -> None:
        store = MemoryStore()
        store.fail = True
        with pytest.raises(StoreUnavailable):
            take(store, row())
        store.fail = False
        assert counts(take(store, row())) == (1, 1, 1, 1, 0)

    def test_without_a_store_it_only_checks(self) -> None:
        assert counts(take(None, row(), "{")) == (2, 1, 1, 1, 1)


class TestMany:
    def test_rows_are_kept_many_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(importing, "ROWS_AT_ONCE", 4)
        sizes: list[int] = []
        seen: list[int] = []

        class Counting(MemoryStore):
            def put_calls(self, calls: Any) -> None:
                sizes.append(len(calls))
                super().put_calls(calls)

        rows = [row(f"a-{number}") for number in range(10)]
        report = import_lines(
            lines(*rows), Counting(), now=NOW, zone=ZONE, pseudonymise=PSEUDONYMISE, progress=seen.append
        )
        assert (sizes, seen, report.calls) == ([4, 4, 2], [4, 8, 10], 10)


def test_a_fault_says_where_it_is() -> None:
    assert str(RowFault(7, "label: missing")) == "row 7: label: missing"
