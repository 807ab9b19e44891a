"""Make the demonstration's clips: synthetic speech of our own (espeak-ng) and tones, 8 kHz A-law.

Run once by the project's developers (`make demo-clips`, wants espeak-ng); the clips travel with the
package. No person's voice is in them, and they are no evidence of how well real voices are told apart.
"""

from __future__ import annotations

import io
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from prankfilter.audio.companding import encode_a_law

RATE_HZ = 8000
CLIPS = Path(__file__).parent / "clips"

CHILD_SIZE = 1.3
"""How much shorter than an adult's a child's vocal tract is made: pitch and formants rise by this."""

SPEECH: dict[str, tuple[str, int, int, str]] = {
    # name: (voice, pitch 0-99, words a minute, text)
    "adult_fire": (
        "id+m3",
        38,
        165,
        "Tolong! Ada kebakaran di Jalan Merdeka, rumah tetangga saya terbakar. Cepat kirim pemadam.",
    ),
    "adult_accident": (
        "id+f2",
        50,
        170,
        "Halo, ada kecelakaan motor di depan pasar. Korban dua orang, satu tidak sadar. Tolong ambulans.",
    ),
    "adult_sick": (
        "id+m3",
        45,
        150,
        "Bapak saya sesak napas. Alamatnya Jalan Propinsi nomor dua belas, dekat masjid.",
    ),
    "adult_flood": (
        "id+m1",
        45,
        170,
        "Air sudah masuk rumah, setinggi lutut. Ada orang tua di sini, tolong dijemput.",
    ),
    "adult_question": (
        "id+f1",
        48,
        160,
        "Selamat malam, saya mau bertanya nomor telepon rumah sakit umum daerah.",
    ),
    "adult_electricity": (
        "id+m4",
        42,
        160,
        "Pak, listrik di tempat kami padam sejak sore. Kapan menyala lagi?",
    ),
    "adult_joke": (
        "id+m2",
        40,
        175,
        "Halo, pesan nasi goreng dua, yang pedas ya. Minumnya es teh. Antar ke kantor polisi.",
    ),
    "adult_joke_again": (
        "id+m2",
        41,
        180,
        "Halo, ini saya lagi. Nasi gorengnya mana? Sudah lapar ini. Jangan lupa kerupuknya.",
    ),
    "adult_false_report": ("id+m5", 40, 165, "Ada bom di terminal. Cepat datang. Saya tidak mau sebut nama."),
    "child_play": ("id+f2", 60, 130, "Halo, halo, ini siapa? Aku mau bicara sama pemadam. Halo, dadah."),
    "child_mother": ("id+f2", 60, 120, "Ibu jatuh, tidak bangun-bangun. Ibu tidak mau bangun. Tolong ibu."),
    "child_mother_again": ("id+f2", 62, 115, "Ibu masih tidur di lantai. Aku takut. Tolong datang ke rumah."),
}


def speech(
    voice: str, pitch: int, words_per_minute: int, text: str, *, size: float = 1.0
) -> NDArray[np.float32]:
    """Speak a text; returns shape (n,) at 8 kHz, about -22 dBFS. A larger size sounds smaller."""
    wav = subprocess.run(  # noqa: S603 - a fixed command with texts of our own
        ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(words_per_minute), "--stdout", text],  # noqa: S607
        check=True,
        capture_output=True,
    ).stdout
    with wave.open(io.BytesIO(wav)) as recording:
        samples = np.frombuffer(recording.readframes(10**9), "<i2").astype(np.float32) / 32768
        line = soxr.resample(samples, recording.getframerate() * size, RATE_HZ)
    line = line / np.sqrt(np.mean(line**2)) * 0.08
    lead = np.zeros(int(0.4 * RATE_HZ), np.float32)
    return np.concatenate([lead, line, lead]).astype(np.float32)


