"""The child-voice arrays of an ears bundle: a linear head or nets, and what they must look like to be run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.shapes import Shape, array_fault, names_fault

ChildArrays = Mapping[str, NDArray[np.floating[Any]]]

NET_PREFIX = "net."
GEOMETRY = "net.geometry"

MOST_MEMBERS = 5
WIDEST = 256
"""A net beyond these would cost a call its deadline."""

NET_SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "net.first.weight": ("members", 5, 40, "width"),
        "net.first.bias": ("members", "width"),
        "net.second.weight": ("members", 3, "width", "width"),
        "net.second.bias": ("members", "width"),
        "net.third.weight": ("members", 3, "width", "width"),
        "net.third.bias": ("members", "width"),
        "net.fourth.weight": ("members", 3, "width", "width"),
        "net.fourth.bias": ("members", "width"),
        "net.hidden.weight": ("members", "width", "hidden"),
        "net.hidden.bias": ("members", "hidden"),
        "net.attention.weight": ("members", "hidden", "attention"),
        "net.attention.bias": ("members", "attention"),
        "net.attention.score": ("members", "attention"),
        "net.dense.weight": ("members", "pooled", "dense"),
        "net.dense.bias": ("members", "dense"),
        "net.out.weight": ("members", "dense"),
        "net.out.bias": ("members",),
        GEOMETRY: (4, 2),
    }
)
"""All float32. A convolution's axes are member, tap, input, output: batch norms are folded in, inputs are
multiplied from the left. The geometry is (stride, dilation) of the four convolutions, the last two of which
add their input to their output, so their stride is 1. ``pooled`` is twice ``hidden``: the means, then the
standard deviations."""

HEAD_SHAPES: Mapping[str, Shape] = MappingProxyType(
    {"mean": ("values",), "scale": ("values",), "weights": ("values",), "bias": (1,)}
)

CALIBRATION_SHAPES: Mapping[str, Shape] = MappingProxyType(
    dict.fromkeys(("calibration_s", "calibration_slope", "calibration_offset"), ("knots",))
)


def is_net(child: ChildArrays) -> bool:
    """Whether the child voice is told by nets rather than by a linear head."""
    return any(name.startswith(NET_PREFIX) for name in child)


def child_fault(child: ChildArrays) -> str | None:
    """Say what keeps the arrays of a child-voice head from being run, None if nothing does.

    Examples
    --------
    >>> child_fault({"mean": np.zeros(3), "weights": np.zeros(3), "bias": np.zeros(1)})
    'child.scale is missing'
    """
    has_net = is_net(child)
    shapes = dict(NET_SHAPES if has_net else HEAD_SHAPES)
    if any(name in child for name in CALIBRATION_SHAPES):
        shapes |= CALIBRATION_SHAPES
    sizes: dict[str, int] = {}
    return (
        names_fault(child, shapes, below="child.", of="child-voice head")
        or next(filter(None, _array_faults(child, shapes, sizes)), None)
        or _value_fault(child, sizes, has_net=has_net)
    )


def _array_faults(
    child: ChildArrays, shapes: Mapping[str, Shape], sizes: dict[str, int]
) -> Iterator[str | None]:
    for name, shape in shapes.items():
        kind = np.float32 if name.startswith(NET_PREFIX) else np.float64
        yield array_fault(f"child.{name}", child[name], shape, sizes, kind)


def _value_fault(child: ChildArrays, sizes: Mapping[str, int], *, has_net: bool) -> str | None:
    if 0 in sizes.values():
        return "a child-voice array is empty"
    if "knots" in sizes and not (np.diff(child["calibration_s"]) > 0).all():
        return "child.calibration_s does not rise"
    if has_net:
        return _net_fault(child, sizes)
    return None if (child["scale"] > 0).all() else "child.scale is not all positive"


def _net_fault(child: ChildArrays, sizes: Mapping[str, int]) -> str | None:
    if sizes["pooled"] != 2 * sizes["hidden"]:
        return f"child.net.dense.weight takes {sizes['pooled']} values, not twice {sizes['hidden']}"
    widths = [sizes[name] for name in ("width", "hidden", "attention", "dense")]
    if sizes["members"] > MOST_MEMBERS or max(widths) > WIDEST:
        return f"the child net is larger than {MOST_MEMBERS} members of width {WIDEST}"
    geometry = child[GEOMETRY]
    if not np.isin(geometry, (1, 2, 3)).all() or (geometry[2:, 0] != 1).any():
        return f"child.{GEOMETRY} is no (stride, dilation) of four convolutions: {geometry.tolist()}"
    return None
