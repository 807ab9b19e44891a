"""``prankfilter features``: the feature table, or what it says of recordings."""

from __future__ import annotations

import argparse
import json
import math

from prankfilter.commands.opening import open_offline, read_recording
from prankfilter.errors import BadAudio
from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Source
from prankfilter.features.table import FEATURES, extract
from prankfilter.settings import Settings


def features(options: argparse.Namespace, settings: Settings) -> int:
    """Show the table, or one JSON line a recording; 1 where one could not be read."""
    if options.files:
        return _of_recordings(options.files, settings)
    if options.json:
        print(json.dumps(_table(), indent=1))
    else:
        print("\n".join(f"{row['name']:36} {row['meaning']}" for row in _table()))
    return 0


def _table() -> list[dict[str, str | int]]:
    return [
        {
            "name": row.name,
            "unit": row.unit.value,
            "source": row.source.value,
            "known_from": row.known_from.value,
            "version": row.version,
            "meaning": row.meaning,
            "missing": row.missing,
        }
        for row in FEATURES
    ]


def _of_recordings(names: list[str], settings: Settings) -> int:
    refused = False
    with open_offline(settings) as offline:
        for name in names:
            try:
                evidence = offline.evidence(offline.hear(read_recording(name, settings)))
            except BadAudio as fault:
                refused = True
                print(json.dumps({"file": name, "fault": str(fault)}), flush=True)
            else:
                print(json.dumps({"file": name, "features": _values(evidence)}), flush=True)
    return int(refused)


def _values(evidence: Evidence) -> dict[str, float | None]:
    """All features by name. A recording tells neither who called nor when, so only its sound is known."""
    sound = [row for row in FEATURES if row.source is Source.SOUND]
    heard = zip(sound, extract(evidence, sound).tolist(), strict=True)
    known = {row.name: value for row, value in heard if not math.isnan(value)}
    return {row.name: known.get(row.name) for row in FEATURES}
