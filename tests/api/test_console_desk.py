"""The desk: what was taken is named with one click, and nothing there biases whoever names it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prankfilter_api.console.notices import NOTICES
from prankfilter_api.console.routes.desk import OFFERED

from prankfilter.language import names
from prankfilter.language.words import LANGUAGES
from prankfilter.privacy.accounts import Role
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.routing.guards import GUARDS
from prankfilter.store.deeds import Act, Deed, Deeds
from prankfilter.vocabulary import Advice, Guard, Label, OwedFor, Reason
from tests.api.browsing import Browser, Clock, signed_in
from tests.api.pages import faults_of
from tests.api.service import CANARY, Service, running
from tests.builders import NOW, call_record, outcome, screening

E164 = "+6281234567890"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("desk"), on_disk=True, policy="queue") as one:
        one.state["site"].now = clock
        yield one


@pytest.fixture
def taker(desk: Service) -> Browser:
    return signed_in(desk, Role.CALL_TAKER)


def ring(service: Service, call_id: str, *, before: dt.timedelta = dt.timedelta(0), **over: Any) -> None:
    """Let a call be screened, as the router would; durable on return."""
    decided = {name: over.pop(name) for name in ("advice", "guards", "reasons", "flagged") if name in over}
    record = call_record(**{"call_id": call_id, "received_at": NOW - before} | over)
    service.store.put_record(record)
    service.store.remember(screening(record, **decided))
    service.store.put_facts(call_id, {"trunk": "trunk-1"}, by="router", at=NOW)


def tell(browser: Browser, call_id: str, label: Label, **fields: str) -> httpx.Response:
    browser.get("/console/desk")
    return browser.post("/console/desk/outcome", {"call_id": call_id, "label": label.value, **fields})


# --- SAFETY rule 12 ------------------------------------------------------------------------------

GIVEN_AWAY = re.compile(
    r"prank|skor|score|suspicion|curiga|merah|danger|alasan|reason|mungkin suara anak|child's voice"
    r"|didahulukan|put first|tinggi\b|rendah\b|0,97|0\.97|97\s?%",
    re.IGNORECASE,
)


def everything_a_desk_shows(browser: Browser) -> list[str]:
    """All pages and parts of pages of a desk, as they are sent."""
    shown = [browser.get("/console/desk").text]
    shown += [browser.get(f"/console/desk?done={done}").text for done in NOTICES]
    shown.append(browser.get("/console/desk/new?after=0").text)
    shown.append(browser.get("/console/desk/call?id=told").text)
    shown.append(browser.get("/console/desk/call?id=judged").text)
    browser.get("/console/desk")
    shown.append(browser.post("/console/desk/call-back", {"call_id": "owed"}).text)
    browser.get("/console/desk")
    shown.append(tell(browser, "owed", Label.GENUINE, number="bukan nomor").text)
    shown.append(tell(browser, "told", Label.SILENT).text)
    return shown


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("advice", Advice)
def test_no_display_biases_a_call_taker(desk: Service, taker: Browser, advice: Advice, language: str) -> None:
    """SAFETY rule 12, over all advices: each with everything that a decision can say."""
    taker.cookies["console-language"] = language
    reason = Reason(
        feature="child_voice_probability",
        value=0.97,
        unit="probability",
        contribution=2.0,
        text="Mungkin suara anak: 97%",
        start_s=0.5,
        end_s=2.0,
    )
    told = {"advice": advice, "guards": tuple(Guard), "reasons": (reason,), "prank_score": 0.97}
    for call_id in ("judged", "told", "owed"):
        record = call_record(call_id=call_id)
        desk.store.put_record(record)
        desk.store.remember(screening(record, flagged=True, call_suspicion=97, **told))
    desk.store.put_outcome("told", outcome(Label.JOKE_OR_ABUSE, by="call-taker-1", at=NOW))
    desk.store.put_outcome("owed", outcome(Label.GENUINE, cut_off=True, by="budi", at=NOW))
    desk.state["call_backs"].settle("owed", number=E164, at=NOW)
    shown = everything_a_desk_shows(taker)
    assert all("<button" in page or "hx-get" in page for page in shown)
    for page in shown:
        bare = re.sub(r'(href|src|content|name="token" value)="[^"]*"', "", page)
        assert GIVEN_AWAY.findall(bare) == []
        assert not any(row.says in page for row in GUARDS)
        assert not any(names.GUARDS[guard] in page for guard in Guard if guard is not Guard.SURGE)
    assert any("judged" in page for page in shown)


def test_an_outcome_says_truthfully_whether_the_score_had_been_seen(desk: Service, taker: Browser) -> None:
    ring(desk, "one")
    ring(desk, "two")
    tell(taker, "one", Label.GENUINE)
    lead = signed_in(desk, Role.SHIFT_LEAD)
    Deeds(desk.store).put(Deed(at=NOW, by="shift-lead-1", what=Act.SAW_SCORE, call_id="two"))
    tell(lead, "two", Label.GENUINE)
    first, second = desk.store.call("one").outcomes[-1], desk.store.call("two").outcomes[-1]
    assert (first.advice_shown, first.by) == (False, "call-taker-1")
    assert (second.advice_shown, second.by) == (True, "shift-lead-1")


# --- naming calls --------------------------------------------------------------------------------


def test_one_click_names_the_call_just_taken(desk: Service, taker: Browser) -> None:
    ring(desk, "older", before=dt.timedelta(minutes=4), caller="caller-2")
    ring(desk, "newest")
    page = taker.get("/console/desk").text
    assert page.index('value="newest"') < page.index('value="older"')
    assert page.count("<details open>") == 1
    assert "•••• 890" in page and "cell-1" in page and "10.30.00" in page
    done = tell(taker, "newest", Label.ACCIDENTAL)
    assert "Tersimpan." in done.text and 'value="newest"' not in done.text
    said = desk.store.call("newest").outcomes[-1]
    assert (said.label, said.by, said.at, said.cut_off) == (Label.ACCIDENTAL, "call-taker-1", NOW, None)


def test_every_label_but_never_answered_has_its_button(desk: Service, taker: Browser) -> None:
    ring(desk, "one")
    page = taker.get("/console/desk").text
    assert set(OFFERED) == set(Label) - {Label.ABANDONED}
    for label in OFFERED:
        assert f'value="{label.value}">{names.LABELS[label]}</button>' in page


def test_what_one_said_can_be_mended_and_both_are_kept(desk: Service, taker: Browser) -> None:
    ring(desk, "one")
    page = tell(taker, "one", Label.SILENT).text
    assert "Baru Anda catat" in page and "/console/desk/call?id=one" in page
    tell(taker, "one", Label.GENUINE)
    assert [said.label for said in desk.store.call("one").outcomes] == [Label.SILENT, Label.GENUINE]


def test_a_cut_off_call_with_its_number_is_owed_a_call_back(desk: Service, taker: Browser) -> None:
    ring(desk, "one")
    page = tell(taker, "one", Label.GENUINE, cut_off="yes", number="0812-3456-7890", note="suara panik").text
    assert names.OWED_FOR[OwedFor.CUT_OFF] in page
    said = desk.store.call("one").outcomes[-1]
    assert (said.cut_off, said.note) == (True, "suara panik")
    assert desk.store.debt("one").number is not None


def test_calls_of_before_the_router_are_recorded_by_the_desk(desk: Service, taker: Browser) -> None:
    """Step 1 of adoption: browsers at the desks, and nothing else."""
    page = taker.get("/console/desk").text
    call_id = re.search(r'value="(desk-\d{8}-[0-9a-f]{12})"', page)
    assert call_id
    fields = {"call_id": call_id[1], "is_new": "yes", "label": "genuine", "number": CANARY}
    for _ in range(2):
        assert taker.post("/console/desk/outcome", fields).status_code == 200
    kept = desk.store.call(call_id[1])
    assert kept.record.caller == Pseudonymiser(desk.keyring).pseudonym(E164)
    assert (kept.record.number_tail, kept.record.source, len(kept.outcomes)) == ("890", "desk", 1)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"call_id": "nowhere", "label": "genuine"}, 404),
        ({"call_id": "one", "label": "no-such"}, 404),
        ({"call_id": "", "label": "genuine"}, 404),
        ({"call_id": "one", "label": "genuine", "number": "bukan nomor"}, 422),
        ({"call_id": "made-up", "is_new": "yes", "label": "genuine"}, 422),
    ],
)
def test_what_cannot_be_kept_is_refused_whole(
    desk: Service, taker: Browser, fields: dict[str, str], status: int
) -> None:
    ring(desk, "one")
    taker.get("/console/desk")
    answer = taker.post("/console/desk/outcome", fields)
    assert answer.status_code == status
    assert "bukan nomor" not in answer.text
    assert not desk.store.call("one").outcomes and desk.store.call("made-up") is None


def test_new_calls_arrive_and_those_that_others_named_leave(desk: Service, taker: Browser) -> None:
    ring(desk, "first", before=dt.timedelta(minutes=1))
    ring(desk, "second", before=dt.timedelta(seconds=30))
    page = taker.get("/console/desk").text
    after = re.search(r"after=(\d+)", page)
    assert after
    ring(desk, "third")
    desk.store.put_outcome("first", outcome(Label.SILENT, by="budi"))
    part = taker.get(f"/console/desk/new?live=1&after={after[1]}&call_id=first&call_id=second").text
    assert 'value="third"' in part and 'value="second"' not in part
    assert part.count('hx-swap-oob="delete"') == 1
    assert f"after={int(after[1]) + 30_000_000}" in part
    for wrong in ("x", "-1", str(2**60)):
        assert taker.get(f"/console/desk/new?after={wrong}").status_code == 404


def test_calls_that_nobody_names_leave_after_half_an_hour_and_the_services_own_never_come(
    desk: Service, taker: Browser, clock: Clock
) -> None:
    ring(desk, "one")
    ring(desk, "ours", priority="psap-callback")
    page = taker.get("/console/desk").text
    assert 'value="one"' in page and 'value="ours"' not in page
    clock.pass_(minutes=29)
    assert 'value="one"' in taker.get("/console/desk").text
    clock.pass_(minutes=2)
    assert 'value="one"' not in taker.get("/console/desk").text


# --- facts that raise care -----------------------------------------------------------------------


def cares_of(browser: Browser) -> list[str]:
    found = re.search(r'<ul class="care">(.*?)</ul>', browser.get("/console/desk").text, re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", found[1]) if found else []


def test_an_ordinary_call_raises_none(desk: Service, taker: Browser) -> None:
    ring(desk, "earlier", before=dt.timedelta(minutes=20))
    desk.store.put_outcome("earlier", outcome(Label.JOKE_OR_ABUSE))
    ring(desk, "one")
    assert cares_of(taker) == []


def test_facts_that_raise_care(desk: Service, taker: Browser) -> None:
    ring(desk, "genuine", before=dt.timedelta(days=3))
    desk.store.put_outcome("genuine", outcome(Label.GENUINE, at=NOW - dt.timedelta(days=3)))
    ring(desk, "cut", before=dt.timedelta(minutes=2))
    desk.store.put_outcome("cut", outcome(Label.UNKNOWN, cut_off=True, at=NOW))
    desk.state["call_backs"].settle("cut", number=None, at=NOW)
    for number in range(12):
        ring(desk, f"neighbour-{number}", before=dt.timedelta(minutes=5), caller=f"caller-{number + 10}")
    ring(desk, "one")
    assert cares_of(taker) == [
        "panggilan lagi dari nomor ini dalam 3 menit",
        "masih menunggu panggil balik",
        "sebelumnya melaporkan darurat nyata",
        "lonjakan panggilan di wilayah ini",
    ]


# --- call-backs (rule 15) ------------------------------------------------------------------------


def owe(service: Service, call_id: str, *, number: str | None = E164, **said: Any) -> None:
    ring(service, call_id)
    service.store.put_outcome(call_id, outcome(**{"is_": Label.UNKNOWN} | said))
    service.state["call_backs"].settle(call_id, number=number, at=NOW)


def test_call_backs_stand_in_their_order(desk: Service, taker: Browser) -> None:
    owe(desk, "d", is_=Label.ABANDONED, ended_by="caller")
    owe(desk, "c", is_=Label.ABANDONED, ended_by="centre")
    owe(desk, "b", cut_off=True)
    owe(desk, "a", is_=Label.ABANDONED, ended_by="prompt")
    page = taker.get("/console/desk").text
    part = page[page.index('id="owed"') :]
    assert re.findall(r'name="call_id" value="(.)"', part) == ["a", "b", "c", "d"]


def test_the_number_is_for_the_claimer_only_and_that_is_recorded(desk: Service, taker: Browser) -> None:
    owe(desk, "one", cut_off=True)
    assert E164 not in taker.get("/console/desk").text
    assert E164 in taker.post("/console/desk/call-back", {"call_id": "one"}).text
    other = signed_in(desk, Role.SHIFT_LEAD)
    page = other.get("/console/desk").text
    assert "ditangani call-taker-1" in page and E164 not in page
    refused = other.post("/console/desk/call-back", {"call_id": "one"})
    assert refused.status_code == 409 and E164 not in refused.text
    claims = [one for one in desk.store.call("one").changes if one.details.get("act") == "claim"]
    assert [one.by for one in claims] == ["call-taker-1"]


def test_two_attempts_close_it_and_so_does_an_answer(desk: Service, taker: Browser) -> None:
    for call_id, results in (("twice", ["not_reached", "not_reached"]), ("once", ["reached"])):
        owe(desk, call_id, cut_off=True)
        for attempt, result in enumerate(results, start=1):
            taker.get("/console/desk")
            page = taker.post("/console/desk/call-back", {"call_id": call_id})
            assert f'name="attempt" value="{attempt}"' in page.text
            fields = {"call_id": call_id, "attempt": str(attempt), "result": result, "note": "tidak diangkat"}
            taker.post("/console/desk/call-back/result", fields)
        debt = desk.store.debt(call_id)
        assert (debt.result, debt.number) == (results[-1], None) and debt.closed_at is not None


def test_without_a_number_it_says_so_and_where_the_call_came_from(desk: Service, taker: Browser) -> None:
    owe(desk, "one", number=None, cut_off=True)
    taker.get("/console/desk")
    page = taker.post("/console/desk/call-back", {"call_id": "one"}).text
    assert "Tidak dapat dipanggil balik" in page and "cell-1" in page
    assert 'value="reached"' not in page and 'value="impossible"' in page
    assert faults_of(page) == []


# --- the off switch (rule 10) --------------------------------------------------------------------


def test_anyone_on_shift_switches_off_with_one_click_and_a_supervisor_on_with_a_reason(
    desk: Service, taker: Browser
) -> None:
    assert "Matikan sekarang" in taker.get("/console/desk").text
    page = taker.post("/console/switch/off", {"next": "/console/desk"})
    assert str(page.url).endswith("/console/desk?done=switched_off")
    assert "Matikan sekarang" not in page.text and desk.store.switched_off(None)
    supervisor = signed_in(desk, Role.SUPERVISOR)
    supervisor.get("/console/desk")
    assert supervisor.post("/console/switch/on", {"centre_id": "", "reason": " "}).status_code == 422
    assert desk.store.switched_off(None)
    supervisor.get("/console/desk")
    supervisor.post("/console/switch/on", {"centre_id": "", "reason": "gangguan selesai"})
    assert not desk.store.switched_off(None)


def test_under_observe_there_is_nothing_to_switch(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("observe"), on_disk=True) as one:
        page = signed_in(one, Role.CALL_TAKER).get("/console/desk").text
    assert "mode pengamatan" in page and "Matikan sekarang" not in page


# --- several centres on one service --------------------------------------------------------------


def keep_to(browser: Browser, centre_id: str) -> str:
    browser.get("/console/desk")
    return browser.post("/console/desk/centre", {"centre_id": centre_id}).text


def shown(page: str) -> set[str]:
    return {name for name in ("here", "there", "anywhere") if f'value="{name}"' in page}


def test_a_desk_may_keep_to_its_centre(desk: Service, taker: Browser) -> None:
    ring(desk, "here", centre_id="penajam & paser")
    assert "/console/desk/centre" not in taker.get("/console/desk").text, "one centre is no choice"
    ring(desk, "there", centre_id="purworejo")
    ring(desk, "anywhere", centre_id=None)
    assert shown(taker.get("/console/desk").text) == {"here", "there", "anywhere"}
    page = keep_to(taker, "penajam & paser")
    assert shown(page) == {"here", "anywhere"} and "<option selected>penajam &amp; paser</option>" in page
    assert shown(taker.get("/console/desk/new?after=0").text) == {"here", "anywhere"}
    assert shown(keep_to(taker, "")) == {"here", "there", "anywhere"}
    # One that had no call for long is still left again.
    page = keep_to(taker, "balikpapan")
    assert shown(page) == {"anywhere"} and "<option selected>balikpapan</option>" in page


def test_call_backs_of_other_centres_are_left_to_them(desk: Service, taker: Browser) -> None:
    for call_id, centre_id in (("here", "penajam"), ("there", "purworejo"), ("anywhere", None)):
        ring(desk, call_id, centre_id=centre_id)
        desk.store.put_outcome(call_id, outcome(Label.GENUINE, cut_off=True, by="budi", at=NOW))
        desk.state["call_backs"].settle(call_id, number=E164, at=NOW)
    assert shown(taker.get("/console/desk").text) == {"here", "there", "anywhere"}
    assert shown(keep_to(taker, "penajam")) == {"here", "anywhere"}


@pytest.mark.parametrize("centre_id", ["<script>", "a;b=c", "é\r\nSet-Cookie: x=y", "x" * 900])
def test_whatever_a_centre_is_called_does_no_harm(desk: Service, taker: Browser, centre_id: str) -> None:
    page = keep_to(taker, centre_id)
    assert "<script>" not in page.split("<main")[1] and shown(page) == set()
    assert "x" not in taker.cookies
