"""The screener: one answer a request, within its deadline, whatever breaks."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from prankfilter.errors import BadRecord, Cancelled
from prankfilter.vocabulary import Advice, Assessed, Decision, Guard, Moment, Stratum
from prankfilter.wiring import looking_up
from prankfilter.wiring import screener as screener_module
from prankfilter.wiring.inquiry import ScreeningBody
from prankfilter.wiring.recorder import NOTES_WAITING
from tests.builders import NOW, ago
from tests.bundles import CHILD, certify, shelve
from tests.sounds import line_noise, voice, wav
from tests.wired import CALL, CLIP, NUMBER, PATIENT_MS, SHORT_MS, Wired, body, wired

T = TypeVar("T")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that is certain of pranks, and a simulated proof for it."""
    root = tmp_path_factory.mktemp("screener")
    certify(root / "models", shelve(root / "models", leaning=5.0), policy="always")
    return root


@pytest.fixture
def service(folder: Path) -> Iterator[Wired]:
    """A screener to which nothing has happened yet; all attempts of sixty days are on record."""
    with wired(folder, simulated_is_honoured=True) as one:
        one.observe_since(ago(days=60))
        yield one


@pytest.fixture
def hang(service: Wired) -> Iterator[threading.Event]:
    """The store hangs until this is set."""
    gate = service.store.hang = threading.Event()
    yield gate
    service.store.hang = None
    gate.set()


async def begun(*asked: Coroutine[Any, Any, T]) -> list[asyncio.Task[T]]:
    """Let requests get as far as they can."""
    tasks = [asyncio.create_task(one) for one in asked]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


class TestAnswer:
    def test_an_ordinary_prankster_is_verified(self, service: Wired) -> None:
        """Else the tests below that find no `verify` would show nothing."""
        service.convict(10, 8, 6, 4, 2)
        decision = service.ask(audio=CLIP)
        assert (decision.advice, decision.guards) == (Advice.VERIFY, ())
        assert (decision.moment, decision.audio_s, decision.assessed) == (Moment.AUDIO, 1.0, Assessed.FULL)

    def test_without_sound_it_is_judged_by_what_the_line_tells(self, service: Wired) -> None:
        decision = service.ask()
        assert (decision.moment, decision.audio_s) == (Moment.RING, 0.0)
        assert decision.assessed is Assessed.METADATA_ONLY
        assert decision.model_id == service.screener.model_id

    def test_what_was_wrong_with_the_record_is_named(self, service: Wired) -> None:
        assert service.ask(ring_s="long").faults[0].startswith("ring_s: must be a number of seconds")

    def test_what_is_no_record_is_refused(self, service: Wired) -> None:
        with pytest.raises(BadRecord):
            service.run(service.screener.screen("call-1", ScreeningBody([], b"[]")))  # type: ignore[arg-type]
        assert service.screener.running_count == 0

    def test_it_is_kept_with_its_record(self, service: Wired) -> None:
        decision = service.ask()
        kept = service.store.call("call-1")
        assert kept is not None and kept.record is not None
        assert kept.decisions == (decision,)
        assert kept.record.caller == service.caller

    def test_earlier_calls_count_as_soon_as_they_are_answered(self, service: Wired) -> None:
        margins = [
            service.ask(f"call-{minutes}", received_at=ago(minutes=minutes).isoformat()).margin
            for minutes in (40, 30, 20, 10)
        ]
        few, many = 9.75, 11.75
        assert margins == pytest.approx([few, few, few, many])


