"""The command ``prankfilter`` as a person at a terminal, or a script, meets it."""

from __future__ import annotations

import datetime as dt
import io
import json
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from prankfilter.cli import SCOPES, main
from prankfilter.features.row import Source
from prankfilter.features.table import FEATURES
from prankfilter.privacy.api_keys import SCOPES as ALL_SCOPES
from prankfilter.settings import read_settings
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Advice
from tests.bundles import CHILD, shelve
from tests.sounds import line_noise, voice, wav

NUMBER = "081234567890"


@dataclass
class Ran:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def answers(self) -> list[dict[str, Any]]:
        """Its JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "models"
    shelve(folder, leaning=-1.0, voice=CHILD)
    return folder


@pytest.fixture
def home(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a model and no store yet."""
    monkeypatch.setenv("PRANKFILTER_MODELS", str(models))
    monkeypatch.setenv("PRANKFILTER_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "talk.wav").write_bytes(wav(voice(1.5)))
    (tmp_path / "hush.wav").write_bytes(wav(line_noise(1.5)))
    (tmp_path / "broken.wav").write_bytes(b"RIFF and no more")
    return tmp_path


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process."""

    def one(*arguments: str, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return one


def command(*arguments: str) -> Sequence[str]:
    """The command as another process."""
    return [sys.executable, "-m", "prankfilter.cli", *arguments]


class TestScore:
    def test_one_line_a_file_in_the_order_given(self, run: Run) -> None:
        ran = run("score", "talk.wav", "broken.wav", "hush.wav", "nowhere.wav", "talk.wav")
        assert [answer["file"] for answer in ran.answers] == [
            "talk.wav", "broken.wav", "hush.wav", "nowhere.wav", "talk.wav",
        ]  # fmt: skip
        assert ran.code == 1

    def test_a_file_that_cannot_be_used_is_named_with_its_fault_alone(self, run: Run, home: Path) -> None:
        (home / "folder").mkdir()
        (home / "empty.wav").touch()
        names = ("broken.wav", "nowhere.wav", "folder", "empty.wav", "nul\0.wav")
        ran = run("score", *names)
        assert [set(answer) for answer in ran.answers] == [{"file", "fault"}] * len(names)
        faults = {answer["file"]: answer["fault"] for answer in ran.answers}
        assert faults["nowhere.wav"] == "No such file or directory"
        assert faults["folder"] == "Is a directory"
        assert faults["nul\0.wav"] == "no file can have this name"
        assert "0 bytes" in faults["empty.wav"]

    def test_no_more_of_a_file_is_read_than_a_recording_may_have(
        self, run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PRANKFILTER_AUDIO_BYTES", "1000")
        with (home / "huge.wav").open("wb") as file:
            file.truncate(1 << 40)
        (answer,) = run("score", "huge.wav").answers
        assert answer["fault"] == f"{1 << 40} bytes; at most 1000 are read. Send a shorter recording"

    def test_an_answer_says_what_the_service_would_say(self, run: Run) -> None:
        ran = run("score", "--json", "talk.wav")
        (answer,) = ran.answers
        assert (ran.code, ran.err) == (0, "")
        assert answer["call_id"] == "talk.wav"
        assert (answer["moment"], answer["audio_s"], answer["assessed"]) == ("audio", 1.0, "full")
        assert answer["advice"] in set(Advice) - {Advice.VERIFY}
        assert (answer["policy"], answer["certificate"]) == ("observe", None)
        assert sum(answer["kinds"].values()) == pytest.approx(1.0)
        assert answer["elapsed_ms"] > 0

    def test_a_person_at_a_terminal_reads_a_sentence(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        sentence, fault = run("score", "talk.wav", "nowhere.wav").out.splitlines()
        assert sentence.startswith("talk.wav: prank 0.")
        assert "genuine 0." in sentence and "advice normal; full" in sentence
        assert fault == "nowhere.wav: No such file or directory"

    def test_with_a_calling_number_it_is_judged_with_what_the_store_knows(self, run: Run, home: Path) -> None:
        rows = [
            {"call_id": f"a-{day}", "received_at": ago_now(days=day), "calling_number": NUMBER}
            for day in (40, 1)
        ]
        (home / "earlier.jsonl").write_text("\n".join(map(json.dumps, rows)))
        unknown = run("score", "talk.wav", "--calling-number", NUMBER)
        assert run("import", "earlier.jsonl").code == 0
        known = run("score", "talk.wav", "--calling-number", "+62" + NUMBER[1:])
        values = [
            {reason["feature"]: reason["value"] for reason in ran.answers[0]["reasons"]}
            for ran in (unknown, known)
        ]
        assert values[0]["calls_1h_count"] is None
        assert values[1]["calls_1h_count"] == 0

    def test_it_keeps_and_makes_nothing(self, run: Run, home: Path) -> None:
        run("score", "talk.wav")
        assert not (home / "data").exists()
        run("keys", "add", "--scope", "router", "--name", "one")
        for path in (home / "data").glob("prankfilter.sqlite*"):
            path.unlink()
        run("score", "talk.wav")
        assert [path.name for path in (home / "data").iterdir()] == ["keys"]

    def test_call_records_come_as_json_lines(self, run: Run) -> None:
        records = [
            json.dumps({"call_id": "r-1", "calling_number": NUMBER, "ring_s": "soon"}),
            "",
            "{",
            "[" * 100_000,
            "[]",
            json.dumps({"trunk": "t"}),
        ]
        ran = run("score", "-", stdin="\n".join(records))
        first, *faults, last = ran.answers
        assert ran.code == 1
        assert (first["call_id"], first["moment"]) == ("r-1", "ring")
        assert first["faults"][0].startswith("ring_s: ")
        assert [(one["line"], set(one)) for one in faults] == [(n, {"line", "fault"}) for n in (3, 4, 5)]
        assert last["call_id"] == "line-6"

    def test_without_a_model_it_says_what_to_do(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PRANKFILTER_MODELS", "nowhere")
        ran = run("score", "talk.wav")
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("prankfilter: nowhere/current is missing.")
        assert "prankfilter-train" in ran.err


def ago_now(**parts: float) -> str:
    """A time before the real now: the command line asks the clock."""
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**parts)).isoformat()


class TestFeatures:
    def test_the_table(self, run: Run) -> None:
        rows = json.loads(run("features", "--json").out)
        assert [row["name"] for row in rows] == [feature.name for feature in FEATURES]
        plain = run("features").out.splitlines()
        assert [line.split()[0] for line in plain] == [feature.name for feature in FEATURES]

    def test_of_recordings(self, run: Run) -> None:
        ran = run("features", "talk.wav", "broken.wav", "hush.wav")
        talk, broken, hush = ran.answers
        assert ran.code == 1
        assert set(broken) == {"file", "fault"}
        assert list(talk["features"]) == [feature.name for feature in FEATURES]
        assert talk["features"]["child_voice_probability"] > 0.99
        assert hush["features"]["child_voice_probability"] is None
        assert hush["features"]["silence_ratio"] == 1.0

    def test_a_recording_tells_neither_who_called_nor_when(self, run: Run) -> None:
        (answer,) = run("features", "talk.wav").answers
        of_sound = {feature.name for feature in FEATURES if feature.source is Source.SOUND}
        known = {name for name, value in answer["features"].items() if value is not None}
        assert known and known <= of_sound


class TestImport:
    def write(self, home: Path, *rows: str | dict[str, Any]) -> Path:
        path = home / "log.jsonl"
        path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
        return path

    def call(self, call_id: str, **over: Any) -> dict[str, Any]:
        return {
            "call_id": call_id, "received_at": "2026-01-05T08:00:00+08:00", "calling_number": NUMBER,
            "label": "genuine", "label_at": "2026-01-05T08:10:00+08:00",
        } | over  # fmt: skip

    def test_what_is_rejected_can_be_mended_and_imported(self, run: Run, home: Path) -> None:
        bad = self.call("a-2", label="darurat")
        path = self.write(home, self.call("a-1"), bad, self.call("a-3"))
        ran = run("import", str(path))
        assert ran.code == 1
        assert ran.out == "imported 2 calls, 2 outcomes, 0 verdicts; 1 of 3 rows rejected\n"
        assert "rejected, row 2: label: must be one of genuine" in ran.err
        rejects = home / "log.rejected.jsonl"
        assert str(rejects) in ran.err
        assert json.loads(rejects.read_text()) == bad
        assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
        rejects.write_text(rejects.read_text().replace("darurat", "genuine"))
        assert run("import", str(rejects)).code == 0
        assert self.kept("a-1", "a-2", "a-3") == [True] * 3

    def kept(self, *call_ids: str) -> list[bool]:
        store = SqlStore.open(read_settings().store)
        try:
            return [store.call(call_id) is not None for call_id in call_ids]
        finally:
            store.close()

    def test_a_dry_run_keeps_and_makes_nothing(self, run: Run, home: Path) -> None:
        before = set(home.iterdir())
        path = self.write(home, self.call("a-1"), "{")
        ran = run("import", "--dry-run", str(path))
        assert ran.code == 1
        assert ran.out == "would import 1 calls, 1 outcomes, 0 verdicts; 1 of 2 rows rejected\n"
        assert set(home.iterdir()) == before | {path}

    def test_the_same_warning_is_said_once(self, run: Run, home: Path) -> None:
        ran = run("import", str(self.write(home, *(self.call(f"a-{n}", agency="BPBD") for n in range(40)))))
        assert ran.code == 0
        assert ran.err == "warning, row 1 and 39 more: unknown fields are ignored: agency\n"

    def test_a_file_in_another_encoding_says_so_row_by_row(self, run: Run, home: Path) -> None:
        path = self.write(home, self.call("a-1"))
        latin = json.dumps(self.call("a-2", trunk="Ké"), ensure_ascii=False).encode("latin-1")
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + latin + b"\n")
        ran = run("import", str(path))
        assert "imported 1 calls" in ran.out
        assert "rejected, row 2: no UTF-8" in ran.err
        assert (home / "log.rejected.jsonl").read_bytes() == latin + b"\n"

    @pytest.mark.parametrize(
        ("name", "why"), [("log.pdf", "only JSON lines"), ("nowhere.jsonl", "No such file")]
    )
    def test_other_files_are_refused(self, run: Run, name: str, why: str) -> None:
        ran = run("import", name)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith(f"prankfilter: {name}: {why}")
        assert not Path("data").exists()


class TestKeys:
    def test_a_key_is_shown_once_listed_and_revoked(self, run: Run) -> None:
        made = run("keys", "add", "--scope", "router", "--name", "kamailio-1")
        secret = made.out.strip()
        assert made.code == 0 and secret.startswith("pf_router_")
        key_id = made.err.split()[1].rstrip(",")
        listed = run("keys", "list").out
        assert key_id in listed and "kamailio-1" in listed and "valid" in listed
        assert secret not in listed
        assert run("keys", "revoke", key_id).out == f"key {key_id} (kamailio-1) is no longer accepted\n"
        assert "revoked" in run("keys", "list").out

    def test_a_key_that_is_none_cannot_be_revoked(self, run: Run) -> None:
        ran = run("keys", "revoke", "abc")
        assert (ran.code, ran.err) == (1, "prankfilter: no key abc; `prankfilter keys list` shows them\n")

    def test_the_command_knows_all_scopes(self) -> None:
        assert SCOPES == ALL_SCOPES

    def test_init_makes_the_secret_keys_once(self, home: Path, run: Run) -> None:
        made = run("keys", "init")
        assert made.code == 0
        assert "copy them to every machine" in made.out
        assert (home / "data" / "keys" / "pseudonym").exists()
        assert run("keys", "init").code == 0
        run("keys", "add", "--scope", "router", "--name", "one")
        late = run("keys", "init")
        assert late.code == 1
        assert "filled under other keys" in late.err

    def test_on_a_shared_store_the_keys_must_be_there(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PRANKFILTER_STORE", "postgresql://nowhere/one")
        monkeypatch.setenv("PRANKFILTER_KEYS", "shared-keys")
        ran = run("keys", "add", "--scope", "router", "--name", "one")
        assert ran.code == 1
        assert "shared-keys" in ran.err
        assert not Path("shared-keys").exists()


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            (), ("scores",), ("score",), ("score", "--loud", "a.wav"), ("import",), ("keys",),
            ("keys", "add"), ("keys", "add", "--scope", "king", "--name", "one"),
        ],
        ids=str,
    )  # fmt: skip
    def test_what_makes_no_sense_is_2(self, run: Run, arguments: tuple[str, ...]) -> None:
        ran = run(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "usage: prankfilter" in ran.err

    def test_a_setting_that_makes_no_sense_is_1(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PRANKFILTER_ZONE", "Atlantis")
        ran = run("features")
        assert (ran.code, ran.out) == (1, "")
        assert "PRANKFILTER_ZONE" in ran.err

    def test_stopped_is_130(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        def stopped() -> Iterator[str]:
            raise KeyboardInterrupt
            yield ""

        monkeypatch.setattr(sys, "stdin", stopped())
        assert main(["score", "-"]) == 130


class TestProcess:
    """The same, as other programs see it."""

    @pytest.fixture(autouse=True)
    def _at_home(self, home: Path) -> Iterator[None]:
        yield

    def test_done_is_0_and_refused_is_1(self) -> None:
        done = subprocess.run(command("score", "talk.wav"), capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["file"] == "talk.wav"
        refused = subprocess.run(command("score", "broken.wav"), capture_output=True, text=True, check=False)
        assert (refused.returncode, refused.stderr) == (1, "")

    def test_usage_is_2(self) -> None:
        ran = subprocess.run(command("score"), capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stdout) == (2, "")

    def test_stopped_is_130(self) -> None:
        with subprocess.Popen(
            command("score", "-"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None and process.stdout is not None and process.stderr is not None
            # Once it has answered, it is waiting for the next line.
            process.stdin.write("{}\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["call_id"] == "line-1"
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
            assert "Traceback" not in process.stderr.read()

    def test_a_reader_that_has_seen_enough_is_no_disaster(self) -> None:
        with subprocess.Popen(
            command("score", *["talk.wav"] * 50), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None and process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            assert process.wait(60) == 1
            assert process.stderr.read() == ""

    def test_help_waits_for_no_library(self) -> None:
        heavy = ("numpy", "sqlalchemy", "cryptography", "phonenumbers", "soundfile")
        script = (
            "import sys\n"
            "from prankfilter.cli import main\n"
            "try:\n    main(['--help'])\n"
            "except SystemExit as stop:\n    assert stop.code == 0\n"
            f"assert not set(sys.modules) & set({heavy}), set(sys.modules) & set({heavy})\n"
        )
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert all(word in ran.stdout for word in ("score", "features", "import", "keys"))
