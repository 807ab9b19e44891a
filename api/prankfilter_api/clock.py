"""The computer's clock, watched: what history, call-backs and certificates go by may be set by anybody."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class ClockSteps(Collector):
    """How far the clock was set since the service started; a clock that is merely slowed is not told."""

    def __init__(
        self, *, clock: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock, self._steady = clock, steady
        self._began = clock() - steady()

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "prankfilter_clock_set_seconds",
            "How far the computer's clock was set since the service started; ahead is positive.",
            self._clock() - self._steady() - self._began,
        )
