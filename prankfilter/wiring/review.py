"""What follows from what people say of a call: for the proof, the centre, the queue of flags, incidents.

Routes and pages say it here, so that a verdict by a click does all that one by HTTP does. Everything may
be repeated: what was done already is not done again.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from functools import cached_property

from prankfilter.errors import NotAllowed, NotFound, StoreUnavailable
from prankfilter.features.memory import FOLLOW_UP
from prankfilter.features.rulings import NOTHING_SAID_AGAINST, genuine_since, statements
from prankfilter.privacy.audit import audit_drawn
from prankfilter.privacy.seal import Sealer
from prankfilter.store.deeds import Act, Deed, Deeds
from prankfilter.store.doubts import keep_doubts, standing_doubt
from prankfilter.store.flags import Flag, Flags
from prankfilter.store.incidents import Cause, Incident, Incidents
from prankfilter.store.past import labels_of
from prankfilter.store.port import CallFile, Ruling, Store
from prankfilter.store.recordings import Recording, Recordings
from prankfilter.store.said import THE_SERVICE
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Advice, CallRecord, Label, LabelSource, Outcome, Verdict
from prankfilter.wiring.claims import CLAIM_HOLDS
from prankfilter.wiring.proof_watch import hold_against_proof

log = logging.getLogger("prankfilter")

SECOND_SHARE = 0.05
"""Share of flags that a second person rules on blindly (SAFETY rule 13)."""

UNDO = dt.timedelta(seconds=10)
"""How long one's own verdict may be taken back; after that it is another verdict."""

HEARD_ONCE = dt.timedelta(minutes=1)
"""A browser asks for a recording in pieces; they are one listening, and one line in the book."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is kept beside the calls, in a store on a disk."""

    flags: Flags
    incidents: Incidents
    recordings: Recordings
    deeds: Deeds

    @classmethod
    def of(cls, store: SqlStore) -> Shelf:
        """Return what is kept in a store."""
        return cls(Flags(store), Incidents(store), Recordings(store), Deeds(store))


