"""What the commands `ears` and `bank` share: by what the child voice is told, and who hears which clip."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from prankfilter.bundle.ears import Ears
from prankfilter_training.bank.build import RECIPE_VERSION, SEED, Heard, hear
from prankfilter_training.bank.listeners import Listeners
from prankfilter_training.commands import door
from prankfilter_training.ears.held_out import ChildVoice, by_nets, by_vectors
from prankfilter_training.ears.members import ALL_SPEAKERS, Arrays, Train, Trainer
from prankfilter_training.ears.recipe import MEMBERS, RECIPE
from prankfilter_training.ears.speakers import FOLDS, fold_of
from prankfilter_training.ears.streams import StreamRecipe, read_streams

EARS_CACHE = Path(".cache/ears")
BANK_CACHE = Path(".cache/bank")
LEARNING = "prankfilter_training.ears.voices"
"""Named, not imported: it needs torch and resemblyzer, the extra ``ears``."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where recordings lie, who listens to them, and by what the child voice is told."""
    parser.add_argument("--audio-root", type=Path, required=True)
    parser.add_argument("--workers", type=door.positive, default=1)
    parser.add_argument(
        "--without-torch", action="store_true", help="tell the child voice by a logistic regression"
    )
    parser.add_argument(
        "--fold-nets", type=Path, metavar="DIR", help="leave the nets of each fold here, fold-0.npz and on"
    )


def learn(options: argparse.Namespace, ears: Ears) -> tuple[Heard, ChildVoice]:
    """Learn the child voice, or take it from the cache; each clip is heard by who never heard its speaker.

    Parameters
    ----------
    options : Namespace
        As `arguments` defines them.
    ears : Ears
        Ears without a child voice: how speech is found, and the mel bank.
    """
    if options.without_torch:
        heard = hear(options.audio_root, Listeners.bare(ears), BANK_CACHE, workers=options.workers)
        return heard, by_vectors(heard)
    stream_recipe, recipe = StreamRecipe(), RECIPE
    streams = read_streams(options.audio_root, stream_recipe, EARS_CACHE, workers=options.workers)
    trainer = Trainer(streams, recipe, EARS_CACHE, _train())
    by_fold = tuple(trainer.ensemble(fold, MEMBERS) for fold in range(FOLDS))
    if options.fold_nets is not None:
        _leave(options.fold_nets, by_fold)
    deployed = trainer.ensemble(ALL_SPEAKERS, MEMBERS)
    listeners = Listeners(
        deployed=dataclasses.replace(ears, child=deployed),
        by_fold=tuple(dataclasses.replace(ears, child=nets) for nets in by_fold),
        folds=fold_of(speaker.member for speaker in streams.speakers),
    )
    heard = hear(options.audio_root, listeners, BANK_CACHE, workers=options.workers)
    said = {
        "head": "nets",
        "members": MEMBERS,
        "net": dataclasses.asdict(recipe),
        "streams": dataclasses.asdict(stream_recipe),
        "streams_digest": streams.digest,
        "folds": FOLDS,
        "bank_seed": SEED,
        "clips": RECIPE_VERSION,
    }
    return heard, by_nets(heard, deployed, said)


def _leave(folder: Path, by_fold: Sequence[Arrays]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for fold, nets in enumerate(by_fold):
        np.savez(folder / f"fold-{fold}.npz", **nets)  # type: ignore[arg-type]


def _train() -> Train | None:
    if any(importlib.util.find_spec(name) is None for name in ("torch", "resemblyzer")):
        return None
    train: Train = importlib.import_module(LEARNING).trainer(EARS_CACHE)
    return train
