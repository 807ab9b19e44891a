"""Cookies and the tokens of forms.

Over HTTPS every cookie is ``Secure`` and named ``__Host-…``, so that no other host of the domain can set it;
whether it is HTTPS, a proxy in front may say: who says so of a plain connection only locks himself out.
"""

from __future__ import annotations

import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.pseudonym import KeyedHash

SESSION = "console"
GUEST = "console-guest"
"""Of a browser in which nobody has signed in: what the sign-in form's token belongs to."""
KNOWN = "console-known"
"""Accounts that signed in from this browser before, as keyed digests."""
LANGUAGE = "console-language"
CENTRE = "console-centre"
"""The centre that a desk keeps to."""

LONG_S = 180 * 86_400
_KNOWN_MOST = 20
_KNOWN_DIGITS = 32
_GUEST_BYTES = 16


def is_secure(request: Request) -> bool:
    """Whether the browser speaks HTTPS, with us or with the proxy in front."""
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", "").lower())


def _named(request: Request, name: str) -> str:
    return f"__Host-{name}" if is_secure(request) else name


def read_cookie(request: Request, name: str) -> str | None:
    """Read one of the console's cookies."""
    return request.cookies.get(_named(request, name))


def set_cookie(
    response: Response, request: Request, name: str, value: str, *, lasts_s: int | None = None
) -> None:
    """Set one; without ``lasts_s`` it ends with the browser."""
    response.set_cookie(
        _named(request, name),
        value,
        max_age=lasts_s,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, request: Request, name: str) -> None:
    """Let the browser forget one."""
    response.delete_cookie(
        _named(request, name), path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def new_guest() -> str:
    """Name a browser that has no name yet."""
    return secrets.token_urlsafe(_GUEST_BYTES)


class Tokens:
    """Makes what proves that a form, or a browser, is known to us."""

    def __init__(self, keyring: Keyring) -> None:
        self._hash = KeyedHash(keyring, Purpose.SESSION)

    def of_form(self, owner: str) -> str:
        """The token of all forms that are shown under one session, or to one guest."""
        return self._hash.digest(f"form {owner}")

    def fits(self, presented: str, owner: str) -> bool:
        """Whether a form was shown to whoever sends it."""
        tokens = self._hash.digests(f"form {owner}")
        return any(hmac.compare_digest(token.encode(), presented.encode()) for token in tokens)

    def knows(self, known: str | None, name: str) -> bool:
        """Whether an account signed in from this browser before."""
        return self._of_account(name) in (known or "").split(".")

    def knowing(self, known: str | None, name: str) -> str:
        """The cookie of a browser from which an account has just signed in."""
        ours = self._of_account(name)
        others = [one for one in (known or "").split(".") if one and one != ours]
        return ".".join([ours, *others][:_KNOWN_MOST])

    def _of_account(self, name: str) -> str:
        return self._hash.digest(f"known {name.strip().lower()}")[-_KNOWN_DIGITS:]
