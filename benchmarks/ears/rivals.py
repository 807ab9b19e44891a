"""What a user would pick instead of these ears. Only here to be compared with; nothing of it is shipped.

Each is optional: what is not installed is named with the command that installs it.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import librosa
import numpy as np
from numpy.typing import NDArray

from benchmarks.ears.clips import LENGTHS_S
from benchmarks.naive import features_of
from prankfilter.audio.telephone import LINE_RATE_HZ

Samples = NDArray[np.float32]
Features = NDArray[np.float64]
Listen = Callable[[Samples], Features]
"""From a line's sound, 8 kHz, to numbers: a vector for the clip, or a value a frame."""

SILERO_SAMPLES, SILERO_CONTEXT = 256, 32
"""What its net takes at once at 8 kHz, and what it wants to see of the sound before."""

WITHOUT_WHAT_IT_PULLS = ("silero-vad",)
"""It asks for torch, which its net does not need."""

WEBRTC_STRICTNESS = 2
WEBRTC_S = 0.02


@dataclass(frozen=True, slots=True)
class Rival:
    """One of them.

    Attributes
    ----------
    name : str
    packages : tuple of str
        Of the package index; the first names it.
    licence : str
    start : callable
        Loads it; what comes of it listens to clips.
    tells_age : bool
        Whether its numbers can be told to tell a child from an adult; the others find speech or pitch.
    clips_a_speaker : int
        How many clips of each speaker it is judged on.
    clip_lengths_s : tuple of float
        The lengths it is judged at.
    """

    name: str
    packages: tuple[str, ...]
    licence: str
    start: Callable[[], Listen]
    tells_age: bool = False
    clips_a_speaker: int = 6
    clip_lengths_s: tuple[float, ...] = LENGTHS_S

    @property
    def missing(self) -> tuple[str, ...]:
        """Packages that are not installed."""
        return tuple(package for package in self.packages if _version(package) is None)

    @property
    def versions(self) -> str:
        """Such as ``opensmile 2.6.0``."""
        return ", ".join(f"{package} {_version(package)}" for package in self.packages)


def missing_in_words(rivals: tuple[Rival, ...]) -> str:
    """Who is left out, and what installs them; empty if nobody is."""
    absent = [rival for rival in rivals if rival.missing]
    if not absent:
        return ""
    packages = sorted({package for rival in absent for package in rival.missing})
    commands = [
        f"`pip install {' '.join(packages)}`"
        for packages in (
            [package for package in packages if package not in WITHOUT_WHAT_IT_PULLS],
            [f"--no-deps {package}" for package in packages if package in WITHOUT_WHAT_IT_PULLS],
        )
        if packages
    ]
    names = ", ".join(rival.name for rival in absent)
    return f"Not installed, so not measured: {names}. To measure them: {' and '.join(commands)}."


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _egemaps() -> Listen:
    import opensmile

    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel.Functionals,
        num_workers=1,
    )
    return lambda samples: smile.process_signal(samples, LINE_RATE_HZ).to_numpy(np.float64)[0]


def _pyin() -> Listen:
    def listen(samples: Samples) -> Features:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of clips shorter than its longest frame
            return features_of(samples, LINE_RATE_HZ)

    return listen


def _yin() -> Listen:
    def listen(samples: Samples) -> Features:
        pitch_hz = librosa.yin(samples, fmin=60, fmax=500, sr=LINE_RATE_HZ, frame_length=512, hop_length=128)
        mfcc = librosa.feature.mfcc(y=samples, sr=LINE_RATE_HZ, n_mfcc=20, n_fft=512, hop_length=128)
        pitch = [pitch_hz.mean(), pitch_hz.std(), *np.quantile(pitch_hz, (0.1, 0.5, 0.9))]
        return np.concatenate([pitch, mfcc.mean(axis=1), mfcc.std(axis=1)])

    return listen


def _silero() -> Listen:
    """Silero's net without torch: its wrapper in a few lines of numpy, as its own for onnxruntime does it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(_folder("silero_vad") / "data" / "silero_vad.onnx"), options, providers=["CPUExecutionProvider"]
    )
    rate_hz = np.array(LINE_RATE_HZ, np.int64)

    def listen(samples: Samples) -> Features:
        state = np.zeros((2, 1, 128), np.float32)
        padded = np.concatenate([np.zeros(SILERO_CONTEXT, np.float32), samples])
        found = []
        for start in range(0, len(samples) - SILERO_SAMPLES + 1, SILERO_SAMPLES):
            piece = padded[None, start : start + SILERO_CONTEXT + SILERO_SAMPLES]
            speech, state = session.run(None, {"input": piece, "state": state, "sr": rate_hz})
            found.append(float(speech[0, 0]))
        return np.array(found)

    return listen


def _webrtc() -> Listen:
    import webrtcvad

    step = round(WEBRTC_S * LINE_RATE_HZ)

    def listen(samples: Samples) -> Features:
        judge = webrtcvad.Vad(WEBRTC_STRICTNESS)
        levels = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2")
        starts = range(0, len(levels) - step + 1, step)
        said = [judge.is_speech(levels[at : at + step].tobytes(), LINE_RATE_HZ) for at in starts]
        return np.array(said, np.float64)

    return listen


def _praat() -> Listen:
    import parselmouth

    def listen(samples: Samples) -> Features:
        sound: Any = parselmouth.Sound(samples.astype(np.float64), LINE_RATE_HZ)
        pitch = sound.to_pitch(time_step=0.01, pitch_floor=60, pitch_ceiling=500)
        return np.asarray(pitch.selected_array["frequency"], np.float64)

    return listen


def _folder(package: str) -> Path:
    """Where a package lies; importing this one would import torch."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(package)
    return Path(found.origin).parent


RIVALS = (
    Rival(
        "openSMILE eGeMAPSv02",
        ("opensmile",),
        "research only; commercial use needs a licence",
        _egemaps,
        tells_age=True,
        clip_lengths_s=(1.0, 4.0),
    ),
    Rival(
        "librosa.pyin + MFCC",
        ("librosa",),
        "ISC",
        _pyin,
        tells_age=True,
        clips_a_speaker=4,
        clip_lengths_s=(4.0,),
    ),
    Rival("librosa.yin + MFCC", ("librosa",), "ISC", _yin, tells_age=True),
    Rival("Silero VAD, onnxruntime", ("silero-vad", "onnxruntime"), "MIT", _silero),
    Rival("WebRTC VAD", ("webrtcvad-wheels",), "MIT (BSD inside)", _webrtc),
    Rival("Praat pitch", ("praat-parselmouth",), "GPL 3", _praat),
)
