"""What calls of each kind get: flagged for a supervisor, delayed under a certificate.

Silent, accidental and information calls are no pranks; this is where it shows whether they are treated as
such. ``priority`` is not counted here: it follows from the guards, whatever model or certificate serve.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from prankfilter.routing.policies import Policy
from prankfilter.vocabulary import KINDS
from prankfilter_training.evaluation.delayed import Proof
from prankfilter_training.evaluation.intervals import drawn_means, share_figure
from prankfilter_training.evaluation.judged import Judged
from prankfilter_training.fitting.fit import Prepared


def advice_by_kind(
    prepared: Prepared, looks: Mapping[str, Judged], policy: Policy, proof: Proof | None
) -> dict[str, Any]:
    """For each kind: calls, the share flagged at any look, the share that would get ``verify``."""
    rows = looks["ring"]
    flagged = np.isin(
        rows.call, np.concatenate([at.call[at.score >= policy.flag_from] for at in looks.values()])
    )
    verified_ids = [replay.call.record.call_id for replay in proof.verified()] if proof else []
    verified = prepared.log.table["call_id"].gather(rows.call).is_in(verified_ids).to_numpy()
    of_kind = {str(KINDS[kind]): rows.kind == kind for kind in np.unique(rows.kind)}
    means = drawn_means(
        {f"flagged {name}": (flagged, chosen) for name, chosen in of_kind.items()}
        | {f"verified {name}": (verified, chosen) for name, chosen in of_kind.items()},
        rows.units,
    )
    return {
        name: {
            "calls": int(chosen.sum()),
            "flagged": share_figure(means[f"flagged {name}"], int(chosen.sum()), rows.callers(chosen)),
            "verified": share_figure(means[f"verified {name}"], int(chosen.sum()), rows.callers(chosen))
            if proof
            else {"value": 0.0, "low": 0.0, "high": 0.0, "n": int(chosen.sum())},
        }
        for name, chosen in of_kind.items()
    }
