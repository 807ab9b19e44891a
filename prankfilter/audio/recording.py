"""What decoding yields, and how much of it is allowed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prankfilter.errors import AudioTooLarge, UnreadableAudio


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """Sound at its own sampling rate.

    Attributes
    ----------
    samples : NDArray[float32]
        Shape (n,), n > 0, mono, in [-1, 1]; the recording's first 30 s at most.
    rate_hz : int
        Sampling rate.
    duration_s : float
        Length of the whole recording, as its header has it.
    """

    samples: NDArray[np.float32]
    rate_hz: int
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a recording is accepted; the fields are named like the settings they come from."""

    audio_bytes: int = 10_000_000
    audio_s: float = 600.0
    audio_channels: int = 2
    lowest_rate_hz: int = 6_000
    highest_rate_hz: int = 48_000
    decoder_s: float = 2.0
    decoder_bytes: int = 512_000_000

    def check_bytes(self, size: int) -> None:
        """Refuse a file that is too big, before anything looks into it."""
        if size > self.audio_bytes:
            raise AudioTooLarge(
                f"{size} bytes; at most {self.audio_bytes} are read. Send a shorter recording"
            )

    def check_header(self, *, rate_hz: int, channels: int, frames: int) -> None:
        """Refuse what a header announces beyond the limits; a length of 0 is no recording."""
        if channels < 1 or rate_hz < 1:
            raise UnreadableAudio(
                f"the header says {channels} channels at {rate_hz} Hz; both must be at least 1"
            )
        if channels > self.audio_channels:
            raise AudioTooLarge(f"{channels} channels; at most {self.audio_channels} are read. Mix them down")
        if not self.lowest_rate_hz <= rate_hz <= self.highest_rate_hz:
            raise AudioTooLarge(
                f"sampling rate {rate_hz} Hz; {self.lowest_rate_hz} to {self.highest_rate_hz} Hz are read. "
                "Resample it"
            )
        if frames < 1:
            raise UnreadableAudio("the recording holds no sound")
        if frames > self.longest_frames(rate_hz):
            raise AudioTooLarge(
                f"{frames / rate_hz:.1f} s; at most {self.audio_s:g} s are read. Send the call's beginning"
            )

    def longest_frames(self, rate_hz: int) -> int:
        """Most frames (samples of each channel) that a recording may have."""
        return math.floor(self.audio_s * rate_hz)


def mix_down(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average the channels of sound of shape (n, channels) to shape (n,)."""
    if frames.shape[1] == 1:
        return np.ascontiguousarray(frames[:, 0])
    mean: NDArray[np.float32] = frames.mean(axis=1, dtype=np.float32)
    return mean
