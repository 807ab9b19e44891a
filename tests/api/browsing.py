"""A browser without scripts, for tests of pages: it keeps cookies, follows redirects and sends forms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.cookies import SimpleCookie
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import httpx

from prankfilter.privacy.accounts import Role
from prankfilter.privacy.passwords import hash_password
from prankfilter.wiring import people
from tests.api.service import Service
from tests.builders import NOW

PASSWORD = "kopi-susu-di-meja"

_TOKEN = re.compile(r'name="token" value="([^"]+)"')


@cache
def _hashed(password: str) -> str:
    """Hash once: by design it takes its time."""
    return hash_password(password, name="?")


def make_account(service: Service, role: Role, name: str | None = None) -> str:
    """Make an account whose password is `PASSWORD`; returns its name."""
    name = name or f"{role.value}-1"
    with patch.object(people, "hash_password", lambda password, name: _hashed(password)):
        service.state["site"].people.make(
            name, named=f"Ibu {name}", role=role, password=PASSWORD, by="pengujian", at=NOW
        )
    return name


@dataclass
class Clock:
    """The time as a test says it is."""

    now: dt.datetime = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_(self, **parts: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(**parts)


@dataclass
class Browser:
    """One browser at the console."""

    service: Service
    cookies: dict[str, str] = field(default_factory=dict)
    page: httpx.Response | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, address: str, *, follow: bool = True, **headers: str) -> httpx.Response:
        """Open an address."""
        return self._send("GET", address, headers, None, follow=follow)

    def post(
        self,
        address: str,
        fields: Mapping[str, str] | None = None,
        *,
        token: str | None = None,
        follow: bool = True,
        **headers: str,
    ) -> httpx.Response:
        """Send a form, with the token of the page that is open unless the test says another."""
        token = self.token if token is None else token
        body = urlencode({"token": token, **(fields or {})}).encode()
        form = {"content-type": "application/x-www-form-urlencoded"}
        return self._send("POST", address, {**form, **headers}, body, follow=follow)

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in by the form."""
        self.get("/console/login")
        return self.post("/console/login", {"name": name, "password": password})

    @property
    def token(self) -> str:
        """Of the forms on the page that is open."""
        assert self.page is not None
        found = _TOKEN.search(self.page.text)
        assert found, self.page.text
        return found[1]

    def _send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes | None, *, follow: bool
    ) -> httpx.Response:
        sent: dict[str, Any] = {**self.headers, **{name.replace("_", "-"): v for name, v in headers.items()}}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.service.ask(method, address, headers=sent, content=body)
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies.pop(name, None)
                if morsel.value:
                    self.cookies[name] = morsel.value
        if follow and answer.status_code in (303, 308):
            return self._send("GET", answer.headers["location"], headers, None, follow=True)
        self.page = answer
        return answer


def signed_in(service: Service, role: Role) -> Browser:
    """A browser in which somebody of this role, made at the first time, has signed in."""
    names = {account.name for account in service.state["site"].people.every()}
    name = f"{role.value.replace('_', '-')}-1"
    if name not in names:
        make_account(service, role, name)
    browser = Browser(service)
    # Whether passwords are checked is another test's matter; here it would only take its time.
    with (
        patch.object(people, "is_password", lambda *_: True),
        patch.object(people, "is_outdated", lambda _: False),
    ):
        answer = browser.sign_in(name)
    assert answer.status_code == 200, answer.text
    return browser
