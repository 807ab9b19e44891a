"""From what happened to the columns of the labelled log."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prankfilter.vocabulary import AudioCapture, CallSource, Channel, Label, LabelSource
from prankfilter_training.simulation.line_facts import pseudonym
from prankfilter_training.simulation.profiles import Profile
from prankfilter_training.simulation.randomness import stream

AGENCIES = ("ambulans", "damkar", "polisi")
CALL_BACK_PRIORITY = "psap-callback"


def as_calls(
    profile: Profile, calls: pd.DataFrame, said: pd.DataFrame, midnight: pd.Timestamp, seed: int
) -> pd.DataFrame:
    """One row a call: the last word of call taker or field unit, and the supervisor's ruling beside it."""
    ruled = said["label_source"] == LabelSource.SUPERVISOR
    last = said[~ruled].groupby("call").last().reindex(range(len(calls)))
    ruling = said[ruled].groupby("call").last().reindex(range(len(calls)))
    rng = stream(seed, "written")
    known_incident = rng.random(int(calls["incident"].max()) + 2) < profile.incident_known_share
    incident = calls["incident"].to_numpy()
    sent = calls["label"].isin([Label.GENUINE, Label.FALSE_REPORT]).to_numpy() & (
        rng.random(len(calls)) < 0.8
    )
    sent = sent & ~calls["found_out_later"].to_numpy()
    ended = calls["ended_s"].to_numpy()
    table = {
        "call_id": _call_ids(profile, seed, len(calls)),
        "received_at": _at(midnight, calls["time_s"]),
        "caller": _callers(calls, seed),
        "number_kind": calls["number_kind"],
        "access_state": calls["access_state"],
        "trunk": "trunk-1",
        "cell_id": calls["cell_id"],
        "calls_waiting": calls["calls_waiting"],
        "centre_id": f"{profile.name}-{seed}",
        "incident_id": _where(
            (incident >= 0) & known_incident[incident], [f"incident-{n}" for n in incident]
        ),
        "priority": _where(calls["call_back"].to_numpy(), [CALL_BACK_PRIORITY] * len(calls)),
        "channel": str(Channel.VOICE),
        "source": str(CallSource.ROUTER),
        "audio_capture": _where(
            calls["bank_key"].notna().to_numpy(), [str(AudioCapture.CALLER_BEFORE_ANSWER)] * len(calls)
        ),
        "audio_s": calls["audio_s"],
        "bank_key": calls["bank_key"],
        "answered_at": _at(midnight, (calls["time_s"] + calls["wait_s"]).where(calls["answered"])),
        "ended_at": _at(midnight, calls["ended_s"]),
        "duration_s": calls["duration_s"],
        "ended_by": calls["ended_by"],
        "cut_off": calls["answered"] & (calls["ended_by"] == "network"),
        "unfounded": _unfounded(profile, calls, rng),
        "agency": _where(sent, rng.choice(AGENCIES, size=len(calls)).tolist()),
        "dispatched_at": _at(
            midnight, pd.Series(np.where(sent, ended + rng.exponential(60.0, len(calls)), np.nan))
        ),
        "on_scene_at": _at(
            midnight, pd.Series(np.where(sent, ended + 300.0 + rng.exponential(400.0, len(calls)), np.nan))
        ),
        "label": last["label"].fillna(str(Label.UNKNOWN)),
        "label_source": last["label_source"],
        "label_by": last["label_by"],
        "label_at": _at(midnight, last["label_at_s"]),
        "advice_shown": last["advice_shown"].astype("boolean"),
        "verdict": ruling["verdict"],
        "verdict_by": ruling["label_by"],
        "verdict_at": _at(midnight, ruling["label_at_s"]),
        "verdict_label": ruling["label"],
        **_of_prompts(profile, calls),
        "sim_true_label": calls["true_label"],
        "sim_group": calls["group"],
        "sim_speaker": calls["speaker"],
        "sim_pool": calls["pool"],
        "sim_super_caller": calls["super_caller"].astype(bool),
        "sim_surge": calls["surge"],
    }
    return pd.DataFrame(table)


def _of_prompts(profile: Profile, calls: pd.DataFrame) -> dict[str, pd.Series]:
    """What only a centre knows where `verify` is in use."""
    known = ("would_verify", "audit_probability") if profile.prompted_share > 0 else ()
    return {name: calls[name] for name in known}


def _call_ids(profile: Profile, seed: int, count: int) -> list[str]:
    return [f"{profile.name}-{seed}-{place:07d}" for place in range(count)]


def _callers(calls: pd.DataFrame, seed: int) -> NDArray[np.object_]:
    names = {caller: pseudonym(seed, caller) for caller in calls["caller"].unique()}
    return _where(calls["has_number"].to_numpy(), [names[caller] for caller in calls["caller"]])


def _unfounded(profile: Profile, calls: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.bool_]:
    genuine = (calls["label"] == Label.GENUINE).to_numpy()
    return np.asarray(genuine & (rng.random(len(calls)) < profile.unfounded_share))


def _at(midnight: pd.Timestamp, seconds: pd.Series) -> pd.Series:
    """Moments to the millisecond in the centre's zone; NaN becomes NaT."""
    return midnight + pd.to_timedelta((seconds * 1000).round(), unit="ms")


def _where(condition: NDArray[np.bool_], values: list[str]) -> NDArray[np.object_]:
    """Texts where the condition holds, None elsewhere."""
    out = np.full(len(condition), None, dtype=object)
    out[condition] = np.array(values, dtype=object)[condition]
    return out
