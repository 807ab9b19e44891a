"""What is set once for a whole process that serves calls."""

from __future__ import annotations

import gc
import sys

SWITCH_S = 0.0005
"""How long a thread that works on sound may keep the interpreter to itself while another wants it. A call
without sound asks for it some thirty times, mostly around its reads of the store: at Python's usual 5 ms it
could miss its deadline beside a single call with sound."""


def tune() -> None:
    """Prepare for serving, once all that lasts is there."""
    sys.setswitchinterval(SWITCH_S)
    # Else every full collection looks through model, ears and modules, and all calls wait: 60 ms, not 0.1.
    gc.collect()
    gc.freeze()
    gc.enable()
