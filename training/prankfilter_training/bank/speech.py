"""Fitting the head that tells speech from other sounds, on labelled mixtures.

Three folds of speakers and backgrounds fit a head, a fourth sets its threshold, the fifth measures it; the
head that ships is fitted on all five, with the median of the five thresholds.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from prankfilter.audio.spectrum import FRAME, HOP
from prankfilter.audio.speech_head import SpeechHead, Surroundings, speech_head_of
from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.digest import arrays_digest
from prankfilter.bundle.ears import Ears
from prankfilter_training.bank.backgrounds import FOLDS
from prankfilter_training.bank.mixed import SEED, MixtureSet
from prankfilter_training.simulation.randomness import stream
from prankfilter_training.sound.front_end import front_end_digest

HIDDEN = 64
PENALTY = 0.1
EPOCHS, BATCH, RATE = 10, 512, 1e-3
PLACES_KEPT = 3
"""Every so many-th place of a mixture is learnt from; neighbours tell nothing new."""
STARTS, START_S = 2, 1.0
START_PLACES_KEPT = 3
THRESHOLDS = np.linspace(-3.0, 2.0, 41)
"""Log-odds that are tried."""

Arrays = dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Places to learn from.

    Of each its vector (n, 267), whether it is spoken, the number of its mixture, and whether it is of a call
    that begins within it.
    """

    vectors: NDArray[np.float32]
    spoken: NDArray[np.bool_]
    mixture: NDArray[np.int64]
    begun: NDArray[np.bool_]

    def of(self, chosen: NDArray[np.bool_]) -> Examples:
        """Those of the mixtures that are set in ``chosen``, shape (mixtures,)."""
        kept = chosen[self.mixture]
        return Examples(self.vectors[kept], self.spoken[kept], self.mixture[kept], self.begun[kept])


