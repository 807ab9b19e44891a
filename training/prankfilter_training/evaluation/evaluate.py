"""What a model can do on calls it never saw: by moment and slice, with intervals over callers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from prankfilter.classifier.model import Model
from prankfilter_training.evaluation.calibration import confusion, reliability
from prankfilter_training.evaluation.judged import LOOK_NAMES, judged
from prankfilter_training.evaluation.moments import moment
from prankfilter_training.evaluation.slices import cut_up
from prankfilter_training.evaluation.weeks import weekly
from prankfilter_training.fitting.fit import Prepared

MAIN_LOOK = "5 s"
"""Where one moment must stand for all: weeks, pictures, the compact table; without sound it is ``ring``."""


def evaluation(
    model: Model, prepared: Prepared, chosen: NDArray[np.bool_], *, simulated: bool
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

    Returns
    -------
    dict
        Plain JSON values. Every figure is ``{"value", "low", "high", "n"}``: 95 % interval over callers, and
        how many calls it rests on.
    """
    rows = judged(model, prepared, chosen)
    progress = tqdm(rows.items(), desc="figures", unit="look", mininterval=1.0)
    slices, looks = {}, {}
    for name, at_look in progress:
        looks[name] = moment(at_look)
        slices[name] = cut_up(prepared, at_look, LOOK_NAMES.index(name))
    main = main_look(rows)
    return {
        "basis": "simulated" if simulated else "real",
        "notice": notice(simulated=simulated),
        "looks": looks,
        "slices": slices,
        "confusion": {name: confusion(at_look) for name, at_look in rows.items()},
        "reliability": {name: reliability(at_look) for name, at_look in rows.items()},
        "weeks": {"look": main, "weeks": weekly(prepared, rows[main])} if rows else {},
    }


def main_look(looks: Any) -> str:
    """`MAIN_LOOK`, or the last look that there is."""
    return MAIN_LOOK if MAIN_LOOK in looks or not looks else list(looks)[-1]


def notice(*, simulated: bool) -> str:
    """What figures on such calls are worth."""
    if simulated:
        return "Measured on SIMULATED calls: it shows that the software works, not how accurate it is."
    return "Measured on the labelled calls of this log; labels may be wrong."
