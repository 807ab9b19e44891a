"""A model learned from recordings: the same however they were listened to, and it tells what it rests on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from prankfilter_training.fitting.recipe import read_recipe
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.table import Log
from prankfilter_training.sound.choice import sound_of_log
from prankfilter_training.sound.extract import Extraction, extract
from prankfilter_training.sound.features_file import NAME, write_features
from prankfilter_training.sound.recordings import recorded
from prankfilter_training.training import Trained, train

from prankfilter.vocabulary import AudioCapture, Label
from tests import sounds
from tests.builders import NOW
from tests.training.logs import log_of, logged, record_calls

EARS = dataclasses.replace(sounds.ears(child_log_odds=-1.0), digest="0123456789abcdef")
LABELS = (Label.GENUINE, Label.JOKE_OR_ABUSE, Label.CHILD_PLAY)
CALLS = 90


def recordings_log(folder: Path) -> Log:
    """Three kinds of call, some hours apart, each caller once; at the end, calls that teach nothing."""
    calls = [
        _at(call, place, LABELS[place % len(LABELS)])
        for place, call in enumerate(record_calls(folder, CALLS))
    ]
    minutes = 240.0 * CALLS
    calls += [
        logged(minutes=minutes + 1, record={"priority": "psap-callback"}),
        logged(Label.ABANDONED, minutes=minutes + 2, answered_at=None, duration_s=None),
        logged(Label.UNKNOWN, minutes=minutes + 3),
        logged(Label.GENUINE, minutes=minutes + 4, advice_shown=True),
    ]
    return log_of(calls)


def _at(call: LoggedCall, place: int, label: Label) -> LoggedCall:
    other = logged(label, minutes=240.0 * place, audio_path=call.audio_path, row=call.row)
    capture = AudioCapture.MIXED if place == 0 else AudioCapture.CALLER_BEFORE_ANSWER
    record = dataclasses.replace(other.record, caller=f"caller-{place}", audio_capture=capture)
    return dataclasses.replace(other, record=record)


def fitted(log: Log, folder: Path, *, models: str, cache: str = "cache") -> Trained:
    how = Extraction(cache=folder / cache)
    return train(
        log,
        sound_of_log(log, folder=folder, audio_root=folder, ears=EARS, how=how),
        dataclasses.replace(read_recipe()[0], rounds=2, min_samples_leaf=5, least_calls=5),
        {"rounds": 2},
        ears=EARS,
        models=folder / models,
        sign=None,
        created_at=NOW,
        described_as="a test",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log")


@pytest.fixture(scope="module")
def log(folder: Path) -> Log:
    return recordings_log(folder)


@pytest.fixture(scope="module")
def model(log: Log, folder: Path) -> Trained:
    return fitted(log, folder, models="first")


def test_cached_or_not_or_from_numbers_it_is_one_model(log: Log, folder: Path, model: Trained) -> None:
    assert any(feature.name == "pitch_median_hz" for feature in model.model.features)
    cached = fitted(log, folder, models="cached")
    assert cached.model.model_id == model.model.model_id
    assert (cached.folder / "arrays.npz").read_bytes() == (model.folder / "arrays.npz").read_bytes()
    heard = extract(recorded(log), folder, EARS, Extraction(cache=folder / "cache"))
    elsewhere = folder / "numbers only"
    elsewhere.mkdir()
    write_features(elsewhere / NAME, heard, EARS)
    assert fitted(log, elsewhere, models="numbers").model.model_id == model.model.model_id


def test_every_call_is_accounted_for(log: Log, model: Trained) -> None:
    account = model.account
    taught = [count for of in account.taught.values() for count in of.values()]
    assert sum(taught) + sum(account.left_out.values()) == account.calls == len(log.calls)
    assert {
        kind: sum(of.values()) for kind, of in account.taught.items() if sum(of.values())
    } == dict.fromkeys(map(str, LABELS), CALLS // len(LABELS))
    assert dict(account.left_out) == {
        "call-back of the centre": 1,
        "never answered": 1,
        "labelled after seeing a score": 1,
        "not labelled, or unknown": 1,
    }
    assert (account.with_sound, account.other_sound) == (CALLS - 1, 1)


def test_people_are_told_in_words(model: Trained) -> None:
    lines = model.account.as_text().splitlines()
    assert lines[0] == "90 of 94 calls, 89 of them with sound:"
    assert lines[1].split() == ["kind", "fit", "calibrate", "evaluate", "reserved", "dropped"]
    assert "left out: 1 calls, never answered" in lines
    assert lines[-1] == "sound of 1 calls was not used: audio_capture is not caller_before_answer"
