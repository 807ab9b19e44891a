"""The page of the study of speech and silence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prankfilter_training.bank import speech_measures as measures
from prankfilter_training.bank.mixtures import SNR_DB
from prankfilter_training.bank.speech_measures import Judged

from benchmarks import speech_pictures as pictures
from benchmarks.speech_lines import LineRow, SnrRow
from benchmarks.tables import lines_of
from prankfilter.vocabulary import LOOKS_S

PICTURE = "speech.png"


@dataclass(frozen=True, eq=False)
class Study:
    """All that is on the page.

    ``judged`` by detector, ``chosen`` what each fold tuned it to, ``first`` what is said after 1 s.
    """

    judged: Mapping[str, Sequence[Judged]]
    chosen: Mapping[str, Sequence[float]]
    first: Mapping[str, Sequence[Judged]]
    costs: Mapping[str, float]
    lines: Sequence[LineRow]
    snr: Sequence[SnrRow]
    mixtures: int
    with_music: bool

    def of(self, name: str, chosen: Callable[[Judged], bool]) -> list[Judged]:
        """A detector's answers to some of the mixtures."""
        return [one for one in self.judged[name] if chosen(one)]


def write_page(path: Path, study: Study) -> None:
    """Write the page and its picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures.alone(path.with_name(PICTURE), study.judged)
    parts = [
        _head(study),
        _frames(study),
        _levels(study),
        _alone(study),
        _delays(study),
        _looks(study),
        _first(study),
        _costs(study),
        _lines(study),
        _snr(study),
    ]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _head(study: Study) -> str:
    measured = len(next(iter(study.judged.values())))
    music = "" if study.with_music else " No music was at hand, so none is in them."
    tuned = "; ".join(
        f"{name} {', '.join(f'{value:g}' for value in values)}" for name, values in study.chosen.items()
    )
    return f"""# When does the caller speak?

Made by `python -m benchmarks.speech_study --audio-root DIR --music-root DIR`. **Lines, levels and whispers
are simulated**, from real voices (speechocean762, fsdd) and real sounds (ESC-10, crying babies by telephone,
music of nine authors); no emergency call and no Indonesian voice is in them.{music}

