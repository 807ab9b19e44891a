"""The child-voice arrays of an ears bundle: a linear head or nets, and what they must look like to be run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

ChildArrays = Mapping[str, NDArray[np.floating[Any]]]

NET_PREFIX = "net."
GEOMETRY = "net.geometry"

MOST_MEMBERS = 5
WIDEST = 256
"""A net beyond these would cost a call its deadline."""

NET_SHAPES: Mapping[str, tuple[int | str, ...]] = MappingProxyType(
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

HEAD_SHAPES: Mapping[str, tuple[int | str, ...]] = MappingProxyType(
    {"mean": ("values",), "scale": ("values",), "weights": ("values",), "bias": (1,)}
)

CALIBRATION_SHAPES: Mapping[str, tuple[int | str, ...]] = MappingProxyType(
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
    for name in [*shapes, *child]:
        if name not in child:
            return f"child.{name} is missing"
        if name not in shapes:
            return f"child.{name} belongs to no child-voice head of this version"
    sizes: dict[str, int] = {}
    faults = (_shape_fault(name, child[name], shape, sizes) for name, shape in shapes.items())
    return next(filter(None, faults), None) or _value_fault(child, sizes, has_net=has_net)


def _shape_fault(
    name: str, array: NDArray[Any], shape: tuple[int | str, ...], sizes: dict[str, int]
) -> str | None:
    """Hold an array against its type and shape; a size that has a name is set where it is met first."""
    kind = np.float32 if name.startswith(NET_PREFIX) else np.float64
    if array.dtype != kind or not np.isfinite(array).all():
        return f"child.{name} is not all finite {np.dtype(kind)}"
    if array.ndim != len(shape):
        return f"child.{name} has shape {array.shape}, expected {len(shape)} axes"
    named = zip(shape, array.shape, strict=True)
    expected = tuple(sizes.setdefault(size, n) if isinstance(size, str) else size for size, n in named)
    return None if array.shape == expected else f"child.{name} has shape {array.shape}, expected {expected}"


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
