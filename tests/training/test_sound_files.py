"""``simulate --audio``: the files of a simulated log hold the very sound that the bank was measured on."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prankfilter_training.bank.table import read_bank
from prankfilter_training.commands import simulate as command
from prankfilter_training.log.logbook import read_log
from prankfilter_training.shipped import shipped_ears
from prankfilter_training.simulation.simulate import SimulatedLog, simulate, write_log
from prankfilter_training.simulation.sound_files import with_sound_files
from prankfilter_training.simulation.voices import Group
from prankfilter_training.sound.choice import sound_of_log
from prankfilter_training.sound.extract import Extraction
from prankfilter_training.sound.source import CHILD_VOICE, SOUND_COLUMNS

from prankfilter.errors import BadInput
from tests import sounds
from tests.training.logs import START, regency

EARS = shipped_ears(Path(__file__).parents[2] / "models").without_child()
SYNTHETIC = (Group.SILENCE, Group.KEYS, Group.SIGNAL, Group.TEXT_TELEPHONE)
HEARD = [place for place in range(len(SOUND_COLUMNS)) if place != CHILD_VOICE]
"""The bank's child voice is cross-fitted, so no ears say the same."""


@pytest.fixture(scope="module")
def bank() -> pd.DataFrame:
    return read_bank()


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Tables like those of the real recordings; one voice of nobody, to make babble from."""
    root = tmp_path / "recordings"
    root.mkdir()
    (root / "voice.wav").write_bytes(sounds.wav(sounds.voice(2.0)))
    (root / "fsdd.csv").write_text("file\nvoice.wav\n")
    (root / "speechocean762.csv").write_text("file,speaker,age,gender\n")
    for name in ("esc10", "donateacry"):
        (root / f"{name}.csv").write_text("file,sound\n")
    return root


def log_of_clips(keys: Iterable[str | None], lived_s: float = 4.2) -> SimulatedLog:
    """A simulated log whose calls are heard as these clips, in turn."""
    log = simulate(regency(), start=START, days=2, seed=1)
    calls = log.calls.head(len(list(keys := list(keys)))).copy()
    calls["bank_key"] = keys
    calls["audio_s"] = lived_s
    calls["audio_capture"] = "caller_before_answer"
    return SimulatedLog(calls, log.made_by)


def synthetic_keys(bank: pd.DataFrame, groups: Iterable[Group] = SYNTHETIC) -> list[str]:
    """One clip of each group, made without any recording."""
    plain = bank[~bank["line"].str.contains("babble")]
    return [str(plain.loc[plain["group"] == group, "key"].iloc[0]) for group in groups]


def test_the_files_sound_as_the_bank_says(bank: pd.DataFrame, recordings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    keys = synthetic_keys(bank)
    write_log(with_sound_files(log_of_clips(keys, 12.0), folder, audio_root=recordings), folder)
    log = read_log(folder).must_be_sound()
    found = sound_of_log(log, folder=folder, audio_root=folder, ears=EARS, how=Extraction(tmp_path / "cache"))
    assert found.counts.recordings == len(keys)
    names = [SOUND_COLUMNS[place].name for place in HEARD]
    key_of = dict(zip(log_of_clips(keys).calls["call_id"], keys, strict=True))
    for call in log.calls:
        sound, rows = found.of(call), bank[bank["key"] == key_of[call.record.call_id]].sort_values("look_s")
        assert sound is not None
        expected = rows[names].to_numpy()[:4]
        np.testing.assert_allclose(sound.values[:, HEARD].astype(np.float32), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("lived_s", "samples"), [(0.5, 4000), (2.99999, 23_999), (31.0, 240_000)])
def test_a_file_ends_where_the_call_or_what_is_scored_ended(
    bank: pd.DataFrame, recordings: Path, tmp_path: Path, lived_s: float, samples: int
) -> None:
    keys = synthetic_keys(bank, [Group.KEYS])
    log = with_sound_files(log_of_clips(keys, lived_s), tmp_path, audio_root=recordings)
    assert (tmp_path / log.calls["audio_path"].iloc[0]).stat().st_size == 44 + 2 * samples


def test_calls_that_nobody_heard_get_no_file(bank: pd.DataFrame, recordings: Path, tmp_path: Path) -> None:
    keys = [*synthetic_keys(bank, [Group.KEYS]), None]
    log = with_sound_files(log_of_clips(keys), tmp_path, audio_root=recordings)
    assert log.calls["audio_path"].notna().tolist() == [True, False]
    assert log.calls["sim_bank_key"].iloc[0] == keys[0]
    assert "bank_key" not in log.calls
    assert len(list((tmp_path / "audio").iterdir())) == 1


def test_other_recordings_than_those_of_the_bank_are_refused(recordings: Path, tmp_path: Path) -> None:
    log = log_of_clips(["adult/speechocean762-0003/1", "adult/speechocean762-0003/2"])
    with pytest.raises(BadInput, match=r"clip adult/speechocean762-0003/1 and 1 others are unknown there"):
        with_sound_files(log, tmp_path, audio_root=recordings)
    assert not (tmp_path / "calls.parquet").exists()


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(
    bank: pd.DataFrame, recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(BadInput, match=r"the sound files need 0\.0 GB, 0\.0 GB are free; simulate fewer"):
        with_sound_files(log_of_clips(synthetic_keys(bank, [Group.KEYS])), tmp_path, audio_root=recordings)
    assert not list((tmp_path / "audio").iterdir())


def test_the_command_asks_for_the_recordings(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    asked = ["--profile", "regency", "--days", "2", "--seed", "1", "--audio", "--out", str(tmp_path / "log")]
    with pytest.raises(BadInput, match="--audio needs --audio-root"):
        command.run(parser.parse_args(asked))
    assert not (tmp_path / "log").exists()
