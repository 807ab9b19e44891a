"""The heads for speech and other sounds, with their figures on what was held out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prankfilter.bundle.ears import Ears
from prankfilter_training.bank.mixed import mix
from prankfilter_training.bank.mixtures import voices
from prankfilter_training.bank.speech import learn_speech
from prankfilter_training.bank.speech_held_out import held_out
from prankfilter_training.bank.speech_report import speech_report
from prankfilter_training.music.pieces import authors_in
from prankfilter_training.other_sounds.clips import plan
from prankfilter_training.other_sounds.heads import fit_sound_heads
from prankfilter_training.other_sounds.report import report
from prankfilter_training.other_sounds.seconds import hear
from prankfilter_training.other_sounds.sources import read_sources
from prankfilter_training.other_sounds.worst import missed, taken

SPEECH_CACHE = Path(".cache/speech")
SOUNDS_CACHE = Path(".cache/other_sounds")

Figures = Mapping[str, Any]
"""As ``evaluation.json`` keeps them, below `HEADS`."""

HEADS = "heads"


@dataclass(frozen=True, slots=True, eq=False)
class OtherHeads:
    """Ears that know speech and other sounds, and how well they do."""

    ears: Ears
    figures: Figures


def fit_other_heads(audio_root: Path, music_root: Path | None, ears: Ears, *, workers: int = 1) -> OtherHeads:
    """Fit what finds speech, and what finds other sounds; what is in the caches is not done again.

    Parameters
    ----------
    audio_root, music_root : Path
        Real recordings; without music there is no head for it, and the speech head never met it.
    ears : Ears
        The mel bank.
    workers : int
        Processes.
    """
    mixed = mix(audio_root, music_root, SPEECH_CACHE)
    fit = learn_speech(mixed, ears, SPEECH_CACHE, workers=workers)
    judged = held_out(mixed, fit.by_fold, ears, SPEECH_CACHE)
    speech = speech_report(judged, voices(audio_root), fit.thresholds)
    rows = hear(audio_root, music_root, ears, SOUNDS_CACHE, workers=workers)
    sounds = fit_sound_heads(rows, SOUNDS_CACHE, workers=workers)
    clips = plan(read_sources(audio_root, music_root))
    figures = {
        "speech": dataclasses.asdict(speech),
        "sounds": [
            {
                **dataclasses.asdict(report(rows, odds, content)),
                "missed": [dataclasses.asdict(one) for one in missed(rows, odds, content, clips)],
                "taken": [dataclasses.asdict(one) for one in taken(rows, odds, content, clips)],
            }
            for content, odds in sounds.held_out.items()
        ],
        "music": [dataclasses.asdict(author) for author in authors_in(music_root)] if music_root else [],
    }
    return OtherHeads(dataclasses.replace(ears, speech=fit.deployed, sounds=sounds.heads), figures)
