"""Ten seconds of a call, labelled: when somebody speaks in it, behind what, over which line. All seeded.

The labels come from the clean voice, before anything is mixed with it. A fold holds its own speakers and its
own backgrounds, so whatever is learnt on other folds has met neither.
"""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter_training.bank.backgrounds import (
    BABIES,
    DEAD,
    FOLDS,
    ROOM,
    SYNTHETIC,
    Background,
    room,
    sound_of,
)
from prankfilter_training.bank.labels import frame_count, spoken_frames
from prankfilter_training.bank.recordings import Recording, Samples, load, read_recordings, trimmed
from prankfilter_training.bank.whisper import whispered
from prankfilter_training.line import (
    CODEC_ROUND_TRIPS,
    CODECS,
    NOISE_MAKERS,
    SPEECH_LEVEL_DB,
    Line,
    active_level_db,
    through,
)
from prankfilter_training.simulation.randomness import stream
from prankfilter_training.simulation.voices import Group

MIXTURE_S = 10.0
MIXTURES_A_SPEAKER = 8
WHISPERS_A_SPEAKER = 1
ROOMS_A_SPEAKER = 3
SNR_DB = (20.0, 10.0, 5.0, 0.0)
"""Active level of the voice against what is behind it."""
LINE_SNR_DB = (30.0, 45.0)
"""Noise of the line itself, below voice and background."""
WIDE_SHARE = 0.4
"""Of the lines: they pass all up to 4 kHz, as telephony over the internet may; the others 300-3400 Hz."""
GAIN_DB = (-14.0, 6.0)
ALONE_GAIN_DB = (-30.0, 6.0)
"""Sounds without a voice come from far away, too."""
ROOM_GAIN_DB = (-45.0, -20.0)
ALONE = 40
"""Mixtures of each synthetic kind in which nobody speaks."""
SHARE_OF_BABIES = 4
"""Every so many-th baby is taken."""
VOICES = 40
"""Recordings that a fold's babble is made of."""

