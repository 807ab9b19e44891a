"""Clips of children and adults over simulated lines, made as ``research/child_voice.md`` says. All seeded.

Against the corpus's traps recordings are trimmed, utterances of one speaker are chained with gaps of
0.1-0.3 s, and all clips are cut to one length; line and noise are those of the clip's number, whoever speaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from prankfilter_training.bank.clips import chain
from prankfilter_training.bank.recordings import load
from prankfilter_training.ears.speakers import Speaker, fold_of, read_speakers
from prankfilter_training.line import Line, through
from prankfilter_training.simulation.randomness import stream
from prankfilter_training.simulation.voices import Group

from prankfilter.audio.telephone import LINE_RATE_HZ

Samples = NDArray[np.float32]

SEED = 11
CLIPS = 12
CLIP_S = 10.0
LENGTHS_S = (1.0, 2.0, 3.0, 4.0, 10.0)
MAIN_S = 4.0
"""The study's length."""

LINES = (("a_law", 60.0), ("a_law", 25.0), ("gsm", 15.0), ("a_law", 10.0), ("gsm", 25.0), ("mu_law", 15.0))
"""Codec and white noise (dB below speech) of the clips in turn; 60 dB is none."""

RECIPE = f"1 {SEED} {CLIPS} {CLIP_S} {LINES}"
"""Names what the clips are made of; features in a cache are of one recipe."""


@dataclass(frozen=True, slots=True)
class Split:
    """The speakers that are told apart.

    Attributes
    ----------
    speakers : tuple of Speaker
        Children of 9 years or younger, and adults; nobody between them.
    fold : NDArray[int]
        Shape (speakers,). Who is held out together.
    """

    speakers: tuple[Speaker, ...]
    fold: NDArray[np.int64]

    @property
    def child(self) -> NDArray[np.bool_]:
        """Shape (speakers,)."""
        return np.array([speaker.group is Group.CHILD for speaker in self.speakers])

    @property
    def woman(self) -> NDArray[np.bool_]:
        """Shape (speakers,)."""
        return ~self.child & np.array([speaker.sex == "f" for speaker in self.speakers])


def read_split(audio_root: Path) -> Split:
    """Children and adults of a folder of recordings, in the folds that the child nets are cross-fitted in."""
    speakers = read_speakers(audio_root)
    folds = fold_of(speaker.member for speaker in speakers)
    chosen = tuple(speaker for speaker in speakers if speaker.group in {Group.CHILD, Group.ADULT})
    return Split(chosen, np.array([folds[speaker.name] for speaker in chosen]))


def clips_of(speaker: Speaker, count: int = CLIPS) -> list[Samples]:
    """The first clips of one speaker, 10 s each; a shorter clip is the beginning of one."""
    utterances = [load(path) for path in speaker.paths]
    return [_clip(utterances, stream(SEED, f"{speaker.name}/{number}"), number) for number in range(count)]


def _clip(utterances: Sequence[Samples], rng: np.random.Generator, number: int) -> Samples:
    order = rng.permutation(len(utterances))
    voice = chain([utterances[place] for place in order], rng, seconds=CLIP_S, rate_hz=LINE_RATE_HZ)
    codec, snr_db = LINES[number % len(LINES)]
    line = Line(codec=codec, noise="white", snr_db=snr_db, gain_db=0.0)
    return through(voice[: round(CLIP_S * LINE_RATE_HZ)], line, rng)
