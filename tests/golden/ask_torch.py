"""Ask torch what child nets say; ``python -m tests.golden.ask_torch`` keeps its answers.

The nets are written down once more, with torch's own convolutions and in double precision unless said
otherwise; no code is shared with those that serve.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from tests.golden.torch_cases import CASES, FILE, Case

Weights = Mapping[str, torch.Tensor]
TAPS = (5, 3, 3, 3)


def _convolved(net: Weights, layer: str, number: int, x: torch.Tensor) -> torch.Tensor:
    """Convolution and ReLU: (1, inputs, frames) to (1, outputs, fewer frames)."""
    weight = net[f"net.{layer}.weight"].permute(2, 1, 0)
    stride, dilation = net["geometry"][number].int().tolist()
    return functional.relu(
        functional.conv1d(x, weight, net[f"net.{layer}.bias"], stride=stride, dilation=dilation)
    )


def _reference_db(log_mel: torch.Tensor) -> torch.Tensor:
    """At each frame the greater of its own mean level and the reference of the frame before less 0.05 dB."""
    reference = list(log_mel.mean(1)[:1])
    for level in log_mel.mean(1)[1:]:
        reference.append(torch.maximum(level, reference[-1] - 0.05))
    return torch.stack(reference)


def _hidden(net: Weights, log_mel: torch.Tensor) -> torch.Tensor:
    """Hidden vectors, shape (outputs, hidden)."""
    x = (log_mel - _reference_db(log_mel)[:, None] + 6).T[None] / 15
    x = functional.pad(x, (_reach(net["geometry"]),) * 2, mode="replicate")
    x = _convolved(net, "second", 1, _convolved(net, "first", 0, x))
    for number, layer in ((2, "third"), (3, "fourth")):
        crop = int(net["geometry"][number, 1])
        x = x[:, :, crop:-crop] + _convolved(net, layer, number, x)
    return functional.relu(x[0].T @ net["net.hidden.weight"] + net["net.hidden.bias"])


def _log_odds(net: Weights, hidden: torch.Tensor, score: torch.Tensor) -> torch.Tensor:
    """Log-odds from the outputs that are speech."""
    weight = torch.softmax(score, 0)[:, None]
    mean = (weight * hidden).sum(0)
    variance = (weight * hidden**2).sum(0) - mean**2
    pooled = torch.cat([mean, variance.clamp_min(1e-5).sqrt()])
    dense = functional.relu(pooled @ net["net.dense.weight"] + net["net.dense.bias"])
    return dense @ net["net.out.weight"] + net["net.out.bias"]


def _reach(geometry: torch.Tensor) -> int:
    """Frames that an output sees on either side of the one in its middle."""
    hop, reach = 1, 0
    for (stride, dilation), taps in zip(geometry.int().tolist(), TAPS, strict=True):
        reach += hop * dilation * (taps - 1) // 2
        hop *= stride
    return reach


def ask(case: Case, dtype: torch.dtype = torch.float64) -> dict[str, NDArray[Any]]:
    """``log_odds`` (nets,), ``score`` (nets, outputs) and ``hidden`` (nets, outputs, hidden) of all nets."""
    tensors = {name: torch.from_numpy(array).to(dtype) for name, array in case.arrays.items()}
    geometry = tensors.pop("net.geometry")
    answers: dict[str, list[torch.Tensor]] = {"log_odds": [], "score": [], "hidden": []}
    for member in range(len(tensors["net.out.bias"])):
        net = {name: tensor[member] for name, tensor in tensors.items()} | {"geometry": geometry}
        hidden = _hidden(net, torch.from_numpy(case.log_mel).to(dtype))
        inner = torch.tanh(hidden @ net["net.attention.weight"] + net["net.attention.bias"])
        score = inner @ net["net.attention.score"]
        spoken = torch.from_numpy(case.speech[:: int(geometry[:, 0].prod())])
        answers["log_odds"].append(_log_odds(net, hidden[spoken], score[spoken]))
        answers["score"].append(score)
        answers["hidden"].append(hidden)
    return {name: torch.stack(values).numpy() for name, values in answers.items()}


def main() -> int:
    """Rewrite the kept answers; of wide nets only part of the hidden vectors."""
    arrays = {}
    for name, case in CASES.items():
        answers = ask(case)
        answers["hidden"] = answers["hidden"][:, :12, :12]
        arrays |= {f"{name} {key}": value for key, value in answers.items()}
    np.savez_compressed(FILE, **arrays)
    return 0


if __name__ == "__main__":
    sys.exit(main())
