"""What people did about the demonstration's calls: outcomes, verdicts, incidents, call-backs.

All of it goes through the two objects that routes and pages use, with the times at which it is said to have
been done: incidents, second reviews and open call-backs follow by the service's own rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from prankfilter.store.outings import Outing, Outings
from prankfilter.store.port import CallBackAct, Ruling
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import CallBackResult, CallBackStep, EndedBy, Label, Outcome, Verdict
from prankfilter.wiring.call_backs import CallBacks
from prankfilter.wiring.review import Review
from prankfilter_api.demo.replay import outcome_of

Row = dict[str, Any]


class Afterwards:
    """The people of the demonstration."""

    def __init__(self, store: SqlStore, review: Review, call_backs: CallBacks, *, now: dt.datetime) -> None:
        self._store = store
        self._review = review
        self._call_backs = call_backs
        self._now = now

    def were_here(self, rows: Iterable[Row]) -> bool:
        """Whether an earlier run of the day has told all this already."""
        return any(self._is_told(row["call_id"]) for row in rows)

    def do(self, rows: Sequence[Row]) -> None:
        """Do what was done about each call; what an earlier run of the day did is not done again."""
        for row in rows:
            if row["outcome"] is not None and "by" in row["outcome"] and not self._is_told(row["call_id"]):
                self._tell(row)
        for row in rows:
            if not self._was_looked_at(row["call_id"]):
                for done in row["said"]:
                    getattr(self, f"_{done['what']}")(row["call_id"], done, self._at(row, done["after_s"]))

    def switch_off_and_on(self, *, off_at: dt.datetime, on_at: dt.datetime) -> None:
        """Let a call taker set the centre to ``observe``, and a supervisor turn it back on."""
        self._store.put_switch(None, off=True, by="petugas-2", reason="", at=off_at)
        self._store.put_switch(None, off=False, by="ratna", reason="Pemeriksaan selesai.", at=on_at)

    def go_out(self, on_date: dt.date, place: str) -> None:
        """Note a day on which people were told what 112 is for."""
        Outings(self._store).put(Outing(on_date=on_date, place=place, by="ratna", at=self._now))

    # --- what can be done ------------------------------------------------------------------

    def _tell(self, row: Row) -> None:
        told = outcome_of(row)
        number = told.pop("calling_number", None)
        ended_at = dt.datetime.fromisoformat(told["ended_at"])
        at = ended_at + dt.timedelta(seconds=20)
        told |= {
            name: dt.datetime.fromisoformat(told[name])
            for name in ("answered_at", "ended_at")
            if name in told
        }
        told |= {"label": Label(told["label"])}
        if "ended_by" in told:
            told["ended_by"] = EndedBy(told["ended_by"])
        self._review.tell(row["call_id"], Outcome(**told, at=at))
        self._call_backs.settle(row["call_id"], number=number, at=at)

    def _ruled(self, call_id: str, done: Row, at: dt.datetime) -> None:
        label = Label(done["label"]) if "label" in done else None
        ruling = Ruling(
            verdict=Verdict(done["verdict"]), at=at, by=done["by"], label=label, note=done.get("note")
        )
        (self._review.rule_blind if done.get("second") else self._review.rule)(call_id, ruling)

    def _closed_incident(self, call_id: str, done: Row, at: dt.datetime) -> None:
        self._review.close_incident(call_id, by=done["by"], note=done["note"], at=at)

    def _listened(self, call_id: str, done: Row, at: dt.datetime) -> None:
        self._review.hear(call_id, by=done["by"], at=at)

    def _called_back(self, call_id: str, done: Row, at: dt.datetime) -> None:
        result = CallBackResult(done["result"]) if "result" in done else None
        act = CallBackAct(
            act=CallBackStep(done["act"]), at=at, by=done["by"], attempt=done.get("attempt"), result=result
        )
        self._call_backs.act(call_id, act)

    # --- when, and whether -----------------------------------------------------------------

    def _at(self, row: Row, after_s: float | None) -> dt.datetime:
        """So long after the call, but not later than now; None for now."""
        if after_s is None:
            return self._now
        received = dt.datetime.fromisoformat(row["call"]["received_at"])
        return min(received + dt.timedelta(seconds=after_s), self._now)

    def _is_told(self, call_id: str) -> bool:
        call = self._store.call(call_id)
        return call is not None and bool(call.outcomes)

    def _was_looked_at(self, call_id: str) -> bool:
        call = self._store.call(call_id)
        done = {change.what for change in call.changes} if call is not None else set()
        return bool(done & {"verdict", "call_back"})
