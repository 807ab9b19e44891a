"""From settings to the limits on recordings."""

from __future__ import annotations

from prankfilter.audio.recording import Limits
from prankfilter.settings import Settings


def limits_of(settings: Settings) -> Limits:
    """Collect the limits on recordings from the settings."""
    return Limits(
        audio_bytes=settings.audio_bytes,
        audio_s=settings.audio_s,
        audio_channels=settings.audio_channels,
        decoder_s=settings.decoder_s,
        decoder_bytes=settings.decoder_bytes,
    )
