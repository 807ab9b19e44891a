"""What holds for every page: rights, forms, headers, assets, languages, sound HTML."""

from __future__ import annotations

import gzip
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from prankfilter_api.console import later
from prankfilter_api.console.assets import FOLDER
from prankfilter_api.console.mounting import console_routes

from prankfilter.errors import StoreUnavailable
from prankfilter.language.words import LANGUAGES
from prankfilter.privacy.accounts import ROLE_NAMES_ID, ROLES_ALLOWED, Role
from prankfilter.privacy.api_keys import ALLOWED, Action
from tests.api.browsing import Browser, signed_in
from tests.api.pages import PAGES, TEMPLATES, faults_of, read
from tests.api.service import CANARY, Service, log_text, running

MOST_COMPRESSED_BYTES = 100_000

TERMS = {"PR-AUC"}
"""The same in every language."""

ROUTES = {
    (method, route.path_format): route
    for route in console_routes()
    if isinstance(route, APIRoute)
    for method in route.methods
}
FILES = {"/console/reports/file"}
"""No page: a report to take along, held to the page in test_console_reports.py."""

READABLE = [
    address for method, address in ROUTES if method == "GET" and "{" not in address and address not in FILES
]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("pages"), on_disk=True) as one:
        yield one


@pytest.fixture(scope="module")
def browsers(console: Service) -> dict[Role, Browser]:
    return {role: signed_in(console, role) for role in Role}


def _address(template: str) -> str:
    return re.sub(r"\{[^}]*\}", "nothing-like-it", template)


# --- rights --------------------------------------------------------------------------------------


def test_every_page_says_whom_it_is_for() -> None:
    assert {(method, path.replace(":path}", "}")) for method, path in PAGES} == set(ROUTES)


def test_every_action_has_a_row_for_keys_and_for_roles() -> None:
    assert set(ALLOWED) == set(ROLES_ALLOWED) == set(Action)
    assert set(ROLE_NAMES_ID) == set(Role)


def test_nobody_both_rules_on_calls_and_chooses_the_model() -> None:
    assert not ROLES_ALLOWED[Action.GIVE_VERDICT] & ROLES_ALLOWED[Action.MANAGE_MODELS]
    assert ROLES_ALLOWED[Action.SWITCH_ON] == {Role.SUPERVISOR}
    assert Role.CALL_TAKER not in ROLES_ALLOWED[Action.READ_CALL] | ROLES_ALLOWED[Action.READ_FLAGS]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("method", "address"), [page for page, roles in PAGES.items() if roles is not None])
def test_rights(browsers: dict[Role, Browser], role: Role, method: str, address: str) -> None:
    roles, browser = PAGES[method, address], browsers[role]
    assert roles is not None
    if method == "GET":
        status = browser.get(_address(address), follow=False).status_code
        assert (status != 403) is (role in roles)
    elif role not in roles:
        # Whose form would be good: the right is what is missing.
        browser.get("/console/nothing", follow=False)
        answer = browser.post(_address(address), token=_token_of(browser), follow=False)
        assert answer.status_code == 403
        assert "bukan untuk peran Anda" in answer.text


def _token_of(browser: Browser) -> str:
    site = browser.service.state["site"]
    return str(site.tokens.of_form(browser.cookies["console"]))