def tone(seconds: float, *frequencies_hz: float, level: float = 0.2) -> NDArray[np.float32]:
    """Sum of sines of equal level."""
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return sum(level * np.sin(2 * np.pi * hz * time_s) for hz in frequencies_hz).astype(np.float32)  # type: ignore[union-attr]


def silence(seconds: float) -> NDArray[np.float32]:
    """Digital silence."""
    return np.zeros(int(seconds * RATE_HZ), np.float32)


def baudot(rng: np.random.Generator, seconds: float) -> NDArray[np.float32]:
    """Text telephone (45.45 baud, mark 1400 Hz, space 1800 Hz)."""
    bit_s = 0.022
    bits = rng.integers(0, 2, int(seconds / bit_s))
    per_bit = int(bit_s * RATE_HZ)
    phase = np.cumsum(np.repeat(np.where(bits, 1400.0, 1800.0), per_bit)) / RATE_HZ
    return (0.2 * np.sin(2 * np.pi * phase)).astype(np.float32)


def rustle(rng: np.random.Generator, seconds: float) -> NDArray[np.float32]:
    """Cloth over a microphone: bursts of low noise, no voice."""
    noise = rng.standard_normal(int(seconds * RATE_HZ))
    low = np.convolve(noise, np.ones(24) / 24, mode="same")
    bursts = np.repeat(rng.random(int(seconds * 4) + 1) ** 3, RATE_HZ // 4)[: low.size]
    return (0.35 * low * bursts).astype(np.float32)


def others() -> dict[str, NDArray[np.float32]]:
    """Everything but speech."""
    rng = np.random.default_rng(112)
    dtmf = [np.concatenate([tone(0.12, 770, 1336), silence(0.1)]) for _ in range(3)]
    ringback = [np.concatenate([tone(1.0, 425), silence(1.5)]) for _ in range(2)]
    return {
        "line_noise": (0.002 * rng.standard_normal(8 * RATE_HZ)).astype(np.float32),
        "dead_line": silence(6),
        "pocket": rustle(rng, 8),
        "dtmf": np.concatenate([silence(0.6), *dtmf, silence(2.5), *dtmf, silence(1.0)]),
        "text_telephone": np.concatenate([silence(0.4), baudot(rng, 3.5), silence(1.0), baudot(rng, 1.5)]),
        "ringback": np.concatenate(ringback),
        "loud_noise": (0.15 * rng.standard_normal(6 * RATE_HZ)).astype(np.float32),
    }


def wav_alaw(samples: NDArray[np.float32]) -> bytes:
    """Wrap samples as an A-law WAV."""
    data = encode_a_law(np.round(samples * 32767).astype(np.int16)).tobytes()
    fmt = (
        np.array([6, 1], "<u2").tobytes()
        + np.array([RATE_HZ, RATE_HZ], "<u4").tobytes()
        + np.array([1, 8], "<u2").tobytes()
    )
    body = (
        b"WAVEfmt "
        + np.uint32(len(fmt)).tobytes()
        + fmt
        + b"data"
        + np.uint32(len(data)).tobytes()
        + data
        + b"\0" * (len(data) % 2)
    )
    return b"RIFF" + np.uint32(len(body)).tobytes() + body


def main() -> int:
    """Write every clip."""
    rng = np.random.default_rng(8112)
    CLIPS.mkdir(exist_ok=True)
    clips = {
        name: speech(*spoken, size=CHILD_SIZE if name.startswith("child") else 1.0)
        for name, spoken in SPEECH.items()
    } | others()
    clips["half_a_second"] = clips["adult_fire"][int(0.4 * RATE_HZ) : int(0.9 * RATE_HZ)]
    for name, samples in clips.items():
        noisy = samples if name == "dead_line" else samples + 0.0015 * rng.standard_normal(samples.size)
        (CLIPS / f"{name}.wav").write_bytes(wav_alaw(np.clip(noisy, -1, 1).astype(np.float32)))
    print(f"{len(clips)} clips, {sum(path.stat().st_size for path in CLIPS.glob('*.wav'))} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
