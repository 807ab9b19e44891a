"""Sound that comes piece by piece is heard exactly as the recording of it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prankfilter.audio.hearing import hear
from prankfilter.audio.live import (
    A_LAW,
    FADING_PACKETS,
    HEARD_S,
    LINEAR,
    MU_LAW,
    Coding,
    Filler,
    LiveLine,
    LiveSound,
)
from prankfilter.audio.recording import Limits, Signal
from prankfilter.audio.telephone import to_line
from prankfilter.errors import Cancelled
from prankfilter.features.table import FEATURES
from prankfilter.screening import gather
from prankfilter.vocabulary import CallerHistory
from tests.builders import call_record
from tests.sounds import ears, line_noise, voice, wav

PACKET = 320


def never() -> bool:
    return False


def as_pcm(samples: np.ndarray) -> bytes:
    return wav(samples)[44:]


def fed(line: LiveLine, data: bytes, *, piece: int = PACKET) -> LiveLine:
    for start in range(0, len(data), piece):
        line.add(data[start : start + piece])
    return line


def seconds_of(line: LiveLine) -> list[np.ndarray]:
    found = []
    while (second := line.second()) is not None:
        found.append(second)
    return found


class TestLine:
    @pytest.mark.parametrize("rate_hz", [8000, 16000])
    def test_it_is_that_of_the_recording_bit_for_bit(self, rate_hz: int) -> None:
        data = as_pcm(np.random.default_rng(1).uniform(-1, 1, 5 * rate_hz))
        line = fed(LiveLine(LINEAR, rate_hz), data, piece=333)
        before_the_end = seconds_of(line)
        line.end()
        heard = np.concatenate(before_the_end + seconds_of(line))
        samples = np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
        assert np.array_equal(heard, to_line(Signal(samples, rate_hz, 5.0)))
        assert len(before_the_end) == (5 if rate_hz == 8000 else 4)

    @pytest.mark.parametrize("rate_hz", [8000, 16000])
    @given(pieces=st.lists(st.integers(1, 40_000), min_size=1, max_size=6))
    @settings(max_examples=20)
    def test_whole_seconds_are_there_when_it_says_so(self, rate_hz: int, pieces: list[int]) -> None:
        line, taken = LiveLine(LINEAR, rate_hz), 0
        for size in pieces:
            line.add(bytes(size))
            while line.seconds >= taken + 1:
                assert line.second() is not None
                taken += 1

    def test_nothing_is_kept_beyond_the_last_look(self) -> None:
        line = fed(LiveLine(LINEAR, 8000), bytes(16000 * 40), piece=16000)
        assert line.is_full
        line.end()
        assert len(seconds_of(line)) == line.seconds == HEARD_S

    @pytest.mark.parametrize(("coding", "zero"), [(MU_LAW, 0xFF), (A_LAW, 0xD5)])
    def test_companded_sound_is_expanded(self, coding: Coding, zero: int) -> None:
        line = LiveLine(coding, 8000)
        line.add(bytes([zero]) * 8000)
        (second,) = seconds_of(line)
        assert np.abs(second).max() <= 8 / 32768


class TestFiller:
    def test_a_lost_packet_is_a_copy_at_half_the_level(self) -> None:
        filler, last = Filler(8000), voice(0.02)
        filler.heard(last)
        assert np.allclose(filler.fill(160), 0.5 * last)
        assert np.allclose(filler.fill(160), 0.25 * last)

    def test_many_lost_in_a_row_are_as_loud_as_the_quietest_that_was_heard(self) -> None:
        filler = Filler(8000)
        filler.heard(np.concatenate([voice(1.0), line_noise(1.0), voice(1.0)]))
        filled = filler.fill(16000)[FADING_PACKETS * 160 :]
        assert 0.5e-3 < filled.std() < 1.2e-3

    def test_no_gap_passes_for_a_dead_line(self) -> None:
        line = LiveLine(LINEAR, 8000)
        data = as_pcm(np.concatenate([voice(1.0), line_noise(1.0)]))
        for start in range(0, 32000, PACKET):
            line.add(data[start : start + PACKET], start / 16)
        line.add(data[:PACKET], 4980)
        line.end()
        sound = LiveSound(line, ears())
        heard = sound.advance(5, cancelled=never).at_look()
        assert heard.look_s == 5.0
        assert not heard.dead.any()
        assert line.timeline.lost_s == pytest.approx(2.98)

    def test_without_anything_to_go_by_it_stays_silent(self) -> None:
        assert not Filler(8000).fill(1000).any()


class TestSound:
    @pytest.mark.parametrize("seconds", [1.0, 3.0, 5.0, 7.3, 10.0])
    def test_features_of_a_stream_equal_those_of_the_file(self, seconds: float) -> None:
        hearing, samples = ears(1.0), np.concatenate([voice(4.0), line_noise(1.5), voice(4.5, pitch_hz=250)])
        part = samples[: round(seconds * 8000)]
        sound = LiveSound(fed(LiveLine(LINEAR, 8000), as_pcm(part), piece=517), hearing)
        tracks = hear(wav(part), ears=hearing, limits=Limits())
        for step in range(1, int(seconds) + 1):
            sound.advance(step, cancelled=never)
        evidence = [
            gather(one, call_record(), CallerHistory(), ears=hearing)
            for one in (sound.advance(int(seconds), cancelled=never), tracks)
        ]
        known = 0
        for row in FEATURES:
            stream, file = (row.compute(one) for one in evidence)
            assert (math.isnan(stream) and math.isnan(file)) or abs(stream - file) <= 1e-5, row.name
            known += not math.isnan(file)
        assert known > 20

    def test_each_second_is_worked_on_once_and_names_what_was_heard(self) -> None:
        data = as_pcm(voice(3.0))
        sounds = [LiveSound(fed(LiveLine(LINEAR, 8000), data, piece=piece), ears()) for piece in (100, 16000)]
        for sound in sounds:
            sound.advance(2, cancelled=never)
        assert sounds[0].digest() == sounds[1].digest()
        sounds[0].advance(3, cancelled=never)
        assert sounds[0].digest() != sounds[1].digest()

    def test_it_stops_between_two_seconds_and_goes_on_where_it_stopped(self) -> None:
        sound = LiveSound(fed(LiveLine(LINEAR, 8000), as_pcm(voice(4.0))), ears())
        asked = iter([False, False, True])
        with pytest.raises(Cancelled):
            sound.advance(4, cancelled=lambda: next(asked))
        assert sound.seconds == 2
        assert sound.advance(4, cancelled=never).seconds == 4.0

    def test_it_goes_only_as_far_as_there_is_sound(self) -> None:
        sound = LiveSound(fed(LiveLine(LINEAR, 8000), as_pcm(voice(1.5))), ears())
        assert sound.advance(10, cancelled=never).seconds == 1.0
