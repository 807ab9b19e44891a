"""A figure of clips with its interval over what they come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 500


@dataclass(frozen=True, slots=True)
class Share:
    """A share of clips, or another figure of them, with its 95 % interval over groups.

    Attributes
    ----------
    what : str
        Which clips.
    clips, groups : int
        How many, from how many sources.
    value, low, high : float
        In [0, 1]; NaN where there are no clips.
    """

    what: str
    clips: int
    groups: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def over_groups(
    what: str,
    groups: NDArray[np.str_],
    figure: Callable[[NDArray[np.intp]], float],
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
) -> Share:
    """A figure with the 2.5 % and 97.5 % quantiles over draws of groups with replacement.

    Parameters
    ----------
    what : str
        Its name.
    groups : ndarray of str, shape (clips,)
        The source of each clip: all clips of a source are drawn together.
    figure : callable
        Takes the places of some clips, some of them several times.
    rng : Generator
        Draws.
    draws : int
        How many.
    """
    names, place = np.unique(groups, return_inverse=True)
    if not len(names):
        return Share(what, 0, 0, np.nan, np.nan, np.nan)
    members = [np.flatnonzero(place == number) for number in range(len(names))]
    drawn = [
        figure(np.concatenate([members[one] for one in rng.integers(len(names), size=len(names))]))
        for _ in range(draws)
    ]
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return Share(what, len(groups), len(names), figure(np.arange(len(groups))), float(low), float(high))
