"""What Prometheus reads of streams."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from prankfilter.wiring.live import FAULTS, LiveCall

SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
ENDS = ("stop", "closed", "idle", "draining", "overload", "fault")


class StreamMetrics:
    """Counters of live audio; labels are words of this file and of `prankfilter.wiring.live.FAULTS`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._open = Gauge("prankfilter_streams_open", "Calls listened to now.", registry=registry)
        self._ended = Counter(
            "prankfilter_streams_ended", "Streams that ended, by how.", ("how",), registry=registry
        )
        self._left_out = Counter(
            "prankfilter_stream_frames_left_out",
            "Frames and packets of ended streams that were not used; doubled ones are no fault.",
            ("why",),
            registry=registry,
        )
        self._heard = Counter(
            "prankfilter_stream_seconds", "Sound of ended streams that looks went by.", registry=registry
        )
        self._lost = Counter(
            "prankfilter_stream_lost_seconds", "Sound of them that was lost and filled in.", registry=registry
        )
        self._held_back = Counter(
            "prankfilter_stream_held_back", "Times a sender faster than real time waited.", registry=registry
        )
        self._answered = Histogram(
            "prankfilter_stream_decision_seconds",
            "From the last frame of a look to its decision.",
            buckets=SECONDS,
            registry=registry,
        )
        for how in ENDS:
            self._ended.labels(how)
        for why in (*FAULTS, "doubled"):
            self._left_out.labels(why)

    def opened(self) -> None:
        """Count a stream in."""
        self._open.inc()

    def ended(self, how: str) -> None:
        """Count the end of a stream."""
        self._ended.labels(how).inc()

    def closed(self, call: LiveCall) -> None:
        """Count a stream out, and what came of its sound."""
        self._open.dec()
        self._heard.inc(call.heard_s)
        self._lost.inc(call.lost_s)
        for why, count in call.left_out.items():
            self._left_out.labels(why).inc(count)

    def held_back(self) -> None:
        """Count a wait of a sender."""
        self._held_back.inc()

    def answered(self, seconds: float) -> None:
        """Count the time that a look took."""
        self._answered.observe(seconds)
