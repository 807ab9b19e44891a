"""The card of the ears, written from figures: Indonesian first, English below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from prankfilter_training.ears.ages import THRESHOLDS, Mistaken
from prankfilter_training.ears.judgement import Judgement
from prankfilter_training.ears.report import Judged

EARS_CARD = """\
# Ears {digest}

## Bahasa Indonesia

Bank mel, penaksir suara anak (9 tahun ke bawah), serta pengenal ucapan, tangis bayi dan musik. Suara anak
diukur pada rekaman bahasa Inggris oleh penutur Mandarin lewat saluran telepon simulasi, bukan pada anak
Indonesia dan bukan pada panggilan darurat; keduanya tidak tersedia. Usia 10-17 tahun tidak pasti. Skor
adalah saran, bukan tuduhan.

## English

A mel bank (librosa), a child voice, and heads for speech, crying and music. The child voice is {head}
It is calibrated by seconds of speech for a centre where {prior:.0%} of the voices are children's. No
voiceprint is kept: the arrays are one set of weights for all.

**Data.** speechocean762: {children} children (9 years or younger), {women} women and {men} men (18 or
older) who read English, Mandarin being their first language{youths}. All sound goes through a simulated
telephone line (300-3400 Hz; A-law, µ-law or GSM 06.10; white, pink or babble noise at 8-30 dB; gain; lost
packets). Nothing that is drawn depends on the age: {augmentation}.

**How it was judged.** Five folds by speaker; each figure is on speakers that the nets or the head never
heard, by the code that serves, with a 95 % interval over speakers. {choice}{voices}

### By length (clips that begin within 0.2 s)

{lengths}

### By line, pause and sex, from 4 s

{lines}

### By age, from 4 s

10-17 years are neither children nor adults here: what is said of them is uncertain.

| Age | Speakers | mean probability | clips at 0.5 or more |
|---|---|---|---|
{ages}

### Share of clips at or above a probability

| Who | Sound | {bars} |
|---|---|{rules}|
{shares}

### Is the probability honest?

At a share of {prior:.0%} children:

| Said, on average | Children in truth | Share of clips |
|---|---|---|
{reliability}

### Whom it mistakes (mean over the clips of 4 s)

{mistaken}

A few ages of the corpus are wrong: a child of 8 with the pitch of a man is a label to doubt.

{sounds}**Unknown.** No Indonesian child speech and no sound of real emergency calls was at hand; expect less
on both.
Crying, whispering and shouting children are not in the data.
"""

NETS = """\
the mean of {members} small time-delay nets on 40 log-mels, pooled by attention over the
frames of speech ({width} channels, one output every {hop_ms} ms)."""
VECTORS = "logistic regression on 248 numbers of the voice (C={c:g})."
STREAMS = """\
{copies} streams of {seconds:g} s a speaker, with speed ×{speed[0]}-{speed[1]}, equaliser and
short reverberation"""
VOICES = """

**What else was learnt from.** While they are trained, the nets are also told what each voice is like, by
{voices} (Apache 2.0), a speaker encoder that has heard thousands of speakers, most in English. It is a
teacher alone: nothing of it ships."""
NETS_CHOICE = (
    "How the recipe was chosen, and the figures side by side with the nets of the research, are told in "
    "`docs/studies/child_voice.md`, with what the worst mistakes look like in spectrograms (they were looked "
    "at, not heard)."
)
VECTORS_CHOICE = "The penalty was chosen on the same folds, which flatters the figures a little."


def ears_card(digest: str, judgement: Judgement, *, recipe: Mapping[str, Any], sounds: str = "") -> str:
    """The card of the ears; ``sounds`` are its sections on the other heads."""
    at = judgement.lengths[0]
    nets = recipe["head"] == "nets"
    return EARS_CARD.format(
        digest=digest,
        head=_head(recipe),
        prior=judgement.prior,
        children=at.children,
        women=at.women,
        men=at.men,
        youths=_youths(recipe) if nets else "; 10-17 years are left out",
        augmentation=STREAMS.format(**recipe["streams"]) if nets else "see `line.py`",
        choice=NETS_CHOICE if nets else VECTORS_CHOICE,
        voices=_voices(recipe) if nets else "",
        lengths=_judged("Sound", judgement.lengths),
        lines=_judged("Clips", judgement.lines),
        ages=_rows(
            (row.name, row.speakers, f"{row.mean_probability:.2f}", f"{row.above_half:.0%}")
            for row in judgement.ages
        ),
        bars=" | ".join(f"{bar:g}" for bar in THRESHOLDS),
        rules="|".join("---" for _ in THRESHOLDS),
        shares=_rows(
            (row.group, f"{row.length_s:g} s", *(f"{share:.0%}" for share in row.shares))
            for row in judgement.shares
        ),
        reliability=_rows(
            (f"{row.said:.2f}", f"{row.children:.2f}", f"{row.weight:.0%}") for row in judgement.reliability
        ),
        mistaken=_mistaken(judgement),
        sounds=sounds and f"{sounds}\n\n",
    )


def _head(recipe: Mapping[str, Any]) -> str:
    if recipe["head"] != "nets":
        return VECTORS.format(c=recipe["c"])
    shape = recipe["net"]["shape"]
    hop_ms = 10 * shape["geometry"][0][0] * shape["geometry"][1][0]
    return NETS.format(members=recipe["members"], width=shape["width"], hop_ms=hop_ms)


def _youths(recipe: Mapping[str, Any]) -> str:
    if not recipe["net"]["youth_share"]:
        return "; 10-17 years are left out"
    return "; of 10-17 years only what voices are like is learnt, and they are judged apart"


def _voices(recipe: Mapping[str, Any]) -> str:
    return VOICES.format(voices=recipe["net"]["voices"]) if recipe["net"]["voice_loss"] else ""


def _judged(what: str, judged: Sequence[Judged]) -> str:
    """One row a slice."""
    head = (
        f"| {what} | children / women / men | AUC | against women | against men "
        "| children found at 1 % / 5 % of adults | at 1 % / 5 % of women |\n|---|---|---|---|---|---|---|\n"
    )
    return head + _rows(
        (
            at.name,
            f"{at.children} / {at.women} / {at.men}",
            at.auc,
            at.auc_women,
            at.auc_men,
            " / ".join(map(str, at.found)),
            " / ".join(map(str, at.found_women)),
        )
        for at in judged
    )


def _mistaken(judgement: Judgement) -> str:
    def told(mistaken: Iterable[Mistaken]) -> str:
        named = ((who.speaker.rpartition("-")[2], who) for who in mistaken)
        return "; ".join(
            f"{name} ({who.age}, {who.sex}, {who.pitch_hz:.0f} Hz): {who.probability:.2f}"
            for name, who in named
        )

    return (
        f"- Children taken for adults: {told(judgement.missed_children)}.\n"
        f"- Adults taken for children: {told(judgement.suspected_adults)}."
    )


def _rows(cells: Iterable[Iterable[object]]) -> str:
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in cells)
