"""What the child-voice nets say of the study's clips, each by nets that never heard its speaker: ``python -m
benchmarks.child_voice_clips --audio-root DIR --nets DIR``

Makes the clips of ``docs/studies/child_voice.csv`` anew, 12 of 4 s of every speaker (seeded; numbers only are
written), and replaces the columns of our nets in it. What the baseline said of the same clips stays as it is.
``--nets`` is the folder that ``prankfilter-train ears --fold-nets`` left.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from prankfilter_training.bank.clips import chain
from prankfilter_training.bank.recordings import Samples, load
from prankfilter_training.ears.speakers import FOLDS, Speaker, fold_of, read_speakers
from prankfilter_training.line import Line, through
from prankfilter_training.shipped import shipped_ears
from tqdm import tqdm

from benchmarks.ears.clips import CLIPS, LINES
from prankfilter.audio.child import LEAST_SPEECH_S, child_log_odds
from prankfilter.audio.heard import Heard
from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears

ODDS = Path("docs/studies/child_voice.csv")
SEED = 11
CLIP_S = 4.0
LENGTHS_S = (1, 2, 3, 4)
KEY = ["speaker", "clip"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Listen to every clip, and write what was said."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.child_voice_clips", description=__doc__)
    parser.add_argument("--audio-root", type=Path, required=True)
    parser.add_argument("--nets", type=Path, required=True, help="fold-0.npz and on")
    parser.add_argument("--models", type=Path, default=Path("models"), help="whose ears find speech")
    parser.add_argument("--odds", type=Path, default=ODDS, help=f"the table; {ODDS} by default")
    options = parser.parse_args(arguments)
    ears = shipped_ears(options.models)
    by_fold = [
        dataclasses.replace(ears, child=_nets(options.nets / f"fold-{fold}.npz")) for fold in range(FOLDS)
    ]
    speakers = read_speakers(options.audio_root)
    folds = fold_of(speaker.member for speaker in speakers)
    rows = [
        row
        for speaker in tqdm(speakers, desc="speakers", unit="speaker")
        for row in _said(speaker, by_fold[folds[speaker.name]])
    ]
    options.odds.write_text(replaced(pd.read_csv(options.odds, dtype={"speaker": str}), rows), "utf-8")
    print(options.odds)


def replaced(before: pd.DataFrame, rows: Sequence[dict[str, object]]) -> str:
    """The table with the columns of our nets taken from ``rows``, as CSV; log-odds to four decimals."""
    ours = pd.DataFrame(rows)
    kept = before[[*KEY, *(column for column in before if column not in ours)]]
    return ours.merge(kept, on=KEY, how="left", validate="1:1").to_csv(index=False, float_format="%.4f")


def clips_of(speaker: Speaker) -> Iterator[tuple[Line, Samples]]:
    """The clips of a speaker: utterances in an order of their own, chained, over the lines in turn."""
    utterances = [load(path) for path in speaker.paths]
    for number in range(CLIPS):
        rng = np.random.default_rng([SEED, number, speaker.number])
        order = rng.permutation(len(utterances))
        spoken = chain([utterances[at] for at in order], rng, seconds=CLIP_S, rate_hz=LINE_RATE_HZ)
        codec, snr_db = LINES[number % len(LINES)]
        line = Line(codec=codec, noise="white", snr_db=snr_db, gain_db=0.0)
        yield line, through(spoken[: round(CLIP_S * LINE_RATE_HZ)], line, rng)


def _said(speaker: Speaker, ears: Ears) -> Iterator[dict[str, object]]:
    """One row a clip: who speaks, over what line, and the log-odds from the first seconds of it."""
    for number, (line, samples) in enumerate(clips_of(speaker)):
        tracks = Tracks(ears)
        tracks.feed(samples)
        looks = {length_s: tracks.at(float(length_s)) for length_s in LENGTHS_S}
        yield {
            "speaker": f"{speaker.number:04d}",
            "clip": number,
            "age": speaker.age,
            "sex": speaker.sex,
            "codec": line.codec,
            "snr_db": round(line.snr_db),
            "pitch_hz": _median_pitch_hz(looks[LENGTHS_S[-1]]),
            **{
                f"nets_{length_s}_s": child_log_odds(look, ears)
                if look.speech_s >= LEAST_SPEECH_S
                else math.nan
                for length_s, look in looks.items()
            },
        }


def _median_pitch_hz(look: Heard) -> float:
    """Of the voiced frames of speech; NaN without any."""
    pitch_hz = look.pitch_hz[look.speech]
    voiced_hz = pitch_hz[~np.isnan(pitch_hz)]
    return float(np.median(voiced_hz)) if len(voiced_hz) else math.nan


def _nets(path: Path) -> dict[str, NDArray[np.float32]]:
    with np.load(path) as nets:
        return dict(nets)


if __name__ == "__main__":
    main()
