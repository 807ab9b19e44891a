"""The simulated telephone line does what it says, whoever speaks."""

from __future__ import annotations

import numpy as np
import pytest
from prankfilter_training.line import (
    CODECS,
    NOISES,
    SPEECH_LEVEL_DB,
    Line,
    active_level_db,
    draw_line,
    line_noise,
    through,
)

from tests.sounds import RATE_HZ, voice


def tone(hz: float, seconds: float = 2.0, amplitude: float = 0.3) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)).astype(
        np.float32
    )


def line(**over: object) -> Line:
    return Line(**{"codec": "a_law", "noise": "white", "snr_db": 60.0, "gain_db": 0.0} | over)


def power_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64))))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("noise", NOISES)
def test_any_line_carries_speech_at_its_level(codec: str, noise: str) -> None:
    rng = np.random.default_rng(1)
    received = through(voice(3.0), line(codec=codec, noise=noise, snr_db=20.0, gain_db=-6.0), rng)
    assert received.shape == (3 * RATE_HZ,)
    assert received.dtype == np.float32
    assert np.abs(received).max() <= 1.0
    assert active_level_db(received) == pytest.approx(SPEECH_LEVEL_DB - 6.0, abs=3.0)


@pytest.mark.parametrize("snr_db", [8.0, 20.0, 30.0])
def test_noise_lies_so_far_below_speech(snr_db: float) -> None:
    quiet = line_noise(line(snr_db=snr_db), 5.0, np.random.default_rng(2))
    assert power_db(quiet) == pytest.approx(SPEECH_LEVEL_DB - snr_db, abs=1.0)


@pytest.mark.parametrize(("hz", "passes"), [(120, False), (1000, True), (3900, False)])
def test_only_the_telephone_band_passes(hz: float, passes: bool) -> None:
    both = tone(hz, amplitude=0.2) + tone(900.0, amplitude=0.2)
    received = through(both, line(), np.random.default_rng(3))[RATE_HZ // 2 :]
    spectrum = np.abs(np.fft.rfft(received * np.hanning(len(received))))
    at = round(hz * len(received) / RATE_HZ)
    reference = round(900 * len(received) / RATE_HZ)
    ratio_db = 20 * np.log10(spectrum[at] / spectrum[reference])
    assert (ratio_db > -6.0) == passes


def test_lost_packets_are_heard() -> None:
    whole, broken = (
        through(tone(1000.0, 5.0), line(loss_share=share), np.random.default_rng(4)) for share in (0.0, 0.3)
    )
    changed = np.any(np.abs(whole - broken).reshape(-1, 160) > 0.02, axis=1)
    assert changed.mean() == pytest.approx(0.3, abs=0.1)


def test_digital_silence_gets_the_noise_of_the_line_and_nothing_else() -> None:
    assert active_level_db(np.zeros(8000, np.float32)) == -np.inf
    assert power_db(line_noise(line(snr_db=30.0), 1.0, np.random.default_rng(5))) < -45.0


def test_the_same_seed_gives_the_same_line_and_sound() -> None:
    first, second = (np.random.default_rng(6) for _ in range(2))
    assert draw_line(first) == draw_line(second)
    one, other = through(tone(700.0), line(), first), through(tone(700.0), line(), second)
    assert np.array_equal(one, other)


def test_drawn_lines_cover_all_codecs_and_noises() -> None:
    rng = np.random.default_rng(7)
    drawn = [draw_line(rng) for _ in range(200)]
    assert {one.codec for one in drawn} == set(CODECS)
    assert {one.noise for one in drawn} == set(NOISES)
    assert all(
        8 <= one.snr_db <= 30 and -12 <= one.gain_db <= 6 and 0 <= one.loss_share <= 0.03 for one in drawn
    )
    assert 0.3 < np.mean([one.loss_share == 0 for one in drawn]) < 0.7


@pytest.mark.parametrize("codec", CODECS)
def test_codecs_keep_the_place_of_sound(codec: str) -> None:
    """GSM works on blocks; nothing may be shifted or cut off by it."""
    click = np.zeros(RATE_HZ, np.float32)
    click[4000:4400] = tone(1000.0, 0.05)
    received = through(np.tile(click, 3), line(codec=codec, snr_db=40.0), np.random.default_rng(8))
    energy = np.convolve(np.square(received), np.ones(400), "same")
    for number in range(3):
        part = energy[number * RATE_HZ : (number + 1) * RATE_HZ]
        assert abs(int(part.argmax()) - 4200) < 250
