"""More calls than can be judged: they go their normal way at once, everywhere the same, and it is counted."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from prankfilter_api.aside import Aside
from prankfilter_api.front import FrontDoor
from prankfilter_api.schemas.decision import DecisionOut
from uvicorn.server import ServerState

from prankfilter.store.port import CallFile
from prankfilter.vocabulary import Advice, Assessed, Guard
from prankfilter.wiring.admission import RING_ALWAYS, SOUND, Admission, Kind, Ticket, Why
from tests.api.service import CALL, Service, request_scope
from tests.builders import NOW
from tests.sounds import voice, wav

PATH = "/v1/calls/{}/screening"
CLIP = wav(voice(1.2))


def admission_of(service: Service) -> Admission:
    found: Admission = service.state["screener"].admission
    return found


@contextmanager
def crowded(service: Service) -> Iterator[list[Ticket]]:
    """Let the loop be late and as many calls under way as may be then."""
    one = admission_of(service)
    while service.state["aside"]:  # of the test before
        service.runner.run(service.state["aside"].keep_some())
    for _ in range(40):
        one.beat(1.0)
    kinds = [Kind.RING] * RING_ALWAYS + [Kind.SOUND] * SOUND.always
    entered = [one.enter(kind, f"under-way-{number}") for number, kind in enumerate(kinds)]
    tickets = [ticket for ticket in entered if isinstance(ticket, Ticket)]
    assert len(tickets) == len(kinds)
    try:
        yield tickets
    finally:
        for ticket in tickets:
            ticket.give_back()


class TestRoute:
    def test_the_answer_is_a_whole_decision_that_lets_the_call_through(self, service: Service) -> None:
        with crowded(service):
            answer = service.screen(call_id='sh"ed/1 é')
        told = DecisionOut.model_validate(answer.json())
        assert answer.status_code == 200
        assert (told.call_id, told.advice, told.assessed) == ('sh"ed/1 é', "normal", Assessed.NOT_ASSESSED)
        assert told.guards == [Guard.OVERLOAD]
        assert told.model_id == service.model.model_id
        assert re.fullmatch(r"[0-9a-f]{32}", told.result_id)
        assert answer.headers["cache-control"] == "no-store"

    def test_a_word_is_answered_to_who_wants_one(self, service: Service) -> None:
        with crowded(service):
            answer = service.screen(call_id="word", headers={"Accept": "text/plain"})
        assert (answer.text, answer.headers["content-type"]) == ("normal", "text/plain; charset=utf-8")

    def test_a_repeat_is_judged_once_there_is_time_and_does_not_get_that_answer_again(
        self, service: Service
    ) -> None:
        with crowded(service):
            first = service.screen(call_id="again").json()
        second = service.screen(call_id="again").json()
        assert second["assessed"] == "metadata_only"
        assert second["result_id"] != first["result_id"]

    def test_it_does_not_even_look_at_the_body_but_does_look_at_the_key(self, service: Service) -> None:
        with crowded(service):
            assert service.ask("POST", PATH.format("odd"), scope="router", content=b"{").status_code == 200
            assert service.ask("POST", PATH.format("odd"), key="strange", json=CALL).status_code == 401
            assert service.ask("POST", PATH.format("odd"), scope="desk", json=CALL).status_code == 403

    def test_sound_is_bounded_apart_and_leaves_calls_without_it_alone(self, service: Service) -> None:
        parts = {"files": {"audio": ("a.wav", CLIP)}, "data": {"call": json.dumps(CALL)}}
        with crowded(service) as tickets:
            for ticket in tickets[:RING_ALWAYS]:
                ticket.give_back()
            heard = service.ask("POST", PATH.format("loud"), scope="router", **parts).json()
            assert heard["guards"] == ["overload"]
            assert service.screen(call_id="quiet").json()["assessed"] == "metadata_only"

    def test_what_was_let_in_makes_room_again_however_it_ends(self, service: Service) -> None:
        one = admission_of(service)
        service.screen(call_id="done")
        service.ask("POST", PATH.format("bad"), scope="router", content=b"{")
        assert one.under_way(Kind.RING) == 0

    def test_every_such_call_is_counted_with_its_reason(self, fresh_service: Service) -> None:
        with crowded(fresh_service):
            fresh_service.screen(call_id="a")
            fresh_service.screen(call_id="b")
        assert fresh_service.sample("prankfilter_shed_total", kind="ring", why=Why.LATE) == 2
        assert fresh_service.sample("prankfilter_shed_total", kind="sound", why=Why.LATE) == 0
        assert fresh_service.sample("prankfilter_guards_total", guard="overload") == 2
        labels = {"advice": "normal", "assessed": "not_assessed", "moment": "ring"}
        assert fresh_service.sample("prankfilter_decisions_total", **labels) == 2


class Wire(asyncio.Transport):
    """The server's end of a connection, without a network."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Line:
    """A client's end of it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.wire = Wire()
        config = uvicorn.Config(service.app, http=FrontDoor, lifespan="off", log_config=None)
        config.load()

        async def connect() -> FrontDoor:
            door = FrontDoor(config, ServerState(), dict(service.state))
            door.connection_made(self.wire)
            return door

        self.door = service.runner.run(connect())

    def send(self, *pieces: bytes, answers: int = 1) -> list[tuple[bytes, bytes]]:
        """Send bytes, and wait for so many answers: head and body of each."""

        async def exchange() -> list[tuple[bytes, bytes]]:
            for piece in pieces:
                self.door.data_received(piece)
                await asyncio.sleep(0)
            async with asyncio.timeout(60):
                while len(found := split(self.wire.sent)) < answers:
                    await asyncio.sleep(0.001)
            self.wire.sent = b""
            return found

        return self._service.runner.run(exchange())


def split(sent: bytes) -> list[tuple[bytes, bytes]]:
    answers = []
    while b"\r\n\r\n" in sent:
        head, _, rest = sent.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(rest) < length:
            break
        answers.append((head, rest[:length]))
        sent = rest[length:]
    return answers


def request(
    service: Service, call_id: str, *lines: str, body: bytes | None = None, http: str = "1.1"
) -> bytes:
    sent = json.dumps(CALL).encode() if body is None else body
    head = [
        f"POST /v1/calls/{call_id}/screening?reasons=0 HTTP/{http}",
        f"authorization: Bearer {service.keys['router']}",
        f"content-length: {len(sent)}",
        *lines,
    ]
    return "\r\n".join([*head, "", ""]).encode() + sent


def members(answer: tuple[bytes, bytes]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answer[1])
    return told


@pytest.fixture
def line(service: Service) -> Line:
    """A connection over which the key is known already."""
    one = Line(service)
    one.send(request(service, "first"))
    return one


class TestFrontDoor:
    def test_it_answers_as_the_route_does(self, service: Service, line: Line) -> None:
        with crowded(service):
            (here,) = line.send(request(service, "a%2Fb%20c"))
            there = service.screen(call_id="a%2Fb%20c")
        assert members(here) == there.json()
        assert members(here)["call_id"] == "a/b c"
        told = dict(one.split(": ", 1) for one in here[0].decode().lower().split("\r\n")[1:])
        assert told == {name.lower(): value for name, value in there.headers.items()}

    def test_what_is_let_in_is_judged(self, service: Service, line: Line) -> None:
        (answer,) = line.send(request(service, "judged"))
        assert members(answer)["assessed"] == "metadata_only"
        assert admission_of(service).under_way(Kind.RING) == 0

    def test_the_body_may_come_late_or_be_large_and_the_line_is_good_for_the_next(
        self, service: Service, line: Line
    ) -> None:
        whole = request(
            service, "large", "content-type: multipart/form-data; boundary=x", body=b"x" * 200_000
        )
        cut = whole.index(b"\r\n\r\n") + 4
        with crowded(service):
            (first,) = line.send(whole[:cut])
            line.door.data_received(whole[cut:100_000])
            line.door.data_received(whole[100_000:])
            (second,) = line.send(request(service, "next"))
        (third,) = line.send(request(service, "after"))
        assert [members(one)["call_id"] for one in (first, second, third)] == ["large", "next", "after"]
        assert members(third)["assessed"] == "metadata_only"
        assert not line.wire.closed

    def test_requests_in_one_piece_are_answered_in_their_order(self, service: Service, line: Line) -> None:
        with crowded(service):
            sent = b"".join(request(service, f"piece-{number}") for number in range(3))
            answers = line.send(sent, answers=3)
        assert [members(one)["call_id"] for one in answers] == ["piece-0", "piece-1", "piece-2"]

    def test_behind_one_that_is_under_way_it_waits_its_turn(self, service: Service, line: Line) -> None:
        one = admission_of(service)
        with crowded(service) as tickets:
            tickets[0].give_back()
            answers = line.send(request(service, "slow") + request(service, "behind"), answers=2)
        assert [members(one)["call_id"] for one in answers] == ["slow", "behind"]
        assert members(answers[0])["assessed"] == "metadata_only"
        assert one.under_way(Kind.RING) == 0

    @pytest.mark.parametrize(
        ("lines", "http"), [(["connection: close"], "1.1"), ([], "1.0"), (["expect: 100-continue"], "1.1")]
    )
    def test_it_hangs_up_where_that_is_due(
        self, service: Service, line: Line, lines: list[str], http: str
    ) -> None:
        with crowded(service):
            (answer,) = line.send(request(service, "closing", *lines, http=http))
        assert members(answer)["guards"] == ["overload"]
        assert b"connection: close" in answer[0]
        assert line.wire.closed

    def test_a_strange_key_is_the_routes_to_refuse(self, service: Service, line: Line) -> None:
        sent = request(service, "strange").replace(service.keys["router"].encode(), b"strange")
        with crowded(service):
            (answer,) = line.send(sent)
        assert answer[0].startswith(b"HTTP/1.1 401")
        assert members(answer)["advice"] == "normal"

    def test_no_other_address_is_its_business(self, service: Service, line: Line) -> None:
        with crowded(service):
            (answer,) = line.send(b"GET /v1/calls/a/screening HTTP/1.1\r\n\r\n")
            assert answer[0].startswith(b"HTTP/1.1 401")
            (answer,) = line.send(b"POST /screening HTTP/1.1\r\ncontent-length: 0\r\n\r\n")
            assert answer[0].startswith(b"HTTP/1.1 404")


class TestKeptLater:
    """What was sent on is on record all the same, as soon as there is time for it."""

    @staticmethod
    def wait_for(service: Service, condition: Callable[[], bool]) -> None:
        async def look() -> None:
            async with asyncio.timeout(60):
                while not condition():
                    await asyncio.sleep(0.01)

        service.runner.run(look())

    @staticmethod
    def kept(service: Service, call_id: str) -> CallFile | None:
        return service.store.call(call_id)

    @pytest.mark.parametrize("audio", [False, True], ids=["ring", "sound"])
    def test_with_its_number_and_the_time_at_which_it_came(
        self, service: Service, line: Line, audio: bool
    ) -> None:
        call_id, record = f"later-{audio}", {**CALL, "received_at": None}
        body = json.dumps(record).encode()
        kind = "content-type: application/json"
        if audio:
            body = b'--x\r\ncontent-disposition: form-data; name="call"\r\n\r\n%b\r\n' % body
            body += b'--x\r\ncontent-disposition: form-data; name="audio"\r\n\r\n%b\r\n--x--\r\n' % (
                b"s" * 99_999
            )
            kind = "content-type: multipart/form-data; boundary=x"
        with crowded(service):
            (answer,) = line.send(request(service, call_id, kind, body=body))
            assert self.kept(service, call_id) is None
        self.wait_for(service, lambda: self.kept(service, call_id) is not None)
        kept = self.kept(service, call_id)
        assert kept is not None and kept.record is not None
        assert kept.record.received_at == NOW
        assert (kept.record.number_tail, kept.record.trunk) == ("890", "trunk-1")
        (decision,) = kept.decisions
        assert (decision.guards, decision.advice) == ((Guard.OVERLOAD,), Advice.NORMAL)
        assert decision.result_id == members(answer)["result_id"]

    def test_behind_any_other_server_too(self, service: Service) -> None:
        with crowded(service):
            service.screen(call_id="elsewhere")
        self.wait_for(service, lambda: self.kept(service, "elsewhere") is not None)

    def test_a_body_that_is_not_there_is_not_waited_for(self, service: Service) -> None:
        before = service.sample("prankfilter_shed_unkept_total") or 0.0
        headers = {"Authorization": f"Bearer {service.keys['router']}"}
        with crowded(service):
            status, _ = service.send(request_scope("POST", PATH.format("slow"), headers), [None])
        assert status == 200
        assert service.sample("prankfilter_shed_unkept_total") == before + 1

    def test_while_others_are_under_way_it_waits(self, service: Service, line: Line) -> None:
        with crowded(service):
            line.send(request(service, "waits"))
            service.runner.run(service.state["aside"].keep_some())
            assert len(service.state["aside"]) == 1
        self.wait_for(service, lambda: not service.state["aside"])

    @pytest.mark.parametrize("body", [b"", b"[]", b'{"trunk": "' + b"t" * 200_000 + b'"}'], ids=len)
    def test_what_cannot_be_kept_is_counted(self, service: Service, line: Line, body: bytes) -> None:
        before = service.sample("prankfilter_shed_unkept_total") or 0.0
        with crowded(service):
            line.send(request(service, f"odd-{len(body)}", body=body))
        self.wait_for(service, lambda: not service.state["aside"])
        assert service.sample("prankfilter_shed_unkept_total") == before + 1
        assert self.kept(service, f"odd-{len(body)}") is None

    def test_so_is_what_finds_no_room_and_what_is_left_at_the_end(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        lost: list[int] = []
        aside = Aside(service.state["screener"], lost.append, most_bytes=100)
        for number in range(3):
            aside.put(f"call-{number}", "application/json", b"{" + b" " * 48 + b"}")
        assert (len(aside), lost) == (2, [1])
        aside.give_up()
        assert lost == [1, 2]
        assert "2 calls that were sent on unscreened were not kept" in caplog.text