@pytest.mark.parametrize(("method", "address"), [page for page, roles in PAGES.items() if roles is not None])
def test_nobody_gets_in_without_signing_in(console: Service, method: str, address: str) -> None:
    browser = Browser(console)
    browser.get("/console/login")
    answer = browser.get(_address(address), follow=False)
    if method == "POST":
        answer = browser.post(_address(address), token="k1:0", follow=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/login")


# --- forms ---------------------------------------------------------------------------------------

POSTS = [address for method, address in PAGES if method == "POST" and "path" not in address]


@pytest.mark.parametrize("address", POSTS)
@pytest.mark.parametrize("forged", ["none", "guessed", "of somebody else", "from elsewhere", "no form"])
def test_a_form_that_was_not_shown_changes_nothing(
    console: Service, browsers: dict[Role, Browser], address: str, forged: str
) -> None:
    roles = PAGES["POST", address] or frozenset()
    # Sets have no order of their own: whose form it is must not change from run to run.
    role = min(roles) if roles else None
    browser = Browser(console) if role is None else browsers[role]
    browser.get("/console/login")
    own, other = browser.token, browsers[Role.AUDITOR if role is not Role.AUDITOR else Role.SUPERVISOR]
    if roles:
        own = _token_of(browser)
    token = {"none": "", "guessed": "k1:" + 64 * "0", "of somebody else": _token_of(other)}.get(forged, own)
    headers = {"from elsewhere": {"sec_fetch_site": "cross-site"}, "no form": {"content_type": "text/plain"}}
    answer = browser.post(_address(address), token=token, follow=False, **headers.get(forged, {}))
    assert answer.status_code == (400 if forged == "no form" else 403)
    assert "Tidak ada yang tersimpan" in answer.text


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_every_form_that_changes_something_holds_its_token(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL):
        assert ('method="post"' in form) is ('{% include "_token.html" %}' in form)


# --- what every page is --------------------------------------------------------------------------


@pytest.fixture(scope="module", params=LANGUAGES)
def drawn(request: pytest.FixtureRequest, console: Service, browsers: dict[Role, Browser]) -> dict[str, str]:
    """Each page in one language, as its first reader sees it."""
    pages = {}
    for address in [*READABLE, "/console/nothing-like-it"]:
        roles = PAGES.get(("GET", address))
        cookies = browsers[sorted(roles)[0]].cookies if roles else {}
        browser = Browser(console, {**cookies, "console-language": request.param})
        answer = browser.get(address)
        if answer.headers["content-type"].startswith("text/html"):
            assert 'lang="' + request.param + '"' in answer.text
            pages[address] = answer.text
    assert len(pages) >= 6
    return pages


def test_every_page_is_sound_html_that_leads_nowhere_else(drawn: dict[str, str]) -> None:
    assert {address: faults_of(page) for address, page in drawn.items()} == {address: [] for address in drawn}


def test_pages_name_their_files_as_they_are_served(console: Service, drawn: dict[str, str]) -> None:
    files = {one for page in drawn.values() for one in read(page).addresses if "/assets/" in one}
    assert len(files) >= 5
    for file in files:
        answer = Browser(console).get(file)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        digest = hashlib.sha256(answer.content).hexdigest()
        assert f".{digest[:12]}." in file


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_template_says_a_word_past_the_catalogs(template: Path) -> None:
    bare = re.sub(
        r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", " ", template.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    # One letter alone is the name of a key.
    said = [text for text in read(bare).texts if re.search(r"[^\W\d_]{2}", text) and text not in TERMS]
    assert said == []


@pytest.mark.parametrize("address", [*READABLE, "/console/nothing-like-it", "/console/assets/none.css"])
def test_every_answer_is_dressed(browsers: dict[Role, Browser], address: str) -> None:
    for browser in browsers.values():
        answer = browser.get(address, follow=False, x_forwarded_proto="http")
        policy = answer.headers["content-security-policy"]
        assert (
            "default-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        )
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers
    safe = Browser(browsers[Role.SUPERVISOR].service, headers={"x-forwarded-proto": "https"})
    assert "max-age" in safe.get(address, follow=False).headers["strict-transport-security"]


def test_styles_and_scripts_are_few_bytes() -> None:
    files = [path for path in FOLDER.iterdir() if path.suffix in (".css", ".js")]
    assert 0 < sum(len(gzip.compress(path.read_bytes())) for path in files) <= MOST_COMPRESSED_BYTES


def test_what_was_fetched_is_what_was_pinned() -> None:
    pinned = dict(
        reversed(line.split()) for line in (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    )
    assert {"pico.css", "htmx.js"} <= pinned.keys()
    for name, digest in pinned.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_assets_travel_compressed(console: Service) -> None:
    address = console.state["site"].assets.address("pico.css")
    answer = Browser(console).get(address, accept_encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == (FOLDER / "pico.css").read_bytes()


def test_one_chooses_the_language_and_keeps_it(console: Service, browsers: dict[Role, Browser]) -> None:
    browser = Browser(console)
    assert 'lang="id"' in browser.get("/console/login").text
    chosen = browser.post("/console/language", {"language": "en", "next": "/console/login"})
    assert 'lang="en"' in chosen.text and "Sign in" in chosen.text
    browser.post("/console/language", {"language": "xx", "next": "/console/login"})
    assert 'lang="en"' in browser.get("/console/login").text


# --- when something breaks -----------------------------------------------------------------------


def test_a_fault_of_ours_is_a_page_with_a_code_and_tells_nothing(
    console: Service,
    browsers: dict[Role, Browser],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(console.state["site"].people, "every", broken)
    answer = browsers[Role.ADMINISTRATOR].get("/console/accounts")
    assert answer.status_code == 500
    code = re.search(r"<code>([0-9a-f-]{36})</code>", answer.text)
    assert code and code[1] in log_text(caplog.records)
    assert CANARY not in answer.text + log_text(caplog.records)


def test_without_the_store_nobody_gets_in_and_calls_go_on(
    console: Service, browsers: dict[Role, Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(console.state["site"].people, "visitor", gone)
    answer = browsers[Role.SUPERVISOR].get("/console/accounts")
    assert answer.status_code == 503
    assert "Penyimpanan data tidak menjawab" in answer.text
    assert console.screen(call_id="during").json()["advice"] == "normal"


def test_without_its_packages_the_service_says_so_and_serves_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(later, "missing_packages", lambda: ["argon2"])
    assert later.console_pages() == []
    assert "prankfilter[console]" in log_text(caplog.records) and "argon2" in log_text(caplog.records)


def test_starting_loads_nothing_that_only_pages_need() -> None:
    """By a fresh process: here other tests have loaded it all."""

    code = (
        "import sys, prankfilter_api.app; "
        "wanted = ('jinja2', 'argon2', 'babel', 'prankfilter_api.console.mounting'); "
        "print([name for name in wanted if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
