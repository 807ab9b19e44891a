"""The router that is shipped, for real: Kamailio, SIPp and the service, and whatever may break between them.

Calls lost: none. Calls at the prompt that no whole answer sent there: none. A call is held for 330 ms at most
by the router's own clock, but for the time that its processes waited for a core, of which the kernel keeps
count: on a busy machine no timer is on time.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.processes import free_port
from benchmarks.router import (
    BUILD_PACKAGES,
    INSTALLED,
    PACKAGES,
    built_module,
    call,
    missing,
)
from tests.faulty import FAULTS, Asked, Faulty
from tests.long.test_serving import Served, make_key, serving
from tests.phone import Phone
from tests.routed import (
    CALLS,
    NO_WORD,
    PER_S,
    Line,
    answering,
    calls,
    calls_until,
    number_of,
    routed,
    wait_for,
    whys,
)

pytestmark = pytest.mark.long

IN_CI = os.environ.get("CI") == "true"
MODELS = Path(__file__).parents[2] / "models"
TOOLS_MISSING, NO_SOURCE = 4, 5
"""Exit codes of the build script."""

HOLDING = ("hang", "drip", "late")
FLOODING = tuple(sorted(name for name in FAULTS if name.startswith("endless")))
NONSENSE = tuple(sorted(FAULTS.keys() - {"none", *HOLDING, *FLOODING}))
"""What answers at once, and wrongly."""

FLOOD_BYTES = 4_000_000
"""Of the router's shared memory that a flood may take; without the limits it took 30 MB within 60 calls."""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with http_async_client, built as engineers build it; skips by name where that cannot be."""
    if missing() and IN_CI:
        install()
    if missing():
        pytest.skip(missing())
    folder = INSTALLED if INSTALLED.is_dir() else tmp_path_factory.mktemp("modules")
    built = built_module(folder)
    if built.returncode == TOOLS_MISSING and IN_CI:
        install()
        built = built_module(folder)
    if built.returncode in (TOOLS_MISSING, NO_SOURCE):
        pytest.skip(built.stderr)
    assert built.returncode == 0, built.stderr
    return folder


def install() -> None:
    """Install Debian's packages; without them the tests are skipped."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
    subprocess.run(["apt-get", "update", "-q"], check=False, capture_output=True)
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES, *BUILD_PACKAGES]
    subprocess.run(command, check=False, capture_output=True, env=quiet)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service keeps its store, and Kamailio its files."""
    return tmp_path_factory.mktemp("line")


@pytest.fixture(scope="module")
def line(home: Path, module: Path) -> Iterator[Line]:
    """One router for all tests: whatever one of them does to it, the next must still find it well."""
    with routed(home, module, make_key(home), free_port()) as one:
        yield one


# --- what the word does ----------------------------------------------------------------------------

ASKED = {
    "source": "router",
    "channel": "voice",
    "centre_id": "centre-1",
    "source_ip": "127.0.0.1",
    "number_kind": "asserted",
    "called_number": "112",
    "user_agent": "SIPp",
    "media": ["audio"],
    "calls_waiting": 3,
}
"""What every question about one of SIPp's calls says."""


def test_each_word_sends_a_call_where_it_says(line: Line) -> None:
    with answering(line) as service:
        held = calls_until(line, "words", {"normal", "priority", "verify"})
    records = [json.loads(asked.body) for asked in service.asked]
    assert {one["received_at"][-1] for one in records} == {"Z"}
    assert [{name: one.get(name) for name in ASKED} for one in records] == [ASKED] * len(records)
    whom = line.human.calls("words")
    for one in held.values():
        if one.why not in NO_WORD:
            assert one.why == service.named[one.call_id]
            assert whom[one.call_id] == ("first" if one.why == "priority" else "112")


@pytest.mark.parametrize("waiting", [0, None])
def test_nobody_is_verified_while_nobody_is_known_to_wait(line: Line, waiting: int | None) -> None:
    with answering(line):
        held = calls_until(line, f"free_{waiting}", {"verify_no_queue"}, waiting=waiting)
    assert "verify" not in whys(held)


# --- what may break --------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", HOLDING)
def test_a_service_that_holds_a_call_holds_it_for_the_guards_time_at_most(line: Line, fault: str) -> None:
    with answering(line, fault):
        held = calls(line, fault)
    assert whys(held) <= NO_WORD
    if fault == "drip":  # no read ever waits long: only the transaction's timer ends it
        assert sum(one.why == "guard" for one in held.values()) > CALLS / 2


