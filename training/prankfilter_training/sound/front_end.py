"""The name of the code that turns sound into numbers: what it measured must not outlive it unnoticed."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from prankfilter import vocabulary


@functools.cache
def front_end_digest(*beside: Path) -> str:
    """Hash the sources of the front end, and of what a caller adds of its own; SHA-256 in hex."""
    engine = Path(vocabulary.__file__).parent
    sources = [
        *engine.glob("audio/*.py"),
        *(engine / f"features/{name}.py" for name in ("other_sounds", "sound", "voice")),
    ]
    sources += [engine / "routing/strata.py", *beside]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sorted(sources))).hexdigest()
