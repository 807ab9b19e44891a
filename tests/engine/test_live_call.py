"""A call that is heard while it goes on, without a door: deadlines, what is known of it, what is kept."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from prankfilter.audio import live as live_audio
from prankfilter.audio.live import LINEAR
from prankfilter.vocabulary import AccessState, Advice, Assessed, Decision, Guard, Moment, NumberKind, Stratum
from prankfilter.wiring import live
from prankfilter.wiring.live import LiveCall
from prankfilter.wiring.looking_up import completed
from tests.builders import NOW, ago, call_record
from tests.bundles import CHILD, shelve
from tests.sounds import Samples, voice, wav
from tests.wired import CALL, Wired, wired


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Wired]:
    shelve(tmp_path / "models", voice=CHILD)
    with wired(tmp_path) as one:
        yield one


def opened(service: Wired, call_id: str = "call-1", **fields: Any) -> LiveCall:
    """A live call of 16-bit PCM at 8 kHz."""

    async def begin() -> LiveCall:
        call = LiveCall(service.screener, call_id)
        call.tell(fields)
        call.open(LINEAR, 8000)
        return call

    return service.run(begin())


def heard(service: Wired, call: LiveCall, sound: Samples) -> list[Decision]:
    """Let the call hear something; returns the decisions of the looks that are complete by then."""

    async def hear() -> list[Decision]:
        call.hear(wav(sound)[44:])
        return [decision async for decision in call.looks()]

    return service.run(hear())


class TestTime:
    def test_sound_that_takes_too_long_costs_one_look_and_is_caught_up_with(
        self, service: Wired, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        go_on, second = threading.Event(), live_audio.LiveLine.second

        def slow(line: live_audio.LiveLine) -> Any:
            go_on.wait(60)
            return second(line)

        call = opened(service)
        with monkeypatch.context() as patched:
            patched.setattr(live_audio.LiveLine, "second", slow)
            patched.setattr(call, "_budget_s", 0.05)
            (late,) = heard(service, call, voice(1.1))
            assert (late.advice, late.assessed, late.moment) == (
                Advice.NORMAL,
                Assessed.DEGRADED,
                Moment.RING,
            )
            assert Guard.DEADLINE in late.guards
            assert late.faults == ("audio: not heard within the deadline",)
            go_on.set()
        (look,) = heard(service, call, voice(2.0))
        assert (look.audio_s, look.assessed) == (3.0, Assessed.FULL)

    def test_each_second_is_asked_for_once_however_late(self, service: Wired) -> None:
        call = opened(service)
        assert [one.audio_s for one in heard(service, call, voice(1.1))] == [1.0]
        assert heard(service, call, voice(0.5)) == []
        assert [one.audio_s for one in heard(service, call, voice(9.0))] == [3.0, 5.0, 10.0]
        assert heard(service, call, voice(5.0)) == []
        assert service.run(call.end()).audio_s == 10.0

    def test_a_look_has_a_second_or_as_long_as_calls_without_sound(self, tmp_path: Path) -> None:
        shelve(tmp_path / "models")
        with wired(tmp_path, deadline_ms=150) as brief:
            started = opened(brief)._inquiry("end", 10.0)
            assert started.until - started.started == pytest.approx(live.LATEST_S)


class TestWhatIsKept:
    def test_what_a_voice_was_once_taken_for_it_stays_even_without_the_store(self, service: Wired) -> None:
        call = opened(service)
        (first,) = heard(service, call, voice(1.1))
        assert Stratum.CHILD in first.strata
        service.store.fail = True
        _, stop = service.run(call.end()), service.store
        assert all(Stratum.CHILD in one.strata for one in stop.remembered)

    def test_every_decision_is_kept_with_the_same_draw(self, tmp_path: Path) -> None:
        shelve(tmp_path / "models")
        with wired(tmp_path, audit_share=1) as service:
            call = opened(service)
            heard(service, call, voice(3.1))
            service.run(call.end())
            assert [one.audit_probability for one in service.store.remembered] == [1.0] * 3

    def test_a_fault_of_ours_has_a_name_and_no_words(self, service: Wired) -> None:
        decision = opened(service).refuse(RuntimeError("081234567890"))
        assert (decision.advice, decision.faults) == (Advice.NORMAL, ("internal_error",))


class TestRecord:
    EARLIER = call_record(
        call_id="call-1",
        received_at=ago(minutes=1),
        caller="someone",
        number_tail="890",
        trunk="trunk-1",
        number_kind=NumberKind.ASSERTED,
    )

    def test_an_earlier_record_fills_in_what_is_left_open(self) -> None:
        whole = completed(
            call_record(
                call_id="call-1",
                caller=None,
                number_tail=None,
                number_kind=None,
                received_at=NOW,
                cell_id="cell-2",
            ),
            self.EARLIER,
        )
        assert (whole.caller, whole.number_tail, whole.trunk) == ("someone", "890", "trunk-1")
        assert (whole.cell_id, whole.received_at) == ("cell-2", ago(minutes=1))

    def test_what_is_told_now_wins(self) -> None:
        now = call_record(call_id="call-1", received_at=NOW, trunk="trunk-2", calls_waiting=0)
        whole = completed(now, self.EARLIER, received_at_is_told=True)
        assert (whole.trunk, whole.calls_waiting, whole.received_at) == ("trunk-2", 0, NOW)

    def test_a_number_is_never_made_up_of_two(self) -> None:
        withheld = call_record(
            caller=None, number_tail=None, received_at=NOW, number_kind=NumberKind.WITHHELD
        )
        whole = completed(withheld, self.EARLIER)
        assert (whole.caller, whole.number_tail, whole.number_kind) == (None, None, NumberKind.WITHHELD)

    def test_a_phone_without_service_names_nobody_whenever_that_is_told(self) -> None:
        now = call_record(call_id="call-1", received_at=NOW, access_state=AccessState.SIM_LESS)
        whole = completed(now, self.EARLIER)
        assert (whole.caller, whole.number_tail) == (None, None)

    def test_a_call_is_known_by_what_its_first_look_was_asked_with(self, service: Wired) -> None:
        call = opened(service)
        heard(service, call, voice(1.1))
        service.clock.now = NOW + dt.timedelta(seconds=2)
        service.ask(trunk="trunk-7")
        heard(service, call, voice(2.0))
        assert service.store.remembered[-1].record.caller is None

    def test_after_a_screening_it_is_the_same_caller(self, service: Wired) -> None:
        service.ask(**CALL)
        call = opened(service)
        (look,) = heard(service, call, voice(1.1))
        assert service.store.remembered[-1].record.caller == service.caller
        assert Stratum.NO_NUMBER not in look.strata
