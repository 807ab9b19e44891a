"""What Prometheus reads: requests, decisions, guards, the write queue, the model and its certificate.

Nothing personal: labels are words of the vocabulary, route templates and digests, never an id or a number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from prankfilter.vocabulary import Advice, Assessed, Decision, Guard, Moment
from prankfilter.wiring.admission import Kind, Why
from prankfilter.wiring.screener import Screener
from prankfilter_api.clock import ClockSteps
from prankfilter_api.live.metrics import StreamMetrics

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)

# Twice as many series, for a time that nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]

_SENT_ON = (Advice.NORMAL.value, Assessed.NOT_ASSESSED.value, Moment.RING.value)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The counters of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "prankfilter_http_requests",
            "Requests answered, by route template.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "prankfilter_http_request_duration_seconds",
            "From the request's headers to the end of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._decisions = Counter(
            "prankfilter_decisions",
            "Answers to routers.",
            ("advice", "assessed", "moment"),
            registry=self.registry,
        )
        self._flagged = Counter("prankfilter_flagged", "Answers that flag a call.", registry=self.registry)
        self._guards = Counter(
            "prankfilter_guards", "Guards that overruled a score.", ("guard",), registry=self.registry
        )
        self._shed = Counter(
            "prankfilter_shed",
            "Calls sent on unscreened because there was too much work, by what they brought and why.",
            ("kind", "why"),
            registry=self.registry,
        )
        self.shed_unkept = Counter(
            "prankfilter_shed_unkept",
            "Such calls of which nothing could be kept: reports lack them.",
            registry=self.registry,
        )
        self.failures = Counter(
            "prankfilter_unforeseen_failures",
            "Requests that ended in a fault of ours.",
            registry=self.registry,
        )
        self.streams = StreamMetrics(self.registry)
        self._start_at_zero()
        self.registry.register(ClockSteps())
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    def _start_at_zero(self) -> None:
        """Make series that alarms look at exist before they first count."""
        for guard in Guard:
            self._guards.labels(guard.value)
        # Looked up once: sending a call on has to cost next to nothing.
        self._sent_on = (self._guards.labels(Guard.OVERLOAD.value), self._decisions.labels(*_SENT_ON))
        self._sent_on_by = {
            (kind, why): self._shed.labels(kind.value, why.value) for kind in Kind for why in Why
        }
        for assessed in Assessed:
            for moment in Moment:
                self._decisions.labels(Advice.NORMAL.value, assessed.value, moment.value)

    def watch(self, screener: Screener) -> None:
        """Read model, certificate and queue from the screener whenever Prometheus asks."""
        self.registry.register(_ScreenerState(screener))

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(route, method if method in METHODS else "other", str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def decision(self, decision: Decision) -> None:
        """Count one answer to a router."""
        self._decisions.labels(decision.advice.value, decision.assessed.value, decision.moment.value).inc()
        if decision.flagged:
            self._flagged.inc()
        for guard in decision.guards:
            self._guards.labels(guard.value).inc()

    def shed(self, kind: Kind, why: Why) -> None:
        """Count one call that was sent on unscreened."""
        self._sent_on_by[kind, why].inc()
        for counter in self._sent_on:
            counter.inc()


class _ScreenerState(Collector):
    """What is read at the moment of asking instead of being counted."""

    def __init__(self, screener: Screener) -> None:
        self._screener = screener

    def collect(self) -> Iterator[Metric]:
        yield from self._model()
        yield from self._certificate()
        yield GaugeMetricFamily(
            "prankfilter_screenings_running", "Screenings under way.", self._screener.running_count
        )
        yield CounterMetricFamily(
            "prankfilter_sound_unkept",
            "Looks at flagged or audited calls whose sound could not be kept: nobody can hear it.",
            self._screener.lost_sound_count,
        )
        for name, value in self._screener.store.counters().items():
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            yield kind(f"prankfilter_store_{name}", "See the store's counters in the router's guide.", value)

    def _model(self) -> Iterator[Metric]:
        model_id = self._screener.model_id
        if model_id is not None:
            yield InfoMetricFamily(
                "prankfilter_model",
                "The model that answers, and the policy.",
                {"model_id": model_id, "policy": self._screener.policy.name},
            )

    def _certificate(self) -> Iterator[Metric]:
        certificate = self._screener.certificate
        if certificate is not None:
            age = dt.datetime.now(dt.UTC) - certificate.period_end
            yield GaugeMetricFamily(
                "prankfilter_certificate_age_seconds",
                "Time since the last call that the certificate learned from; it expires after 90 days.",
                age.total_seconds(),
            )
        yield GaugeMetricFamily(
            "prankfilter_certificate_suspended",
            "1 where calls in service refuted the certificate: nothing gets verify until a new one.",
            float(certificate is not None and certificate.suspended),
        )
