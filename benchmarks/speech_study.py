"""Who hears when the caller speaks? ``python -m benchmarks.speech_study --audio-root DIR``

Writes ``docs/studies/speech.md`` with its picture. All lines, levels and whispers in it are SIMULATED, from
real voices and real sounds. What is finished is kept in ``.cache/speech_study``, so that a study that was
stopped goes on where it stood.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
from prankfilter_training.bank import speech
from prankfilter_training.bank.backgrounds import FOLDS
from prankfilter_training.bank.mixed import MixtureSet, mix
from prankfilter_training.bank.mixtures import dealt, voices
from prankfilter_training.bank.recordings import load, trimmed
from prankfilter_training.bank.speech_held_out import MEASURED_EVERY
from prankfilter_training.bank.speech_measures import Judged
from prankfilter_training.ears.mel import mel_bank
from prankfilter_training.ears.other_heads import SPEECH_CACHE
from tqdm import tqdm

from benchmarks.speech_candidates import (
    HEAD,
    LOWER_BY,
    RULE,
    SILERO,
    SILERO_CHUNK,
    WEBRTC,
    WEBRTC_CHUNK,
    WEBRTC_MODES,
    Others,
    Scores,
    costs,
    in_frames,
    listen,
    smoothed,
)
from benchmarks.speech_lines import SnrRow, empty_lines, snr_errors
from benchmarks.speech_page import Study, write_page
from prankfilter.bundle.ears import Ears

CACHE = Path(".cache/speech_study")
PAGE = Path("docs/studies/speech.md")
SILERO_THRESHOLDS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
SNR_VOICES = 9


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is not cached, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speech_study", description=__doc__)
    parser.add_argument("--audio-root", type=Path, required=True, help="folder of the real recordings")
    parser.add_argument(
        "--music-root", type=Path, help="what `prankfilter-train music` fetched; without it there is no music"
    )
    parser.add_argument("--page", type=Path, default=PAGE, help=f"where the page goes; {PAGE} by default")
    options = parser.parse_args(arguments)
    mixed = mix(options.audio_root, options.music_root, SPEECH_CACHE)
    ears = Ears("study", mel_bank())
    heads = speech.learn_speech(mixed, ears, SPEECH_CACHE)
    others = Others()
    places = range(0, len(mixed.mixtures), MEASURED_EVERY)
    scores = {place: _scores(mixed, place, ears, heads, others) for place in tqdm(places, desc="heard")}
    judged, chosen = _judged(mixed, scores, others)
    served = replace(ears, speech=heads.by_fold[0])
    write_page(
        options.page,
        Study(
            judged=judged,
            chosen={HEAD: list(heads.thresholds), **chosen},
            first=_first(mixed, scores),
            costs=costs(mixed.samples(0), served, speech.head_of(heads.by_fold[0]), others),
            lines=list(empty_lines(served)),
            snr=_snr(options.audio_root, served),
            mixtures=len(mixed.mixtures),
            with_music=options.music_root is not None,
        ),
    )
    print(options.page)


def _scores(mixed: MixtureSet, place: int, ears: Ears, heads: speech.SpeechFit, others: Others) -> Scores:
    """What everybody says of one mixture; our head is the one of its fold."""
    path = CACHE / f"scores-{_digest_of(mixed, heads, others)}" / f"{place:05d}.joblib"
    if not path.exists():
        fold = mixed.mixtures[place].fold
        scores = listen(mixed.samples(place), replace(ears, speech=heads.by_fold[fold]), others)
        path.parent.mkdir(parents=True, exist_ok=True)
        joblib.dump(scores, path, compress=1)
    kept: Scores = joblib.load(path)
    return kept


def _digest_of(mixed: MixtureSet, heads: speech.SpeechFit, others: Others) -> str:
    known = f"{LOWER_BY} {heads.thresholds} {heads.by_fold[0]['bias']} {others.names} {len(mixed.mixtures)}"
    return hashlib.sha256(known.encode()).hexdigest()[:16]


def _judged(
    mixed: MixtureSet, scores: dict[int, Scores], others: Others
) -> tuple[dict[str, list[Judged]], dict[str, list[float]]]:
    """Everybody's flags; thresholds of the others come from the fold beside, as that of our head does."""
    judged = {
        name: [_one(mixed, place, getattr(said, name)) for place, said in scores.items()]
        for name in (RULE, HEAD)
    }
    chosen = {}
    options = {WEBRTC: list(map(float, WEBRTC_MODES)), SILERO: list(SILERO_THRESHOLDS)}
    for name in others.names:
        flags = {
            value: [_one(mixed, place, _flags(name, said, value)) for place, said in scores.items()]
            for value in tqdm(options[name], desc=name)
        }
        chosen[name] = [_best(flags, (fold + 1) % FOLDS) for fold in range(FOLDS)]
        judged[name] = [
            flags[chosen[name][one.mixture.fold]][number] for number, one in enumerate(judged[RULE])
        ]
    return judged, chosen


def _first(mixed: MixtureSet, scores: dict[int, Scores]) -> dict[str, list[Judged]]:
    """What rule and head say after 1 s, the head with lower thresholds, too."""
    of_head = {
        f"{HEAD}, threshold lower by {by:g}" if by else HEAD: [
            _one(mixed, place, [said.first[number]]) for place, said in scores.items()
        ]
        for number, by in enumerate(LOWER_BY)
    }
    return {RULE: [_one(mixed, place, said.rule[:1]) for place, said in scores.items()], **of_head}


def _flags(name: str, said: Scores, value: float) -> list[np.ndarray]:
    """Smoothed flags at each look."""
    frames = [len(flags) for flags in said.rule]
    if name == WEBRTC:
        assert said.webrtc is not None
        raw = in_frames(said.webrtc[int(value)], WEBRTC_CHUNK, frames[-1])
    else:
        assert said.silero is not None
        raw = in_frames(said.silero, SILERO_CHUNK, frames[-1]) > value
    return [smoothed(raw[:count]) for count in frames]


def _best(flags: dict[float, list[Judged]], fold: int) -> float:
    def f1(value: float) -> float:
        tuned = [one for one in flags[value] if one.mixture.fold == fold]
        return speech.f1(
            np.concatenate([one.whole for one in tuned]), np.concatenate([one.spoken for one in tuned])
        )

    return max(flags, key=f1)


def _one(mixed: MixtureSet, place: int, found: Sequence[np.ndarray]) -> Judged:
    return Judged(mixed.mixtures[place], mixed.lines[place], np.asarray(mixed.spoken[place]), found)


def _snr(audio_root: Path, ears: Ears) -> list[SnrRow]:
    """Some speakers of the fold that the head of fold 0 has not met."""
    recordings = voices(audio_root)
    fold_of = dealt(recordings)
    unmet = sorted(name for name, fold in fold_of.items() if fold == 0)
    unmet = unmet[:: max(1, len(unmet) // SNR_VOICES)]
    spoken = [
        np.concatenate([trimmed(load(one.path)) for one in recordings if one.speaker == name][:3])
        for name in unmet
    ]
    return list(snr_errors([np.resize(voice, 40000) for voice in spoken], ears))


if __name__ == "__main__":
    main()
