"""The life of a model by its commands: trust, compare, promote, roll back, read the journal."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prankfilter_training.commands import door, order
from prankfilter_training.proof.ledger import Purpose, read_uses

from prankfilter.bundle.journal import JOURNAL
from prankfilter.bundle.pointer import read_current, write_current
from prankfilter.bundle.writing import write_folder
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.signing import Signer
from tests.training.logs import written
from tests.training.rivals import rival
from tests.training.test_cli import MODELS, run

Run = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with the shipped models, whose user is called sari."""
    shutil.copytree(MODELS, tmp_path / "models")
    monkeypatch.setenv("PRANKFILTER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("PRANKFILTER_KEYS", str(tmp_path / "keys"))
    monkeypatch.setattr(order.getpass, "getuser", lambda: "sari")
    return tmp_path


@pytest.fixture
def ask(here: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command for its exit code, its JSON and what it said on stderr."""

    def asked(*said: object) -> tuple[int, dict[str, Any], str]:
        code, out, err = run(capsys, *said, "--json")
        return code, json.loads(out) if out else {}, err

    return asked


def fitted(here: Path, **over: Any) -> str:
    """A model that this installation signed, and the shipped ears."""
    ears = [path.parent.name for path in (here / "models").glob("*/manifest.json") if "ears" in kind(path)]
    return write_folder(
        here / "models", rival(ears=ears[0], **over), sign=door.signer(door.settings()).sign
    ).name


def kind(manifest: Path) -> str:
    return str(json.loads(manifest.read_text("utf-8"))["kind"])


def test_from_two_models_to_one_that_runs_and_back(here: Path, ask: Run) -> None:
    models, log = here / "models", here / "log"
    written(log, days=25)
    first, second = fitted(here), fitted(here, seed=2)
    write_current(models, first)

    code, told, _ = ask("promote", second, "--reason", "trial", "--dry-run")
    assert (code, told["failed"][0]) == (1, "signature")
    assert ask("trust", "--own")[0] == 0

    code, told, _ = ask("compare", first, models / second, log, "--report", here / "report")
    assert code == 0
    assert (told["champion"], told["challenger"], told["basis"]) == (first, second, "simulated")
    assert Path(told["comparison"]).with_suffix(".sig").exists()
    assert all(Path(path).exists() for path in told["report"])
    use = read_uses(models)[-1]
    assert (use.purpose, use.model_ids, use.call_count) == (Purpose.COMPARE, (first, second), told["calls"])

    code, told, _ = ask(
        "promote",
        models / second,
        "--reason",
        "no worse",
        "--by",
        "budi",
        "--force",
        "latency",
        "--second",
        "dewi",
    )
    assert (code, told["promoted"], told["failed"]) == (0, True, [])
    assert read_current(models) == second
    assert "no certificate" in told["certificates"]

    code, told, _ = ask("rollback")
    assert (code, told["model_id"], read_current(models)) == (0, first, first)
    code, _, err = ask("rollback")
    assert (code, "no earlier model is in the journal" in err) == (1, True)

    code, told, _ = ask("journal")
    assert [one["model_id"] for one in told["runs"]] == [first, second, first]
    who = {line["event"]: (line["by"], line["reason"]) for line in told["lines"]}
    assert who["promote"] == ("budi", "no worse")
    assert who["rollback"] == ("sari", "no reason was given")


def test_people_are_told_every_gate_and_what_becomes_of_certificates(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = fitted(here)
    code, out, _ = run(capsys, "promote", second, "--reason", "trial")
    assert code == 1
    assert out.startswith(f"{second} is refused by signature, schema, ears, metrics")
    assert "FAILS  signature: " in out
    assert "after the switch: it has no certificate: every call will get normal or priority" in out


def test_a_bundle_elsewhere_must_be_brought_here_first(here: Path, ask: Run) -> None:
    second = fitted(here)
    shutil.move(here / "models" / second, here / second)
    code, _, err = ask("promote", here / second, "--reason", "trial")
    assert code == 1
    assert "copy it there first: cp -r" in err


@pytest.mark.parametrize("gate", ["signature", "schema", "ears", "beauty"])
def test_gates_that_nobody_may_force_are_wrong_usage(here: Path, ask: Run, gate: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        ask("promote", "0" * 16, "--reason", "trial", "--force", gate, "--second", "dewi")
    assert stopped.value.code == 2


def test_a_promotion_needs_a_reason(here: Path, ask: Run) -> None:
    with pytest.raises(SystemExit) as stopped:
        ask("promote", "0" * 16)
    assert stopped.value.code == 2


def test_a_key_comes_as_text_or_in_a_file_and_goes_again(here: Path, ask: Run) -> None:
    public = Signer(Keyring.ephemeral()).public
    path = here / "province.pub"
    path.write_text(f"{public}\n", "ascii")
    by_text, by_file = ask("trust", public), ask("trust", path)
    assert by_text[:2] == by_file[:2] == (0, {"trusted": by_text[1]["trusted"], "public": public})
    code, told, _ = ask("trust", "--remove", by_text[1]["trusted"])
    assert (code, told["current_refused"]) == (0, None)
    code, _, err = ask("trust", "ed25519 12")
    assert (code, "no public key" in err) == (1, True)


def test_an_altered_journal_is_named_with_its_line(here: Path, ask: Run) -> None:
    ask("trust", "--own")
    path = here / "models" / JOURNAL
    path.write_bytes(path.read_bytes().replace(b"sari", b"budi", 1))
    for command in (("journal",), ("rollback",)):
        code, _, err = ask(*command)
        assert (code, "journal.jsonl, line 2: it or the line before it was altered" in err) == (1, True)


LOADED = """
import sys
from prankfilter_training import cli
try:
    cli.main(["rollback", "--help"])
except SystemExit:
    print("loaded", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_rollback_loads_nothing_that_trains() -> None:
    ended = subprocess.run([sys.executable, "-c", LOADED], check=True, capture_output=True, text=True)
    loaded = set(ended.stdout.rpartition("loaded")[2].split())
    assert {"numpy", "prankfilter_training"} <= loaded
    assert not loaded & {"sklearn", "scipy", "polars", "pandas", "librosa", "joblib", "matplotlib"}
