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
import threading
import time
import traceback
from collections.abc import Callable

import numpy as np

from prankfilter.audio.hearing import hear
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.running import Artefacts, Library
from prankfilter.errors import ArtefactMissing, BadAudio, Cancelled, PrankfilterError, StoreUnavailable
from prankfilter.privacy.audit import audit_drawn
from prankfilter.privacy.intake import read_record
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.privacy.repeats import result_id as name_result
from prankfilter.routing.decide import fail_open
from prankfilter.routing.policies import Policy, policy_digest
from prankfilter.routing.predicates import is_never_screened
from prankfilter.screening import screen_call
from prankfilter.settings import Settings
from prankfilter.store.port import Store
from prankfilter.store.recall import recall
from prankfilter.vocabulary import CallerHistory, CallRecord, Certificate, Decision, Guard
from prankfilter.wiring.inquiry import Inquiry, Recall, ScreeningBody
from prankfilter.wiring.limits import limits_of
from prankfilter.wiring.pool import Pool
from prankfilter.wiring.recorder import Recorder
from prankfilter.wiring.watch import POLL_S, ModelWatch

log = logging.getLogger("prankfilter")

TREES_MS = 5.0
"""Kept back from every budget for what comes after waiting: the trees and the answer."""

HISTORY_THREADS = 4
SOUND_THREADS = 2
CHECK_S = 1.0
"""How long the store may take to say that it is there."""


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
        self._policy_digest = policy_digest(policy)
        self._now = now
        self._limits = limits_of(settings)
        self._running: dict[str, asyncio.Future[Decision]] = {}
        waiting = settings.screenings_at_once
        self._history_pool = Pool("history", threads=HISTORY_THREADS, waiting=waiting)
        self._sound_pool = Pool("sound", threads=SOUND_THREADS, waiting=waiting)
        self._draining = False
        self.certificate: Certificate | None = None
        """The proof under which the last call was judged."""

    # --- life ------------------------------------------------------------------------------

    async def start(self) -> None:
        """Load and warm the current model, then watch the pointer to it."""
        await self._watch.start()

    async def stop(self) -> None:
        """Say "not ready", let running work end, write what is queued."""
        self._draining = True
        await self._watch.stop()
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=2 * self.settings.deadline_ms / 1000)
        for pool in (self._sound_pool, self._history_pool):
            pool.close()
        await self._recorder.close()
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
    def running_count(self) -> int:
        """Screenings under way."""
        return len(self._running)

    async def ready(self) -> tuple[bool, str]:
        """Whether a router should send calls here, and if not, why. A score is never refused for it."""
        if self._draining:
            return False, "draining"
        if self.artefacts is None:
            return False, "no verified model"
        try:
            await self._history_pool.run(self.store.check, until=time.perf_counter() + CHECK_S)
        except (StoreUnavailable, TimeoutError):
            return False, "store unavailable"
        return True, "ready"

    def _warm(self, artefacts: Artefacts) -> None:
        """Screen one made-up second, so that the first caller does not pay for what happens only once."""
        tracks = Tracks(artefacts.ears)
        tracks.feed(np.random.default_rng(0).uniform(-0.1, 0.1, 8000).astype(np.float32))
        now = self._now().astimezone(self.settings.zone)
        record = CallRecord(call_id="warm", received_at=now)
        self._judge(artefacts, record, tracks, CallerHistory(), now)

    # --- screening ---------------------------------------------------------------------------

    async def screen(self, call_id: str, body: ScreeningBody, deadline_ms: float | None = None) -> Decision:
        """Answer one look at one call within its deadline, whatever breaks.

        A repeat of a request joins the running work or gets the stored answer. Raises `BadRecord` only.
        """
        started = time.perf_counter()
        until = started + self._budget_s(deadline_ms)
        result_id = name_result(call_id, body.call_bytes, body.audio, key=self._answer_key)
        running = self._running.get(result_id)
        if running is not None:
            return await self._join(running, call_id, result_id, until)
        now = self._now()
        record, faults = read_record(
            call_id, body.call, now=now, zone=self.settings.zone, pseudonymise=self._pseudonymise
        )
        drawn = audit_drawn(call_id, self.settings.audit_share, self._audit_key)
        inquiry = Inquiry(record, body.audio, self.artefacts, result_id, drawn, faults, now, started, until)
        if len(self._running) >= self.settings.screenings_at_once:
            return self._recorder.keep(inquiry, self._fail_open(inquiry, Guard.OVERLOAD))
        return await self._run(inquiry)

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
            recalled = await self._recall(inquiry)
            if recalled.answer is not None:
                return recalled.answer
            decision, faults = await self._screen(inquiry, recalled.history)
        except PrankfilterError as refusal:
            decision = self._fail_open(inquiry, refusal)
        except Exception as fault:
            # A fault of ours must not cost the caller anything: the call goes its normal way.
            log.error("screening failed, call_id=%s, %s", inquiry.record.call_id, _harmless(fault))
            decision = self._fail_open(inquiry, fault)
        return self._recorder.keep(inquiry, decision, faults)

    async def _recall(self, inquiry: Inquiry) -> Recall:
        """Look up the stored answer, else the history; unknown where the store fails or is late."""
        if is_never_screened(inquiry.record):
            return Recall(CallerHistory())

        def look_up() -> Recall:
            answer = self.store.answer(inquiry.result_id)
            if answer is not None:
                return Recall(CallerHistory(), answer)
            return Recall(recall(self.store, inquiry.record, audit_drawn=inquiry.audit_drawn))

        try:
            return await self._history_pool.run(look_up, until=inquiry.history_until)
        except StoreUnavailable:
            return Recall(CallerHistory(store_available=False))
        except TimeoutError:
            return Recall(_late(CallerHistory(store_available=False)))

    async def _screen(self, inquiry: Inquiry, history: CallerHistory) -> tuple[Decision, tuple[str, ...]]:
        """Screen with the sound, or say why it was left out; at most one step outlives the deadline."""
        artefacts, record, audio, now = _needed(inquiry.artefacts), inquiry.record, inquiry.audio, inquiry.now
        if audio is None or is_never_screened(record):
            return self._judge(artefacts, record, None, history, now), ()
        stop = threading.Event()

        def listen() -> Decision:
            ears = self._ears(artefacts)
            tracks = hear(audio, ears=ears, limits=self._limits, cancelled=stop.is_set)
            return self._judge(artefacts, record, tracks, history, now)

        try:
            return await self._sound_pool.run(listen, until=inquiry.until), ()
        except BadAudio as problem:
            return self._judge(artefacts, record, None, history, now), (f"audio: {problem}",)
        except (TimeoutError, Cancelled):
            late = self._judge(artefacts, record, None, _late(history), now)
            return late, ("audio: not heard within the deadline",)
        finally:
            stop.set()

    def _judge(
        self,
        artefacts: Artefacts,
        record: CallRecord,
        sound: Tracks | None,
        history: CallerHistory,
        now: dt.datetime,
    ) -> Decision:
        return screen_call(
            sound,
            record,
            history,
            ears=self._ears(artefacts),
            model=artefacts.model,
            policy=self.policy,
            certificate=self._proof(artefacts, history),
            now=now,
        )

    def _proof(self, artefacts: Artefacts, history: CallerHistory) -> Certificate | None:
        """The certificate as it stands now: calls in service may have refuted it."""
        certificate = artefacts.certificates.get(self._policy_digest)
        if certificate is not None and certificate.id in history.standing.suspended:
            certificate = dataclasses.replace(certificate, suspended=True)
        if history.store_available:
            self.certificate = certificate
        return certificate

    def _ears(self, artefacts: Artefacts) -> Ears:
        return artefacts.ears if self.settings.child_voice else artefacts.ears.without_child()

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


def _late(history: CallerHistory) -> CallerHistory:
    standing = dataclasses.replace(history.standing, deadline_passed=True)
    return dataclasses.replace(history, standing=standing)


def _model_id(artefacts: Artefacts | None) -> str | None:
    return artefacts.model.model_id if artefacts else None


def _needed(artefacts: Artefacts | None) -> Artefacts:
    if artefacts is None:
        raise ArtefactMissing("no verified model is loaded")
    return artefacts