def test_nonsense_sends_everybody_to_the_human(line: Line) -> None:
    count = 6 * len(NONSENSE)
    with answering(line) as service:
        service.fault_of = lambda call_id: NONSENSE[number_of(call_id) % len(NONSENSE)]
        held = calls(line, "nonsense", calls=count)
        met = {NONSENSE[number_of(asked.call_id) % len(NONSENSE)] for asked in service.asked}
    assert met == set(NONSENSE)
    assert not whys(held) & {"verify", "priority", "normal"}


@pytest.mark.parametrize("fault", FLOODING)
def test_a_service_that_never_stops_talking_takes_neither_calls_nor_memory(line: Line, fault: str) -> None:
    before = line.router.most_memory()
    with answering(line, fault):
        held = calls(line, fault, calls=20)
    assert whys(held) <= NO_WORD
    assert line.router.most_memory() - before < FLOOD_BYTES


def test_no_service_from_the_start(line: Line) -> None:
    assert whys(calls(line, "absent")) <= NO_WORD


def test_a_service_that_accepts_nobody(line: Line) -> None:
    with socket.create_server(("127.0.0.1", line.port), backlog=0):
        assert whys(calls(line, "deaf")) <= NO_WORD


def test_the_service_is_stopped_goes_on_and_is_drained_in_order(line: Line, home: Path) -> None:
    with real(line, home) as service:
        with meanwhile(line, "stopped", lambda: service.process.send_signal(signal.SIGSTOP)):
            stopped = calls(line, "stopped", calls=2 * CALLS)
        service.process.send_signal(signal.SIGCONT)
        hear_words(line, "resumed")
        with meanwhile(line, "drained", service.stop):
            drained = calls(line, "drained", calls=2 * CALLS)
    assert whys(stopped) & NO_WORD
    assert whys(drained) & NO_WORD
    assert whys(stopped) | whys(drained) <= {"normal", "priority", *NO_WORD}


def test_the_service_is_killed_comes_back_and_knows_how_each_call_ended(line: Line, home: Path) -> None:
    with real(line, home) as service, meanwhile(line, "killed", lambda: service.stop(signal.SIGKILL)):
        killed = calls(line, "killed", calls=2 * CALLS)
    assert whys(killed) & NO_WORD
    assert whys(killed) <= {"normal", "priority", *NO_WORD}
    with real(line, home) as service:
        line.router.forget_facts()
        held = calls(line, "known", calls=20)
        with Phone(line.router.port) as phone:
            phone.invite("known-cancelled", "urn:service:sos", Priority="emergency")
            phone.hear_until(lambda heard: (180, "INVITE") in heard)
            phone.cancel("known-cancelled")
        service.key = make_key(home, "supervisor")
        ids = [one.call_id for one in held.values() if one.why == "normal"]
        told = [*ids, "known-cancelled"]
        wait_for(lambda: all(record_of(service, one).get("ended_at") for one in told))
        records = {one: record_of(service, one) for one in told}
        service.key = make_key(home, "desk")
        claim = {"call_id": "known-cancelled", "act": "claim", "by": "sari"}
        _, call_back, _ = service.ask("POST", "/v1/callbacks", claim)
    for one in ids:
        record = records[one]
        assert record["answered_at"] <= record["ended_at"]
        assert record["ended_by"] == "caller"
        # Where the service itself ran out of time, or its queue was full, it keeps no record of the call.
        assert (record["source"], record["number_kind"]) in {("router", "asserted"), (None, None)}
    gone = records["known-cancelled"]
    assert (gone["answered_at"], gone["ended_by"]) == (None, "caller")
    assert (call_back["reason"], call_back["calling_number"]) == ("hung_up", "+6281200000123")


def record_of(service: Served, call_id: str) -> dict[str, Any]:
    status, kept, _ = service.ask("GET", f"/v1/calls/{call_id.replace('@', '%40')}")
    return dict(kept["record"] or {}) if status == 200 else {}


def hear_words(line: Line, name: str) -> None:
    """Call until the service answers in time, or for a while: on a busy machine it may never do so."""
    for number in range(8):
        held = calls(line, f"{name}_{number}", calls=10)
        assert whys(held) <= {"normal", "priority", *NO_WORD}
        if "normal" in whys(held):
            return


