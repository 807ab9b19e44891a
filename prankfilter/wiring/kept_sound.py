"""Sound that is kept for people to hear: of flagged and audited calls only, and only where a centre wants it.

Nothing here delays an answer: what is worth keeping is put into a short queue, and one thread encodes, seals
and stores it. What does not fit is gone, which is counted and logged; the decision stands without it.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from queue import Full, Queue

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.audio.tracks import Tracks
from prankfilter.audio.wav import write_wav
from prankfilter.errors import PrankfilterError
from prankfilter.privacy.seal import Sealer
from prankfilter.store.recordings import Recording, Recordings
from prankfilter.vocabulary import Decision

log = logging.getLogger("prankfilter")

WAITING = 32
"""Calls whose sound waits for the disk: 32 MB at most."""

REMEMBERED = 4096
"""Calls whose later looks are kept too, although the first that was flagged may stay the only one."""

CLOSE_S = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    call_id: str
    line: NDArray[np.float32]
    at: dt.datetime


class KeptSound:
    """Keeps the sound of some calls; one per process.

    Parameters
    ----------
    recordings : Recordings
        Where it is kept.
    sealer : Sealer
        Of `Purpose.SEAL`.
    """

    def __init__(self, recordings: Recordings, sealer: Sealer) -> None:
        self._recordings = recordings
        self._sealer = sealer
        self._waiting: Queue[_Piece | None] = Queue(WAITING)
        self._known: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()
        self._lost_count = 0
        self._thread = threading.Thread(target=self._run, name="kept-sound", daemon=True)
        self._thread.start()

    @property
    def lost_count(self) -> int:
        """Looks whose sound should have been kept and was not."""
        return self._lost_count

    def offer(self, decision: Decision, tracks: Tracks, *, audited: bool, at: dt.datetime) -> None:
        """Keep what was heard, if this look or an earlier one of the call was flagged or audited."""
        if not self._is_wanted(decision, audited=audited):
            return
        try:
            self._waiting.put_nowait(_Piece(decision.call_id, tracks.line, at))
        except Full:
            self._lose(decision.call_id, "too much waits for the store")

    def close(self) -> None:
        """Store what waits, as far as the store takes it in time."""
        try:
            self._waiting.put(None, timeout=CLOSE_S)
        except Full:
            return
        self._thread.join(CLOSE_S)

    def _is_wanted(self, decision: Decision, *, audited: bool) -> bool:
        with self._lock:
            if not (decision.flagged or audited or decision.call_id in self._known):
                return False
            self._known[decision.call_id] = None
            self._known.move_to_end(decision.call_id)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return True

    def _run(self) -> None:
        while (piece := self._waiting.get()) is not None:
            try:
                self._keep(piece)
            except PrankfilterError as refusal:
                self._lose(piece.call_id, refusal)

    def _lose(self, call_id: str, why: object) -> None:
        with self._lock:
            self._lost_count += 1
        log.error("sound was not kept: %s", why, extra={"call_id": call_id})

    def _keep(self, piece: _Piece) -> None:
        sealed = self._sealer.seal(write_wav(piece.line, LINE_RATE_HZ), about=piece.call_id)
        self._recordings.put(
            Recording(
                call_id=piece.call_id,
                stored_at=piece.at,
                audio_s=len(piece.line) / LINE_RATE_HZ,
                sealed=sealed,
            )
        )
