"""Values of the features of sound for idealised sounds; ``python -m tests.golden.sound_cases`` rewrites them.

It refuses while a value changed whose row kept its version.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.child import VECTOR_LENGTH, child_voice_probability
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.bundle.sound_arrays import VALUES
from prankfilter.features.evidence import Evidence
from prankfilter.features.sound import SOUND_FEATURES
from tests.builders import evidence
from tests.golden.librosa_cases import kept
from tests.sounds import RATE_HZ, keyed, keys, line_noise, silence, text_telephone, tone, voice

FILE = Path(__file__).with_name("sound_features.json")

RELATIVE, ABSOLUTE = 1e-4, 1e-5
"""Processors differ in the last digits of a transform."""

SOUNDS: Mapping[str, NDArray[np.float32]] = {
    "digital silence": silence(3.0),
    "one sample": np.where(np.arange(3 * RATE_HZ) == 9000, 0.5, 0.0).astype(np.float32),
    "quiet line": line_noise(3.0),
    "rain": line_noise(3.0, level=0.1),
    "sine": tone(1000, 3.0),
    "busy line": np.tile(np.concatenate([tone(425, 0.5), silence(0.5)]), 3) + line_noise(3.0),
    "hum": tone(50, 3.0) + tone(150, 3.0, level_db=-40) + line_noise(3.0),
    "low voice": voice(3.0, pitch_hz=110),
    "high voice": voice(3.0, pitch_hz=290),
    "voice in rain": voice(3.0, pitch_hz=200) + line_noise(3.0, level=0.02),
    "clipped voice": np.clip(20 * voice(3.0), -1, 1),
    "late voice": np.concatenate([silence(0.5), line_noise(1.5), voice(1.0), line_noise(1.0), voice(1.0)]),
    "keys": keys(3.0),
    "text telephone": text_telephone(3.0),
    "modem": keyed([0, 1, 1, 0, 1] * 180, baud=300, mark_hz=1650, space_hz=1850),
}


def ears() -> Ears:
    """librosa's bands, and a head that weighs every number of the vector."""
    signs = np.where(np.arange(VECTOR_LENGTH) % 2, 1.0, -1.0)
    head = {
        "mean": np.zeros(VECTOR_LENGTH),
        "scale": np.full(VECTOR_LENGTH, 20.0),
        "weights": 0.01 * signs * np.arange(1, VECTOR_LENGTH + 1) / VECTOR_LENGTH,
        "bias": np.zeros(1),
    }
    return Ears("golden", kept()["mel_bank"], head, _sounds())


def _sounds() -> dict[str, NDArray[np.float64]]:
    """A head for each other sound that weighs every number of a second's vector."""
    turns = np.arange(VALUES)
    shapes = {"baby_cry": np.cos(turns), "music": np.sin(turns)}
    return {
        f"{kind}.{name}": array
        for kind, shape in shapes.items()
        for name, array in {
            "mean": np.zeros(VALUES),
            "scale": np.full(VALUES, 10.0),
            "hidden_weights": np.column_stack([shape, -shape]),
            "hidden_bias": np.full(2, 0.5),
            "weights": np.array([1.0, -0.5]),
            "bias": np.zeros(1),
            "threshold": np.full(1, 2.0),
        }.items()
    }


def heard(sound: NDArray[np.float32]) -> Evidence:
    """The call at the longest look at its sound."""
    tracks = Tracks(ears())
    tracks.feed(sound)
    look = tracks.at_look()
    return evidence(heard=look, child_voice_probability=child_voice_probability(look, ears()))


def golden() -> dict[str, dict[str, float | None]]:
    """Compute all values anew; null is unknown."""
    rows = {}
    for name, sound in SOUNDS.items():
        look = heard(sound)
        values = {feature.name: feature.compute(look) for feature in SOUND_FEATURES}
        rows[name] = {name: None if math.isnan(value) else round(value, 7) for name, value in values.items()}
    return rows


def same(one: float | None, other: float | None) -> bool:
    """Whether two values are the same but for the last digits."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def main() -> int:
    """Rewrite the file."""
    versions = {feature.name: feature.version for feature in SOUND_FEATURES}
    values = golden()
    old = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"versions": {}, "values": {}}
    changed = {
        name
        for case, row in old["values"].items()
        for name, value in row.items()
        if versions.get(name) == old["versions"][name] and not same(values.get(case, row).get(name), value)
    }
    if changed:
        sys.stderr.write(f"raise the version of these rows first: {', '.join(sorted(changed))}\n")
        return 1
    FILE.write_text(json.dumps({"versions": versions, "values": values}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
