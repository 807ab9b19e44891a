"""The blind second review: the right calls, a sheet that tells nothing, answers that are checked."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from prankfilter_training.proof.replay import Replay
from prankfilter_training.proof.review import (
    CALLS_REVIEWED,
    COLUMNS,
    Reviewed,
    after_review,
    calls_to_review,
    read_sheet,
    write_sheet,
)

from prankfilter.errors import BadInput
from prankfilter.vocabulary import Label, Stratum
from tests.training.proofs import RULED_OUT, replay, strangers


def pranks(count: int) -> list[Replay]:
    """Callers with margins 0 to count - 1, labelled as pranks or silent calls by budi."""
    even = strangers(range(0, count, 2), label=Label.JOKE_OR_ABUSE)
    return even + strangers(range(1, count, 2), label=Label.SILENT, first_day=1000)


def said(calls: list[Replay], label: Label = Label.JOKE_OR_ABUSE, reviewer: str = "sari") -> list[Reviewed]:
    records = [call.call.record for call in calls]
    return [Reviewed(one.call_id, one.received_at.isoformat(), label, reviewer) for one in records]


class TestWhichCalls:
    def test_the_fifty_with_the_largest_margin_that_are_not_labelled_genuine(self) -> None:
        genuine = strangers(range(500, 600), first_day=3000)
        wanted = calls_to_review([*pranks(120), *genuine], "key")
        assert {max(call.margins.values()) for call in wanted} == set(range(70, 120))

    def test_their_order_tells_nothing_of_margin_or_label_and_does_not_change(self) -> None:
        calls = pranks(120)
        wanted = calls_to_review(calls, "key")
        margins = [max(call.margins.values()) for call in wanted]
        assert margins not in (sorted(margins), sorted(margins, reverse=True))
        assert calls_to_review(calls[::-1], "key") == wanted

    def test_where_history_rules_out_the_rest_a_hash_picks_among_them(self) -> None:
        calls = [*pranks(10), *strangers([RULED_OUT] * 100, label=Label.SILENT, first_day=5000)]
        assert len(calls_to_review(calls, "key")) == CALLS_REVIEWED

    def test_margins_of_strata_that_are_never_verified_do_not_count(self) -> None:
        child = strangers([99.0], stratum=Stratum.CHILD, label=Label.CHILD_PLAY)
        assert child[0] not in calls_to_review([*child, *pranks(CALLS_REVIEWED)], "key")

    def test_what_nobody_labelled_is_not_reviewed(self) -> None:
        assert calls_to_review([replay(5.0, label=Label.UNKNOWN, doubtful=True)], "key") == []


class TestSheet:
    def test_it_holds_neither_label_nor_score(self, tmp_path: Path) -> None:
        path = write_sheet(tmp_path, calls_to_review(pranks(60), "key"))
        with path.open(newline="") as file:
            rows = list(csv.reader(file))
        assert tuple(rows[0]) == COLUMNS
        assert len(rows) == 1 + CALLS_REVIEWED
        assert all(row[2:] == ["", ""] for row in rows[1:])

    def test_one_that_is_being_filled_in_is_left_alone(self, tmp_path: Path) -> None:
        wanted = calls_to_review(pranks(60), "key")
        path = write_sheet(tmp_path, wanted)
        path.write_text("half filled in")
        assert write_sheet(tmp_path, wanted).read_text() == "half filled in"

    @pytest.mark.parametrize("delimiter", [",", ";"])
    def test_it_is_read_back_as_a_spreadsheet_saves_it(self, tmp_path: Path, delimiter: str) -> None:
        wanted = calls_to_review(pranks(60), "key")
        text = (
            write_sheet(tmp_path, wanted).read_text().replace(",,", ",genuine,sari").replace(",", delimiter)
        )
        path = tmp_path / "filled.csv"
        path.write_text(text, encoding="utf-8-sig")
        assert read_sheet(path) == tuple(said(wanted, Label.GENUINE))

    def test_all_faults_are_named_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "filled.csv"
        path.write_text("call_id,label,reviewer\na,prank,sari\nb,silent,\nc,abandoned,sari\nb,silent,sari\n")
        with pytest.raises(BadInput) as refusal:
            read_sheet(path)
        for fault in (
            "4 faults",
            "row 2: label: must be one of genuine",
            "row 3: reviewer",
            "row 4: label",
            "row 5: call_id: b stands",
        ):
            assert fault in str(refusal.value)

    @pytest.mark.parametrize("content", ["", "call_id;label\n1;silent\n"])
    def test_a_sheet_without_its_columns_is_refused(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "filled.csv"
        path.write_text(content)
        with pytest.raises(BadInput, match=r"has no column .*reviewer"):
            read_sheet(path)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="cannot be read"):
            read_sheet(tmp_path / "none.csv")


class TestAnswers:
    def test_corrections_change_the_labels_and_the_agreement_is_told(self) -> None:
        calls = strangers(range(60), label=Label.JOKE_OR_ABUSE)
        wanted = calls_to_review(calls, "key")
        answers = said(wanted)
        answers[0] = said(wanted[:1], Label.GENUINE)[0]
        answers[1] = said(wanted[1:2], Label.UNKNOWN)[0]
        corrected, agreement = after_review(calls, wanted, answers)
        by_id = {one.call.record.call_id: one for one in corrected}
        assert by_id[answers[0].call_id].is_genuine
        assert by_id[answers[1].call_id].doubtful
        assert sum(one.label is Label.JOKE_OR_ABUSE for one in corrected) == 58
        assert agreement == {
            "calls": 50,
            "agreed": 48,
            "found_genuine": 1,
            "could_not_tell": 1,
            "worst_case_share_genuine": 0.091398,
            "labeller_unknown": 0,
        }

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            (lambda answers: answers[3:], "3 of 50 calls were not reviewed"),
            (lambda answers: [], "50 of 50 calls were not reviewed"),
        ],
    )
    def test_all_must_be_there(
        self, change: Callable[[list[Reviewed]], list[Reviewed]], complaint: str
    ) -> None:
        calls = pranks(60)
        wanted = calls_to_review(calls, "key")
        with pytest.raises(BadInput, match=complaint):
            after_review(calls, wanted, change(said(wanted)))

    @pytest.mark.parametrize("reviewer", ["budi", " Budi", "BUDI"])
    def test_nobody_reviews_a_label_of_their_own(self, tmp_path: Path, reviewer: str) -> None:
        calls = pranks(60)
        wanted = calls_to_review(calls, "key")
        path = tmp_path / "filled.csv"
        rows = [f"{one.call_id},{one.label},{reviewer}" for one in said(wanted)]
        path.write_text("\n".join(["call_id,label,reviewer", *rows]))
        with pytest.raises(BadInput, match="labelled 50 of these calls before"):
            after_review(calls, wanted, read_sheet(path))

    def test_nor_a_verdict_of_their_own(self) -> None:
        calls = strangers(range(3), label=Label.JOKE_OR_ABUSE, call={"verdict_by": "ratna"})
        with pytest.raises(BadInput, match="a second review needs a second person"):
            after_review(calls, calls, said(calls, reviewer="ratna"))

    def test_calls_of_two_logs_that_share_an_id_are_told_apart_by_their_time(self) -> None:
        calls = [
            replay(float(day), minutes=day, record={"call_id": "1"}, label=Label.SILENT, log=day)
            for day in (0, 1)
        ]
        answers = [*said(calls[:1], Label.GENUINE), *said(calls[1:], Label.SILENT)]
        corrected, _ = after_review(calls, calls, answers)
        assert [one.label for one in corrected] == [Label.GENUINE, Label.SILENT]