class TestRepeats:
    def test_a_repeat_joins_the_running_work(self, service: Wired, hang: threading.Event) -> None:
        async def twice() -> list[Decision]:
            tasks = await begun(service.asking(), service.asking())
            assert service.screener.running_count == 1
            hang.set()
            return await asyncio.gather(*tasks)

        first, second = service.run(twice())
        assert first is second
        assert len(service.store.remembered) == 1

    def test_afterwards_it_gets_the_stored_answer(self, service: Wired) -> None:
        first = service.ask(audio=CLIP)
        assert service.ask(audio=CLIP) == first
        assert len(service.store.remembered) == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"call_id": "call-2"},
            {"ring_s": 3.0},
            {"audio": b""},
            {"audio": CLIP},
        ],
        ids="{}".format,
    )
    def test_another_request_is_another_answer(self, service: Wired, other: dict[str, Any]) -> None:
        assert service.ask().result_id != service.ask(**other).result_id

    def test_nobody_can_work_back_from_it_to_what_was_sent(self, service: Wired, folder: Path) -> None:
        """A body is little more than the number: under a plain hash, trying all numbers would find it."""
        ours = service.ask(audio=CLIP).result_id
        with wired(folder) as other:
            assert other.ask(audio=CLIP).result_id != ours
        sent = body(CLIP).call_bytes
        plain = {
            hashlib.sha256(b"call-1" + b"".join(parts)).hexdigest() for parts in ((sent,), (sent, CLIP), ())
        }
        assert all(ours not in digest for digest in plain)

    def test_who_joins_waits_no_longer_than_its_own_deadline(
        self, service: Wired, hang: threading.Event
    ) -> None:
        async def hurried() -> tuple[Decision, Decision]:
            (patient,) = await begun(service.asking())
            late = await service.asking(ms=SHORT_MS)
            assert not patient.done()
            hang.set()
            return late, await patient

        late, patient = service.run(hurried())
        assert late.result_id == patient.result_id
        assert (late.advice, late.assessed, late.guards) == (
            Advice.NORMAL,
            Assessed.NOT_ASSESSED,
            (Guard.DEADLINE,),
        )
        assert patient.assessed is Assessed.METADATA_ONLY
        assert service.ask() == patient

    def test_who_joined_is_answered_though_the_first_has_gone(
        self, service: Wired, hang: threading.Event
    ) -> None:
        async def deserted() -> Decision:
            first, second = await begun(service.asking(), service.asking())
            first.cancel()
            async with asyncio.timeout(PATIENT_MS / 2000):
                return await second

        decision = service.run(deserted())
        assert (decision.advice, decision.guards) == (Advice.NORMAL, (Guard.DEADLINE,))
        assert decision.result_id == service.ask("call-1", ms=SHORT_MS).result_id
        assert service.screener.running_count == 0


