"""Which other sounds are heard? ``python -m benchmarks.sounds_study --audio-root DIR --music-root DIR``

Writes ``docs/studies/sounds.md`` with its picture. The recordings are real, all lines SIMULATED, tones
synthesised. ``--music-root`` is what `prankfilter-train music` fetched; without it there is nothing on music.
What is finished is kept in ``.cache``, so that a study that was stopped goes on where it stood.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from prankfilter_training.bank.recordings import Samples, load, trimmed
from prankfilter_training.ears.mel import mel_bank
from prankfilter_training.ears.other_heads import SOUNDS_CACHE
from prankfilter_training.other_sounds.heads import CONTENT_OF, fit_head, fit_sound_heads
from prankfilter_training.other_sounds.report import report
from prankfilter_training.other_sounds.seconds import Seconds, hear
from prankfilter_training.other_sounds.sources import BABY_CRY

from benchmarks.line_faults import clipping, hum
from benchmarks.sounds_page import Cost, Study, write_page
from benchmarks.tone_measures import alarms, detect, found, lines
from benchmarks.tone_signals import all_played
from prankfilter.audio.frames import Frames
from prankfilter.audio.sounds import SoundHead, heads_of, judge_second
from prankfilter.audio.spectrum import Spectrum
from prankfilter.audio.telephone import LINE_RATE_HZ
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears

CACHE = Path(".cache/sounds_study")
PAGE = Path("docs/studies/sounds.md")
FIRST_SEED, SECOND_SEED = 1, 2
TIMES = 4
"""How often each tone is played in each condition."""
VOICES = 60
COST_S, COST_ROUNDS = 10, 30


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is not cached, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sounds_study", description=__doc__)
    parser.add_argument("--audio-root", type=Path, required=True)
    parser.add_argument("--music-root", type=Path)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args(arguments)
    ears = Ears("study", mel_bank())
    rows = hear(options.audio_root, options.music_root, ears, SOUNDS_CACHE)
    held_out = fit_sound_heads(rows, SOUNDS_CACHE).held_out
    spectrum = Spectrum(ears.mel_bank)
    voices = _voices(options.audio_root)
    study = Study(
        heads=[report(rows, odds, content) for content, odds in held_out.items()],
        first=found(all_played(FIRST_SEED, voices, times=TIMES), spectrum),
        second=found(all_played(SECOND_SEED, voices, times=TIMES), spectrum),
        alarms=alarms(lines(options.audio_root, options.music_root, spectrum, options.cache / "lines")),
        clipping=list(clipping(ears, voices)),
        hum=list(hum(ears)),
        costs=_costs(ears, rows, voices[0]),
    )
    write_page(options.page, study)
    print(options.page)


def _voices(audio_root: Path) -> list[Samples]:
    """Every few recordings of digits, trimmed: they go on under tones."""
    paths = sorted((audio_root / "fsdd").iterdir())
    return [trimmed(load(path)) for path in paths[:: max(1, len(paths) // VOICES)]]


def _costs(ears: Ears, rows: Seconds, voice: Samples) -> list[Cost]:
    """Milliseconds of processor time for each second of speech, the least of many rounds."""
    head = fit_head(rows.at(rows.fold == 0), BABY_CRY)
    arrays = {f"{kind}.{name}": array for kind in CONTENT_OF for name, array in head.items()}
    hearing = heads_of(Ears("cost", ears.mel_bank, None, arrays))
    samples = np.resize(voice, COST_S * LINE_RATE_HZ)
    tracks = Tracks(ears)
    tracks.feed(samples)
    look = Spectrum(ears.mel_bank).measure(samples)
    return [
        Cost("both heads, each second once", _least_ms(lambda: _judge(hearing, tracks.steps)) / COST_S),
        Cost(f"tones, at a look of {COST_S} s", _least_ms(lambda: detect(look)) / COST_S),
    ]


def _judge(hearing: Mapping[str, SoundHead], steps: Sequence[Frames]) -> None:
    for step in steps:
        judge_second(hearing, step.spectra.log_mel, step.pitch_hz, step.spectra.level_db)


def _least_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(COST_ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1000 * min(times)


if __name__ == "__main__":
    main()