def examples(mixed: MixtureSet, ears: Ears) -> Examples:
    """Places of every mixture, and of calls that begin within it, as serving would see them.

    Of a mixture every `PLACES_KEPT`-th place is taken, of its `STARTS` every `START_PLACES_KEPT`-th: before
    the first second is over nobody knows how quiet the line is, and too few mixtures begin with a voice for
    that to be learnt from them. ``ears`` give the mel bank.
    """
    bare = replace(ears, child=None, sounds=None, speech=None)
    parts = []
    for place, mixture in enumerate(tqdm(mixed.mixtures, desc="places", unit="mixture")):
        sound, spoken = mixed.samples(place), mixed.spoken[place]
        rng = stream(SEED, f"start {mixture.key}")
        calls = [(sound, spoken, PLACES_KEPT)]
        calls += [(*begun, START_PLACES_KEPT) for begun in starts(sound, spoken, rng)]
        for number, (samples, labels, kept) in enumerate(calls):
            chosen = slice(place % kept, None, kept)
            found = vectors_of(samples, bare)[chosen]
            of_each = np.full(len(found), place), np.full(len(found), number > 0)
            parts.append((found, spoken_places(labels)[chosen], *of_each))
    return Examples(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def starts(
    samples: NDArray[np.float32], spoken: NDArray[np.bool_], rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    """Calls that begin somewhere within a mixture: `START_S` of its sound, with the labels of their frames.

    Parameters
    ----------
    samples : ndarray of shape (n,)
        At 8 kHz.
    spoken : ndarray of bool, shape (frames,)
        Labels of the mixture.
    rng : Generator
        Where they begin.
    """
    count = round(START_S * LINE_RATE_HZ)
    frames = 1 + (count - FRAME) // HOP
    for _ in range(STARTS):
        first = int(rng.integers(1, len(spoken) - frames))
        yield samples[first * HOP : first * HOP + count], spoken[first : first + frames]


def vectors_of(samples: NDArray[np.float32], ears: Ears) -> NDArray[np.float32]:
    """The vectors of all places of a sound, shape (places, 267)."""
    tracks = Tracks(ears)
    tracks.feed(samples)
    surroundings = Surroundings()
    return np.concatenate(
        [
            surroundings.feed(step.spectra.log_mel, step.spectra.level_db, step.pitch_hz)
            for step in tracks.steps
        ]
    )


def spoken_places(spoken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Labels of the places, from those of the frames: that of the second frame of each pair."""
    return spoken[1::2]


def fit_head(places: Examples, *, seed: int = SEED) -> Arrays:
    """Fit a head; its standardisation is folded into its weights.

    Returns
    -------
    dict
        The arrays that `prankfilter.bundle.speech_arrays` names, with threshold 0.
    """
    mean = places.vectors.mean(axis=0, dtype=np.float64)
    scale = places.vectors.std(axis=0, dtype=np.float64) + 1e-2
    net = MLPClassifier(
        (HIDDEN,),
        alpha=PENALTY,
        batch_size=BATCH,
        learning_rate_init=RATE,
        max_iter=EPOCHS,
        random_state=seed,
    )
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # so many epochs, and no more, are wanted
        net.fit(((places.vectors - mean) / scale).astype(np.float32), places.spoken)
    (inner, outer), (inner_bias, outer_bias) = net.coefs_, net.intercepts_
    inner = np.asarray(inner, np.float64) / scale[:, None]
    return {
        "hidden_weights": inner,
        "hidden_bias": np.asarray(inner_bias, np.float64) - mean @ inner,
        "weights": np.asarray(outer[:, 0], np.float64),
        "bias": np.asarray(outer_bias, np.float64),
    }


def with_threshold(head: Arrays, threshold: float) -> Arrays:
    """The head whose log-odds are 0 at a threshold."""
    return {**head, "bias": head["bias"] - threshold}


def head_of(arrays: Arrays) -> SpeechHead:
    """The head as it is served."""
    head = speech_head_of(Ears("", np.empty(0), speech=arrays))
    assert head is not None  # noqa: S101 - arrays were given
    return head


def best_threshold(score: NDArray[np.float32], places: Examples, tried: Sequence[float]) -> float:
    """The threshold with the best F1: as much weight on what is missed as on what is made up.

    F1 over all places and F1 over the first second of calls count alike: at a look of 1 s there is nothing
    else, and there are few of them.
    """

    def worth(threshold: float) -> float:
        found = score > threshold
        groups = (np.ones(len(found), np.bool_), places.begun)
        return sum(f1(found[group], places.spoken[group]) for group in groups)

    return max(tried, key=worth)


def f1(found: NDArray[np.bool_], spoken: NDArray[np.bool_]) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is found or spoken."""
    both = np.count_nonzero(found & spoken)
    either = np.count_nonzero(found) + np.count_nonzero(spoken)
    return 2 * both / either if either else 0.0


@dataclass(frozen=True, slots=True)
class Fold:
    """Numbers of the folds that fit, that set the threshold, and that measure."""

    measured: int

    @property
    def tuned(self) -> int:
        """The fold that sets the threshold."""
        return (self.measured + 1) % FOLDS

    @property
    def fitted(self) -> tuple[int, ...]:
        """The others."""
        return tuple(fold for fold in range(FOLDS) if fold not in (self.measured, self.tuned))


def fit_fold(places: Examples, fold_of: NDArray[np.int64], fold: Fold) -> tuple[Arrays, float]:
    """The head of a fold, with the threshold that the fold beside it set; ``fold_of`` is that of mixtures."""
    head = fit_head(places.of(np.isin(fold_of, fold.fitted)))
    tuning = places.of(fold_of == fold.tuned)
    threshold = best_threshold(head_of(head).log_odds(tuning.vectors), tuning, THRESHOLDS.tolist())
    return with_threshold(head, threshold), threshold


@dataclass(frozen=True, slots=True, eq=False)
class SpeechFit:
    """The head that ships, and one a fold that never met it.

    Attributes
    ----------
    deployed : dict
        ``speech.*`` of the ears bundle, without the prefix: `Ears.speech`.
    by_fold : tuple of dict
        For each fold, a head that neither learned from it nor was tuned on it.
    thresholds : tuple of float
        Log-odds that each fold set; the median is folded into the ``bias`` of ``deployed``.
    """

    deployed: Arrays
    by_fold: tuple[Arrays, ...]
    thresholds: tuple[float, ...]


def fit_speech_head(
    mixed: MixtureSet,
    ears: Ears,
    *,
    heard: Callable[[MixtureSet, Ears], Examples] = examples,
    workers: int = 1,
) -> SpeechFit:
    """Fit the heads.

    Parameters
    ----------
    mixed : MixtureSet
        From `prankfilter_training.bank.mixed.mix`.
    ears : Ears
        Only the mel bank is used.
    heard : callable
        Makes the examples.
    workers : int
        Processes.
    """
    places = heard(mixed, ears)
    fold_of = np.array([mixture.fold for mixture in mixed.mixtures])
    jobs = [joblib.delayed(fit_fold)(places, fold_of, Fold(number)) for number in range(FOLDS)]
    jobs.append(joblib.delayed(fit_head)(places))
    results = joblib.Parallel(n_jobs=workers, return_as="generator")(jobs)
    *folds, deployed = tqdm(results, total=len(jobs), desc="speech", unit="head")
    thresholds = tuple(threshold for _, threshold in folds)
    by_fold = tuple(head for head, _ in folds)
    return SpeechFit(with_threshold(deployed, float(np.median(thresholds))), by_fold, thresholds)


def learn_speech(mixed: MixtureSet, ears: Ears, cache: Path, *, workers: int = 1) -> SpeechFit:
    """`fit_speech_head`, or what ``cache`` holds of it."""
    path = cache / f"heads-{_digest(mixed, ears)}.joblib"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        joblib.dump(fit_speech_head(mixed, ears, workers=workers), path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)
    known: SpeechFit = joblib.load(path)
    return known


def _digest(mixed: MixtureSet, ears: Ears) -> str:
    """Changes with the mixtures, the mel bank, and the code."""
    some = mixed.levels[:: max(1, len(mixed.levels) // 16)].tobytes()
    keys = "".join(mixture.key for mixture in mixed.mixtures).encode()
    code = front_end_digest(Path(__file__)) + arrays_digest({"mel_bank": ears.mel_bank})
    return hashlib.sha256(some + keys + code.encode()).hexdigest()[:32]