EARLY_S, LATE_S, LATE_SHARE = (0.0, 0.3), (0.3, 4.0), 0.5
GAP_S, PAUSE_S, PAUSE_SHARE = (0.1, 0.3), (0.5, 2.0), 0.3
BRIEF_SHARE = 0.15
"""Of the mixtures with a voice: one phrase, and no more."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """What one mixture is made of; the key seeds everything that is drawn.

    ``speaker`` is empty where nobody speaks, ``background`` None where nothing is behind the voice, and
    ``snr_db`` the active level of the voice against it.
    """

    key: str
    fold: int
    speaker: str = ""
    paths: tuple[Path, ...] = field(default=(), repr=False)
    background: Background | None = None
    snr_db: float = math.inf
    whisper: bool = False

    @property
    def kind(self) -> str:
        """What is behind the voice, in a word."""
        return self.background.kind if self.background else "nothing"


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """A mixture, made: samples at 8 kHz, and for each frame of the front end whether somebody speaks."""

    samples: Samples
    spoken: NDArray[np.bool_]
    line: Line


def plan(recordings: Sequence[Recording], backgrounds: Sequence[Background], seed: int) -> list[Mixture]:
    """All mixtures, in the order of their keys."""
    speakers = _speakers(recordings)
    fold_of = dealt(recordings)
    behind = _behind(backgrounds)
    rng = stream(seed, "plan")
    found = []
    for speaker, paths in speakers.items():
        fold = fold_of[speaker]
        for number in range(MIXTURES_A_SPEAKER):
            kinds = behind[fold]
            kind = list(kinds)[int(rng.integers(len(kinds)))]
            found.append(
                Mixture(
                    key=f"speech/{speaker}/{number}",
                    fold=fold,
                    speaker=speaker,
                    paths=paths,
                    background=kinds[kind][int(rng.integers(len(kinds[kind])))],
                    snr_db=float(rng.choice(SNR_DB)),
                    whisper=number < WHISPERS_A_SPEAKER,
                )
            )
            if number >= MIXTURES_A_SPEAKER - 1:  # one call of each speaker has nothing behind the voice
                found[-1] = replace(found[-1], background=None, snr_db=math.inf)
    return sorted([*found, *_alone(backgrounds, speakers, fold_of)], key=lambda mixture: mixture.key)


def dealt(recordings: Sequence[Recording]) -> dict[str, int]:
    """Fold of each speaker; children, youths and adults are dealt evenly, in the order of their names."""
    groups = {recording.speaker: recording.group for recording in recordings}
    return {
        speaker: place % FOLDS
        for group in (Group.CHILD, Group.YOUTH, Group.ADULT)
        for place, speaker in enumerate(sorted(name for name, of in groups.items() if of is group))
    }


def _speakers(recordings: Sequence[Recording]) -> dict[str, tuple[Path, ...]]:
    paths: defaultdict[str, list[Path]] = defaultdict(list)
    for recording in recordings:
        if recording.group in (Group.CHILD, Group.YOUTH, Group.ADULT):
            paths[recording.speaker].append(recording.path)
    return {speaker: tuple(several) for speaker, several in paths.items()}


def _behind(backgrounds: Sequence[Background]) -> list[dict[str, list[Background]]]:
    """For each fold, what may be behind a voice, by kind."""
    folds: list[dict[str, list[Background]]] = [{} for _ in range(FOLDS)]
    for background in backgrounds:
        folds[background.fold].setdefault(background.kind, []).append(background)
    for fold, kinds in enumerate(folds):
        for kind in SYNTHETIC:
            kinds[kind] = [Background(kind, fold)]
    return folds


def _alone(
    backgrounds: Sequence[Background], speakers: dict[str, tuple[Path, ...]], fold_of: dict[str, int]
) -> list[Mixture]:
    """What is heard while nobody speaks."""
    found = [
        background
        for number, background in enumerate(backgrounds)
        if background.kind != BABIES or number % SHARE_OF_BABIES == 0
    ]
    found += [
        Background(kind, place % FOLDS, place=place) for kind in (*SYNTHETIC, DEAD) for place in range(ALONE)
    ]
    sounds = [
        Mixture(f"alone/{number}/{background.kind}", background.fold, background=background)
        for number, background in enumerate(found)
    ]
    rooms = [
        Mixture(
            f"room/{speaker}/{number}",
            fold_of[speaker],
            paths=paths[number::ROOMS_A_SPEAKER],
            background=Background(ROOM, fold_of[speaker]),
        )
        for speaker, paths in speakers.items()
        for number in range(ROOMS_A_SPEAKER)
    ]
    return [*sounds, *rooms]


def voices_of(mixtures: Sequence[Mixture]) -> list[Samples]:
    """For each fold, speech of its own speakers to make babble of."""
    folds = []
    for fold in range(FOLDS):
        paths = [
            path for mixture in mixtures if mixture.fold == fold and mixture.speaker for path in mixture.paths
        ]
        chosen = sorted(set(paths))
        step = max(1, len(chosen) // VOICES)
        folds.append(np.concatenate([trimmed(load(path)) for path in chosen[::step]]))
    return folds


def make(mixture: Mixture, seed: int, voices: Samples) -> Mixed:
    """Make a mixture.

    Parameters
    ----------
    mixture : Mixture
        What it is made of.
    seed : int
        Seed of the whole set.
    voices : ndarray of shape (n,)
        Of its fold, as `voices_of` has them.

    Returns
    -------
    Mixed
        10 s at 8 kHz, as a centre would record it, with 997 labels.
    """
    rng = stream(seed, mixture.key)
    if mixture.kind == DEAD:
        codec = str(rng.choice(CODECS))
        nothing = CODEC_ROUND_TRIPS[codec](np.zeros(round(MIXTURE_S * LINE_RATE_HZ)))
        return Mixed(nothing, np.zeros(frame_count(nothing), np.bool_), _line(rng, codec, (0.0, 0.0)))
    if not mixture.speaker and mixture.background is not None:
        return _without_voice(mixture, mixture.background, rng, voices)
    clean = _spoken_by(mixture.paths, rng)
    spoken = spoken_frames(clean)
    clean = whispered(clean, rng) if mixture.whisper else clean
    line = _line(rng, str(rng.choice(CODECS)), GAIN_DB)
    whole = clean * _gain(clean, 0.0)
    if mixture.background is not None:
        behind = sound_of(mixture.background, MIXTURE_S, rng, voices=voices)
        whole = whole + behind * _gain(behind, -mixture.snr_db)
    return Mixed(_sent(whole, line, rng), spoken, line)


def _without_voice(
    mixture: Mixture, background: Background, rng: np.random.Generator, voices: Samples
) -> Mixed:
    quiet = mixture.kind == ROOM
    line = _line(rng, str(rng.choice(CODECS)), ROOM_GAIN_DB if quiet else ALONE_GAIN_DB)
    sound = room(mixture.paths, MIXTURE_S) if quiet else sound_of(background, MIXTURE_S, rng, voices=voices)
    heard = _sent(sound, line, rng)
    return Mixed(heard, np.zeros(frame_count(heard), np.bool_), line)


def _sent(samples: Samples, line: Line, rng: np.random.Generator) -> Samples:
    """Over a line of the telephone's band, or of a wide one."""
    if rng.random() >= WIDE_SHARE:
        return through(samples, line, rng)
    level_db = SPEECH_LEVEL_DB + line.gain_db
    noise = np.asarray(NOISE_MAKERS[line.noise](rng, len(samples), None), dtype=np.float32)
    noise *= np.float32(10 ** ((level_db - line.snr_db) / 20) / noise.std())
    return CODEC_ROUND_TRIPS[line.codec](np.clip(samples * _gain(samples, level_db) + noise, -1.0, 1.0))


