"""One request of a browser: who sends it, in which language, with which form; and what goes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from prankfilter.language.words import Words
from prankfilter.privacy.accounts import Account, may
from prankfilter.privacy.api_keys import Action
from prankfilter_api.console.cookies import (
    GUEST,
    LANGUAGE,
    SESSION,
    is_secure,
    new_guest,
    read_cookie,
    set_cookie,
)
from prankfilter_api.console.forms import Form, read_form
from prankfilter_api.console.menu import HOME, Link, menu_of
from prankfilter_api.console.notices import NOTICES
from prankfilter_api.console.refused import FormExpired, NotYours, SignInNeeded
from prankfilter_api.console.site import Site
from prankfilter_api.state import state_of

TOKEN_FIELD = "token"  # noqa: S105 - the name of a field
LIVE = "live"
"""In the address of what a page asks for by itself: it keeps no session from idling."""

_LOOPBACK = ("127.0.0.1", "::1", "testclient")

V = TypeVar("V", bound="Visit")


def site_of(request: Request) -> Site:
    """What all pages share."""
    return state_of(request)["site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request of anybody's browser."""

    request: Request
    site: Site
    words: Words
    now: dt.datetime
    owner: str = field(repr=False)
    """Whose forms these are: the session's cookie, or the guest's."""
    form: Form = field(default_factory=Form)

    @property
    def token(self) -> str:
        """What every form holds as `TOKEN_FIELD`."""
        return self.site.tokens.of_form(self.owner)

    @property
    def notice(self) -> str | None:
        """What was just done, if the address says so."""
        done = NOTICES.get(self.request.query_params.get("done", ""))
        return None if done is None else self.words(done)

    @property
    def here(self) -> str:
        """The address of this page, to come back to."""
        query = {
            name: value for name, value in self.request.query_params.items() if name not in (LIVE, "done")
        }
        path = self.request.url.path
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def is_open_to_ears(self) -> bool:
        """Whether somebody in between could read along: neither HTTPS nor this very machine."""
        client = self.request.client
        return not is_secure(self.request) and (client is None or client.host not in _LOOPBACK)

    @property
    def is_part(self) -> bool:
        """Whether a page asks for a part of itself."""
        return self.request.headers.get("hx-request") == "true"

    async def page(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """Draw a page."""
        drawn = await self.site.lane.run(
            lambda: self.site.drawing.draw(template, visit=self, words=self.words, **context)
        )
        return HTMLResponse(drawn, status)

    def go(self, address: str, *, done: str | None = None) -> RedirectResponse:
        """Send the browser on; ``done`` names what the next page says first."""
        if done is not None:
            address += ("&" if "?" in address else "?") + urlencode({"done": done})
        return RedirectResponse(address, 303)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed(Visit):
    """A request of somebody who has signed in."""

    account: Account

    @property
    def by(self) -> str:
        """What signs whatever is done with this request."""
        return self.account.name

    @property
    def menu(self) -> Sequence[Link]:
        """Where this person may go."""
        return menu_of(self.account.role, self.request.url.path, self.words)

    def may(self, action: str) -> bool:
        """Whether this person may do something."""
        return may(self.account.role, Action(action))


async def guest(request: Request) -> Visit:
    """Take a request as that of nobody in particular; a browser that has no name gets one with the page."""
    site = site_of(request)
    owner = read_cookie(request, GUEST) or new_guest()
    visit = Visit(
        request=request,
        site=site,
        words=await _words(request, site),
        now=site.now(),
        owner=owner,
        form=await _form(request, site, owner),
    )
    request.state.guest = owner
    return visit


class Allowed:
    """Lets those in whose role may do this; None: all who have signed in."""

    def __init__(self, action: Action | None) -> None:
        self.action = action

    async def __call__(self, request: Request) -> Signed:
        """Who it is, or a refusal."""
        site, now = site_of(request), site_of(request).now()
        token = read_cookie(request, SESSION)
        if token is None:
            raise SignInNeeded
        stirs = LIVE not in request.query_params
        account = await site.lane.run(lambda: site.people.visitor(token, at=now, stirs=stirs))
        if account is None:
            raise SignInNeeded
        if self.action is not None and not may(account.role, self.action):
            raise NotYours
        return Signed(
            request=request,
            site=site,
            words=await _words(request, site),
            now=now,
            owner=token,
            form=await _form(request, site, token),
            account=account,
        )


GuestDep = Annotated[Visit, Depends(guest)]
AnybodyDep = Annotated[Signed, Depends(Allowed(None))]


async def _words(request: Request, site: Site) -> Words:
    return await site.lane.run(lambda: site.words(read_cookie(request, LANGUAGE)))


async def _form(request: Request, site: Site, owner: str) -> Form:
    """The form of a POST, if it was shown to whoever sends it (CSRF)."""
    if request.method in ("GET", "HEAD"):
        return Form()
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise FormExpired
    form = await read_form(request)
    if not site.tokens.fits(form.get(TOKEN_FIELD), owner):
        raise FormExpired
    return form


def remember_guest(response: HTMLResponse, request: Request) -> None:
    """Give a browser the name that the form it just got belongs to."""
    set_cookie(response, request, GUEST, request.state.guest)


def place_within(address: str) -> str:
    """An address to go on to, if it is one of ours; else the first page."""
    ours = address.startswith(HOME) and not any(mark in address for mark in ("//", "\\", "\n", "\r"))
    return address if ours and address.isprintable() else HOME
