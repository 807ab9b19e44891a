"""Training one child-voice net on streams of known speakers. Only the ears command imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from prankfilter_training.bank.recordings import OLDEST_CHILD, YOUNGEST_ADULT
from prankfilter_training.ears.net import Arrays, ChildNet, reference_db
from prankfilter_training.ears.recipe import MELS, NetRecipe
from prankfilter_training.ears.streams import Streams
from prankfilter_training.simulation.voices import Group

HALF_WAY_AGE, AGE_SPAN = 13.0, 7.0
"""The label of 10-17 falls by a line from child to adult."""


def train_net(streams: Streams, speakers: Sequence[int], recipe: NetRecipe, seed: int) -> Arrays:
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

    Returns
    -------
    dict
        The arrays of one member (`ChildNet.arrays`).
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = ChildNet(recipe.shape)
    clips = _Clips(streams, speakers, recipe, np.random.default_rng(seed))
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay, foreach=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=recipe.steps)
    net.train()
    for _ in tqdm(range(recipe.steps), desc=f"net {seed}", unit="step", leave=False):
        batch = clips.draw()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            said = net(batch.log_mel, before_db=batch.before_db)
        loss = functional.binary_cross_entropy_with_logits(said.child, batch.child)
        woman = functional.binary_cross_entropy_with_logits(said.woman, batch.woman, reduction="none")
        loss = loss + recipe.woman_loss * (woman * batch.adult).sum() / batch.adult.sum().clamp_min(1)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        schedule.step()
    net.eval()
    return net.arrays()


@dataclass(frozen=True, slots=True)
class _Batch:
    log_mel: Tensor
    before_db: Tensor | None
    child: Tensor
    woman: Tensor
    adult: Tensor


class _Clips:
    """Draws batches: children, adults, and a few between, every speaker of a group as often as the others."""

    def __init__(
        self, streams: Streams, speakers: Sequence[int], recipe: NetRecipe, rng: np.random.Generator
    ) -> None:
        self._streams, self._recipe, self._rng = streams, recipe, rng
        self._places = np.asarray(speakers)
        self._reference_db = np.stack(
            [
                reference_db(torch.from_numpy(voice.astype(np.float32))).numpy().astype(np.float16)
                for voice in streams.log_mel
            ]
        )
        chosen = [streams.speakers[place] for place in speakers]
        groups = np.array([str(speaker.group) for speaker in chosen])
        share = {Group.CHILD: 1.0, Group.ADULT: 1.0, Group.YOUTH: recipe.youth_share}
        weight = np.array([share[speaker.group] / (groups == str(speaker.group)).sum() for speaker in chosen])
        self._weight = weight / weight.sum()
        self._child = np.array([child_label(speaker.age) for speaker in chosen], np.float32)
        self._woman = np.array([speaker.sex == "f" for speaker in chosen], np.float32)
        self._adult = np.array([speaker.group is Group.ADULT for speaker in chosen], np.float32)

    def draw(self) -> _Batch:
        """The next batch."""
        recipe, rng, log_mel = self._recipe, self._rng, self._streams.log_mel
        length = int(rng.integers(*recipe.crop_frames))
        chosen = rng.choice(len(self._places), recipe.batch, p=self._weight)
        copies = rng.integers(log_mel.shape[1], size=recipe.batch)
        starts = rng.integers(log_mel.shape[2] - length, size=recipe.batch)
        where = [
            (self._places[speaker], copy, slice(start, start + length))
            for speaker, copy, start in zip(chosen, copies, starts, strict=True)
        ]
        clips = torch.from_numpy(np.stack([log_mel[at] for at in where]).astype(np.float32))
        before = torch.from_numpy(np.array([self._before(*at[:2], at[2].start) for at in where], np.float32))
        self._disturb(clips)
        child = torch.from_numpy(self._child[chosen] * (1 - recipe.smoothing) + recipe.smoothing / 2)
        share = float(rng.beta(recipe.mixup, recipe.mixup))
        other = torch.from_numpy(rng.permutation(recipe.batch))
        return _Batch(
            log_mel=share * clips + (1 - share) * clips[other],
            before_db=share * before + (1 - share) * before[other] if rng.random() < 0.5 else None,
            child=share * child + (1 - share) * child[other],
            woman=torch.from_numpy(self._woman[chosen]),
            adult=torch.from_numpy(self._adult[chosen]),
        )

    def _before(self, speaker: int, copy: int, start: int) -> float:
        """The reference level that a clip inherits if it begins amid a stream."""
        return float(self._reference_db[speaker, copy, max(start - 1, 0)])

    def _disturb(self, clips: Tensor) -> None:
        """Hide a few bands, and a stretch of time, behind the mean; in place."""
        recipe, rng = self._recipe, self._rng
        if rng.random() < recipe.band_mask_share:
            first, count = int(rng.integers(MELS - 6)), int(rng.integers(1, 7))
            clips[:, :, first : first + count] = clips.mean((1, 2), keepdim=True)
        if rng.random() < recipe.time_mask_share:
            first, count = int(rng.integers(clips.shape[1] - 30)), int(rng.integers(5, 30))
            clips[:, first : first + count] = clips.mean((1, 2), keepdim=True)


def child_label(age: int) -> float:
    """1 for a child of 9 years or younger, 0 for an adult, between them for 10-17.

    Examples
    --------
    >>> child_label(9), child_label(13), child_label(18)
    (1.0, 0.5, 0.0)
    """
    if age <= OLDEST_CHILD:
        return 1.0
    if age >= YOUNGEST_ADULT:
        return 0.0
    return float(np.clip(0.5 + (HALF_WAY_AGE - age) / AGE_SPAN, 0.0, 1.0))
