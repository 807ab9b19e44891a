"""Values that reports are counted from, by name: what a test does not say is ordinary."""

from __future__ import annotations

import datetime as dt
from typing import Any

from prankfilter.reports.calls import Debt, ReportedCall
from prankfilter.reports.material import Material
from prankfilter.reports.periods import Period
from prankfilter.store.instants import microseconds
from prankfilter.vocabulary import Label, LabelSource
from tests.builders import NOW, ZONE

START = NOW.replace(hour=7, minute=0)
SHIFTS = (dt.time(7), dt.time(14), dt.time(21))
PERIOD = Period(START, NOW.replace(hour=14, minute=0))


def us(**after_start: float) -> int:
    """Return the moment so long after the shift's start, in microseconds: ``us(minutes=5)``."""
    return microseconds(START + dt.timedelta(**after_start))


def reported(call_id: str = "call-1", **over: Any) -> ReportedCall:
    """An emergency of an hour after the shift's start, answered after five seconds, not flagged."""
    received_at = over.pop("received_at", us(hours=1))
    known: dict[str, Any] = {
        "call_id": call_id,
        "received_at": received_at,
        "caller": f"caller of {call_id}",
        "area": "510-10-4101-1",
        "cell_id": "510-10-4101-1",
        "incident_id": None,
        "label": Label.GENUINE,
        "source": LabelSource.CALL_TAKER,
        "biased": False,
        "unfounded": False,
        "answered": True,
        "answered_at": received_at + 5_000_000,
        "ended_by": None,
        "talk_s": 60.0,
        "debt": None,
        "agency": None,
        "dispatched_at": None,
        "on_scene_at": None,
        "policy": "queue",
        "flagged": False,
        "prioritised": False,
        "verified_at": None,
        "guards": frozenset(),
        "audited": False,
        "verdict": None,
    }
    return ReportedCall(**known | over)


def prank(call_id: str = "prank", **over: Any) -> ReportedCall:
    """A prank of a minute."""
    return reported(call_id, **{"label": Label.JOKE_OR_ABUSE} | over)


def unanswered(call_id: str = "lost", **over: Any) -> ReportedCall:
    """A call that nobody answered, without any label."""
    nobody = {"label": None, "source": None, "answered": False, "answered_at": None, "talk_s": None}
    return reported(call_id, **nobody | over)


def debt(*, closed: int | None = None, result: str | None = None, **over: Any) -> Debt:
    """A call-back that was due an hour and six minutes after the shift's start."""
    return Debt(us(hours=1, minutes=1), us(hours=1, minutes=6), closed, result)


def material(*calls: ReportedCall, **over: Any) -> Material:
    """What a shift's figures are counted from, once it is over."""
    known: dict[str, Any] = {"period": PERIOD, "until": PERIOD.end, "is_on_record": True, "calls": calls}
    return Material(**known | over)


__all__ = ["PERIOD", "SHIFTS", "START", "ZONE", "debt", "material", "prank", "reported", "unanswered", "us"]
