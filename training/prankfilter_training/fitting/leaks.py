"""Leaks of a prepared log, found and named: what would make a model look better than it is.

Each check names what leaked, where, how strongly, and what to do. Callers are never named, since a pseudonym
that was made while reading is no secret: the calls are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from prankfilter.errors import BadInput
from prankfilter.vocabulary import KINDS, Moment
from prankfilter_training.fitting.fit import Prepared
from prankfilter_training.fitting.given_away import separation
from prankfilter_training.fitting.look_ahead import as_served, first_unanswered, ring_features
from prankfilter_training.rows.build import RING
from prankfilter_training.rows.slices import Slice

GIVEN_AWAY_FROM = 0.99
"""A column that alone tells a label from all others so well was made from the label, or from its consequence.
In clean simulated logs the best reached 0.92: whether somebody speaks, against the label `silent`."""

CUT_CALLS = 200
"""Calls whose columns are computed anew from a log that ends there."""

MOST_NAMED = 5

TAUGHT = (Slice.FIT, Slice.CALIBRATE)
"""What these hear, a later slice must not hear again. Nothing is learnt from later ones."""


class LeakKind(StrEnum):
    """What leaked."""

    TIME = "time"
    CALLER = "caller"
    INCIDENT = "incident"
    RECORDING = "recording"
    VOICE = "voice"
    FUTURE = "future"
    EARLY_LABEL = "early_label"
    GIVEN_AWAY = "given_away"


REMEDIES: Mapping[LeakKind, str] = MappingProxyType(
    {
        LeakKind.TIME: "slices must follow each other in time: cut the log with `slices_of`",
        LeakKind.CALLER: "take the caller out of the earlier slice; two spellings of a number are one caller",
        LeakKind.INCIDENT: "take the incident out of the earlier slice",
        LeakKind.RECORDING: "one recording stands for two calls: mend audio_path, or leave it empty in one",
        LeakKind.VOICE: "a simulated log must deal its speakers to the recipe's slices: simulate it anew, or "
        "fit with the shipped shares of time",
        LeakKind.FUTURE: "the column must be computed from what was known when the call was received",
        LeakKind.EARLY_LABEL: "history may know a label from its label_at on only",
        LeakKind.GIVEN_AWAY: "leave the column out, or compute it from what was known before the answer",
    }
)


@dataclass(frozen=True, slots=True)
class Leak:
    """One leak."""

    kind: LeakKind
    what: str
    where: tuple[str, ...]
    """Features, or calls by id; the first few."""
    strength: str
    """How many, or how strongly, with the n it rests on."""

    @property
    def remedy(self) -> str:
        """What to do."""
        return REMEDIES[self.kind]

    def __str__(self) -> str:
        return f"{self.kind}: {self.what} ({self.strength}): {', '.join(self.where)}; {self.remedy}"


def must_not_leak(prepared: Prepared, *, cut_calls: int = CUT_CALLS) -> Prepared:
    """The prepared log itself, or `BadInput` with every leak in it."""
    leaks = find_leaks(prepared, cut_calls=cut_calls)
    if leaks:
        raise BadInput("the log leaks:\n" + "\n".join(f"  {leak}" for leak in leaks))
    return prepared


def find_leaks(prepared: Prepared, *, cut_calls: int = CUT_CALLS) -> tuple[Leak, ...]:
    """Look for every leak that is known.

    Parameters
    ----------
    prepared : Prepared
        Rows and slices that are about to be learnt from.
    cut_calls : int
        How many calls are computed anew from a log that ends there.
    """
    checks = (
        _out_of_order(prepared),
        _on_both_sides(prepared, "caller", LeakKind.CALLER),
        _on_both_sides(prepared, "incident_id", LeakKind.INCIDENT),
        _shared(prepared, _fingerprints(prepared), LeakKind.RECORDING),
        _voices(prepared),
        _knows_the_future(prepared, cut_calls),
        _gives_away(prepared),
    )
    return tuple(leak for found in checks for leak in found)


# --- splits ----------------------------------------------------------------------------------------


def _out_of_order(prepared: Prepared) -> Iterator[Leak]:
    received = prepared.log.table["received_at"].to_numpy()[prepared.rows.call]
    sides = [side for side in Slice if side >= 0 and prepared.part(side).any()]
    for earlier, later in pairwise(sides):
        begins = received[prepared.part(later)].min()
        late = np.unique(prepared.rows.call[prepared.part(earlier) & (received >= begins)])
        if late.size:
            yield Leak(
                LeakKind.TIME,
                f"calls of slice {earlier.name} were received after slice {later.name} began",
                _ids(prepared, late),
                f"{late.size} calls",
            )


def _on_both_sides(prepared: Prepared, column: str, kind: LeakKind) -> Iterator[Leak]:
    names = prepared.log.table[column].to_list()
    yield from _shared(
        prepared, ((names[call], call) for call in np.unique(prepared.rows.call)), kind, tuple(Slice)
    )


def _fingerprints(prepared: Prepared) -> Iterator[tuple[bytes, int]]:
    """All numbers of a look at which somebody spoke: no two recordings share them, whatever they are called.

    (Two silent recordings may well be equal to the bit.)
    """
    rows, names = prepared.rows, [feature.name for feature in prepared.rows.features]
    sound = [place for place, feature in enumerate(rows.features) if feature.known_from is Moment.AUDIO]
    sound = [place for place in sound if names[place] != "confirmed_child_play_decayed_count"]
    if "pitch_median_hz" not in names:
        return
    spoken = (rows.look != RING) & ~np.isnan(rows.values[:, names.index("pitch_median_hz")])
    for row in np.flatnonzero(spoken):
        yield bytes([rows.look[row]]) + rows.values[row, sound].tobytes(), int(rows.call[row])


def _voices(prepared: Prepared) -> Iterator[Leak]:
    keys = prepared.log.table["bank_key"].to_list()
    speakers = ((key.rsplit("/", 1)[0], call) for call in _heard(prepared) if (key := keys[call]))
    yield from _shared(prepared, speakers, LeakKind.VOICE)


def _heard(prepared: Prepared) -> NDArray[np.int64]:
    return np.unique(prepared.rows.call[prepared.rows.look != RING])


WHAT_IS_SHARED: Mapping[LeakKind, str] = MappingProxyType(
    {
        LeakKind.CALLER: "a caller is on both sides",
        LeakKind.INCIDENT: "an incident is on both sides",
        LeakKind.RECORDING: "the same sound is on both sides",
        LeakKind.VOICE: "a speaker of the feature bank is on both sides",
    }
)


def _shared(
    prepared: Prepared,
    named: Iterable[tuple[object, int]],
    kind: LeakKind,
    taught: tuple[Slice, ...] = TAUGHT,
) -> Iterator[Leak]:
    """Name what stands in one slice and again in another."""
    side_of = dict(zip(prepared.rows.call.tolist(), prepared.slice_of.tolist(), strict=True))
    members: defaultdict[object, dict[int, int]] = defaultdict(dict)
    for name, call in named:
        if name is not None and side_of[call] != Slice.DROPPED:
            members[name].setdefault(side_of[call], call)
    pairs: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for calls in members.values():
        for one, other in combinations(sorted(calls), 2):
            if one in taught:
                pairs[one, other].append((calls[one], calls[other]))
    for (one, other), found in sorted(pairs.items()):
        yield Leak(
            kind,
            f"{WHAT_IS_SHARED[kind]}, {Slice(one).name} and {Slice(other).name}",
            tuple("/".join(_ids(prepared, pair)) for pair in found[:MOST_NAMED]),
            f"{len(found)} of {len(members)}",
        )


# --- columns ---------------------------------------------------------------------------------------


def _knows_the_future(prepared: Prepared, cut_calls: int) -> Iterator[Leak]:
    rows = prepared.rows
    features = ring_features(rows.features)
    columns = [rows.features.index(feature) for feature in features]
    places = _to_cut(prepared, cut_calls)
    row_of = {call: row for row, call in enumerate(rows.call.tolist()) if rows.look[row] == RING}
    learnt = np.array([rows.values[row_of[call], columns] for call in places]).reshape(-1, len(features))
    served = np.array([as_served(prepared.log, call, features) for call in places]).reshape(learnt.shape)
    differs = ~_same(learnt, served)
    for column in np.flatnonzero(differs.any(axis=0)):
        calls = [places[number] for number in np.flatnonzero(differs[:, column])]
        one = (features[column],)
        late = [as_served(prepared.log, call, one, with_later_words=True)[0] for call in calls]
        explained = _same(np.array(late), learnt[differs[:, column], column]).all()
        yield Leak(
            LeakKind.EARLY_LABEL if explained else LeakKind.FUTURE,
            f"{features[column].name} differs from its value in a log that ends at the call",
            (features[column].name, *_ids(prepared, calls)),
            f"{len(calls)} of {len(places)} calls computed anew",
        )


def _to_cut(prepared: Prepared, cut_calls: int) -> list[int]:
    """Calls all over the log; half of them from numbers that had called before."""
    calls = np.unique(prepared.rows.call[prepared.rows.look == RING])
    calls = calls[calls > (first_unanswered(prepared.log) or 0)]
    callers = prepared.log.table["caller"]
    again = (~callers.is_first_distinct() & callers.is_not_null()).to_numpy()
    groups = [calls[again[calls]], calls[~again[calls]]]
    return sorted(int(call) for group in groups for call in _spread(group, cut_calls // 2))


def _spread(calls: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    places = np.linspace(0, len(calls) - 1, min(count, len(calls))).round().astype(np.int64)
    chosen: NDArray[np.int64] = calls[places]
    return chosen


def _same(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.isclose(one, other, rtol=1e-9, atol=1e-9, equal_nan=True)


def _gives_away(prepared: Prepared) -> Iterator[Leak]:
    rows, learnt = prepared.rows, prepared.part(Slice.FIT)
    last = np.r_[rows.call[1:] != rows.call[:-1], np.ones(min(1, len(rows.call)), bool)]
    chosen = np.flatnonzero(learnt & last)
    for column, feature in enumerate(rows.features):
        told = {
            label: separation(rows.values[chosen, column], prepared.kind[chosen] == number)
            for number, label in enumerate(KINDS)
        }
        label = max(told, key=lambda name: np.nan_to_num(told[name]))
        if told[label] >= GIVEN_AWAY_FROM:
            n = int((prepared.kind[chosen] == KINDS.index(label)).sum())
            yield Leak(
                LeakKind.GIVEN_AWAY,
                f"{feature.name} alone tells {label} from all other calls",
                (feature.name,),
                f"area under the curve {told[label]:.4f} on {n} and {len(chosen) - n} calls",
            )


def _ids(prepared: Prepared, calls: Iterable[int]) -> tuple[str, ...]:
    ids = prepared.log.table["call_id"]
    return tuple(str(ids[int(call)]) for call in list(calls)[:MOST_NAMED])
