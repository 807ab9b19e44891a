"""Ten seconds of a call for each clip: what is heard, over which line, in which seconds. All seeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter_training.bank import tones
from prankfilter_training.bank.clips import chain
from prankfilter_training.bank.recordings import Samples, load
from prankfilter_training.line import Line, draw_line, through
from prankfilter_training.music.pieces import read_piece
from prankfilter_training.other_sounds import sources
from prankfilter_training.other_sounds.sources import BABY_CRY, MUSIC, SPEECH, Source
from prankfilter_training.simulation.randomness import stream

CLIP_S = 10.0
CLIPS_A_SPEAKER = 3
UTTERANCES = 6
"""Of a speaker, chained to a clip."""
BABBLING = 6
UNDER_SPEECH_SHARE = {BABY_CRY: 0.3, MUSIC: 0.3}
"""Of the clips with a cry or music, so many are heard once more while somebody speaks."""
UNDER_SPEECH_DB = {BABY_CRY: (-10.0, 5.0), MUSIC: (-15.0, 0.0)}
"""Level against the voice."""
ACTIVE_DB = 20.0
"""A second that is so far below the loudest of its clip is a pause of it."""

TONES = {
    sources.KEYS: tones.keys,
    sources.PROGRESS: tones.progress,
    sources.TEXT_TELEPHONE: tones.text_telephone,
}


@dataclass(frozen=True, slots=True)
class Clip:
    """What one clip is made of. The key alone seeds everything that is drawn.

    ``voice`` is who speaks over the sound, of the same fold; None where nobody does.
    """

    key: str
    source: Source
    voice: Source | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A clip, made.

    Attributes
    ----------
    samples : ndarray of shape (n,)
        8 kHz, 1 to 10 s, as a centre would record it.
    line : Line
        The connection.
    active : ndarray of bool, shape (seconds,)
        Whether the source sounds in each whole second, or pauses.
    """

    samples: Samples
    line: Line
    active: NDArray[np.bool_]


def plan(all_sources: Sequence[Source]) -> list[Clip]:
    """All clips, in a fixed order."""
    clips = []
    adults = [source for source in all_sources if source.content in (sources.WOMAN, sources.MAN)]
    for place, source in enumerate(all_sources):
        count = CLIPS_A_SPEAKER if source.content in SPEECH else 1
        clips += [Clip(f"{source.content}/{place}/{number}", source) for number in range(count)]
        rng = stream(0, f"voice over {place}")
        if rng.random() < UNDER_SPEECH_SHARE.get(source.content, 0.0):
            near = [adult for adult in adults if adult.fold == source.fold]
            clips.append(Clip(f"{source.content}/{place}/spoken", source, near[rng.integers(len(near))]))
    return clips


def make(clip: Clip, seed: int, babble: Samples) -> Sound:
    """Make a clip's sound; ``babble`` are voices to make noise from."""
    rng = stream(seed, clip.key)
    line = draw_line(rng)
    clean = _source(clip.source, rng, babble)[: round(CLIP_S * LINE_RATE_HZ)]
    clean = np.concatenate([clean, np.zeros(max(0, LINE_RATE_HZ - len(clean)), np.float32)])
    whole = clean
    if clip.voice is not None:
        voice = _chain(clip.voice, rng)[: len(clean)]
        whole = mixed(clean, voice, rng.uniform(*UNDER_SPEECH_DB[clip.source.content]))
    return Sound(through(whole, line, rng, babble=babble), line, _active(clean))


def _source(source: Source, rng: np.random.Generator, babble: Samples) -> Samples:
    if source.content in TONES:
        return TONES[source.content](rng, CLIP_S)
    if source.content == sources.SILENCE:
        return np.zeros(round(CLIP_S * LINE_RATE_HZ), np.float32)
    if source.content == sources.BABBLE:
        return _babble(rng, babble)
    if source.content in SPEECH:
        return _chain(source, rng)
    if source.start_s is not None:
        return read_piece(source.paths[0], source.start_s)
    return load(source.paths[0])


def _chain(source: Source, rng: np.random.Generator) -> Samples:
    places = rng.permutation(len(source.paths))[:UTTERANCES]
    utterances = [load(source.paths[place]) for place in places]
    return chain(utterances, rng, seconds=CLIP_S, rate_hz=LINE_RATE_HZ)


def _babble(rng: np.random.Generator, voices: Samples) -> Samples:
    count = round(CLIP_S * LINE_RATE_HZ)
    starts = rng.integers(len(voices) - count, size=BABBLING)
    return np.asarray(sum(voices[start : start + count] for start in starts) / BABBLING, np.float32)


def mixed(sound: Samples, voice: Samples, level_db: float) -> Samples:
    """A sound under a voice, so much louder than it."""
    factor = _rms(voice) / max(_rms(sound), 1e-9) * 10 ** (level_db / 20)
    return (voice + factor * sound).astype(np.float32)


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def _active(clean: Samples) -> NDArray[np.bool_]:
    seconds = clean[: len(clean) // LINE_RATE_HZ * LINE_RATE_HZ].reshape(-1, LINE_RATE_HZ)
    power = np.square(seconds, dtype=np.float64).mean(axis=1)
    return np.asarray(power >= power.max() * 10 ** (-ACTIVE_DB / 10))
