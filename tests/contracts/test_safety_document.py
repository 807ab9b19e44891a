"""docs/safety_tests.md names a real test for every safety rule, or says that there is none yet."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "safety_tests.md").read_text(encoding="utf-8")

NAMED = re.findall(r"`(tests/[\w/]+\.py)::([\w:]+)`", PAGE)
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, flags=re.MULTILINE | re.DOTALL))

CASES = (
    "detroit_2006_child",
    "uk_2013_silent",
    "lithuania_2013_simless",
    "madison_2008_disconnected",
    "storm_surge",
    "text_telephone",
    "panic_button",
)

UNPROVEN: set[str] = set()
"""Rules without any test yet. This set only shrinks."""


def names_in(path: Path) -> set[str]:
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            names |= {f"{node.name}::{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return names


@pytest.mark.parametrize("path", sorted({path for path, _ in NAMED}))
def test_every_named_test_exists(path: str) -> None:
    named = {name for where, name in NAMED if where == path}
    assert named <= names_in(ROOT / path)
    assert all(name.rpartition("::")[2].startswith("test_") for name in named)


def test_every_rule_has_its_section_in_order() -> None:
    numbers = [int(title.partition(".")[0]) for title in SECTIONS if title[0].isdigit()]
    assert numbers == list(range(1, 17))


@pytest.mark.parametrize("title", SECTIONS)
def test_every_section_names_a_test(title: str) -> None:
    assert ("::test_" in SECTIONS[title]) == (title not in UNPROVEN)


@pytest.mark.parametrize("case", CASES)
def test_every_named_case_has_its_test(case: str) -> None:
    assert f"tests/journeys/test_safety_cases.py::test_{case}`" in PAGE
