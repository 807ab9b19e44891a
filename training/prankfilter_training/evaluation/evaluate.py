"""What a model can do on calls it never saw: by moment and slice, with intervals over callers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.routing.policies import POLICIES, Policy
from prankfilter_training.evaluation.advice import advice_by_kind
from prankfilter_training.evaluation.baselines import rule_figures
from prankfilter_training.evaluation.calibration import confusion, reliability
from prankfilter_training.evaluation.delayed import Proof, delayed, none_delayed
from prankfilter_training.evaluation.judged import LOOK_NAMES, Judged, judged
from prankfilter_training.evaluation.moments import moment
from prankfilter_training.evaluation.slices import cut_up
from prankfilter_training.evaluation.weeks import weekly
from prankfilter_training.fitting.fit import Prepared

MAIN_LOOK = "5 s"
"""Where one moment must stand for all: weeks, pictures, the compact table; without sound it is ``ring``."""


def evaluation(
    model: Model,
    prepared: Prepared,
    chosen: NDArray[np.bool_],
    *,
    simulated: bool,
    policy: Policy = POLICIES["queue"],
    proof: Proof | None = None,
) -> dict[str, Any]:
    """Judge the chosen rows.

    Parameters
    ----------
    model : Model
        The served model.
    prepared : Prepared
        A log as rows.
    chosen : ndarray of bool, shape (rows,)
        Rows that neither forest nor calibration has seen.
    simulated : bool
        Whether the calls are; it stands first in what is written.
    policy : Policy, optional
        Tells from which score a call is flagged.
    proof : Proof, optional
        A certificate with the replayed calls of the chosen rows; without one, nothing is ever delayed.

    Returns
    -------
    dict
        Plain JSON values. Every figure is ``{"value", "low", "high", "n"}``: 95 % interval over callers, and
        how many calls it rests on.
    """
    looks = judged(model, prepared, chosen)
    if not looks:
        raise BadInput("no call of the log can be measured: none is answered, labelled and not seen before")
    return {
        "basis": "simulated" if simulated else "real",
        "notice": notice(simulated=simulated),
        "model_id": model.model_id,
        "delayed": _delayed(model, looks["ring"], proof),
        **_by_look(prepared, looks),
        "advice": advice_by_kind(prepared, looks, policy, proof),
        "rules": rule_figures(prepared, looks),
    }


def _delayed(model: Model, rows: Judged, proof: Proof | None) -> dict[str, Any]:
    if proof is None:
        return none_delayed(int(rows.genuine.sum()), rows.callers(rows.genuine))
    return delayed(proof, model.model_id)


def _by_look(prepared: Prepared, looks: Mapping[str, Judged]) -> dict[str, Any]:
    figures: dict[str, dict[str, Any]] = {
        name: {} for name in ("looks", "slices", "confusion", "reliability")
    }
    for name, rows in tqdm(looks.items(), desc="figures", unit="look", mininterval=1.0):
        figures["looks"][name] = moment(rows)
        figures["slices"][name] = cut_up(prepared, rows, LOOK_NAMES.index(name))
        figures["confusion"][name] = confusion(rows)
        figures["reliability"][name] = reliability(rows)
    main = main_look(looks)
    return {**figures, "main_look": main, "weeks": weekly(prepared, looks[main])}


def main_look(looks: Mapping[str, Any]) -> str:
    """`MAIN_LOOK`, or the last look that there is."""
    return MAIN_LOOK if MAIN_LOOK in looks else list(looks)[-1]


def notice(*, simulated: bool) -> str:
    """What figures on such calls are worth."""
    if simulated:
        return "Measured on SIMULATED calls: it shows that the software works, not how accurate it is."
    return "Measured on the labelled calls of this log; labels may be wrong."
