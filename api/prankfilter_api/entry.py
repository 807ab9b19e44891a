"""The command ``prankfilter-serve`` as the system starts it: what is settled before anything is imported."""

from __future__ import annotations

import gc
import importlib
import os
import sys

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
"""Threads of numeric libraries, which read these when numpy is imported: with more than one, a product that
takes a fraction of a millisecond waits for tens of them wherever cores are busy."""


def main() -> int:
    """Serve; returns the exit code."""
    for name in THREADS:
        os.environ.setdefault(name, "1")
    # Nothing that imports leave behind is garbage: a tenth of the start goes into looking for some.
    gc.disable()
    code: int = importlib.import_module("prankfilter_api.serve").main()
    return code


if __name__ == "__main__":
    sys.exit(main())
