"""Training one child-voice net on streams of known speakers. Only the ears command imports torch."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from prankfilter_training.ears.clips import Batch, Clips
from prankfilter_training.ears.net import Arrays, ChildNet, Said
from prankfilter_training.ears.recipe import NetRecipe
from prankfilter_training.ears.streams import Streams

LARGEST_GRADIENT = 2.0
WARM_UP = 10
"""Steps within which the running mean of the weights forgets where they began."""

Teach = Callable[[Batch], Tensor]
"""Says how probable a child is in each clip of a batch."""


def train_net(
    streams: Streams, speakers: Sequence[int], recipe: NetRecipe, seed: int, teachers: Sequence[Arrays] = ()
) -> Arrays:
    """Train a net.

    Parameters
    ----------
    streams : Streams
        Of all speakers.
    speakers : sequence of int
        Places of those that the net may hear.
    recipe : NetRecipe
        How.
    seed : int
        Of weights, clips and masks. One thread and one seed make the same net on the same processor.
    teachers : sequence of dict
        Arrays of nets of ``recipe.teacher`` that heard the same speakers and no others.

    Returns
    -------
    dict
        The arrays of one member (`ChildNet.arrays`): the running mean of the weights at the end.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = ChildNet(recipe.shape)
    mean = copy.deepcopy(net)
    clips = Clips(streams, speakers, recipe, np.random.default_rng(divmod(seed, 10)))
    teach = _teaching(recipe, teachers)
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=recipe.steps)
    net.train()
    for step in tqdm(range(recipe.steps), desc=f"net {seed}", unit="step", leave=False):
        batch = clips.draw()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            said = net(batch.log_mel, before_db=batch.before_db, padded=True)
        loss = _loss(said, batch, recipe, teach)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), LARGEST_GRADIENT)
        optimiser.step()
        schedule.step()
        _follow(mean, net, kept=min(recipe.kept, (1 + step) / (WARM_UP + step)))
    return mean.arrays()


def _loss(said: Said, batch: Batch, recipe: NetRecipe, teach: Teach | None) -> Tensor:
    """Cross-entropy with the labels and with what the teachers say."""
    wrong = functional.binary_cross_entropy_with_logits(said.child, batch.child, reduction="none")
    loss = (wrong * batch.told).sum() / batch.told.sum()
    if teach is not None:
        taught = functional.binary_cross_entropy_with_logits(said.child, teach(batch))
        loss = (1 - recipe.taught) * loss + recipe.taught * taught
    if recipe.woman_loss:
        woman = functional.binary_cross_entropy_with_logits(said.woman, batch.woman, reduction="none")
        loss = loss + recipe.woman_loss * (woman * batch.adult).sum() / batch.adult.sum().clamp_min(1)
    return loss


def _teaching(recipe: NetRecipe, teachers: Sequence[Arrays]) -> Teach | None:
    """What one of the teachers says of a batch, each in its turn: on average that is what all of them say."""
    if recipe.teacher is None or not teachers:
        return None
    shape = recipe.teacher.shape
    nets = itertools.cycle([ChildNet.of(arrays, shape).eval() for arrays in teachers])

    def teach(batch: Batch) -> Tensor:
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            odds = next(nets)(batch.log_mel, before_db=batch.before_db, padded=True).child
        return torch.sigmoid(odds)

    return teach


def _follow(mean: ChildNet, net: ChildNet, *, kept: float) -> None:
    """Let the running mean of weights and batch norms follow the net; in place."""
    with torch.no_grad():
        for averaged, now in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
            if averaged.is_floating_point():
                averaged.lerp_(now, 1 - kept)
