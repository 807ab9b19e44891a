"""From the rows of a store to what was known of a call when it was received."""

from __future__ import annotations

from prankfilter.features.history import area_load, surge_windows
from prankfilter.store.port import Store
from prankfilter.vocabulary import CallerHistory, CallRecord, Standing


def recall(store: Store, record: CallRecord, *, audit_drawn: bool = False) -> CallerHistory:
    """Fetch all that was known of caller, area and centre at the moment the call was received."""
    known = store.situation(record, surge_windows(record.received_at))
    return CallerHistory(
        caller=known.caller,
        area=area_load(known.arrivals, known.observed_since, record.received_at),
        standing=Standing(
            strata=known.strata,
            switched_off=known.switched_off,
            audit_drawn=audit_drawn,
            recent_priority_count=known.recent_priority_count,
            suspended=known.suspended,
        ),
    )
