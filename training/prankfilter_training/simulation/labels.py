"""What is written down of the calls, by whom and when; errors and delays included.

One row is one statement. A call's label in the log is its last statement; history may use each of
them from its own time on.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prankfilter.vocabulary import PRANK_LABELS, Label, LabelSource, Verdict
from prankfilter_training.simulation.arrivals import DAY_S, Array
from prankfilter_training.simulation.profiles import Profile
from prankfilter_training.simulation.randomness import lognormal, stream

FIELD_REPORT_S = (2400.0, 0.4)
"""* From the end of the call to the unit's report."""
SUPERVISORS = 2
PRANKS = [str(label) for label in Label if label in PRANK_LABELS]


def statements(profile: Profile, calls: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Everything that was said of the calls, sorted by call and time.

    Parameters
    ----------
    calls : DataFrame
        Columns ``label`` (the truth), ``found_out_later`` (an emergency taken for a silent call),
        ``caller``, ``ended_s``, ``answered``, ``call_back``.

    Returns
    -------
    DataFrame
        ``call`` (place in ``calls``), ``label``, ``label_source``, ``label_by``, ``label_at_s``,
        ``verdict``, ``advice_shown``.
    """
    first = _call_takers(profile, calls, seed)
    rulings = _rulings(profile, calls, first, stream(seed, "rulings"))
    reports = _field_reports(profile, calls, first, stream(seed, "field reports"))
    every = pd.concat([first, reports, rulings], ignore_index=True)
    return every.sort_values(["call", "label_at_s"], kind="stable", ignore_index=True)


def earlier_pranks(calls: pd.DataFrame) -> NDArray[np.int64]:
    """How many true pranks each number made before each call."""
    prank = calls["label"].isin(PRANKS).astype(int)
    return np.asarray(prank.groupby(calls["caller"]).cumsum() - prank)


def _call_takers(profile: Profile, calls: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = stream(seed, "call takers")
    confused = _confused(profile, calls, rng)
    missing_draw = rng.random(len(calls))
    delay_s = lognormal(rng, profile.label_delay_s, len(calls))
    late_s = lognormal(rng, profile.late_label_days, len(calls)) * DAY_S
    delay_s = np.where(rng.random(len(calls)) < profile.late_label_share, late_s, delay_s)
    taker = rng.integers(1, profile.labellers + 1, size=len(calls))
    shown = rng.random(len(calls)) < profile.display_share
    written = _pulled(profile, calls, confused, shown, stream(seed, "display"))
    missing = np.isin(written, PRANKS) & (missing_draw < profile.missing_prank_label_share)
    said = pd.DataFrame(
        {
            "call": np.arange(len(calls)),
            "label": np.where(missing, str(Label.UNKNOWN), written),
            "label_source": str(LabelSource.CALL_TAKER),
            "label_by": [f"petugas-{number}" for number in taker],
            "label_at_s": calls["ended_s"].to_numpy() + delay_s,
            "verdict": None,
            "advice_shown": shown,
        }
    )
    return said[~calls["call_back"].to_numpy()]


def _confused(profile: Profile, calls: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.object_]:
    """The truth with prank and silent confused, more often the more pranks the number has made."""
    written = calls["label"].to_numpy().copy()
    written[calls["found_out_later"].to_numpy()] = str(Label.SILENT)
    pranks = np.minimum(earlier_pranks(calls), 3)
    wrong = rng.random(len(calls)) < profile.label_noise_share * (1 + profile.noise_slope * pranks)
    was_prank, was_silent = np.isin(written, PRANKS), written == Label.SILENT
    written[wrong & was_prank] = str(Label.SILENT)
    written[wrong & was_silent] = str(Label.JOKE_OR_ABUSE)
    return np.asarray(written)


def _pulled(
    profile: Profile,
    calls: pd.DataFrame,
    written: NDArray[np.object_],
    shown: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    """Let a score that was seen before the label pull it: a known prankster's call is called a prank."""
    pulled = shown & (rng.random(len(calls)) < profile.display_pull) & (earlier_pranks(calls) > 0)
    heard = calls["answered"].to_numpy() & ~np.isin(written, PRANKS)
    return np.where(pulled & heard, str(Label.JOKE_OR_ABUSE), written)


def _rulings(
    profile: Profile, calls: pd.DataFrame, first: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Supervisors rule on pranks, and on emergencies that had been taken for silent calls."""
    found = calls["found_out_later"].to_numpy()[first["call"]]
    reviewed = first["label"].isin(PRANKS) & (rng.random(len(first)) < profile.reviewed_share)
    ruled = first[reviewed | found].copy()
    truth = calls["label"].to_numpy()[ruled["call"]]
    wrong = rng.random(len(ruled)) < profile.verdict_error_share
    ruling = np.where(wrong, ruled["label"], truth)
    delay_days = np.maximum(1.01, lognormal(rng, profile.verdict_delay_days, len(ruled)))
    confirmed = np.isin(ruling, PRANKS)
    verdict = np.where(confirmed, Verdict.CONFIRMED, Verdict.OVERTURNED)
    verdict = np.where(ruling == Label.GENUINE, Verdict.WAS_EMERGENCY, verdict)
    return ruled.assign(
        label=ruling,
        label_source=str(LabelSource.SUPERVISOR),
        label_by=[f"supervisor-{number}" for number in rng.integers(1, SUPERVISORS + 1, size=len(ruled))],
        label_at_s=_at_least(
            ruled["label_at_s"], calls["ended_s"].to_numpy()[ruled["call"]] + delay_days * DAY_S
        ),
        verdict=[str(word) for word in verdict],
        advice_shown=False,
    )


def _field_reports(
    profile: Profile, calls: pd.DataFrame, first: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Units that were sent out report what they found."""
    truth = calls["label"].to_numpy()[first["call"]]
    sent = (
        np.isin(truth, [str(Label.GENUINE), str(Label.FALSE_REPORT)])
        & ~calls["found_out_later"].to_numpy()[first["call"]]
    )
    reported: pd.DataFrame = first[sent & (rng.random(len(first)) < profile.field_report_share)].copy()
    at = calls["ended_s"].to_numpy()[reported["call"]] + lognormal(rng, FIELD_REPORT_S, len(reported))
    return reported.assign(
        label=calls["label"].to_numpy()[reported["call"]],
        label_source=str(LabelSource.FIELD_UNIT),
        label_by="unit",
        label_at_s=_at_least(reported["label_at_s"], at),
        advice_shown=False,
    )


def _at_least(earlier: pd.Series, later: Array) -> Array:
    """A second statement comes after the first."""
    return np.maximum(earlier.to_numpy() + 1.0, later)
