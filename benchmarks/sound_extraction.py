"""How fast recordings become numbers: ``python -m benchmarks.sound_extraction [--minutes 20]``.

Hours of sound per hour, with one worker and with two, for WAV and for FLAC (which costs the start of a
confined process a file), and once more when everything is in the cache. The sound is the demonstration's own,
made by a speech synthesiser.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import soundfile
from prankfilter_api.demo.clips import CLIPS
from prankfilter_training.sound.extract import Extraction, extract, processes

from benchmarks.calls import LIMITS
from benchmarks.tables import show
from prankfilter.audio.wav import read_wav
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.running import Library
from prankfilter.settings import read_settings

RATE_HZ = 8000
SECONDS = 10
"""Of each recording: what a call of some length has at its last look."""
FORMATS = ("WAV", "FLAC")
WORKERS = (1, 2)
SHORT_MINUTES = 5.0


def main(models: Path, *, minutes: float = SHORT_MINUTES) -> None:
    """One table."""
    ears = Library(models).load().ears
    count = round(minutes * 60 / SECONDS)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for form in FORMATS:
            root = Path(folder) / form
            calls = _recordings(root, count, form)
            for workers in WORKERS:
                cache = Path(folder) / f"{form}-{workers}"
                _warm(ears, root, calls, workers)
                fresh, cached = (_hours_per_hour(ears, root, calls, workers, cache) for _ in range(2))
                rows.append([f"{form}, {workers} workers", f"{fresh:,.0f}", f"{cached:,.0f}"])
    show(
        "Listening to the recordings of a log",
        ["what", "hours of sound per hour", "the same, all of it cached"],
        rows,
        f"{count} recordings of {SECONDS} s each; only the first 10 s of longer ones are listened to, so "
        "those take no longer. The workers' start (some seconds, once) is left out.",
    )


def _recordings(root: Path, count: int, form: str) -> pl.DataFrame:
    """Write recordings, no two of which have equal content."""
    root.mkdir(parents=True)
    clips = [read_wav(path.read_bytes(), LIMITS).samples for path in sorted(CLIPS.glob("*.wav"))]
    draw = np.random.default_rng(0)
    names = []
    for place in range(count):
        samples = np.resize(clips[place % len(clips)], SECONDS * RATE_HZ)
        noisy = samples + draw.normal(0, 1e-3, len(samples)).astype(np.float32)
        file = io.BytesIO()
        soundfile.write(file, np.clip(noisy, -1, 1), RATE_HZ, format=form, subtype="PCM_16")
        names.append(f"{place}.{form.lower()}")
        (root / names[-1]).write_bytes(file.getvalue())
    return pl.DataFrame({"call_id": names, "row": range(2, count + 2), "audio_path": names})


def _warm(ears: Ears, root: Path, calls: pl.DataFrame, workers: int) -> None:
    """Start the workers and let them import what they need."""
    with tempfile.TemporaryDirectory() as cache:
        extract(calls.head(16 * workers), root, ears, _how(workers, Path(cache)))


def _hours_per_hour(ears: Ears, root: Path, calls: pl.DataFrame, workers: int, cache: Path) -> float:
    started = time.perf_counter()
    extract(calls, root, ears, _how(workers, cache))
    return len(calls) * SECONDS / (time.perf_counter() - started)


def _how(workers: int, cache: Path) -> Extraction:
    return Extraction(cache=cache, workers=partial(processes, workers))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sound_extraction", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="of sound")
    main(read_settings().models.resolve(), minutes=parser.parse_args().minutes)
