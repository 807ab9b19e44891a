"""From the bytes of a recording to tracks, in one go."""

from __future__ import annotations

from collections.abc import Callable

from prankfilter.audio.decode import decode
from prankfilter.audio.recording import Limits
from prankfilter.audio.telephone import to_line
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears


def hear(
    audio: bytes, *, ears: Ears, limits: Limits, cancelled: Callable[[], bool] = lambda: False
) -> Tracks:
    """Decode a recording, bring it to the line's rate and track it second by second.

    Raises a `BadAudio` where it cannot be used, and `Cancelled` soon after ``cancelled()`` turns true.
    """
    tracks = Tracks(ears)
    tracks.feed(to_line(decode(audio, limits, cancelled=cancelled)), cancelled=cancelled)
    return tracks
