"""Any spelling of a telephone number → E.164, so that one caller is one caller.

There is no cache here. The spellings that nearly every call uses take a microsecond without one, and a cache
keyed by what was sent would be a list of recent callers in memory, for every core dump to tell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

import phonenumbers

REGION = "ID"
"""Where a number without a country code belongs."""

COUNTRY_CODE = "62"
TAIL_DIGITS = 3


class NotANumber(ValueError):
    """The text names no caller. Messages never repeat it: it may still be somebody's number."""


class Withheld(NotANumber):
    """The network knows the number, or nobody does, but it is not shown: anonymous, a short code, a dummy."""


class NotDialable(NotANumber):
    """A stand-in for the number of a phone without service (J-STD-036: 911 and 7 digits of its IMEI)."""


class Unreadable(NotANumber):
    """Something that should have been a number; the message says how to mend it."""


_HIDDEN_WORDS = (
    "anonymous", "unavailable", "restricted", "unknown", "private", "withheld", "blocked", "unidentified",
    "nonumber", "nocallerid", "idunavailable", "privatenumber", "numberwithheld",
    "tidakdiketahui", "tidakdikenal", "disembunyikan", "pribadi", "nomorpribadi", "rahasia",
)  # fmt: skip

_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")


def _spelt_on_a_keypad(words: Iterable[str]) -> frozenset[str]:
    """Digits under the letters: some carriers send ``anonymous`` as ``+266696687``, everybody's number."""
    return frozenset(word.translate(_KEYPAD) for word in words)


_HIDDEN = frozenset(_HIDDEN_WORDS)
_HIDDEN_DIGITS = _spelt_on_a_keypad(_HIDDEN_WORDS) | {"8566696"}
"""The last one is a carrier's own misspelling of ``unknown``."""

_LONGEST_TEXT = 256
_LONGEST_SHORT_CODE = 6
_LONGEST_LOCAL = 8
"""Digits of the longest Indonesian subscriber number; without its area code it is many people's."""
_LONGEST_E164 = 15

_USUAL = re.compile(r"(?:\+?62|0)(8[1-9][0-9]{7,10})", re.ASCII)
"""An Indonesian mobile number, bare. Anything else takes the long way to the same answer."""
_SPREADSHEET = re.compile(r"\s*[+-]?\d+([.,]\d+)?[eE][+-]?\d+\s*|\s*\+?\d{6,}[.,]0{1,2}\s*")
_SEPARATORS = re.compile(
    r"[\s\-./()\[\]\u00ad\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+"
)
_DIGITS = re.compile(r"\+?\d+")
_NOTHING = re.compile(r"[\s+\-._*#?]*")
_NO_SERVICE = re.compile(r"\+?1?911\d{7}")
_SCHEME = re.compile(r"(tel|sips?):", re.IGNORECASE)
_CONTEXT = re.compile(r";phone-context=(\+\d+)", re.IGNORECASE)


def to_e164(text: str, *, region: str = REGION) -> str:
    """The one spelling of a number, ``+`` and at most 15 digits; else raise the kind of `NotANumber`."""
    usual = _USUAL.fullmatch(text)
    if usual and region == REGION:
        return f"+{COUNTRY_CODE}{usual[1]}"
    if len(text) > _LONGEST_TEXT:
        raise Unreadable("is too long; send the number alone, with its country code")
    if _SPREADSHEET.fullmatch(text):
        raise Unreadable("was rewritten by a spreadsheet and may have lost digits; send it as text")
    number = _international(_bare(text))
    usual = _USUAL.fullmatch(number)
    return f"+{COUNTRY_CODE}{usual[1]}" if usual and region == REGION else _parsed(number, region)


def tail(e164: str) -> str:
    """The last three digits: all of a number that is ever shown."""
    return e164[-TAIL_DIGITS:]


def _bare(text: str) -> str:
    """Take a number out of its header, URI and punctuation: an optional ``+``, then digits."""
    text = unicodedata.normalize("NFKC", _user_part(text))
    if _is_hidden(text):
        raise Withheld("is withheld")
    text = _SEPARATORS.sub("", text)
    if not _DIGITS.fullmatch(text):
        raise Unreadable("is no telephone number; send E.164, such as +62 and the number without its 0")
    return text if text.isascii() else "".join(c if c == "+" else str(unicodedata.digit(c)) for c in text)


def _user_part(text: str) -> str:
    """The subscriber in a name-addr, ``sip:`` or ``tel:`` URI (RFC 3261, RFC 3966), or the text itself."""
    if "<" in text:
        text = text.split("<", 1)[1].split(">", 1)[0]
    text = text.strip()
    scheme = _SCHEME.match(text)
    if scheme is None and "@" not in text and ";" not in text:
        return unquote(text)
    subscriber, _, host = text[scheme.end() if scheme else 0 :].partition("@")
    if host.split(";", 1)[0].split(":", 1)[0].lower().endswith(".invalid"):
        raise Withheld("is withheld")
    context = _CONTEXT.search(unquote(subscriber))
    number = unquote(subscriber.split(";", 1)[0].split("?", 1)[0].split(":", 1)[0])
    return context[1] + number if context and not number.startswith("+") else number


def _is_hidden(text: str) -> bool:
    letters = re.sub(r"[\W_]+", "", text).lower()
    digits = letters if letters.isdigit() else ""
    if _NOTHING.fullmatch(text) or letters in _HIDDEN:
        return True
    return digits in _HIDDEN_DIGITS or (bool(digits) and len(set(digits)) == 1)


def _international(bare: str) -> str:
    """Add the ``+`` where the digits already hold a country code; refuse what names no caller."""
    if _NO_SERVICE.fullmatch(bare):
        raise NotDialable("belongs to a phone without service")
    if bare.startswith("+"):
        return bare
    if len(bare) <= _LONGEST_SHORT_CODE:
        raise Withheld("is a short code")
    if bare.startswith("00"):
        return f"+{bare[2:]}"
    if bare.startswith(COUNTRY_CODE) and len(bare) > _LONGEST_LOCAL + 1:
        return f"+{bare}"
    if len(bare) <= _LONGEST_LOCAL and not bare.startswith("0"):
        raise Unreadable("lacks its area code; send E.164, such as +62 and the number without its 0")
    return bare


def _parsed(number: str, region: str) -> str:
    """Leave country codes and trunk prefixes to the numbering plans. Possible is enough: plans grow."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is not None and phonenumbers.is_possible_number(parsed):
        e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        if len(e164) <= 1 + _LONGEST_E164:
            return e164
    raise Unreadable("is no possible telephone number; send E.164, such as +62 and the number without its 0")
