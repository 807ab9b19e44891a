"""Reports for a service: made by the command itself, in child processes with caps.

Counting a month takes a processor for seconds, and calls that ring must not wait for it. A child gives way to
the service (niceness), has memory and processor time of its own, and is killed when its time is up or when
nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import resource
import sys
from collections.abc import Mapping

from prankfilter.errors import OverloadedError, ReportFailed
from prankfilter.reports.periods import ReportKind, period_of
from prankfilter.settings import Settings

log = logging.getLogger("prankfilter")

PROCESSOR_S = 300
"""Most processor time for one report; `PRANKFILTER_REPORT_S` limits the time that passes."""

MEMORY_BYTES = 3_000_000_000
"""Of address space, most of which is never used: the typesetter alone maps 85 MB and reserves for threads."""

NICENESS = 10
AT_ONCE, WAITING = 1, 8

_KEPT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "PGPASSFILE", "PGSSLROOTCERT")
"""Of the environment, beside the settings."""


def confine() -> None:
    """Give up all memory and time beyond what one report needs; the child calls this first of all."""
    os.nice(NICENESS)
    limits = (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, PROCESSOR_S),
        (resource.RLIMIT_CORE, 0),
    )
    for limit, most in limits:
        resource.setrlimit(limit, (most, most))


class ReportChildren:
    """Makes reports one after the other; refuses more than may wait."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._under_way = 0

    async def make(
        self,
        kind: ReportKind,
        when: str,
        form: str,
        *,
        by: str,
        now: dt.datetime,
        signed: str | None = None,
        language: str | None = None,
    ) -> bytes:
        """Return one report in one format; ``when`` as `periods.period_of` reads it.

        ``by`` is on record for files that are handed out, ``signed`` stands under the report.

        Raises `BadInput` for a period that is none, `OverloadedError`, `ReportFailed`.
        """
        settings = self._settings
        period_of(kind, when, zone=settings.zone, shifts=settings.shifts, now=now)
        if self._under_way >= AT_ONCE + WAITING:
            raise OverloadedError(f"{self._under_way} reports are waited for already.")
        self._under_way += 1
        try:
            async with self._turn:
                who = (f"--by={by}", f"--signed={signed or by}")
                said = f"--language={language or settings.language}"
                return await self._run(kind.value, f"--date={when}", f"--format={form}", *who, said)
        finally:
            self._under_way -= 1

    async def _run(self, *options: str) -> bytes:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-m", "prankfilter.cli", "report", "--confined", *options),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(self._settings, os.environ),
        )
        try:
            content, complaint = await asyncio.wait_for(child.communicate(), self._settings.report_s)
        except TimeoutError:
            raise ReportFailed(f"the report took more than {self._settings.report_s:g} s") from None
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0:
            # Its words may name a path, so they are for the log.
            log.error("report refused: %s", complaint.decode(errors="replace").strip()[-500:])
            raise ReportFailed(f"the process that makes reports ended with {child.returncode}")
        return content


def _environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the child is told: what this service was told, as it understood it."""
    told = {
        "DATA": str(settings.data),
        "MODELS": str(settings.models),
        "KEYS": str(settings.keys),
        "STORE": settings.store,
        "ZONE": settings.zone.key,
        "SHIFTS": ",".join(f"{time:%H:%M}" for time in settings.shifts),
        "LETTERHEAD": "//".join(settings.letterhead),
        "DISTRICTS": str(settings.districts or ""),
    }
    kept = {name: environment[name] for name in _KEPT if name in environment}
    return kept | {f"PRANKFILTER_{name}": value for name, value in told.items()}
