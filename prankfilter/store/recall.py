"""From the rows of a store to what was known of a call when it was received."""

from __future__ import annotations

from prankfilter.features.history import area_load, surge_windows
from prankfilter.privacy.audit import audit_drawn
from prankfilter.store.port import Store
from prankfilter.vocabulary import CallerHistory, CallRecord, Standing


def recall(store: Store, record: CallRecord, *, audit_key: bytes, audit_share: float) -> CallerHistory:
    """Fetch all that was known of caller, area and centre at the moment the call was received."""
    at, call_id = record.received_at, record.call_id
    arrivals = store.arrivals(record.area, surge_windows(at), except_call=call_id)
    return CallerHistory(
        caller=store.caller(record.caller, before=at, except_call=call_id) if record.caller else None,
        area=area_load(arrivals, store.observed_since(), at),
        standing=Standing(
            strata=store.strata_of(call_id),
            switched_off=store.switched_off(record.centre_id),
            audit_drawn=audit_drawn(call_id, audit_share, audit_key),
            recent_priority_count=store.recent_priority_count(
                record.centre_id, before=at, except_call=call_id
            ),
        ),
    )
