"""What the model owes to what: simpler models, features taken away, less to learn from.

Every one is fitted on the slice that the model was fitted on, by the same recipe, and judged on the same
calls. A difference is taken draw by draw, so that its interval is that of the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from prankfilter.classifier.model import Model
from prankfilter.features.row import Feature, Source
from prankfilter.vocabulary import PRANK_LABELS, Label
from prankfilter_training.evaluation.baselines import logistic_margins
from prankfilter_training.evaluation.intervals import Array, figure
from prankfilter_training.evaluation.judged import Judged, judged
from prankfilter_training.evaluation.moments import ranking, ranking_figures
from prankfilter_training.fitting.fit import CHILD_COLUMNS, Fitted, Prepared, fit, raw_scores
from prankfilter_training.fitting.recipe import Recipe
from prankfilter_training.rows.slices import Slice

SHARES = (0.125, 0.25, 0.5)
"""Of the calls to learn from, for the learning curve; the whole is the model itself."""


def _is_child_voice(feature: Feature) -> bool:
    return feature.name in CHILD_COLUMNS


def _is_sound(feature: Feature) -> bool:
    return feature.source is Source.SOUND


def _is_history(feature: Feature) -> bool:
    return feature.source is Source.CALLER or feature.name == "confirmed_child_play_decayed_count"


def _is_no_history(feature: Feature) -> bool:
    return not _is_history(feature)


REFITS = {
    "history only": _is_no_history,
    "without child voice": _is_child_voice,
    "without sound": _is_sound,
    "without history": _is_history,
}
"""Which features are made unknown, for fitting and for judging."""


def study(
    model: Model, recipe: Recipe, *, learnt: Prepared, tested: Prepared, chosen: NDArray[np.bool_]
) -> dict[str, Any]:
    """Compare a model with what it must beat.

    Parameters
    ----------
    model : Model
    recipe : Recipe
        By which it was fitted.
    learnt : Prepared
        The log it was fitted on, with the recipe's slices.
    tested : Prepared
        The log to judge on; may be the same.
    chosen : ndarray of bool, shape (rows of tested,)
        Rows that none of them has seen.

    Returns
    -------
    dict
        ``refits`` (history only, logistic regression, ablations) and ``learning_curve``, by look.
        ``difference`` is the other minus the model: below zero, the model is better.
    """
    looks = judged(model, tested, chosen)
    own = {name: ranking(rows) for name, rows in looks.items()}
    rivals = tqdm(_margins(model, recipe, learnt, tested), total=len(REFITS) + 1 + len(SHARES), desc="study")
    found = {name: _compared(looks, own, margins) for name, margins in rivals}
    curve = {f"{share:g}": found.pop(_share_name(share)) for share in SHARES}
    curve["1"] = {name: ranking_figures(rows, own[name]) for name, rows in looks.items()}
    return {
        "refits": found,
        "learning_curve": {"calls": _calls_by_share(learnt), "looks": curve},
    }


def _margins(model: Model, recipe: Recipe, learnt: Prepared, tested: Prepared) -> Any:
    columns = [learnt.rows.features.index(feature) for feature in model.features]
    yield "logistic regression", logistic_margins(learnt, tested, columns)
    for name, hidden in REFITS.items():
        yield name, _refitted(_blanked(learnt, hidden), _blanked(tested, hidden), recipe)
    for share in SHARES:
        yield _share_name(share), _refitted(_latest(learnt, share), tested, recipe)


def _share_name(share: float) -> str:
    return f"{share:g} of the calls"


def _compared(looks: Mapping[str, Judged], own: Mapping[str, Any], margins: Array) -> dict[str, Any]:
    compared = {}
    for name, rows in looks.items():
        theirs = ranking(rows.with_margin(margins[rows.place]))
        difference = {key: of.minus(own[name][key]) for key, of in theirs.items()}
        compared[name] = {
            **ranking_figures(rows, theirs),
            "difference": {
                key: figure(of, len(rows) if key == "pr_auc" else int(rows.prank.sum()))
                for key, of in difference.items()
            },
        }
    return compared


def _refitted(learnt: Prepared, tested: Prepared, recipe: Recipe) -> Array:
    fitted = fit(learnt, recipe)
    columns = [tested.rows.features.index(feature) for feature in fitted.features]
    return _margin_of(fitted, raw_scores(fitted.estimator, tested.rows.values[:, columns]))


def _margin_of(fitted: Fitted, raw: Array) -> Array:
    is_prank = np.array([kind in PRANK_LABELS for kind in fitted.kinds])
    pranks = np.logaddexp.reduce(raw[:, is_prank], axis=1)
    return np.asarray(pranks - raw[:, fitted.kinds.index(Label.GENUINE)])


def _blanked(prepared: Prepared, hidden: Any) -> Prepared:
    """The same rows with some columns unknown."""
    values = prepared.rows.values.copy()
    values[:, [hidden(feature) for feature in prepared.rows.features]] = np.nan
    return replace(prepared, rows=replace(prepared.rows, values=values))


def _latest(prepared: Prepared, share: float) -> Prepared:
    """Only the latest calls of the slice to fit on, as if the log began later; histories stay as known."""
    to_fit = prepared.part(Slice.FIT)
    calls = np.unique(prepared.rows.call[to_fit])
    first = calls[len(calls) - round(share * len(calls))]
    slice_of = np.where(to_fit & (prepared.rows.call < first), Slice.DROPPED, prepared.slice_of)
    return replace(prepared, slice_of=slice_of)


def _calls_by_share(prepared: Prepared) -> dict[str, int]:
    calls = len(np.unique(prepared.rows.call[prepared.part(Slice.FIT)]))
    return {f"{share:g}": round(share * calls) for share in (*SHARES, 1.0)}
