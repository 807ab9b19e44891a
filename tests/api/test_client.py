"""The client: whatever a server does, it says a word, in time; `verify` only if all of it was said."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.client import prankfilter_client
from deploy.client.prankfilter_client import MOST_BYTES, WORDS, Breaker, Client, main
from tests.api.streaming import listening
from tests.builders import ago
from tests.bundles import certify, shelve
from tests.faulty import FAULTS, Faulty, answer, faulty
from tests.wired import CALL, CLIP, NUMBER

PATIENT_MS = 60_000.0
SHORT_MS = 100.0
"""For servers that never come to an end; everything else may take as long as the machine likes."""

ENDLESS_BYTES = 500_000
"""Far less than any of them sends; at most `http.client` takes in 100 lines of a head, 64 kB each."""

NAMES = {
    "hang": "deadline",
    "drip": "deadline",
    "late": "deadline",
    "endless_continue": "deadline",
    "endless_trailer": "deadline",
    "reset": "unreachable",
    "hangs_up": "unreachable",
    "status_500": "status_500",
    "status_204": "status_204",
    "redirect": "status_302",
    "empty": "unknown_word",
    "array": "unknown_word",
    "array_member": "unknown_word",
    "json": "unknown_word",
    "unknown_word": "unknown_word",
    "more_words": "unknown_word",
    "other_case": "unknown_word",
    "not_utf8": "unknown_word",
    "length_too_short": "unknown_word",
    "garbage": "bad_answer",
    "no_http": "bad_answer",
    "endless_head": "bad_answer",
    "endless_line": "bad_answer",
    "chunk_cut_off": "bad_answer",
    "cut_off": "cut_off",
    "cut_off_after_word": "cut_off",
    "unframed": "unframed",
    "length_is_no_number": "unframed",
    "too_long": "too_long",
    "endless_body": "too_long",
    "endless_chunks": "too_long",
}
"""What each fault is counted as."""


Making = Callable[..., Client]


class Ticking:
    """A clock that goes on by so much whenever it is looked at."""

    def __init__(self, step_s: float) -> None:
        self.now_s, self._step_s = 0.0, step_s

    def __call__(self) -> float:
        self.now_s += self._step_s
        return self.now_s


@pytest.fixture
def service() -> Iterator[Faulty]:
    with faulty() as one:
        yield one


@pytest.fixture
def client_of() -> Iterator[Callable[..., Client]]:
    """Makes clients of a service or an address, and hangs up after the test."""
    with contextlib.ExitStack() as made:

        def make(service: Faulty | str, deadline_ms: float = PATIENT_MS, **more: Any) -> Client:
            url = service if isinstance(service, str) else service.url
            client = Client(url, "pf_router_x", deadline_ms=deadline_ms, **more)
            made.callback(client.close)
            return client

        yield make


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_is_passed_on(service: Faulty, word: str, client_of: Making) -> None:
    service.word_of = lambda call_id: word
    client = client_of(service)
    assert client.advice("a/b@10.0.0.1", {"calling_number": "+6281"}) == word
    assert not client.faults
    (asked,) = service.asked
    assert asked.path == "/v1/calls/a%2Fb%4010.0.0.1/screening"
    assert json.loads(asked.body) == {"calling_number": "+6281"}
    assert asked.headers["authorization"] == "Bearer pf_router_x"
    assert 0 < int(asked.headers["x-request-deadline-ms"]) < PATIENT_MS


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"none"}))
def test_whatever_a_server_does_wrong_is_normal_and_counted(
    service: Faulty, fault: str, client_of: Making
) -> None:
    service.fault = fault
    client = client_of(service, SHORT_MS if NAMES[fault] == "deadline" else PATIENT_MS)
    assert client.advice("1", {}) == "normal"
    assert client.faults == {NAMES[fault]: 1}
    assert service.asked


@pytest.mark.parametrize("fault", [name for name in FAULTS if name.startswith("endless")])
def test_a_server_that_never_stops_talking_takes_no_memory(
    service: Faulty, fault: str, client_of: Making
) -> None:
    service.fault = fault
    client = client_of(service, SHORT_MS if NAMES[fault] == "deadline" else PATIENT_MS)
    tracemalloc.start()
    try:
        assert client.advice("1", {}) == "normal"
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < ENDLESS_BYTES


def test_the_deadline_is_a_limit_on_the_whole_and_not_on_each_read(
    service: Faulty, client_of: Making
) -> None:
    """Bytes keep coming, each far within the deadline; the clock alone tells that it has passed."""
    service.raw, service.fault = b"", "endless_continue"
    clock = Ticking(0.01)
    client = client_of(service, 1000.0, now=clock)
    assert client.advice("1", {}) == "normal"
    assert client.faults == {"deadline": 1}
    assert clock.now_s < 1.1


def test_nobody_there_is_normal(client_of: Making) -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    client = client_of(f"http://127.0.0.1:{port}", PATIENT_MS)
    assert client.advice("1", {}) == "normal"
    assert client.faults == {"unreachable": 1}


def test_a_server_that_accepts_nobody_is_normal(client_of: Making) -> None:
    """Its queue of connections is full, so that the first packet gets no reply."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())
        client = client_of(f"http://127.0.0.1:{deaf.getsockname()[1]}", SHORT_MS)
        assert client.advice("1", {}) == "normal"
        assert client.faults == {"deadline": 1}
        for one in crowd:
            one.close()