class Review:
    """The words of people on calls, in one installation.

    Parameters
    ----------
    store : Store
        Of the calls.
    sealer : Sealer
        Of `Purpose.SEAL`.
    draw_key : bytes
        Secret of the draw for the blind second review (`Purpose.AUDIT`).
    """

    def __init__(self, store: Store, sealer: Sealer, draw_key: bytes) -> None:
        self._store = store
        self._sealer = sealer
        self._draw_key = draw_key
        self._heard: dict[tuple[str, str], dt.datetime] = {}

    @cached_property
    def _shelf(self) -> Shelf | None:
        """Made when it is first wanted: its statements are not compiled while the service starts."""
        return Shelf.of(self._store) if isinstance(self._store, SqlStore) else None

    @property
    def shelf(self) -> Shelf:
        """What is kept beside the calls; raises `StoreUnavailable` where the store keeps calls alone."""
        if self._shelf is None:
            raise StoreUnavailable("a store in memory keeps no flags, incidents or sound")
        return self._shelf

    # --- what a call was -------------------------------------------------------------------

    def tell(self, call_id: str, outcome: Outcome) -> None:
        """Keep an outcome and what follows from it."""
        self._store.put_outcome(call_id, outcome)
        self._keep_doubts(call_id, at=outcome.at)
        if outcome.label is Label.GENUINE:
            self._was_genuine(call_id, Cause.GENUINE_VERIFIED, by=outcome.by or THE_SERVICE, at=outcome.at)
        elif outcome.label not in NOTHING_SAID_AGAINST:
            self._look_ahead(call_id, outcome.at)

    def rule(self, call_id: str, ruling: Ruling) -> None:
        """Keep a verdict and what follows from it (SAFETY rules 10, 13 and 14).

        Raises `NotFound` for a call that is not on record, `NotAllowed` for whoever answered it.
        """
        self._refuse_own(call_id, ruling.by)
        self._store.put_ruling(call_id, ruling)
        self._keep_doubts(call_id, at=ruling.at)
        if self._shelf is not None and self.draws(call_id):
            self._shelf.flags.draw_second(call_id)
        self._follow(call_id, ruling)

    def draws(self, call_id: str) -> bool:
        """Whether a flag comes to the blind second review once it was ruled on."""
        return audit_drawn(f"second review of {call_id}", SECOND_SHARE, self._draw_key)

    def rule_blind(self, call_id: str, ruling: Ruling) -> None:
        """Keep the verdict of the blind second review; only an emergency counts beyond the agreement.

        Raises `NotAllowed` for whoever answered the call or gave the first verdict, `NotFound` where no
        second review is wanted.
        """
        flag = self.flag(call_id)
        if flag.ruled_by == ruling.by:
            raise NotAllowed("the second review is somebody else's than the first")
        if flag.verdict is None or not flag.second_drawn:
            raise NotFound(f"no second review of call {call_id!r} is wanted")
        self._refuse_own(call_id, ruling.by)
        self.shelf.flags.put_second(call_id, ruling)
        if ruling.verdict is Verdict.WAS_EMERGENCY:
            self._store.put_ruling(call_id, ruling)
            self._keep_doubts(call_id, at=ruling.at)
            self._follow(call_id, ruling)

    def undo(self, call_id: str, *, by: str, at: dt.datetime) -> Ruling:
        """Take back one's own last verdict, and return it.

        Raises `NotAllowed` once it is older than `UNDO`, or was an emergency: the switch that it threw is
        turned back by a supervisor with a reason.
        """
        flag = self.flag(call_id)
        call = self._store.call(call_id)
        rulings = call.rulings if call is not None else ()
        if flag.ruled_by != by or not rulings:
            raise NotAllowed("only one's own verdict can be taken back")
        last = rulings[-1]
        if at - last.at > UNDO:
            raise NotAllowed(f"a verdict can be taken back for {UNDO.seconds} s; give another one instead")
        if last.verdict is Verdict.WAS_EMERGENCY:
            raise NotAllowed("an emergency has consequences already; give another verdict instead")
        self.shelf.flags.withdraw(call_id, ruled_at=last.at, by=by, at=at)
        self._keep_doubts(call_id, at=at)
        return last

    def _keep_doubts(self, call_id: str, *, at: dt.datetime) -> None:
        """Let history know what the word on a call means for others of its incident (SAFETY rule 14)."""
        call = self._store.call(call_id)
        if call is not None and call.record is not None:
            keep_doubts(self._store, call.record, at=at)

    def _follow(self, call_id: str, ruling: Ruling) -> None:
        emergency = ruling.verdict is Verdict.WAS_EMERGENCY
        if not (emergency or ruling.label is Label.GENUINE):
            return
        cause = Cause.WAS_EMERGENCY if emergency else Cause.GENUINE_VERIFIED
        call = self._was_genuine(call_id, cause, by=ruling.by, at=ruling.at)
        if emergency and _was_verified(call):
            centre_id = call.record.centre_id if call and call.record else None
            reason = f"verified call {call_id} was an emergency"
            self._store.put_switch(centre_id, off=True, by=ruling.by, reason=reason, at=ruling.at)

    def _was_genuine(self, call_id: str, cause: Cause, *, by: str, at: dt.datetime) -> CallFile | None:
        """Hold a genuine call against its proof, and open an incident where it was delayed."""
        hold_against_proof(self._store, call_id, at=at)
        call = self._store.call(call_id)
        if self._shelf is not None and (cause is Cause.WAS_EMERGENCY or _was_verified(call)):
            self._shelf.incidents.put_open(Incident(call_id=call_id, opened_at=at, opened_by=by, cause=cause))
        if self._shelf is not None and call is not None and call.record is not None:
            self._look_back(self._shelf.flags, call.record, at)
        return call

    def _look_back(self, flags: Flags, genuine: CallRecord, at: dt.datetime) -> None:
        """Let calls of its number or incident, of the day before, be ruled on anew (SAFETY rule 14)."""
        for call in (*self._of_number_before(genuine, at), *self._of_incident_before(genuine)):
            said = labels_of(call)
            if said and said[-1].label not in NOTHING_SAID_AGAINST:
                flags.look_back(call, at=at)

    def _of_number_before(self, genuine: CallRecord, at: dt.datetime) -> list[CallFile]:
        if genuine.caller is None:
            return []
        known = self._store.caller(genuine.caller, before=at, except_call=genuine.call_id)
        soon = (
            past.call_id
            for past in known.past_calls
            if dt.timedelta(0) <= genuine.received_at - past.received_at <= FOLLOW_UP
        )
        return [call for call_id in soon if (call := self._store.call(call_id)) is not None]

    def _of_incident_before(self, genuine: CallRecord) -> list[CallFile]:
        if not genuine.incident_id:
            return []
        at = genuine.received_at.astimezone(dt.UTC)
        return self._store.calls_of_incident(genuine.incident_id, since=at - FOLLOW_UP, until=at)

    def _look_ahead(self, call_id: str, at: dt.datetime) -> None:
        """Let a call be ruled on whose genuine follower was spoken of first (SAFETY rule 14)."""
        call = self._store.call(call_id)
        if self._shelf is None or call is None or call.record is None:
            return
        moments = [standing_doubt(call), *self._number_was_genuine_after(call.record, at)]
        since = max((moment for moment in moments if moment is not None), default=None)
        if since is not None:
            self._shelf.flags.look_back(call, at=since)

    def _number_was_genuine_after(self, record: CallRecord, at: dt.datetime) -> list[dt.datetime | None]:
        if record.caller is None:
            return []
        known = self._store.caller(record.caller, before=at, except_call=record.call_id)
        return [
            genuine_since(statements(past))
            for past in known.past_calls
            if dt.timedelta(0) < past.received_at - record.received_at <= FOLLOW_UP
        ]

    def _refuse_own(self, call_id: str, by: str) -> None:
        call = self._store.call(call_id)
        if call is None:
            raise NotFound(f"no call {call_id!r} is on record")
        if was_answered_by(call, by):
            raise NotAllowed("whoever answered a call does not review it")

    # --- the queue -------------------------------------------------------------------------

    def flag(self, call_id: str) -> Flag:
        """Return a call's place in the queue, or raise `NotFound`."""
        flag = self.shelf.flags.of(call_id)
        if flag is None:
            raise NotFound(f"call {call_id!r} was never flagged")
        return flag

    def claim(self, call_id: str, *, by: str, at: dt.datetime) -> None:
        """Take a flag in hand; raises `Taken` while somebody else has it."""
        self.shelf.flags.claim(call_id, by=by, at=at, stale_before=at - CLAIM_HOLDS)

    def release(self, call_id: str, *, by: str) -> None:
        """Give it back."""
        self.shelf.flags.release(call_id, by=by)

    def close_incident(self, call_id: str, *, by: str, note: str, at: dt.datetime) -> None:
        """Close an incident with what was found."""
        self.shelf.incidents.put_closed(call_id, by=by, note=note, at=at)
        self.shelf.deeds.put(Deed(at=at, by=by, what=Act.CLOSED_INCIDENT, call_id=call_id))

    def clear_number(self, caller: str, *, by: str, reason: str, at: dt.datetime, call_id: str) -> None:
        """Let a number's pranks count no more; the call is the one it was decided on."""
        self._store.put_cleared(caller, by=by, reason=reason, at=at)
        self.shelf.deeds.put(
            Deed(at=at, by=by, what=Act.CLEARED_NUMBER, call_id=call_id, details={"reason": reason})
        )

    # --- who knows the score ---------------------------------------------------------------

    def note_seen(self, call_id: str, *, by: str, at: dt.datetime) -> None:
        """Write down that somebody sees score and reasons of a call before its outcome is told."""
        if not self.has_seen(call_id, by=by):
            self.shelf.deeds.put(Deed(at=at, by=by, what=Act.SAW_SCORE, call_id=call_id))

    def has_seen(self, call_id: str, *, by: str) -> bool:
        """Whether somebody has seen score and reasons of a call: their outcome says so (SAFETY rule 12)."""
        return any(one.what is Act.SAW_SCORE and one.by == by for one in self.shelf.deeds.about(call_id))

    # --- sound -----------------------------------------------------------------------------

    def sound_s(self, call_id: str) -> float | None:
        """Return how many seconds of a call's sound are kept; None for none."""
        return self.shelf.recordings.seconds_of(call_id)

    def hear(self, call_id: str, *, by: str, at: dt.datetime) -> bytes:
        """Return a call's sound as WAV. That it was listened to is written down first, or it is not given.

        Raises as `open_sound` does.
        """
        recording = self._recording(call_id)
        self._note_listening(recording, by, at)
        return self._opened(recording)

    def open_sound(self, call_id: str) -> bytes:
        """Return a call's sound for a picture of it, which nobody hears.

        Raises `NotFound` where none is kept, `BadSeal` where it was altered.
        """
        return self._opened(self._recording(call_id))

    def _opened(self, recording: Recording) -> bytes:
        return self._sealer.open(recording.sealed, about=recording.call_id)

    def _recording(self, call_id: str) -> Recording:
        recording = self.shelf.recordings.of(call_id)
        if recording is None:
            raise NotFound(f"no sound of call {call_id!r} is kept")
        return recording

    def _note_listening(self, recording: Recording, by: str, at: dt.datetime) -> None:
        last = self._heard.get((by, recording.call_id))
        if last is not None and at - last < HEARD_ONCE:
            return
        details = {"audio_s": recording.audio_s}
        deed = Deed(at=at, by=by, what=Act.LISTENED, call_id=recording.call_id, details=details)
        self.shelf.deeds.put(deed)
        self._heard = {who: when for who, when in self._heard.items() if at - when < HEARD_ONCE}
        self._heard[by, recording.call_id] = at


def was_answered_by(call: CallFile, name: str) -> bool:
    """Whether somebody took a call, and so does not review it."""
    return any(one.source is LabelSource.CALL_TAKER and one.by == name for one in call.outcomes)


def is_blind_for(flag: Flag | None, name: str) -> bool:
    """Whether a flag waits for the second review, and somebody must not know the first verdict."""
    return (
        flag is not None
        and flag.verdict is not None
        and flag.second_drawn
        and flag.second_verdict is None
        and flag.ruled_by != name
    )


def _was_verified(call: CallFile | None) -> bool:
    return call is not None and any(decision.advice is Advice.VERIFY for decision in call.decisions)
