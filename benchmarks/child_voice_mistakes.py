"""Which speakers the child voice takes for what they are not, and on what lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.child_voice_figures import BASELINE, OURS, is_child

WORST = 10
FLAGGED_SHARE = 0.05
QUIET_DB, NOISY_DB = 60, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistaken:
    """One speaker.

    Attributes
    ----------
    pitch_hz : float
        Median over the clips of the median over voiced frames; NaN where none were heard.
    ours, baseline : float
        Share of the 4 s clips on the wrong side of the bar of each system.
    quiet, noisy : float
        The same of ours, on the clips without noise and those at 10 dB.
    """

    speaker: str
    age: int
    sex: str
    pitch_hz: float
    ours: float
    baseline: float
    quiet: float
    noisy: float


def most_mistaken(told: pd.DataFrame, *, worst: int = WORST) -> tuple[list[Mistaken], list[Mistaken]]:
    """Adults taken for children, and children taken for adults, where 5 % of adults' clips are flagged."""
    child = is_child(told)
    wrong = pd.DataFrame({"speaker": told["speaker"], "child": child})
    for system in (OURS, BASELINE):
        odds = told[f"{system}_4_s"].to_numpy(float)
        above = odds > np.quantile(odds[~child], 1 - FLAGGED_SHARE)
        wrong[system] = np.where(child, ~above, above).astype(float)
        wrong[f"{system}_by"] = np.where(child, -odds, odds)
    shares = wrong.groupby("speaker").mean()
    ranked = shares.sort_values([OURS, f"{OURS}_by"], ascending=False)
    chosen = [ranked.index[ranked["child"] == kind][:worst] for kind in (0.0, 1.0)]
    adults, children = ([_of(str(name), told, wrong) for name in names] for names in chosen)
    return adults, children


def _of(speaker: str, told: pd.DataFrame, wrong: pd.DataFrame) -> Mistaken:
    own = (told["speaker"] == speaker).to_numpy()
    clips, its = told[own], wrong[own]

    def at(snr_db: int) -> float:
        return float(its[OURS][clips["snr_db"] == snr_db].mean())

    return Mistaken(
        speaker=speaker,
        age=int(clips["age"].iloc[0]),
        sex=str(clips["sex"].iloc[0]),
        pitch_hz=float(clips["pitch_hz"].median()) if "pitch_hz" in clips else float("nan"),
        ours=float(its[OURS].mean()),
        baseline=float(its[BASELINE].mean()),
        quiet=at(QUIET_DB),
        noisy=at(NOISY_DB),
    )
