"""The queue of flagged calls and one call's page: seen, heard and judged by people who signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from prankfilter.language.words import LANGUAGES
from prankfilter.privacy.accounts import Role
from prankfilter.privacy.audit import audit_drawn
from prankfilter.privacy.keyring import Purpose
from prankfilter.store.deeds import Act
from prankfilter.vocabulary import Advice, Guard, Label, Reason, Verdict
from prankfilter.wiring.review import SECOND_SHARE
from tests.api.browsing import Browser, make_account, signed_in
from tests.api.pages import faults_of, read
from tests.api.service import CANARY, Service, running
from tests.api.test_flags import flag, kept_sound, screen_with_sound
from tests.builders import ago, call_record, outcome, ruling, screening

REASONS = (
    Reason(
        feature="longest_silence_s",
        value=6.0,
        unit="s",
        contribution=1.2,
        text="Hening paling lama 6,0 detik, pada detik 1,0–7,0",
        start_s=1.0,
        end_s=7.0,
    ),
    Reason(
        feature="calls_1h_count",
        value=14.0,
        unit="count",
        contribution=-0.4,
        text="Nomor ini menelepon 14 kali dalam 1 jam terakhir",
    ),
)


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("review"), policy="queue", on_disk=True, store_audio="on") as one:
        yield one


@pytest.fixture
def ratna(desk: Service) -> Browser:
    """A supervisor; her account is named supervisor-1."""
    return signed_in(desk, Role.SUPERVISOR)


@pytest.fixture
def dewi(desk: Service) -> Browser:
    """Another one."""
    make_account(desk, Role.SUPERVISOR, "dewi")
    browser = Browser(desk)
    browser.sign_in("dewi")
    return browser


def flagged(desk: Service, call_id: str, genuine: float = 0.1, **over: Any) -> None:
    kinds = {Label.GENUINE: genuine, Label.JOKE_OR_ABUSE: 1 - genuine}
    answer = {"flagged": True, "kinds": kinds, "prank_score": 1 - genuine, "reasons": REASONS, **over}
    desk.store.remember(screening(call_record(call_id=call_id, number_tail="890"), **answer))
    desk.store.put(lambda cursor: None)


def links(page: str) -> list[str]:
    return [address for address in read(page).addresses if address.startswith("/console/calls/")]


def text_of(page: str) -> str:
    return " ".join(" ".join(read(page).texts).split())


# --- the queue --------------------------------------------------------------------------------


def test_the_likeliest_emergency_stands_on_top(desk: Service, ratna: Browser) -> None:
    flagged(desk, "sure", genuine=0.01)
    flagged(desk, "doubtful/1", genuine=0.4, guards=(Guard.SURGE,))
    page = ratna.get("/console/flags").text
    assert links(page) == ["/console/calls/doubtful%2F1", "/console/calls/sure"]
    assert "Menunggu putusan (2)" in text_of(page)
    assert "lonjakan panggilan" in text_of(page)
    assert faults_of(page) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", 2),
        ("guard=surge", 1),
        ("guard=nonsense", 2),
        ("reason=longest_silence_s", 2),
        ("kind=genuine", 0),
        ("state=ruled", 0),
        ("state=all", 2),
        ("since=2999-01-01", 0),
        ("since=neverever", 2),
        ("until=2999-01-01", 2),
        ("reviewer=budi", 0),
        ("page=99", 2),
        ("page=-1", 2),
    ],
)
def test_the_list_is_filtered_by_what_can_be_read(
    desk: Service, ratna: Browser, asked: str, found: int
) -> None:
    flagged(desk, "a")
    flagged(desk, "b", guards=(Guard.SURGE,))
    page = ratna.get(f"/console/flags?{asked}").text
    assert len(links(page)) == found
    assert faults_of(page) == []


def test_a_long_list_has_pages_that_keep_the_filter(desk: Service, ratna: Browser) -> None:
    for number in range(51):
        flagged(desk, f"call-{number}")
    page = ratna.get("/console/flags?guard=&kind=joke_or_abuse").text
    assert len(links(page)) == 50
    [onward] = [one for one in read(page).addresses if one.endswith("page=2")]
    assert "kind=joke_or_abuse" in onward
    assert len(links(ratna.get(onward).text)) == 1


def test_two_people_never_get_the_same_call(desk: Service, ratna: Browser, dewi: Browser) -> None:
    flagged(desk, "first", genuine=0.4)
    flagged(desk, "second", genuine=0.2)
    taken = []
    for browser in (ratna, dewi):
        browser.get("/console/flags")
        answer = browser.post("/console/flags/next", follow=False)
        taken.append(answer.headers["location"])
    assert taken == ["/console/calls/first", "/console/calls/second"]
    assert "ditangani supervisor-1" in text_of(dewi.get("/console/flags").text)
    dewi.get("/console/flags")
    assert "Sudah ditangani orang lain" in dewi.post("/console/flags/first/claim").text
    ratna.get("/console/flags")
    ratna.post("/console/flags/first/release")
    dewi.get("/console/flags")
    assert dewi.post("/console/flags/first/claim", follow=False).status_code == 303


def test_where_nothing_waits_the_next_one_is_none(ratna: Browser, desk: Service) -> None:
    flagged(desk, "only")
    ratna.get("/console/flags")
    desk.store.put_ruling("only", ruling())
    assert "Tidak ada lagi yang menunggu." in ratna.post("/console/flags/next").text


# --- one call ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_is_told_in_words(desk: Service, ratna: Browser, language: str) -> None:
    flagged(desk, "a", advice=Advice.VERIFY)
    desk.store.put_outcome("a", outcome(Label.CHILD_PLAY, by="budi"))
    page = Browser(desk, {**ratna.cookies, "console-language": language}).get("/console/calls/a").text
    said = text_of(page)
    assert faults_of(page) == []
    assert "•••• 890" in said and CANARY not in page
    wanted = {
        "id": ("Hening paling lama 6,0 detik", "sapaan otomatis", "tinggi", "main-main anak"),
        "en": ("Longest silence 6 seconds", "automatic greeting", "high", "child playing"),
    }
    for one in wanted[language]:
        assert one in said


def test_every_reason_is_said_in_english(desk: Service, ratna: Browser) -> None:
    flagged(desk, "a")
    page = Browser(desk, {**ratna.cookies, "console-language": "en"}).get("/console/calls/a").text
    assert "calls from this number in the last hour: 14" in text_of(page).lower()
    assert "nomor" not in text_of(page)


def test_a_call_that_nobody_screened_has_a_page_too(desk: Service, ratna: Browser) -> None:
    desk.store.put_outcome("spoken", outcome(Label.SILENT))
    page = ratna.get("/console/calls/spoken").text
    assert faults_of(page) == []
    assert "tanpa suara" in text_of(page)


def test_an_unknown_call_has_none(ratna: Browser) -> None:
    assert ratna.get("/console/calls/unheard-of").status_code == 404


def test_the_first_to_see_a_score_before_the_outcome_is_written_down(desk: Service, ratna: Browser) -> None:
    flagged(desk, "early")
    for _ in range(2):
        ratna.get("/console/calls/early")
    review = desk.state["review"]
    assert [(one.what, one.by) for one in review.shelf.deeds.about("early")] == [
        (Act.SAW_SCORE, "supervisor-1")
    ]
    assert review.has_seen("early", by="supervisor-1") and not review.has_seen("early", by="dewi")


def test_the_list_shows_scores_too(desk: Service, ratna: Browser) -> None:
    flagged(desk, "waiting")
    flagged(desk, "named")
    desk.store.put_outcome("named", outcome(Label.CHILD_PLAY, by="budi"))
    ratna.get("/console/flags")
    review = desk.state["review"]
    assert review.has_seen("waiting", by="supervisor-1")
    assert not review.has_seen("named", by="supervisor-1")


def test_a_verdict_is_kept_noted_and_can_be_taken_back(desk: Service, ratna: Browser) -> None:
    flagged(desk, "a")
    desk.store.put_outcome("a", outcome(Label.CHILD_PLAY, by="budi"))
    ratna.get("/console/calls/a")
    said = {"verdict": "confirmed", "label": "joke_or_abuse", "note": "orang dewasa"}
    page = ratna.post("/console/calls/a/verdict", said)
    assert "Putusan tersimpan." in page.text and "Urungkan" in page.text
    kept = desk.store.call("a").rulings[-1]
    assert (kept.verdict, kept.label, kept.note, kept.by) == (
        Verdict.CONFIRMED,
        Label.JOKE_OR_ABUSE,
        "orang dewasa",
        "supervisor-1",
    )
    assert "Putusan diurungkan." in ratna.post("/console/calls/a/undo").text
    assert desk.store.call("a").rulings == ()


def test_a_call_whose_incident_was_real_says_so_until_that_is_taken_back(
    desk: Service, ratna: Browser
) -> None:
    for hours, call_id in ((3, "first"), (1, "second")):
        record = call_record(
            call_id=call_id, caller=call_id, received_at=ago(hours=hours), incident_id="fire"
        )
        desk.store.remember(screening(record))
    desk.store.put(lambda cursor: None)
    review = desk.state["review"]
    review.tell("first", outcome(Label.CHILD_PLAY, by="budi", at=ago(minutes=50)))
    review.tell("second", outcome(Label.GENUINE, by="sari", at=ago(minutes=40)))
    doubted = "diragukan: panggilan lain tentang kejadian yang sama adalah darurat nyata"
    assert "kemudian ada darurat nyata dari nomor atau tentang kejadian yang sama" in (
        ratna.get("/console/flags").text
    )
    page = ratna.get("/console/calls/first").text
    assert "ada darurat nyata dari nomor ini atau tentang kejadian yang sama" in page
    assert doubted in page and "tidak lagi diragukan" not in page
    review.tell("second", outcome(Label.SILENT, by="sari", at=ago(minutes=30)))
    page = ratna.get("/console/calls/first").text
    assert doubted in page and "tidak lagi diragukan" in page


@pytest.mark.parametrize(
    "said", [{}, {"verdict": "guilty"}, {"verdict": "unsure", "label": "prank"}], ids=str
)
def test_a_form_that_was_bent_is_refused(desk: Service, ratna: Browser, said: dict[str, str]) -> None:
    flagged(desk, "a")
    ratna.get("/console/calls/a")
    assert ratna.post("/console/calls/a/verdict", said).status_code == 422
    assert desk.store.call("a").rulings == ()


def test_whoever_answered_is_not_asked_and_not_heard(desk: Service, ratna: Browser) -> None:
    flagged(desk, "own")
    desk.store.put_outcome("own", outcome(Label.CHILD_PLAY, by="supervisor-1"))
    assert links(ratna.get("/console/flags").text) == []
    page = ratna.get("/console/calls/own")
    assert "Anda menjawab panggilan ini" in page.text and "/verdict" not in page.text
    assert ratna.post("/console/calls/own/verdict", {"verdict": "confirmed"}).status_code == 403


def test_the_second_review_is_blind(desk: Service, ratna: Browser, dewi: Browser) -> None:
    key = desk.keyring.current(Purpose.AUDIT).secret
    drawn = next(
        f"call-{number}"
        for number in count()
        if audit_drawn(f"second review of call-{number}", SECOND_SHARE, key)
    )
    flagged(desk, drawn)
    ratna.get(f"/console/calls/{drawn}")
    ratna.post(f"/console/calls/{drawn}/verdict", {"verdict": "overturned", "note": "jelas bukan prank"})
    assert links(ratna.get("/console/flags?state=second").text) == []
    assert links(dewi.get("/console/flags?state=second").text) == [f"/console/calls/{drawn}"]
    page = dewi.get(f"/console/calls/{drawn}").text
    assert "putusan orang pertama tidak ditampilkan" in page
    assert "jelas bukan prank" not in page and "supervisor-1 · putusan" not in text_of(page)
    dewi.post(f"/console/calls/{drawn}/verdict", {"verdict": "confirmed"})
    flag = desk.state["review"].flag(drawn)
    assert (flag.verdict, flag.second_verdict, flag.second_by) == (
        Verdict.OVERTURNED,
        Verdict.CONFIRMED,
        "dewi",
    )
    assert "jelas bukan prank" in dewi.get(f"/console/calls/{drawn}").text


def test_an_incident_is_seen_and_closed_with_what_was_found(desk: Service, ratna: Browser) -> None:
    flagged(desk, "a", advice=Advice.VERIFY)
    ratna.get("/console/calls/a")
    page = ratna.post("/console/calls/a/verdict", {"verdict": "was_emergency"})
    assert "Insiden keselamatan terbuka" in page.text and "Urungkan" not in page.text
    assert desk.store.switched_off(None)
    assert ratna.post("/console/calls/a/incident", {"note": ""}).status_code == 422
    ratna.get("/console/calls/a")
    page = ratna.post("/console/calls/a/incident", {"note": "unit tiba tepat waktu"})
    assert "Insiden ditutup." in page.text and "unit tiba tepat waktu" in page.text


def test_a_number_is_cleared_with_a_reason(desk: Service, ratna: Browser) -> None:
    flagged(desk, "before")
    flagged(desk, "a")
    caller = desk.store.call("a").record.caller
    page = ratna.get("/console/calls/a")
    assert "/console/calls/a/clear" in page.text
    assert ratna.post("/console/calls/a/clear", {"reason": " "}).status_code == 422
    ratna.get("/console/calls/a")
    assert "tidak lagi diperhitungkan" in ratna.post("/console/calls/a/clear", {"reason": "rumah sakit"}).text
    assert [one.caller for one in desk.store.clearings(until=desk.state["site"].now())] == [caller]


# --- sound ------------------------------------------------------------------------------------


@pytest.fixture
def sounding(desk: Service) -> Service:
    """One whose call "a" was flagged with sound."""
    flag(desk, 0.9)
    screen_with_sound(desk, "a")
    kept_sound(desk)
    return desk


def test_sound_is_seen_and_heard(sounding: Service, ratna: Browser) -> None:
    page = ratna.get("/console/calls/a").text
    assert {"/console/calls/a/outline.svg", "/console/calls/a/audio"} <= set(read(page).addresses)
    assert ratna.get("/console/calls/a/outline.svg").text.startswith("<svg")
    assert ratna.get("/console/calls/a/spectrogram.png").content.startswith(b"\x89PNG")
    assert ratna.get("/console/calls/a/quiet.json").json() == []
    deeds = sounding.state["review"].shelf.deeds
    assert Act.LISTENED not in [one.what for one in deeds.about("a")]
    heard = ratna.get("/console/calls/a/audio", range="bytes=0-43")
    assert (heard.status_code, heard.content[:4]) == (206, b"RIFF")
    assert [one.by for one in deeds.about("a") if one.what is Act.LISTENED] == ["supervisor-1"]
    assert "mendengarkan rekaman" in text_of(ratna.get("/console/calls/a").text)


def test_a_shift_lead_reads_and_does_not_hear(sounding: Service) -> None:
    lead = signed_in(sounding, Role.SHIFT_LEAD)
    page = lead.get("/console/calls/a").text
    assert "Rekaman hanya untuk supervisor dan auditor." in page
    assert not re.search(r"<audio|/verdict", page)
    assert lead.get("/console/calls/a/audio").status_code == 403
