"""Labels that are probably wrong, by confident learning, with the reason in words.

Confident learning [#]_ in a few lines: a call counts as *confidently* of kind j where its out-of-fold
probability of j reaches the mean probability of j among the calls labelled j. A call labelled i that is
confidently of another kind j is doubtful.

.. [#] Northcutt, C. G., Jiang, L., Chuang, I. L. (2021). Confident learning: estimating uncertainty in
   dataset labels. Journal of Artificial Intelligence Research 70.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.vocabulary import KINDS
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.life.out_of_fold import Array, OutOfFold
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import is_ruled

_NEVER_QUITE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Doubtful:
    """Labels that contradict the confident word of the other calls.

    Attributes
    ----------
    rows : ndarray of int
        Calls labelled otherwise than they confidently are, the most doubtful label first.
    likelier : ndarray of int
        The kind that each confidently is.
    """

    rows: NDArray[np.intp]
    likelier: NDArray[np.int64]


def doubtful(kind: NDArray[np.int64], chance: Array) -> Doubtful:
    r"""Find labels that are probably wrong.

    The threshold of kind j is :math:`t_j = \operatorname{mean}\{p_j(x) : \tilde y = j\}`. A call's confident
    kind is the most probable one of those with :math:`p_j(x) \ge t_j`; it has none where there is no such
    kind. Calls that confidently are of another kind than their label are ranked by
    :math:`\log (p_j / t_j) - \log (p_{\tilde y} / t_{\tilde y})`: against the thresholds, since a rare kind
    is improbable for every call, also for its own. How many there are says little: kinds that sound alike and
    last alike are confused by the forest too. The first of them are worth a second pair of ears.

    Parameters
    ----------
    kind : ndarray of int, shape (calls,)
        Label given.
    chance : ndarray of shape (calls, kinds)
        Out-of-fold probabilities.

    Examples
    --------
    >>> chance = np.array([[0.9, 0.1], [0.8, 0.2], [0.05, 0.95], [0.1, 0.9], [0.2, 0.8]])
    >>> doubtful(np.array([0, 0, 0, 1, 1]), chance).rows.tolist()
    [2]
    """
    size = chance.shape[1]
    counts = np.bincount(kind, minlength=size)
    of_label = np.array([chance[kind == one, one].mean() if counts[one] else np.inf for one in range(size)])
    reached = np.where(chance >= of_label, chance, -1.0)
    confident = np.where(reached.max(axis=1) >= 0, reached.argmax(axis=1), kind)
    rows = np.flatnonzero(confident != kind)
    likelier, given = confident[rows], kind[rows]
    odds = _log(chance[rows, likelier] / of_label[likelier]) - _log(chance[rows, given] / of_label[given])
    rows = rows[np.argsort(-odds, kind="stable")]
    return Doubtful(rows, confident[rows])


def suspects(prepared: Prepared, of: OutOfFold, found: Doubtful, most: int) -> Iterator[dict[str, Any]]:
    """Describe the most doubtful labels."""
    calls = prepared.calls
    for rank, (row, likelier) in enumerate(zip(found.rows[:most], found.likelier, strict=False), start=1):
        call = calls[int(of.place[row])]
        given = KINDS[of.kind[row]]
        yield {
            "rank": rank,
            "call_id": call.record.call_id,
            "received_at": call.record.received_at.isoformat(),
            "row": call.row,
            "label": str(given),
            "likelier": str(KINDS[likelier]),
            "chance_of_label": round(float(of.chance[row, of.kind[row]]), 4),
            "chance_of_likelier": round(float(of.chance[row, likelier]), 4),
            "ruled": is_ruled(call),
            "reason": _reason(prepared, of, int(row), int(likelier), call),
        }


def _reason(prepared: Prepared, of: OutOfFold, row: int, likelier: int, call: LoggedCall) -> str:
    given = KINDS[of.kind[row]]
    told = [
        f"labelled {given}; of calls like it {of.chance[row, likelier]:.0%} are {KINDS[likelier]} and "
        f"{of.chance[row, of.kind[row]]:.0%} {given}"
    ]
    names = [feature.name for feature in prepared.rows.features]
    speech_s = of.values[row, names.index("speech_s")] if "speech_s" in names else np.nan
    if call.duration_s is not None:
        told.append(f"it lasted {call.duration_s:.0f} s")
    if not np.isnan(speech_s):
        told.append(f"somebody spoke for {speech_s:.1f} s" if speech_s > 0 else "nobody was heard to speak")
    told.append("a unit was sent" if call.dispatched_at is not None else "no unit was sent")
    if is_ruled(call):
        told.append("a supervisor or a field unit has spoken of it already")
    return "; ".join(told)


def _log(value: Array) -> Array:
    return np.log(np.maximum(value, _NEVER_QUITE))
