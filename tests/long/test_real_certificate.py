"""A centre's own calls, from the log to a certificate that the service honours, by the command alone.

The calls are simulated ones whose marks were taken off: their sound comes as numbers beside the log.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from prankfilter_training import cli
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.commands import door
from prankfilter_training.log.logbook import read_log
from prankfilter_training.shipped import shipped_ears
from prankfilter_training.simulation.profiles import CITY
from prankfilter_training.simulation.simulate import simulate, write_log
from prankfilter_training.sound.features_file import NAME, write_features
from prankfilter_training.sound.source import BankSound

from prankfilter.bundle.pointer import read_current
from prankfilter.classifier.running import Library
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.signing import Signer, signed_by
from prankfilter.routing.policies import POLICIES, policy_digest
from prankfilter.vocabulary import Basis

pytestmark = pytest.mark.long

MODELS = Path(__file__).parents[2] / "models"
START, DAYS = dt.date(2026, 1, 1), 120
NOW = dt.datetime(2026, 5, 10, tzinfo=dt.UTC)
ASKED = ("--zone", "Asia/Jakarta", "--alpha", "0.02", "--json")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models, and a clock that stands."""
    shutil.copytree(MODELS, tmp_path / "models")
    monkeypatch.setenv("PRANKFILTER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("PRANKFILTER_KEYS", str(tmp_path / "keys"))
    monkeypatch.setattr(door, "now", lambda: NOW)
    return tmp_path


def as_of_a_centre(folder: Path) -> pd.Series:
    """Write the log of a city as a centre would have it; return what each call truly was."""
    city = simulate(CITY, start=START, days=DAYS, seed=7, voices=voices_of(read_bank()))
    write_log(city, folder)
    source = BankSound(read_bank())
    heard = {call.record.call_id: source.of(call) for call in read_log(folder).calls}
    ears = shipped_ears(MODELS)
    write_features(folder / NAME, {name: sound for name, sound in heard.items() if sound is not None}, ears)
    marks = [name for name in city.calls.columns if name.startswith("sim_") or name == "bank_key"]
    city.calls.drop(columns=marks).to_parquet(folder / "calls.parquet", index=False)
    (folder / "simulation.json").unlink()
    return city.calls.set_index("call_id")["sim_true_label"]


def test_from_a_centres_log_to_a_certificate_that_serves(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = as_of_a_centre(home / "log")
    bundle = home / "models" / read_current(home / "models")

    def certify(*arguments: object) -> tuple[int, dict[str, Any]]:
        code = cli.main(["certify", str(bundle), str(home / "log"), *ASKED, *map(str, arguments)])
        return code, json.loads(capsys.readouterr().out)

    code, told = certify()
    assert (code, told["certificate"], told["calls_to_review"]) == (1, None, 50)
    sheet = Path(told["review_sheet"])

    with sheet.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", newline="") as file:
        filled = csv.DictWriter(file, rows[0].keys())
        filled.writeheader()
        filled.writerows(row | {"label": truth[row["call_id"]], "reviewer": "wati"} for row in rows)

    code, told = certify("--reviewed", sheet)
    assert (code, told["basis"], told["extra"]["review"]["calls"]) == (0, "real", 50)
    assert certify("--reviewed", sheet)[1]["id"] == told["id"]

    signer = Signer(Keyring.open(home / "keys", create=False, purposes=(Purpose.SIGNING,)))
    served = Library(home / "models", signed=signed_by([signer.public])).load()
    certificate = served.certificates[policy_digest(POLICIES["queue"])]
    assert (certificate.id, certificate.basis) == (told["id"], Basis.REAL)

    lines = (home / "models" / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(certificate.ledger)
