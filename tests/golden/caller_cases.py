"""Calls whose metadata features are kept as golden values, and the command that writes them.

``python -m tests.golden.caller_cases`` rewrites caller_features.json. It refuses to change a value whose row
kept its version: a changed computation is a new version (DESIGN, Models).
"""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path

from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Feature, Source
from prankfilter.features.table import FEATURES
from prankfilter.vocabulary import (
    AccessState,
    AreaLoad,
    Attestation,
    Channel,
    Label,
    NumberKind,
    Verstat,
)
from tests.builders import (
    ZONE,
    ago,
    call_record,
    caller,
    evidence,
    genuine_call,
    heard_look,
    history,
    label,
    past_call,
    prank_call,
    prankster,
    rich_record,
)

FILE = Path(__file__).with_name("caller_features.json")

GOLDEN_FEATURES: tuple[Feature, ...] = tuple(
    feature for feature in FEATURES if feature.source is not Source.SOUND or "confirmed" in feature.name
)
"""All rows but those that are computed from sound alone."""


def local(*parts: int) -> dt.datetime:
    """A moment in the centre's zone."""
    return dt.datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type]


HOUSEHOLD = caller(
    prank_call(ago(days=70), duration_s=21.5),
    prank_call(ago(days=40), Label.CHILD_PLAY, duration_s=17.25),
    prank_call(ago(days=20), Label.CHILD_PLAY),
    prank_call(ago(days=10), number_is_verified=False, duration_s=9.0),
    genuine_call(ago(days=200)),
    past_call(received_at=ago(days=3), duration_s=34.0, labels=(label(Label.SILENT, at=ago(days=2)),)),
    genuine_call(ago(days=2.5), duration_s=181.0),
    past_call(received_at=ago(minutes=40), answered=False, duration_s=None, ended_at=ago(minutes=39)),
    past_call(received_at=ago(minutes=3), answered=None, duration_s=None, ended_at=None),
)

CASES: Mapping[str, Evidence] = {
    "ordinary": evidence(),
    "nothing known": evidence(
        record=call_record(caller=None, number_kind=None, channel=None, calls_waiting=None, ring_s=None),
        history=history(caller=None, area=None),
    ),
    "everything known": evidence(
        record=rich_record(access_state=AccessState.SERVICE_INITIALIZED, verstat=Verstat.PASSED)
    ),
    "unverified": evidence(
        record=call_record(
            number_kind=NumberKind.UNVERIFIED, attestation=Attestation.C, verstat=Verstat.FAILED
        ),
        history=history(caller=HOUSEHOLD),
    ),
    "without a SIM": evidence(
        record=call_record(number_kind=NumberKind.NONE, access_state=AccessState.SIM_LESS, caller=None),
        history=history(caller=None, area=AreaLoad(recent_count=9, usual_count=2.25)),
    ),
    "withheld, from an app": evidence(
        record=call_record(
            number_kind=NumberKind.WITHHELD,
            access_state=AccessState.UNAUTHENTICATED,
            attestation=Attestation.B,
            channel=Channel.APP_CALL,
            calls_waiting=7,
        )
    ),
    "without service, on Eid al-Fitr": evidence(
        record=call_record(
            access_state=AccessState.NSI, received_at=local(2026, 3, 21, 4, 5, 6), ring_s=31.25
        )
    ),
    "after school": evidence(record=call_record(received_at=local(2026, 9, 17, 16, 59, 59))),
    "in the long break": evidence(record=call_record(received_at=local(2026, 7, 1, 10, 0))),
    "a year without a calendar": evidence(record=call_record(received_at=local(2044, 7, 1, 10, 0))),
    "prankster": evidence(
        history=history(caller=prankster(), area=AreaLoad(recent_count=3, usual_count=math.nan))
    ),
    "household, an adult": evidence(
        history=history(caller=HOUSEHOLD), heard=heard_look(), child_voice_probability=0.08
    ),
    "household, a child": evidence(
        history=history(caller=HOUSEHOLD), heard=heard_look(), child_voice_probability=0.93
    ),
    "household, on record for ten days": evidence(
        history=history(caller=caller(*HOUSEHOLD.past_calls, observed_since=ago(days=10)))
    ),
    "household, cleared": evidence(
        history=history(caller=caller(*HOUSEHOLD.past_calls, cleared_at=ago(days=15)))
    ),
}


def golden() -> dict[str, dict[str, float | None]]:
    """Compute all values anew; null is unknown."""
    return {
        name: {feature.name: _value(feature, case) for feature in GOLDEN_FEATURES}
        for name, case in CASES.items()
    }


def _value(feature: Feature, case: Evidence) -> float | None:
    value = feature.compute(case)
    return None if math.isnan(value) else value


def main() -> int:
    """Write the file, unless a value changed whose row kept its version."""
    versions = {feature.name: feature.version for feature in GOLDEN_FEATURES}
    values = golden()
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"versions": {}, "values": {}}
    changed = {
        name
        for case, row in kept["values"].items()
        for name, value in row.items()
        if versions.get(name) == kept["versions"][name] and values.get(case, row).get(name) != value
    }
    if changed:
        sys.stderr.write(f"raise the version of these rows first: {', '.join(sorted(changed))}\n")
        return 1
    FILE.write_text(json.dumps({"versions": versions, "values": values}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
