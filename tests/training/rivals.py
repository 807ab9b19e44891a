"""Models that nobody had to fit, and that differ in a way that is known beforehand."""

from __future__ import annotations

from typing import Any

from prankfilter.bundle.writing import Draft
from prankfilter.classifier.model import model_arrays
from prankfilter.features.table import by_name
from prankfilter.vocabulary import Label
from tests.builders import model_draft, stumps

COLUMNS = ("area_load_ratio", "child_voice_probability", "received_hour")
KINDS = (Label.GENUINE, Label.JOKE_OR_ABUSE)


def rival(
    *, sign: float = 1.0, night: float = 0.0, seed: int = 1, learnt: str | None = None, **over: Any
) -> Draft:
    """Pranks are of children, and of quiet hours (or the other way round: ``sign``); or of the ``night``.

    ``learnt`` is when it stopped learning; other fields of the draft may be given too.
    """
    splits = [
        *((1, 0, edge / 4, sign / 4, -sign / 4) for edge in range(1, 12)),
        *((1, 1, edge / 10, -sign / 4, sign / 4) for edge in range(1, 10)),
        # The minute breaks ties: a threshold that a hundred calls share would hit none of them.
        *((1, 2, edge / 8, 0.0, 0.001) for edge in range(192)),
        (0, 0, 0.0, 0.0, 0.0),
        (1, 2, 6.0, night, 0.0),
    ]
    extra: dict[str, Any] = {"basis": "simulated"}
    known: dict[str, Any] = {
        "arrays": model_arrays(stumps(*splits), KINDS),
        "features": tuple((name, by_name[name].version) for name in COLUMNS),
        "recipe": {"seed": seed},
        "extra": extra | ({"learnt": {"until": learnt}} if learnt else {}),
    }
    return model_draft(**known | over)
