"""The cards of ears and models, written from figures: Indonesian first, English below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prankfilter.classifier.model import Model
from prankfilter_training.ears import PRIOR
from prankfilter_training.ears_report import LengthReport

MODEL_CARD = """\
# Model {model_id}

## Bahasa Indonesia

{data_id}

Log: {source}, {calls} panggilan.

Skor adalah saran, bukan tuduhan. Skor tidak boleh dipakai untuk memblokir, menghukum, atau mengumumkan
penelepon. Tanpa bukti batas risiko, model ini tidak pernah menyebabkan sapaan otomatis. Panggilan anak, tanpa
suara, dan tanpa nomor tidak pernah disapa otomatis.

## English

{data_en}

Log: {source}, {calls} calls.

A score is advice, not an accusation. It must not be used to block, punish or publish callers. Without a
certificate this model never leads to `verify`; the strata `child`, `silent` and `no_number` never get one. No
Indonesian child speech and no emergency-call sound was at hand.

Features used: {features}. Ears: {ears}.

Held-out calls, later than what was learned from, no caller on both sides; 95 % interval over callers:

| Look | calls (pranks, genuine) | PR-AUC | Brier | prank recall at 1 % / 0.1 % of genuine |
|---|---|---|---|---|
{rows}
"""

SIMULATED_ID = (
    "Data: **panggilan simulasi**. Angka di bawah menunjukkan bahwa perangkat lunak bekerja,\n"
    "bukan seberapa tepat ia pada panggilan nyata."
)
REAL_ID = "Data: panggilan nyata yang diberi label oleh pusat; label bisa keliru."

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


def model_card(model: Model, evaluation: Mapping[str, Any], *, source: str, calls: int) -> str:
    """The card of a model."""
    simulated = evaluation["basis"] == "simulated"
    return MODEL_CARD.format(
        model_id=model.model_id,
        data_id=SIMULATED_ID if simulated else REAL_ID,
        data_en=evaluation["notice"],
        source=source,
        calls=calls,
        features=len(model.features),
        ears=model.ears_digest,
        rows="\n".join(_look_row(name, figures) for name, figures in evaluation["looks"].items()),
    )


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


def _look_row(name: str, at: Mapping[str, Any]) -> str:
    recalls = [_figure(at[f"prank_recall_at_{share}_of_genuine"]) for share in ("1.0%", "0.1%")]
    counts = f"{at['calls']} ({at['pranks']}, {at['genuine']})"
    figures = [_figure(at["pr_auc"]), _figure(at["brier"]), " / ".join(recalls)]
    return f"| {' | '.join([name, counts, *figures])} |"


def _length_row(length: LengthReport) -> str:
    found = " / ".join(map(str, length.found))
    return f"| {length.length_s:g} s | {length.auc} | {length.auc_women} | {found} |"


def _figure(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return "unknown"
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