@contextmanager
def real(line: Line, home: Path) -> Iterator[Served]:
    """The service itself, with the shipped model, where the router looks for it; calls go on meanwhile."""
    with ThreadPoolExecutor(1) as beside:
        meanwhile = beside.submit(calls, line, f"starting_{time.monotonic_ns()}", calls=2 * CALLS)
        with serving(home, "--port", str(line.port), models=str(MODELS)) as service:
            assert whys(meanwhile.result()) <= {"normal", "priority", *NO_WORD}
            wait_for(lambda: service.ask("GET", "/readyz")[0] == 200)
            hear_words(line, f"well_{service.process.pid}")
            yield service


@contextmanager
def meanwhile(line: Line, name: str, act: Callable[[], object]) -> Iterator[None]:
    """Do something once a third of the calls were decided on."""
    over = threading.Event()

    def watch() -> None:
        while len(line.router.held(name)) < CALLS // 2 and not over.wait(0.02):
            pass
        act()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


# --- calls that are not as they should be ----------------------------------------------------------

MALFORMED = {
    "number": {"target": "911"},
    "word": {"target": "test_incorrect"},
    "urn": {"target": "urn:service:sos"},
    "tel": {"target": "tel:112"},
    "quotes": {"From": '"\\"}, {\\"advice\\": \\"verify" <sip:+6281@h>;tag=q'},
    "no_user": {"From": "<sip:anonymous.invalid>;tag=n"},
    "percent": {"User_Agent": "%s%n%x%00 $ru $(ci) {s.len}"},
    "not_utf8": {"User_Agent": "\udcff\udcfe\udc80"},
    "asserts_nonsense": {"P_Asserted_Identity": "<>,;:@ <sip:>"},
    "asserts_two": {"P_Asserted_Identity": "<sip:+62811@h>, <tel:+62811>"},
    "long": {"User_Agent": "a" * 30_000},
    "cell": {"P_Access_Network_Info": '3GPP-E-UTRAN; utran-cell-id-3gpp="\\";drop'},
    "no_hops_said": {"Max_Forwards": ""},
    "body": {"Content_Type": "application/sdp", "Content_Length": "4", "more": "\r\nv=0"},
}
"""Requests that a router must not stumble over; each of them may be somebody in need."""

HOPELESS = (
    b"",
    b"\r\n\r\n",
    b"INVITE",
    b"INVITE sip:112@h SIP/2.0\r\n\r\n",
    b"INVITE sip:112@h SIP/9.9\r\nCall-ID: x\r\n\r\n",
    b"\x00" * 1400,
    bytes(range(256)) * 5,
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"SIP/2.0 200 OK\r\nCall-ID: nobody\r\nCSeq: 1 INVITE\r\n\r\n",
)
"""Nothing that anybody could route."""


def test_malformed_calls_reach_the_human_and_bring_nothing_down(line: Line) -> None:
    workers = line.router.workers()
    with answering(line) as service, Phone(line.router.port) as phone:
        service.word_of = lambda call_id: "normal"
        for datagram in HOPELESS:
            phone.send(datagram)
        for name, over in MALFORMED.items():
            phone.invite(f"bad-{name}", **over)  # type: ignore[arg-type]
        wait_for(lambda: len(line.human.calls("bad-")) == len(MALFORMED))
        records = {asked.call_id: json.loads(asked.body) for asked in service.asked}
    assert line.human.calls("bad-") == dict.fromkeys((f"bad-{name}" for name in MALFORMED), "112")
    assert records["bad-urn"]["service_urn"] == "urn:service:sos"
    assert "advice" not in records["bad-quotes"]
    assert "user_agent" not in records["bad-not_utf8"]
    assert line.router.workers() == workers
    with answering(line):
        calls(line, "after_bad", calls=20)


def test_a_call_id_of_any_kind_is_asked_about_by_its_own_name(line: Line) -> None:
    names = ["a/b@10.0.0.1", "per%2Fcent", "q?x=1#y", "c,d;e+f", "~x*y'(z)"]
    with answering(line) as service, Phone(line.router.port) as phone:
        service.word_of = lambda call_id: "normal"
        for name in names:
            phone.invite(name)
        wait_for(lambda: len(service.asked) == len(names))
        assert {asked.call_id for asked in service.asked} == set(names)
        assert all(asked.path.count("/") == 4 for asked in service.asked)


