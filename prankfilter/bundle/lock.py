"""One command at a time on a folder of models."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from prankfilter.errors import BadInput

LOCK = ".lock"


@contextlib.contextmanager
def alone(models: Path) -> Iterator[None]:
    """Wait until no other command changes this folder. The system frees the lock when its holder dies."""
    if not models.is_dir():
        raise BadInput(f"{models} is no folder of models; set PRANKFILTER_MODELS")
    with (models / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
