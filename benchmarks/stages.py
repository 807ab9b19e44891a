"""Where the time of one screening goes, stage by stage, in this process."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.calls import LIMITS, clip, records
from benchmarks.measure import Timing, in_turn
from benchmarks.tables import show_timings
from prankfilter.audio.child import child_voice_probability
from prankfilter.audio.decode import decode
from prankfilter.audio.telephone import to_line
from prankfilter.audio.tracks import Tracks
from prankfilter.classifier.running import Artefacts, Library
from prankfilter.features.evidence import Evidence
from prankfilter.features.table import extract
from prankfilter.privacy.intake import read_record
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.privacy.repeats import result_id
from prankfilter.routing.decide import decide
from prankfilter.routing.policies import POLICIES
from prankfilter.settings import read_settings
from prankfilter.store.port import Screening
from prankfilter.store.recall import recall
from prankfilter.store.sql import SqlStore
from prankfilter.vocabulary import CallRecord

RUNS = 400
EARLIER_CALLS = 2000


def main(models: Path) -> None:
    """One table for a call that rings, one for a call of which 5 s were heard."""
    artefacts = Library(models).load()
    with tempfile.TemporaryDirectory() as folder:
        store = SqlStore.open(f"sqlite:///{folder}/store.sqlite")
        try:
            bench = _Bench(artefacts, store)
            show_timings("Stages of a screening without sound", _with_total(bench.ringing()))
            show_timings("Stages of a screening with 5 s of sound (µ-law WAV)", _with_total(bench.heard()))
        finally:
            store.close()


class _Bench:
    """One call to judge, and a store that has seen others."""

    def __init__(self, artefacts: Artefacts, store: SqlStore) -> None:
        self._artefacts = artefacts
        self._store = store
        self._keyring = Keyring.ephemeral()
        self._pseudonymise = Pseudonymiser(self._keyring).pseudonym
        self._zone = read_settings({}).zone
        self._now = dt.datetime.now(self._zone)
        self._audio = clip()
        self._calls = records("stage")
        self._last = self._read()
        self._fill()
        self._call = self._read()
        self._history = recall(store, self._call)

    def ringing(self) -> dict[str, Callable[[], object]]:
        """The stages of a call without sound."""
        evidence = lambda: Evidence(self._call, self._history)  # noqa: E731 - made anew each time: it remembers
        return self._before() | self._judging(evidence)

    def heard(self) -> dict[str, Callable[[], object]]:
        """The stages of a call with sound."""
        ears = self._artefacts.ears
        samples = to_line(decode(self._audio, LIMITS))
        tracks = Tracks(ears)
        tracks.feed(samples)
        heard = tracks.at_look()
        child = child_voice_probability(heard, ears)
        key = self._keyring.current(Purpose.ANSWER).secret
        evidence = lambda: Evidence(self._call, self._history, heard, child)  # noqa: E731
        return (
            self._before()
            | {
                "identity of the sound": lambda: result_id("a", b"", self._audio, key=key),
                "decode, bring to the line's rate": lambda: to_line(decode(self._audio, LIMITS)),
                "tracks": lambda: Tracks(ears).feed(samples),
                "look": tracks.at_look,
                "child voice": lambda: child_voice_probability(heard, ears),
            }
            | self._judging(evidence)
        )

    def _before(self) -> dict[str, Callable[[], object]]:
        return {
            "intake": self._read,
            "history (SQLite)": lambda: recall(self._store, self._call),
        }

    def _judging(self, evidence: Callable[[], Evidence]) -> dict[str, Callable[[], object]]:
        model, policy = self._artefacts.model, POLICIES["queue"]
        score = model.score(evidence())
        return {
            "features": lambda: extract(evidence(), model.features),
            "features, trees and reasons": lambda: model.score(evidence()),
            "decide": lambda: decide(score, evidence(), policy=policy, certificate=None, now=self._now),
        }

    def _read(self) -> CallRecord:
        call_id, body = next(self._calls)
        record, _ = read_record(
            call_id, body, now=self._now, zone=self._zone, pseudonymise=self._pseudonymise
        )
        return record

    def _fill(self) -> None:
        """Put two weeks of calls into the store, so that reading history costs what it costs."""
        decision = decide(
            self._artefacts.model.score(Evidence(self._last, recall(self._store, self._last))),
            Evidence(self._last, recall(self._store, self._last)),
            policy=POLICIES["queue"],
            certificate=None,
            now=self._now,
        )
        draw = np.random.default_rng(0)
        for days in np.sort(draw.uniform(0, 14, EARLIER_CALLS))[::-1].tolist():
            at = self._now - dt.timedelta(days=days)
            record = dataclasses.replace(self._read(), received_at=at)
            answer = dataclasses.replace(
                decision, call_id=record.call_id, result_id=f"result-{record.call_id}"
            )
            self._store.remember(Screening(record=record, decision=answer, at=at))
        self._store.put_record(dataclasses.replace(self._last, call_id="last"))


def _with_total(stages: dict[str, Callable[[], object]]) -> dict[str, Timing]:
    timings = in_turn(stages, runs=RUNS)
    features = timings["features"]
    both = timings.pop("features, trees and reasons")
    decided = timings.pop("decide")
    timings["trees and reasons"] = Timing(both.p50_ms - features.p50_ms, both.p99_ms, both.runs)
    timings["decide"] = decided
    total = sum(timing.p50_ms for timing in timings.values())
    return timings | {"sum of the medians": Timing(total, float("nan"), RUNS)}
