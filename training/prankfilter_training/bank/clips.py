"""Thirty seconds of a call for each clip of the bank: who or what is heard, over which line. All seeded.

Against the corpus's traps: recordings are trimmed, utterances of one speaker are chained with gaps of
0.1-0.3 s, windows are of one length, and pause, line, level and noise are drawn without regard to age.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter_training.bank import tones
from prankfilter_training.bank.recordings import Recording, Samples, load, trimmed
from prankfilter_training.line import Line, draw_line, line_noise, through
from prankfilter_training.simulation.randomness import stream
from prankfilter_training.simulation.voices import Group

CLIP_S = 30.0
CLIPS_A_SPEAKER = 6
GAP_S = (0.1, 0.3)
SPOKEN_LEVEL = 0.1
"""Root mean square of each utterance of a chain."""
SHORT_PAUSE_S = (0.0, 0.2)
LONG_PAUSE_S = (0.2, 1.5)
"""Before the first word: half of the clips each."""
SPEECH_GROUPS = (Group.ADULT, Group.YOUTH, Group.CHILD)
SYNTHETIC = {
    Group.SILENCE: 160,
    Group.KEYS: 24,
    Group.SIGNAL: 24,
    Group.TEXT_TELEPHONE: 24,
}
"""Clips of sounds that are no recordings."""
DEAD_SHARE = 0.15
"""Of silent clips: digital silence."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What one clip is made of. The key alone seeds everything that is drawn."""

    key: str
    speaker: str
    group: Group
    sex: str
    paths: tuple[Path, ...]

    @property
    def number(self) -> int:
        """Which clip of its speaker this is."""
        return int(self.key.rsplit("/", 1)[1])


def plan(recordings: Sequence[Recording]) -> list[Clip]:
    """All clips of the bank, in a fixed order."""
    by_speaker: defaultdict[tuple[str, Group, str], list[Path]] = defaultdict(list)
    for recording in recordings:
        by_speaker[recording.speaker, recording.group, recording.sex].append(recording.path)
    clips = [
        Clip(f"{group}/{speaker}/{number}", speaker, group, sex, tuple(paths))
        for (speaker, group, sex), paths in by_speaker.items()
        for number in range(CLIPS_A_SPEAKER if group in SPEECH_GROUPS else 1)
    ]
    for group, count in SYNTHETIC.items():
        clips += [
            Clip(f"{group}/{group}-{place:03d}/0", f"{group}-{place:03d}", group, "", ())
            for place in range(count)
        ]
    return clips


@dataclass(frozen=True, slots=True)
class Sound:
    """A clip, made."""

    samples: Samples
    line: Line
    pause_s: float


def make(clip: Clip, seed: int, babble: Samples) -> Sound:
    """Make a clip's sound.

    Parameters
    ----------
    clip : Clip
        What it is made of.
    seed : int
        Seed of the whole bank.
    babble : ndarray of shape (n,)
        Voices to make the noise ``babble`` from.

    Returns
    -------
    Sound
        30 s at 8 kHz, as a centre would record it.
    """
    rng = stream(seed, clip.key)
    line = draw_line(rng)
    pause_s = float(rng.uniform(*(SHORT_PAUSE_S if clip.number % 2 == 0 else LONG_PAUSE_S)))
    if clip.group is Group.SILENCE:
        dead = rng.random() < DEAD_SHARE
        silence = np.zeros(round(CLIP_S * LINE_RATE_HZ), np.float32)
        return Sound(silence if dead else line_noise(line, CLIP_S, rng, babble=babble), line, CLIP_S)
    heard = _source(clip, rng)
    lead = np.zeros(round(pause_s * LINE_RATE_HZ), np.float32)
    whole = np.concatenate([lead, heard])[: round(CLIP_S * LINE_RATE_HZ)]
    return Sound(through(whole, line, rng, babble=babble), line, pause_s)


def _source(clip: Clip, rng: np.random.Generator) -> Samples:
    """At least 30 s of what the clip holds, clean."""
    synthetic = {
        Group.KEYS: tones.keys,
        Group.SIGNAL: tones.progress,
        Group.TEXT_TELEPHONE: tones.text_telephone,
    }
    if clip.group in synthetic:
        return synthetic[clip.group](rng, CLIP_S)
    if clip.group in SPEECH_GROUPS:
        return chained([clip.paths[place] for place in rng.permutation(len(clip.paths))], rng)
    sound = load(clip.paths[0])
    return np.resize(np.roll(sound, -int(rng.integers(len(sound)))), round(CLIP_S * LINE_RATE_HZ))


def chained(paths: Sequence[Path], rng: np.random.Generator) -> Samples:
    """Utterances of one speaker, trimmed, brought to one level, one after the other with short gaps."""
    return chain([load(path) for path in paths], rng, seconds=CLIP_S, rate_hz=LINE_RATE_HZ)


def chain(
    utterances: Sequence[Samples], rng: np.random.Generator, *, seconds: float, rate_hz: int
) -> Samples:
    """Chain clean utterances, over again where they do not suffice; at least ``seconds`` long."""
    parts: list[Samples] = []
    wanted, place = round(seconds * rate_hz), 0
    while sum(map(len, parts)) < wanted:
        spoken = trimmed(utterances[place % len(utterances)])
        level = float(np.sqrt(np.mean(np.square(spoken)))) if len(spoken) else 0.0
        gap = np.zeros(int(float(rng.uniform(*GAP_S)) * rate_hz), np.float32)
        parts += [spoken * np.float32(SPOKEN_LEVEL / max(level, 1e-6)), gap]
        place += 1
    return np.concatenate(parts)
