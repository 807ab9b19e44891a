"""How child-voice nets are shaped and trained: numbers only, so that who reads them needs no torch."""

from __future__ import annotations

from dataclasses import dataclass, field

MEMBERS = 3
"""Nets whose log-odds are averaged."""
MELS = 40
TAPS = (5, 3, 3, 3)
"""Of the four convolutions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetShape:
    """Sizes of a net; ``geometry`` holds (stride, dilation) of the four convolutions."""

    geometry: tuple[tuple[int, int], ...] = ((2, 1), (2, 1), (1, 1), (1, 2))
    width: int = 64
    hidden: int = 128
    attention: int = 32
    dense: int = 48
    dropout: float = 0.2

    @property
    def hop_frames(self) -> int:
        """Frames from one output to the next."""
        return self.geometry[0][0] * self.geometry[1][0]

    @property
    def reach_frames(self) -> int:
        """Frames that the first output needs before its middle."""
        reach, hop = 0, 1
        for taps, (stride, dilation) in zip(TAPS, self.geometry, strict=True):
            reach += hop * dilation * (taps - 1) // 2
            hop *= stride
        return reach


@dataclass(frozen=True, slots=True, kw_only=True)
class NetRecipe:
    """How a net is trained.

    Attributes
    ----------
    version : int
        Rises when the code makes another net of the same numbers.
    steps, batch : int
        Steps of the optimiser, clips in each.
    rate, decay : float
        Highest learning rate of the one-cycle schedule, weight decay (AdamW).
    crop_frames : (int, int)
        Range of the length of a clip; one length a batch.
    youth_share : float
        Share of clips of 10-17 by that of children; their label is between. Measured to do harm, so none.
    smoothing, mixup : float
        Labels are drawn in by half of the former; clips are mixed by a Beta(mixup, mixup).
    woman_loss : float
        Weight of telling women from men, among adults. Measured to do harm, so none.
    band_mask_share, time_mask_share : float
        Share of batches in which a few bands, or a stretch of time, are hidden.
    """

    version: int = 1
    steps: int = 1400
    batch: int = 64
    rate: float = 2e-3
    decay: float = 0.02
    crop_frames: tuple[int, int] = (120, 280)
    youth_share: float = 0.0
    smoothing: float = 0.1
    mixup: float = 0.2
    woman_loss: float = 0.0
    band_mask_share: float = 0.6
    time_mask_share: float = 0.5
    shape: NetShape = field(default_factory=NetShape)
