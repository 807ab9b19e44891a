"""Spectrograms of what the heads judge worst: ``python -m benchmarks.failures --ears models/ID --out DIR``

Reads the worst recordings from the bundle's ``evaluation.json``, makes them again and draws them to be looked
at. Their lines are SIMULATED. The pictures show recordings and stay out of the repository.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from prankfilter_training.bank import mixtures
from prankfilter_training.bank.backgrounds import real_backgrounds
from prankfilter_training.bank.mixed import SEED as MIXED_SEED
from prankfilter_training.bank.recordings import babble
from prankfilter_training.ears.mel import mel_bank
from prankfilter_training.ears.other_heads import HEADS
from prankfilter_training.other_sounds import clips
from prankfilter_training.other_sounds.seconds import SEED as CLIPS_SEED
from prankfilter_training.other_sounds.sources import read_sources

from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.bundle.manifest import EVALUATION

mpl.use("Agg")
from matplotlib import pyplot as plt

DPI = 70
RANGE_DB = 60.0


@dataclass(frozen=True, eq=False)
class Drawn:
    """A recording to be drawn: title, samples at 8 kHz, and where somebody speaks, if that is known."""

    title: str
    samples: NDArray[np.float32]
    spoken: NDArray[np.bool_] | None = None


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw a page for each head."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failures", description=__doc__)
    parser.add_argument("--audio-root", type=Path, required=True)
    parser.add_argument("--music-root", type=Path)
    parser.add_argument("--ears", type=Path, required=True, help="bundle whose evaluation.json is read")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    options = parser.parse_args(arguments)
    figures = json.loads((options.ears / EVALUATION).read_text(encoding="utf-8"))[HEADS]
    options.out.mkdir(parents=True, exist_ok=True)
    pages = {"speech": list(_voices(options.audio_root, options.music_root, figures["speech"]["worst"]))}
    planned = clips.plan(read_sources(options.audio_root, options.music_root))
    noise = babble(options.audio_root)
    for head in figures["sounds"]:
        for which in ("missed", "taken"):
            name = f"{head['content']} {which}".replace(" ", "-")
            pages[name] = list(_clips(planned, noise, head[which]))
    for name, drawn in pages.items():
        _page(options.out / f"{name}.png", drawn)
        print(options.out / f"{name}.png")


def _voices(audio_root: Path, music_root: Path | None, worst: Sequence[dict[str, Any]]) -> Iterator[Drawn]:
    planned = mixtures.plan(mixtures.voices(audio_root), real_backgrounds(audio_root, music_root), MIXED_SEED)
    by_key = {mixture.key: mixture for mixture in planned}
    voices = mixtures.voices_of(planned)
    for one in worst:
        mixture = by_key[f"speech/{one['who']}"]
        made = mixtures.make(mixture, MIXED_SEED, voices[mixture.fold])
        title = f"{one['who']} over {one['behind']} ({one['snr_db']} dB), {one['codec']}: F1 {one['f1']:.2f}"
        yield Drawn(title, made.samples, made.spoken)


def _clips(
    planned: Sequence[clips.Clip], noise: NDArray[np.float32], worst: Sequence[dict[str, Any]]
) -> Iterator[Drawn]:
    for one in worst:
        made = clips.make(planned[one["clip"]], CLIPS_SEED, noise)
        yield Drawn(
            f"{one['content']} {one['recording']}, {one['codec']} {one['snr_db']:.0f} dB: {one['odds']:+.1f}",
            made.samples,
        )


def _page(path: Path, drawn: Sequence[Drawn]) -> None:
    """Log-mel over time, the level above it, and the labels of a voice below."""
    figure, rows = plt.subplots(
        len(drawn), 1, figsize=(12, 2.2 * len(drawn)), squeeze=False, layout="constrained"
    )
    for axes, one in zip(rows[:, 0], drawn, strict=True):
        tracks = Tracks(Ears("picture", mel_bank()))
        tracks.feed(one.samples)
        heard = tracks.at(len(tracks.steps))
        top = float(heard.log_mel.max())
        axes.imshow(
            heard.log_mel.T,
            origin="lower",
            aspect="auto",
            vmin=top - RANGE_DB,
            vmax=top,
            extent=(0, len(heard.log_mel) / 100, 0, heard.log_mel.shape[1]),
        )
        if one.spoken is not None:
            times_s = np.arange(len(one.spoken)) / 100
            axes.fill_between(times_s, -2, 0, where=one.spoken, color="tab:red")
        axes.set_title(one.title, fontsize=8)
    figure.suptitle("SIMULATED lines; mel bands over seconds; red: the labels of the voice")
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    main()