def test_a_resolver_that_hangs_holds_nobody(
    monkeypatch: pytest.MonkeyPatch, service: Faulty, client_of: Making
) -> None:
    resolved, truly = threading.Event(), socket.getaddrinfo

    def hangs(host: str, port: int, **more: Any) -> Any:
        resolved.wait()
        return truly("127.0.0.1", port, **more)

    monkeypatch.setattr(prankfilter_client.socket, "getaddrinfo", hangs)
    client = client_of(f"http://score.example:{service.port}", SHORT_MS)
    assert client.advice("1", {}) == "normal"
    assert client.faults == {"deadline": 1}
    resolved.set()
    client._deadline_ms = PATIENT_MS
    assert client.advice("2", {}) == "verify"


@pytest.mark.parametrize("name", ["", "nobody.invalid", "a" * 300])
def test_a_name_that_cannot_be_resolved_is_normal(
    monkeypatch: pytest.MonkeyPatch, name: str, client_of: Making
) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(prankfilter_client.socket, "getaddrinfo", unknown)
    client = client_of(f"http://{name or 'x'}:1", PATIENT_MS)
    assert client.advice("1", {}) == "normal"
    assert client.faults == {"unreachable": 1}


def test_a_second_address_is_tried(
    monkeypatch: pytest.MonkeyPatch, service: Faulty, client_of: Making
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        closed = once.getsockname()
    rows = [(socket.AF_INET, 1, 6, "", closed), (socket.AF_INET, 1, 6, "", ("127.0.0.1", service.port))]
    monkeypatch.setattr(prankfilter_client.socket, "getaddrinfo", lambda *_, **__: rows)
    assert client_of("http://two.example", PATIENT_MS).advice("1", {}) == "verify"


@pytest.mark.parametrize("fault", ["none", "hang", "drip"])
def test_tls_that_is_none_is_normal(service: Faulty, fault: str, client_of: Making) -> None:
    service.fault = fault
    url = service.url.replace("http:", "https:")
    assert client_of(url, SHORT_MS).advice("1", {}) == "normal"


@pytest.mark.parametrize(
    ("call_id", "record"),
    [
        ("\ud800", {}),
        (None, {}),
        ("1", {"ring_s": float("nan")}),
        ("1", {"ring_s": object()}),
        ("1", {("a",): 1}),
    ],
)
def test_what_cannot_be_asked_is_normal(
    service: Faulty, call_id: Any, record: Any, client_of: Making
) -> None:
    client = client_of(service)
    assert client.advice(call_id, record) == "normal"
    assert client.faults == {"bad_record": 1}
    assert not service.asked


# --- connections and the circuit -------------------------------------------------------------------


def test_one_connection_serves_many_calls(service: Faulty, client_of: Making) -> None:
    client = client_of(service)
    assert {client.advice(str(number), {}) for number in range(50)} == {"verify"}
    assert service.connections == 1


def test_a_connection_that_was_closed_while_idle_is_opened_anew(service: Faulty, client_of: Making) -> None:
    client = client_of(service)
    assert client.advice("1", {}) == "verify"
    service.raw, service.fault = answer(b"verify"), "raw"  # answers, then hangs up, without a word of it
    assert [client.advice(str(number), {}) for number in (2, 3, 4)] == ["verify"] * 3
    assert not client.faults


def test_a_connection_that_failed_is_not_used_again(service: Faulty, client_of: Making) -> None:
    client = client_of(service, SHORT_MS)
    service.fault = "late"
    assert client.advice("late", {}) == "normal"
    service.fault, service.word_of, client._deadline_ms = "none", lambda call_id: "priority", PATIENT_MS
    assert client.advice("next", {}) == "priority"
    assert service.connections == 2


def test_many_threads_get_each_their_own_answer(service: Faulty, client_of: Making) -> None:
    service.word_of = lambda call_id: sorted(WORDS)[int(call_id) % 3]
    client, got = client_of(service), {}

    def ask(first: int) -> None:
        for number in range(first, 240, 8):
            got[number] = client.advice(str(number), {})

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {number: sorted(WORDS)[number % 3] for number in range(240)}
    assert service.connections <= 8


def test_an_open_circuit_leaves_the_service_alone_and_closes_again(
    service: Faulty, client_of: Making
) -> None:
    now_s = [0.0]
    client = client_of(service, open_after=3, rest_ms=2000.0, now=lambda: now_s[0])
    service.fault = "status_500"
    for number in range(10):
        assert client.advice(str(number), {}) == "normal"
    assert client.faults == {"status_500": 3, "open_circuit": 7}
    now_s[0] = 2.5
    assert [client.advice(str(number), {}) for number in range(2)] == ["normal", "normal"]
    assert client.faults == {"status_500": 4, "open_circuit": 8}
    service.fault, now_s[0] = "none", 5.0
    assert [client.advice(str(number), {}) for number in range(3)] == ["verify"] * 3


def test_an_open_circuit_lets_one_call_through_in_each_rest() -> None:
    now_s = [0.0]
    breaker = Breaker(1, 2.0, lambda: now_s[0])
    breaker.note(False)
    admitted = []
    for tenth in range(100):
        now_s[0] = tenth / 10
        admitted.append(breaker.admits())
    assert sum(admitted) == 4


def test_words_that_are_not_known_do_not_open_the_circuit(service: Faulty, client_of: Making) -> None:
    service.word_of = lambda call_id: "listen"
    client = client_of(service, open_after=1)
    assert {client.advice(str(number), {}) for number in range(5)} == {"normal"}
    assert client.faults == {"unknown_word": 5}


# --- anything at all -------------------------------------------------------------------------------

QUIET = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(raw=st.binary(max_size=200) | st.binary(max_size=60).map(lambda rest: b"HTTP/1.1 200 OK\r\n" + rest))
def test_any_bytes_are_normal(service: Faulty, raw: bytes, client_of: Making) -> None:
    service.fault, service.raw = "raw", raw
    assert client_of(service).advice("1", {}) == "normal"


@QUIET
@given(
    body=st.sampled_from(sorted(WORDS)).map(str.encode) | st.binary(max_size=20),
    status=st.sampled_from([200, 200, 200, 201, 204, 206, 301, 401, 429, 500, 503]),
    missing=st.sampled_from([0, 0, 0, 1, 5, MOST_BYTES]),
)
def test_a_word_counts_only_in_a_whole_200(
    service: Faulty, body: bytes, status: int, missing: int, client_of: Making
) -> None:
    service.fault, service.raw = "raw", answer(body, status=f"{status} X", length=len(body) + missing)
    whole = status == 200 and not missing and body.decode("latin-1") in WORDS
    assert client_of(service).advice("1", {}) == (body.decode() if whole else "normal")


# --- facts -----------------------------------------------------------------------------------------


def test_the_end_of_a_call_is_told(service: Faulty, client_of: Making) -> None:
    client = client_of(service)
    assert client.tell("a/1", {"ended_at": ago(hours=1), "ended_by": "caller"})
    (told,) = service.told
    assert (told.method, told.path) == ("PATCH", "/v1/calls/a%2F1")
    assert json.loads(told.body) == {"ended_at": ago(hours=1).isoformat(), "ended_by": "caller"}


def test_what_was_not_kept_is_said_to_be_not_kept(client_of: Making) -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    client = client_of(f"http://127.0.0.1:{port}")
    assert client.tell("1", {"ended_by": "caller"}, deadline_ms=PATIENT_MS) is False


# --- the service itself ----------------------------------------------------------------------------


def test_the_real_service_says_verify_and_normal(tmp_path: Path, client_of: Making) -> None:
    certify(tmp_path / "models", shelve(tmp_path / "models", leaning=3.0), policy="always")
    with listening(tmp_path, policy="always") as service:
        service.convict(10, 8, 6, 4, 2)
        url, record = f"http://127.0.0.1:{service.port}", {**CALL, "calling_number": NUMBER}
        with contextlib.closing(Client(url, service.key, deadline_ms=PATIENT_MS)) as client:
            assert client.advice("a/b c%2F", record) == "normal"  # no sound yet
            assert client.advice("a/b c%2F", record, CLIP) == "verify"
            assert client.tell("a/b c%2F", {"ended_at": ago(hours=0), "ended_by": "caller"})
            assert not client.faults
        kept = service.store.call("a/b c%2F")
        assert kept is not None
        assert kept.facts["ended_by"] == "caller"
        stranger = client_of(url)
        assert stranger.advice("1", record) == "normal"
        assert stranger.faults == {"status_401": 1}


# --- the command -----------------------------------------------------------------------------------

PROGRAM = Path(prankfilter_client.__file__)


def run(service: Faulty, folder: Path, record: str, *more: str) -> subprocess.CompletedProcess[str]:
    key = folder / "router.key"
    key.write_text("pf_router_x\n")
    said = [sys.executable, PROGRAM, "--url", service.url, "--key-file", key, *more]
    return subprocess.run(said, input=record, capture_output=True, text=True, check=False, timeout=60)


def test_the_command_prints_the_word(service: Faulty, tmp_path: Path) -> None:
    clip = tmp_path / "call.wav"
    clip.write_bytes(CLIP)
    ended = run(service, tmp_path, '{"call_id": "7"}', "--deadline-ms", "50000", "--audio", str(clip))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "verify\n", "")
    (asked,) = service.asked
    assert asked.call_id == "7"
    assert CLIP in asked.body


