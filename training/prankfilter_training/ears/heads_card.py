"""What the card of the ears says of the heads for speech and other sounds, written from figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prankfilter.vocabulary import LOOKS_S
from prankfilter_training.bank.mixtures import MIXTURE_S
from prankfilter_training.other_sounds.heads import ALARM_SHARE
from prankfilter_training.other_sounds.sources import BABY_CRY, MUSIC

Figures = Mapping[str, Any]

HEADS_CARD = """\
## Speech, baby cry, music

**All lines and levels are simulated, and so are the whispers**; voices, cries, music and noises are real
recordings. No Indonesian voice, no real call and no telephone in a pocket is among them. In brackets: 95 %
intervals over speakers, telephones, recordings or authors, whole ones being drawn. Other detectors, tones and
costs are in `docs/studies/speech.md` and `docs/studies/sounds.md`.

### Data

| What | Whence | Licence | Split by |
|---|---|---|---|
| voices | speechocean762: English read by children and adults of China | free for all use | speaker |
| voices | fsdd: six men saying digits | CC BY-SA 4.0 | speaker |
| cries | donateacry: babies recorded by telephones | ODbL 1.0 / DbCL | telephone |
| cries, noises | ESC-10 | CC BY 3.0 | recording, by its own folds |
{music}

Music under the GPL is not used. What travels are weights, not sound: no recording can be had from them.
Whispers, tones, hum and noise are made.

{speech}

{sounds}

### Failures, and what is unknown

Nobody listened to the worst recordings. Those of cries and music were looked at as spectrograms, in the first
build with this music (`python -m benchmarks.failures` draws those of any build); of voices, only the numbers.
{seen}

Unknown: Indonesian babies, children and adults; real calls; real whispers; crying beside an excited caller;
songs of Indonesia, television, a call to prayer."""

NO_MUSIC = "\nNo music was at hand: there is no head for it, and the speech head never met any."

SPEECH = """\
### Speech

A net with one hidden layer on the log-mel and pitch of 0.5 s around each 20 ms. It learned from mixtures of
{mixture_s:g} s: a voice (one in eight whispers) with silence before and between its phrases, and one sound of
any kind 20, 10, 5 or 0 dB below it; every sound alone; quiet rooms; dead lines; and each of them twice more
from a place within it on, as if the line opened there. Lines: A-law, µ-law or GSM 06.10, of 300-3400 Hz or of
all up to 4 kHz, gain, lost packets. Five folds of speakers *and* sounds: three fit, a fourth sets the
threshold by the best F1 (log-odds {thresholds}; the median ships), the fifth is measured: {measured}
mixtures, {speakers} speakers.

| Frames of 10 ms | mixtures (speakers) | F1 | speech missed | the rest called speech |
|---|---|---|---|---|
{rows}

As it bears on a call: a look is silent with less than 0.3 s of speech, or than a tenth of it. A voice counts
once it has spoken so much.

| Share of mixtures | {looks} |
|---|{rules}|
{called}

What confuses it, with nobody speaking to the centre:

| Sound alone | mixtures (sources) | frames called speech |
|---|---|---|
{alone}

The worst mixture of each of the worst speakers (at least 0.5 s of speech):

| Voice | behind it | dB above it | line | F1 | missed | made up |
|---|---|---|---|---|---|---|
{worst}"""

SOUND = """\
### {title}

A net with one hidden layer on 329 numbers of each second; gain does not change them. Each fold of sources is
judged by a net and a threshold from the other four; the threshold is set on inner folds so that {alarms:.0%}
of clips of speech (10 s) exceed it. A clip is found if any of its seconds is. Lines of 300-3400 Hz: white,
pink or babble noise at 8-30 dB, gain, lost packets, A-law, µ-law, GSM 06.10. AUC of clips of up to 10 s:
against speech {auc_speech}, against everything else {auc_all}.

| Found | clips (sources) | share |
|---|---|---|
{found}

| Taken for it within 10 s | clips (sources) | share |
|---|---|---|
{taken}

| Speech taken for it within | clips (sources) | share |
|---|---|---|
{by_length}

