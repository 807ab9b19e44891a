"""The head is what serving reads, and no speaker judges itself."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from prankfilter_training.ears.calibration import PRIOR, calibrated, fit_calibration
from prankfilter_training.ears.mel import mel_bank
from prankfilter_training.ears.report import auc, by_length
from prankfilter_training.ears.rows import Rows
from prankfilter_training.ears.vector_head import choose_c, cross_fitted, fit_head, log_odds
from sklearn.metrics import roc_auc_score

from prankfilter.audio.child import VECTOR_LENGTH, child_vector, child_voice_probability
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from tests import sounds

LENGTHS_S = (1.0, 2.0, 3.0, 4.0, 5.0, 10.0)


def speakers(count: int = 24, clips: int = 2, shift: float = 1.0, seed: int = 1) -> Rows:
    """Speakers of whom a third are children; what tells them apart is a shift of eight numbers."""
    rng = np.random.default_rng(seed)
    child = np.arange(count) % 3 == 0
    own = rng.standard_normal((count, VECTOR_LENGTH)) + shift * child[:, None] * (
        np.arange(VECTOR_LENGTH) < 8
    )
    rows = count * clips * len(LENGTHS_S)
    who = np.repeat(np.arange(count), clips * len(LENGTHS_S))
    length_s = np.tile(LENGTHS_S, count * clips)
    return Rows(
        vectors=own[who] + 0.5 * rng.standard_normal((rows, VECTOR_LENGTH)),
        speech_s=0.7 * length_s,
        length_s=length_s,
        net_odds=np.full(rows, np.nan),
        child=child[who],
        youth=np.zeros(rows, bool),
        line=np.full(rows, "gsm/pink/18dB", dtype=object),
        speaker=np.array([f"s{number:02d}" for number in who], dtype=object),
        sex=np.where(who % 2, "f", "m").astype(object),
        clip=np.tile(np.repeat(np.arange(clips), len(LENGTHS_S)), count),
    )


def test_the_mel_bank_is_that_of_librosa() -> None:
    reference = librosa.filters.mel(sr=8000, n_fft=256, n_mels=40, fmin=200, fmax=3600)
    np.testing.assert_allclose(mel_bank(), reference, rtol=1e-6)
    assert mel_bank().dtype == np.float64


def test_serving_says_what_training_says() -> None:
    rows = speakers()
    odds, _ = cross_fitted(rows, 0.01)
    head = {**fit_head(rows, 0.01), **fit_calibration(odds, rows)}
    ears = Ears("test", mel_bank(), head)
    tracks = Tracks(ears)
    tracks.feed(sounds.voice(5.0))
    heard = tracks.at(5.0)
    said = log_odds(head, child_vector(heard)[None, :])
    expected = calibrated(head, said, np.array([heard.speech_s]))[0]
    assert 0.0 < expected < 1.0
    assert child_voice_probability(heard, ears) == pytest.approx(expected, abs=1e-12)


def test_every_fold_holds_children_and_adults_and_every_speaker_once() -> None:
    rows = speakers()
    folds = rows.folds
    assert set(folds) == set(rows.speaker)
    for number in range(5):
        members = {speaker for speaker, fold in folds.items() if fold == number}
        ages = {bool(rows.child[rows.speaker == speaker][0]) for speaker in members}
        assert ages == {False, True}


def test_a_speaker_is_judged_by_a_head_that_never_heard_it() -> None:
    """Where nothing tells age, held-out odds are chance, and those of a known speaker are not."""
    rows = speakers(count=60, shift=0.0)
    report_of = {
        "held out": by_length(rows, cross_fitted(rows, 1.0)[0], draws=2)[3].auc.value,
        "heard before": by_length(rows, log_odds(fit_head(rows, 1.0), rows.vectors), draws=2)[3].auc.value,
    }
    assert report_of["heard before"] > 0.95
    assert 0.3 < report_of["held out"] < 0.7


def test_the_report_finds_a_difference_with_its_interval() -> None:
    rows = speakers(count=60, shift=1.0)
    at = by_length(rows, cross_fitted(rows, choose_c(rows))[0], draws=100)[3]
    assert (at.children, at.women, at.men) == (20, 20, 20)
    assert at.auc.low < at.auc.value < at.auc.high <= 1.0
    assert at.auc.low > 0.6


def test_the_calibration_is_honest_at_its_prior() -> None:
    rows = speakers(count=90, shift=0.5)
    odds, _ = cross_fitted(rows, 0.01)
    head = {**fit_head(rows, 0.01), **fit_calibration(odds, rows)}
    slope = np.interp(rows.speech_s, head["calibration_s"], head["calibration_slope"])
    offset = np.interp(rows.speech_s, head["calibration_s"], head["calibration_offset"])
    said = 1 / (1 + np.exp(-(slope * odds + offset)))
    weight = np.where(rows.child, PRIOR / rows.child.sum(), (1 - PRIOR) / (~rows.child).sum())
    assert np.average(said, weights=weight) == pytest.approx(PRIOR, abs=0.05)


def test_auc_is_that_of_scikit_learn_ties_included() -> None:
    rng = np.random.default_rng(3)
    child, odds = rng.random(200) < 0.3, rng.integers(0, 12, 200).astype(float)
    assert auc(child, odds) == pytest.approx(roc_auc_score(child, odds))


def test_the_same_rows_give_the_same_head() -> None:
    first, second = (fit_head(speakers(), 0.01) for _ in range(2))
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
