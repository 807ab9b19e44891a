"""The imperative shell: fetch history, hear the sound, screen, record. Everything here answers to a deadline.

What can be slow (store reads, decoding, hearing) runs in two small pools and is awaited within the budget that
remains; what is not there by then is left out, and the decision says so. Only the trees run in the event loop.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from prankfilter.audio.decode import Limits, decode
from prankfilter.audio.telephone import to_line
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.running import Artefacts, Library
from prankfilter.errors import ArtefactMissing, BadAudio, Cancelled, PrankfilterError, StoreUnavailable
from prankfilter.features.history import area_load, surge_windows
from prankfilter.privacy.audit import audit_drawn
from prankfilter.privacy.intake import read_record
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.routing.decide import fail_open
from prankfilter.routing.guards import is_never_screened
from prankfilter.routing.policies import Policy
from prankfilter.screening import screen_call
from prankfilter.settings import Settings
from prankfilter.store.port import Screening, Store
from prankfilter.vocabulary import CallerHistory, CallRecord, Decision, Guard, Standing

log = logging.getLogger("prankfilter")

POLL_S = 0.2
"""How often the pointer to the current model is looked at."""

TREES_MS = 5.0
"""Kept back from every budget for what comes after waiting: the trees and the answer."""

HISTORY_THREADS = 4
SOUND_THREADS = 2


@dataclass(frozen=True, slots=True)
class ScreeningBody:
    """What one request brought: the call as JSON, perhaps sound, and the exact bytes of both."""

    call: Mapping[str, Any]
    call_bytes: bytes
    audio: bytes | None = None

    def result_id(self, call_id: str) -> str:
        """Name the answer to exactly this request: a repeat has the same one."""
        digest = hashlib.sha256()
        for part in (call_id.encode("utf-8", "surrogatepass"), self.call_bytes, self.audio or b""):
            digest.update(hashlib.sha256(part).digest())
        return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class _Hearing:
    """What came of the sound: tracks, or why there are none."""

    tracks: Tracks | None = None
    faults: tuple[str, ...] = ()
    late: bool = False


@dataclass(frozen=True, slots=True)
class _Recall:
    """What came of the look-up in the store."""

    history: CallerHistory
    answer: Decision | None = None
    late: bool = False


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def limits_of(settings: Settings) -> Limits:
    """Collect the limits on recordings from the settings."""
    return Limits(
        audio_bytes=settings.audio_bytes,
        audio_s=settings.audio_s,
        channels=settings.audio_channels,
        decoder_s=settings.decoder_s,
        decoder_bytes=settings.decoder_bytes,
    )


def hear(
    audio: bytes, *, ears: Ears, limits: Limits, cancelled: Callable[[], bool] = lambda: False
) -> Tracks:
    """Decode a recording and track it, second by second."""
    tracks = Tracks(ears)
    tracks.feed(to_line(decode(audio, limits, cancelled=cancelled)), cancelled=cancelled)
    return tracks


def recall(
    store: Store, record: CallRecord, *, audit_key: bytes, audit_share: float
) -> CallerHistory:
    """Fetch all that was known of caller, area and centre when the call was received."""
    at, call_id = record.received_at, record.call_id
    windows = surge_windows(at)
    return CallerHistory(
        caller=store.caller(record.caller, before=at, except_call=call_id) if record.caller else None,
        area=area_load(
            store.arrivals(record.area, windows, except_call=call_id), store.observed_since(), at
        ),
        standing=Standing(
            strata=store.strata_of(call_id),
            switched_off=store.switched_off(record.centre_id),
            audit_drawn=audit_drawn(call_id, audit_share, audit_key),
            recent_priority_count=store.recent_priority_count(
                record.centre_id, before=at, except_call=call_id
            ),
        ),
    )


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
        self.artefacts: Artefacts | None = None
        self._library = library
        self._pseudonymise = Pseudonymiser(keyring)
        self._audit_key = keyring.current(Purpose.AUDIT)
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

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            await self._refresh()

    async def _refresh(self) -> None:
        try:
            artefacts = await asyncio.to_thread(self._library.refresh, self.artefacts)
        except PrankfilterError as refusal:
            if self._library.is_news(refusal):
                log.error("model refused, %s: %s", "the previous one serves on" if self.artefacts else "none runs", refusal)
            return
        self.artefacts = artefacts

    # --- screening ---------------------------------------------------------------------------

    async def screen(self, call_id: str, body: ScreeningBody, deadline_ms: float | None = None) -> Decision:
        """Answer one look at one call within its deadline, whatever breaks.

        A repeat of a request joins the running work or gets the stored answer.
        """
        started = time.perf_counter()
        result_id = body.result_id(call_id)
        running = self._running.get(result_id)
        if running is not None:
            return await asyncio.shield(running)
        if len(self._running) >= self.settings.screenings_at_once:
            return self._finish(self._fail_open(call_id, Guard.OVERLOAD), result_id, (), started)
        future = asyncio.get_running_loop().create_future()
        self._running[result_id] = future
        decision = self._fail_open(call_id, Guard.DEADLINE)
        try:
            decision = await self._answer(call_id, body, result_id, started, deadline_ms)
        except PrankfilterError as refusal:
            decision = self._finish(self._fail_open(call_id, refusal), result_id, (), started)
        except Exception:
            # A fault of ours must not cost the caller anything: the call goes its normal way.
            log.exception("screening failed, call_id=%s", call_id)
            decision = self._finish(
                self._fail_open(call_id, PrankfilterError("internal fault")), result_id, (), started
            )
        finally:
            del self._running[result_id]
            future.set_result(decision)
        return decision

    async def _answer(
        self, call_id: str, body: ScreeningBody, result_id: str, started: float, deadline_ms: float | None
    ) -> Decision:
        now = self._now()
        record, faults = read_record(
            call_id, body.call, now=now, zone=self.settings.zone, pseudonymise=self._pseudonymise
        )
        artefacts = self.artefacts
        if artefacts is None:
            raise ArtefactMissing("no verified model is loaded")
        ears = artefacts.ears if self.settings.child_voice else artefacts.ears.without_child()
        budget_ms = min(deadline_ms or self.settings.deadline_ms, self.settings.deadline_ms) - TREES_MS
        until = started + max(budget_ms, 0.0) / 1000
        recalled, hearing = _Recall(CallerHistory()), _Hearing()
        if is_never_screened(record):
            pass
        elif body.audio is None:
            recalled = await self._recall(record, result_id, until)
        else:
            recalled, hearing = await asyncio.gather(
                self._recall(record, result_id, until), self._hear(body.audio, ears, until)
            )
        if recalled.answer is not None:
            return recalled.answer
        history = recalled.history
        if recalled.late or hearing.late:
            history = dataclasses.replace(
                history, standing=dataclasses.replace(history.standing, deadline_passed=True)
            )
        decision = self._finish(
            screen_call(
                hearing.tracks,
                record,
                history,
                ears=ears,
                model=artefacts.model,
                policy=self.policy,
                certificate=artefacts.certificate_for(self.policy),
                now=now,
            ),
            result_id,
            faults + hearing.faults,
            started,
        )
        self._remember(record, decision, history, now)
        return decision

    async def _recall(self, record: CallRecord, result_id: str, until: float) -> _Recall:
        """Look up the stored answer, else the history; unknown where the store fails or is late."""

        def look_up() -> _Recall:
            answer = self.store.answer(result_id)
            if answer is not None:
                return _Recall(CallerHistory(), answer)
            return _Recall(
                recall(
                    self.store, record, audit_key=self._audit_key, audit_share=self.settings.audit_share
                )
            )

        unknown = CallerHistory(store_available=False)
        try:
            return await _within(until, self._history_pool, look_up)
        except StoreUnavailable:
            return _Recall(unknown)
        except TimeoutError:
            return _Recall(unknown, late=True)

    async def _hear(self, audio: bytes, ears: Ears, until: float) -> _Hearing:
        """Hear the sound, or say why not; at most one step of work outlives the deadline."""
        stop = threading.Event()
        try:
            tracks = await _within(
                until, self._sound_pool, lambda: hear(audio, ears=ears, limits=self._limits, cancelled=stop.is_set)
            )
        except BadAudio as fault:
            return _Hearing(faults=(f"audio: {fault}",))
        except (TimeoutError, Cancelled):
            return _Hearing(faults=("audio: not heard within the deadline",), late=True)
        finally:
            stop.set()
        return _Hearing(tracks)

    def _fail_open(self, call_id: str, cause: PrankfilterError | Guard) -> Decision:
        return fail_open(call_id, cause, policy=self.policy, model_id=self.model_id)

    @staticmethod
    def _finish(decision: Decision, result_id: str, faults: tuple[str, ...], started: float) -> Decision:
        return dataclasses.replace(
            decision,
            result_id=result_id,
            faults=faults + decision.faults,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 3),
        )

    def _remember(self, record: CallRecord, decision: Decision, history: CallerHistory, now: dt.datetime) -> None:
        strata = history.standing.strata | ({decision.stratum} if decision.stratum else frozenset())
        kept = self.store.remember(
            Screening(
                record=record,
                decision=decision,
                at=now,
                strata=strata,
                capture=record.audio_capture,
                audit_probability=self.settings.audit_share if history.standing.audit_drawn else None,
            )
        )
        if not kept:
            log.warning("write queue full, screening not kept, call_id=%s", record.call_id)


async def _within(until: float, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Run work in a pool and wait for it until a moment of `time.perf_counter`, else raise TimeoutError."""
    future = asyncio.get_running_loop().run_in_executor(pool, work)
    return await asyncio.wait_for(future, timeout=max(until - time.perf_counter(), 0.0))
