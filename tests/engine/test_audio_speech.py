"""Speech is found in voices of any height, and not in noise, tones, music, motors or hum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.audio.heard import HOP_S, Heard
from prankfilter.audio.tracks import Tracks
from tests.sounds import RATE_HZ, ears, line_noise, silence, tone, voice


def heard(sound: NDArray[np.float32]) -> Heard:
    tracks = Tracks(ears())
    tracks.feed(sound)
    return tracks.at(tracks.seconds)


def chord(seconds: float) -> NDArray[np.float32]:
    """An organ: three notes with overtones, another three every half second."""
    roots_hz = (220.0, 261.6, 196.0, 174.6)
    parts = []
    for start in range(round(seconds / 0.5)):
        root_hz = roots_hz[start % 4]
        notes_hz = (root_hz, 1.26 * root_hz, 1.5 * root_hz)
        parts.append(sum(tone(k * hz, 0.5, level_db=-26 - 6 * k) for hz in notes_hz for k in (1, 2, 3)))
    return np.concatenate(parts).astype(np.float32) + line_noise(seconds)


class TestSpeech:
    @pytest.mark.parametrize("pitch_hz", [80, 120, 200, 300, 400])
    @pytest.mark.parametrize("noise", [0.0, 1e-3, 1e-2])
    def test_is_found_where_it_is(self, pitch_hz: float, noise: float) -> None:
        look = heard(
            np.concatenate([silence(1.0), voice(3.0, pitch_hz=pitch_hz), silence(2.0)])
            + line_noise(6.0, level=noise)
        )
        found = np.flatnonzero(look.speech) * HOP_S
        assert 0.9 <= found.min() <= 1.2
        assert 3.7 <= found.max() <= 4.1
        assert look.speech_s > 2.2
        assert not look.silent[look.speech].any()

    @pytest.mark.parametrize(
        ("name", "sound"),
        [
            ("a dead line", silence(5.0)),
            ("a quiet line", line_noise(5.0)),
            ("rain", line_noise(5.0, level=0.1)),
            ("hum", tone(50, 5.0) + tone(150, 5.0, level_db=-40) + line_noise(5.0)),
            ("a whistle", tone(1000, 5.0) + line_noise(5.0)),
            ("a low tone", tone(250, 5.0) + line_noise(5.0)),
            ("an organ", chord(5.0)),
            ("a faint voice from another line", 1e-3 * voice(5.0)),
            ("an offset", np.full(5 * RATE_HZ, 0.3, np.float32)),
        ],
    )
    def test_is_not_found_elsewhere(self, name: str, sound: NDArray[np.float32]) -> None:
        assert heard(sound).speech_s < 0.2, name

    def test_clicks_are_none(self) -> None:
        sound = line_noise(5.0)
        sound[::2000] = 0.9
        assert not heard(sound).speech.any()

    def test_a_short_stop_belongs_to_the_phrase_and_a_pause_does_not(self) -> None:
        stop = np.concatenate([voice(1.0), silence(0.1), voice(1.0), silence(0.9)]) + line_noise(3.0)
        pause = np.concatenate([voice(1.0), silence(0.6), voice(1.0), silence(0.4)]) + line_noise(3.0)
        assert heard(stop).speech[95:115].all()
        assert not heard(pause).speech[115:145].any()

    @given(st.floats(0.05, 3.0))
    @settings(max_examples=10)
    def test_gain_hardly_matters(self, gain: float) -> None:
        sound = np.concatenate([line_noise(1.0), voice(4.0)])
        louder = heard((gain * sound).astype(np.float32))
        assert louder.speech_s == pytest.approx(heard(sound).speech_s, rel=0.05)


class TestSilence:
    def test_is_the_quiet_room_and_the_dead_line(self) -> None:
        look = heard(np.concatenate([silence(2.0), line_noise(2.0), voice(2.0)]))
        assert look.silent[:395].all()
        assert look.silent[410:].mean() < 0.3

    def test_is_not_rain(self) -> None:
        look = heard(line_noise(3.0, level=0.1))
        assert not look.silent.any()
        assert not look.speech.any()

    def test_noise_floor_is_the_level_of_the_room(self) -> None:
        look = heard(np.concatenate([voice(2.0), line_noise(2.0)]))
        assert look.noise_floor_db == pytest.approx(-61, abs=2)

    def test_noise_floor_leaves_the_dead_line_out(self) -> None:
        look = heard(np.concatenate([silence(4.0), line_noise(1.0)]))
        assert look.noise_floor_db == pytest.approx(-61, abs=2)
