"""The journal of models: what it tells, what it finds, what a crash leaves behind."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.bundle.journal import (
    JOURNAL,
    Entry,
    Event,
    Journal,
    append,
    read_journal,
    settled,
    verify,
)
from prankfilter.errors import JournalBroken
from tests.builders import NOW

A, B, C = "a" * 16, "b" * 16, "c" * 16


def entry(event: Event, model_id: str | None = A, *, minutes: float = 0.0, **over: Any) -> Entry:
    known: dict[str, Any] = {
        "event": event,
        "at": NOW + dt.timedelta(minutes=minutes),
        "by": "sari",
        "reason": "better on children",
        "model_id": model_id,
    }
    return Entry(**known | over)


def move(event: Event, model_id: str, minutes: float) -> tuple[Entry, Entry]:
    """A move that was done a minute later."""
    return entry(event, model_id, minutes=minutes), entry(Event.DONE, model_id, minutes=minutes + 1)


FOUND, TO_B, TO_C, BACK_TO_B = (
    entry(Event.FOUND, A),
    move(Event.PROMOTE, B, 10),
    move(Event.PROMOTE, C, 20),
    move(Event.ROLLBACK, B, 30),
)


def written(models: Path, *entries: Entry) -> Path:
    append(models, Journal(), *entries)
    return models / JOURNAL


def test_reads_what_was_written(tmp_path: Path) -> None:
    facts = {"gates": [{"gate": "metrics", "holds": False}], "second": "Dewi, kepala regu"}
    refused = entry(Event.REFUSED, B, before=A, facts=facts)
    first = append(tmp_path, Journal(), FOUND, refused)
    second = append(tmp_path, read_journal(tmp_path), *TO_B)
    assert read_journal(tmp_path) == second
    assert second.entries == (FOUND, refused, *TO_B)
    assert first.head != second.head


def test_there_is_none_at_first(tmp_path: Path) -> None:
    assert read_journal(tmp_path) == Journal()


def test_line_of_models_is_what_one_can_go_back_in() -> None:
    assert Journal((FOUND, *TO_B, *TO_C)).line_of_models == (A, B, C)
    assert Journal((FOUND, *TO_B, *TO_C, *BACK_TO_B)).line_of_models == (A, B)
    assert Journal((FOUND, *TO_B, TO_C[0], entry(Event.UNDONE, C))).line_of_models == (A, B)
    assert Journal((FOUND, *TO_B, entry(Event.REFUSED, C), entry(Event.TRUST, None))).line_of_models == (A, B)


def test_it_tells_which_model_ran_when() -> None:
    runs = Journal((FOUND, *TO_B, *TO_C, *BACK_TO_B)).runs
    told = [(run.model_id, run.since, run.until) for run in runs]
    moments = [NOW + dt.timedelta(minutes=minutes) for minutes in (0, 10, 20, 30)]
    assert told == [
        (A, moments[0], moments[1]),
        (B, moments[1], moments[2]),
        (C, moments[2], moments[3]),
        (B, moments[3], None),
    ]
    assert runs[-1].entry.event is Event.ROLLBACK


@given(st.data())
def test_any_altered_byte_but_of_the_last_line_is_found(data: st.DataObject) -> None:
    content = b"".join(chained(FOUND, *TO_B, *TO_C))
    last = content[:-1].rfind(b"\n") + 1
    place = data.draw(st.integers(0, last - 1))
    altered = bytearray(content)
    altered[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(JournalBroken, match="line"):
        verify(bytes(altered))


def chained(*entries: Entry) -> list[bytes]:
    """Lines as `append` writes them."""
    with tempfile.TemporaryDirectory() as folder:
        return written(Path(folder), *entries).read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("how", "line"),
    [("removed", 3), ("doubled", 3), ("swapped", 2), ("first removed", 1), ("added", 6)],
)
def test_the_line_that_does_not_hold_is_named(tmp_path: Path, how: str, line: int) -> None:
    path = written(tmp_path, FOUND, *TO_B, *TO_C)
    lines = path.read_bytes().splitlines(keepends=True)
    spoilt = {
        "removed": [*lines[:2], *lines[3:]],
        "doubled": [*lines[:2], lines[1], *lines[2:]],
        "swapped": [lines[0], lines[2], lines[1], *lines[3:]],
        "first removed": lines[1:],
        "added": [*lines, *chained(FOUND)],
    }
    path.write_bytes(b"".join(spoilt[how]))
    with pytest.raises(JournalBroken, match=rf"journal\.jsonl, line {line}: .*Restore the file"):
        read_journal(tmp_path)


def test_what_a_dying_process_half_wrote_is_no_line(tmp_path: Path) -> None:
    path = written(tmp_path, FOUND, *TO_B)
    whole = path.read_bytes()
    path.write_bytes(whole + chained(*TO_C)[0][:-20])
    journal = read_journal(tmp_path)
    assert journal.entries == (FOUND, *TO_B)
    append(tmp_path, journal, *TO_C)
    assert read_journal(tmp_path).line_of_models == (A, B, C)
    assert path.read_bytes().startswith(whole)


class TestAfterACrash:
    def heal(self, models: Path, current: str | None) -> Journal:
        return settled(models, read_journal(models), current=current, at=NOW, by="system")

    def test_a_move_that_reached_the_pointer_was_done(self, tmp_path: Path) -> None:
        written(tmp_path, FOUND, TO_B[0])
        assert self.heal(tmp_path, B).line_of_models == (A, B)
        assert read_journal(tmp_path).entries[-1].event is Event.DONE

    def test_one_that_did_not_was_not(self, tmp_path: Path) -> None:
        written(tmp_path, FOUND, TO_B[0])
        assert self.heal(tmp_path, A).line_of_models == (A,)
        assert read_journal(tmp_path).entries[-1].event is Event.UNDONE

    def test_a_pointer_that_a_hand_moved_is_found(self, tmp_path: Path) -> None:
        written(tmp_path, FOUND, *TO_B)
        assert self.heal(tmp_path, C).line_of_models == (A, B, C)
        assert read_journal(tmp_path).entries[-1].before == B

    def test_what_is_settled_is_left_alone(self, tmp_path: Path) -> None:
        path = written(tmp_path, FOUND, *TO_B)
        before = path.read_bytes()
        self.heal(tmp_path, B)
        self.heal(tmp_path, None)
        assert path.read_bytes() == before
