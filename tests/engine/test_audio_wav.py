"""The reader of WAV: true samples, and refusals that name the field and the remedy."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from prankfilter.audio.companding import (
    decode_a_law,
    decode_mu_law,
    encode_a_law,
    encode_mu_law,
)
from prankfilter.audio.recording import Limits
from prankfilter.audio.wav import read_wav
from prankfilter.errors import AudioTooLarge, BadAudio, UnreadableAudio
from tests.sounds import voice
from tests.waves import chunk, pcm, riff, wav

SOUND = pcm(voice(0.1))
LEVELS = np.arange(-32768, 32768).astype(np.int16)


class TestSamples:
    @given(arrays(np.int16, st.integers(1, 50)))
    def test_are_the_levels_by_32768(self, levels: np.ndarray) -> None:
        signal = read_wav(wav(levels.astype("<i2").tobytes()), Limits())
        np.testing.assert_array_equal(signal.samples, levels / 32768)
        assert signal.samples.dtype == np.float32
        assert (signal.rate_hz, signal.duration_s) == (8000, len(levels) / 8000)

    @pytest.mark.parametrize(("subtype", "code"), [("PCM_16", 1), ("ALAW", 6), ("ULAW", 7)])
    @pytest.mark.parametrize("kind", ["WAV", "WAVEX"])
    def test_equal_those_of_libsndfile(self, kind: str, subtype: str, code: int) -> None:
        file = io.BytesIO()
        soundfile.write(file, voice(0.5), 16000, format=kind, subtype=subtype)
        file.seek(0)
        expected, rate_hz = soundfile.read(file, dtype="float32")
        signal = read_wav(file.getvalue(), Limits())
        assert signal.rate_hz == rate_hz
        np.testing.assert_array_equal(signal.samples, expected)

    def test_of_two_channels_are_averaged(self) -> None:
        frames = np.array([[100, 300], [-32768, -32768], [32767, 0]], "<i2")
        signal = read_wav(wav(frames.tobytes(), channels=2, frame_bytes=4), Limits())
        np.testing.assert_allclose(signal.samples * 32768, [200, -32768, 16383.5])

    def test_are_the_first_half_minute(self) -> None:
        quiet, loud = bytes(2 * 8000 * 30), b"\xff\x7f" * 8000
        signal = read_wav(wav(quiet + loud), Limits())
        assert signal.samples.shape == (240_000,)
        assert signal.duration_s == 31.0
        assert not signal.samples.any()

    def test_follow_other_chunks_of_odd_length(self) -> None:
        form, data = wav(SOUND)[12:36], chunk(b"data", SOUND)
        signal = read_wav(riff(chunk(b"LIST", b"odd") + form + chunk(b"fact", b"1234") + data), Limits())
        np.testing.assert_array_equal(signal.samples, read_wav(wav(SOUND), Limits()).samples)

    @pytest.mark.parametrize("said", [0, 1, 2**32 - 1])
    def test_are_read_whatever_the_riff_header_says_of_the_size(self, said: int) -> None:
        assert read_wav(wav(SOUND, riff_size=said), Limits()).samples.size == 800


class TestRefusals:
    @pytest.mark.parametrize(
        ("refusal", "message", "data"),
        [
            (UnreadableAudio, "WAV: there is no fmt chunk before the sound", riff()),
            (UnreadableAudio, "WAV: there is no data chunk; the file was cut off", wav(SOUND)[:36]),
            (
                UnreadableAudio,
                "WAV: chunk 'data' says 1600 bytes and 1599 follow; "
                "the file was cut off or its header never completed",
                wav(SOUND)[:-1],
            ),
            (
                UnreadableAudio,
                "WAV: the data chunk ends 1 bytes into a frame of 2 bytes",
                riff(wav(SOUND)[12:36] + chunk(b"data", SOUND[:-1])),
            ),
            (UnreadableAudio, "the recording holds no sound", wav(b"")),
            (
                UnreadableAudio,
                "WAV: format code 0x3 with 32 bits is not read; convert to 16-bit PCM, A-law or µ-law",
                wav(SOUND, code=3, bits=32, frame_bytes=4),
            ),
            (
                UnreadableAudio,
                "WAV: format code 0x1 with 24 bits is not read; convert to 16-bit PCM, A-law or µ-law",
                wav(SOUND, bits=24),
            ),
            (
                UnreadableAudio,
                "WAV: block align says 4 bytes a frame, 2 follow from the rest",
                wav(SOUND, frame_bytes=4),
            ),
            (
                UnreadableAudio,
                "the header says 0 channels at 8000 Hz; both must be at least 1",
                wav(SOUND, channels=0),
            ),
            (
                AudioTooLarge,
                "1024 channels; at most 2 are read. Mix them down",
                wav(SOUND, channels=1024, frame_bytes=2048),
            ),
            (
                AudioTooLarge,
                "sampling rate 5999 Hz; 6000 to 48000 Hz are read. Resample it",
                wav(SOUND, rate_hz=5999),
            ),
            (
                AudioTooLarge,
                "601.0 s; at most 600 s are read. Send the call's beginning",
                wav(bytes(8000 * 601), code=7, bits=8, frame_bytes=1),
            ),
        ],
    )
    def test_name_the_field_and_the_remedy(self, refusal: type[BadAudio], message: str, data: bytes) -> None:
        with pytest.raises(refusal) as caught:
            read_wav(data, Limits())
        assert str(caught.value) == message

    @given(st.binary(max_size=300))
    def test_are_all_that_random_chunks_cause(self, garbage: bytes) -> None:
        with pytest.raises(BadAudio):
            read_wav(riff(wav(SOUND)[12:36] + garbage), Limits())

    @given(st.integers(12, 43), st.binary(min_size=1, max_size=4))
    def test_are_all_that_a_bent_header_causes(self, place: int, garbage: bytes) -> None:
        whole = wav(SOUND)
        try:
            signal = read_wav(whole[:place] + garbage + whole[place + len(garbage) :], Limits())
        except BadAudio:
            return
        assert 0 < signal.samples.size <= 1600


class TestCompanding:
    @pytest.mark.parametrize(
        ("encode", "decode"), [(encode_a_law, decode_a_law), (encode_mu_law, decode_mu_law)]
    )
    def test_takes_each_level_to_the_nearest_one_there_is(self, encode: object, decode: object) -> None:
        assert callable(encode)
        assert callable(decode)
        levels = np.unique(decode(np.arange(256, dtype=np.uint8)).astype(np.int64))
        nearest = np.abs(LEVELS[::7, None] - levels).min(axis=1)
        np.testing.assert_array_equal(np.abs(decode(encode(LEVELS[::7])).astype(int) - LEVELS[::7]), nearest)

    def test_codes_survive_a_round_trip(self) -> None:
        codes = np.arange(256, dtype=np.uint8)
        np.testing.assert_array_equal(encode_a_law(decode_a_law(codes)), codes)
        negative_zero = 0x7F
        survived = np.where(codes == negative_zero, 0xFF, codes)
        np.testing.assert_array_equal(encode_mu_law(decode_mu_law(codes)), survived)

    @pytest.mark.parametrize(
        ("level", "a_law", "mu_law"),
        [(0, 0xD5, 0xFF), (8, 0xD5, 0xFE), (-8, 0x55, 0x7E), (32767, 0xAA, 0x80), (-32768, 0x2A, 0x00)],
    )
    def test_known_codes(self, level: int, a_law: int, mu_law: int) -> None:
        assert encode_a_law(np.array([level], np.int16))[0] == a_law
        assert encode_mu_law(np.array([level], np.int16))[0] == mu_law
