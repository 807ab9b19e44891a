"""Log-mel streams of every speaker over many simulated lines: what the child-voice nets are trained on.

What is drawn never depends on who speaks. The speaker and the number of a stream seed it.
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

from prankfilter.audio.spectrum import Spectrum
from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.bundle.digest import arrays_digest
from prankfilter_training.bank.clips import chain
from prankfilter_training.bank.recordings import Samples, babble
from prankfilter_training.ears.mel import mel_bank
from prankfilter_training.ears.speakers import Speaker, read_speakers
from prankfilter_training.line import CODECS, LOSS_SHARE, NOISES, Line, through

WIDE_RATE_HZ = 16000


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
    snr_db, gain_db : (float, float)
        Ranges of the lines.
    loss_lines : float
        Share of lines that lose packets.
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
    snr_db: tuple[float, float] = (8.0, 32.0)
    gain_db: tuple[float, float] = (-14.0, 6.0)
    loss_lines: float = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """Streams of all speakers.

    Attributes
    ----------
    speakers : tuple of Speaker
    log_mel : ndarray of float16, shape (speakers, copies, frames, 40)
        As `prankfilter.audio.spectrum.Spectra` has it.
    """

    speakers: tuple[Speaker, ...]
    log_mel: NDArray[np.float16]

    @property
    def digest(self) -> str:
        """Hash of what a net sees."""
        return _digest(self)


@functools.lru_cache(maxsize=2)
def _digest(streams: Streams) -> str:
    return arrays_digest({"log_mel": streams.log_mel})


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
    return Streams(tuple(speakers), np.stack(done))


def make_stream(
    utterances: Sequence[Samples], recipe: StreamRecipe, noise: Samples, number: int, rng: np.random.Generator
) -> NDArray[np.float16]:
    """Make the log-mel of one stream of a speaker's utterances (16 kHz, clean); the first is as spoken."""
    speed = rng.uniform(*recipe.speed) if number else 1.0
    order = rng.permutation(len(utterances))
    spoken = (soxr.resample(utterances[place], WIDE_RATE_HZ * speed, LINE_RATE_HZ) for place in order)
    clean = chain([*spoken], rng, seconds=recipe.seconds, rate_hz=LINE_RATE_HZ)
    clean = clean[: round(recipe.seconds * LINE_RATE_HZ)]
    if rng.random() < recipe.colour_share:
        clean = _coloured(clean, recipe.colour_db, rng)
    if rng.random() < recipe.reverb_share:
        clean = _in_a_room(clean, rng.uniform(*recipe.reverb_s), rng)
    heard = through(clean, _line(recipe, rng), rng, babble=noise)
    return Spectrum(mel_bank()).measure(heard).log_mel.astype(np.float16)


def _line(recipe: StreamRecipe, rng: np.random.Generator) -> Line:
    """A connection, from somewhat wider ranges than those that are judged."""
    return Line(
        codec=str(rng.choice(CODECS)),
        noise=str(rng.choice(NOISES)),
        snr_db=float(rng.uniform(*recipe.snr_db)),
        gain_db=float(rng.uniform(*recipe.gain_db)),
        loss_share=float(rng.uniform(*LOSS_SHARE)) if rng.random() < recipe.loss_lines else 0.0,
    )


def _of_speaker(speaker: Speaker, recipe: StreamRecipe, noise: Samples, cache: Path) -> NDArray[np.float16]:
    path = cache / f"voice-{cache_key(speaker, recipe)}.npz"
    if path.exists():
        with np.load(path) as known:
            log_mel: NDArray[np.float16] = known["log_mel"]
            return log_mel
    utterances = [wide(file) for file in speaker.paths]
    made = [
        make_stream(
            utterances, recipe, noise, number, np.random.default_rng([recipe.seed, number, speaker.number])
        )
        for number in range(recipe.copies)
    ]
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        np.savez_compressed(file, log_mel=np.stack(made))
    beside.replace(path)
    return np.stack(made)


def wide(path: Path) -> Samples:
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
    count = int(decay_s * LINE_RATE_HZ)
    response = rng.standard_normal(count) * np.exp(-6.9 * np.arange(count) / count)
    response[0] = rng.uniform(3.0, 12.0)
    heard = filters.fftconvolve(clean, response / np.linalg.norm(response))
    return np.asarray(heard[: len(clean)], np.float32)


def cache_key(speaker: Speaker, recipe: StreamRecipe) -> str:
    """Changes with the recipe and the sizes of the recordings."""
    sizes = [[file.name, file.stat().st_size] for file in speaker.paths]
    content = json.dumps([asdict(recipe), speaker.name, sizes])
    return hashlib.sha256(content.encode()).hexdigest()[:32]
