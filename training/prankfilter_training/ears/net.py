"""The child-voice net in torch, and its arrays as serving reads them. Only the ears command imports torch.

A time-delay network with attentive statistics pooling (Snyder et al. 2018; Okabe et al. 2018), made for a
stream: the level is held against a peak that falls slowly, so that gain drops out without looking ahead, and
nothing but the first and last frame of a look stands for what lies beyond them.
`prankfilter.audio.child_net` computes the same in numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from prankfilter.audio.child_net import ABOVE_DB, FALL_DB, LEAST_VARIANCE, SCALE_DB
from prankfilter_training.ears.recipe import MELS, TAPS, NetShape

Arrays = dict[str, NDArray[np.float32]]


class Convolution(nn.Module):
    """A convolution over time as one matrix product, batch norm, ReLU; (batch, frames, inputs) in and out."""

    def __init__(self, taps: int, inputs: int, outputs: int, geometry: tuple[int, int]) -> None:
        super().__init__()
        self.taps, (self.stride, self.dilation) = taps, geometry
        self.linear = nn.Linear(taps * inputs, outputs)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, layer: Tensor) -> Tensor:
        """Filter; the ends that the filter does not cover are lost."""
        frames = (layer.shape[1] - self.dilation * (self.taps - 1) - 1) // self.stride + 1
        reach = (frames - 1) * self.stride + 1
        starts = range(0, self.dilation * self.taps, self.dilation)
        side_by_side = torch.cat([layer[:, at : at + reach : self.stride] for at in starts], dim=-1)
        filtered = self.linear(side_by_side)
        normed = self.norm(filtered.reshape(-1, filtered.shape[-1]))
        return functional.relu(normed.reshape(filtered.shape))

    def folded(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Weight of shape (taps, inputs, outputs) and bias with the batch norm folded in."""
        weight, bias = _folded(self.linear.weight, self.linear.bias, self.norm)
        return weight.reshape(self.taps, -1, weight.shape[-1]), bias


def reference_db(log_mel: Tensor, before_db: Tensor | None = None) -> Tensor:
    """The level that frames are held against: a peak that falls slowly, as that of a meter.

    Parameters
    ----------
    log_mel : Tensor of shape (clips, frames, 40)
        dB.
    before_db : Tensor of shape (clips,), optional
        The reference at the frame before the first one.

    Returns
    -------
    Tensor of shape (clips, frames)
        At each frame the greatest mean over the bands so far, less `FALL_DB` for each frame since.
    """
    fall = FALL_DB * torch.arange(log_mel.shape[1])
    peak = torch.cummax(log_mel.mean(dim=2) + fall, dim=1).values
    if before_db is not None:
        peak = torch.maximum(peak, before_db[:, None] - FALL_DB)
    return peak - fall


@dataclass(frozen=True, slots=True)
class Said:
    """What a net says of a batch: log-odds for a child; for a woman, among adults; the pooled voice."""

    child: Tensor
    woman: Tensor
    pooled: Tensor


class ChildNet(nn.Module):
    """One member of the ensemble."""

    def __init__(self, shape: NetShape) -> None:
        super().__init__()
        width = shape.width
        self.shape = shape
        self.first = Convolution(TAPS[0], MELS, width, shape.geometry[0])
        self.second = Convolution(TAPS[1], width, width, shape.geometry[1])
        self.third = Convolution(TAPS[2], width, width, shape.geometry[2])
        self.fourth = Convolution(TAPS[3], width, width, shape.geometry[3])
        self.hidden = Convolution(1, width, shape.hidden, (1, 1))
        self.attention = nn.Linear(shape.hidden, shape.attention)
        self.score = nn.Linear(shape.attention, 1, bias=False)
        self.dropout = nn.Dropout(shape.dropout)
        self.dense = nn.Linear(2 * shape.hidden, shape.dense)
        self.dense_norm = nn.BatchNorm1d(shape.dense)
        self.out = nn.Linear(shape.dense, 1)
        self.woman = nn.Linear(shape.dense, 1)

    def forward(
        self,
        log_mel: Tensor,
        spoken: Tensor | None = None,
        *,
        before_db: Tensor | None = None,
        padded: bool = False,
    ) -> Said:
        """Judge clips.

        Parameters
        ----------
        log_mel : Tensor of shape (clips, frames, 40)
            dB.
        spoken : Tensor of bool, shape (clips, frames), optional
            Only outputs whose middle frame is spoken are pooled; without it all are.
        before_db : Tensor of shape (clips,), optional
            `reference_db` of the frame before the first one; without it the clips begin with a call.
        padded : bool
            Whether the first and the last frame are repeated at the ends, as they are when a look is served.
        """
        below_db = log_mel - reference_db(log_mel, before_db)[..., None]
        frames = (below_db + ABOVE_DB) / SCALE_DB
        reach, hop = self.shape.reach_frames, self.shape.hop_frames
        if padded:
            first, last = frames[:, :1].expand(-1, reach, -1), frames[:, -1:].expand(-1, reach, -1)
            frames = torch.cat([first, frames, last], dim=1)
        layer = self.second(self.first(frames))
        for convolution in (self.third, self.fourth):
            edge = convolution.dilation
            layer = layer[:, edge:-edge] + convolution(layer)
        hidden = self.hidden(layer)
        score = self.score(torch.tanh(self.attention(hidden)))[..., 0].float()
        if spoken is not None:
            middle = spoken[:, 0 if padded else reach :: hop][:, : score.shape[1]]
            score = score.masked_fill(~middle, -torch.inf)
        weight = torch.softmax(score, dim=1)[..., None]
        hidden = hidden.float()
        mean = (weight * hidden).sum(dim=1)
        variance = (weight * hidden.square()).sum(dim=1) - mean.square()
        pooled = torch.cat([mean, variance.clamp_min(float(LEAST_VARIANCE)).sqrt()], dim=1)
        dense = functional.relu(self.dense_norm(self.dense(self.dropout(pooled))))
        return Said(self.out(dense)[:, 0].float(), self.woman(dense)[:, 0].float(), pooled)

    def arrays(self) -> Arrays:
        """The trained net as `child_arrays.NET_SHAPES` names it, without the member axis."""
        out: Arrays = {}
        for layer in ("first", "second", "third", "fourth", "hidden"):
            weight, bias = getattr(self, layer).folded()
            out[f"net.{layer}.weight"] = weight[0] if layer == "hidden" else weight
            out[f"net.{layer}.bias"] = bias
        dense_weight, dense_bias = _folded(self.dense.weight, self.dense.bias, self.dense_norm)
        return out | {
            "net.attention.weight": _array(self.attention.weight.T),
            "net.attention.bias": _array(self.attention.bias),
            "net.attention.score": _array(self.score.weight[0]),
            "net.dense.weight": dense_weight,
            "net.dense.bias": dense_bias,
            "net.out.weight": _array(self.out.weight[0]),
            "net.out.bias": _array(self.out.bias[0]),
        }


def _folded(
    weight: Tensor, bias: Tensor, norm: nn.BatchNorm1d
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight (inputs, outputs) and bias of a linear layer with the batch norm that follows it."""
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError("the batch norm keeps no running statistics")
    gain = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    return (
        _array((weight.double() * gain[:, None]).T),
        _array((bias.double() - norm.running_mean.double()) * gain + norm.bias.double()),
    )


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return np.array(tensor.detach().numpy(), np.float32, order="C")
