"""One call's file, put together from its rows; the same for every store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prankfilter.store import said
from prankfilter.store.port import CallFile
from prankfilter.store.said import Said
from prankfilter.vocabulary import CallRecord, Decision


def call_file(
    call_id: str, record: CallRecord | None, decisions: Sequence[Decision], trail: Iterable[Said]
) -> CallFile | None:
    """Return everything kept of a call; None where nothing is."""
    rows = said.in_order(trail)
    if record is None and not decisions and not rows:
        return None
    return CallFile(
        call_id=call_id,
        record=record,
        facts=said.facts(rows),
        decisions=tuple(decisions),
        outcomes=said.outcomes(rows),
        rulings=said.rulings(rows),
        changes=tuple(row.change() for row in rows),
    )
