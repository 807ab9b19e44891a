"""What gets installed: few packages to serve with, all pinned by hash, and nothing of one machine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = {
    name: (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    for name in ("serve", "console", "all")
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

MOST_SERVING = 35
TRAINING_ONLY = {
    "scikit-learn",
    "scipy",
    "joblib",
    "librosa",
    "numba",
    "torch",
    "pandas",
    "polars",
    "matplotlib",
}
LEFT_OUT = {"ears"}
"""Extras that `make install` does not install."""


def pinned(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", LOCKS[lock], re.MULTILINE))


def test_the_serving_set_is_small_and_trains_nothing() -> None:
    serving = pinned("serve")
    assert 0 < len(serving) <= MOST_SERVING
    assert TRAINING_ONLY.isdisjoint(serving)


def test_the_console_trains_nothing() -> None:
    assert TRAINING_ONLY.isdisjoint(pinned("console"))


def test_everything_is_the_serving_set_and_more() -> None:
    assert pinned("serve").items() <= pinned("console").items() <= pinned("all").items()
    assert "torch" not in pinned("all")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_by_hash_and_from_nowhere_in_particular(lock: str) -> None:
    lines = LOCKS[lock].splitlines()
    starts = [number for number, line in enumerate(lines) if line and line[0] not in " #"]
    assert len(starts) == len(pinned(lock))
    assert all(lines[number + 1].lstrip().startswith("--hash=sha256:") for number in starts)
    assert not re.search(r"://|--(index-url|extra-index-url|find-links|trusted-host)| @ |file:", LOCKS[lock])


@pytest.mark.parametrize("extra", sorted(PROJECT["optional-dependencies"].keys() - LEFT_OUT))
def test_everything_holds_what_each_extra_asks_for(extra: str) -> None:
    asked = {re.split(r"[\[<>=!~; ]", need)[0].lower() for need in PROJECT["optional-dependencies"][extra]}
    assert asked <= pinned("all").keys()


def test_the_lock_is_made_of_the_same_extras() -> None:
    (line,) = re.findall(
        r"^LOCKED_EXTRAS := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(line.replace("--extra", "").split()) == PROJECT["optional-dependencies"].keys() - LEFT_OUT
