"""The shift at a glance: the same numbers as its report will have, and the state of the service."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from prankfilter.classifier.score_drift import Drift, ScoreDrift
from prankfilter.reports.material import Material
from prankfilter.reports.measures import AIM_S, quantile
from prankfilter.reports.periods import Period
from prankfilter.reports.report import DEMO_PREFIX
from prankfilter.reports.table import FIGURES
from prankfilter.routing.certificates import voided
from prankfilter.routing.policies import policy_digest
from prankfilter.store.adoption import Adoption, Step
from prankfilter.store.instants import microseconds
from prankfilter.store.lately import Lately, Waiting
from prankfilter.store.port import Owed
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import Certificate, Guard
from prankfilter.wiring.drift_watch import DriftWatch
from prankfilter.wiring.reporting import Reporter
from prankfilter.wiring.screener import Screener

FRESH = dt.timedelta(seconds=5)
"""However many look, the numbers are counted once in so long."""

ADOPTION = dt.timedelta(hours=24)
"""A sign of a step counts for so long."""

WAITING = dt.timedelta(minutes=15)
"""What a router told of calls that wait says nothing of now after so long."""

MOST_BACK = 3
"""So many shifts can be looked back at; further back, the reports tell."""

HOUR_US = 3_600_000_000

STEPS: Mapping[Step, tuple[str, str]] = {
    Step.NOTHING: (
        "Belum ada panggilan yang tercatat.",
        "Berikutnya: impor catatan panggilan Anda, atau buka halaman Meja di setiap meja petugas.",
    ),
    Step.SPREADSHEET: (
        "Panggilan lama sudah diimpor; panggilan baru belum tercatat.",
        "Berikutnya: buka halaman Meja di setiap meja petugas, "
        "supaya hasil panggilan tercatat dengan satu klik.",
    ),
    Step.DESKS: (
        "Petugas mencatat hasil panggilan di meja.",
        "Berikutnya: sistem telepon mengirim data panggilan, supaya panggilan dinilai sejak berdering.",
    ),
    Step.ROUTER: (
        "Sistem telepon mengirim data panggilan.",
        "Berikutnya: sistem telepon mengirim rekaman sesudah panggilan, "
        "supaya dapat ditinjau dengan telinga.",
    ),
    Step.RECORDINGS: (
        "Sistem telepon mengirim data dan rekaman panggilan.",
        "Berikutnya: suara langsung selama penelepon menunggu, "
        "supaya penilaian memakai suara sebelum dijawab.",
    ),
    Step.LIVE_SOUND: ("Sistem telepon mengirim data dan suara langsung.", ""),
}
"""Where a centre stands, and what its next step needs."""


DRIFTS: Mapping[Drift, str] = {
    Drift.STEADY: "skor {count} panggilan terakhir seperti biasa",
    Drift.WARN: "skor {count} panggilan terakhir agak bergeser",
    Drift.ALARM: "skor {count} panggilan terakhir jauh bergeser: model mungkin tidak cocok lagi",
    Drift.TOO_FEW: "belum dapat dinilai: baru {count} panggilan dinilai dalam 7 hari",
    Drift.TOO_SOON: "belum dapat dinilai: catatan panggilan belum mencakup tiga bulan",
    Drift.SIMULATED: "belum dapat dinilai: model ini belajar dari panggilan simulasi",
    Drift.UNKNOWN: "tidak diketahui: model tidak memuat pembanding",
}
"""What is said of the scores of these days."""


class Proof(StrEnum):
    """How it stands with the certificate."""

    NONE = "none"
    VALID = "valid"
    SIMULATED = "simulated"
    EXPIRED = "expired"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour of the shift."""

    start: dt.datetime
    calls: int
    flagged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How the service does."""

    model_id: str | None
    policy: str
    proof: Proof
    certificate: Certificate | None
    drift: ScoreDrift
    step: Step
    queued: int
    dropped: int
    """Records that did not fit into the queue since the start."""
    failed: int
    """Commits that had to be tried again since the start."""

    @property
    def is_well(self) -> bool:
        """Whether calls are judged, and kept."""
        return self.model_id is not None and not self.dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Tonight:
    """All that the page shows."""

    period: Period
    back: int
    """How many shifts ago it was; 0 is the one that is running."""
    counted_at: dt.datetime
    figures: Mapping[str, float | None]
    """By `Figure.name`; None is unknown."""
    guards: Sequence[tuple[Guard, int]]
    """The most frequent first."""
    hours: Sequence[Hour]
    median_wait_s: float | None
    aim_s: float
    owed: int
    """Callers who are still to be called back, from whatever shift."""
    owed_late: int
    waiting: Waiting | None
    """Calls that wait now; None where no router told lately."""
    is_demo: bool
    condition: Condition

    @property
    def most_calls(self) -> int:
        """In the busiest hour; at least one."""
        return max((hour.calls for hour in self.hours), default=0) or 1


def tonight_of(
    material: Material,
    owed: Sequence[Owed],
    waiting: Waiting | None,
    condition: Condition,
    *,
    now: dt.datetime,
    back: int = 0,
) -> Tonight:
    """Count a shift; ``owed`` are the call-backs that are open now."""
    waits = sorted(call.wait_s for call in material.calls if call.wait_s is not None)
    guards = Counter(guard for call in material.calls for guard in call.guards)
    return Tonight(
        period=material.period,
        back=back,
        counted_at=now,
        figures={figure.name: figure.measure(material) for figure in FIGURES},
        guards=guards.most_common(),
        hours=tuple(_hours(material)),
        median_wait_s=quantile(waits, 0.5),
        aim_s=AIM_S,
        owed=len(owed),
        owed_late=sum(one.due_at < now for one in owed),
        waiting=waiting,
        is_demo=any(call.call_id.startswith(DEMO_PREFIX) for call in material.calls),
        condition=condition,
    )


def _hours(material: Material) -> list[Hour]:
    """Calls by the hour of the whole shift."""
    start, end = microseconds(material.period.start), microseconds(material.period.end)
    count = -(-(end - start) // HOUR_US)
    calls: Counter[int] = Counter()
    flagged: Counter[int] = Counter()
    for call in material.calls:
        hour = (call.received_at - start) // HOUR_US
        calls[hour] += 1
        flagged[hour] += call.flagged
    begins = [material.period.start.astimezone(dt.UTC) + dt.timedelta(hours=hour) for hour in range(count)]
    return [Hour(start=begin, calls=calls[hour], flagged=flagged[hour]) for hour, begin in enumerate(begins)]


def proof_of(certificate: Certificate | None, suspended: frozenset[str], now: dt.datetime) -> Proof:
    """Say how it stands with a certificate."""
    if certificate is None:
        return Proof.NONE
    void = voided(certificate, now=now, suspended=suspended)
    if void is not None:
        return Proof(void.value)
    return Proof.SIMULATED if certificate.basis == "simulated" else Proof.VALID


class Glance:
    """Reads what the page shows, once for all who look."""

    def __init__(self, screener: Screener, store: SqlStore, now: Callable[[], dt.datetime]) -> None:
        settings = screener.settings
        self._screener = screener
        self._now = now
        self._adoption = Adoption(store)
        self._lately = Lately(store)
        self._drift = DriftWatch(store, settings.models)
        self._reporter = Reporter(
            store,
            models=settings.models,
            zone=settings.zone,
            shifts=settings.shifts,
            letterhead=(),
            districts={},
        )
        self._lock = threading.Lock()
        self._last: dict[int, Tonight] = {}

    def read(self, back: int = 0) -> Tonight:
        """Return the numbers of a shift as of now, or of a few seconds ago."""
        with self._lock:
            now, last = self._now(), self._last.get(back)
            if last is not None and dt.timedelta(0) <= now - last.counted_at < FRESH:
                return last
            material, owed = self._reporter.shift(now=now, back=back), self._screener.store.owed()
            waiting = self._lately.waiting(since=now - WAITING)
            made = tonight_of(material, owed, waiting, self._condition(now), now=now, back=back)
            self._last[back] = made
            return made

    def _condition(self, now: dt.datetime) -> Condition:
        screener, artefacts = self._screener, self._screener.artefacts
        certificates = artefacts.certificates if artefacts else {}
        certificate = certificates.get(policy_digest(screener.policy))
        counters = screener.store.counters()
        return Condition(
            model_id=screener.model_id,
            policy=screener.policy.name,
            proof=proof_of(certificate, screener.store.suspended(), now),
            certificate=certificate,
            drift=self._drift.read(screener.model_id, now=now),
            step=self._adoption.step(since=now - ADOPTION),
            queued=int(counters.get("queued", 0)),
            dropped=int(counters.get("dropped_total", 0)),
            failed=int(counters.get("failed_total", 0)),
        )
