"""From bytes to the telephone line: who reads what, and what becomes of rate and length."""

from __future__ import annotations

import io
import os
import signal as signals
from pathlib import Path

import numpy as np
import pytest
import soundfile

from prankfilter.audio import compressed
from prankfilter.audio.decode import decode
from prankfilter.audio.recording import Limits, Signal
from prankfilter.audio.telephone import to_line
from prankfilter.errors import AudioTooLarge, BadAudio, Cancelled, DecoderFailed, UnreadableAudio
from tests.flac import flac
from tests.sounds import voice
from tests.waves import pcm, wav

CODINGS = {
    "FLAC": ("PCM_16", 1e-4),
    "OGG": ("VORBIS", 0.1),
    "MP3": ("MPEG_LAYER_III", 0.1),
}


def coded(kind: str, seconds: float = 1.0, *, rate_hz: int = 16000, channels: int = 1) -> bytes:
    """A voice in one of the compressed codings."""
    file = io.BytesIO()
    sound = np.repeat(voice(seconds * rate_hz / 8000)[:, None], channels, axis=1)
    soundfile.write(file, sound, rate_hz, format=kind, subtype=CODINGS[kind][0])
    return file.getvalue()


def imposter(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Put another program in the place of the decoder."""
    path = folder / "imposter.py"
    path.write_text("import os, sys, time\n" + code)
    monkeypatch.setattr(compressed, "_CHILD", path)


class TestDecode:
    @pytest.mark.parametrize("kind", CODINGS)
    @pytest.mark.parametrize("channels", [1, 2])
    def test_reads_what_libsndfile_reads(self, kind: str, channels: int) -> None:
        data = coded(kind, channels=channels)
        expected, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
        result = decode(data, Limits())
        assert (result.rate_hz, result.duration_s) == (rate_hz, len(expected) / rate_hz)
        np.testing.assert_allclose(result.samples, expected.mean(axis=1), atol=1e-6)

    @pytest.mark.parametrize("kind", CODINGS)
    def test_hears_the_same_as_in_wav(self, kind: str) -> None:
        result, plain = decode(coded(kind), Limits()), decode(wav(pcm(voice(2.0)), rate_hz=16000), Limits())
        assert abs(len(result.samples) - len(plain.samples)) <= 0.1 * 16000
        rms = np.sqrt(np.mean(np.square(result.samples)) / np.mean(np.square(plain.samples)))
        assert rms == pytest.approx(1.0, abs=CODINGS[kind][1])

    def test_keeps_the_first_half_minute(self) -> None:
        result = decode(coded("FLAC", 31.0, rate_hz=8000), Limits())
        assert (result.samples.size, result.duration_s) == (240_000, 31.0)

    def test_refuses_bytes_beyond_the_limit_before_looking_at_them(self) -> None:
        with pytest.raises(AudioTooLarge, match="101 bytes; at most 100 are read"):
            decode(bytes(101), Limits(audio_bytes=100))

    @pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF1234AVI ", b"tolong", b"\xff\xf1\x50\x80"])
    def test_refuses_what_is_no_recording(self, data: bytes) -> None:
        with pytest.raises(UnreadableAudio):
            decode(data, Limits())

    @pytest.mark.parametrize("kind", ["FLAC", "OGG", "MP3"])
    def test_refuses_what_was_cut_off(self, kind: str) -> None:
        data = coded(kind)
        with pytest.raises(UnreadableAudio):
            decode(data[: len(data) // 2], Limits())


class TestLimits:
    @pytest.mark.parametrize(
        ("limits", "message"),
        [
            (Limits(audio_s=0.5), "1.0 s; at most 0.5 s are read"),
            (Limits(audio_channels=1), "2 channels; at most 1 are read"),
            (Limits(highest_rate_hz=8000), "sampling rate 16000 Hz"),
        ],
        ids=["seconds", "channels", "rate"],
    )
    def test_hold_for_the_header(self, limits: Limits, message: str) -> None:
        with pytest.raises(AudioTooLarge, match=message):
            decode(coded("FLAC", channels=2), limits)

    def test_a_rate_beyond_them_is_not_unpacked(self) -> None:
        with pytest.raises(AudioTooLarge, match="sampling rate 655350 Hz"):
            decode(flac(655_350 * 60, rate_hz=655_350), Limits())

    def test_hold_while_reading_what_the_header_does_not_say(self) -> None:
        with pytest.raises(AudioTooLarge, match="at most 2 s are read"):
            decode(flac(48_000 * 4, said_samples=0), Limits(audio_s=2.0))

    def test_a_header_without_length_is_no_fault(self) -> None:
        result = decode(flac(48_000 * 4, said_samples=0), Limits())
        assert result.duration_s >= 4.0

    def test_no_more_than_half_a_minute_is_unpacked(self) -> None:
        result = decode(flac(48_000 * 3600, said_samples=48_000 * 599), Limits())
        assert result.samples.size == 48_000 * 30


class TestChildProcess:
    """What may happen to the decoder: another program stands in its place."""

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            ("time.sleep(60)", "took more than 0.2 s"),
            ("sys.stdout.write('8000 1'); sys.stdout.flush(); time.sleep(60)", "took more than 0.2 s"),
            ("[os.write(1, b'8') and time.sleep(0.01) for _ in range(6000)]", "took more than 0.2 s"),
        ],
    )
    def test_slowness_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, message: str
    ) -> None:
        imposter(tmp_path, monkeypatch, code)
        with pytest.raises(DecoderFailed, match=message):
            decode(b"fLaC", Limits(decoder_s=0.2))

    def test_silence_after_the_answer_is_slowness_too(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        imposter(tmp_path, monkeypatch, "os.close(1); time.sleep(60)")
        with pytest.raises(DecoderFailed):
            decode(b"fLaC", Limits(decoder_s=0.2))

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            ("os.kill(os.getpid(), 11)", f"died .signal {signals.SIGSEGV.value}."),
            ("sys.exit(7)", "died .exit 7."),
            ("", "answer cannot be read"),
            ("print('one two three four')", "answer cannot be read"),
            ("print('8000 1 800 800')", "answer was cut off"),
            ("print('8000 1 800 -1')", "answer was cut off"),
            ("os.write(1, b'8000 1 800 1\\n' + bytes(5))", "answer was cut off"),
            ("[os.write(1, bytes(1 << 16)) for _ in range(1000)]", "answered with more than"),
        ],
    )
    def test_failure_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, message: str
    ) -> None:
        imposter(tmp_path, monkeypatch, code)
        with pytest.raises(DecoderFailed, match=message):
            decode(b"fLaC", Limits(decoder_s=60))

    @pytest.mark.parametrize(
        "answer", ["0 1 800 0", "8000 0 800 0", "8000 2000000000 1 0", "8000 1 99999999999 0", "8000 1 0 0"]
    )
    def test_an_answer_beyond_the_limits_is_refused_like_a_header(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
    ) -> None:
        imposter(tmp_path, monkeypatch, f"print('{answer}')")
        with pytest.raises(BadAudio):
            decode(b"fLaC", Limits())

    def test_values_that_are_no_numbers_are_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        imposter(tmp_path, monkeypatch, "os.write(1, b'8000 1 1 1\\n' + bytes.fromhex('0000c07f'))")
        with pytest.raises(UnreadableAudio, match="no numbers"):
            decode(b"fLaC", Limits())

    def test_sees_neither_keys_nor_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PRANKFILTER_KEYS", "/secret")
        imposter(
            tmp_path,
            monkeypatch,
            "sys.exit(3 if any('SECRET' in v.upper() for v in os.environ.values()) else 4)",
        )
        with pytest.raises(DecoderFailed, match="exit 4"):
            decode(b"fLaC", Limits())

    def test_is_killed_when_the_call_is_cancelled(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mark = tmp_path / "alive"
        imposter(tmp_path, monkeypatch, f"open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
        with pytest.raises(Cancelled):
            decode(b"fLaC", Limits(decoder_s=60), cancelled=lambda: mark.exists() and mark.read_text() != "")
        with pytest.raises(ProcessLookupError):
            os.kill(int(mark.read_text()), 0)

    def test_cannot_take_more_memory_than_allowed(self) -> None:
        with pytest.raises(DecoderFailed, match="died"):
            decode(coded("FLAC"), Limits(decoder_bytes=8_000_000))


class TestToLine:
    def test_leaves_the_line_rate_alone(self) -> None:
        sound = voice(1.0)
        np.testing.assert_array_equal(to_line(Signal(sound, 8000, 1.0)), sound)

    @pytest.mark.parametrize("rate_hz", [6000, 11025, 16000, 22050, 44100, 48000])
    def test_keeps_a_tone_where_it_is(self, rate_hz: int) -> None:
        time_s = np.arange(2 * rate_hz) / rate_hz
        line = to_line(Signal((0.5 * np.sin(2 * np.pi * 1000 * time_s)).astype(np.float32), rate_hz, 2.0))
        assert line.shape == (16_000,)
        assert line.dtype == np.float32
        ideal = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(16_000) / 8000)
        np.testing.assert_allclose(line[800:-800], ideal[800:-800], atol=2e-3)

    def test_lets_nothing_fold_back(self) -> None:
        time_s = np.arange(32_000) / 16_000
        line = to_line(Signal(np.sin(2 * np.pi * 5000 * time_s).astype(np.float32), 16_000, 2.0))
        assert np.abs(line[800:-800]).max() < 1e-3

    def test_stays_within_full_scale(self) -> None:
        square = np.sign(np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)).astype(np.float32)
        assert np.abs(to_line(Signal(square, 48_000, 1.0))).max() <= 1.0

    def test_cuts_at_half_a_minute(self) -> None:
        assert to_line(Signal(np.zeros(16_000 * 31, np.float32), 16_000, 31.0)).shape == (240_000,)
