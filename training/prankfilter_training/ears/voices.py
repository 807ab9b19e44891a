"""What voices are like, by a model that has heard thousands of speakers: Resemblyzer (Apache 2.0, its weights
too), for training alone. Only the ears command imports it, the extra ``ears``.

Nothing of it ships and no embedding is kept of anybody but the speakers of the corpus: a net that learns to
tell what a voice is like generalises from a hundred speakers better than one that learns an age alone.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from resemblyzer.voice_encoder import VoiceEncoder
from tqdm import tqdm

from prankfilter_training.bank.recordings import Samples
from prankfilter_training.ears.learning import train_net
from prankfilter_training.ears.members import Arrays, Train
from prankfilter_training.ears.recipe import NetRecipe
from prankfilter_training.ears.speakers import Speaker
from prankfilter_training.ears.streams import WIDE_RATE_HZ, Streams, wide

HEARD_S = 60
"""Of each speaker, at the most."""
LEVEL_FRAME = 800
LEAST_LEVEL = 0.06
"""Of the loudest frame of a recording: what is quieter is not voice."""
SPOKEN_LEVEL = 0.05


def trainer(cache: Path) -> Train:
    """What trains nets; voices are embedded, or taken from the cache, once the first net needs them."""

    @functools.lru_cache(maxsize=1)
    def known(streams: Streams) -> NDArray[np.float32]:
        return embeddings(streams.speakers, cache)

    def train(streams: Streams, heard: Sequence[int], recipe: NetRecipe, seed: int) -> Arrays:
        voices = known(streams) if recipe.voice_loss else None
        return train_net(streams, heard, recipe, seed, voices)

    return train


def embeddings(speakers: Sequence[Speaker], cache: Path) -> NDArray[np.float32]:
    """Embed the voices of speakers.

    Parameters
    ----------
    speakers : sequence of Speaker
    cache : Path
        Folder that holds finished embeddings, by content.

    Returns
    -------
    ndarray of shape (speakers, 256)
        Of unit length.
    """
    path = cache / f"voices-{_key(speakers)}.npy"
    if path.exists():
        known: NDArray[np.float32] = np.load(path)
        return known
    torch.set_num_threads(1)
    encoder = VoiceEncoder("cpu", verbose=False)
    made = np.stack(
        [
            np.asarray(encoder.embed_utterance(clean(speaker), rate=1.0), np.float32)
            for speaker in tqdm(speakers, desc="voices", unit="speaker")
        ]
    )
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        np.save(file, made)
    beside.replace(path)
    return made


def clean(speaker: Speaker) -> Samples:
    """What a speaker says, at 16 kHz, without pauses, each recording at one level."""
    parts = [voiced(wide(path)) for path in speaker.paths]
    return np.concatenate(parts).astype(np.float32)[: HEARD_S * WIDE_RATE_HZ]


def voiced(samples: Samples) -> NDArray[np.float64]:
    """The loud parts of a recording, at the level `SPOKEN_LEVEL`."""
    level = np.sqrt(np.convolve(samples * samples, np.ones(LEVEL_FRAME) / LEVEL_FRAME, "same"))
    loud = samples[level > level.max() * LEAST_LEVEL]
    return np.asarray(loud / np.sqrt((loud**2).mean() + 1e-9) * SPOKEN_LEVEL)


def _key(speakers: Sequence[Speaker]) -> str:
    sizes = [[path.name, path.stat().st_size] for speaker in speakers for path in speaker.paths]
    return hashlib.sha256(json.dumps(sizes).encode()).hexdigest()[:32]
