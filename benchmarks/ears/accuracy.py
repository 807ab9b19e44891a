"""Child or adult: every system on the same clips, the same split by speaker, the same draws of speakers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from prankfilter_training.ears.report import Estimate, auc, found_at
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from benchmarks.ears.clips import Split

Array = NDArray[np.float64]

DRAWS = 1000
C_GRID = (0.1, 1.0, 10.0)
GAMMA_GRID = (0.001, 0.005, 0.02)
INNER_FOLDS = 4
FLAGGED_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Judged:
    """One system at one length of clips.

    Attributes
    ----------
    unanswered : float
        Share of the clips that it said nothing about, as too little was spoken.
    auc, auc_women : Estimate
        Against all adults, and against women: of the clips that it answered.
    found : Estimate
        Share of all children's clips above what `FLAGGED_SHARE` of the adults' exceed; none is found where
        there is no answer.
    ahead : Estimate or None
        How far the ears' AUC is above its, on the clips that both answered.
    """

    system: str
    length_s: float
    clips: int
    unanswered: float
    auc: Estimate
    auc_women: Estimate
    found: Estimate
    ahead: Estimate | None


def held_out_svm(numbers: Array, split: Split) -> Array:
    """Decision values of a support vector machine on numbers of shape (speakers, clips, numbers).

    Nested: its penalty and width are chosen by speaker within the folds that it is fitted on.

    Returns
    -------
    NDArray[float64]
        Shape (speakers, clips), each by a machine that never heard the speaker.
    """
    speakers, clips, _ = numbers.shape
    rows = np.nan_to_num(numbers.reshape(speakers * clips, -1))
    speaker = np.repeat(np.arange(speakers), clips)
    fold, child = split.fold[speaker], split.child[speaker]
    out = np.empty(len(rows))
    for number in np.unique(fold):
        known = fold != number
        machine = make_pipeline(StandardScaler(), SVC(class_weight="balanced"))
        grid = {"svc__C": C_GRID, "svc__gamma": GAMMA_GRID}
        search = GridSearchCV(machine, grid, scoring="roc_auc", cv=GroupKFold(INNER_FOLDS))
        search.fit(rows[known], child[known], groups=speaker[known])
        out[~known] = search.decision_function(rows[~known])
    return out.reshape(speakers, clips)


def judge(
    odds: Mapping[tuple[str, float], Array], split: Split, *, ours: str, draws: int = DRAWS, seed: int = 0
) -> list[Judged]:
    """Figures of each system at each length.

    Parameters
    ----------
    odds : mapping of (system, length_s) to NDArray[float64]
        Shape (speakers, clips), higher for a child, NaN where the system did not answer.
    split : Split
    ours : str
        The system that the others are compared with, clip by clip and draw by draw.
    """
    drawn = draws_of(split, draws, seed)
    return [
        _judged(
            system, length_s, values, odds.get((ours, length_s)) if system != ours else None, split, drawn
        )
        for (system, length_s), values in odds.items()
    ]


def draws_of(split: Split, draws: int, seed: int) -> list[NDArray[np.intp]]:
    """Speakers drawn with replacement, children and adults each as many as there are."""
    rng = np.random.default_rng(seed)
    groups = [np.flatnonzero(split.child), np.flatnonzero(~split.child)]
    return [np.concatenate([rng.choice(group, size=len(group)) for group in groups]) for _ in range(draws)]


def _judged(
    system: str,
    length_s: float,
    odds: Array,
    ours: Array | None,
    split: Split,
    drawn: Sequence[NDArray[np.intp]],
) -> Judged:
    every = np.arange(len(split.speakers))
    women = split.child | split.woman

    def interval(figure: Callable[[NDArray[np.intp]], float]) -> Estimate:
        low, high = np.quantile([figure(speakers) for speakers in drawn], (0.025, 0.975))
        return Estimate(figure(every), float(low), float(high))

    def area(values: Array, speakers: NDArray[np.intp]) -> float:
        child, said = _clips(values, split, speakers)
        answered = ~np.isnan(said)
        return auc(child[answered], said[answered])

    def found(speakers: NDArray[np.intp]) -> float:
        child, said = _clips(odds, split, speakers)
        return found_at(FLAGGED_SHARE)(child, np.nan_to_num(said, nan=-np.finfo(float).max))

    def ahead(speakers: NDArray[np.intp]) -> float:
        return area(own + 0 * odds, speakers) - area(odds + 0 * own, speakers)

    own = ours[:, : odds.shape[1]] if ours is not None else odds

    return Judged(
        system=system,
        length_s=length_s,
        clips=odds.size,
        unanswered=float(np.isnan(odds).mean()),
        auc=interval(lambda speakers: area(odds, speakers)),
        auc_women=interval(lambda speakers: area(odds, speakers[women[speakers]])),
        found=interval(found),
        ahead=interval(ahead) if ours is not None else None,
    )


def _clips(odds: Array, split: Split, speakers: NDArray[np.intp]) -> tuple[NDArray[np.bool_], Array]:
    """Whether it is a child's, and what was said, of each clip of the speakers that were drawn."""
    return np.repeat(split.child[speakers], odds.shape[1]), odds[speakers].ravel()
