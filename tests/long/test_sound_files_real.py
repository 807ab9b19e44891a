"""``simulate --audio`` with the real recordings: the files sound as the bank says, and fit takes them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from prankfilter_training import cli
from prankfilter_training.bank.table import read_bank
from prankfilter_training.log.logbook import read_log
from prankfilter_training.shipped import shipped_ears
from prankfilter_training.simulation.simulate import SimulatedLog, simulate, write_log
from prankfilter_training.simulation.sound_files import with_sound_files
from prankfilter_training.simulation.voices import Group
from prankfilter_training.sound.choice import sound_of_log
from prankfilter_training.sound.extract import Extraction
from prankfilter_training.sound.source import CHILD_VOICE, SOUND_COLUMNS

from tests.training.logs import START, regency

EARS = shipped_ears(Path(__file__).parents[2] / "models").without_child()
AUDIO = Path(__file__).parents[2].parent / "shared" / "audio"
MODELS = Path(__file__).parents[2] / "models"
NAMES = [feature.name for place, feature in enumerate(SOUND_COLUMNS) if place != CHILD_VOICE]
GROUPS = (Group.ADULT, Group.CHILD, Group.YOUTH, Group.ROOM, Group.BABY, Group.ANIMAL, Group.SILENCE)

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not AUDIO.is_dir() and not os.environ.get("CI"), reason="the real recordings are not on this machine"
    ),
]


def test_the_files_sound_as_the_bank_says(tmp_path: Path) -> None:
    bank = read_bank()
    keys = [str(bank.loc[bank["group"] == group, "key"].iloc[0]) for group in GROUPS]
    made = simulate(regency(), start=START, days=2, seed=1)
    calls = made.calls.head(len(keys)).assign(
        bank_key=keys, audio_s=30.0, audio_capture="caller_before_answer"
    )
    write_log(with_sound_files(SimulatedLog(calls, made.made_by), tmp_path, audio_root=AUDIO), tmp_path)
    log = read_log(tmp_path).must_be_sound()
    how = Extraction(cache=tmp_path / "cache")
    found = sound_of_log(log, folder=tmp_path, audio_root=tmp_path, ears=EARS, how=how)
    key_of = dict(zip(calls["call_id"], keys, strict=True))
    for call in log.calls:
        sound = found.of(call)
        assert sound is not None
        ours = np.delete(sound.values, CHILD_VOICE, axis=1)
        theirs = bank[bank["key"] == key_of[call.record.call_id]].sort_values("look_s")[NAMES].to_numpy()[:4]
        np.testing.assert_allclose(ours.astype(np.float32), theirs, rtol=1e-6, atol=1e-6)


def test_a_model_is_fitted_on_such_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRANKFILTER_MODELS", str(MODELS))
    monkeypatch.setenv("PRANKFILTER_KEYS", str(tmp_path / "keys"))
    log = str(tmp_path / "log")
    made = ("--profile", "regency", "--days", "60", "--seed", "1", "--out", log, "--set", "sound_share=0.05")
    assert cli.main(["simulate", *made, "--audio", "--audio-root", str(AUDIO)]) == 0
    capsys.readouterr()
    fit = ("fit", log, "--cache", str(tmp_path / "cache"), "--out", str(tmp_path / "models"), "--json")
    assert cli.main([*fit]) == 0
    told = json.loads(capsys.readouterr().out)
    files = len(list((tmp_path / "log" / "audio").iterdir()))
    assert told["learnt_from"]["sound"]["recordings"] == files > 30
    assert told["learnt_from"]["sound"]["bank"] == 0
    assert (Path(told["bundle"]) / "manifest.json").exists()
