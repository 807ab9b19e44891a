"""The child-voice head: arithmetic by hand, and what must not matter to it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.audio.child import (
    LEAST_SPEECH_S,
    MELS,
    VECTOR_LENGTH,
    child_vector,
    child_voice_probability,
)
from prankfilter.audio.heard import Heard
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from tests.builders import heard_look
from tests.sounds import ears, line_noise, voice


def heard(sound: NDArray[np.float32]) -> Heard:
    tracks = Tracks(ears())
    tracks.feed(sound)
    return tracks.at(tracks.seconds)


def ears_with(**arrays: Any) -> Ears:
    """Ears whose head has these arrays, and otherwise says even odds."""
    plain = {
        "mean": np.zeros(VECTOR_LENGTH),
        "scale": np.ones(VECTOR_LENGTH),
        "weights": np.zeros(VECTOR_LENGTH),
        "bias": np.zeros(1),
    }
    head = {name: np.asarray(array, np.float64) for name, array in (plain | arrays).items()}
    return Ears("test", ears().mel_bank, head)


class TestVector:
    def test_holds_what_it_says(self) -> None:
        look = heard_look(5.0, speech_s=2.0)
        bands = np.random.default_rng(1).normal(-60, 10, look.log_mel.shape).astype(np.float32)
        look = heard_look(5.0, speech_s=2.0, log_mel=bands)
        vector = child_vector(look)
        spoken = bands[look.speech] - bands[look.speech].mean()
        expected = [
            spoken.mean(axis=0),
            spoken.std(axis=0),
            np.abs(spoken[4:] - spoken[:-4]).mean(axis=0),
            *np.quantile(spoken, (0.1, 0.5, 0.9), axis=0, method="nearest"),
        ]
        assert vector.shape == (VECTOR_LENGTH,)
        assert vector.dtype == np.float64
        np.testing.assert_allclose(vector[: 6 * MELS], np.concatenate(expected), atol=1e-3)
        semitones = 12 * math.log2(120 / 60)
        np.testing.assert_allclose(vector[6 * MELS :], [semitones, 0, *[semitones] * 5, 1.0], atol=1e-6)

    @given(st.floats(-40, 20))
    @settings(max_examples=10)
    def test_does_not_know_the_gain(self, gain_db: float) -> None:
        bands = np.random.default_rng(1).normal(-50, 10, (498, 40)).astype(np.float32)
        plain, louder = (heard_look(5.0, log_mel=mel) for mel in (bands, bands + np.float32(gain_db)))
        np.testing.assert_allclose(child_vector(louder), child_vector(plain), atol=1e-3)

    def test_looks_at_speech_only(self) -> None:
        look = heard_look(5.0, speech_s=2.0)
        noisy = look.log_mel.copy()
        noisy[~look.speech] += 40
        np.testing.assert_array_equal(
            child_vector(heard_look(5.0, speech_s=2.0, log_mel=noisy)), child_vector(look)
        )

    def test_without_pitch_only_pitch_is_unknown(self) -> None:
        look = heard_look(5.0)
        vector = child_vector(heard_look(5.0, pitch_hz=np.full_like(look.pitch_hz, np.nan)))
        assert np.isnan(vector).sum() == 7
        assert vector[-1] == 0.0

    @pytest.mark.parametrize(
        "look", [heard_look(None), heard_look(1.0, speech_s=0.0), heard_look(5.0, speech_s=0.24)]
    )
    def test_is_unknown_with_too_little_speech(self, look: Heard) -> None:
        assert np.isnan(child_vector(look)).all()


class TestProbability:
    def test_is_the_logistic_function_of_the_standardised_vector(self) -> None:
        look = heard(voice(3.0))
        random = np.random.default_rng(2)
        mean, scale = random.normal(size=VECTOR_LENGTH), random.uniform(1, 2, VECTOR_LENGTH)
        weights = random.normal(scale=1e-3, size=VECTOR_LENGTH)
        log_odds = float(((child_vector(look) - mean) / scale) @ weights) + 0.3
        found = child_voice_probability(look, ears_with(mean=mean, scale=scale, weights=weights, bias=[0.3]))
        assert found == pytest.approx(1 / (1 + math.exp(-log_odds)))
        assert 0.05 < found < 0.95

    def test_what_is_unknown_counts_as_the_mean(self) -> None:
        look = heard_look(5.0, pitch_hz=np.full_like(heard_look(5.0).pitch_hz, np.nan))
        weights = np.zeros(VECTOR_LENGTH)
        weights[-8:-1] = 100.0
        assert child_voice_probability(look, ears_with(weights=weights)) == 0.5

    @pytest.mark.parametrize(
        ("speech_s", "log_odds"), [(0.5, 1.0), (1.0, 1.0), (2.0, 2.5), (3.0, 4.0), (4.5, 4.0)]
    )
    def test_is_trusted_by_how_much_was_said(self, speech_s: float, log_odds: float) -> None:
        """Between 1 s (slope 1, offset -1) and 3 s (slope 2, offset 0) of speech it is interpolated."""
        calibrated = ears_with(
            bias=[2.0], calibration_s=[1.0, 3.0], calibration_slope=[1.0, 2.0], calibration_offset=[-1.0, 0.0]
        )
        found = child_voice_probability(heard_look(5.0, speech_s=speech_s), calibrated)
        assert math.log(found / (1 - found)) == pytest.approx(log_odds)

    @pytest.mark.parametrize(("bias", "probability"), [(-1e9, 0.0), (1e9, 1.0)])
    def test_does_not_overflow(self, bias: float, probability: float) -> None:
        assert child_voice_probability(heard_look(5.0), ears_with(bias=[bias])) == pytest.approx(probability)

    def test_is_unknown_where_the_inference_is_off(self) -> None:
        assert math.isnan(child_voice_probability(heard_look(5.0), ears_with().without_child()))

    def test_is_unknown_with_too_little_speech(self) -> None:
        assert math.isnan(child_voice_probability(heard_look(5.0, speech_s=0.24), ears_with()))
        assert not math.isnan(child_voice_probability(heard_look(5.0, speech_s=LEAST_SPEECH_S), ears_with()))

    def test_is_unknown_where_nobody_speaks(self) -> None:
        assert math.isnan(child_voice_probability(heard(line_noise(5.0)), ears_with()))