@pytest.mark.parametrize(
    ("record", "more", "why"),
    [
        ('{"call_id": "7"}', ["--deadline-ms", "1"], "deadline"),
        ("[]", [], "in what was given"),
        ("", [], "in what was given"),
        ('{"calling_number": "+6281"}', [], "in what was given"),
        ('{"call_id": "7"}', ["--key-file", "/nowhere"], "in what was given"),
        ('{"call_id": "7"}', ["--url", "nowhere"], "in what was given"),
        ('{"call_id": "7"}', ["--nonsense"], "usage"),
        ('{"call_id": "7"}', ["--deadline-ms", "soon"], "usage"),
    ],
)
def test_the_command_says_normal_and_ends_with_0(
    service: Faulty, tmp_path: Path, record: str, more: list[str], why: str
) -> None:
    patient = [] if "--deadline-ms" in more else ["--deadline-ms", "50000"]
    ended = run(service, tmp_path, record, *patient, *more)
    assert (ended.returncode, ended.stdout) == (0, "normal\n")
    assert why in ended.stderr


def test_standard_input_that_never_ends_holds_nobody(
    service: Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = threading.Event()

    class Endless(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            ended.wait()
            return b"{}"

    key = tmp_path / "key"
    key.write_text("x")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Endless()))
    main(["--url", service.url, "--key-file", str(key), "--deadline-ms", str(SHORT_MS)])
    assert capsys.readouterr() == ("normal\n", "prankfilter_client: deadline\n")
    ended.set()