def _line(rng: np.random.Generator, codec: str, gain_db: tuple[float, float]) -> Line:
    noise = "white" if rng.random() < 0.5 else "pink"
    lost = float(rng.uniform(0.0, 0.03)) if rng.random() < 0.3 else 0.0
    return Line(
        codec=codec,
        noise=noise,
        snr_db=float(rng.uniform(*LINE_SNR_DB)),
        gain_db=float(rng.uniform(*gain_db)),
        loss_share=lost,
    )


def _gain(samples: Samples, level_db: float) -> np.float32:
    """Factor that brings the active level to so much (-inf stays)."""
    now_db = active_level_db(samples)
    return np.float32(10 ** ((level_db - now_db) / 20) if np.isfinite(now_db) else 1.0)


def _spoken_by(paths: Sequence[Path], rng: np.random.Generator) -> Samples:
    """A caller's ten seconds: some wait before they speak, some pause, some say one phrase only."""
    wanted = round(MIXTURE_S * LINE_RATE_HZ)
    lead_s = rng.uniform(*(LATE_S if rng.random() < LATE_SHARE else EARLY_S))
    parts = [np.zeros(round(lead_s * LINE_RATE_HZ), np.float32)]
    brief = rng.random() < BRIEF_SHARE
    for place in rng.permutation(len(paths)):
        if sum(map(len, parts)) >= wanted or (brief and len(parts) > 1):
            break
        phrase = trimmed(load(paths[place]))
        gap_s = rng.uniform(*(PAUSE_S if rng.random() < PAUSE_SHARE else GAP_S))
        parts += [phrase * _gain(phrase, -20.0), np.zeros(round(gap_s * LINE_RATE_HZ), np.float32)]
    whole = np.concatenate(parts)[:wanted]
    return np.pad(whole, (0, wanted - len(whole)))


def voices(audio_root: Path) -> list[Recording]:
    """All recordings of speech: sentences of children and adults, and digits."""
    with (audio_root / "fsdd.csv").open(encoding="utf-8", newline="") as table:
        digits = [
            Recording(audio_root / row["file"], f"fsdd-{row['speaker']}", Group.ADULT)
            for row in csv.DictReader(table)
        ]
    return [*read_recordings(audio_root), *digits]
