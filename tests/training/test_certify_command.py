"""``prankfilter-train certify``: what it prints, what it writes, how it ends."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prankfilter_training import cli
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.log.logbook import read_log
from prankfilter_training.proof.ledger import Purpose, read_uses, record_use
from prankfilter_training.simulation.profiles import CITY
from prankfilter_training.simulation.simulate import simulate, write_log

from prankfilter.bundle.certificates import read_certificate
from prankfilter.bundle.pointer import read_current
from prankfilter.bundle.trust import read_trust
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.keyring import Purpose as KeyPurpose
from prankfilter.privacy.signing import Signer, signed_by
from tests.builders import NOW

MODELS = Path(__file__).parents[2] / "models"
LOOSE = ("--alpha", "0.2", "--confidence", "0.8")
LATER = dt.date(2045, 1, 1)
"""After all that the shipped model learned from; its simulated calls carry such dates."""

Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A month of each of two cities."""
    folder = tmp_path_factory.mktemp("logs")
    voices = voices_of(read_bank())
    for seed in (2, 3):
        write_log(simulate(CITY, start=LATER, days=30, seed=seed, voices=voices), folder / str(seed))
    return folder / "2", folder / "3"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models of its own."""
    shutil.copytree(MODELS, tmp_path / "models")
    monkeypatch.setenv("PRANKFILTER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("PRANKFILTER_KEYS", str(tmp_path / "keys"))
    return tmp_path


@pytest.fixture
def certify(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run it on the shipped model, as JSON."""
    bundle = home / "models" / read_current(home / "models")

    def run(*arguments: object) -> tuple[int, dict[str, Any]]:
        code = cli.main(["certify", str(bundle), *map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_too_few_callers_are_a_plain_count_and_use_nothing(
    home: Path, logs: tuple[Path, Path], certify: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = certify(logs[0])
    assert (code, told["certificate"]) == (1, None)
    other = told["strata"]["other"]
    assert other["needed"] == 4380
    assert other["count"] == f"{other['genuine_callers']} of 4380 genuine callers"
    assert read_uses(home / "models") == ()
    bundle = home / "models" / read_current(home / "models")
    assert cli.main(["certify", str(bundle), str(logs[0])]) == 1
    assert f"other: {other['count']}" in capsys.readouterr().out


def test_a_file_of_any_name_with_its_signature_and_the_same_again(
    home: Path, logs: tuple[Path, Path], certify: Run
) -> None:
    path = home / "elsewhere" / "proof.json"
    served = sorted((home / "models" / "certificates").iterdir())
    code, told = certify(logs[0], *LOOSE, "--out", path)
    assert (code, told["certificate"], told["basis"]) == (0, str(path), "simulated")
    signer = Signer(Keyring.open(home / "keys", create=False, purposes=(KeyPurpose.SIGNING,)))
    trust = read_trust(home / "models", signed_by([signer.public]))
    assert read_certificate(path, trust).id == told["id"]
    assert sorted((home / "models" / "certificates").iterdir()) == served

    assert certify(logs[0], *LOOSE)[1]["id"] == told["id"]
    assert (home / "models" / "certificates" / f"{told['id']}.json").exists()
    code, second = certify(logs[0], "--alpha", "0.3", "--confidence", "0.8")
    assert (code, second["extra"]["use"][:5]) == (0, "use 2")
    assert second["ledger"] == [*told["ledger"], read_uses(home / "models")[1].id]


def test_what_was_evaluated_is_left_out_and_named(home: Path, logs: tuple[Path, Path], certify: Run) -> None:
    table = read_log(logs[0]).table
    record_use(home / "models", table, purpose=Purpose.EVALUATE, model_ids=["another"], now=NOW)
    code, told = certify(logs[0], *LOOSE)
    assert (code, told["calls"]) == (1, 0)
    ((reason, count),) = told["left_out"].items()
    assert "measured by `evaluate` or `compare`" in reason
    assert count > 500


def test_two_cities_pool_their_counts(home: Path, logs: tuple[Path, Path], certify: Run) -> None:
    shared = home / "south.json"
    code, told = certify(logs[1], "--share", shared)
    assert (code, told["certificate"], told["share"]) == (0, None, str(shared))
    assert shared.with_suffix(".sig").exists()
    code, told = certify(logs[0], *LOOSE, "--pool", shared)
    assert code == 0
    assert told["centres"] == ["city-2", "city-3"]
    members = told["extra"]["strata"]["other"]["members"]
    assert [member["centre"] for member in members] == ["city-2", "city-3"]


@pytest.mark.parametrize("option", ["--out", "--share"])
def test_a_folder_is_no_file(home: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert cli.main(["certify", "bundle", "log", option, str(home)]) == 1
    assert "name a file, such as certificate.json" in capsys.readouterr().err


def test_pooling_and_sharing_are_two_runs() -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["certify", "bundle", "log", "--share", "a", "--pool", "b"])
    assert stopped.value.code == 2
