"""Tracks: complete looks only, and true for sounds of known answer."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.audio.heard import FRAME_S, HOP_S, PITCH_HOP_S, Heard
from prankfilter.audio.tracks import Tracks
from prankfilter.vocabulary import LOOKS_S
from tests.sounds import RATE_HZ, ears, line_noise, silence, tone, voice

TRACKS = [field.name for field in fields(Heard)]


def tracks_of(samples: NDArray[np.float32]) -> Tracks:
    tracks = Tracks(ears())
    tracks.feed(samples)
    return tracks


def heard(samples: NDArray[np.float32]) -> Heard:
    return tracks_of(samples).at(len(samples) / RATE_HZ)


class TestSound:
    """That a stream is the file stands in test_audio_streaming.py."""

    def test_no_sound_is_no_fault(self) -> None:
        tracks = Tracks(ears())
        tracks.feed(np.empty(0, np.float32))
        assert tracks.seconds == 0.0
        assert tracks.at_look().look_s is None

    def test_stops_after_half_a_minute(self) -> None:
        tracks = tracks_of(line_noise(31.0))
        assert tracks.seconds == 30.0
        assert tracks.at(30).duration_s == 30.0


class TestLooks:
    @pytest.mark.parametrize(
        ("seconds", "look_s"),
        [
            (0.0, None),
            (0.9999, None),
            (1.0, 1.0),
            (2.9, 1.0),
            (3.0, 3.0),
            (7.5, 5.0),
            (10.0, 10.0),
            (29.0, 10.0),
        ],
    )
    def test_longest_complete_one_is_taken(self, seconds: float, look_s: float | None) -> None:
        look = tracks_of(line_noise(seconds)).at_look()
        assert look.look_s == look_s
        assert look.duration_s == (look_s or 0.0)

    def test_all_looks_can_be_had_later(self) -> None:
        tracks = tracks_of(line_noise(12.0))
        assert [tracks.at(look_s).look_s for look_s in LOOKS_S] == list(LOOKS_S)

    def test_fractions_are_not_heard_yet(self) -> None:
        assert tracks_of(line_noise(3.0)).at(2.99).duration_s == 2.0

    @pytest.mark.parametrize("seconds", [-1.0, 4.0])
    def test_what_was_not_heard_cannot_be_had(self, seconds: float) -> None:
        with pytest.raises(ValueError, match="between 0 and 3"):
            tracks_of(line_noise(3.5)).at(seconds)

    @pytest.mark.parametrize("seconds", [0, 1, 5])
    def test_tracks_are_of_one_length_and_read_only(self, seconds: int) -> None:
        look = tracks_of(line_noise(5.0)).at(seconds)
        frames = max(0, 1 + round((seconds - FRAME_S) / HOP_S - 0.3))
        for name in TRACKS:
            track = getattr(look, name)
            if isinstance(track, np.ndarray):
                assert not track.flags.writeable
                assert len(track) == (40 if name == "mel_hz" else frames), name


class TestKnownAnswers:
    @pytest.mark.parametrize("level_db", [-60.0, -30.0, -3.01])
    def test_level_of_a_sine(self, level_db: float) -> None:
        np.testing.assert_allclose(heard(tone(1000, 1.0, level_db=level_db)).level_db, level_db, atol=0.02)

    def test_level_leaves_hum_and_offset_out(self) -> None:
        look = heard(tone(50, 2.0, level_db=-10) + np.float32(0.3))
        assert look.level_db.max() < -60

    def test_centroid_and_high_band_of_a_sine(self) -> None:
        low, high = heard(tone(700, 1.0)), heard(tone(2500, 1.0))
        np.testing.assert_allclose(low.centroid_hz, 700, atol=2)
        np.testing.assert_allclose(high.centroid_hz, 2500, atol=2)
        assert low.high_share.max() < 1e-3
        assert high.high_share.min() > 1 - 1e-3

    def test_flatness_of_noise_and_of_a_sine(self) -> None:
        assert np.median(heard(line_noise(2.0, level=0.1)).flatness) > 0.6
        assert np.median(heard(tone(1000, 2.0)).flatness) < 0.01

    @pytest.mark.parametrize("pitch_hz", [70, 120, 220, 333.3, 450])
    def test_pitch_of_harmonics(self, pitch_hz: float) -> None:
        harmonics = range(1, int(3400 / pitch_hz) + 1)
        sound = sum(tone(k * pitch_hz, 1.0, level_db=-20 - 20 * math.log10(k)) for k in harmonics)
        look = heard(np.asarray(sound, np.float32))
        assert np.isnan(look.pitch_hz).mean() < 0.05
        assert np.nanmedian(look.pitch_hz) == pytest.approx(pitch_hz, rel=0.005)

    def test_noise_has_no_pitch(self) -> None:
        assert np.isnan(heard(line_noise(3.0, level=0.1)).pitch_hz).mean() > 0.98

    def test_hum_has_no_pitch(self) -> None:
        assert np.isnan(heard(tone(100, 3.0, level_db=-20) + line_noise(3.0)).pitch_hz).all()

    @given(st.floats(0.02, 1.0))
    @settings(max_examples=20)
    def test_gain_does_not_change_pitch(self, gain: float) -> None:
        sound = voice(2.0)
        loud, soft = heard(sound).pitch_hz, heard((gain * sound).astype(np.float32)).pitch_hz
        both = ~np.isnan(loud) & ~np.isnan(soft)
        assert both.sum() >= 0.98 * np.count_nonzero(~np.isnan(loud))
        np.testing.assert_allclose(soft[both], loud[both], rtol=1e-3)

    @pytest.mark.parametrize("power", range(1, 6))
    def test_halving_changes_no_pitch_at_all(self, power: int) -> None:
        sound = voice(2.0)
        np.testing.assert_array_equal(heard(sound * np.float32(2.0**-power)).pitch_hz, heard(sound).pitch_hz)

    def test_dead_is_less_than_silent(self) -> None:
        dead, quiet = heard(silence(2.0)), heard(line_noise(2.0))
        assert dead.dead.all()
        assert dead.silent.all()
        assert math.isnan(dead.noise_floor_db)
        assert not quiet.dead.any()
        assert quiet.silent.all()

    def test_a_constant_is_dead_too(self) -> None:
        """A-law codes nothing as a constant level, not as zero."""
        assert heard(np.full(RATE_HZ, 8 / 32768, np.float32)).dead.all()

    def test_gsm_codes_nothing_as_a_pattern_of_one_step(self) -> None:
        """What GSM 06.10 decodes digital silence to; the quietest room on an A-law line spans two steps."""
        step = np.float32(8 / 32768)
        flicker = np.tile(np.array([1, 1, 2, 1], np.float32), RATE_HZ // 2)
        assert heard(step * flicker).dead.all()
        assert not heard(step * 2 * flicker).dead.any()

    def test_clipping_is_the_share_at_full_scale(self) -> None:
        sound = np.tile(np.array([0.0, 1.0, -1.0, 0.5], np.float32), 4000)
        np.testing.assert_allclose(heard(sound).clipped, 0.5)
        assert not heard(0.9 * sound).clipped.any()

    def test_peak_has_no_sign(self) -> None:
        sound = silence(1.0)
        sound[4000] = -0.7
        peak = heard(sound).peak
        assert peak.max() == np.float32(0.7)
        assert np.flatnonzero(peak).tolist() == [50]

    def test_pitch_is_held_for_two_frames(self) -> None:
        pitch_hz = heard(voice(2.0)).pitch_hz
        even = len(pitch_hz) // 2 * 2
        np.testing.assert_array_equal(pitch_hz[0:even:2], pitch_hz[1:even:2])
        assert PITCH_HOP_S == 2 * HOP_S
