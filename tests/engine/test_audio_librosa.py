"""librosa defines what is heard: our spectra and pitch equal what it once said of idealised sounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from prankfilter.audio.pitch import PITCH_FRAME, PITCH_HOP, pitch, voiced_pitch
from prankfilter.audio.spectrum import HOP, Spectrum
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.running import Library
from tests.golden.librosa_cases import CASES, COEFFICIENTS, kept

MEL_TOLERANCE_DB = 0.01
"""Both compute in single precision; rounding shows at 80 dB below the loudest band."""

MFCC_TOLERANCE_DB = 0.001
"""A coefficient is a sum of 40 log-mels by a cosine of norm 1."""

PITCH_TOLERANCE = 1e-4
"""Relative: 0.002 semitones."""

PITCH_SHARE = 0.99
"""Share of the frames that count as voiced; in the others two troughs are as deep as each other."""

every_case = pytest.mark.parametrize("case", CASES)


def pitch_places(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.lib.stride_tricks.sliding_window_view(samples, PITCH_FRAME)[::PITCH_HOP]


def ears() -> Ears:
    return Ears("librosa", kept()["mel_bank"])


@every_case
def test_log_mel(case: str) -> None:
    spectra = Spectrum(kept()["mel_bank"]).measure(CASES[case])
    expected = kept()[f"{case} log_mel"]
    assert spectra.log_mel.shape == expected.shape
    np.testing.assert_allclose(spectra.log_mel, expected, atol=MEL_TOLERANCE_DB)


@every_case
def test_log_mel_of_tracks_second_by_second(case: str) -> None:
    tracks = Tracks(ears())
    tracks.feed(CASES[case])
    heard = tracks.at(2)
    assert len(heard.log_mel) == 1 + (len(CASES[case]) - 256) // HOP
    np.testing.assert_allclose(heard.log_mel, kept()[f"{case} log_mel"], atol=MEL_TOLERANCE_DB)


@every_case
def test_cepstrum_of_our_log_mel(case: str) -> None:
    """Nothing here computes MFCC; who does it from our log-mels, by a DCT (type 2), gets those of librosa."""
    tracks = Tracks(ears())
    tracks.feed(CASES[case])
    log_mel = tracks.at(2).log_mel
    within_80_db = np.maximum(log_mel, log_mel.max() - 80.0)
    band, number = np.arange(40) + 0.5, np.arange(COEFFICIENTS)
    cosines = np.sqrt(2 / 40) * np.cos(np.pi / 40 * number[:, None] * band)
    cosines[0] /= np.sqrt(2)
    np.testing.assert_allclose(within_80_db @ cosines.T, kept()[f"{case} mfcc"], atol=MFCC_TOLERANCE_DB)


@pytest.mark.parametrize("case", ["low voice", "high voice"])
def test_pitch_where_there_is_one(case: str) -> None:
    found_hz, periodicity = pitch(pitch_places(CASES[case]))
    voiced = periodicity > 0.9
    assert voiced.mean() > 0.6
    np.testing.assert_allclose(found_hz[voiced], kept()[f"{case} pitch_hz"][voiced], rtol=PITCH_TOLERANCE)


@pytest.mark.parametrize("case", ["low voice", "high voice"])
def test_pitch_of_tracks(case: str) -> None:
    tracks = Tracks(ears())
    tracks.feed(CASES[case])
    expected_hz = np.repeat(kept()[f"{case} pitch_hz"], 2)
    found_hz = tracks.at(2).pitch_hz[: len(expected_hz)]
    voiced = ~np.isnan(found_hz)
    assert voiced.mean() > 0.6
    np.testing.assert_allclose(found_hz[voiced], expected_hz[voiced], rtol=PITCH_TOLERANCE)


@pytest.mark.parametrize("case", ["low voice", "high voice", "chirp"])
def test_pitch_of_nearly_all_voiced_frames(case: str) -> None:
    places = pitch_places(CASES[case])
    found_hz = voiced_pitch(places)
    voiced = ~np.isnan(found_hz)
    apart = np.abs(found_hz[voiced] / kept()[f"{case} pitch_hz"][voiced] - 1)
    assert voiced.sum() >= 10
    assert (apart <= PITCH_TOLERANCE).mean() >= PITCH_SHARE


def test_shipped_ears_carry_the_bank_of_librosa() -> None:
    shipped = Library(Path(__file__).parents[2] / "models").load().ears
    np.testing.assert_allclose(shipped.mel_bank, kept()["mel_bank"], rtol=1e-12, atol=0)


def test_bands_lie_where_those_of_librosa_do() -> None:
    mel_hz = Spectrum(kept()["mel_bank"]).mel_hz
    assert np.all(np.diff(mel_hz) > 0)
    assert 200 < mel_hz[0] < 300
    assert 3400 < mel_hz[-1] < 3600
