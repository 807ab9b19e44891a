"""Heads for other sounds: nothing is heard twice, alarms keep to their share, and serving says the same."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from prankfilter_training.other_sounds import clips, heads, report, sources
from prankfilter_training.other_sounds.clips import Clip, make, mixed, plan
from prankfilter_training.other_sounds.heads import CONTENT_OF, fit_with_threshold, loudest, nested
from prankfilter_training.other_sounds.seconds import Seconds, measure
from prankfilter_training.other_sounds.sources import BABY_CRY, FOLDS, SPEECH, Source, read_sources

from prankfilter.audio.sounds import heads_of, judge_second
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.bundle.sound_arrays import VALUES, sounds_fault
from prankfilter.errors import BadInput
from tests.sounds import RATE_HZ, ears, line_noise, voice

PHONES = [f"{number:08d}-1111-2222-3333-444444444444" for number in range(12)]


@pytest.fixture
def audio_root(tmp_path: Path) -> Path:
    """Tables whose recordings nobody opens."""
    tables = {
        "speechocean762": (
            "file,speaker,age,gender",
            [f"s/{n}.opus,{n % 20},{5 + n % 20},f" for n in range(40)],
        ),
        "fsdd": ("file,speaker", ["f/a_0.opus,a", "f/a_1.opus,a", "f/b_0.opus,b"]),
        "esc10": ("file,sound,fold", [f"e/{n}-{n}-A.opus,Baby cry,{n}" for n in range(1, 6)]),
        "donateacry": ("file,sound", [f"d/{PHONES[n % 12]}-{n}-m.opus,crying_baby" for n in range(36)]),
    }
    for name, (columns, rows) in tables.items():
        (tmp_path / f"{name}.csv").write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    return tmp_path


class TestSources:
    def test_nothing_of_a_group_is_in_two_folds(self, audio_root: Path) -> None:
        found = read_sources(audio_root, None)
        folds: dict[str, set[int]] = {}
        for source in found:
            folds.setdefault(source.group, set()).add(source.fold)
        assert {len(of_group) for of_group in folds.values()} == {1}
        assert {source.fold for source in found if source.content == BABY_CRY} == set(range(FOLDS))

    def test_a_telephone_that_recorded_three_times_is_one_group(self, audio_root: Path) -> None:
        babies = [one for one in read_sources(audio_root, None) if one.group.startswith("donateacry")]
        assert len(babies) == 36
        assert len({one.group for one in babies}) == 12

    def test_speakers_are_told_apart_by_age_and_sex(self, audio_root: Path) -> None:
        speech = {one.content for one in read_sources(audio_root, None) if one.content in SPEECH}
        assert speech == set(SPEECH)

    def test_music_of_too_few_authors_is_refused(self, audio_root: Path, tmp_path: Path) -> None:
        (tmp_path / "music" / "one").mkdir(parents=True)
        (tmp_path / "music" / "one" / "song.wav").touch()
        (tmp_path / "music" / "nothing").mkdir()
        with pytest.raises(BadInput, match="1 authors"):
            read_sources(audio_root, tmp_path / "music")

    def test_a_folder_without_tables_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match=r"donateacry\.csv"):
            read_sources(tmp_path, None)

    def test_who_speaks_over_a_cry_is_of_its_fold(self, audio_root: Path) -> None:
        spoken = [clip for clip in plan(read_sources(audio_root, None)) if clip.voice is not None]
        assert spoken
        assert all(clip.voice is not None and clip.voice.fold == clip.source.fold for clip in spoken)


class TestClips:
    def test_one_key_makes_one_sound(self) -> None:
        clip = Clip("telephone keys/7/0", Source(sources.KEYS, "keys 7", 2))
        babble = voice(12.0)
        one, again = make(clip, 1, babble), make(clip, 1, babble)
        np.testing.assert_array_equal(one.samples, again.samples)
        assert one.line == again.line
        assert one.samples.shape == (round(clips.CLIP_S * RATE_HZ),)

    @pytest.mark.parametrize("level_db", [-10.0, 0.0, 5.0])
    def test_a_sound_lies_so_far_below_its_voice(self, level_db: float) -> None:
        sound, spoken = line_noise(2.0, level=0.3), voice(2.0)
        under = mixed(sound, spoken, level_db) - spoken
        ratio = np.sqrt(np.mean(np.square(under)) / np.mean(np.square(spoken)))
        assert 20 * np.log10(ratio) == pytest.approx(level_db, abs=0.1)

    def test_the_service_says_of_a_clip_what_training_says(self) -> None:
        clip = Clip("telephone keys/7/0", Source(sources.KEYS, "keys 7", 2))
        rows = measure(clip, 0, ears(), voice(12.0))
        head = {**heads.fit_head(fabricated(), BABY_CRY), "threshold": np.array([0.7])}
        hearing = Ears(
            "x", ears().mel_bank, None, {f"baby_cry.{name}": array for name, array in head.items()}
        )
        tracks = Tracks(hearing)
        tracks.feed(make(clip, 112, voice(12.0)).samples)
        said = np.concatenate([step.sounds["baby_cry"] for step in tracks.steps])
        np.testing.assert_allclose(said, heads.log_odds(head, rows) - 0.7, rtol=1e-9)
        spectra = tracks.steps[0].spectra
        again = judge_second(heads_of(hearing), spectra.log_mel, tracks.steps[0].pitch_hz, spectra.level_db)
        assert again["baby_cry"][0] == said[0]


def fabricated(*, clips_a_fold: int = 24, apart: float = 1.0, seed: int = 5) -> Seconds:
    """Seconds of cries and of four kinds of speech that lie so far apart in some of their numbers."""
    rng = np.random.default_rng(seed)
    clip = np.repeat(np.arange(FOLDS * clips_a_fold), 4)
    content = np.array([BABY_CRY, *SPEECH, "rain"])[clip % 6]
    vectors = rng.standard_normal((len(clip), VALUES))
    vectors[:, :12] += apart * (content == BABY_CRY)[:, None]
    vectors[rng.random(len(clip)) < 0.1, -9:] = np.nan
    return Seconds(
        vectors=vectors,
        quiet=rng.random(len(clip)) < 0.05,
        active=np.ones(len(clip), np.bool_),
        clip=clip,
        second=np.tile(np.arange(4), FOLDS * clips_a_fold),
        fold=clip // clips_a_fold,
        content=content,
        group=np.array([f"group {number}" for number in clip]),
        codec=np.where(clip % 2, "a_law", "gsm"),
        spoken=clip % 12 == 0,
        snr_db=(8 + clip % 22).astype(np.float64),
    )


class TestHeads:
    def test_are_what_a_bundle_takes(self) -> None:
        head = fit_with_threshold(fabricated(), BABY_CRY)
        assert sounds_fault({f"baby_cry.{name}": array for name, array in head.items()}) is None
        assert set(CONTENT_OF) == {"baby_cry", "music"}

    def test_find_what_lies_apart_and_keep_to_their_share_of_alarms(self) -> None:
        rows = fabricated(clips_a_fold=36, apart=2.0)
        odds = nested(rows, BABY_CRY)
        heard = loudest(rows, odds) > 0
        content = rows.content[rows.second == 0]
        assert heard[content == BABY_CRY].mean() > 0.9
        assert heard[np.isin(content, SPEECH)].mean() <= 0.05

    def test_what_a_fold_holds_does_not_change_how_it_is_judged(self) -> None:
        """Other labels in one fold: its own judgement stays, that of the others moves."""
        rows = fabricated(clips_a_fold=12)
        here = rows.fold == 2
        swapped = np.where(here, np.where(rows.content == BABY_CRY, "rain", BABY_CRY), rows.content)
        before, after = nested(rows, BABY_CRY), nested(dataclasses.replace(rows, content=swapped), BABY_CRY)
        np.testing.assert_array_equal(before[here], after[here])
        assert (before[~here] != after[~here]).any()

    def test_fits_are_kept_and_music_that_was_not_there_has_no_head(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = fabricated(clips_a_fold=12)
        first = heads.fit_sound_heads(rows, tmp_path)
        assert {name.partition(".")[0] for name in first.heads} == {"baby_cry"}
        assert sounds_fault(first.heads) is None
        np.testing.assert_array_equal(first.held_out[BABY_CRY], nested(rows, BABY_CRY))
        monkeypatch.setattr(heads, "fit_head", None)
        again = heads.fit_sound_heads(rows, tmp_path)
        np.testing.assert_array_equal(again.held_out[BABY_CRY], first.held_out[BABY_CRY])
        np.testing.assert_array_equal(again.heads["baby_cry.weights"], first.heads["baby_cry.weights"])

    def test_a_quiet_second_holds_nothing(self) -> None:
        rows = fabricated(clips_a_fold=12)
        assert np.isneginf(nested(rows, BABY_CRY)[rows.quiet]).all()

    def test_the_loudest_second_of_a_clip_counts_within_the_time_given(self) -> None:
        rows = fabricated(clips_a_fold=12)
        odds = np.tile([0.0, 3.0, 1.0, 5.0], len(rows.clip) // 4)
        assert set(loudest(rows, odds)) == {5.0}
        assert set(loudest(rows, odds, within_s=3)) == {3.0}


def test_the_report_counts_clips_and_sources() -> None:
    rows = fabricated(clips_a_fold=12)
    odds = np.where(rows.content == BABY_CRY, 1.0, -1.0)
    odds = np.where((rows.content == "rain") & (rows.second == 0), 1.0, odds)
    said = report.report(rows, odds, BABY_CRY)
    assert said.auc_speech.value == 1.0
    assert said.auc_all.value == pytest.approx(0.9)
    alarms = {share.what: share for share in said.alarms}
    assert (alarms["rain"].value, alarms["woman"].value) == (1.0, 0.0)
    found = {share.what: share for share in said.found}
    assert found["1 s, alone"].value == 1.0
    assert found["10 s, gsm"].clips + found["10 s, a_law"].clips == 10
    assert (found["10 s, alone"].clips, found["10 s, under speech"].clips) == (5, 5)
    assert found["10 s, alone"].groups == 5
    assert all(share.low <= share.value <= share.high for share in said.alarms)
