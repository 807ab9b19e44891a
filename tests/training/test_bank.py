"""The committed bank keeps to the honest rules, and is what the front end of today would measure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from prankfilter_training.bank.build import SEED
from prankfilter_training.bank.clips import Clip, make, plan
from prankfilter_training.bank.measure import measure
from prankfilter_training.bank.recordings import Recording, age_group
from prankfilter_training.bank.table import SHIPPED, read_bank, voices_of
from prankfilter_training.log.table import Log
from prankfilter_training.shipped import shipped_ears
from prankfilter_training.simulation.voices import Group
from prankfilter_training.sound.source import BANK_LOOKS_S, CHILD_VOICE, SOUND_COLUMNS, BankSound
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from threadpoolctl import threadpool_limits

from prankfilter.errors import BadInput
from prankfilter.vocabulary import Label
from tests.training.logs import written

EARS = shipped_ears(Path(__file__).parents[2] / "models").without_child()
NAMES = [feature.name for feature in SOUND_COLUMNS]


@pytest.fixture(scope="module")
def bank() -> pd.DataFrame:
    return read_bank()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return written(tmp_path_factory.mktemp("log"), days=60)


def test_it_is_small_and_holds_every_look_of_every_clip(bank: pd.DataFrame) -> None:
    assert SHIPPED.stat().st_size <= 10_000_000
    assert (bank.groupby("key")["look_s"].agg(tuple) == BANK_LOOKS_S).all()
    assert set(bank["group"]) == set(Group)


def test_no_speaker_is_in_two_pools(bank: pd.DataFrame) -> None:
    pools = voices_of(bank)
    speakers = [{name for group in pool.clips.values() for name in group} for pool in pools.values()]
    assert len(pools) == 3
    assert not speakers[0] & speakers[1]
    assert not speakers[0] & speakers[2]
    assert not speakers[1] & speakers[2]
    assert sum(map(len, speakers)) == bank["speaker"].nunique()


@pytest.mark.parametrize("group", [Group.ADULT, Group.CHILD, Group.SILENCE, Group.KEYS])
def test_every_pool_has_every_voice(bank: pd.DataFrame, group: Group) -> None:
    assert all(len(pool.speakers(group)) >= 4 for pool in voices_of(bank).values())


def test_level_and_noise_do_not_tell_age(bank: pd.DataFrame) -> None:
    spoken = bank[(bank["look_s"] == 10.0) & bank["group"].isin([Group.ADULT, Group.CHILD])]
    child = spoken["group"] == Group.CHILD
    for column in ("speech_level_db", "noise_floor_db", "loudest_db"):
        known = spoken[column].notna()
        auc = roc_auc_score(child[known], spoken.loc[known, column])
        assert 0.4 < auc < 0.6, column


@pytest.mark.parametrize("group", [Group.SILENCE, Group.KEYS, Group.SIGNAL, Group.TEXT_TELEPHONE])
def test_it_is_what_the_front_end_measures_today(bank: pd.DataFrame, group: Group) -> None:
    """Clips made without any recording are made again; a change of the front end asks for a new bank."""
    synthetic = bank[(bank["group"] == group) & ~bank["line"].str.contains("babble")]
    for key in synthetic["key"].unique()[:4]:
        clip = Clip(key, key.split("/")[1], group, "", ())
        again = measure(make(clip, SEED, np.empty(0, np.float32)).samples, EARS).values
        rows = synthetic[synthetic["key"] == key]
        again[:, CHILD_VOICE] = rows[NAMES[CHILD_VOICE]]
        np.testing.assert_allclose(rows[NAMES].to_numpy(), again, rtol=1e-3, atol=1e-3)


def test_silence_is_silent_and_adults_speak(bank: pd.DataFrame) -> None:
    babble = bank["line"].str.contains("babble") & (bank["group"] == Group.SILENCE)
    at = bank[(bank["look_s"] == 10.0) & ~babble].groupby("group")["silent"].mean()
    assert at[Group.SILENCE] > 0.98
    assert at[Group.ADULT] < 0.02


def test_sound_alone_cannot_tell_adults_of_one_label_from_those_of_another(
    log: Log, bank: pd.DataFrame
) -> None:
    """Genuine, information, joke and false-report adults come from one pool: AUC 0.5 within chance."""
    source = BankSound(bank)
    chosen = {Label.GENUINE, Label.JOKE_OR_ABUSE}
    calls = [
        call for call in log.calls if call.label in chosen and (call.bank_key or "").startswith("adult/")
    ]
    calls = [call for call in calls if (call.audio_s or 0) >= 5.0 and call.record.caller]
    values = np.array([source.of(call).values[2] for call in calls])  # type: ignore[union-attr]
    joke = np.array([call.label is Label.JOKE_OR_ABUSE for call in calls])
    callers = np.unique([call.record.caller for call in calls], return_inverse=True)[1]
    forest = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=8, random_state=0)
    with threadpool_limits(limits=1):
        said = cross_val_predict(
            forest, values, joke, groups=callers, cv=GroupKFold(5), method="predict_proba"
        )[:, 1]
    assert len(joke) > 500
    assert roc_auc_score(joke, said) == pytest.approx(0.5, abs=0.06)


def test_a_caller_keeps_the_speakers_of_one_household(log: Log) -> None:
    heard: dict[str, set[str]] = {}
    for call in log.calls:
        if call.record.caller and (call.bank_key or "").startswith("adult/"):
            heard.setdefault(call.record.caller, set()).add((call.bank_key or "").split("/")[1])
    assert max(map(len, heard.values())) == 2


def test_calls_as_long_as_they_lived_and_no_longer(log: Log, bank: pd.DataFrame) -> None:
    source = BankSound(bank)
    for call in log.calls[:500]:
        sound = source.of(call)
        looks = sum(look_s <= (call.audio_s or 0) for look_s in (1.0, 3.0, 5.0, 10.0))
        assert (0 if sound is None else len(sound.values)) == (looks if call.bank_key else 0)


def test_a_bank_of_other_features_is_refused(bank: pd.DataFrame, tmp_path: object) -> None:
    other = bank.head(5).copy()
    other.attrs = {"sound_columns": "of another day"}
    path = tmp_path / "bank.parquet"  # type: ignore[operator]
    other.to_parquet(path)
    with pytest.raises(BadInput, match="was measured with other features of sound; build it anew"):
        read_bank(path)


@pytest.mark.parametrize(
    ("age", "group"),
    [(6, Group.CHILD), (9, Group.CHILD), (10, Group.YOUTH), (17, Group.YOUTH), (18, Group.ADULT)],
)
def test_ages(age: int, group: Group) -> None:
    assert age_group(age) is group


def test_a_speaker_has_several_clips_and_a_sound_one(tmp_path: object) -> None:
    voice = Recording(tmp_path / "a.opus", "s1", Group.ADULT, "f")  # type: ignore[operator]
    rain = Recording(tmp_path / "b.opus", "rain-1", Group.ROOM)  # type: ignore[operator]
    clips = plan([voice, rain])
    assert sum(clip.speaker == "s1" for clip in clips) == 6
    assert sum(clip.speaker == "rain-1" for clip in clips) == 1
    assert len({clip.key for clip in clips}) == len(clips)
