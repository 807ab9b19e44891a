"""What prankfilter said of one call, over all its looks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from prankfilter.vocabulary import Advice, Guard

_GUARD_NAMES = {f'"{guard.value}"': guard for guard in Guard}


class Seen(NamedTuple):
    """What the looks at a call come to."""

    policy: str | None = None
    flagged: bool = False
    prioritised: bool = False
    verified_at: int | None = None
    guards: frozenset[Guard] = frozenset()
    audited: bool = False

    @classmethod
    def of(cls, looks: Sequence[Sequence[Any]]) -> Seen:
        """Read rows as `Slice.looks` has them."""
        if not looks:
            return _NOTHING_SEEN
        flagged = prioritised = audited = False
        verified: list[int] = []
        guards: frozenset[Guard] = frozenset()
        for _, _, known_from, advice, is_flagged, _, probability, text in looks:
            flagged = flagged or bool(is_flagged)
            audited = audited or probability is not None
            if advice == _VERIFY:
                verified.append(known_from)
            elif advice == _PRIORITY:
                prioritised = True
            guards |= guards_in(text)
        return cls(looks[-1][5], flagged, prioritised, min(verified, default=None), guards, audited)


_NOTHING_SEEN = Seen()
_VERIFY, _PRIORITY = Advice.VERIFY.value, Advice.PRIORITY.value


def guards_in(text: str) -> frozenset[Guard]:
    """Return the guards that a piece of a decision begins with.

    >>> sorted(guards_in('"guards":["no_queue","surge"],"reasons":[{"feature"'))
    [<Guard.NO_QUEUE: 'no_queue'>, <Guard.SURGE: 'surge'>]
    """
    return _named(text[text.find("[") + 1 : text.find("]")])


@lru_cache(maxsize=1024)
def _named(names: str) -> frozenset[Guard]:
    return frozenset(_GUARD_NAMES[name] for name in names.split(",") if name in _GUARD_NAMES)
