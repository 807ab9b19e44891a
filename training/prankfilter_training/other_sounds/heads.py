"""Fitting the heads for other sounds: one small net a kind, its threshold set on sources it never heard."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from prankfilter.audio.sounds import NOTHING, SoundHead
from prankfilter.bundle.ears import Ears
from prankfilter_training.other_sounds.seconds import Seconds, hear
from prankfilter_training.other_sounds.sources import BABY_CRY, MUSIC, SPEECH

CONTENT_OF: Mapping[str, str] = MappingProxyType({"baby_cry": BABY_CRY, "music": MUSIC})
"""The heads by their names in a bundle, and what each listens for."""

HIDDEN = 32
PENALTY = 1.0
EPOCHS = 25
BATCH = 256
LEARNING_RATE = 2e-3
SEED = 112
ALARM_SHARE = 0.01
"""Of clips of speech, 10 s each, at most so many may be taken for the sound."""

Head = dict[str, NDArray[np.float64]]


def fit_sound_heads(
    audio_root: Path, music_root: Path | None, ears: Ears, cache: Path, *, workers: int = 1
) -> dict[str, NDArray[np.float64]]:
    """Fit all heads on all sources.

    Parameters
    ----------
    audio_root, music_root : Path
        As in `sources.read_sources`; without music there is no head for it.
    ears : Ears
        Only the mel bank is used.
    cache : Path
        Folder of finished work.
    workers : int
        Processes.

    Returns
    -------
    dict
        Arrays as `prankfilter.bundle.ears.ears_arrays` takes them for ``sounds``.
    """
    rows = hear(audio_root, music_root, ears, cache, workers=workers)
    return {
        f"{kind}.{name}": array
        for kind, content in CONTENT_OF.items()
        if (rows.content == content).any()
        for name, array in fit_with_threshold(rows, content).items()
    }


def fit_with_threshold(rows: Seconds, content: str) -> Head:
    """A head on all rows; its threshold comes from heads that did not hear what they judge."""
    held_out = threshold(rows, cross_fitted(rows, content))
    return {**fit_head(rows, content), "threshold": np.array([held_out])}


def nested(rows: Seconds, content: str) -> NDArray[np.float64]:
    """Judge every fold by a head, and a threshold, that come from the other folds alone.

    Returns log-odds less the threshold, shape (rows,): above 0 the sound is heard.
    """
    out = np.empty(len(rows.fold))
    for fold in np.unique(rows.fold):
        here = rows.fold == fold
        head = fit_with_threshold(rows.at(~here), content)
        out[here] = log_odds(head, rows.at(here)) - head["threshold"][0]
    return out


def cross_fitted(rows: Seconds, content: str) -> NDArray[np.float64]:
    """Log-odds of each row by a head that heard nothing of its fold, shape (rows,)."""
    out = np.empty(len(rows.fold))
    for fold in np.unique(rows.fold):
        here = rows.fold == fold
        out[here] = log_odds(fit_head(rows.at(~here), content), rows.at(here))
    return out


def fit_head(rows: Seconds, content: str) -> Head:
    """Scaler and net as `prankfilter.audio.sounds.SoundHead` runs them; the threshold is not set yet."""
    rows = rows.at(~rows.quiet & (rows.active | (rows.content != content)))
    mean, scale = np.nanmean(rows.vectors, axis=0), np.nanstd(rows.vectors, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    net = MLPClassifier(
        (HIDDEN,),
        alpha=PENALTY,
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS,
        batch_size=min(BATCH, len(rows.fold)),
        learning_rate_init=LEARNING_RATE,
        random_state=SEED,
    )
    standardised = np.nan_to_num((rows.vectors - mean) / scale)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a fixed number of epochs is meant
        net.fit(standardised, rows.content == content, sample_weight=_weights(rows, content))
    return {
        "mean": mean,
        "scale": scale,
        "hidden_weights": net.coefs_[0].copy(),
        "hidden_bias": net.intercepts_[0].copy(),
        "weights": net.coefs_[1][:, 0].copy(),
        "bias": net.intercepts_[1].copy(),
        "threshold": np.zeros(1),
    }


def log_odds(head: Mapping[str, NDArray[np.float64]], rows: Seconds) -> NDArray[np.float64]:
    """What the service would say of each row."""
    said = SoundHead(**head).log_odds(rows.vectors)
    return np.where(rows.quiet, NOTHING, said)


def threshold(rows: Seconds, odds: NDArray[np.float64]) -> float:
    """Log-odds that at most `ALARM_SHARE` of the clips of speech exceed in any second."""
    speech = np.isin(rows.content, SPEECH)
    return float(np.quantile(loudest(rows.at(speech), odds[speech]), 1 - ALARM_SHARE))


def loudest(rows: Seconds, odds: NDArray[np.float64], *, within_s: float = np.inf) -> NDArray[np.float64]:
    """Largest log-odds of each clip in its first seconds, in the order of the clips."""
    early = rows.second < within_s
    clips, place = np.unique(rows.clip[early], return_inverse=True)
    out = np.full(len(clips), -np.inf)
    np.maximum.at(out, place, odds[early])
    return out


def _weights(rows: Seconds, content: str) -> NDArray[np.float64]:
    """Rare contents weigh more for each row, and the sound as much as a half of all others together."""
    _, place, count = np.unique(rows.content, return_inverse=True, return_counts=True)
    weight = 1.0 / np.sqrt(count[place])
    wanted = rows.content == content
    weight[wanted] *= 0.5 * weight[~wanted].sum() / weight[wanted].sum()
    return np.asarray(weight / weight.mean())
