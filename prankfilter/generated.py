"""Files that are made from the code: written anew, or held against what it says now."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def write_or_check(arguments: Sequence[str], files: Mapping[Path, bytes], *, name: str, module: str) -> int:
    """Write files, or with ``--check`` compare them; 0 done, 1 stale, 2 usage.

    ``name`` is what people call them, ``module`` what makes them (``python -m MODULE``).
    """
    if list(arguments) not in ([], ["--check"]):
        sys.stderr.write(f"usage: python -m {module} [--check]\n")
        return 2
    if not arguments:
        for path, content in files.items():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        return 0
    fresh = all(path.exists() and path.read_bytes() == content for path, content in files.items())
    if not fresh:
        sys.stderr.write(f"{name} is stale; run `python -m {module}`\n")
    return 0 if fresh else 1
