"""How the tone detectors do: found on simulated lines, after what delay, and heard where there are none."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
from numpy.typing import NDArray
from prankfilter_training import line as line_module
from prankfilter_training.bank.recordings import babble, load
from prankfilter_training.line import draw_line, through
from prankfilter_training.music.pieces import read_piece
from prankfilter_training.other_sounds.sources import MUSIC, music_sources
from prankfilter_training.simulation.randomness import stream
from tqdm import tqdm

from benchmarks.tone_signals import TRACK_OF, Played
from prankfilter.audio import spectrum as spectrum_module
from prankfilter.audio import tones
from prankfilter.audio.heard import FRAME_S, HOP_S
from prankfilter.audio.spectrum import Spectra, Spectrum
from prankfilter.audio.telephone import LINE_RATE_HZ

TRACKS = ("dtmf", "call_progress", "text_telephone", "steady")
TABLES = ("speechocean762", "fsdd", "donateacry", "esc10")
LEAST_FRAMES = {
    "dtmf": tones.KEY_FRAMES,
    "call_progress": tones.PROGRESS_FRAMES,
    "text_telephone": tones.TEXT_FRAMES,
}
SEED = 112

Flags = dict[str, NDArray[np.bool_]]
Job = tuple[str, str, Path, float | None]
"""Content, group, recording, and where a piece of music begins."""


def detect(spectra: Spectra) -> Flags:
    """The tracks of `Heard` that tones set."""
    hz, share, loud = spectra.line_hz, spectra.line_share, spectra.level_db >= tones.QUIETEST_TONE_DB
    network = tones.network_tones(hz, share, loud)
    return {
        "dtmf": tones.keys(hz, share, loud),
        "call_progress": tones.progress_tones(hz, network),
        "text_telephone": tones.text_telephone(hz, share, spectra.band_share, network, loud),
        "steady": tones.steady_tones(hz, share, loud),
    }


# --- what should be found ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """Of one kind, codec and condition: how many of them, share found, median delay."""

    kind: str
    codec: str
    condition: str
    played: int
    share: float
    delay_s: float


def found(played: Iterable[Played], spectrum: Spectrum) -> list[Found]:
    """Share found, and the time from a tone's beginning until its detector can know, where it is found.

    A look comes once a second, so that the answer waits up to one more.
    """
    delays: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
    for one in played:
        delay_s = _delay_s(one, detect(spectrum.measure(one.samples))[TRACK_OF[one.kind]])
        delays[one.kind, one.codec, condition(one)].append(delay_s)
    return [
        Found(*key, len(of_key), float(np.mean(np.isfinite(of_key))), _median(of_key))
        for key, of_key in delays.items()
    ]


def condition(one: Played) -> str:
    """In words."""
    if one.over_speech_db is None:
        return f"SNR {one.snr_db:.0f} dB"
    return f"{one.over_speech_db:+.0f} dB over speech"


def _delay_s(one: Played, flags: NDArray[np.bool_]) -> float:
    """Until the last frame of the shortest run that its detector asks for; infinite if it is not found."""
    start, end = round((one.start_s - FRAME_S) / HOP_S), round(one.end_s / HOP_S) + 1
    hits = np.flatnonzero(flags[start:end])
    if not len(hits):
        return np.inf
    run_s = (LEAST_FRAMES[TRACK_OF[one.kind]] - 1) * HOP_S + FRAME_S
    return max(0.0, float(start + hits[0]) * HOP_S + run_s - one.start_s)


def _median(delays: list[float]) -> float:
    known = [delay for delay in delays if np.isfinite(delay)]
    return float(np.median(known)) if known else np.nan


# --- what should not be found --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alarms:
    """On recordings of one content: hours, recordings, and for each track recordings that set it."""

    content: str
    half: int
    hours: float
    recordings: int
    with_track: dict[str, int]

    def an_hour(self, track: str) -> float:
        """Recordings with the track, for each hour."""
        return self.with_track[track] / self.hours


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A recording as it was heard over a line: what tone detectors look at."""

    content: str
    half: int
    seconds: float
    spectra: Spectra


