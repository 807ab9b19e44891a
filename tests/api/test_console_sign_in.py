"""Who gets into the console, for how long, and how guessing is slowed down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from prankfilter_api.console.cookies import KNOWN, SESSION
from prankfilter_api.console.throttle import FORGIVEN_S, FREE, LONGEST_S, Throttle, keys_of

from prankfilter.privacy.accounts import Role
from prankfilter.store.deeds import Act, Deeds
from tests.api.browsing import PASSWORD, Browser, Clock, make_account, signed_in
from tests.api.service import Service, running
from tests.builders import NOW

HTTPS = {"x-forwarded-proto": "https"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def console(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("console"), on_disk=True) as one:
        one.state["site"].now = clock
        make_account(one, Role.SUPERVISOR, "ratna")
        yield one


def is_in(browser: Browser) -> bool:
    return browser.get("/console/", follow=False).status_code == 200


def test_a_right_password_opens_and_signing_out_closes(console: Service) -> None:
    browser = Browser(console)
    assert not is_in(browser)
    assert browser.sign_in("Ratna ").status_code == 200
    assert is_in(browser)
    kept = dict(browser.cookies)
    assert "/console/login" in str(browser.post("/console/logout", follow=False).headers["location"])
    assert not is_in(browser)
    # The token itself is worth nothing any more.
    browser.cookies = kept
    assert not is_in(browser)


def test_wrong_name_wrong_password_and_ended_account_get_the_same_answer(console: Service) -> None:
    make_account(console, Role.CALL_TAKER, "budi")
    console.state["site"].people.end("budi", by="ratna", at=NOW)
    answers = []
    for name, password in (("ratna", "salah-salah-salah"), ("tidak-ada", PASSWORD), ("budi", PASSWORD)):
        browser = Browser(console)
        answer = browser.sign_in(name, password)
        answers.append((answer.status_code, answer.text.replace(name, "").replace(browser.token, "")))
    assert answers[0][0] == 401
    assert len(set(answers)) == 1


def test_of_a_session_only_a_keyed_digest_is_kept(console: Service) -> None:
    browser = signed_in(console, Role.SUPERVISOR)
    token = browser.cookies[SESSION]
    with console.store.cursor() as cursor:
        cursor.execute("SELECT digest FROM sessions")
        kept = [row[0] for row in cursor.fetchall()]
    assert kept
    assert all(digest.startswith("k1:") and token not in digest for digest in kept)


def test_passwords_are_hashed_as_owasp_recommends(console: Service) -> None:
    console.state["site"].people.set_password("ratna", "teh-manis-hangat", by="ratna", at=NOW)
    with console.store.cursor() as cursor:
        cursor.execute("SELECT password FROM accounts WHERE name = 'ratna'")
        assert cursor.fetchall()[0][0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(("headers", "name"), [({}, SESSION), (HTTPS, f"__Host-{SESSION}")])
def test_cookies_are_out_of_reach(console: Service, headers: dict[str, str], name: str) -> None:
    browser = Browser(console, headers=headers)
    browser.get("/console/login")
    answer = browser.post("/console/login", {"name": "ratna", "password": PASSWORD}, follow=False)
    set_ = {line.partition("=")[0]: line for line in answer.headers.get_list("set-cookie")}
    assert name in set_
    for line in set_.values():
        assert "HttpOnly" in line and "SameSite=lax" in line and "Path=/" in line and "Domain" not in line
        assert ("Secure" in line) is bool(headers)


def test_a_session_idles_out_and_stirring_keeps_it(console: Service, clock: Clock) -> None:
    browser = signed_in(console, Role.SUPERVISOR)
    for _ in range(3):
        clock.pass_(minutes=29)
        assert is_in(browser)
    clock.pass_(minutes=30)
    assert not is_in(browser)


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(console: Service, clock: Clock) -> None:
    browser = signed_in(console, Role.SUPERVISOR)
    for _ in range(29):
        clock.pass_(minutes=1)
        assert browser.get("/console/?live=1", follow=False).status_code == 200
    clock.pass_(minutes=1)
    part = browser.get("/console/?live=1", follow=False, hx_request="true")
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/console/login")
    desk = {"hx_request": "true", "hx_current_url": "http://service/console/desk"}
    part = browser.get("/console/desk/new?live=1&after=0", follow=False, **desk)
    assert part.headers["hx-redirect"] == "/console/login?next=%2Fconsole%2Fdesk"


def test_no_session_outlives_a_shift(console: Service, clock: Clock) -> None:
    browser = signed_in(console, Role.SUPERVISOR)
    for _ in range(35):
        clock.pass_(minutes=20)
        assert is_in(browser)
    clock.pass_(minutes=20)
    assert not is_in(browser)


def test_what_ran_out_is_forgotten(console: Service, clock: Clock) -> None:
    signed_in(console, Role.SUPERVISOR)
    clock.pass_(minutes=31)
    console.state["site"].forget()
    with console.store.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sessions")
        assert cursor.fetchall()[0][0] == 0


@pytest.mark.parametrize("deed", ["end", "set_password"])
def test_an_ended_account_and_another_password_sign_out_everywhere(console: Service, deed: str) -> None:
    browser = signed_in(console, Role.CALL_TAKER)
    people = console.state["site"].people
    if deed == "end":
        people.end("call-taker-1", by="ratna", at=NOW)
    else:
        people.set_password("call-taker-1", "teh-manis-hangat", by="ratna", at=NOW)
    assert browser.get("/console/desk", follow=False).status_code == 303


def test_one_comes_back_to_the_page_one_wanted_and_nowhere_else(console: Service) -> None:
    browser = Browser(console)
    asked = browser.get("/console/accounts?a=1", follow=False)
    assert asked.headers["location"] == "/console/login?next=%2Fconsole%2Faccounts%3Fa%3D1"
    for wanted, place in (
        ("/console/accounts?a=1", "/console/accounts?a=1"),
        ("https://example.org/console/", "/console/"),
        ("//example.org/", "/console/"),
        ("/console//example.org", "/console/"),
        ("/console/\\example.org", "/console/"),
        ("/v1/flags", "/console/"),
    ):
        browser = Browser(console)
        browser.get("/console/login")
        fields = {"name": "ratna", "password": PASSWORD, "next": wanted}
        assert browser.post("/console/login", fields, follow=False).headers["location"] == place


def test_signing_in_and_out_is_written_down(console: Service) -> None:
    browser = Browser(console)
    browser.sign_in("ratna", "salah-salah-salah")
    browser.sign_in("kata-sandi-di-kolom-nama", "x")
    browser.sign_in("ratna")
    browser.post("/console/logout")
    deeds = Deeds(console.store).within(NOW, NOW + dt.timedelta(hours=1))
    assert [(deed.what, deed.by) for deed in deeds if deed.what is not Act.MADE_ACCOUNT] == [
        (Act.SIGN_IN_REFUSED, "ratna"),
        # What somebody typed there by mistake may be a password.
        (Act.SIGN_IN_REFUSED, "-"),
        (Act.SIGNED_IN, "ratna"),
        (Act.SIGNED_OUT, "ratna"),
    ]


def test_one_changes_ones_own_password_knowing_the_old_one(console: Service) -> None:
    browser = Browser(console)
    browser.sign_in("ratna")
    for old, new, status in (
        ("salah-salah-salah", "teh-manis-hangat", 422),
        (PASSWORD, "pendek", 422),
        (PASSWORD, "ratna-ratna-ratna", 422),
    ):
        browser.get("/console/password")
        answer = browser.post("/console/password", {"old": old, "new": new})
        assert (answer.status_code, is_in(browser)) == (status, True)
        assert "Tidak ada yang diganti" in answer.text
    browser.get("/console/password")
    answer = browser.post("/console/password", {"old": PASSWORD, "new": "teh-manis-hangat"})
    assert "Kata sandi Anda diganti" in answer.text and not is_in(browser)
    assert browser.sign_in("ratna").status_code == 401
    assert browser.sign_in("ratna", "teh-manis-hangat").status_code == 200


# --- guessing ------------------------------------------------------------------------------------


def test_guessing_waits_longer_and_longer_and_is_told_how_long(console: Service) -> None:
    now = 0.0
    console.state["site"].throttle = Throttle(lambda: now)
    browser, waits = Browser(console), []
    for _ in range(FREE):
        assert browser.sign_in("ratna", "salah-salah-salah").status_code == 401
    for _ in range(7):
        answer = browser.sign_in("ratna")
        assert answer.status_code == 429, "even the right password waits"
        waits.append(int(answer.headers["retry-after"]))
        now += waits[-1]
        assert browser.sign_in("ratna", "salah-salah-salah").status_code == 401
    assert waits == [1, 2, 4, 8, 16, 30, 30]


def test_nobody_is_locked_out_by_the_guesses_of_others(console: Service) -> None:
    now = 0.0
    console.state["site"].throttle = Throttle(lambda: now)
    own, other = Browser(console), Browser(console)
    own.sign_in("ratna")
    own.post("/console/logout")
    assert KNOWN in own.cookies
    for _ in range(3 * FREE):
        other.sign_in("ratna", "salah-salah-salah")
    assert other.sign_in("ratna").status_code == 429
    assert own.sign_in("ratna").status_code == 200


def test_a_cookie_of_one_account_does_not_speak_for_another(console: Service) -> None:
    tokens = console.state["site"].tokens
    known = tokens.knowing(tokens.knowing(None, "ratna"), "budi")
    assert tokens.knows(known, "ratna") and tokens.knows(known, "Budi ")
    assert not tokens.knows(known, "sari") and not tokens.knows(None, "ratna") and not tokens.knows("", "")
    many = known
    for number in range(50):
        many = tokens.knowing(many, f"petugas-{number}")
    assert len(many) < 1000 and not tokens.knows(many, "ratna")


def test_wrong_ones_are_forgiven_with_time_and_forgotten_with_the_right_one() -> None:
    now = 0.0
    throttle = Throttle(lambda: now)
    keys = keys_of(" Ratna", "10.0.0.7", is_known=False)
    assert keys == ["account ratna", "address 10.0.0.7"]
    for _ in range(30):
        throttle.was_wrong(keys)
    assert throttle.wait_s(keys) == LONGEST_S
    assert throttle.wait_s(keys_of("sari", "10.0.0.7", is_known=False)) == LONGEST_S
    assert throttle.wait_s(keys_of("sari", "10.0.0.8", is_known=False)) == 0
    assert throttle.wait_s(keys_of("sari", "10.0.0.7", is_known=True)) == 0
    now += FORGIVEN_S
    throttle.was_wrong(keys)
    assert throttle.wait_s(keys) == 0
    for _ in range(FREE):
        throttle.was_wrong(keys)
    throttle.was_right(keys)
    assert throttle.wait_s(keys) == 0


def test_guesses_under_made_up_names_take_no_memory_without_end() -> None:
    throttle = Throttle(lambda: 0.0)
    for number in range(10_100):
        throttle.was_wrong([f"account {number}"])
    assert len(throttle._tallies) == 10_000
