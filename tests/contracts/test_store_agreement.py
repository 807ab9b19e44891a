"""Whatever is written in whatever order, and however far the writer has come, both stores say the same."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from prankfilter.errors import NotFound
from prankfilter.privacy.api_keys import ApiKey
from prankfilter.store.database import SqlDisk, connect_readers, connect_writer, parse
from prankfilter.store.memory import MemoryStore
from prankfilter.store.pending import Pending
from prankfilter.store.port import ImportedCall, Store
from prankfilter.store.queries import queries_for
from prankfilter.store.sql import SqlStore
from prankfilter.store.writer import Job, Writer
from prankfilter.vocabulary import (
    Advice,
    CallRecord,
    EndedBy,
    Label,
    LabelSource,
    NumberKind,
    Stratum,
    Verdict,
)
from tests.builders import ago, call_record, outcome, ruling, screening
from tests.postgres import Postgres

CALLERS = ("caller-1", "caller-2", None)
CENTRES = ("centre-1", "centre-2", None)

call_numbers = st.integers(0, 11)
minutes_ago = st.integers(0, 60).map(lambda minutes: ago(minutes=minutes))
advice = st.sampled_from(Advice)


def record_of(number: int) -> CallRecord:
    """The record of a call; several share a moment, a number, an area and a centre."""
    return call_record(
        call_id=f"c{number}",
        received_at=ago(minutes=5 * (number // 2)),
        caller=CALLERS[number % 3],
        cell_id=("cell-1", "cell-2", None)[number % 3],
        trunk=None,
        centre_id=CENTRES[number % 2] if number % 5 else None,
        incident_id=("fire", "FIRE", None)[number % 3],
        number_kind=NumberKind.ASSERTED if number % 4 else NumberKind.UNVERIFIED,
    )


class SlowDisk(SqlDisk):
    """Writes only while its gate is open."""

    gate: threading.Event

    def commit(self, jobs: Sequence[Job]) -> None:
        self.gate.wait()
        super().commit(jobs)


class TwoStores(RuleBasedStateMachine):
    """Does everything to both stores, and asks both everything."""

    empty: Callable[[], AbstractContextManager[str]]
    """Gives the address of a database with tables and no rows."""

    @initialize()
    def start(self) -> None:
        self.stack = ExitStack()
        url = parse(self.stack.enter_context(type(self).empty()))
        engine, pending = connect_writer(url), Pending(1000)
        self.gate = threading.Event()
        self.gate.set()
        disk = SlowDisk(engine)
        disk.gate = self.gate
        self.memory = MemoryStore()
        self.sql = SqlStore(
            Writer(disk, pending.discard), connect_readers(url), queries_for(engine.dialect), pending
        )
        self.stores: tuple[Store, Store] = (self.memory, self.sql)
        self.answers: dict[str, Any] = {}

    def teardown(self) -> None:
        self.gate.set()
        self.sql.close()
        self.stack.close()

    def put(self, method: str, *arguments: Any, **named: Any) -> None:
        """Put into both; what one refuses the other must refuse alike. A put needs a writer that writes."""
        self.gate.set()
        refusals = []
        for store in self.stores:
            try:
                getattr(store, method)(*arguments, **named)
            except NotFound as refusal:
                refusals.append(refusal)
        assert len(refusals) in (0, 2)

    @rule()
    def hold_the_writer(self) -> None:
        self.gate.clear()

    @rule()
    def let_the_writer_go(self) -> None:
        self.gate.set()
        self.wait()

    def wait(self) -> None:
        """Wait until all that was remembered is written, so that a failing example fails again."""
        self.sql._writer.put([lambda _cursor: None], within_s=60)

    @rule(number=call_numbers, look=st.integers(0, 3), given=advice, child=st.booleans(), late=st.booleans())
    def remember(self, number: int, look: int, given: Advice, child: bool, late: bool) -> None:
        record = record_of(number)
        delay = dt.timedelta(hours=2) if late else dt.timedelta(seconds=2 * look + 1)
        one = screening(
            record,
            result_id=f"{record.call_id}-{look}",
            audio_s=float(look),
            advice=given,
            at=record.received_at + delay,
            strata=frozenset({Stratum.CHILD} if child else ()),
        )
        # One request has one answer: who asks again gets the stored one.
        one = self.answers.setdefault(one.decision.result_id, one)
        assert [store.remember(one) for store in self.stores] == [True, True]
        if self.gate.is_set():
            self.wait()

    @rule(number=call_numbers)
    def put_record(self, number: int) -> None:
        self.put("put_record", record_of(number))

    @rule(
        number=call_numbers,
        at=minutes_ago,
        label=st.sampled_from([Label.GENUINE, Label.CHILD_PLAY, Label.ABANDONED, Label.UNKNOWN]),
        source=st.sampled_from([LabelSource.CALL_TAKER, LabelSource.FIELD_UNIT]),
        by=st.sampled_from(["budi", None]),
        shown=st.sampled_from([True, None]),
        ended_at=st.none() | minutes_ago,
    )
    def put_outcome(
        self, number: int, label: Label, shown: bool | None, ended_at: dt.datetime | None, **said: Any
    ) -> None:
        self.put("put_outcome", f"c{number}", outcome(label, advice_shown=shown, ended_at=ended_at, **said))

    @rule(number=call_numbers, at=minutes_ago, answered_at=st.none() | minutes_ago, ended_at=minutes_ago)
    def put_facts(
        self, number: int, at: dt.datetime, answered_at: dt.datetime | None, ended_at: dt.datetime
    ) -> None:
        facts = {"answered_at": answered_at, "ended_at": ended_at, "ended_by": EndedBy.CALLER}
        self.put("put_facts", f"c{number}", facts, by="router", at=at)

    @rule(number=call_numbers, at=minutes_ago, verdict=st.sampled_from(Verdict))
    def put_ruling(self, number: int, at: dt.datetime, verdict: Verdict) -> None:
        self.put("put_ruling", f"c{number}", ruling(verdict, at=at))

    @rule(number=call_numbers, at=minutes_ago, since=st.none() | minutes_ago)
    def put_doubt(self, number: int, at: dt.datetime, since: dt.datetime | None) -> None:
        self.put("put_doubt", f"c{number}", since, by="prankfilter", at=at)

    @rule(number=call_numbers, at=minutes_ago)
    def put_calls(self, number: int, at: dt.datetime) -> None:
        imported = ImportedCall(
            record=record_of(number), outcomes=(outcome(at=at),), rulings=(ruling(at=at),)
        )
        self.put("put_calls", [imported])

    @rule(centre_id=st.sampled_from(CENTRES), off=st.booleans(), at=minutes_ago)
    def put_switch(self, centre_id: str | None, off: bool, at: dt.datetime) -> None:
        self.put("put_switch", centre_id, off=off, by="sari", reason="", at=at)

    @rule(caller=st.sampled_from(CALLERS[:2]), at=minutes_ago, cleared=st.booleans())
    def mark(self, caller: str, at: dt.datetime, cleared: bool) -> None:
        if cleared:
            self.put("put_cleared", caller, by="ratna", reason="", at=at)
        else:
            self.put("put_called_back", caller, by="sari", at=at)

    @rule(number=st.integers(0, 2), revoked_at=st.none() | minutes_ago)
    def put_key(self, number: int, revoked_at: dt.datetime | None) -> None:
        key = ApiKey(
            key_id=f"k{number}",
            digest=f"d{number}",
            scope="router",
            name="",
            created_at=ago(days=number),
            revoked_at=revoked_at,
        )
        self.put("put_key", key)

    @invariant()
    def they_say_the_same(self) -> None:
        for before in (ago(minutes=-120), ago(minutes=0), ago(minutes=17)):
            self.agree("caller", "caller-1", before=before, except_call="c0")
            self.agree("caller", "caller-2", before=before, except_call="c1")
            self.agree("recent_priority_count", "centre-1", before=before, except_call="c4")
            self.agree("recent_priority_count", None, before=before, except_call="")
        windows = [(ago(minutes=start), ago(minutes=start - 10)) for start in (61, 30, 10)]
        for area in ("cell-1", "centre-1", ""):
            self.agree("arrivals", area, windows, except_call="c6")
        for centre_id in CENTRES:
            self.agree("switched_off", centre_id)
        for number in range(4):
            self.agree("call", f"c{number}")
            self.agree("strata_of", f"c{number}")
            self.agree("answer", f"c{number}-1")
        self.agree("calls", since=ago(minutes=40), until=ago(minutes=1), limit=3)
        self.agree("calls", since=ago(minutes=60), until=ago(minutes=-1))
        for incident_id in ("fire", "flood"):
            self.agree("calls_of_incident", incident_id, since=ago(minutes=40), until=ago(minutes=5))
        self.agree("situation", record_of(3), windows)
        self.agree("observed_since")
        self.agree("api_keys")
        self.agree("key", "d1")

    def agree(self, method: str, *arguments: Any, **named: Any) -> None:
        memory, sql = (getattr(store, method)(*arguments, **named) for store in self.stores)
        assert memory == sql, method


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two calls of a number are enough to look them up among those of the last times."""
    monkeypatch.setattr("prankfilter.store.caller_rows.MANY", 2)


def agree(empty: Callable[[], AbstractContextManager[str]], *, max_examples: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        type("Stores", (TwoStores,), {"empty": staticmethod(empty)}),
        settings=settings(
            max_examples=max_examples,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


@contextmanager
def copied(blank: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{shutil.copy(blank, Path(folder) / 'store.sqlite')}"


def test_both_stores_agree(blank_database: Path) -> None:
    agree(partial(copied, blank_database), max_examples=10)


@pytest.mark.long
def test_both_stores_agree_for_long(blank_database: Path) -> None:
    agree(partial(copied, blank_database), max_examples=400)


@pytest.mark.long
def test_memory_and_postgresql_agree(postgres: Postgres) -> None:
    agree(lambda: nullcontext(postgres.emptied()), max_examples=8)
