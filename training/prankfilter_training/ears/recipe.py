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
    crop_frames, short_frames : (int, int)
        Ranges of the length of a clip; one length a batch.
    short_share : float
        Share of batches of short clips. Measured to do harm even to what is said of one second, so none.
    inherited_share : float
        Share of batches that go on amid a call, from the reference level before them; others begin one.
    women_share : float
        Share of women among the clips of adults; that of the corpus, more did no good.
    youth_share : float
        Share of clips of 10-17 by that of children. They have no label, for one between child and adult was
        measured to do harm: only what their voices are like is learnt from them.
    woman_loss : float
        Weight of telling women from men, among adults. Measured to do harm, so none.
    voice_loss : float
        Weight of telling what the speaker's voice is like: the cosine to the embedding by `voices`, a model
        that has heard thousands of speakers. With 0 it is not asked.
    voices : str
        Which model that is.
    smoothing, mixup : float
        Labels are drawn in by half of the former; clips are mixed by a Beta(mixup, mixup).
    band_mask_share, time_mask_share : float
        Share of batches in which a few bands, or a stretch of time, are hidden.
    """

    version: int = 2
    steps: int = 1400
    batch: int = 64
    rate: float = 2e-3
    decay: float = 0.02
    crop_frames: tuple[int, int] = (120, 280)
    short_frames: tuple[int, int] = (45, 120)
    short_share: float = 0.0
    inherited_share: float = 0.5
    women_share: float = 0.61
    youth_share: float = 0.0
    woman_loss: float = 0.0
    smoothing: float = 0.1
    mixup: float = 0.2
    band_mask_share: float = 0.6
    time_mask_share: float = 0.5
    shape: NetShape = field(default_factory=NetShape)
    voice_loss: float = 0.0
    voices: str = "resemblyzer 0.1.4"


RECIPE = NetRecipe(voice_loss=2.0, youth_share=0.3)
"""What ships."""