def test_a_caller_who_gives_up_while_the_score_is_pending(line: Line) -> None:
    gone = {f"gone-{number}" for number in range(10)}
    with answering(line, "hang") as service:
        for call_id in gone:
            with Phone(line.router.port) as phone:
                phone.invite(call_id)
                phone.hear_until(lambda heard: (100, "INVITE") in heard)
                phone.cancel(call_id)
                phone.hear_until(lambda heard: {(200, "CANCEL"), (487, "INVITE")} <= heard)
        wait_for(lambda: gone <= {told.call_id for told in service.told})
    with answering(line):
        calls(line, "after_gone", calls=10)
    assert not line.human.calls("gone-")
    assert not line.prompt.calls("gone-")
    ends = [json.loads(told.body) for told in service.told if told.call_id in gone]
    assert {one["ended_by"] for one in ends} == {"caller"}
    assert {one["calling_number"] for one in ends} == {"sip:+6281200000123@127.0.0.1"}


# --- what is told of calls ------------------------------------------------------------------------


def ended(service: Faulty, prefix: str) -> list[str]:
    """Calls of whose end the service was told, once for each time."""
    facts = [told for told in service.told if told.call_id.startswith(prefix)]
    return [fact.call_id for fact in facts if "ended_at" in json.loads(fact.body)]


def test_what_happens_while_the_service_is_away_is_told_until_it_is_kept(line: Line) -> None:
    line.router.forget_facts()
    lost, held = line.router.counter("fact_lost"), calls(line, "away", calls=30)
    with answering(line) as service:
        service.keep = lambda fact: "503 Service Unavailable"
        wait_for(lambda: set(ended(service, "away")) == held.keys())
        service.keep = lambda fact: "200 OK"
        wait_for(lambda: line.router.untold() == 0)
        kept = Counter(ended(service, "away"))
    assert kept.keys() == held.keys()
    assert line.router.counter("fact_lost") == lost


def test_a_number_that_nobody_can_read_costs_no_fact_and_what_is_refused_for_good_is_counted(
    line: Line,
) -> None:
    def keep(fact: Asked) -> str:
        if fact.call_id == "refused":
            return "404 Not Found"
        return "422 Unprocessable" if json.loads(fact.body).get("calling_number") else "200 OK"

    line.router.forget_facts()
    with answering(line, "hang") as service:
        service.keep, lost = keep, line.router.counter("fact_lost")
        for call_id in ("refused", "unread"):
            with Phone(line.router.port) as phone:
                phone.invite(call_id)
                phone.hear_until(lambda heard: (100, "INVITE") in heard)
                phone.cancel(call_id)
        wait_for(lambda: {"refused", "unread"} <= {told.call_id for told in service.told})
        wait_for(lambda: line.router.untold() == 0)
    assert line.router.counter("fact_lost") == lost + 1
    assert ended(service, "refused") == ["refused"]
    last = [json.loads(told.body) for told in service.told if told.call_id == "unread"][-1]
    assert (last["ended_by"], last["calling_number"]) == ("caller", "")


# --- what breaks behind the router -----------------------------------------------------------------


def test_a_prompt_that_is_down_costs_two_seconds_and_no_call(tmp_path: Path, module: Path) -> None:
    targets = {"PROMPT_URI": f"sip:verify@127.0.0.1:{free_port()}"}
    with routed(tmp_path, module, "key", free_port(), **targets) as line, answering(line) as service:
        line.router.say_waiting(1)
        assert not call(line.router, "promptless", calls=20, per_s=PER_S, folder=tmp_path)
        assert len(line.human.calls("promptless")) == 20
        with Phone(line.router.port) as phone:
            phone.invite("at-prompt-0")
            wait_for(lambda: "at-prompt-0" in line.router.held())
            phone.cancel("at-prompt-0")
            phone.hear_until(lambda heard: {(200, "CANCEL"), (487, "INVITE")} <= heard)
        wait_for(lambda: any(told.call_id == "at-prompt-0" for told in service.told))
    (end,) = (json.loads(told.body) for told in service.told if told.call_id == "at-prompt-0")
    assert end["ended_by"] == "prompt"


def test_a_queue_that_is_down_has_a_backup_and_a_missing_key_asks_nobody(
    tmp_path: Path, module: Path
) -> None:
    targets = dict.fromkeys(("HUMAN_URI", "PRIORITY_URI"), f"sip:112@127.0.0.1:{free_port()}")
    with routed(tmp_path, module, "key", free_port(), **targets) as line, answering(line):
        assert not call(line.router, "backup", calls=5, per_s=PER_S, folder=tmp_path)
        assert set(line.human.calls("backup").values()) == {"backup"}


def test_nobodys_number_is_in_the_routers_log(line: Line) -> None:
    with answering(line):
        calls(line, "logged", calls=10)
    told = line.router.log.read_text(errors="replace")
    assert "prankfilter: call=logged-1@callers to=human why=normal" in told
    assert "+6281" not in told
