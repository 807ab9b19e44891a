"""Callers who met a prompt and hung up in it: what a centre's own `verify` does to its later logs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from prankfilter.vocabulary import EndedBy, Label
from prankfilter_training.simulation.labels import earlier_pranks
from prankfilter_training.simulation.profiles import Profile
from prankfilter_training.simulation.randomness import stream

PRANKS_BEFORE_PROMPT = 3
PROMPT_S = 5.0


def with_prompts(profile: Profile, calls: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Play a prompt to calls from numbers with three pranks, but for those in the audit sample.

    New columns: ``true_label``; ``would_verify``; ``audit_probability``, NaN outside the sample. A call that
    ends in the prompt is labelled `abandoned`, for nobody heard what it was.
    """
    rng = stream(seed, "prompts")
    eligible = calls["answered"] & ~calls["call_back"] & (earlier_pranks(calls) >= PRANKS_BEFORE_PROMPT)
    due = (eligible & (rng.random(len(calls)) < profile.prompted_share)).to_numpy()
    share = np.where(
        calls["label"] == Label.GENUINE, profile.genuine_prompt_hang_up_share, profile.prompt_hang_up_share
    )
    hangs_up = rng.random(len(calls)) < share
    audited = stream(seed, "audit").random(len(calls)) < profile.audit_share
    hung_up = due & ~audited & hangs_up
    calls = calls.assign(
        true_label=calls["label"],
        would_verify=due,
        audit_probability=np.where(audited, profile.audit_share, np.nan),
    )
    calls.loc[hung_up, ["label", "ended_by"]] = [str(Label.ABANDONED), str(EndedBy.PROMPT)]
    calls["answered"] &= ~hung_up
    calls["duration_s"] = np.where(hung_up, np.nan, calls["duration_s"])
    calls["wait_s"] = np.where(hung_up, np.minimum(calls["wait_s"], PROMPT_S), calls["wait_s"])
    return calls
