"""The console in a real browser: real journeys, every page at three widths, with and without scripts."""

from __future__ import annotations

import datetime as dt
import http.client
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import NAMES, WIDTHS, Demo, Visit, chromium, demonstration, pages_of

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Demo]:
    with demonstration(tmp_path_factory.mktemp("demo")) as one:
        yield one


@pytest.fixture
def visit(browser: Browser, demo: Demo) -> Iterator[Visit]:
    one = Visit.of(browser, demo)
    yield one
    one.close()


def ask(demo: Demo, method: str, path: str, scope: str, body: Any = None) -> Any:
    """Ask the service as a router or a supervisor's program would."""
    line = http.client.HTTPConnection(urlsplit(demo.address).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {demo.keys[scope]}", "Content-Type": "application/json"}
    line.request(method, path, None if body is None else json.dumps(body), headers)
    answer = line.getresponse()
    text = answer.read()
    line.close()
    assert answer.status < 300, text
    return json.loads(text)


def ring(demo: Demo, call_id: str, number: str) -> None:
    """Let a call come in now."""
    call = {
        "received_at": dt.datetime.now(dt.UTC).isoformat(),
        "calling_number": number,
        "number_kind": "asserted",
        "cell_id": "510-10-4101-9",
        "calls_waiting": 0,
    }
    ask(demo, "POST", f"/v1/calls/{quote(call_id, safe='')}/screening", "router", call)


def open_all(page: Page) -> None:
    """Open whatever on a page is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def received(page: Page) -> Locator:
    """How many calls the shift has had, as the page shows it."""
    return page.locator("dl.tiles > div", has=page.locator("dt", has_text="Diterima")).locator("dd")


# --- journeys ------------------------------------------------------------------------------------


def test_a_supervisor_signs_in_by_keyboard_and_watches_the_shift_live(visit: Visit, demo: Demo) -> None:
    page = visit.open("/console/")
    page.keyboard.type(NAMES["supervisor"])
    page.keyboard.press("Tab")
    page.keyboard.type(demo.password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Sif ini")
    before = int(received(page).inner_text().replace(".", ""))
    page.evaluate("window.notReloaded = true")
    ring(demo, "live/1", "+6281290000001")
    expect(received(page)).to_have_text(str(before + 1), timeout=60_000)
    assert page.evaluate("window.notReloaded"), "the number came without loading the page anew"
    assert (visit.complaints, visit.elsewhere) == ([], [])


def test_old_numbers_do_not_look_new(visit: Visit) -> None:
    page = visit.sign_in("supervisor")
    expect(page.locator("[data-stale]")).to_be_hidden()
    page.route("**/console/?live=1", lambda route: route.abort())
    expect(page.locator("[data-stale]")).to_be_visible(timeout=60_000)
    page.unroute("**/console/?live=1")
    expect(page.locator("[data-stale]")).to_be_hidden(timeout=60_000)


def test_a_call_taker_names_a_call_that_arrives_with_one_click(visit: Visit, demo: Demo) -> None:
    page = visit.sign_in("call_taker")
    page.evaluate("window.notReloaded = true")
    open_all(page)
    page.fill("#note-new", "belum selesai diketik")
    ring(demo, "desk/1", "+6281290000777")
    call = page.locator("li.call", has=page.locator("input[value='desk/1']"))
    expect(call.locator("button", has_text="darurat nyata")).to_be_visible(timeout=60_000)
    assert page.evaluate("window.notReloaded")
    # What somebody was typing is still there.
    assert page.input_value("#note-new") == "belum selesai diketik"
    with page.expect_navigation():
        call.locator("button", has_text="darurat nyata").click()
    expect(page.locator("[role=status]")).to_have_text("Tersimpan.")
    said = ask(demo, "GET", "/v1/calls/desk%2F1", "supervisor")["outcome"]
    assert (said["label"], said["by"], said["advice_shown"]) == ("genuine", NAMES["call_taker"], False)
    assert (visit.complaints, visit.elsewhere) == ([], [])


def test_what_a_colleague_named_leaves_the_other_desks(browser: Browser, demo: Demo) -> None:
    ring(demo, "shared/1", "+6281290000888")
    mine, other = (Visit.of(browser, demo) for _ in range(2))
    first, second = mine.sign_in("call_taker"), other.sign_in("shift_lead")
    other.open("/console/desk")
    shared = "li.call:has(input[value='shared/1'])"
    expect(second.locator(shared)).to_have_count(1)
    open_all(first)
    first.locator(f"{shared} button", has_text="tanpa suara").click()
    expect(second.locator(shared)).to_have_count(0, timeout=60_000)
    mine.close()
    other.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_at_a_desk_is_red(browser: Browser, demo: Demo, scheme: Any) -> None:
    """SAFETY rule 12: no red colour before the outcome is saved, whatever the advice was."""
    visit = Visit.of(browser, demo, color_scheme=scheme)
    page = visit.sign_in("call_taker")
    open_all(page)
    shots = [page.screenshot(full_page=True)]
    if page.locator(".owed button").count():
        page.locator(".owed button").first.click()
        page.wait_for_load_state()
        shots.append(page.screenshot(full_page=True))
    assert [_red_pixels(shot) for shot in shots] == [0] * len(shots)
    visit.close()


def _red_pixels(shot: bytes) -> int:
    hue, saturation, value = np.moveaxis(np.asarray(Image.open(io.BytesIO(shot)).convert("HSV")), 2, 0)
    # Hues are 0 to 255; amber begins at about 21.
    red = (hue < 14) | (hue > 241)
    return int((red & (saturation > 90) & (value > 60)).sum())


def test_everything_works_without_scripts(browser: Browser, demo: Demo) -> None:
    visit = Visit.of(browser, demo, java_script_enabled=False)
    ring(demo, "plain/1", "+6281290000999")
    page = visit.sign_in("call_taker")
    call = page.locator("li.call", has=page.locator("input[value='plain/1']"))
    call.locator("button", has_text="salah pencet").click()
    expect(page.locator("[role=status]")).to_have_text("Tersimpan.")
    page.get_by_role("button", name="Matikan sekarang").click()
    expect(page.locator("[role=status]")).to_contain_text("Sapaan otomatis dimatikan")
    page.get_by_role("button", name="Keluar").click()
    page = visit.sign_in("supervisor")
    page.locator("input[name=reason]").fill("pemeriksaan selesai")
    page.get_by_role("button", name="Hidupkan lagi").click()
    expect(page.locator("[role=status]")).to_have_text("Sapaan otomatis dihidupkan lagi.")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("This shift")
    visit.close()


# --- review ----------------------------------------------------------------------------------------


def flagged_with_sound(visit: Visit) -> str:
    """The address of a flagged call whose sound is kept and that nobody ruled on."""
    page = visit.open("/console/flags")
    links = page.locator("table.rows a")
    addresses = [str(links.nth(number).get_attribute("href")) for number in range(links.count())]
    for address in addresses:
        visit.open(address)
        if page.locator(".player").count():
            return address
    raise AssertionError("no flagged call of the demonstration has sound")


def test_a_supervisor_hears_rules_takes_back_and_rules_again_by_keyboard(visit: Visit, demo: Demo) -> None:
    page = visit.sign_in("supervisor")
    address = flagged_with_sound(visit)
    call_id = unquote(address.removeprefix("/console/calls/"))
    expect(page.locator(".outline")).to_be_visible()
    # Resolves when the sound begins to play.
    page.evaluate("document.querySelector('audio').play()")
    page.keyboard.press("1")
    expect(page.locator(".undo")).to_be_visible()
    assert (
        ask(demo, "GET", f"/v1/calls/{quote(call_id, safe='')}", "supervisor")["verdict"]["verdict"]
        == "confirmed"
    )
    page.keyboard.press("z")
    expect(page.locator("[role=status]").first).to_have_text("Putusan diurungkan.")
    page.locator("[data-keys-on]").uncheck()
    page.keyboard.press("3")
    expect(page.locator(".undo")).to_have_count(0)
    page.fill("input[name=note]", "sudah didengar")
    page.get_by_role("button", name="ragu").click()
    expect(page.locator(".undo")).to_be_visible()
    kept = ask(demo, "GET", f"/v1/calls/{quote(call_id, safe='')}", "supervisor")
    assert (kept["verdict"]["verdict"], kept["verdict"]["note"]) == ("unsure", "sudah didengar")
    assert "mendengarkan rekaman" in page.locator(".trail").inner_text()
    assert (visit.complaints, visit.elsewhere) == ([], [])


# --- every page ----------------------------------------------------------------------------------


QUEUES = tuple(f"/console/flags?state={state}" for state in ("open", "second", "ruled", "all"))
REPORTS = tuple(f"/console/reports?kind={kind}" for kind in ("daily", "monthly", "outreach"))

ALSO = {
    "call_taker": ("/console/password",),
    "supervisor": (*QUEUES[1:], *REPORTS, "/console/?back=1", "/console/callers?days=30"),
}
"""Pages that are in no menu."""

LAST_OF = {
    "supervisor": (*QUEUES[:3], "/console/incidents", "/console/callbacks"),
    "call_taker": ("/console/desk",),
    "data_staff": ("/console/models",),
}
"""Lists whose entries are pages of their own; the last of each is looked at."""


def pages_for(visit: Visit, role: str) -> Iterator[str]:
    """The addresses of every page that somebody of a role can see."""
    yield from pages_of(visit.sign_in(role))
    yield from ALSO.get(role, ())
    for listed in LAST_OF.get(role, ()):
        links = visit.open(listed).locator("main .rows tbody a, article h2 a, ul.own a")
        if links.count():
            found = str(links.last.get_attribute("href"))
            yield found
            if role == "data_staff":
                yield f"{found}?ask=yes"


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_for_everybody(browser: Browser, demo: Demo, width: int) -> None:
    """At three widths, light, dark and on paper, whatever is folded being open: axe-core finds nothing,
    nothing is cut off or too low to be pressed, no script or style is refused, and no request leaves."""
    found: list[str] = []
    seen: set[str] = set()
    for role in NAMES:
        visit = Visit.of(browser, demo, width=width)
        for address in pages_for(visit, role):
            if address in seen:
                continue
            seen.add(address)
            open_all(visit.open(address))
            found += [f"{address} at {width} px: too wide"] * (visit.overflow_px() > 0)
            found += [f"{address} at {width} px: {one}" for one in visit.small_targets()]
            for media, scheme in (("screen", "light"), ("screen", "dark"), ("print", "light")):
                visit.page.emulate_media(media=media, color_scheme=scheme)
                found += [f"{media}, {scheme}, {width} px: {one}" for one in visit.findings()]
            visit.page.emulate_media(media="screen", color_scheme="light")
        found += visit.complaints + visit.elsewhere
        visit.close()
    assert len(seen) >= 25
    assert not found, "\n".join(found)


def test_the_demonstration_fills_every_page(browser: Browser, demo: Demo) -> None:
    empty = []
    for role in NAMES:
        visit = Visit.of(browser, demo)
        addresses = [*pages_of(visit.sign_in(role)), *(QUEUES if role == "supervisor" else ())]
        # A report says so where nothing happened in its shift, which no demonstration can help.
        for address in (one for one in addresses if one != "/console/reports"):
            said = visit.open(address).locator(".empty")
            empty += [f"{role}, {address}: {text}" for text in said.all_inner_texts()]
        visit.close()
    assert empty == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_way_in_is_for_everybody(browser: Browser, demo: Demo, width: int) -> None:
    visit = Visit.of(browser, demo, width=width)
    for address in ("/console/login", "/console/nothing-like-it"):
        visit.open(address)
        assert visit.findings() == []
        assert (visit.overflow_px(), visit.small_targets()) == (0, [])
    visit.close()
