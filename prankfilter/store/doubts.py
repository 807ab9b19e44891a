"""Which calls of an incident are in doubt because a later one of it was genuine (SAFETY rule 14).

Of a number's own calls history sees at every call what followed on what. Who else called about the same
incident it would have to look for among all calls; so that is written down once, in the trail of the earlier
call, whenever something new was said of a call of the incident.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from prankfilter.features.memory import FOLLOW_UP
from prankfilter.features.rulings import genuine_since, is_ruled_since, spoken
from prankfilter.store.instants import MICROSECOND, microseconds, span
from prankfilter.store.past import labels_of
from prankfilter.store.port import CallFile, Store
from prankfilter.store.said import THE_SERVICE, Said, What, doubted_at
from prankfilter.vocabulary import CallRecord, LabelEvent


def keep_doubts(store: Store, told: CallRecord, *, at: dt.datetime) -> None:
    """Keep what a word on a call means for it and for the calls of its incident in the day before.

    May be repeated: what is known already is not written again.

    Parameters
    ----------
    store : Store
    told : CallRecord
        The call of which something was said.
    at : datetime
        Now. A first doubt is known since the word that it comes from, which an import has from long ago.
    """
    if not told.incident_id:
        return
    received_at = told.received_at.astimezone(dt.UTC)
    near = store.calls_of_incident(
        told.incident_id, since=received_at - FOLLOW_UP, until=received_at + FOLLOW_UP + MICROSECOND
    )
    calls = [_Told.of(call) for call in near]
    for call in calls:
        if call.received_at <= microseconds(received_at):
            since = call.doubt(genuine_since(other.said) for other in calls if _follows(other, call))
            if since != call.doubted_at:
                known_at = since if since is not None and not call.was_doubted else at
                store.put_doubt(call.call_id, since, by=THE_SERVICE, at=known_at)


def standing_doubt(call: CallFile) -> dt.datetime | None:
    """Return since when a call is in doubt by its trail; whether anybody ruled since is not asked."""
    return doubted_at([Said.of(change) for change in call.changes])


class _Told(NamedTuple):
    """What was said of a call of the incident."""

    call_id: str
    received_at: int
    said: tuple[LabelEvent, ...]
    doubted_at: dt.datetime | None
    was_doubted: bool
    """Whether its trail says anything of doubts yet."""

    @classmethod
    def of(cls, call: CallFile) -> _Told:
        assert call.record is not None  # noqa: S101 - it was found by its record
        return cls(
            call.call_id,
            microseconds(call.record.received_at),
            spoken(labels_of(call)),
            standing_doubt(call),
            any(change.what == What.DOUBTED for change in call.changes),
        )

    def doubt(self, genuine: Iterable[dt.datetime | None]) -> dt.datetime | None:
        """Return since when it is in doubt. A word more changes nothing while one of before says the same."""
        moments = [moment for moment in genuine if moment is not None]
        last, known = max(moments, default=None), self.doubted_at
        if last is None or known not in moments or known is None:
            return last
        return known if is_ruled_since(self.said, known) == is_ruled_since(self.said, last) else last


def _follows(later: _Told, call: _Told) -> bool:
    return 0 < later.received_at - call.received_at <= span(FOLLOW_UP)
