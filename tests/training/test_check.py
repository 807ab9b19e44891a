"""``prankfilter-train check``: all that is wrong at once, and what the log is good for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from prankfilter_training import cli, sample_log
from prankfilter_training.commands import summary
from prankfilter_training.commands.summary import describe, summary_of
from prankfilter_training.fitting import fit
from prankfilter_training.log import document
from prankfilter_training.log.columns import COLUMNS, EVERY_COLUMN, NOTE_PREFIX
from prankfilter_training.log.statements import learnt_labels
from prankfilter_training.log.usage import USAGE

from prankfilter.vocabulary import Label, Verdict
from tests.training.logs import log_of, logged

ROOT = Path(__file__).parents[2]

FAULTY = """\
call_id;received_at;calling_number;label;label_at;ended_at
a;01/03/2025 08.15;081234567890;prank;;01/03/2025 08:14
b;03/13/2025 08.15;081234567891;prank;;
c;01/03/2025 08.20;081234567892;genuine;;01/03/2025 08:21
"""


def check(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = cli.main(["check", *map(str, arguments)])
    return code, capsys.readouterr().out


class TestALogWithFaults:
    def test_names_each_fault_once_with_its_rows_and_ends_with_one(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "calls.csv").write_text(FAULTY)
        code, out = check(capsys, tmp_path, "--zone", "Asia/Makassar")
        lines = out.splitlines()
        assert code == 1
        assert lines[0].startswith('rows 2 and 3: label "prank": must be one of genuine, information')
        assert lines[1].startswith("row 2: ended_at: lies before received_at")
        assert lines[2].startswith('row 3: received_at "03/13/2025 08.15": has the month first')
        assert "caution, row 4: label_at: missing; guessed as the end of the call, so that" in out
        assert lines[-1].startswith("4 faults in 2 rows; --rejects FILE writes the rejected rows")
        assert "0812" not in out

    def test_tells_everything_as_json(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "calls.csv").write_text(FAULTY)
        rejects = tmp_path / "rejects.csv"
        code, out = check(capsys, tmp_path, "--zone", "Asia/Makassar", "--rejects", rejects, "--json")
        values = json.loads(out)
        assert (code, values["faults"], values["rejected_rows"], values["rejects"]) == (1, 4, 2, str(rejects))
        assert {(fault["row"], fault["column"]) for fault in values["named"]} == {
            (2, "label"),
            (2, "ended_at"),
            (3, "label"),
            (3, "received_at"),
        }
        assert values["summary"]["calls"] == 2
        assert "0812" not in out
        assert "081234567891" in rejects.read_text(encoding="utf-8-sig")


class TestSummary:
    LOG = log_of(
        [
            logged(Label.GENUINE, minutes=0, record={"caller": "a"}),
            logged(Label.GENUINE, minutes=1, record={"caller": "a"}),
            logged(Label.GENUINE, minutes=2, record={"caller": "b"}, advice_shown=True),
            logged(Label.GENUINE, minutes=3, record={"caller": None}),
            logged(Label.JOKE_OR_ABUSE, minutes=4, verdict=Verdict.WAS_EMERGENCY, record={"caller": "c"}),
            logged(Label.GENUINE, minutes=5, record={"caller": "d", "audio_capture": None}),
            logged(Label.ABANDONED, minutes=6, answered_at=None, label_by="ani"),
            logged(None, minutes=7, label_by=None, label_source=None, label_at=None),
        ],
        simulated=True,
    )

    def test_counts_what_the_log_holds(self) -> None:
        found = summary_of(self.LOG)
        assert (found.calls, found.answered, found.unanswered, found.labelled) == (8, 7, 1, 6)
        assert (found.after_a_score, found.ruled, found.labellers, found.before_answer) == (1, 1, 1, 7)
        assert found.labels == {"genuine": 5, "joke_or_abuse": 1, "abandoned": 1, "": 1}
        assert found.learnt == {"genuine": 5}
        assert found.filled["label_at"] == 7
        assert "agency" not in found.filled

    def test_counts_genuine_callers_as_certify_may(self) -> None:
        # a once, c by the ruling; b's label came after a score, one call has no caller, d's sound is unknown.
        found = summary_of(self.LOG)
        assert (found.genuine_callers, found.genuine_callers_needed) == (2, 4380)
        assert "2 genuine callers with sound from before the answer, at least 4,380" in describe(found)

    def test_says_what_it_is_good_for(self) -> None:
        words = describe(summary_of(self.LOG))
        assert words.startswith("SIMULATED calls")
        assert (
            "good for fit: no; 5 genuine calls and 5 of one kind of prank are the least; it has genuine 5"
            in words
        )
        pranks = [logged(Label.CHILD_PLAY, minutes=n, record={"caller": f"p{n}"}) for n in range(100, 105)]
        enough = log_of([*self.LOG.calls, *pranks])
        assert "good for fit: yes" in describe(summary_of(enough))

    def test_says_what_a_log_without_attempts_means(self) -> None:
        words = describe(summary_of(log_of([logged()])))
        assert "none on record, so features that count a number's calls stay unknown" in words
        assert "1; features that count a number's calls are known" in describe(summary_of(self.LOG))

    def test_speaks_of_the_calls_that_fit_speaks_of(self) -> None:
        assert summary.LEAST_CALLS_OF_A_KIND == fit.LEAST_CALLS_OF_A_KIND
        labels = learnt_labels(self.LOG.calls)
        assert summary_of(self.LOG).learnt == {"genuine": labels.count(Label.GENUINE)}

    def test_of_nothing_is_nothing(self) -> None:
        assert describe(summary_of(log_of([]))) == "0 calls of 0 known callers"


class TestSampleLog:
    def test_is_what_its_module_makes(self) -> None:
        for name, content in sample_log.files().items():
            assert (sample_log.FOLDER / name).read_bytes() == content, (
                "stale; run `python -m prankfilter_training.sample_log`"
            )

    def test_is_sound_small_and_says_what_it_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out = check(capsys, sample_log.FOLDER, "--json")
        values = json.loads(out)
        assert (code, values["calls"], values["faults"]) == (0, 200, 0)
        assert values["summary"]["simulated"] is True
        assert not {name for name in values["summary"]["filled"] if name.startswith(("audio", "bank"))}

    def test_is_written_as_an_indonesian_spreadsheet_saves_it(self) -> None:
        content = (sample_log.FOLDER / "calls.csv").read_bytes()
        header, first, *_ = content.decode("utf-8-sig").split("\r\n")
        assert content.startswith(b"\xef\xbb\xbf")
        assert NOTE_PREFIX not in header
        assert set(header.split(";")) <= set(EVERY_COLUMN)
        assert "/03/2025 " in first


class TestDataDictionary:
    def test_is_fresh(self) -> None:
        assert document.main(["--check"]) == 0
        assert (ROOT / "docs" / "labelled_log.md").read_text(encoding="utf-8") == document.page()

    def test_tells_of_every_column_and_of_no_other(self) -> None:
        assert list(USAGE) == list(dict.fromkeys([*USAGE]))
        assert set(USAGE) == set(EVERY_COLUMN)
        page = document.page()
        assert all(f"| `{name}` |" in page for name in EVERY_COLUMN)

    @pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
    def test_every_word_of_a_column_is_allowed_in_the_page(self, column: object) -> None:
        words = column.reader.schema.get("enum", ())  # type: ignore[attr-defined]
        assert all(word in document.allowed(column) for word in words)  # type: ignore[arg-type]
