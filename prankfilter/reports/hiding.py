"""Counts that may leave the centre: small ones are hidden, and cannot be worked out from those shown.

Counts form a tree: a month is split by district, a district by kind of day, and so on. What is shown of a
node's children leaves the sum of the hidden ones open to whoever subtracts; so the hidden ones are always two
at least, and together as large as anything that may be shown. Nothing is shown below what is hidden. There
are no other sums, since the tree is split in one way only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

FEWEST_CALLS = 10
FEWEST_NUMBERS = 5
"""A smaller count is hidden. Calls without a number count as calls and name nobody."""

Path = tuple[str, ...]


@dataclass(slots=True)
class _Node:
    calls: int = 0
    numbers: set[str] = field(default_factory=set)
    children: dict[str, _Node] = field(default_factory=dict)

    def add(self, path: Path, number: str | None) -> None:
        self.calls += 1
        if number is not None:
            self.numbers.add(number)
        if path:
            self.children.setdefault(path[0], _Node()).add(path[1:], number)


def shown_counts(calls: Iterable[tuple[Path, str | None]]) -> Mapping[Path, int]:
    """Count calls by path and by every beginning of a path, without what must be hidden.

    Parameters
    ----------
    calls : iterable of (path, number)
        Where a call belongs, and who called if that is known; all paths of one length.

    Returns
    -------
    Mapping
        Counts by path; a path that is not in it is hidden or empty. The empty path is the total.

    Examples
    --------
    >>> calls = [(("a",), f"n{i}") for i in range(30)] + [(("b",), "n1"), (("c",), "n2")]
    >>> shown_counts(calls)
    {(): 32}
    >>> shown_counts(calls + [(("b",), f"m{i}") for i in range(20)])
    {(): 52, ('a',): 30}
    """
    root = _Node()
    for path, number in calls:
        root.add(path, number)
    shown: dict[Path, int] = {}
    _show(root, (), shown)
    return shown


def _show(node: _Node, path: Path, shown: dict[Path, int]) -> None:
    if not _is_large([node]):
        return
    shown[path] = node.calls
    for name in _visible(node.children):
        _show(node.children[name], (*path, name), shown)


def _visible(children: Mapping[str, _Node]) -> list[str]:
    """Return the children that may be shown, in their order."""
    hidden = {name for name, child in children.items() if not _is_large([child])}
    by_size = sorted(children.keys() - hidden, key=lambda name: (children[name].calls, name))
    while hidden and by_size and not _is_safe([children[name] for name in hidden]):
        hidden.add(by_size.pop(0))
    return [name for name in children if name not in hidden]


def _is_safe(hidden: Sequence[_Node]) -> bool:
    return len(hidden) > 1 and _is_large(hidden)


def _is_large(nodes: Sequence[_Node]) -> bool:
    numbers = set().union(*(node.numbers for node in nodes))
    return sum(node.calls for node in nodes) >= FEWEST_CALLS and len(numbers) >= FEWEST_NUMBERS
