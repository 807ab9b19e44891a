"""The imperative shell: fetch history, hear the sound, screen, record. Everything here answers to a
deadline.

What can be slow (store reads, everything with sound) runs in two small pools and is awaited within the budget
that remains; what is not there by then is left out, and the decision says so. Only the trees run in the
event loop.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

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
from prankfilter.store.port import Screening, Store
from prankfilter.store.recall import recall
from prankfilter.vocabulary import CallerHistory, CallRecord, Decision, Guard
from prankfilter.wiring.inquiry import Inquiry, Recall, ScreeningBody
from prankfilter.wiring.limits import limits_of

log = logging.getLogger("prankfilter")

Result = TypeVar("Result")

POLL_S = 0.2
"""How often the pointer to the current model is looked at."""

TREES_MS = 5.0
"""Kept back from every budget for what comes after waiting: the trees and the answer."""

HISTORY_THREADS = 4
SOUND_THREADS = 2


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
    ) -> None:
        self.settings = settings
        self.store = store
        self.policy = policy
        self.keyring = keyring
        self.artefacts: Artefacts | None = None
        self._library = library
        self._pseudonymise = Pseudonymiser(keyring).pseudonym
        self._audit_key = keyring.current(Purpose.AUDIT).secret
        self._answer_key = keyring.current(Purpose.ANSWER).secret
        self._now = now
        self._limits = limits_of(settings)
        self._running: dict[str, asyncio.Future[Decision]] = {}
        self._history_pool = ThreadPoolExecutor(HISTORY_THREADS, thread_name_prefix="history")
        self._sound_pool = ThreadPoolExecutor(SOUND_THREADS, thread_name_prefix="sound")
        self._poller: asyncio.Task[None] | None = None
        self._draining = False

    # --- life ------------------------------------------------------------------------------

    async def start(self) -> None:
        """Load and warm the current model, then watch the pointer to it."""
        await self._refresh()
        await asyncio.to_thread(self._warm)
        self._poller = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Say "not ready", let running work end, write what is queued."""
        self._draining = True
        if self._poller is not None:
            self._poller.cancel()
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=2 * self.settings.deadline_ms / 1000)
        self._sound_pool.shutdown(wait=False, cancel_futures=True)
        self._history_pool.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self.store.close)

    @property
    def model_id(self) -> str | None:
        """The model that answers now."""
        return self.artefacts.model.model_id if self.artefacts else None

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
            await asyncio.wait_for(
                asyncio.get_running_loop().run_in_executor(self._history_pool, self.store.check), timeout=1.0
            )
        except (StoreUnavailable, TimeoutError):
            return False, "store unavailable"
        return True, "ready"

    def _warm(self) -> None:
        """Screen one made-up second, so that the first caller does not pay for what happens only once."""
        if self.artefacts is None:
            return
        tracks = Tracks(self.artefacts.ears)
        tracks.feed(np.random.default_rng(0).uniform(-0.1, 0.1, 8000).astype(np.float32))
        screen_call(
            tracks,
            CallRecord(call_id="warm", received_at=self._now().astimezone(self.settings.zone)),
            CallerHistory(),
            ears=self.artefacts.ears,
            model=self.artefacts.model,
            policy=self.policy,
            certificate=None,
            now=self._now(),
        )

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            await self._refresh()

    async def _refresh(self) -> None:
        try:
            artefacts = await asyncio.to_thread(self._library.refresh)
        except PrankfilterError as refusal:
            consequence = "the previous one serves on" if self.artefacts else "none runs"
            log.error("model refused, %s: %s", consequence, refusal)
            return
        except Exception:
            # The watch must outlive whatever a disk or a half-written folder does to it.
            log.exception("model not read")
            return
        if artefacts is not None:
            self.artefacts = artefacts
            log.info("model %s runs", artefacts.model.model_id)

    # --- screening ---------------------------------------------------------------------------

    async def screen(self, call_id: str, body: ScreeningBody, deadline_ms: float | None = None) -> Decision:
        """Answer one look at one call within its deadline, whatever breaks.

        A repeat of a request joins the running work or gets the stored answer. Raises `BadRecord` only.
        """
        started = time.perf_counter()
        result_id = name_result(call_id, body.call_bytes, body.audio, key=self._answer_key)
        running = self._running.get(result_id)
        if running is not None:
            return await asyncio.shield(running)
        now = self._now()
        record, faults = read_record(
            call_id, body.call, now=now, zone=self.settings.zone, pseudonymise=self._pseudonymise
        )
        budget_ms = min(deadline_ms or self.settings.deadline_ms, self.settings.deadline_ms) - TREES_MS
        until = started + max(budget_ms, 0.0) / 1000
        inquiry = Inquiry(record, body.audio, self.artefacts, result_id, faults, now, started, until)
        if len(self._running) >= self.settings.screenings_at_once:
            return self._keep(inquiry, self._fail_open(record, Guard.OVERLOAD))
        future = asyncio.get_running_loop().create_future()
        self._running[result_id] = future
        decision = self._fail_open(record, Guard.DEADLINE)
        try:
            decision = await self._answer(inquiry)
        finally:
            del self._running[result_id]
            future.set_result(decision)
        return decision

    async def _answer(self, inquiry: Inquiry) -> Decision:
        faults: tuple[str, ...] = ()
        try:
            recalled = await self._recall(inquiry)
            if recalled.answer is not None:
                return recalled.answer
            decision, faults = await self._judge(inquiry, recalled.history)
        except PrankfilterError as refusal:
            decision = self._fail_open(inquiry.record, refusal)
        except Exception:
            # A fault of ours must not cost the caller anything: the call goes its normal way.
            log.exception("screening failed, call_id=%s", inquiry.record.call_id)
            decision = self._fail_open(inquiry.record, PrankfilterError("internal fault"))
        return self._keep(inquiry, decision, faults)

    async def _recall(self, inquiry: Inquiry) -> Recall:
        """Look up the stored answer, else the history; unknown where the store fails or is late."""
        if is_never_screened(inquiry.record):
            return Recall(CallerHistory())

        def look_up() -> Recall:
            answer = self.store.answer(inquiry.result_id)
            if answer is not None:
                return Recall(CallerHistory(), answer)
            share = self.settings.audit_share
            return Recall(recall(self.store, inquiry.record, audit_key=self._audit_key, audit_share=share))

        try:
            return await _within(inquiry.history_until, self._history_pool, look_up)
        except StoreUnavailable:
            return Recall(CallerHistory(store_available=False))
        except TimeoutError:
            return Recall(_late(CallerHistory(store_available=False)))

    async def _judge(self, inquiry: Inquiry, history: CallerHistory) -> tuple[Decision, tuple[str, ...]]:
        """Screen with the sound, or say why it was left out; at most one step outlives the deadline."""
        audio = inquiry.audio
        if audio is None or is_never_screened(inquiry.record):
            return self._screen(inquiry, None, history), ()
        stop = threading.Event()

        def listen() -> Decision:
            artefacts = _needed(inquiry.artefacts)
            tracks = hear(audio, ears=self._ears(artefacts), limits=self._limits, cancelled=stop.is_set)
            return self._screen(inquiry, tracks, history)

        try:
            return await _within(inquiry.until, self._sound_pool, listen), ()
        except BadAudio as fault:
            return self._screen(inquiry, None, history), (f"audio: {fault}",)
        except (TimeoutError, Cancelled):
            return self._screen(inquiry, None, _late(history)), ("audio: not heard within the deadline",)
        finally:
            stop.set()

    def _screen(self, inquiry: Inquiry, sound: Tracks | None, history: CallerHistory) -> Decision:
        artefacts = _needed(inquiry.artefacts)
        return screen_call(
            sound,
            inquiry.record,
            history,
            ears=self._ears(artefacts),
            model=artefacts.model,
            policy=self.policy,
            certificate=artefacts.certificates.get(policy_digest(self.policy)),
            now=inquiry.now,
        )

    def _ears(self, artefacts: Artefacts) -> Ears:
        return artefacts.ears if self.settings.child_voice else artefacts.ears.without_child()

    def _fail_open(self, record: CallRecord, cause: PrankfilterError | Guard) -> Decision:
        return fail_open(record.call_id, cause, policy=self.policy, model_id=self.model_id)

    def _keep(self, inquiry: Inquiry, decision: Decision, faults: tuple[str, ...] = ()) -> Decision:
        """Complete an answer and queue it for the store."""
        record = inquiry.record
        decision = dataclasses.replace(
            decision,
            result_id=inquiry.result_id,
            faults=inquiry.faults + faults + decision.faults,
            elapsed_ms=round((time.perf_counter() - inquiry.started) * 1000, 3),
        )
        drawn = audit_drawn(record.call_id, self.settings.audit_share, self._audit_key)
        kept = self.store.remember(
            Screening(
                record=record,
                decision=decision,
                at=inquiry.now,
                strata=decision.strata,
                capture=record.audio_capture,
                audit_probability=self.settings.audit_share if drawn else None,
            )
        )
        if not kept:
            log.warning("write queue full, screening not kept, call_id=%s", record.call_id)
        if record.is_call_back and record.called_number is not None:
            self._history_pool.submit(self._note_call_back, record.called_number, inquiry.now)
        return decision

    def _note_call_back(self, called: str, at: dt.datetime) -> None:
        """The centre rings somebody: whoever calls from that number next is expected."""
        try:
            self.store.put_called_back(called, by="centre", at=at)
        except PrankfilterError as refusal:
            log.error("a call-back of the centre was not kept: %s", refusal)


def _late(history: CallerHistory) -> CallerHistory:
    standing = dataclasses.replace(history.standing, deadline_passed=True)
    return dataclasses.replace(history, standing=standing)


def _needed(artefacts: Artefacts | None) -> Artefacts:
    if artefacts is None:
        raise ArtefactMissing("no verified model is loaded")
    return artefacts


async def _within(until: float, pool: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
    """Run work in a pool and wait for it until a moment of `time.perf_counter`, else raise TimeoutError."""
    future = asyncio.get_running_loop().run_in_executor(pool, work)
    return await asyncio.wait_for(future, timeout=max(until - time.perf_counter(), 0.0))
