"""The same calls cut in other ways: whether any group fares worse, and how sure one may be of it.

One row a cut; a new one is a function from a `Look` to words, and a row of `CUTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from prankfilter.routing.strata import CHILD_FROM, SPOKEN_S, SPOKEN_SHARE
from prankfilter.vocabulary import LOOKS_S, AccessState
from prankfilter_training.evaluation.intervals import Array, drawn, drawn_means, figure, share_figure
from prankfilter_training.evaluation.judged import Judged
from prankfilter_training.evaluation.metrics import (
    Ranked,
    Weights,
    threshold_at,
)
from prankfilter_training.evaluation.moments import HIT_SHARES, counts
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.rows.build import RING

UNKNOWN = "unknown"
MOST_CENTRES = 20
Words = NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a cut may look at: the judged rows, with columns of features and of the log."""

    prepared: Prepared
    rows: Judged
    number: int

    def feature(self, name: str) -> Array:
        """A column of the feature table at this look; NaN where unknown."""
        column = [feature.name for feature in self.prepared.rows.features].index(name)
        return np.asarray(self.prepared.rows.values[self.rows.place, column])

    def logged(self, name: str) -> pl.Series:
        """A column of the log."""
        return self.prepared.log.table[name].gather(self.rows.call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One way to cut: how it is called, and which piece each row is in."""

    name: str
    title: str
    title_id: str
    pieces: Callable[[Look], Words]

    def in_order(self, pieces: Words) -> list[str]:
        """The pieces that there are: by what they mean where that is an order, unknown last."""
        order = ORDER.get(self.name, ())
        rank = {piece: place for place, piece in enumerate(order)}
        return sorted(set(pieces.tolist()), key=lambda piece: (piece == UNKNOWN, rank.get(piece, 0), piece))


ORDER: Mapping[str, tuple[str, ...]] = {
    "noise": ("below 10 dB", "10-20 dB", "20 dB and more"),
    "length": ("under 15 s", "15-60 s", "60 s and more"),
}
"""Of cuts whose pieces' names do not sort as what they mean."""


def _by_edges(values: Array, edges: Sequence[float], names: Sequence[str]) -> Words:
    pieces = np.array(names)[np.searchsorted(edges, values, side="right").clip(max=len(edges))]
    return np.where(np.isnan(values), UNKNOWN, pieces)


def _child_voice(look: Look) -> Words:
    return _by_edges(look.feature("child_voice_probability"), (CHILD_FROM,), ("not child-like", "child-like"))


def _silence(look: Look) -> Words:
    if look.number == RING:
        return np.full(len(look.rows), UNKNOWN)
    least_s = max(SPOKEN_S, SPOKEN_SHARE * LOOKS_S[look.number - 1])
    return _by_edges(look.feature("speech_s"), (least_s,), ("silent", "speaks"))


def _handset(look: Look) -> Words:
    states = {AccessState.SIM_LESS: "no SIM or not in service", AccessState.NSI: "no SIM or not in service"}
    state = look.logged("access_state")
    return np.array([UNKNOWN if name is None else states.get(name, "in service") for name in state])


def _number(look: Look) -> Words:
    return np.where(look.logged("caller").is_null().to_numpy(), "no number", "with number")


def _repeat(look: Look) -> Words:
    return _by_edges(
        look.feature("calls_30d_count"), (1,), ("first call in 30 days", "called in the last 30 days")
    )


def _hour(look: Look) -> Words:
    hours = ("00-06 h", "06-12 h", "12-18 h", "18-24 h")
    return _by_edges(look.feature("received_hour"), (6, 12, 18), hours)


def _noise(look: Look) -> Words:
    return _by_edges(look.feature("speech_to_noise_db"), (10, 20), ORDER["noise"])


def _length(look: Look) -> Words:
    seconds = look.logged("duration_s").cast(pl.Float64).fill_null(np.nan).to_numpy()
    return _by_edges(seconds, (15, 60), ORDER["length"])


def _centre(look: Look) -> Words:
    centre = look.logged("centre_id").fill_null(UNKNOWN)
    largest = centre.value_counts(sort=True)["centre_id"].head(MOST_CENTRES)
    return np.where(centre.is_in(largest.to_list()).to_numpy(), centre.to_numpy(), "other centres").astype(
        str
    )


CUTS: tuple[Cut, ...] = (
    Cut(name="child_voice", title="Voice", title_id="Suara", pieces=_child_voice),
    Cut(name="silence", title="Speech at this look", title_id="Ada yang berbicara", pieces=_silence),
    Cut(name="handset", title="Handset", title_id="Keadaan telepon", pieces=_handset),
    Cut(name="number", title="Calling number", title_id="Nomor penelepon", pieces=_number),
    Cut(name="repeat", title="Repeat", title_id="Penelepon berulang", pieces=_repeat),
    Cut(name="hour", title="Hour of the day", title_id="Jam", pieces=_hour),
    Cut(name="noise", title="Speech above noise", title_id="Suara di atas derau", pieces=_noise),
    Cut(name="length", title="Length of the call", title_id="Lama panggilan", pieces=_length),
    Cut(name="centre", title="Centre", title_id="Pusat layanan", pieces=_centre),
)


def hit_name(share: float) -> str:
    """The key of a piece's share of genuine calls above the threshold that all calls share."""
    return f"genuine_hit_at_{share:.1%}_overall"


def caught_name(share: float) -> str:
    """The key of a piece's share of pranks above the same threshold."""
    return f"prank_recall_at_{share:.1%}_overall"


def cut_up(prepared: Prepared, rows: Judged, number: int) -> dict[str, dict[str, Any]]:
    """Figures of every piece of every cut at one look.

    Thresholds are those that hit the fixed shares of *all* genuine calls of the look, so that pieces can be
    compared: a piece whose genuine calls are hit more often than the share is treated worse.
    """
    thresholds = {share: threshold_at(rows.margin, rows.genuine, share) for share in HIT_SHARES}
    look = Look(prepared, rows, number)
    return {
        cut.name: {
            piece: piece_figures(rows.at(pieces == piece), thresholds) for piece in cut.in_order(pieces)
        }
        for cut, pieces in ((cut, cut.pieces(look)) for cut in CUTS)
    }


def piece_figures(rows: Judged, thresholds: Mapping[float, float]) -> dict[str, Any]:
    """Figures of some rows under thresholds that were set elsewhere."""
    ranked = Ranked.of(rows.margin, rows.prank, rows.genuine)
    error = np.square(rows.score - rows.prank)
    above = {share: rows.margin > threshold for share, threshold in thresholds.items()}

    def metric(weights: Weights) -> dict[str, Array]:
        return {"pr_auc": ranked.average_precision(weights)}

    hits = {hit_name(share): (over, rows.genuine) for share, over in above.items()}
    caught = {caught_name(share): (over, rows.prank) for share, over in above.items()}
    of = drawn(metric, rows.units) | drawn_means({"brier": (error, None), **hits, **caught}, rows.units)
    count = counts(rows)
    genuine, pranks = rows.callers(rows.genuine), rows.callers(rows.prank)
    return {
        **count,
        **{name: figure(of[name], count["calls"]) for name in ("pr_auc", "brier")},
        **{
            hit_name(share): share_figure(of[hit_name(share)], count["genuine"], genuine)
            for share in thresholds
        },
        **{
            caught_name(share): share_figure(of[caught_name(share)], count["pranks"], pranks)
            for share in thresholds
        },
    }
