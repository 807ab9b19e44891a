"""One call's file, put together from its rows; the same for every store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from prankfilter.store import said
from prankfilter.store.port import CallFile
from prankfilter.store.said import Said
from prankfilter.vocabulary import AudioCapture, CallRecord, Decision


class KeptLook(NamedTuple):
    """One answered look as it is kept."""

    at: int
    """Microseconds (`instants`)."""
    decision: Decision
    capture: AudioCapture | None
    audit_probability: float | None


def call_file(
    call_id: str, record: CallRecord | None, looks: Iterable[KeptLook], trail: Iterable[Said]
) -> CallFile | None:
    """Return everything kept of a call; None where nothing is."""
    rows = said.in_order(trail)
    in_order = sorted(looks, key=lambda look: look.at)
    if record is None and not in_order and not rows:
        return None
    captures = [look.capture for look in in_order if look.capture is not None]
    draws = [look.audit_probability for look in in_order if look.audit_probability is not None]
    return CallFile(
        call_id=call_id,
        record=record,
        facts=said.facts(rows),
        decisions=tuple(look.decision for look in in_order),
        outcomes=said.outcomes(rows),
        rulings=said.rulings(rows),
        changes=tuple(row.change() for row in rows),
        capture=captures[-1] if captures else None,
        audit_probability=draws[0] if draws else None,
    )
