"""On real recordings: equal to librosa, speech found, and voices and cries not taken for tones."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from prankfilter.audio.companding import decode_a_law, encode_a_law
from prankfilter.audio.decode import decode
from prankfilter.audio.heard import Heard
from prankfilter.audio.pitch import PITCH_FRAME, PITCH_HOP, pitch
from prankfilter.audio.recording import Limits
from prankfilter.audio.spectrum import Spectrum
from prankfilter.audio.telephone import to_line
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from tests.golden.ask_librosa import log_mel, mel_bank, pitch_hz
from tests.golden.librosa_cases import kept

AUDIO = Path(__file__).parents[2].parent / "shared" / "audio"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not AUDIO.is_dir() and not os.environ.get("CI"), reason="the real recordings are not on this machine"
    ),
]

EARS = Ears("librosa", kept()["mel_bank"])


def recordings(table: str, *, every: int, **wanted: str) -> list[NDArray[np.float32]]:
    """Every so many-th recording of a table with these columns, at an ordinary level on an A-law line."""
    with (AUDIO / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if wanted.items() <= row.items()]
    lines = []
    for row in rows[::every]:
        samples = to_line(decode((AUDIO / row["file"]).read_bytes(), Limits(decoder_s=30.0)))
        rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
        if len(samples) >= 8000 and rms > 1e-5:
            levels = np.clip(samples * (0.06 / rms) * 32767, -32768, 32767).astype(np.int16)
            lines.append((decode_a_law(encode_a_law(levels)) / 32768).astype(np.float32))
    return lines


def heard(line: NDArray[np.float32]) -> Heard:
    tracks = Tracks(EARS)
    tracks.feed(line)
    return tracks.at(int(tracks.seconds))


def share_with(lines: list[NDArray[np.float32]], track: str) -> float:
    """Share of the recordings in which a track is set anywhere."""
    return float(np.mean([getattr(heard(line), track).any() for line in lines]))


def test_the_kept_bank_is_that_of_librosa() -> None:
    np.testing.assert_array_equal(mel_bank(), kept()["mel_bank"])


@pytest.mark.parametrize(("table", "every"), [("speechocean762", 250), ("donateacry", 90), ("esc10", 50)])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_spectra_and_pitch_equal_those_of_librosa(table: str, every: int) -> None:
    """All spectra, and of the voiced frames all but those where two troughs are as deep as each other."""
    spectrum = Spectrum(kept()["mel_bank"])
    apart = []
    for line in recordings(table, every=every):
        np.testing.assert_allclose(spectrum.measure(line).log_mel, log_mel(line), atol=0.02)
        places = np.lib.stride_tricks.sliding_window_view(line, PITCH_FRAME)[::PITCH_HOP]
        found_hz, periodicity = pitch(places)
        voiced = periodicity > 0.9
        apart.append(np.abs(found_hz[voiced] / pitch_hz(line)[voiced] - 1) > 1e-3)
    assert np.concatenate(apart).size > 300
    assert np.concatenate(apart).mean() <= 0.01


def test_speech_is_found_in_speech() -> None:
    for table, every in (("speechocean762", 25), ("fsdd", 10)):
        shares = [float(heard(line).speech.mean()) for line in recordings(table, every=every)]
        assert np.median(shares) > 0.5
        assert np.mean(np.array(shares) > 0.1) > 0.95


@pytest.mark.parametrize(
    ("sound", "most"),
    [
        ("Rain", 0.02),
        ("Sea waves", 0.05),
        ("Helicopter", 0.1),
        ("Fire crackling", 0.15),
        ("Clock tick", 0.2),
        ("Chainsaw", 0.3),
    ],
)
def test_speech_is_seldom_found_in_noise(sound: str, most: float) -> None:
    lines = recordings("esc10", every=2, sound=sound)
    assert len(lines) >= 15
    assert np.mean([heard(line).speech.mean() for line in lines]) <= most


@pytest.mark.parametrize(
    ("table", "every", "dtmf", "text_telephone"),
    [("speechocean762", 10, 0.005, 0.005), ("fsdd", 3, 0.005, 0.005), ("donateacry", 3, 0.02, 0.02)],
)
def test_voices_are_seldom_taken_for_tones(
    table: str, every: int, dtmf: float, text_telephone: float
) -> None:
    lines = recordings(table, every=every)
    assert share_with(lines, "dtmf") <= dtmf
    assert share_with(lines, "text_telephone") <= text_telephone
