"""Log-mel streams of every speaker over many simulated lines: what the child-voice nets are trained on.

What is drawn never depends on who speaks. Each stream is seeded by its speaker and number alone.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import joblib
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy import signal as filters
from tqdm import tqdm

from prankfilter.audio.spectrum import FRAME, HOP, Spectrum
from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.bundle.digest import arrays_digest
from prankfilter_training.bank.clips import SPOKEN_LEVEL, chain
from prankfilter_training.bank.recordings import Samples, babble
from prankfilter_training.ears.mel import mel_bank
from prankfilter_training.ears.speakers import Speaker, read_speakers
from prankfilter_training.line import draw_line, through
from prankfilter_training.simulation.randomness import stream

WIDE_RATE_HZ = 16000
SPOKEN_ABOVE_DB = -30.0
"""A frame counts as spoken if the clean voice is at most so far below its mean level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecipe:
    """How streams are made.

    Attributes
    ----------
    version : int
        Rises when the code makes other streams of the same numbers.
    seed, copies : int
        Streams a speaker, each over another line.
    seconds : float
        Of each stream.
    speed : (float, float)
        Range of the factor of tempo, pitch and formants together.
    colour_share, colour_db : float
        Share of streams through a random equaliser, and the standard deviation of its steps of 500 Hz.
    reverb_share, reverb_s : float, (float, float)
        Share of streams in a room, and the range of its decay by 60 dB.
    """

    version: int = 1
    seed: int = 7
    copies: int = 16
    seconds: float = 20.0
    speed: tuple[float, float] = (0.94, 1.06)
    colour_share: float = 0.6
    colour_db: float = 2.0
    reverb_share: float = 0.4
    reverb_s: tuple[float, float] = (0.05, 0.25)


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """Streams of all speakers.

    Attributes
    ----------
    speakers : tuple of Speaker
    log_mel : ndarray of float16, shape (speakers, copies, frames, 40)
        As `prankfilter.audio.spectrum.Spectra` has it.
    spoken : ndarray of bool, shape (speakers, copies, frames)
        Whether the clean voice was heard, whatever the line made of it.
    """

    speakers: tuple[Speaker, ...]
    log_mel: NDArray[np.float16]
    spoken: NDArray[np.bool_]

    @property
    def digest(self) -> str:
        """Hash of what a net sees."""
        return _digest(self)


@functools.lru_cache(maxsize=2)
def _digest(streams: Streams) -> str:
    return arrays_digest({"log_mel": streams.log_mel, "spoken": streams.spoken})


def read_streams(audio_root: Path, recipe: StreamRecipe, cache: Path, *, workers: int = 1) -> Streams:
    """Make all streams, or take those that are in the cache.

    Parameters
    ----------
    audio_root : Path
        Folder of the real recordings.
    recipe : StreamRecipe
        How they are made.
    cache : Path
        Folder that holds finished speakers, by content; what is there is not made again.
    workers : int
        Processes.
    """
    cache.mkdir(parents=True, exist_ok=True)
    speakers = read_speakers(audio_root)
    noise = babble(audio_root)
    jobs = (joblib.delayed(_of_speaker)(speaker, recipe, noise, cache) for speaker in speakers)
    results = joblib.Parallel(n_jobs=workers, return_as="generator")(jobs)
    done = list(tqdm(results, total=len(speakers), desc="voices", unit="speaker"))
    return Streams(tuple(speakers), np.stack([mel for mel, _ in done]), np.stack([said for _, said in done]))


def make_stream(
    utterances: Sequence[Samples], recipe: StreamRecipe, noise: Samples, rng: np.random.Generator
) -> tuple[NDArray[np.float16], NDArray[np.bool_]]:
    """Make one stream of a speaker's utterances (16 kHz, clean): log-mel, and which frames are spoken."""
    speed = rng.uniform(*recipe.speed)
    order = rng.permutation(len(utterances))
    wanted_s = recipe.seconds * speed + 1.0
    voice = chain([utterances[place] for place in order], rng, seconds=wanted_s, rate_hz=WIDE_RATE_HZ)
    clean = soxr.resample(voice, WIDE_RATE_HZ * speed, LINE_RATE_HZ)[: round(recipe.seconds * LINE_RATE_HZ)]
    if rng.random() < recipe.colour_share:
        clean = _coloured(clean, recipe.colour_db, rng)
    if rng.random() < recipe.reverb_share:
        clean = _in_a_room(clean, rng.uniform(*recipe.reverb_s), rng)
    heard = through(clean, draw_line(rng), rng, babble=noise)
    return Spectrum(mel_bank()).measure(heard).log_mel.astype(np.float16), _spoken(clean)


def _of_speaker(
    speaker: Speaker, recipe: StreamRecipe, noise: Samples, cache: Path
) -> tuple[NDArray[np.float16], NDArray[np.bool_]]:
    path = cache / f"voice-{_cache_key(speaker, recipe)}.npz"
    if path.exists():
        with np.load(path) as known:
            return known["log_mel"], known["spoken"]
    utterances = [_wide(file) for file in speaker.paths]
    made = [
        make_stream(utterances, recipe, noise, stream(recipe.seed, f"{speaker.name}/{number}"))
        for number in range(recipe.copies)
    ]
    log_mel, spoken = np.stack([mel for mel, _ in made]), np.stack([said for _, said in made])
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        np.savez_compressed(file, log_mel=log_mel, spoken=spoken)
    beside.replace(path)
    return log_mel, spoken


def _wide(path: Path) -> Samples:
    """A recording at 16 kHz, mono."""
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(axis=1)
    return np.asarray(mono if rate_hz == WIDE_RATE_HZ else soxr.resample(mono, rate_hz, WIDE_RATE_HZ))


def _coloured(clean: Samples, step_db: float, rng: np.random.Generator) -> Samples:
    """A random, smooth frequency response, as handsets have."""
    gain_db = np.cumsum(rng.normal(0.0, step_db, 9))
    gain = 10 ** (np.clip(gain_db - gain_db.mean(), -9.0, 9.0) / 20)
    response = filters.firwin2(65, np.linspace(0, 1, 9), gain)
    return np.asarray(filters.lfilter(response, 1.0, clean), np.float32)


def _in_a_room(clean: Samples, decay_s: float, rng: np.random.Generator) -> Samples:
    """A short reverberation: noise that decays, after the direct sound."""
    count = round(decay_s * LINE_RATE_HZ)
    response = rng.standard_normal(count) * np.exp(-6.9 * np.arange(count) / count)
    response[0] = rng.uniform(3.0, 12.0)
    heard = filters.fftconvolve(clean, response / np.linalg.norm(response))
    return np.asarray(heard[: len(clean)], np.float32)


def _spoken(clean: Samples) -> NDArray[np.bool_]:
    frames = np.lib.stride_tricks.sliding_window_view(clean, FRAME)[::HOP]
    level = np.sqrt(np.square(frames).mean(axis=1))
    return np.asarray(level > SPOKEN_LEVEL * 10 ** (SPOKEN_ABOVE_DB / 20))


def _cache_key(speaker: Speaker, recipe: StreamRecipe) -> str:
    """Changes with the recipe and the sizes of the recordings."""
    sizes = [[file.name, file.stat().st_size] for file in speaker.paths]
    content = json.dumps([asdict(recipe), speaker.name, sizes])
    return hashlib.sha256(content.encode()).hexdigest()[:32]
