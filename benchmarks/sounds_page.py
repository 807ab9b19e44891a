"""The page of the study of other sounds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prankfilter_training.line import CODECS
from prankfilter_training.music.works import WORKS
from prankfilter_training.other_sounds.report import SoundReport
from prankfilter_training.other_sounds.shares import Share

from benchmarks import sounds_pictures as pictures
from benchmarks.line_faults import Clipping, Hum
from benchmarks.tone_measures import Alarms, Found
from benchmarks.tone_signals import KINDS

PICTURE = "sounds.png"
GUARDS = ("dtmf", "call_progress", "text_telephone")


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time of a part, for each second of sound."""

    part: str
    ms_a_second: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """All that is on the page."""

    heads: Sequence[SoundReport]
    first: Sequence[Found]
    second: Sequence[Found]
    alarms: Sequence[Alarms]
    clipping: Sequence[Clipping]
    hum: Sequence[Hum]
    costs: Sequence[Cost]


def write_page(path: Path, study: Study) -> None:
    """Write the page and its picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures.heads(path.with_name(PICTURE), study.heads)
    parts = [
        HEAD,
        *map(_head, study.heads),
        _tones(study),
        _alarms(study),
        _faults(study),
        _costs(study),
        LEFT_OUT,
        _music(),
    ]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


HEAD = f"""\
# Other sounds: crying, music, tones, hum, clipping

Made by `python -m benchmarks.sounds_study --audio-root DIR --music-root DIR`. The recordings of voices,
cries, music and noises are real; **all lines are simulated** (300-3400 Hz, white, pink or babble noise at
8-30 dB, gain, lost packets, A-law, µ-law, GSM 06.10), and tones, hum and clipping are synthesised. There is
no emergency call, no Indonesian voice and no telephone in a pocket among them.

Crying and tones may only raise a call's treatment: the guards `baby_cry`, `dtmf`, `call_progress` and
`text_telephone` take a `verify` away whatever the score says (`tests/engine/test_raising_sounds.py`). So a
false alarm lets a prank through, and a miss costs a caller their guard.

![Found, and taken for it]({PICTURE})"""


LEFT_OUT = """\
## What is left out, and why

- **Handling noise** (a telephone in a pocket): no real recording of it is at hand, so nothing looks for it
  and nothing is claimed.
- **Laughter and screams**: the packages on PyPI that offer such models (`panns-inference`,
  `epanns-inference`, `panns-AT-inference`, `torch-vggish-yamnet`) hold code of 6 to 11 kB and fetch their
  weights from elsewhere when they first run; none ships weights with a licence of their own. Left out.
- **Music** is that of nine authors, for games and for callers on hold. Songs, dangdut, television and a call
  to prayer are not in it."""


def _music() -> str:
    rows = [[works.author, works.licence, works.package.name, works.package.version] for works in WORKS]
    return f"""\
## Where the music comes from

Debian packages, fetched by `prankfilter-train music --out DIR`, which holds each against its SHA-256. Only
numbers computed from it are kept. Music under the GPL, which an earlier head had learned from, is left out:
whether weights are made of a work is for courts to say, and nobody who runs this should have to ask.

{_table(["author", "licence", "package", "version"], rows)}"""


def _head(report: SoundReport) -> str:
    found = [[share.what, _counted(share), str(share)] for share in report.found]
    alarms = [[share.what, _counted(share), str(share)] for share in report.alarms]
    speech = [[share.what, _counted(share), str(share)] for share in report.alarms_by_length]
    return f"""\
## {report.content.capitalize()}

Each fold of sources is judged by a net and a threshold from the other four; the threshold is set on inner
folds so that 1 % of clips of speech (10 s) exceed it. A clip is found if any of its seconds is. AUC of clips,
against speech {report.auc_speech}, against everything else {report.auc_all}; in brackets 95 % intervals over
sources (speakers, telephones, recordings, authors).