class TestStore:
    def test_down_nothing_is_known_and_nothing_is_zero(self, service: Wired) -> None:
        known = service.ask("known")
        service.store.fail = True
        decision = service.ask("unknown")
        assert (decision.advice, decision.assessed) == (Advice.NORMAL, Assessed.DEGRADED)
        assert Guard.STORE_UNAVAILABLE in decision.guards
        assert Guard.DEADLINE not in decision.guards
        # No call in an hour would be a margin of 9.75, an unknown count is one of 11.75.
        assert (known.margin, decision.margin) == pytest.approx((9.75, 11.75))

    def test_down_repeats_are_computed_afresh(self, service: Wired) -> None:
        service.store.fail = True
        first, second = service.ask(), service.ask()
        assert first.result_id == second.result_id
        assert len(service.store.remembered) == 2

    def test_down_even_a_prankster_is_let_through(self, service: Wired) -> None:
        service.convict(10, 8, 6, 4, 2)
        service.store.fail = True
        assert service.ask(audio=CLIP).advice is Advice.NORMAL

    def test_down_it_is_not_ready_but_answers(self, service: Wired) -> None:
        service.store.fail = True
        assert service.run(service.screener.ready()) == (False, "store unavailable")
        service.store.fail = False
        assert service.run(service.screener.ready()) == (True, "ready")

    def test_hanging_it_is_not_ready(
        self, service: Wired, hang: threading.Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(looking_up, "CHECK_S", SHORT_MS / 1000)
        assert service.run(service.screener.ready()) == (False, "store unavailable")

    def test_hanging_the_answer_comes_at_the_deadline(self, service: Wired, hang: threading.Event) -> None:
        decision = service.ask(ms=SHORT_MS)
        assert not hang.is_set()
        assert (decision.advice, decision.assessed) == (Advice.NORMAL, Assessed.DEGRADED)
        assert {Guard.STORE_UNAVAILABLE, Guard.DEADLINE} <= set(decision.guards)
        assert decision.margin == pytest.approx(11.75)

    def test_hanging_the_sound_is_heard_all_the_same(self, service: Wired, hang: threading.Event) -> None:
        decision = service.ask(audio=CLIP, ms=1000.0)
        assert not hang.is_set()
        assert (decision.moment, decision.audio_s) == (Moment.AUDIO, 1.0)
        assert (decision.advice, decision.assessed) == (Advice.NORMAL, Assessed.DEGRADED)
        assert decision.faults == ()

    def test_a_full_write_queue_costs_the_record_not_the_answer(
        self, service: Wired, caplog: pytest.LogCaptureFixture
    ) -> None:
        service.store.full = True
        assert service.ask().assessed is Assessed.METADATA_ONLY
        assert service.store.counters()["dropped_total"] == 1
        assert "write queue full" in caplog.text
        assert NUMBER[-8:] not in caplog.text


class TestDeadline:
    @pytest.mark.parametrize("ms", [0.0, 0.001, 5.0, -1.0])
    def test_without_any_time_the_answer_is_normal(self, service: Wired, ms: float) -> None:
        decision = service.ask(audio=CLIP, ms=ms)
        assert (decision.advice, decision.assessed) == (Advice.NORMAL, Assessed.DEGRADED)
        assert Guard.DEADLINE in decision.guards

    def test_a_router_cannot_ask_for_more_time_than_the_service_gives(self, folder: Path) -> None:
        with wired(folder, deadline_ms=SHORT_MS) as one:
            gate = one.store.hang = threading.Event()
            assert Guard.DEADLINE in one.ask(ms=1e9).guards
            gate.set()


class TestSound:
    def test_what_cannot_be_read_is_named_and_the_rest_is_judged(self, service: Wired) -> None:
        decision = service.ask(audio=b"RIFF")
        (fault,) = decision.faults
        assert fault.startswith("audio: ")
        assert (decision.moment, decision.assessed) == (Moment.RING, Assessed.METADATA_ONLY)

    def test_less_than_a_second_is_too_little(self, service: Wired) -> None:
        decision = service.ask(audio=wav(voice(0.5)))
        assert decision.assessed is Assessed.NOT_ENOUGH_AUDIO
        assert Guard.TOO_LITTLE_AUDIO in decision.guards

    def test_a_decoder_that_hangs_is_left_behind_and_stopped(
        self, service: Wired, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stopped = threading.Event()

        def never_ending(audio: bytes, *, cancelled: Callable[[], bool], **_: Any) -> None:
            while not cancelled():
                stopped.wait(0.001)
            stopped.set()
            raise Cancelled("the deadline passed")

        service.convict(10, 8, 6, 4, 2)
        with monkeypatch.context() as patched:
            patched.setattr(screener_module, "hear", never_ending)
            decision = service.ask(audio=CLIP, ms=SHORT_MS)
            assert stopped.wait(60)
        assert decision.faults == ("audio: not heard within the deadline",)
        assert (decision.advice, decision.moment) == (Advice.NORMAL, Moment.RING)
        assert decision.assessed is Assessed.DEGRADED
        assert Guard.DEADLINE in decision.guards
        assert service.screener.running_count == 0
        assert service.ask("next", audio=CLIP).moment is Moment.AUDIO

    def test_child_voice_switched_off_is_unknown_and_everything_works(self, tmp_path: Path) -> None:
        shelve(tmp_path / "models", voice=CHILD)
        margins = {}
        for switch in ("on", "off"):
            with wired(tmp_path, child_voice=switch) as one:
                one.observe_since(ago(days=60))
                decision = one.ask(audio=CLIP)
                assert decision.assessed is Assessed.FULL
                assert (Stratum.CHILD in decision.strata) == (switch == "on")
                heard = {reason.feature: reason.value for reason in decision.reasons}
                margins[switch] = heard["child_voice_probability"]
        assert margins["on"] > 0.99
        assert margins["off"] != margins["off"]


class TestNeverScreened:
    @pytest.mark.parametrize(
        "call", [{"priority": "psap-callback"}, {"channel": "app_panic"}, {"media": ["text"]}], ids=str
    )
    def test_neither_store_nor_decoder_is_asked(
        self, service: Wired, hang: threading.Event, monkeypatch: pytest.MonkeyPatch, call: dict[str, Any]
    ) -> None:
        monkeypatch.setattr(screener_module, "hear", None)
        decision = service.ask(audio=CLIP, **call)
        assert not hang.is_set()
        assert (decision.advice, decision.assessed) == (Advice.NORMAL, Assessed.NOT_ASSESSED)
        assert (decision.guards, decision.faults) == ((Guard.NEVER_SCREENED,), ())
        assert [one.decision for one in service.store.remembered] == [decision]

    def test_whom_the_centre_rang_is_expected(self, service: Wired) -> None:
        service.convict(10, 8, 6, 4, 2)
        service.ask("from-centre", calling_number="112", called_number=NUMBER, priority="psap-callback")
        service.clock.now = ago(minutes=-2)

        def rung() -> bool:
            known = service.store.caller(service.caller, before=service.clock.now, except_call="")
            return known.called_back_at is not None

        service.wait_for(rung)
        decision = service.ask("back", audio=CLIP)
        assert decision.advice is Advice.NORMAL
        assert Guard.CALL_BACK in decision.guards

    def test_a_note_that_the_store_does_not_take_is_logged_without_the_number(
        self, service: Wired, caplog: pytest.LogCaptureFixture
    ) -> None:
        service.store.fail = True
        service.ask(called_number=NUMBER, priority="psap-callback")
        service.wait_for(lambda: "call-back of the centre was not kept" in caplog.text)
        assert NUMBER[-8:] not in caplog.text

    def test_while_the_store_hangs_no_more_notes_wait_than_may(
        self, service: Wired, hang: threading.Event, caplog: pytest.LogCaptureFixture
    ) -> None:
        for number in range(1 + NOTES_WAITING):
            service.ask(f"out-{number}", called_number=NUMBER, priority="psap-callback")
        assert "too many wait for the store" not in caplog.text
        service.ask("out-of-room", called_number=NUMBER, priority="psap-callback")
        assert "too many wait for the store" in caplog.text

    def test_what_was_noted_is_written_before_the_store_is_closed(self, folder: Path) -> None:
        with wired(folder) as one:
            gate = one.store.hang = threading.Event()
            one.ask(called_number=NUMBER, priority="psap-callback")

            async def stop() -> None:
                (stopping,) = await begun(one.screener.stop())
                gate.set()
                await stopping

            one.run(stop())
            assert one.store.called_back == [one.caller]


class TestOverload:
    def test_beyond_what_can_be_done_at_once_calls_go_straight_through(self, folder: Path) -> None:
        async def flood(one: Wired) -> tuple[Decision, list[Decision]]:
            tasks = await begun(*(one.asking(f"call-{number}") for number in range(2)))
            surplus = await one.asking("surplus", audio=CLIP)
            assert not any(task.done() for task in tasks)
            gate.set()
            return surplus, await asyncio.gather(*tasks)

        with wired(folder, screenings_at_once=2) as one:
            gate = one.store.hang = threading.Event()
            surplus, others = one.run(flood(one))
            assert (surplus.advice, surplus.assessed) == (Advice.NORMAL, Assessed.NOT_ASSESSED)
            assert surplus.guards == (Guard.OVERLOAD,)
            assert {decision.assessed for decision in others} == {Assessed.METADATA_ONLY}
            kept = one.store.call("surplus")
            assert kept is not None and kept.decisions == (surplus,)
            assert one.ask("later").assessed is Assessed.METADATA_ONLY


class TestInternalFaults:
    @pytest.mark.parametrize("audio", [None, CLIP], ids=["ring", "audio"])
    def test_a_fault_of_ours_costs_the_caller_nothing_and_tells_nobody_who_called(
        self,
        service: Wired,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        audio: bytes | None,
    ) -> None:
        def broken(evidence: object) -> None:
            raise ValueError(f"cannot judge {NUMBER}")

        assert service.screener.artefacts is not None
        monkeypatch.setattr(service.screener.artefacts.model, "score", broken)
        decision = service.ask(audio=audio)
        assert (decision.advice, decision.assessed) == (Advice.NORMAL, Assessed.NOT_ASSESSED)
        assert decision.faults == ("internal_error",)
        assert [one.decision for one in service.store.remembered] == [decision]
        assert "call_id=call-1" in caplog.text
        assert "ValueError" in caplog.text and "in broken" in caplog.text
        assert NUMBER[-8:] not in caplog.text


class TestLooks:
    def test_a_call_that_was_silent_once_stays_silent(self, service: Wired) -> None:
        service.convict(10, 8, 6, 4, 2)
        spoken = wav(voice(3.2))
        assert service.ask("talks", audio=spoken).advice is Advice.VERIFY
        service.clock.now = ago(minutes=-40)
        assert service.ask("hushed", audio=wav(line_noise(3.2))).stratum is Stratum.SILENT
        later = service.ask("hushed", audio=wav(voice(5.2)))
        assert later.audio_s == 5.0
        assert later.stratum is Stratum.SILENT
        assert later.advice is Advice.NORMAL


class TestAudit:
    @pytest.mark.parametrize(("share", "guards"), [(0.0, ()), (1.0, (Guard.AUDIT_SAMPLE,))])
    def test_a_drawn_call_is_never_verified(
        self, folder: Path, share: float, guards: tuple[Guard, ...]
    ) -> None:
        with wired(folder, simulated_is_honoured=True, audit_share=share) as one:
            one.observe_since(ago(days=60))
            one.convict(10, 8, 6, 4, 2)
            decision = one.ask(audio=CLIP)
            assert decision.guards == guards
            assert decision.advice is (Advice.NORMAL if share else Advice.VERIFY)
            assert one.store.remembered[-1].audit_probability == (share or None)

    def test_where_it_changes_nothing_the_draw_does_not_show(self, folder: Path) -> None:
        """Else whoever sees the answer would know which calls are watched."""
        shown = []
        for share in (0.0, 1.0):
            with wired(folder, audit_share=share) as one:
                decision = one.ask()
                shown.append(repr(dataclasses.replace(decision, result_id="", elapsed_ms=0.0)))
        assert shown[0] == shown[1]


def test_stopped_it_lets_running_work_end_and_closes_the_store(folder: Path) -> None:
    with wired(folder) as one:
        gate = one.store.hang = threading.Event()

        async def stop_meanwhile() -> Decision:
            (task,) = await begun(one.asking())
            stopping = asyncio.create_task(one.screener.stop())
            gate.set()
            decision = await task
            await stopping
            return decision

        assert one.run(stop_meanwhile()).assessed is Assessed.METADATA_ONLY
        assert one.run(one.screener.ready()) == (False, "draining")
        assert one.store.full


def test_received_times_stand_in_the_centres_zone(service: Wired) -> None:
    service.ask(received_at="2026-09-16T02:00:00Z")
    record = service.store.remembered[-1].record
    assert record.received_at.isoformat() == "2026-09-16T10:00:00+08:00"
    assert record.received_at < NOW
    assert CALL["trunk"] == record.trunk
