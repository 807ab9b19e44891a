"""The imperative shell: fetch history, hear the sound, screen, record. Everything here answers to a deadline.

What can be slow (store reads, everything with sound) runs in small pools of its own and is awaited within the
budget that remains; what is not there by then is left out, and the decision says so. Of the trees only those
of calls without sound run in the event loop.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from prankfilter.audio.hearing import hear
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.running import Artefacts, Library
from prankfilter.errors import ArtefactMissing, PrankfilterError
from prankfilter.privacy.audit import audit_drawn
from prankfilter.privacy.intake import read_record
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.privacy.repeats import result_id as name_result
from prankfilter.routing.decide import fail_open
from prankfilter.routing.policies import Policy
from prankfilter.routing.predicates import is_never_screened
from prankfilter.settings import Settings
from prankfilter.store.port import Store
from prankfilter.vocabulary import CallerHistory, CallRecord, Certificate, Decision, Guard
from prankfilter.wiring.admission import Admission, keep_beat
from prankfilter.wiring.inquiry import Inquiry, Listen, ScreeningBody
from prankfilter.wiring.judge import Judge
from prankfilter.wiring.kept_sound import KeptSound
from prankfilter.wiring.limits import limits_of
from prankfilter.wiring.listening import Heard, Listening
from prankfilter.wiring.looking_up import LookUp
from prankfilter.wiring.recorder import Recorder
from prankfilter.wiring.watch import POLL_S, ModelWatch

log = logging.getLogger("prankfilter")

TREES_MS = 5.0
"""Kept back from every budget for what comes after waiting: the trees and the answer."""


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Screener:
    """Screens calls for a door: one per process."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        library: Library,
        keyring: Keyring,
        policy: Policy,
        kept_sound: KeptSound | None = None,
        now: Callable[[], dt.datetime] = _utc_now,
        poll_s: float = POLL_S,
    ) -> None:
        self.settings = settings
        self.store = store
        self.policy = policy
        self.keyring = keyring
        self._watch = ModelWatch(library, warm=self._warm, poll_s=poll_s)
        self._pseudonymise = Pseudonymiser(keyring).pseudonym
        self._recorder = Recorder(store, audit_share=settings.audit_share)
        self._audit_key = keyring.current(Purpose.AUDIT).secret
        self._answer_key = keyring.current(Purpose.ANSWER).secret
        self._judge = Judge(policy, child_voice=settings.child_voice)
        self._now = now
        self._limits = limits_of(settings)
        self._kept_sound = kept_sound
        self._running: dict[str, asyncio.Future[Decision]] = {}
        waiting = settings.screenings_at_once
        self._look_up = LookUp(store, waiting=waiting)
        self.admission = Admission.of(settings)
        """Whoever brings calls asks here first whether there is time for them."""
        self._listening = Listening(self._judge, self.admission, kept_sound, waiting=waiting)
        self._beat: asyncio.Task[None] | None = None
        self._draining = False

    # --- life ------------------------------------------------------------------------------

    async def start(self) -> None:
        """Load and warm the current model, then watch the pointer to it."""
        self._beat = asyncio.create_task(keep_beat(self.admission))
        await self._watch.start()

    async def stop(self) -> None:
        """Say "not ready", let running work end, write what is queued."""
        self._draining = True
        await self._watch.stop()
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=2 * self.settings.deadline_ms / 1000)
        self._listening.close()
        self._look_up.close()
        if self._beat is not None:
            self._beat.cancel()
        await self._recorder.close()
        if self._kept_sound is not None:
            await asyncio.to_thread(self._kept_sound.close)
        await asyncio.to_thread(self.store.close)

    @property
    def artefacts(self) -> Artefacts | None:
        """What runs now."""
        return self._watch.artefacts

    @property
    def model_id(self) -> str | None:
        """The model that answers now."""
        return _model_id(self.artefacts)

    @property
    def lost_sound_count(self) -> int:
        """Looks whose sound should have been kept and was not."""
        return self._kept_sound.lost_count if self._kept_sound is not None else 0

    @property
    def certificate(self) -> Certificate | None:
        """The proof under which the last call was judged."""
        return self._judge.certificate

    def ears(self, artefacts: Artefacts) -> Ears:
        """What calls are heard with under a model."""
        return self._judge.ears(artefacts)

    @property
    def running_count(self) -> int:
        """Screenings under way."""
        return len(self._running)

    async def ready(self) -> tuple[bool, str]:
        """Whether a router should send calls here, and if not, why. A score is never refused for it."""
        if self._draining:
            return False, "draining"
        if self.artefacts is None:
            return False, "no verified model"
        if not await self._look_up.is_available():
            return False, "store unavailable"
        return True, "ready"

    def _warm(self, artefacts: Artefacts) -> None:
        """Screen one made-up second, so that the first caller does not pay for what happens only once."""
        tracks = Tracks(artefacts.ears)
        tracks.feed(np.random.default_rng(0).uniform(-0.1, 0.1, 8000).astype(np.float32))
        now = self._now().astimezone(self.settings.zone)
        record = CallRecord(call_id="warm", received_at=now)
        self._judge.judge(artefacts, record, tracks, CallerHistory(), now)

    # --- screening ---------------------------------------------------------------------------

    async def screen(self, call_id: str, body: ScreeningBody, deadline_ms: float | None = None) -> Decision:
        """Answer one look at one call within its deadline, whatever breaks.

        A repeat of a request joins the running work or gets the stored answer. Raises `BadRecord` only.
        """
        started = time.perf_counter()
        until = started + self._budget_s(deadline_ms)
        result_id = self.name(call_id, body.call_bytes, body.audio)
        running = self._running.get(result_id)
        if running is not None:
            return await self._join(running, call_id, result_id, until)
        now = self._now()
        record, faults = self.read(call_id, body.call, now)
        drawn = self.is_drawn(call_id)
        listen = self._listen_to(body.audio)
        inquiry = Inquiry(record, listen, self.artefacts, result_id, drawn, faults, now, started, until)
        return await self._admit(inquiry)

    async def look(self, inquiry: Inquiry) -> Decision:
        """Answer one look at a call that is heard while it goes on, as `screen` does."""
        running = self._running.get(inquiry.result_id)
        if running is not None:
            return await self._join(running, inquiry.record.call_id, inquiry.result_id, inquiry.until)
        return await self._admit(inquiry)

    def name_shed(self, call_id: str) -> str:
        """Name the answer to a call that was sent on unscreened: that of no request, so that a repeat of any
        is looked at."""
        return self.name(call_id, Guard.OVERLOAD.encode())

    def refuse(self, inquiry: Inquiry, cause: Exception | Guard) -> Decision:
        """Let a call through that nobody could look at, and keep that."""
        return self._recorder.keep(inquiry, self._fail_open(inquiry, cause))

    async def listen(self, work: Callable[[], object], *, until: float) -> None:
        """Work on sound between two looks; raises TimeoutError where there is no time for it."""
        await self._listening.work(work, until=until)

    async def _admit(self, inquiry: Inquiry) -> Decision:
        if len(self._running) >= self.settings.screenings_at_once:
            shed = dataclasses.replace(inquiry, result_id=self.name_shed(inquiry.record.call_id))
            return self.refuse(shed, Guard.OVERLOAD)
        return await self._run(inquiry)

    def read(
        self, call_id: str, call: Mapping[str, Any], now: dt.datetime
    ) -> tuple[CallRecord, tuple[str, ...]]:
        """Read a call record as it is at a moment."""
        return read_record(call_id, call, now=now, zone=self.settings.zone, pseudonymise=self._pseudonymise)

    def now(self) -> dt.datetime:
        """The time."""
        return self._now()

    def name(self, call_id: str, *parts: bytes | None) -> str:
        """Name the answer to a question."""
        return name_result(call_id, *parts, key=self._answer_key)

    def is_drawn(self, call_id: str) -> bool:
        """Whether the call is in the random audit sample: the same at every look."""
        return audit_drawn(call_id, self.settings.audit_share, self._audit_key)

    def _listen_to(self, audio: bytes | None) -> Listen | None:
        if audio is None:
            return None
        return lambda ears, cancelled: hear(audio, ears=ears, limits=self._limits, cancelled=cancelled)

    def _budget_s(self, deadline_ms: float | None) -> float:
        most_ms = self.settings.deadline_ms
        return max(min(most_ms if deadline_ms is None else deadline_ms, most_ms) - TREES_MS, 0.0) / 1000

    async def _join(
        self, running: asyncio.Future[Decision], call_id: str, result_id: str, until: float
    ) -> Decision:
        """Wait for the answer to the same request, but no longer than this one has time."""
        await asyncio.wait([running], timeout=until - time.perf_counter())
        return running.result() if running.done() else self._too_late(call_id, result_id)

    async def _run(self, inquiry: Inquiry) -> Decision:
        future = asyncio.get_running_loop().create_future()
        self._running[inquiry.result_id] = future
        try:
            decision = await self._answer(inquiry)
            future.set_result(decision)
            return decision
        finally:
            del self._running[inquiry.result_id]
            if not future.done():
                # Whoever asked has gone; whoever joined in is answered all the same.
                future.set_result(self._too_late(inquiry.record.call_id, inquiry.result_id))

    async def _answer(self, inquiry: Inquiry) -> Decision:
        faults: tuple[str, ...] = ()
        try:
            recalled = await self._look_up.recall(inquiry)
            if recalled.answer is not None:
                return recalled.answer
            if recalled.record is not None:
                inquiry = dataclasses.replace(inquiry, record=recalled.record)
            decision, faults = await self._screen(inquiry, inquiry.with_what_it_knows(recalled.history))
        except PrankfilterError as refusal:
            decision = self._fail_open(inquiry, refusal)
        except Exception as fault:
            # A fault of ours must not cost the caller anything: the call goes its normal way.
            log.error("screening failed, call_id=%s, %s", inquiry.record.call_id, _harmless(fault))
            decision = self._fail_open(inquiry, fault)
        return self._recorder.keep(inquiry, decision, faults)

    async def _screen(self, inquiry: Inquiry, history: CallerHistory) -> Heard:
        artefacts, record = _needed(inquiry.artefacts), inquiry.record
        if inquiry.listen is None or is_never_screened(record):
            return self._judge.judge(artefacts, record, None, history, inquiry.now), ()
        return await self._listening.screen(inquiry, inquiry.listen, artefacts, history)

    # --- answers -----------------------------------------------------------------------------

    def _fail_open(self, inquiry: Inquiry, cause: Exception | Guard) -> Decision:
        model_id = _model_id(inquiry.artefacts)
        return fail_open(inquiry.record.call_id, cause, policy=self.policy, model_id=model_id)

    def _too_late(self, call_id: str, result_id: str) -> Decision:
        """Answer who joined in; the work that they joined is what is recorded."""
        decision = fail_open(call_id, Guard.DEADLINE, policy=self.policy, model_id=self.model_id)
        return dataclasses.replace(decision, result_id=result_id)


def _harmless(fault: Exception) -> str:
    """Where it broke, without the message: that may quote what somebody sent."""
    return f"{type(fault).__name__}\n{''.join(traceback.format_tb(fault.__traceback__))}"


def _model_id(artefacts: Artefacts | None) -> str | None:
    return artefacts.model.model_id if artefacts else None


def _needed(artefacts: Artefacts | None) -> Artefacts:
    if artefacts is None:
        raise ArtefactMissing("no verified model is loaded")
    return artefacts