Worst held-out clips (log-odds less the threshold; one a source):

- Missed: {missed}.
- Most taken for it: {most_taken}."""

SEEN = """\
Cries that are missed hold little cry (one sob, thumps, a voice beside it) or lie under noise; but one, of
three clear harmonics held almost without a bend, is missed as well. Taken for a cry: music with held, gliding
harmonics, a rooster, dogs, children who read with long vowels. Missed music: metal whose drums and guitars
fill all bands like noise, a bare melody without chords, drums with long rests, and all of it sooner in noise.
Taken for music: cries of long even harmonics, a ticking clock, a saw that holds its note."""
"""What was seen in the pictures of the worst recordings, of the first build on music of these authors."""


def heads_card(figures: Figures) -> str:
    """The sections of the card; ``figures`` are as `prankfilter_training.ears.other_heads` gives them.

    Ears without such heads have none.
    """
    if not figures:
        return ""
    return HEADS_CARD.format(
        music=_music(figures["music"]),
        speech=_speech(figures["speech"]),
        sounds="\n\n".join(_sound(one) for one in figures["sounds"]),
        seen=SEEN,
    )


def _music(authors: Iterable[Figures]) -> str:
    """A row an author."""
    rows = _rows(
        (
            "music",
            f"{one['name']}: {one['package']}, {one['recordings']} recordings",
            one["licence"],
            "author",
        )
        for one in authors
    )
    return rows or NO_MUSIC


def _speech(speech: Figures) -> str:
    return SPEECH.format(
        mixture_s=MIXTURE_S,
        thresholds=", ".join(f"{value:g}" for value in speech["thresholds"]),
        measured=speech["mixtures"],
        speakers=speech["speakers"],
        rows=_rows(
            (
                row["f1"]["what"],
                _counted(row["f1"]),
                _figure(row["f1"]),
                f"{row['missed']:.1%}",
                f"{row['false']:.1%}",
            )
            for row in speech["rows"]
        ),
        looks=" | ".join(f"{look_s:g} s" for look_s in LOOKS_S),
        rules="|".join("---" for _ in LOOKS_S),
        called=_rows(
            (row["what"], *(f"{_figure(share)} of {share['clips']}" for share in row["shares"]))
            for row in speech["looks"]
        ),
        alone=_shares(speech["alone"]),
        worst=_rows(
            (
                f"{one['who']}{', whispered' if one['whisper'] else ''}",
                one["behind"],
                "–" if one["snr_db"] is None else f"{one['snr_db']:g}",
                one["codec"],
                f"{one['f1']:.2f}",
                f"{one['missed']:.0%}",
                f"{one['false']:.0%}",
            )
            for one in speech["worst"]
        ),
    )


TITLES = {BABY_CRY: "Baby cry", MUSIC: "Music"}


def _sound(sound: Figures) -> str:
    return SOUND.format(
        title=TITLES[sound["content"]],
        alarms=ALARM_SHARE,
        auc_speech=_figure(sound["auc_speech"]),
        auc_all=_figure(sound["auc_all"]),
        found=_shares(sound["found"]),
        taken=_shares(sound["alarms"]),
        by_length=_shares(sound["alarms_by_length"]),
        missed=_told(sound["missed"]),
        most_taken=_told(sound["taken"]),
    )


def _told(worst: Iterable[Figures]) -> str:
    return "; ".join(
        f"{one['recording']} ({one['content']}, {one['codec']}, {one['snr_db']:.0f} dB): {one['odds']:+.1f}"
        for one in worst
    )


def _shares(shares: Iterable[Figures]) -> str:
    return _rows((share["what"], _counted(share), _figure(share)) for share in shares)


def _counted(share: Figures) -> str:
    return f"{share['clips']} ({share['groups']})"


def _figure(share: Figures) -> str:
    if not share["clips"]:
        return "–"
    return f"{share['value']:.3f} [{share['low']:.3f}, {share['high']:.3f}]"


def _rows(cells: Iterable[Iterable[object]]) -> str:
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in cells)
