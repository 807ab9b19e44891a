"""The features of sound: known answers, places, and values that change only with their version."""

from __future__ import annotations

import json
import math
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.features.sound import SOUND_FEATURES
from prankfilter.vocabulary import Moment
from tests.builders import evidence, heard_look
from tests.golden.sound_cases import FILE, SOUNDS, golden, heard, same
from tests.sounds import keys, line_noise, silence, text_telephone, tone, voice

ROWS = {feature.name: feature for feature in SOUND_FEATURES}
KEPT = json.loads(FILE.read_text(encoding="utf-8"))

every_row = pytest.mark.parametrize("feature", SOUND_FEATURES, ids=lambda feature: feature.name)


@cache
def computed() -> dict[str, dict[str, float | None]]:
    return golden()


def value(name: str, sound: NDArray[np.float32]) -> float:
    return ROWS[name].compute(heard(sound))


@every_row
class TestEveryRow:
    def test_is_a_row_of_sound(self, feature: Feature) -> None:
        assert (feature.source, feature.known_from) == (Source.SOUND, Moment.AUDIO)

    def test_is_unknown_where_nothing_was_heard(self, feature: Feature) -> None:
        for look in (evidence(), evidence(heard=heard_look(None))):
            assert math.isnan(feature.compute(look))
            assert feature.where is None or feature.where(look) is None

    def test_keeps_its_values_while_it_keeps_its_version(self, feature: Feature) -> None:
        """Raise the version, then `python -m tests.golden.sound_cases`; models must be fitted anew."""
        assert KEPT["versions"].get(feature.name) == feature.version
        now = computed()
        for case, row in KEPT["values"].items():
            assert same(now[case][feature.name], row[feature.name]), f"{case}: {now[case][feature.name]}"

    def test_golden_values_are_more_than_one(self, feature: Feature) -> None:
        assert len({row[feature.name] for row in KEPT["values"].values()} - {None}) > 1


def test_there_are_enough_rows_to_choose_from() -> None:
    assert len(SOUND_FEATURES) >= 22
    assert list(KEPT["values"]) == list(SOUNDS)


class TestKnownAnswers:
    @pytest.mark.parametrize(
        ("name", "sound", "expected", "within"),
        [
            ("silence_ratio", line_noise(3.0), 1.0, 0),
            ("silence_ratio", tone(1000, 3.0), 0.0, 0),
            ("leading_silence_s", np.concatenate([line_noise(1.5), voice(3.5)]), 1.5, 0.1),
            ("leading_silence_s", silence(5.0), 5.0, 0),
            ("longest_silence_s", np.concatenate([voice(1.0), line_noise(2.0), voice(2.0)]), 2.0, 0.2),
            ("longest_silence_s", line_noise(5.0), 5.0, 0),
            ("longest_silence_s", tone(1000, 3.0), 0.0, 0),
            ("dead_ratio", np.concatenate([silence(1.5), line_noise(1.5)]), 0.5, 0.01),
            ("loudest_db", tone(1000, 3.0, level_db=-12), -12, 0.05),
            ("noise_floor_db", line_noise(3.0), -61, 1),
            ("clipping_ratio", np.tile(np.array([0, 1, -1, 0.5], np.float32), 6000), 0.5, 0.001),
            ("tonality_ratio", np.concatenate([tone(1000, 1.5), line_noise(1.5)]), 0.5, 0.02),
            ("dtmf_s", keys(3.0), 0.6, 0.05),
            ("call_progress_s", np.concatenate([tone(425, 1.0), line_noise(2.0)]), 1.0, 0.05),
            ("text_telephone_s", np.concatenate([text_telephone(1.0), line_noise(2.0)]), 1.0, 0.1),
            ("speech_s", np.concatenate([voice(1.0), line_noise(2.0)]), 1.0, 0.2),
            ("pitch_median_hz", voice(3.0, pitch_hz=250), 250, 15),
            ("syllables_per_s", voice(3.0), 4.0, 0.7),
            ("heard_s", voice(6.5), 5.0, 0),
        ],
    )
    def test_of(self, name: str, sound: NDArray[np.float32], expected: float, within: float) -> None:
        assert value(name, sound) == pytest.approx(expected, abs=within + 1e-6)

    def test_speech_above_noise_falls_as_noise_rises(self) -> None:
        ratios = [
            value("speech_to_noise_db", np.concatenate([line_noise(1.0, level=level), voice(2.0)]) + noise)
            for level in (1e-3, 3e-3, 1e-2)
            for noise in [line_noise(3.0, level=level, seed=3)]
        ]
        assert ratios == sorted(ratios, reverse=True)
        assert ratios[0] - ratios[2] == pytest.approx(20, abs=4)

    def test_pitch_spread_is_that_of_the_glide(self) -> None:
        """The pitch of `voice` is a sine of +-15 %; its quartiles lie at +-10.6 %."""
        expected = 12 * math.log2(1.106 / 0.894)
        assert value("pitch_spread_semitones", voice(10.0)) == pytest.approx(expected, abs=0.5)

    def test_slope_falls_with_the_harmonics(self) -> None:
        """A voice whose harmonics fall as 1/k falls by 6 dB an octave, and by a little more in mel bands."""
        assert -9 < value("slope_db_per_octave", voice(3.0)) < -4

    def test_pauses_are_counted_between_words(self) -> None:
        parts = [voice(0.8), line_noise(0.5)] * 3
        counted = value("pauses_per_s", np.concatenate([*parts, voice(1.1)]))
        assert counted == pytest.approx(3 / 5, abs=0.15)

    @pytest.mark.parametrize("name", [f.name for f in SOUND_FEATURES if f.missing == "Nobody speaks."])
    def test_nobody_speaking_is_unknown_and_not_zero(self, name: str) -> None:
        assert math.isnan(value(name, line_noise(3.0)))
        assert not math.isnan(value(name, voice(3.0)))

    def test_child_voice_is_what_was_found_before(self) -> None:
        row = ROWS["child_voice_probability"]
        assert row.compute(evidence(heard=heard_look(), child_voice_probability=0.7)) == 0.7
        assert math.isnan(row.compute(evidence(heard=heard_look())))


class TestTables:
    def test_seconds_and_shares_agree(self) -> None:
        """Whatever the look, no track lasts longer than the sound."""
        for sound in SOUNDS.values():
            look = heard(sound)
            for feature in SOUND_FEATURES:
                if feature.unit is Unit.SECONDS:
                    assert feature.compute(look) <= ROWS["heard_s"].compute(look)

    def test_no_row_reads_more_than_the_sound(self) -> None:
        """Record and history are withheld; only the child voice comes from beside the tracks."""
        look = heard(voice(3.0))
        bare = Evidence(None, None, look.heard, look.child_voice_probability)  # type: ignore[arg-type]
        for feature in SOUND_FEATURES:
            assert str(feature.compute(bare)) == str(feature.compute(look))
