"""The model that answers now: loaded, warmed, and swapped whenever the pointer to it moves."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable

from prankfilter.classifier.running import Artefacts, Library
from prankfilter.errors import PrankfilterError
from prankfilter.wiring.pool import Pool

log = logging.getLogger("prankfilter")

POLL_S = 0.2
"""How often the pointer to the current model is looked at."""


class ModelWatch:
    """Keeps the newest model that may run; what must not run leaves the one before it in its place.

    Parameters
    ----------
    library : Library
        Where models come from.
    warm : callable
        Takes each model on trial before it answers anybody. One that breaks here is refused.
    """

    def __init__(
        self, library: Library, *, warm: Callable[[Artefacts], object], poll_s: float = POLL_S
    ) -> None:
        self.artefacts: Artefacts | None = None
        self._library = library
        self._warm = warm
        self._poll_s = poll_s
        # A thread of its own: a folder of models on a disk that hangs holds up nobody else.
        self._pool = Pool("models", threads=1, waiting=0)
        self._polling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load what runs now, then watch the pointer to it."""
        await self._refresh()
        self._polling = asyncio.create_task(self._poll())

    async def stop(self) -> None:
        """Watch no longer; what was loaded stays."""
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait([self._polling])
        self._pool.close()

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._poll_s)
            await self._refresh()

    async def _refresh(self) -> None:
        try:
            artefacts = await self._pool.run(self._load, until=math.inf)
        except PrankfilterError as refusal:
            log.error("model refused, %s: %s", self._consequence, refusal)
        except Exception:
            # The watch must outlive whatever a disk or a half-written folder does to it.
            log.exception("model not read, %s", self._consequence)
        else:
            self.artefacts = artefacts or self.artefacts

    def _load(self) -> Artefacts | None:
        artefacts = self._library.refresh()
        if artefacts is not None:
            self._warm(artefacts)
            log.info("model %s runs", artefacts.model.model_id)
        return artefacts

    @property
    def _consequence(self) -> str:
        return "the previous one serves on" if self.artefacts else "none runs"
