"""Draws the clips that a child-voice net is trained on. Only the ears command imports torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from prankfilter_training.ears.net import reference_db
from prankfilter_training.ears.recipe import MELS, NetRecipe
from prankfilter_training.ears.speakers import Speaker
from prankfilter_training.ears.streams import Streams
from prankfilter_training.simulation.voices import Group

BAND_MASK = (1, 7)
TIME_MASK = (5, 30)
"""Ranges of how many bands, and frames, are hidden together; a third of a clip's frames at the most."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Clips with their labels, which are drawn in and mixed.

    Attributes
    ----------
    log_mel : Tensor of shape (clips, frames, 40)
        dB.
    before_db : Tensor of shape (clips,) or None
        `reference_db` of the frame before the first; None where the clips begin a call.
    child : Tensor of shape (clips,)
        1 for a child, 0 for an adult.
    told : Tensor of shape (clips,)
        1 where the label counts, 0 where a youth has part in the clip.
    woman, adult : Tensor of shape (clips,)
        Whether the clip was of a woman or girl, of an adult, before it was mixed.
    voice : Tensor of shape (clips, n) or None
        What the voice is like.
    """

    log_mel: Tensor
    before_db: Tensor | None
    child: Tensor
    told: Tensor
    woman: Tensor
    adult: Tensor
    voice: Tensor | None


class Clips:
    """Draws batches in which each child comes as often as any other, and so each woman, man and youth."""

    def __init__(
        self,
        streams: Streams,
        speakers: Sequence[int],
        recipe: NetRecipe,
        rng: np.random.Generator,
        voices: NDArray[np.float32] | None = None,
    ) -> None:
        self._log_mel, self._recipe, self._rng = streams.log_mel, recipe, rng
        share = np.array([_share_of(streams.speakers[place], recipe) for place in speakers])
        self._places = np.asarray(speakers)[share > 0]
        who = [streams.speakers[place] for place in self._places]
        self._share = _alike(who, share[share > 0])
        self._child = np.array([speaker.group is Group.CHILD for speaker in who], np.float32)
        self._adult = np.array([speaker.group is Group.ADULT for speaker in who], np.float32)
        self._woman = np.array([speaker.sex == "f" for speaker in who], np.float32)
        self._voices = None if voices is None else torch.from_numpy(_centred(voices[self._places]))
        self._reference_db = np.stack([_reference_db(streams.log_mel[place]) for place in self._places])

    def draw(self) -> Batch:
        """The next batch."""
        recipe, rng = self._recipe, self._rng
        short = rng.random() < recipe.short_share
        frames = int(rng.integers(*(recipe.short_frames if short else recipe.crop_frames)))
        who = rng.choice(len(self._places), recipe.batch, p=self._share)
        copies = rng.integers(self._log_mel.shape[1], size=recipe.batch)
        starts = rng.integers(self._log_mel.shape[2] - frames, size=recipe.batch)
        where = zip(self._places[who], copies, starts, strict=True)
        clips = np.stack([self._log_mel[place, copy, at : at + frames] for place, copy, at in where])
        before_db = self._reference_db[who, copies, np.maximum(starts - 1, 0)].astype(np.float32)
        inherited = rng.random() < recipe.inherited_share
        hidden = self._hide(torch.from_numpy(clips.astype(np.float32)))
        child = torch.from_numpy(self._child[who]) * (1 - recipe.smoothing) + recipe.smoothing / 2
        told = torch.from_numpy(self._child[who] + self._adult[who])
        mix = _Mix(
            float(rng.beta(recipe.mixup, recipe.mixup)), torch.from_numpy(rng.permutation(recipe.batch))
        )
        return Batch(
            log_mel=mix.of(hidden),
            before_db=mix.of(torch.from_numpy(before_db)) if inherited else None,
            child=mix.of(child),
            told=told * told[mix.other],
            woman=torch.from_numpy(self._woman[who]),
            adult=torch.from_numpy(self._adult[who]),
            voice=None if self._voices is None else mix.of(self._voices[who]),
        )

    def _hide(self, clips: Tensor) -> Tensor:
        """The clips with a few bands, and a stretch of time, behind their mean; changed in place."""
        recipe, rng, frames = self._recipe, self._rng, clips.shape[1]
        if rng.random() < recipe.band_mask_share:
            first, count = int(rng.integers(MELS - BAND_MASK[1] + 1)), int(rng.integers(*BAND_MASK))
            clips[:, :, first : first + count] = clips.mean((1, 2), keepdim=True)
        if rng.random() < recipe.time_mask_share:
            first = int(rng.integers(max(frames - TIME_MASK[1], 1)))
            count = int(rng.integers(TIME_MASK[0], min(TIME_MASK[1], frames // 3)))
            clips[:, first : first + count] = clips.mean((1, 2), keepdim=True)
        return clips


@dataclass(frozen=True, slots=True)
class _Mix:
    """Each clip with a share of another."""

    share: float
    other: Tensor

    def of(self, values: Tensor) -> Tensor:
        return self.share * values + (1 - self.share) * values[self.other]


def _share_of(speaker: Speaker, recipe: NetRecipe) -> float:
    """The share of clips of a speaker's kind: children as many as adults."""
    if speaker.group is Group.ADULT:
        return recipe.women_share if speaker.sex == "f" else 1 - recipe.women_share
    return 1.0 if speaker.group is Group.CHILD else recipe.youth_share


def _alike(speakers: Sequence[Speaker], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of each speaker's kind dealt evenly within it."""
    kinds = [f"{speaker.group}/{speaker.sex if speaker.group is Group.ADULT else ''}" for speaker in speakers]
    _, kind, count = np.unique(kinds, return_inverse=True, return_counts=True)
    each = share / count[kind]
    return np.asarray(each / each.sum())


def _centred(voices: NDArray[np.float32]) -> NDArray[np.float32]:
    """Embeddings of unit length, around the mean of those that are trained on."""
    around = voices - voices.mean(axis=0)
    return np.asarray(around / np.linalg.norm(around, axis=1, keepdims=True), np.float32)


def _reference_db(voice: NDArray[np.float16]) -> NDArray[np.float16]:
    """`reference_db` of a speaker's streams."""
    return np.asarray(reference_db(torch.from_numpy(voice.astype(np.float32))), np.float16)
