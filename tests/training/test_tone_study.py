"""The study of tones plays what it says, and its figures count what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from prankfilter_training.ears.mel import mel_bank
from prankfilter_training.other_sounds.report import SoundReport
from prankfilter_training.other_sounds.shares import Share

from benchmarks.line_faults import Clipping, Hum
from benchmarks.sounds_page import Cost, Study, write_page
from benchmarks.tone_measures import Alarms, Found, Line, alarms, condition, found
from benchmarks.tone_signals import CLIP_S, KINDS, TRACK_OF, Played, all_played
from prankfilter.audio.spectrum import Spectrum
from tests.sounds import RATE_HZ, keys, line_noise, voice

SPECTRUM = Spectrum(mel_bank())


@pytest.fixture(scope="module")
def played() -> list[Played]:
    return list(all_played(3, [voice(12.0)], times=1))


def test_every_kind_is_played_through_every_codec_in_every_condition(played: list[Played]) -> None:
    combinations = {(one.kind, one.codec, condition(one), one.noise) for one in played}
    assert len(combinations) == len(played)
    assert {one.kind for one in played} == set(KINDS) == set(TRACK_OF)
    assert all(one.samples.shape == (round(CLIP_S * RATE_HZ),) for one in played)


def test_a_tone_stands_so_far_above_its_noise(played: list[Played]) -> None:
    for one in played:
        if (
            one.over_speech_db is None
            and one.codec == "a_law"
            and one.noise == "white"
            and one.snr_db == 10.0
        ):
            start, end = round(one.start_s * RATE_HZ), round(one.end_s * RATE_HZ)
            loud, quiet = one.samples[start:end], one.samples[end + 80 :]
            ratio_db = 10 * np.log10(np.mean(np.square(loud)) / np.mean(np.square(quiet)) - 1)
            assert ratio_db == pytest.approx(10.0, abs=2.0), one.kind


def test_clean_tones_over_a_law_are_found_and_their_delay_is_that_of_the_detector(
    played: list[Played],
) -> None:
    clean = [one for one in played if one.codec == "a_law" and condition(one) == "SNR 20 dB"]
    figures = {one.kind: one for one in found(clean, SPECTRUM)}
    assert {one.share for one in figures.values()} == {1.0}
    assert figures["telephone key"].played == 3
    assert 0.04 <= figures["telephone key"].delay_s <= 0.1
    assert 0.15 <= figures["ring tone, 1 s"].delay_s <= 0.3


def test_alarms_are_counted_by_recording_and_hour() -> None:
    heard = [
        Line("speech", 1, 3.0, SPECTRUM.measure(keys(3.0))),
        Line("speech", 1, 3.0, SPECTRUM.measure(line_noise(3.0))),
        Line("rain", 0, 3.0, SPECTRUM.measure(line_noise(3.0))),
    ]
    rain, speech = alarms(heard)
    assert (rain.content, rain.with_track["dtmf"]) == ("rain", 0)
    assert (speech.recordings, speech.with_track["dtmf"]) == (2, 1)
    assert speech.an_hour("dtmf") == pytest.approx(600.0)


def test_the_page_says_what_is_simulated_and_holds_every_figure(tmp_path: Path) -> None:
    share = Share("3 s, alone", 40, 12, 0.625, 0.5, 0.75)
    report = SoundReport("baby cry", share, share, (share,), (share,), (share,))
    figures = [
        Found(kind, codec, "SNR 20 dB", 12, 0.75, 0.0625)
        for kind in KINDS
        for codec in ("a_law", "mu_law", "gsm")
    ]
    study = Study(
        heads=[report],
        first=figures,
        second=figures,
        alarms=[Alarms("speech", 1, 0.5, 9, dict.fromkeys((*set(TRACK_OF.values()), "steady"), 3))],
        clipping=[Clipping("gsm", 6.0, 0.0123, 0.0045)],
        hum=[Hum("gsm", -30.0, 0.11, 0.22, 0.33, 0.44)],
        costs=[Cost("tones", 0.0678)],
    )
    write_page(tmp_path / "sounds.md", study)
    page = (tmp_path / "sounds.md").read_text(encoding="utf-8")
    for figure in ("0.625 [0.500, 0.750]", "0.75 / 0.75", "3 (6.0)", "0.0123", "0.33", "0.068", "0.06 s"):
        assert figure in page
    assert "**all lines are simulated**" in page
    assert (tmp_path / "sounds.png").read_bytes().startswith(b"\x89PNG")