{_table(["found", "clips (sources)", "share"], found)}
{_table([f"taken for {report.content} within 10 s", "clips (sources)", "share"], alarms)}
{_table(["speech taken for it within", "clips (sources)", "share"], speech)}"""


def _counted(share: Share) -> str:
    return f"{share.clips} ({share.groups})"


def _tones(study: Study) -> str:
    conditions = list(dict.fromkeys(one.condition for one in study.second))
    first = {(one.kind, one.codec, one.condition): one for one in study.first}
    second = {(one.kind, one.codec, one.condition): one for one in study.second}
    rows = [
        [
            kind,
            codec,
            *(_both(first[key], second[key]) for key in _keys(kind, codec, conditions)),
            _delay(second, kind, codec),
        ]
        for kind in KINDS
        for codec in CODECS
    ]
    return f"""\
## Tones: found

Share of tones found, in two draws of one recipe: -40 to -10 dB below full scale; keys of 50 to 200 ms, off
by up to 1.5 %, 6 dB of twist at most. Thresholds were tuned on signals of a third draw. Delay: median time
from a tone's beginning until its detector can know, at 20 dB; a look comes once a second, so that the answer
may wait one more.

{_table(["tone", "codec", *conditions, "delay"], rows)}
GSM 06.10 does not carry the answer tone of 2100 Hz in a shape that can be told from noise, and Baudot badly;
text telephones over mobile networks use another coding for that reason (3GPP TS 26.226), which is not looked
for."""


def _keys(kind: str, codec: str, conditions: Iterable[str]) -> list[tuple[str, str, str]]:
    return [(kind, codec, condition) for condition in conditions]


def _both(first: Found, second: Found) -> str:
    return f"{first.share:.2f} / {second.share:.2f}"


def _delay(found: dict[tuple[str, str, str], Found], kind: str, codec: str) -> str:
    delay_s = found[kind, codec, "SNR 20 dB"].delay_s
    return "never" if math.isnan(delay_s) else f"{delay_s:.2f} s"


def _alarms(study: Study) -> str:
    rows = [
        [one.content, ("tuned on", "held out")[one.half], f"{one.hours:.2f}", str(one.recordings)]
        + [f"{one.with_track[track]} ({one.an_hour(track):.1f})" for track in (*GUARDS, "steady")]
        for one in study.alarms
    ]
    columns = ["sound", "half", "hours", "recordings", *GUARDS, "steady"]
    return f"""\
## Tones: false alarms

Recordings in which a tone is found that is not there, and in brackets how many for each hour of sound.
Thresholds were tuned on the first half of the speakers and recordings alone. Any steady tone (`steady`) is no
guard; music has some.

{_table(columns, rows)}"""


def _faults(study: Study) -> str:
    cut = [
        [one.codec, f"{one.overdrive_db:+.0f}", f"{one.cut:.4f}", f"{one.heard:.4f}"]
        for one in study.clipping
    ]
    hum = [
        [
            one.codec,
            f"{one.level_db:.0f}",
            *(f"{value:.2f}" for value in (one.speech, one.silent, one.steady, one.named_tone)),
        ]
        for one in study.hum
    ]
    return f"""\
## Clipping and hum (synthetic only)

Real voices driven beyond full scale: the share of samples that were cut, and what `clipping_ratio` says.

{_table(["codec", "peak, dB", "cut", "clipping_ratio"], cut)}
Hum of 50 Hz with harmonics up to 650 Hz on a quiet line, and the share of the time that it is taken for
something. No feature is named after hum; it must not pass for speech or for a tone of the network.

{_table(["codec", "level, dB", "speech", "silence", "steady tone", "named tone"], hum)}"""


def _costs(study: Study) -> str:
    rows = [[cost.part, f"{cost.ms_a_second:.3f}"] for cost in study.costs]
    return (
        f"## Cost\n\nOne core, least of many rounds.\n\n{_table(['part', 'ms for a second of sound'], rows)}"
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
