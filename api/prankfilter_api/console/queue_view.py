"""The queue of flagged calls as a page shows it: what was asked for in its address, and a page of rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from prankfilter.features.table import by_name
from prankfilter.store.flags import Filter, Flag, Flags, Wanted
from prankfilter.vocabulary import Advice, Guard, Label, Verdict

PAGE = 50
MOST_COUNTED = 1000
"""Of a longer list only its beginning is of use to anybody."""

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what cannot be read counts as not asked."""

    filter: Filter
    page: int
    given: Mapping[str, str]
    """As it stands in the form."""

    def address(self, *, page: int) -> str:
        """The address of another page of the same list."""
        return "/console/flags?" + urlencode({**self.given, "page": str(page)})


@dataclass(frozen=True, slots=True)
class Queue:
    """What a page of the queue shows."""

    asked: Asked
    flags: list[Flag]
    count: int
    """In the whole list, `MOST_COUNTED` at most."""
    open_count: int
    second_count: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PAGE))


def read_asked(query: Mapping[str, str], *, by: str, zone: dt.tzinfo) -> Asked:
    """Read the form of the queue."""
    given = {name: query[name].strip() for name in _FIELDS if query.get(name, "").strip()}
    wanted = _one_of(Wanted, given.get("state")) or Wanted.OPEN
    until = _day(given.get("until"), zone)
    asked = Filter(
        wanted=wanted,
        since=_day(given.get("since"), zone),
        until=None if until is None else until + dt.timedelta(days=1),
        kind=_one_of(Label, given.get("kind")),
        advice=_one_of(Advice, given.get("advice")),
        verdict=_one_of(Verdict, given.get("verdict")) if wanted in (Wanted.RULED, Wanted.ALL) else None,
        guard=_one_of(Guard, given.get("guard")),
        reason=given["reason"] if given.get("reason") in by_name else None,
        model_id=given.get("model"),
        reviewer=given.get("reviewer"),
        # Whoever answered a call does not review it, and the second review is another person's.
        not_by=by if wanted in (Wanted.OPEN, Wanted.SECOND) else None,
    )
    page = query.get("page", "1")
    return Asked(asked, max(1, int(page)) if page.isdecimal() and len(page) < 7 else 1, given)


_FIELDS = ("state", "since", "until", "kind", "advice", "verdict", "guard", "reason", "model", "reviewer")


def read_queue(flags: Flags, asked: Asked, *, by: str) -> Queue:
    """Read a page of the queue."""
    count = flags.count(asked.filter, most=MOST_COUNTED)
    page = min(asked.page, max(1, -(-count // PAGE)))
    return Queue(
        asked=replace(asked, page=page),
        flags=flags.listed(asked.filter, limit=PAGE, offset=(page - 1) * PAGE),
        count=count,
        open_count=flags.count(Filter(not_by=by), most=MOST_COUNTED),
        second_count=flags.count(Filter(wanted=Wanted.SECOND, not_by=by), most=MOST_COUNTED),
    )


def _one_of(kind: type[E], word: str | None) -> E | None:
    try:
        return None if word is None else kind(word)
    except ValueError:
        return None


def _day(text: str | None, zone: dt.tzinfo) -> dt.datetime | None:
    """Read a day as a browser's field sends it: its beginning at the centre."""
    try:
        return None if text is None else dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), zone)
    except ValueError:
        return None