def lines(audio_root: Path, music_root: Path | None, spectrum: Spectrum, cache: Path) -> Iterator[Line]:
    """Every real recording through a line drawn for it; what is in the cache is not done again."""
    noise = babble(audio_root)
    jobs = sorted(_jobs(audio_root, music_root), key=_shuffled)
    cache.mkdir(parents=True, exist_ok=True)
    for start in tqdm(range(0, len(jobs), 100), desc="recordings", unit="hundred"):
        some = jobs[start : start + 100]
        path = cache / f"lines-{_key(some)}.joblib"
        if not path.exists():
            beside = path.with_suffix(".part")
            joblib.dump([_line(*job, spectrum, noise) for job in some], beside)
            beside.replace(path)
        yield from joblib.load(path)


def alarms(heard: Iterable[Line]) -> list[Alarms]:
    """Count false alarms by content and half."""
    hours: defaultdict[tuple[str, int], float] = defaultdict(float)
    counts: defaultdict[tuple[str, int], int] = defaultdict(int)
    tracks: defaultdict[tuple[str, int], dict[str, int]] = defaultdict(lambda: dict.fromkeys(TRACKS, 0))
    for line in heard:
        key = line.content, line.half
        hours[key] += line.seconds / 3600
        counts[key] += 1
        for track, flags in detect(line.spectra).items():
            tracks[key][track] += bool(flags.any())
    return [Alarms(*key, hours[key], counts[key], tracks[key]) for key in sorted(hours)]


def _jobs(audio_root: Path, music_root: Path | None) -> Iterator[Job]:
    """All recordings."""
    for table in TABLES:
        with (audio_root / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                sound = row.get("sound", "speech")
                content = "baby cry" if sound in ("crying_baby", "Baby cry") else sound.lower()
                group = row.get("speaker") or Path(row["file"]).name.split("-")[1 if table == "esc10" else 0]
                yield content, f"{table} {group}", audio_root / row["file"], None
    if music_root is not None:
        for source in music_sources(music_root):
            yield MUSIC, source.group, source.paths[0], source.start_s


def _key(jobs: Sequence[Job]) -> str:
    """Changes with the recordings and with what sends them over lines and measures them."""
    sources = [Path(module.__file__ or "").read_bytes() for module in (spectrum_module, line_module)]
    names = [[content, group, path.name, start_s] for content, group, path, start_s in jobs]
    return hashlib.sha256(b"".join([*sources, json.dumps(names).encode()])).hexdigest()[:16]


def _shuffled(job: Job) -> str:
    """An order of its own, so that what is done early tells of all."""
    _, _, path, start_s = job
    return hashlib.sha256(f"{path.name} {start_s}".encode()).hexdigest()


def _line(
    content: str,
    group: str,
    path: Path,
    start_s: float | None,
    spectrum: Spectrum,
    noise: NDArray[np.float32],
) -> Line:
    rng = stream(SEED, f"{path.name} {start_s}")
    clean = load(path) if start_s is None else read_piece(path, start_s)
    clean = np.concatenate([clean, np.zeros(max(0, LINE_RATE_HZ - len(clean)), np.float32)])
    samples = through(clean, draw_line(rng), rng, babble=noise)
    half = int(hashlib.sha256(group.encode()).hexdigest(), 16) % 2
    spectra = spectrum.measure(samples)
    return Line(content, half, len(samples) / LINE_RATE_HZ, _without_mels(spectra))


def _without_mels(spectra: Spectra) -> Spectra:
    """Tones need no mel bands; without them the cache is a tenth."""
    empty = np.empty((0, 0), np.float32)
    kept = {name: getattr(spectra, name) for name in Spectra.__slots__}
    return Spectra(**kept | {"log_mel": empty})
