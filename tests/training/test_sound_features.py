"""``audio_features.parquet`` stands for sound, comes first, and is refused where it may mean other things."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from prankfilter_training.bank.table import read_bank
from prankfilter_training.commands import sound as command
from prankfilter_training.commands import sound_options
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.sound.choice import LogSound, sound_of_log
from prankfilter_training.sound.extract import Extraction
from prankfilter_training.sound.features_file import NAME, read_features, sound_digest, write_features
from prankfilter_training.sound.source import NOTHING_HEARD, SOUND_COLUMNS, BankSound, CallSound

from prankfilter.errors import BadInput
from prankfilter.vocabulary import LOOKS_S
from tests import sounds
from tests.training.logs import log_of, logged, record_calls, same_sound

EARS = sounds.ears(child_log_odds=-1.0)


def some_sound(looks: int, *, seed: int = 1) -> CallSound:
    """Values within the range of each column, some unknown."""
    rng = np.random.default_rng(seed)
    low = [feature.low for feature in SOUND_COLUMNS]
    high = [feature.high for feature in SOUND_COLUMNS]
    values = rng.uniform(low, high, (looks, len(SOUND_COLUMNS)))
    values[rng.random(values.shape) < 0.2] = np.nan
    return CallSound(values, rng.random(looks) < 0.5)


def told(folder: Path, told_of: Mapping[str, CallSound]) -> dict[str, CallSound]:
    path = folder / NAME
    write_features(path, told_of, EARS)
    return read_features(path, ears=EARS, call_ids=pl.Series(list(told_of), dtype=pl.String))


def test_what_is_written_is_read_again_to_the_last_bit(tmp_path: Path) -> None:
    written = {f"c{looks}": some_sound(looks, seed=looks) for looks in (4, 1, 3, 2)} | {"none": NOTHING_HEARD}
    again = told(tmp_path, written)
    assert set(again) == set(written)
    assert all(same_sound(again[call_id], sound) for call_id, sound in written.items())
    table = pl.read_parquet(tmp_path / NAME)
    assert table.filter(call_id="c3")["look_s"].to_list() == [1.0, 3.0, 5.0]
    assert table.filter(call_id="none")["look_s"].to_list() == [0.0]
    assert table["digest"].unique().to_list() == [sound_digest()]
    assert not list(tmp_path.glob(".*"))


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    written = {"a": some_sound(4, seed=1), "b": some_sound(2, seed=2)}
    write_features(tmp_path / NAME, written, EARS)
    pl.read_parquet(tmp_path / NAME).sample(fraction=1.0, shuffle=True, seed=3).write_parquet(tmp_path / NAME)
    again = read_features(tmp_path / NAME, ears=EARS, call_ids=pl.Series(["a", "b"]))
    assert all(same_sound(again[call_id], sound) for call_id, sound in written.items())


PITCH = pl.col("pitch_median_hz")
REFUSED: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], str]] = {
    "another digest": (
        lambda table: table.with_columns(digest=pl.lit("0123abcd")),
        rf"other features of sound: it says 0123abcd, here they are {sound_digest()}; measure .* sound`",
    ),
    "other ears": (
        lambda table: table.with_columns(ears=pl.lit("other-ears")),
        r"other ears: it says other-ears, here they are plain-ears; measure the recordings anew",
    ),
    "an unknown call": (
        lambda table: table.with_columns(call_id=pl.col("call_id").replace("b", "stranger")),
        r"call_id stranger: the log has no such calls",
    ),
    "a missing look": (
        lambda table: table.filter((pl.col("call_id") != "a") | (pl.col("look_s") != LOOKS_S[1])),
        r"call_id a: their rows must be the looks 1, 3, 5, 10 from the first on",
    ),
    "a look that nobody uses": (
        lambda table: table.with_columns(look_s=pl.col("look_s").replace(LOOKS_S[3], 30.0)),
        r"call_id a: their rows must be the looks",
    ),
    "a look twice": (
        lambda table: pl.concat([table, table.head(1)]),
        r"call_id a: their rows must be the looks",
    ),
    "too short, and yet heard": (
        lambda table: pl.concat([table, table.head(1).with_columns(look_s=pl.lit(0.0))]),
        r"call_id a: their rows must be the looks",
    ),
    "no such sound": (
        lambda table: table.with_columns(
            pitch_median_hz=pl.when(call_id=pl.lit("b")).then(9e3).otherwise(PITCH)
        ),
        r"call_id b: pitch_median_hz must lie between 60 and 500",
    ),
    "an infinity": (
        lambda table: table.with_columns(pitch_median_hz=pl.lit(float("inf"))),
        r"call_id a, b: pitch_median_hz must lie",
    ),
    "silence unknown": (
        lambda table: table.with_columns(silent=pl.lit(None, pl.Boolean)),
        r"call_id a, b: silent is missing",
    ),
    "a column less": (lambda table: table.drop("speech_s"), r"lacks speech_s; measure the recordings anew"),
    "a column more": (lambda table: table.with_columns(mood=pl.lit(1.0)), r"has unknown columns mood"),
    "text for a number": (
        lambda table: table.with_columns(speech_s=pl.lit("much")),
        r"holds values of another type",
    ),
    "a call without its id": (
        lambda table: table.with_columns(call_id=pl.lit(None, pl.String)),
        r"has rows without call_id or look_s",
    ),
}


@pytest.mark.parametrize(("changed", "message"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with(
    tmp_path: Path, changed: Callable[[pl.DataFrame], pl.DataFrame], message: str
) -> None:
    path = tmp_path / NAME
    write_features(path, {"a": some_sound(4), "b": some_sound(2)}, EARS)
    changed(pl.read_parquet(path)).write_parquet(path)
    with pytest.raises(BadInput, match=message):
        read_features(path, ears=EARS, call_ids=pl.Series(["a", "b"]))


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"PAR1 no table")
    with pytest.raises(BadInput, match=r"cannot be read as Parquet; restore it, or measure"):
        read_features(tmp_path / NAME, ears=EARS, call_ids=pl.Series(["a"]))


class TestWhichSourceSpeaks:
    """The table first, then recordings, then the feature bank; call by call."""

    @pytest.fixture
    def calls(self, tmp_path: Path) -> list[LoggedCall]:
        key = str(read_bank()["key"].iloc[0])
        first, second = record_calls(tmp_path, 2)
        both = logged(minutes=10, audio_path=second.audio_path, bank_key=key, audio_s=4.0, row=10)
        clip = logged(minutes=11, bank_key=key, audio_s=4.0, row=11)
        return [first, second, both, clip, logged(minutes=12, row=12)]

    def sound(self, calls: list[LoggedCall], folder: Path, *, audio: bool = True) -> LogSound:
        how = Extraction(cache=folder / "cache")
        root = folder if audio else None
        return sound_of_log(log_of(calls), folder=folder, audio_root=root, ears=EARS, how=how)

    def test_a_mixture(self, tmp_path: Path, calls: list[LoggedCall]) -> None:
        numbers = {calls[0].record.call_id: some_sound(4)}
        write_features(tmp_path / NAME, numbers, EARS)
        (tmp_path / str(calls[0].audio_path)).unlink()
        found = self.sound(calls, tmp_path)
        of = [found.of(call) for call in calls]
        assert same_sound(of[0], numbers[calls[0].record.call_id])
        assert of[1] is not None
        assert same_sound(of[2], of[1])
        assert same_sound(of[3], BankSound(read_bank()).of(calls[3]))
        assert of[3] is not None
        assert of[4] is None
        assert found.counts.as_text() == (
            "sound of 1 calls from audio_features.parquet, 2 from recordings, 1 from the feature bank; "
            "1 calls without"
        )

    def test_a_call_that_was_heard_in_vain_is_not_sought_elsewhere(
        self, tmp_path: Path, calls: list[LoggedCall]
    ) -> None:
        write_features(tmp_path / NAME, {calls[2].record.call_id: NOTHING_HEARD}, EARS)
        assert self.sound(calls, tmp_path).of(calls[2]) is None

    def test_without_a_folder_of_recordings_none_is_opened(
        self, tmp_path: Path, calls: list[LoggedCall]
    ) -> None:
        found = self.sound(calls, tmp_path, audio=False)
        assert (found.counts.recordings, found.counts.bank, found.counts.none) == (0, 2, 3)

    def test_a_clip_that_the_bank_does_not_have_is_named_with_its_row(self, tmp_path: Path) -> None:
        call = logged(bank_key="adult/nobody/0", row=17)
        with pytest.raises(BadInput, match=r"row 17: bank_key: adult/nobody/0 is no clip"):
            self.sound([call], tmp_path).of(call)


class TestOptions:
    def options(self, *arguments: str) -> argparse.Namespace:
        parser = argparse.ArgumentParser()
        sound_options.arguments(parser)
        return parser.parse_args(arguments)

    def test_workers_and_a_cluster_exclude_each_other(self) -> None:
        with pytest.raises(SystemExit):
            self.options("--workers", "2", "--cluster", "tcp://127.0.0.1:8786")

    def test_a_cluster_without_its_extra_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sound_options.importlib.util, "find_spec", lambda _: None)
        with pytest.raises(BadInput, match=r"--cluster needs Dask: pip install 'prankfilter\["):
            sound_options.extraction(self.options("--cluster", "tcp://127.0.0.1:8786"))


class TestCommand:
    def test_a_log_without_recordings_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="no call of the log names a recording; give audio_path"):
            command.must_be_of_use(pl.DataFrame(schema={"call_id": pl.String}), tmp_path / NAME)

    def test_numbers_of_calls_that_are_gone_are_not_lost(self, tmp_path: Path) -> None:
        write_features(tmp_path / NAME, {"a": some_sound(2), "old": some_sound(1)}, EARS)
        with pytest.raises(BadInput, match="tells of 1 calls whose recordings this log does not name"):
            command.must_be_of_use(pl.DataFrame({"call_id": ["a"]}), tmp_path / NAME)
        command.must_be_of_use(pl.DataFrame({"call_id": ["a", "old", "new"]}), tmp_path / NAME)

    def test_a_folder_that_cannot_be_written_is_told_first(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="cannot be written; give another file with --out"):
            command.must_be_of_use(pl.DataFrame({"call_id": ["a"]}), tmp_path / "gone" / NAME)
