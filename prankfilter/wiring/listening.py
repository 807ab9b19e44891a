"""What is heard of calls: in a thread of its own, within the budget, one call at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from prankfilter.classifier.running import Artefacts
from prankfilter.errors import BadAudio, Cancelled
from prankfilter.vocabulary import CallerHistory, Decision
from prankfilter.wiring.admission import Admission
from prankfilter.wiring.inquiry import Inquiry, Listen, late
from prankfilter.wiring.judge import Judge
from prankfilter.wiring.kept_sound import KeptSound
from prankfilter.wiring.pool import Pool

THREADS = 1
"""One: of several, each would be slower, and the event loop would have to wait for all of them in turn."""

Heard = tuple[Decision, tuple[str, ...]]
"""A decision, and what was wrong with the sound."""


class Listening:
    """Works on sound, of recordings and of streams."""

    def __init__(
        self, judge: Judge, admission: Admission, kept_sound: KeptSound | None, *, waiting: int
    ) -> None:
        self._judge = judge
        self._admission = admission
        self._kept_sound = kept_sound
        self._pool = Pool("sound", threads=THREADS, waiting=waiting)

    def close(self) -> None:
        """Let the thread end."""
        self._pool.close()

    async def work(self, work: Callable[[], object], *, until: float) -> None:
        """Work on sound between two looks; raises TimeoutError where there is no time for it."""
        await self._pool.run(work, until=until)

    async def screen(
        self, inquiry: Inquiry, sound: Listen, artefacts: Artefacts, history: CallerHistory
    ) -> Heard:
        """Screen with the sound, or say why it was left out; at most one step outlives the deadline."""
        record, now, stop = inquiry.record, inquiry.now, threading.Event()

        def listen() -> Decision:
            tracks = sound(self._judge.ears(artefacts), stop.is_set)
            decision = self._judge.judge(artefacts, record, tracks, history, now)
            if self._kept_sound is not None:
                self._kept_sound.offer(decision, tracks, audited=inquiry.audit_drawn, at=now)
            return decision

        began = time.perf_counter()
        try:
            return await self._pool.run(listen, until=inquiry.until), ()
        except BadAudio as problem:
            return self._judge.judge(artefacts, record, None, history, now), (f"audio: {problem}",)
        except (TimeoutError, Cancelled):
            without = self._judge.judge(artefacts, record, None, late(history), now)
            return without, ("audio: not heard within the deadline",)
        finally:
            stop.set()
            if not inquiry.is_live:
                self._admission.heard(time.perf_counter() - began)
