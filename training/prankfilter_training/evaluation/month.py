"""What a month would look like at this centre, in numbers and in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from prankfilter.vocabulary import PRANK_LABELS
from prankfilter_training.evaluation.delayed import Proof
from prankfilter_training.evaluation.words import number_id, swapped
from prankfilter_training.log.table import Log

MONTH_DAYS = 30.0
FEWEST_DAYS = 28
FEWEST_CALLERS = 59
"""With fewer genuine callers not even one in twenty can be ruled out (Clopper-Pearson, 95 %)."""

WAIT_S = 20.0
"""The most that ``verify`` can cost a call: a prompt of 5 s, then 15 s in which later calls may pass it
(SAFETY rule 3)."""

Values = Mapping[str, Any]


def month(log: Log, calls: NDArray[np.bool_], found: Values, proof: Proof | None) -> dict[str, Any]:
    """Scale the measured calls to 30 days.

    Parameters
    ----------
    log : Log
    calls : ndarray of bool, shape (calls,)
        Calls of the measured time.
    found : Mapping
        ``delayed`` and ``advice`` as the evaluation has them.
    proof : Proof or None

    Returns
    -------
    dict
        Counts per 30 days; seconds that genuine calls would wait at most; seconds of pranks that call takers
        would be spared at most, if every verified prankster hung up in the prompt; the same in words.
    """
    days = _days(log, calls)
    scale = MONTH_DAYS / days
    delayed = found["delayed"]
    verified = [replay for replay in proof.verified() if replay.label in PRANK_LABELS] if proof else []
    known_s = [replay.call.duration_s for replay in verified if replay.call.duration_s is not None]
    pranks = sum(kind["calls"] for label, kind in found["advice"].items() if label in PRANK_LABELS)
    bound = delayed["share_of_calls"]["high"]
    genuine = delayed["genuine_calls"] * scale
    values = {
        "days_measured": days,
        "calls": _round(int(calls.sum()) * scale),
        "genuine_calls": _round(genuine),
        "pranks": _round(pranks * scale),
        "pranks_verified": _round(len(verified) * scale),
        "genuine_delayed": _round(delayed["calls_delayed"] * scale),
        "genuine_delayed_at_most": None if bound is None else _round(bound * genuine),
        "seconds_added_to_genuine": _round(delayed["calls_delayed"] * scale * WAIT_S),
        "seconds_added_to_genuine_at_most": None if bound is None else _round(bound * genuine * WAIT_S),
        "seconds_saved_at_most": _round(sum(known_s) * scale),
        "too_short": days < FEWEST_DAYS,
        "too_few": proof is not None and delayed["genuine_callers"] < FEWEST_CALLERS,
        "certificate": delayed["certificate"],
    }
    return values | {"words_id": _words_id(values), "words_en": _words_en(values)}


def _days(log: Log, calls: NDArray[np.bool_]) -> int:
    received = log.table["received_at"].filter(pl.Series(calls))
    first, last = (moment.astimezone(log.zone).date() for moment in _ends(received))
    return (last - first).days + 1


def _ends(received: pl.Series) -> tuple[dt.datetime, dt.datetime]:
    ends: list[dt.datetime] = received.sort().gather([0, -1]).to_list()
    return ends[0], ends[1]


def _round(value: float) -> float:
    return round(float(value), 1)


def _words_en(of: Values) -> str:
    about = (
        f"In 30 days this centre takes about {of['calls']:,.0f} calls, {of['genuine_calls']:,.0f} of them "
        f"genuine and {of['pranks']:,.0f} pranks."
    )
    if of["certificate"] is None:
        return (
            f"{about} 0 would be verified and 0 delayed: without a certificate nothing changes for callers."
        )
    most, most_s = _at_most(of, ",.1f"), _at_most(of, ",.0f", seconds=True)
    effect = (
        f"About {of['pranks_verified']:,.1f} pranks would be verified. About {of['genuine_delayed']:,.1f} "
        f"genuine calls would be delayed, at most {most}, each by 20 s at most: together "
        f"{of['seconds_added_to_genuine']:,.0f} s, at most {most_s} s. Call takers would be spared "
        f"{of['seconds_saved_at_most']:,.0f} s at most, if every verified prankster hung up in the prompt. "
        "All this as if somebody were always waiting."
    )
    return " ".join([about, effect, *_doubts_en(of)])


def _doubts_en(of: Values) -> list[str]:
    short = f"Only {of['days_measured']} days were measured: a month may look different."
    few = f"There are fewer than {FEWEST_CALLERS} genuine callers: too few to rule out one in twenty."
    return [short] * of["too_short"] + [few] * of["too_few"]


def _words_id(of: Values) -> str:
    about = (
        f"Dalam 30 hari pusat ini menerima sekitar {number_id(of['calls'])} panggilan: "
        f"{number_id(of['genuine_calls'])} darurat nyata dan {number_id(of['pranks'])} prank."
    )
    if of["certificate"] is None:
        return f"{about} 0 disapa otomatis dan 0 tertunda: tanpa bukti batas risiko tidak ada yang berubah."
    most, most_s = _at_most(of, ",.1f"), _at_most(of, ",.0f", seconds=True)
    effect = (
        f"Sekitar {number_id(of['pranks_verified'], 1)} prank akan disapa otomatis. Sekitar "
        f"{number_id(of['genuine_delayed'], 1)} panggilan darurat akan tertunda, paling banyak "
        f"{swapped(most)}, masing-masing paling lama 20 detik: seluruhnya "
        f"{number_id(of['seconds_added_to_genuine'])} detik, paling banyak {swapped(most_s)} detik. Petugas "
        f"terhindar dari paling banyak {number_id(of['seconds_saved_at_most'])} detik prank, bila setiap "
        "penelepon iseng menutup telepon saat disapa. Dihitung seolah-olah selalu ada antrean."
    )
    return " ".join([about, effect, *_doubts_id(of)])


def _doubts_id(of: Values) -> list[str]:
    short = f"Hanya {of['days_measured']} hari yang diukur: satu bulan bisa berbeda."
    few = f"Penelepon darurat kurang dari {FEWEST_CALLERS}: terlalu sedikit untuk memastikan apa pun."
    return [short] * of["too_short"] + [few] * of["too_few"]


def _at_most(of: Values, form: str, *, seconds: bool = False) -> str:
    value = of["seconds_added_to_genuine_at_most" if seconds else "genuine_delayed_at_most"]
    return "?" if value is None else format(value, form)
