"""Fitting the heads for other sounds: one small net a kind, its threshold set on sources it never heard."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from prankfilter.audio.sounds import NOTHING, SoundHead
from prankfilter_training.other_sounds.seconds import Seconds
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


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """All heads, and what their like say of what they never heard.

    Attributes
    ----------
    heads : dict
        Arrays as `prankfilter.bundle.ears.ears_arrays` takes them for ``sounds``.
    held_out : dict
        By content, `nested` log-odds less the threshold, shape (rows,).
    """

    heads: Head
    held_out: dict[str, NDArray[np.float64]]


def fit_sound_heads(rows: Seconds, cache: Path, *, workers: int = 1) -> Fit:
    """Fit a head for each sound of `CONTENT_OF` that is in the rows; without music there is no head for it.

    Parameters
    ----------
    rows : Seconds
        From `prankfilter_training.other_sounds.seconds.hear`.
    cache : Path
        Folder of finished work.
    workers : int
        Processes.
    """
    known = {kind: content for kind, content in CONTENT_OF.items() if (rows.content == content).any()}
    jobs = (joblib.delayed(_kept)(rows, content, cache) for content in known.values())
    results = joblib.Parallel(n_jobs=workers, return_as="generator")(jobs)
    done = list(tqdm(results, total=len(known), desc="heads of sounds", unit="head"))
    return Fit(
        {
            f"{kind}.{name}": array
            for kind, (head, _) in zip(known, done, strict=True)
            for name, array in head.items()
        },
        {content: odds for content, (_, odds) in zip(known.values(), done, strict=True)},
    )


def _kept(rows: Seconds, content: str, cache: Path) -> tuple[Head, NDArray[np.float64]]:
    """The head and the held-out log-odds of one sound, from the cache where they are in it."""
    path = cache / f"head-{_digest(rows, content)}.joblib"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        done = fit_with_threshold(rows, content), nested(rows, content)
        joblib.dump(done, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)
    known: tuple[Head, NDArray[np.float64]] = joblib.load(path)
    return known


def _digest(rows: Seconds, content: str) -> str:
    """Changes with the rows and with this code."""
    named = Path(__file__).read_bytes() + content.encode()
    columns = (rows.vectors, rows.quiet, rows.active, rows.clip, rows.fold, rows.content)
    return hashlib.sha256(named + b"".join(column.tobytes() for column in columns)).hexdigest()[:32]


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
