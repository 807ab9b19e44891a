"""How a model is made, as data; every value enters the model's id."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prankfilter.errors import BadInput

SHIPPED = Path(__file__).with_name("recipe.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One recipe; `recipe.toml` says what each value means."""

    seed: int
    fit_until: float
    calibrate_until: float
    evaluate_until: float
    rounds: int
    learning_rate: float
    max_bins: int
    max_leaf_nodes: int
    min_samples_leaf: int
    l2: float
    child_voice_dropout: float
    least_calls: int
    ridge: float

    def __post_init__(self) -> None:
        """Refuse what cannot work, naming it."""
        wrong = [rule for rule, holds in self._rules().items() if not holds]
        if wrong:
            raise BadInput(f"the recipe breaks: {'; '.join(wrong)}")

    def _rules(self) -> Mapping[str, bool]:
        return {
            "0 < fit_until < calibrate_until < evaluate_until <= 1": 0
            < self.fit_until
            < self.calibrate_until
            < self.evaluate_until
            <= 1,
            "1 <= rounds <= 57 (400 trees for seven kinds)": 1 <= self.rounds <= 57,
            "0 < learning_rate <= 1": 0 < self.learning_rate <= 1,
            "2 <= max_bins <= 255": 2 <= self.max_bins <= 255,
            "max_leaf_nodes >= 2": self.max_leaf_nodes >= 2,
            "min_samples_leaf >= 1": self.min_samples_leaf >= 1,
            "l2, ridge >= 0": self.l2 >= 0 and self.ridge >= 0,
            "0 <= child_voice_dropout < 1": 0 <= self.child_voice_dropout < 1,
            "least_calls >= 1": self.least_calls >= 1,
        }


def read_recipe(path: Path = SHIPPED) -> tuple[Recipe, Mapping[str, Any]]:
    """Read a recipe; the second part is the file as plain values, which go into the bundle."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise BadInput(f"{path} is no recipe: {problem}") from problem
    return recipe_of(document, str(path)), document


def recipe_of(document: Mapping[str, Any], name: str) -> Recipe:
    """Read a recipe from plain values, such as a bundle keeps; ``name`` says where they stand."""
    flat: dict[str, Any] = {}
    for key, value in document.items():
        flat |= value if isinstance(value, dict) else {key: value}
    known = set(Recipe.__dataclass_fields__)
    for key in sorted(known ^ set(flat)):
        raise BadInput(f"{name}: {key} is {'missing' if key in known else 'no part of a recipe'}")
    return Recipe(**flat)
