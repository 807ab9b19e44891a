"""The ledger counts the uses of calls, forgets nothing, and notices what was taken out."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prankfilter_training.proof.ledger import (
    Purpose,
    Use,
    append_use,
    call_digests,
    overlapping,
    plan_use,
    read_uses,
    record_use,
)
from prankfilter_training.proof.ledger_file import LEDGER, SETS, read_set

from prankfilter.errors import BadInput
from tests.builders import NOW
from tests.training.proofs import named_calls


def claim(models: Path, first: int, last: int, **question: object) -> Use:
    digests = call_digests(named_calls(first, last))
    purpose = question.pop("purpose", Purpose.CERTIFY)
    planned = plan_use(
        models,
        digests,
        purpose=purpose,  # type: ignore[arg-type]
        model_ids=["m"],
        now=NOW,
        question={"alpha": 0.001, "logs": [f"{first}-{last}"], **question},
    )
    append_use(models, planned, digests)
    return planned


class TestNumbers:
    @pytest.mark.parametrize(
        ("uses", "numbers"),
        [
            ([(0, 100)], [1]),
            ([(0, 100), (100, 200)], [1, 1]),
            ([(0, 100), (99, 200)], [1, 2]),
            ([(0, 100), (50, 150), (120, 200)], [1, 2, 2]),
            ([(0, 100), (50, 150), (80, 200)], [1, 2, 3]),
        ],
    )
    def test_a_claim_counts_the_earlier_claims_on_its_calls(
        self, tmp_path: Path, uses: list[tuple[int, int]], numbers: list[int]
    ) -> None:
        assert [claim(tmp_path, *use).number for use in uses] == numbers

    @pytest.mark.parametrize("other", [{"alpha": 0.01}, {"policy": "x"}, {"review": "r"}, {"pool": ["p"]}])
    def test_another_alpha_policy_review_or_pool_is_another_use(
        self, tmp_path: Path, other: dict[str, object]
    ) -> None:
        assert [claim(tmp_path, 0, 9).number, claim(tmp_path, 0, 9, **other).number] == [1, 2]

    def test_who_asks_the_same_again_makes_no_second_use(self, tmp_path: Path) -> None:
        first, between = claim(tmp_path, 0, 9), claim(tmp_path, 0, 9, alpha=0.01)
        again = claim(tmp_path, 0, 9)
        assert (again, between.number) == (first, 2)
        assert len(read_uses(tmp_path)) == 2

    def test_the_same_question_about_other_calls_is_refused(self, tmp_path: Path) -> None:
        claim(tmp_path, 0, 9, logs=["a"])
        with pytest.raises(BadInput, match="asked the same of other calls"):
            claim(tmp_path, 0, 8, logs=["a"])

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), min_size=1, max_size=8))
    def test_over_all_uses_of_any_one_call_the_deltas_add_up_to_delta_at_most(
        self, tmp_path_factory: pytest.TempPathFactory, spans: list[tuple[int, int]]
    ) -> None:
        models = tmp_path_factory.mktemp("models")
        uses = [
            (first, first + length, claim(models, first, first + length, nth=nth).number)
            for nth, (first, length) in enumerate(spans)
        ]
        for call in range(20):
            assert sum(0.5**number for first, last, number in uses if first <= call < last) <= 1

    def test_a_pools_certificate_takes_the_place_of_what_was_shared_for_it_once(self, tmp_path: Path) -> None:
        shared = claim(tmp_path, 0, 9, purpose=Purpose.SHARE)
        pooled = claim(tmp_path, 0, 9, pool=["a"], confidence=0.95)
        another = claim(tmp_path, 0, 9, pool=["a", "b"], confidence=0.95)
        alone = claim(tmp_path, 0, 9, confidence=0.95)
        assert [use.number for use in (shared, pooled, another, alone)] == [1, 1, 2, 3]

    def test_measuring_claims_nothing(self, tmp_path: Path) -> None:
        calls = named_calls(0, 9)
        for purpose in (Purpose.EVALUATE, Purpose.COMPARE):
            assert record_use(tmp_path, calls, purpose=purpose, model_ids=["m"], now=NOW).number == 0
        assert claim(tmp_path, 0, 9).number == 1


class TestOnDisk:
    def test_a_line_a_use_and_nothing_personal(self, tmp_path: Path) -> None:
        calls = named_calls(0, 3).with_columns(pl.lit("+628111222333").alias("calling_number"))
        use = record_use(tmp_path, calls, purpose=Purpose.EVALUATE, model_ids=["a", "b"], now=NOW)
        text = (tmp_path / LEDGER).read_text()
        assert text.count("\n") == 1
        assert json.loads(text)["model_ids"] == ["a", "b"]
        stored = (tmp_path / SETS / f"{use.calls}.bin").read_bytes()
        assert len(stored) == 3 * 8
        assert "call-1" not in text
        assert b"call-1" not in stored
        assert read_uses(tmp_path) == (use,)

    def test_a_call_is_the_same_with_and_without_fractions_of_a_second_and_in_any_order(self) -> None:
        calls = named_calls(0, 9)
        finer = calls.with_columns(pl.col("received_at") + dt.timedelta(milliseconds=194))
        assert call_digests(finer).tolist() == call_digests(calls).tolist()
        assert sorted(call_digests(calls.reverse())) == sorted(call_digests(calls))
        other = calls.with_columns(pl.col("received_at") + dt.timedelta(seconds=1))
        assert not set(call_digests(other)) & set(call_digests(calls))

    def test_a_line_that_was_never_finished_is_as_if_it_had_not_been(self, tmp_path: Path) -> None:
        first = claim(tmp_path, 0, 9)
        with (tmp_path / LEDGER).open("ab") as ledger:
            ledger.write(b'{"at": "2026-')
        assert read_uses(tmp_path) == (first,)
        assert claim(tmp_path, 5, 20).number == 2
        assert len(read_uses(tmp_path)) == 2

    @pytest.mark.parametrize("taken", [0, 1])
    def test_a_line_that_was_taken_out_is_noticed(self, tmp_path: Path, taken: int) -> None:
        for alpha in (0.1, 0.2, 0.3):
            claim(tmp_path, 0, 9, alpha=alpha)
        lines = (tmp_path / LEDGER).read_bytes().splitlines(keepends=True)
        (tmp_path / LEDGER).write_bytes(b"".join(lines[:taken] + lines[taken + 1 :]))
        with pytest.raises(BadInput, match=f"line {taken + 1}: .* restore the ledger from a backup"):
            read_uses(tmp_path)

    def test_a_line_that_was_changed_is_noticed(self, tmp_path: Path) -> None:
        claim(tmp_path, 0, 9)
        claim(tmp_path, 0, 9, alpha=0.2)
        path = tmp_path / LEDGER
        path.write_bytes(path.read_bytes().replace(b'"number":1', b'"number":0', 1))
        with pytest.raises(BadInput, match="was changed"):
            claim(tmp_path, 0, 9, alpha=0.3)

    @pytest.mark.parametrize(
        "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"12345678")]
    )
    def test_without_its_set_of_calls_nobody_can_tell(self, tmp_path: Path, damage: object) -> None:
        use = claim(tmp_path, 0, 9)
        damage(tmp_path / SETS / f"{use.calls}.bin")  # type: ignore[operator]
        with pytest.raises(BadInput, match="missing or damaged"):
            read_set(tmp_path, use.calls)

    def test_who_planned_before_another_wrote_must_plan_again(self, tmp_path: Path) -> None:
        digests = call_digests(named_calls(0, 9))
        planned = plan_use(
            tmp_path, digests, purpose=Purpose.CERTIFY, model_ids=["m"], now=NOW, question={"alpha": 0.5}
        )
        claim(tmp_path, 0, 9)
        with pytest.raises(BadInput, match="run the command again"):
            append_use(tmp_path, planned, digests)

    def test_without_a_ledger_nothing_was_used(self, tmp_path: Path) -> None:
        assert read_uses(tmp_path) == ()
        assert overlapping(tmp_path, call_digests(named_calls(0, 9)), ()) == []
