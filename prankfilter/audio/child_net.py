"""Child nets in numpy: convolutions over frames as they come (`child_track`), pooling at each look.

A net is a time-delay network [1]_ on log-mels above a reference, a peak level that falls slowly, so that gain
drops out without a look ahead; a look's first and last frame stand for what lies beyond them. The last layer
has a hidden vector and a score of attention for every second frame or every fourth. A look takes the softmax
of the scores over the frames on which somebody speaks, and the mean and standard deviation of the hidden
vectors under these weights [2]_.

References
----------
.. [1] Snyder et al. (2018), X-vectors: robust DNN embeddings for speaker recognition.
.. [2] Okabe, Koshinaka & Shinoda (2018), Attentive statistics pooling for deep speaker embedding.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.convolution import Array, Convolution
from prankfilter.bundle.child_arrays import GEOMETRY, ChildArrays, is_net
from prankfilter.bundle.ears import Ears

FALL_DB = 0.05
"""How far the reference falls from one frame to the next: 5 dB a second."""

ABOVE_DB = 6.0
SCALE_DB = 15.0
"""Log-mels enter as (x - reference + 6) / 15."""

LEAST_VARIANCE = np.float32(1e-5)


def reference_db(log_mel: Array, before_db: float = -math.inf) -> NDArray[np.float64]:
    """The level that frames are held against: a peak that falls slowly, as that of a meter.

    Parameters
    ----------
    log_mel : NDArray[float32]
        Shape (frames, 40), dB.
    before_db : float
        The reference at the frame before the first; by default there was none.

    Returns
    -------
    NDArray[float64]
        Shape (frames,): the greatest mean over the bands so far, less `FALL_DB` for each frame since.

    Examples
    --------
    >>> levels = np.array([-50.0, -20.0, -60.0, -60.0], np.float32)
    >>> reference_db(np.repeat(levels[:, None], 40, axis=1)).round(2).tolist()
    [-50.0, -20.0, -20.05, -20.1]
    """
    fallen = FALL_DB * np.arange(1, len(log_mel) + 1)
    peak = np.maximum.accumulate(log_mel.mean(axis=1, dtype=np.float64) + fallen)
    reference: NDArray[np.float64] = np.maximum(peak, before_db) - fallen
    return reference


class ChildNets:
    """The nets of an ears bundle, laid out to be run; shared by all calls.

    Parameters
    ----------
    arrays : Mapping[str, NDArray[float32]]
        Names and shapes as in `prankfilter.bundle.child_arrays.NET_SHAPES`; there may be others beside them.
    """

    def __init__(self, arrays: ChildArrays) -> None:
        self._arrays = {name: array.astype(np.float32, copy=False) for name, array in arrays.items()}
        self.convolutions = (
            self._convolution("first", 0),
            self._convolution("second", 1),
            self._convolution("third", 2, residual=True),
            self._convolution("fourth", 3, residual=True),
            Convolution((self._arrays["net.hidden.weight"],), self._arrays["net.hidden.bias"][:, None]),
        )
        self.bands = self._arrays["net.first.weight"].shape[2]
        self.hop_frames, self.reach_frames = 1, 0
        for convolution in self.convolutions:
            self.reach_frames += convolution.reach * self.hop_frames
            self.hop_frames *= convolution.stride

    def _convolution(self, layer: str, number: int, *, residual: bool = False) -> Convolution:
        stride, dilation = self._arrays[GEOMETRY][number].astype(int).tolist()
        weight = self._arrays[f"net.{layer}.weight"]
        taps = tuple(np.ascontiguousarray(weight[:, tap]) for tap in range(weight.shape[1]))
        bias = self._arrays[f"net.{layer}.bias"][:, None]
        return Convolution(taps, bias, stride=stride, dilation=dilation, residual=residual)

    def outputs(self, frames: int) -> int:
        """Outputs that have one of so many frames in their middle."""
        return (frames - 1) // self.hop_frames + 1

    def complete(self, frames: int) -> int:
        """Outputs that need nothing beyond so many frames."""
        return max(0, (frames - self.reach_frames - 1) // self.hop_frames + 1)

    def middle(self, output: NDArray[np.intp]) -> NDArray[np.intp]:
        """The frame in the middle of the ``2 * reach_frames + 1`` that an output sees."""
        return self.hop_frames * output

    def listen(self, inputs: Array) -> tuple[Array, Array]:
        """`NetFrames.hidden` and `NetFrames.score` of frames of shape (n, 40), as they enter the nets."""
        hidden = inputs[None]
        for convolution in self.convolutions:
            hidden = convolution(hidden)
        inner: Array = np.matmul(hidden, self._arrays["net.attention.weight"])
        inner += self._arrays["net.attention.bias"][:, None]
        np.tanh(inner, out=inner)
        score: Array = np.matmul(inner, self._arrays["net.attention.score"][:, :, None])[:, :, 0]
        return hidden, score

    def judge(self, pooled: Array) -> float:
        """Mean over the nets of the log-odds for a child, from pooled vectors of shape (nets, 2 hidden)."""
        dense = np.matmul(pooled[:, None], self._arrays["net.dense.weight"])[:, 0]
        dense = np.maximum(dense + self._arrays["net.dense.bias"], 0)
        log_odds = (dense * self._arrays["net.out.weight"]).sum(axis=1) + self._arrays["net.out.bias"]
        return float(log_odds.mean(dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class NetFrames:
    """What child nets made of the frames up to one look.

    Attributes
    ----------
    nets : ChildNets
        Whose outputs these are.
    hidden : NDArray[float32]
        Shape (nets, outputs, hidden).
    score : NDArray[float32]
        Shape (nets, outputs). Attention before the softmax.
    """

    nets: ChildNets
    hidden: Array
    score: Array

    def attention(self, speech: NDArray[np.bool_]) -> Array | None:
        """Weight of each output, shape (nets, outputs), none where nobody speaks; None if nobody does at all.

        Parameters
        ----------
        speech : NDArray[bool]
            Shape (frames,). The output is asked by the frame in its middle.
        """
        spoken = speech[self.nets.middle(np.arange(self.score.shape[1]))]
        if not spoken.any():
            return None
        score = np.where(spoken, self.score, np.float32(-np.inf))
        weight: Array = np.exp(score - score.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        return weight

    def frame_weights(self, speech: NDArray[np.bool_]) -> NDArray[np.float64] | None:
        """How much each frame counts, mean over the nets, shape (frames,): it sums to 1, each output's weight
        stands at the frame in its middle. None if nobody speaks.
        """
        weight = self.attention(speech)
        if weight is None:
            return None
        of_frame = np.zeros(len(speech))
        of_frame[self.nets.middle(np.arange(weight.shape[1]))] = weight.mean(axis=0)
        return of_frame

    def log_odds(self, speech: NDArray[np.bool_]) -> float:
        """Log-odds for a child's voice among the frames of speech; NaN if no output lies in speech."""
        weight = self.attention(speech)
        if weight is None:
            return math.nan
        mean = np.matmul(weight[:, None], self.hidden)
        spread = self.hidden - mean
        variance = np.matmul(weight[:, None], np.square(spread, out=spread))
        deviation = np.sqrt(np.maximum(variance, LEAST_VARIANCE))
        return self.nets.judge(np.concatenate([mean, deviation], axis=2)[:, 0])


@functools.lru_cache(maxsize=8)
def nets_of(ears: Ears) -> ChildNets | None:
    """The nets of these ears, laid out once; None where they have none, or the inference is switched off."""
    return ChildNets(ears.child) if ears.child is not None and is_net(ears.child) else None
