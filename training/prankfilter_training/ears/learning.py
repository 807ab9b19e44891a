"""Training one child-voice net on streams of known speakers. Only the ears command imports torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from prankfilter_training.ears.clips import Batch, Clips
from prankfilter_training.ears.net import Arrays, ChildNet, Said
from prankfilter_training.ears.recipe import NetRecipe
from prankfilter_training.ears.streams import Streams

LARGEST_GRADIENT = 2.0


def train_net(
    streams: Streams,
    speakers: Sequence[int],
    recipe: NetRecipe,
    seed: int,
    voices: NDArray[np.float32] | None = None,
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
    voices : ndarray of shape (speakers, n), optional
        What the voices of all speakers are like (`voices.embeddings`); needed with ``recipe.voice_loss``.

    Returns
    -------
    dict
        The arrays of one member (`ChildNet.arrays`).
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = ChildNet(recipe.shape)
    embed = nn.Linear(2 * recipe.shape.hidden, voices.shape[1]) if voices is not None else None
    learnt = [*net.parameters(), *(embed.parameters() if embed is not None else ())]
    clips = Clips(streams, speakers, recipe, np.random.default_rng(divmod(seed, 10)), voices)
    optimiser = torch.optim.AdamW(learnt, lr=recipe.rate, weight_decay=recipe.decay, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=recipe.steps)
    net.train()
    for _ in tqdm(range(recipe.steps), desc=f"net {seed}", unit="step", leave=False):
        batch = clips.draw()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            said = net(batch.log_mel, before_db=batch.before_db, padded=True)
        loss = _loss(said, batch, recipe)
        if embed is not None and batch.voice is not None:
            alike = functional.cosine_similarity(embed(said.pooled), batch.voice, dim=-1)
            loss = loss + recipe.voice_loss * (1 - alike).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learnt, LARGEST_GRADIENT)
        optimiser.step()
        schedule.step()
    return net.arrays()


def _loss(said: Said, batch: Batch, recipe: NetRecipe) -> Tensor:
    """Cross-entropy with the labels."""
    wrong = functional.binary_cross_entropy_with_logits(said.child, batch.child, reduction="none")
    loss = (wrong * batch.told).sum() / batch.told.sum()
    if recipe.woman_loss:
        woman = functional.binary_cross_entropy_with_logits(said.woman, batch.woman, reduction="none")
        loss = loss + recipe.woman_loss * (woman * batch.adult).sum() / batch.adult.sum().clamp_min(1)
    return loss
