"""THE table of columns: which features are worked out for a whole log at once, and by what.

A feature that is not here is asked of the function that serves, call by call: slower, and never wrong. So a
new feature needs its row in `prankfilter.features.table` and nothing else; a column here makes it quick, and
a test holds every column to the function that serves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from prankfilter_training.rows.columnar.almanac import ALMANAC_COLUMNS
from prankfilter_training.rows.columnar.area import AREA_COLUMNS
from prankfilter_training.rows.columnar.caller import CALLER_COLUMNS, confirmed_child_play_at_looks
from prankfilter_training.rows.columnar.clock import Ints
from prankfilter_training.rows.columnar.line import LINE_COLUMNS
from prankfilter_training.rows.columnar.sheet import Floats, Sheet

Column = Callable[[Sheet], Floats]
LookColumn = Callable[[Sheet, Ints, Floats], Floats]

COLUMNS: Mapping[str, Column] = MappingProxyType(
    {**LINE_COLUMNS, **ALMANAC_COLUMNS, **CALLER_COLUMNS, **AREA_COLUMNS}
)
"""Features known when a call rings: from a log to one value a call, shape (calls,)."""

LOOK_COLUMNS: Mapping[str, LookColumn] = MappingProxyType(
    {"confirmed_child_play_decayed_count": confirmed_child_play_at_looks}
)
"""Features that rest on history and voice: from a log, the call of each look and the child-voice probability
there, to one value a look."""
