"""Convolutions over time, without padding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """Convolution and ReLU of several nets at once: output t sees inputs ``stride * t + dilation * tap``.

    Attributes
    ----------
    taps : tuple of NDArray[float32]
        For each tap weights of shape (nets, inputs, outputs).
    bias : NDArray[float32]
        Shape (nets, 1, outputs).
    stride, dilation : int
        In frames of the input.
    residual : bool
        Whether the middle input of each output is added to it.
    """

    taps: tuple[Array, ...]
    bias: Array
    stride: int = 1
    dilation: int = 1
    residual: bool = False

    @property
    def reach(self) -> int:
        """Inputs on either side of the middle one that an output sees."""
        return self.dilation * (len(self.taps) - 1) // 2

    def outputs(self, inputs: int) -> int:
        """How many outputs so many inputs complete."""
        return max(0, (inputs - 2 * self.reach - 1) // self.stride + 1)

    def __call__(self, inputs: Array) -> Array:
        """Shape (nets or 1, frames, inputs) to (nets, fewer frames, outputs).

        One product a tap, summed: on one core copying the taps beside one another for one larger product, or
        one product with the weights of all taps, took 1.2 to 1.5 times as long.
        """
        count = self.outputs(inputs.shape[1])
        if not count:
            return np.empty((len(self.bias), 0, self.bias.shape[2]), np.float32)
        length = (count - 1) * self.stride + 1
        total: Array = np.matmul(inputs[:, : length : self.stride], self.taps[0])
        for number, weights in enumerate(self.taps[1:], 1):
            start = number * self.dilation
            total += np.matmul(inputs[:, start : start + length : self.stride], weights)
        total += self.bias
        np.maximum(total, 0, out=total)
        if self.residual:
            total += inputs[:, self.reach : self.reach + length : self.stride]
        return total
