"""Every property of the engine on many examples; the short tests try each on a few."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_every_property_of_the_engine_holds_on_many_examples() -> None:
    """Tests that name a number of examples themselves keep to it; a failure prints the example as always."""
    chosen = ["tests/engine", "-m", "hypothesis and not long", "--hypothesis-profile=thorough"]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *chosen]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
