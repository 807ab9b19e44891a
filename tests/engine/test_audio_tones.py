"""Tones of the network are found where they sound, and neither voices nor noise are taken for them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from prankfilter.audio.heard import HOP_S, Heard
from prankfilter.audio.tones import KEY_HIGH_HZ, KEY_LOW_HZ
from prankfilter.audio.tracks import Tracks
from tests.sounds import RATE_HZ, ears, keyed, line_noise, silence, text_telephone, tone, voice

TONES = ("dtmf", "call_progress", "text_telephone")
BITS = np.random.default_rng(21).integers(0, 2, 900).tolist()
CHARACTER = [0, 1, 0, 1, 1, 0, *[1] * 14]
"""A start bit, five of data, and the mark that is held after it."""


def heard(*parts: NDArray[np.float32], noise: float = 1e-3) -> Heard:
    """Half a second of line, the parts, and the line up to the next whole second but one."""
    sound = np.concatenate([silence(0.5), *parts, silence(1.0)])
    sound = np.concatenate([sound, np.zeros(-len(sound) % RATE_HZ, np.float32)])
    tracks = Tracks(ears())
    tracks.feed(sound + line_noise(len(sound) / RATE_HZ, level=noise))
    return tracks.at(len(sound) / RATE_HZ)


def seconds(track: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(track)) * HOP_S


def key(low_hz: float, high_hz: float, length_s: float, *, twist_db: float = 0.0) -> NDArray[np.float32]:
    return tone(low_hz, length_s) + tone(high_hz, length_s, level_db=-20 + twist_db)


class TestKeys:
    @pytest.mark.parametrize(("low_hz", "high_hz"), [*itertools.product(KEY_LOW_HZ, KEY_HIGH_HZ)])
    @pytest.mark.parametrize("off", [-0.015, 0.0, 0.015])
    def test_each_is_found_within_the_tolerance_of_q24(
        self, low_hz: float, high_hz: float, off: float
    ) -> None:
        look = heard(key(low_hz * (1 + off), high_hz * (1 - off), 0.07))
        assert 0.04 <= seconds(look.dtmf) <= 0.12
        assert not look.speech.any()

    @pytest.mark.parametrize("length_s", [0.04, 0.05, 0.1, 1.0])
    @pytest.mark.parametrize("noise", [1e-3, 1e-2, 3e-2])
    def test_of_any_length(self, length_s: float, noise: float) -> None:
        look = heard(key(770, 1336, length_s), noise=noise)
        assert seconds(look.dtmf) == pytest.approx(length_s, abs=0.04)

    @pytest.mark.parametrize("twist_db", [-8, -4, 4, 8])
    def test_with_a_twist_that_lines_have(self, twist_db: float) -> None:
        assert heard(key(852, 1477, 0.1, twist_db=twist_db)).dtmf.any()

    @pytest.mark.parametrize(
        ("low_hz", "high_hz", "twist_db"),
        [(730, 1270, 0), (697, 1400, 0), (770, 1336, 20), (770, 1336, -20), (770, 2000, 0), (425, 1336, 0)],
    )
    def test_other_pairs_are_none(self, low_hz: float, high_hz: float, twist_db: float) -> None:
        assert not heard(key(low_hz, high_hz, 0.3, twist_db=twist_db)).dtmf.any()

    def test_two_in_a_row_are_two(self) -> None:
        look = heard(key(697, 1209, 0.1), silence(0.1), key(941, 1477, 0.1))
        starts = np.flatnonzero(np.diff(look.dtmf.astype(int)) == 1) + 1
        assert [round(start * HOP_S, 1) for start in starts] == [0.5, 0.7]

    def test_crosstalk_is_none(self) -> None:
        faint = heard(tone(770, 0.5, level_db=-60) + tone(1336, 0.5, level_db=-60), noise=1e-5)
        assert not faint.dtmf.any()


class TestCallProgress:
    @pytest.mark.parametrize("hz", [415, 425, 435])
    def test_a_ring_tone_is_found(self, hz: float) -> None:
        look = heard(tone(hz, 1.0))
        assert seconds(look.call_progress) == pytest.approx(1.0, abs=0.05)
        assert not look.speech.any()

    def test_a_busy_tone_is_found_beat_by_beat(self) -> None:
        look = heard(*[tone(425, 0.25), silence(0.25)] * 4)
        assert seconds(look.call_progress) == pytest.approx(1.0, abs=0.1)

    @pytest.mark.parametrize("hz", [350, 400, 450, 850])
    def test_another_tone_is_steady_but_no_ring_tone(self, hz: float) -> None:
        look = heard(tone(hz, 1.0))
        assert not look.call_progress.any()
        assert seconds(look.steady) == pytest.approx(1.0, abs=0.05)


class TestTextTelephone:
    @pytest.mark.parametrize(
        ("baud", "mark_hz", "space_hz"),
        [(45.45, 1400, 1800), (50, 1400, 1800), (110, 980, 1180), (300, 980, 1180), (300, 1650, 1850)],
        ids=["Baudot", "Baudot 50", "EDT", "V.21 caller", "V.21 answer"],
    )
    @pytest.mark.parametrize("noise", [1e-3, 2e-2])
    def test_each_kind_is_found(self, baud: float, mark_hz: float, space_hz: float, noise: float) -> None:
        sound = keyed(BITS[: round(2 * baud)], baud=baud, mark_hz=mark_hz, space_hz=space_hz)
        look = heard(sound, noise=noise)
        assert seconds(look.text_telephone) > 1.2
        assert not look.speech.any()

    def test_one_character_is_enough(self) -> None:
        look = heard(keyed(CHARACTER, baud=45.45, mark_hz=1400, space_hz=1800))
        assert seconds(look.text_telephone) > 0.3

    def test_the_answer_tone_is_found(self) -> None:
        assert seconds(heard(tone(2100, 1.0)).text_telephone) == pytest.approx(1.0, abs=0.05)

    def test_is_no_speech_to_the_ears(self) -> None:
        look = heard(text_telephone(3.0))
        assert not look.speech.any()
        assert not look.dtmf.any()

    def test_what_glides_through_the_band_is_none(self) -> None:
        """A cry, a cock's crow."""
        glide_hz = np.linspace(1300, 1950, RATE_HZ)
        cry = (0.3 * np.sin(2 * np.pi * np.cumsum(glide_hz) / RATE_HZ)).astype(np.float32)
        assert not heard(cry).text_telephone.any()


@pytest.mark.parametrize("pitch_hz", [90, 120, 170, 230, 300, 400])
def test_voices_hold_none(pitch_hz: float) -> None:
    look = heard(voice(8.0, pitch_hz=pitch_hz))
    assert {name: seconds(getattr(look, name)) for name in TONES} == dict.fromkeys(TONES, 0.0)


@pytest.mark.parametrize("level", [1e-4, 1e-2, 0.2])
def test_noise_holds_none(level: float) -> None:
    look = heard(line_noise(8.0, level=level))
    assert not any(getattr(look, name).any() for name in (*TONES, "steady"))
