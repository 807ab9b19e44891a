"""What centres exchange: how many callers have a margin in which bin. No calls, callers or features.

The bins are fixed by the bundle and the policy: their digest names both, and counts in other bins are
refused. A margin counts as the upper edge of its bin, which errs to the safe side.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from prankfilter.bundle.digest import content_id
from prankfilter.bundle.trust import Trust, put_signed
from prankfilter.classifier.model import Model
from prankfilter.errors import BadInput
from prankfilter.routing.policies import Policy, policy_digest
from prankfilter.vocabulary import CERTIFIED_STRATA, AudioCapture, Basis, Stratum
from prankfilter_training.proof.bounds import LOWEST_THRESHOLD
from prankfilter_training.proof.callers import Margins

FORMAT = 1
KIND = "margin_counts"
WIDTH = 0.05
EDGES = np.round(LOWEST_THRESHOLD + WIDTH * np.arange(501), 2)
"""Upper edges of the bins: up to 0, then twentieths up to 25; what lies above has no upper edge."""

_CAP_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MarginCounts:
    """One centre's part in a pool.

    Attributes
    ----------
    centre : str
    basis : Basis
    bins : str
        Digest of bins, model and policy (`bins_digest`).
    period : tuple of datetime
        First and last genuine call.
    genuine, doubtful : Mapping[Stratum, ndarray]
        The upper edge of each caller's bin, sorted; ``-inf`` where history rules ``verify`` out, ``inf``
        above the last edge. Doubtful callers count against a threshold only.
    review : Mapping or None
        Agreement of the blind second review.
    use : int
        The how-manieth use of the calls this was at that centre.
    name : str
        Hash of it all.
    """

    centre: str
    basis: Basis
    bins: str
    period: tuple[dt.datetime, dt.datetime]
    genuine: Mapping[Stratum, Margins]
    doubtful: Mapping[Stratum, Margins]
    review: Mapping[str, Any] | None
    use: int
    name: str = ""


def bins_digest(model: Model, policy: Policy) -> str:
    """Name the bins of a bundle under a policy."""
    fixed = {
        "model_id": model.model_id,
        "feature_digest": model.feature_digest,
        "policy_digest": policy_digest(policy),
        "edges": [LOWEST_THRESHOLD, WIDTH, len(EDGES)],
    }
    return content_id(fixed)


def binned(margins: Margins) -> Margins:
    """Put each margin up to the upper edge of its bin, sorted.

    >>> binned(np.array([-math.inf, -3.0, 0.0, 0.01, 0.05, 99.0])).tolist()
    [-inf, 0.0, 0.0, 0.05, 0.05, inf]
    """
    upper = np.r_[EDGES, math.inf][np.searchsorted(EDGES, margins, side="left")]
    return np.sort(np.where(margins == -math.inf, -math.inf, upper))


# --- on disk ---------------------------------------------------------------------------------------


def write_counts(path: Path, counts: MarginCounts, *, sign: Callable[[bytes], bytes]) -> None:
    """Write counts with their signature beside them."""
    document = _to_document(counts)
    content = f"{json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)}\n".encode()
    put_signed(path, content, sign)


def read_counts(path: Path, trust: Trust) -> MarginCounts:
    """Read and verify another centre's counts.

    Raises
    ------
    ArtefactMissing, ArtefactUntrusted
        As for models.
    BadInput
        Where it is no file of counts.
    """
    content = trust.read(path, path.name, cap_bytes=_CAP_BYTES)
    try:
        return _from_document(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as problem:
        raise BadInput(
            f"{path} is no file of margin counts ({problem!r}); ask the centre to run "
            "`prankfilter-train certify BUNDLE LOG --share FILE` again"
        ) from problem


def name_of(counts: MarginCounts) -> str:
    """Hash of what a centre gives."""
    return content_id(_to_document(counts))


def looks_like(one: MarginCounts, other: MarginCounts) -> bool:
    """Whether two files tell the same, whatever their centres are called."""
    return name_of(replace(one, centre="")) == name_of(replace(other, centre=""))


def _to_document(counts: MarginCounts) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": KIND,
        "centre": counts.centre,
        "basis": counts.basis.value,
        "capture": AudioCapture.CALLER_BEFORE_ANSWER.value,
        "bins": counts.bins,
        "edges": {"lowest": LOWEST_THRESHOLD, "width": WIDTH, "count": len(EDGES)},
        "period": [moment.isoformat() for moment in counts.period],
        "strata": {
            str(stratum): {
                "genuine": _tally(counts.genuine[stratum]),
                "doubtful": _tally(counts.doubtful[stratum]),
            }
            for stratum in CERTIFIED_STRATA
        },
        "review": None if counts.review is None else dict(counts.review),
        "use": counts.use,
    }


def _from_document(document: Mapping[str, Any]) -> MarginCounts:
    if (document["format"], document["kind"]) != (FORMAT, KIND):
        raise ValueError(f"it is not of kind {KIND}, format {FORMAT}")
    if document["capture"] != AudioCapture.CALLER_BEFORE_ANSWER:
        raise ValueError("its sound was not captured before the answer")
    start, end = (dt.datetime.fromisoformat(moment) for moment in document["period"])
    if not start <= end or type(document["use"]) is not int or document["use"] < 1:
        raise ValueError("its period or its use is not in order")
    strata = document["strata"]
    counts = MarginCounts(
        centre=str(document["centre"]),
        basis=Basis(document["basis"]),
        bins=str(document["bins"]),
        period=(start, end),
        genuine={stratum: _margins(strata[stratum]["genuine"]) for stratum in CERTIFIED_STRATA},
        doubtful={stratum: _margins(strata[stratum]["doubtful"]) for stratum in CERTIFIED_STRATA},
        review=document["review"],
        use=document["use"],
    )
    return replace(counts, name=name_of(counts))


def _tally(margins: Margins) -> dict[str, Any]:
    """Counts by number of the bin, the empty ones left out; ``ruled_out`` by history stands apart."""
    ruled_out = margins == -math.inf
    bins, sizes = np.unique(np.searchsorted(EDGES, margins[~ruled_out]), return_counts=True)
    by_bin = {str(place): int(size) for place, size in zip(bins, sizes, strict=True)}
    return {"ruled_out": int(ruled_out.sum()), "by_bin": by_bin}


def _margins(tally: Mapping[str, Any]) -> Margins:
    sizes: Sequence[int] = [tally["ruled_out"], *tally["by_bin"].values()]
    if any(type(size) is not int or size < 0 for size in sizes):
        raise ValueError("a count is no whole number")
    places = [int(place) for place in tally["by_bin"]]
    if any(not 0 <= place <= len(EDGES) for place in places):
        raise ValueError("there is no such bin")
    upper = np.r_[-math.inf, np.r_[EDGES, math.inf][places]]
    return np.sort(np.repeat(upper, sizes))