{study.mixtures} mixtures of 10 s are labelled from the clean voice before anything is mixed with it, and sent
over A-law, µ-law or GSM 06.10 lines, of 300-3400 Hz or of all up to 4 kHz; {measured} are measured here. A
voice has one background of any kind at 20, 10, 5 or 0 dB behind it. Speakers *and* background recordings are
dealt into five folds: three fit the head, a fourth sets its threshold by the best F1 over all frames, the
fifth is measured. WebRTC's mode and Silero's threshold are set by the same fourth folds, and their answers
smoothed like the head's; today's rule was set earlier on some of the same recordings, which favours it.
Tuned values by fold: {tuned}."""


def _frames(study: Study) -> str:
    rows = []
    for name in study.judged:
        for kind, chosen in (("voice", measures.is_voice), ("whisper", measures.is_whisper)):
            found = measures.frames(study.of(name, chosen))
            f1 = f"{found.f1:.3f} [{found.low:.3f}, {found.high:.3f}]"
            rows.append((f"{name}, {kind}", f1, _share(found.missed), _share(found.false)))
    return _table(
        "Frames of 10 ms",
        ("detector", "F1 [95 % over speakers]", "speech missed", "the rest called speech"),
        rows,
        "Whispers are simulated (the voice's own filter, blown instead of sung).",
    )


def _levels(study: Study) -> str:
    def at(level_db: float) -> Callable[[Judged], bool]:
        return lambda one: measures.is_voice(one) and one.mixture.snr_db == level_db

    rows = [
        (name, *(f"{measures.frames(study.of(name, at(level))).f1:.3f}" for level in (math.inf, *SNR_DB)))
        for name in study.judged
    ]
    columns = ("detector", "nothing behind", *(f"{level:g} dB" for level in SNR_DB))
    return _table("F1 by how far the voice stands above what is behind it", columns, rows)


def _alone(study: Study) -> str:
    kinds = sorted({one.mixture.kind for one in study.of("rule", lambda one: not one.mixture.speaker)})

    def alone(kind: str) -> Callable[[Judged], bool]:
        return lambda one: not one.mixture.speaker and one.mixture.kind == kind

    rows = [
        (
            kind,
            str(len(study.of("rule", alone(kind)))),
            *(_share(measures.speech_share(study.of(name, alone(kind)))) for name in study.judged),
        )
        for kind in kinds
    ]
    note = f"![Share called speech]({PICTURE})\n\nBabble is six voices at once: nobody speaks to the centre."
    return _table("Called speech while nobody speaks", ("sound", "clips", *study.judged), rows, note)


def _delays(study: Study) -> str:
    rows = []
    for name in study.judged:
        found = measures.delay(study.of(name, measures.is_voice))
        shares = (_share(found.early), _share(found.never))
        rows.append((name, f"{found.median_s:.2f}", f"{found.late_s:.2f}", *shares))
    columns = ("detector", "median s", "90 % within s", "heard 0.3 s too early", "never heard")
    return _table("From the first word to its detection", columns, rows)


def _looks(study: Study) -> str:
    asked = (
        ("silent lines (dead, or a quiet room) called silent", measures.is_silent_line, False),
        ("**voices called silent**", measures.is_voice, True),
        ("**whispers called silent**", measures.is_whisper, True),
        ("crying alone called speech", measures.is_crying, False),
        ("music alone called speech", measures.is_music, False),
    )
    rows = []
    for title, chosen, spoken in asked:
        for name in study.judged:
            cells = []
            for look in range(len(LOOKS_S)):
                share, count = measures.silent_share(study.judged[name], look, chosen, spoken=spoken)
                share = 1 - share if title.endswith("speech") else share
                cells.append(f"{_share(share)} of {count}" if count else "–")
            rows.append((f"{title}: {name}", *cells))
    note = (
        "A look is silent by the rule of the stratum `silent` (less than 0.3 s of speech, or than a tenth of "
        "the look). A voice counts once it has spoken so much. To be called silent costs a caller nothing in "
        "routing (the stratum is never verified); to be taken for a ghost call in a report may."
    )
    return _table("As it bears on a call", ("", *(f"{look_s:g} s" for look_s in LOOKS_S)), rows, note)


def _first(study: Study) -> str:
    """One second alone: what fewer voices missed would cost."""
    asked = (
        (measures.is_voice, True),
        (measures.is_whisper, True),
        (measures.is_crying, False),
        (measures.is_music, False),
        (measures.is_noise, False),
    )
    rows = []
    for name, judged in study.first.items():
        called = [measures.silent_share(judged, 0, chosen, spoken=spoken) for chosen, spoken in asked]
        cells = [
            share if spoken else 1 - share for (share, _), (_, spoken) in zip(called, asked, strict=True)
        ]
        rows.append((name, *map(_share, cells)))
    counts = [f" ({measures.silent_share(study.first['rule'], 0, who, spoken=s)[1]})" for who, s in asked]
    columns = ("voices silent", "whispers silent", "crying speech", "music speech", "noises speech")
    note = (
        "After 1 s the rule calls fewer voices silent than the head does, for it calls most cries and many "
        "noises speech. With a lower threshold the head does so, too, and invents less. It is set by F1 "
        "instead, of the first second and of all sound alike. Nothing hangs on a silent look of 1 s in "
        "routing: silence counts from 3 s on."
    )
    titles = ("after 1 s, called", *(title + count for title, count in zip(columns, counts, strict=True)))
    return _table("One second", titles, rows, note)


def _costs(study: Study) -> str:
    base = next(iter(study.costs.values()))
    rows = [(name, f"{cost:.3f}", f"{cost / base:.2f}") for name, cost in study.costs.items()]
    columns = ("what", "ms per second of sound", "of the front end")
    return _table("Cost", columns, rows, "Processor time on one core, in turn in one run, least of twelve.")


def _lines(study: Study) -> str:
    rows = [
        (
            f"{row.line}, {row.codec}",
            *map(_share, (row.dead, row.silent, row.speech)),
            "–" if math.isnan(row.floor_db) else f"{row.floor_db:.0f}",
        )
        for row in study.lines
    ]
    note = (
        "Digital silence is known through every codec: GSM 06.10 decodes it as a pattern of one step of its "
        "13 bits, the others as a constant. Comfort noise is made by the receiver to sound like a room, and "
        "cannot be told from one: a line with it counts as open."
    )
    columns = ("line on which nobody speaks", "dead", "silent", "speech", "noise floor dB")
    return _table("Dead or open", columns, rows, note)


def _snr(study: Study) -> str:
    rows = [
        (
            f"{row.noise}, {row.snr_db:g} dB",
            f"{row.bias_db:+.1f}",
            f"{row.spread_db:.1f}",
            f"{row.level_bias_db:+.1f}",
            str(row.voices),
        )
        for row in study.snr
    ]
    note = (
        "`speech_to_noise_db` is the median level of speech above the quietest tenth of all frames; the "
        "line's own figure is active level against mean noise. The feature orders lines, it does not measure "
        "them: bias and spread say how far it may be read as a ratio in dB."
    )
    columns = ("noise, true ratio", "bias dB", "spread dB", "bias of `speech_level_db`", "voices")
    return _table("Line quality", columns, rows, note)


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1%}"


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], note: str = "") -> str:
    return "\n".join(lines_of(title, columns, rows, note))
