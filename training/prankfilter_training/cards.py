"""The card of the ears, written from figures: Indonesian first, English below."""

from __future__ import annotations

from collections.abc import Sequence

from prankfilter_training.ears.report import LengthReport
from prankfilter_training.ears.vector_head import PRIOR

EARS_CARD = """\
# Ears {digest}

## Bahasa Indonesia

Bank mel dan penaksir suara anak (9 tahun ke bawah). Diukur pada rekaman bahasa Inggris oleh penutur Mandarin,
bukan pada anak Indonesia dan bukan pada panggilan darurat; keduanya tidak tersedia. Skor adalah saran, bukan
tuduhan.

## English

A mel bank (librosa) and a child-voice head: logistic regression on 248 numbers of the voice (C={c:g}),
calibrated by seconds of speech for a centre where {prior:.0%} of the voices are children's. Recordings:
{recordings}. Ages 10-17 are left out. No voiceprint is kept: the arrays hold one
weight a number, for all.

Each figure is on speakers that the head never heard (five folds by speaker), {children} children (9 years or
younger) and {adults} adults (18 or older), through a simulated telephone line (300-3400 Hz; A-law, µ-law or
GSM 06.10; noise at 8-30 dB), with a 95 % interval over speakers:

| Sound | AUC | AUC against women | children found at 1 % / 5 % of adults |
|---|---|---|---|
{rows}

No Indonesian child speech and no emergency-call sound was at hand; expect less on both. The penalty was
chosen on the same folds, which flatters the figures a little.
"""


def ears_card(digest: str, lengths: Sequence[LengthReport], *, c: float, recordings: str) -> str:
    """The card of the ears."""
    return EARS_CARD.format(
        digest=digest,
        c=c,
        prior=PRIOR,
        recordings=recordings,
        children=lengths[0].children,
        adults=lengths[0].adults,
        rows="\n".join(_length_row(length) for length in lengths),
    )


def _length_row(length: LengthReport) -> str:
    found = " / ".join(map(str, length.found))
    return f"| {length.length_s:g} s | {length.auc} | {length.auc_women} | {found} |"
