"""How well the heads tell their sounds: on sources that neither head nor threshold heard, with intervals."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from prankfilter_training.other_sounds.heads import loudest
from prankfilter_training.other_sounds.seconds import Seconds
from prankfilter_training.other_sounds.shares import Share, over_groups
from prankfilter_training.other_sounds.sources import SPEECH

LENGTHS_S = (1.0, 3.0, 5.0, 10.0)
SNR_EDGES_DB = (8.0, 12.0, 18.0, 30.0)
ALONE, UNDER_SPEECH = "alone", "under speech"


@dataclass(frozen=True, slots=True, eq=False)
class Clips:
    """One row a clip: the largest held-out log-odds within its first seconds, and what is known of it."""

    odds: NDArray[np.float64]
    content: NDArray[np.str_]
    group: NDArray[np.str_]
    codec: NDArray[np.str_]
    spoken: NDArray[np.bool_]
    snr_db: NDArray[np.float64]
    active: NDArray[np.bool_]
    """Whether the source sounds at all within these seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class SoundReport:
    """Figures of one head.

    Attributes
    ----------
    content : str
        What it listens for.
    auc_speech, auc_all : Share
        Area under the ROC curve of clips of up to 10 s, against clips of speech and against all others.
    found : tuple of Share
        Share of clips found: alone and under speech, by length, codec and SNR.
    alarms : tuple of Share
        Share of clips of every other content that are taken for it, at 10 s.
    alarms_by_length : tuple of Share
        Of speech.
    """

    content: str
    auc_speech: Share
    auc_all: Share
    found: tuple[Share, ...]
    alarms: tuple[Share, ...]
    alarms_by_length: tuple[Share, ...]


def report(rows: Seconds, odds: NDArray[np.float64], content: str, *, seed: int = 0) -> SoundReport:
    """Judge held-out log-odds less their thresholds, as `heads.nested` gives them."""
    rng = np.random.default_rng(seed)
    whole = clips_of(rows, odds, LENGTHS_S[-1])
    others = [name for name in np.unique(rows.content) if name != content]
    return SoundReport(
        content=content,
        auc_speech=_auc(whole, content, np.isin(whole.content, SPEECH), rng),
        auc_all=_auc(whole, content, whole.content != content, rng),
        found=tuple(_found(rows, odds, content, rng)),
        alarms=tuple(_share(str(name), whole, whole.content == name, rng) for name in others),
        alarms_by_length=tuple(
            _share(f"{length_s:g} s", at, np.isin(at.content, SPEECH), rng)
            for length_s in LENGTHS_S
            for at in [clips_of(rows, odds, length_s)]
        ),
    )


def clips_of(rows: Seconds, odds: NDArray[np.float64], within_s: float) -> Clips:
    """The first seconds of every clip, together."""
    first = rows.at(rows.second == 0)
    return Clips(
        odds=loudest(rows, odds, within_s=within_s),
        content=first.content,
        group=first.group,
        codec=first.codec,
        spoken=first.spoken,
        snr_db=first.snr_db,
        active=loudest(rows, rows.active.astype(np.float64), within_s=within_s) > 0,
    )


def _found(rows: Seconds, odds: NDArray[np.float64], content: str, rng: np.random.Generator) -> list[Share]:
    shares = []
    for length_s in LENGTHS_S:
        at = clips_of(rows, odds, length_s)
        wanted = (at.content == content) & at.active
        shares += [
            _share(f"{length_s:g} s, {ALONE}", at, wanted & ~at.spoken, rng),
            _share(f"{length_s:g} s, {UNDER_SPEECH}", at, wanted & at.spoken, rng),
        ]
    for codec in np.unique(at.codec):
        shares.append(_share(f"10 s, {codec}", at, wanted & (at.codec == codec), rng))
    for low_db, high_db in itertools.pairwise(SNR_EDGES_DB):
        here = (at.snr_db >= low_db) & (at.snr_db < high_db)
        shares.append(_share(f"10 s, SNR {low_db:g}-{high_db:g} dB", at, wanted & here, rng))
    return shares


def _share(what: str, clips: Clips, chosen: NDArray[np.bool_], rng: np.random.Generator) -> Share:
    """Share of the chosen clips in which the sound is heard."""
    heard = (clips.odds[chosen] > 0).astype(np.float64)
    return over_groups(what, clips.group[chosen], lambda rows: float(heard[rows].mean()), rng)


def _auc(clips: Clips, content: str, others: NDArray[np.bool_], rng: np.random.Generator) -> Share:
    chosen = others | ((clips.content == content) & clips.active & ~clips.spoken)
    wanted, odds = clips.content[chosen] == content, np.clip(clips.odds[chosen], -1e6, None)

    def auc(rows: NDArray[np.intp]) -> float:
        return float(roc_auc_score(wanted[rows], odds[rows])) if 0 < wanted[rows].mean() < 1 else np.nan

    return over_groups("AUC", clips.group[chosen], auc, rng)
