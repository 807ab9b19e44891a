"""What finds speech in a mixture: today's rule, our head, WebRTC's detector and Silero's net.

Silero (MIT) and WebRTC (BSD) are only measured against, never served; both come from PyPI, see `MISSING`.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.audio.frames import join
from prankfilter.audio.look import look_back
from prankfilter.audio.runs import flags_of, lengths, runs_of, without_short
from prankfilter.audio.spectrum import FRAME, HOP
from prankfilter.audio.speech import BRIDGED_FRAMES, SHORTEST_FRAMES
from prankfilter.audio.speech_head import SpeechHead, Surroundings
from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.vocabulary import LOOKS_S

MISSING = "pip install silero-vad webrtcvad-wheels onnxruntime --no-deps; the study goes on without them"

RULE, HEAD, WEBRTC, SILERO = "rule", "head", "WebRTC", "Silero"
SILERO_CHUNK, SILERO_CONTEXT = 256, 32
WEBRTC_CHUNK = 160
WEBRTC_MODES = range(4)
LOWER_BY = (0.0, 0.25, 0.5, 1.0)

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Scores:
    """What was said of one mixture.

    Flags of rule and head at each look, of the head after 1 s with each of `LOWER_BY`, raw scores of the
    others.
    """

    rule: list[Flags]
    head: list[Flags]
    first: list[Flags]
    webrtc: NDArray[np.bool_] | None
    silero: NDArray[np.float32] | None


def listen(samples: NDArray[np.float32], ears: Ears, others: Others) -> Scores:
    """Hear a mixture with each of them; the front end runs once for rule and head."""
    tracks = Tracks(ears)
    tracks.feed(samples)
    head = [tracks.at(look_s).speech for look_s in LOOKS_S]
    rule = [_by_rule(tracks, int(look_s)) for look_s in LOOKS_S]
    first = [_lower(tracks, by) for by in LOWER_BY]
    return Scores(rule, head, first, others.webrtc(samples), others.silero(samples))


def _lower(tracks: Tracks, by: float) -> Flags:
    """After the first second, by a threshold that is so much lower in log-odds."""
    frames = join(tracks.steps[:1])
    assert frames is not None and frames.speech is not None
    frames = replace(frames, speech=frames.speech + np.float32(by))
    return look_back(frames, mel_hz=np.zeros(40), seconds=1).speech


def _by_rule(tracks: Tracks, seconds: int) -> Flags:
    frames = join(tracks.steps[:seconds])
    assert frames is not None
    return look_back(replace(frames, speech=None), mel_hz=np.zeros(40), seconds=seconds).speech


class Others:
    """The detectors of others, as far as they are installed."""

    def __init__(self) -> None:
        self._webrtc = _module("webrtcvad")
        self._session = _silero()

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are here."""
        here = {WEBRTC: self._webrtc, SILERO: self._session}
        return tuple(name for name, of in here.items() if of is not None)

    def webrtc(self, samples: NDArray[np.float32]) -> NDArray[np.bool_] | None:
        """Flags each 20 ms in each mode, shape (4, n)."""
        if self._webrtc is None:
            return None
        return np.array([self.webrtc_mode(samples, mode) for mode in WEBRTC_MODES])

    def webrtc_mode(self, samples: NDArray[np.float32], mode: int) -> list[bool]:
        """Flags each 20 ms in one mode; 0 is the most and 3 the least willing to hear speech."""
        detector: Any = self._webrtc.Vad(mode)  # type: ignore[union-attr]
        levels = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        step = 2 * WEBRTC_CHUNK
        return [
            detector.is_speech(levels[start : start + step], LINE_RATE_HZ)
            for start in range(0, len(levels) - step + 1, step)
        ]

    def silero(self, samples: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Probability of speech each 32 ms, shape (n,)."""
        if self._session is None:
            return None
        state, context = np.zeros((2, 1, 128), np.float32), np.zeros((1, SILERO_CONTEXT), np.float32)
        rate_hz, said = np.array(LINE_RATE_HZ, np.int64), []
        for start in range(0, len(samples) - SILERO_CHUNK + 1, SILERO_CHUNK):
            chunk = np.concatenate([context, samples[None, start : start + SILERO_CHUNK]], axis=1)
            out, state = self._session.run(None, {"input": chunk, "state": state, "sr": rate_hz})
            context = chunk[:, -SILERO_CONTEXT:]
            said.append(float(out[0, 0]))
        return np.array(said, np.float32)


def _module(name: str) -> Any:
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def _silero() -> Any:
    found, runtime = importlib.util.find_spec("silero_vad"), _module("onnxruntime")
    if found is None or found.origin is None or runtime is None:
        return None
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    net = Path(found.origin).parent / "data" / "silero_vad.onnx"
    return runtime.InferenceSession(str(net), options, providers=["CPUExecutionProvider"])


def in_frames(said: NDArray[Any], chunk: int, frames: int) -> NDArray[Any]:
    """What was said of the chunk that the middle of each frame lies in."""
    middle = HOP * np.arange(frames) + FRAME // 2
    return said[np.minimum(middle // chunk, len(said) - 1)]


def smoothed(flags: Flags) -> Flags:
    """Close gaps and drop clicks, as is done to what our head says."""
    gaps = runs_of(~flags)
    inner = (gaps[:, 0] > 0) & (gaps[:, 1] < len(flags)) & (lengths(gaps) < BRIDGED_FRAMES)
    return without_short(flags | flags_of(gaps[inner], len(flags)), SHORTEST_FRAMES)


def costs(
    samples: NDArray[np.float32], ears: Ears, head: SpeechHead, others: Others, runs: int = 12
) -> Mapping[str, float]:
    """Milliseconds of processor time for each second of sound, in turn, the least of all runs."""
    bare = Tracks(replace(ears, speech=None))
    bare.feed(samples)
    seconds = len(samples) / LINE_RATE_HZ

    def ours() -> None:
        surroundings = Surroundings()
        for step in bare.steps:
            spectra = step.spectra
            head.log_odds(surroundings.feed(spectra.log_mel, spectra.level_db, step.pitch_hz))

    def front_end() -> None:
        Tracks(replace(ears, speech=None)).feed(samples)

    things: dict[str, Callable[[], object]] = {
        "front end (spectrum, mel, pitch)": front_end,
        f"{HEAD}, on top": ours,
        f"{RULE}, on top": lambda: _by_rule(bare, int(seconds)),
    }
    if WEBRTC in others.names:
        things[WEBRTC] = lambda: others.webrtc_mode(samples, 3)
    if SILERO in others.names:
        things[SILERO] = lambda: others.silero(samples)
    least = dict.fromkeys(things, np.inf)
    for _ in range(runs):
        for name, thing in things.items():
            started = time.process_time()
            thing()
            least[name] = min(least[name], 1000 * (time.process_time() - started) / seconds)
    return least
