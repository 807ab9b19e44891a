"""The card tells of every head what its figures say, and figures come from what was held out."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prankfilter_training.bank.backgrounds import BABIES, DEAD, MUSIC, Background
from prankfilter_training.bank.mixtures import Mixture
from prankfilter_training.bank.recordings import Recording
from prankfilter_training.bank.speech_measures import Judged
from prankfilter_training.bank.speech_report import SpeechReport, source_of, speech_report
from prankfilter_training.ears.heads_card import heads_card
from prankfilter_training.music.pieces import Author
from prankfilter_training.other_sounds import worst
from prankfilter_training.other_sounds.clips import Clip
from prankfilter_training.other_sounds.report import report
from prankfilter_training.other_sounds.sources import BABY_CRY, FOLDS, Source
from prankfilter_training.simulation.voices import Group

from prankfilter.vocabulary import LOOKS_S
from tests.training.test_other_sounds import fabricated

FRAMES = 997
SPEAKERS = 6
TELEPHONE = "0d1ad73e-4c5e-45f3-85c4-9a3cb71e8856"


def judged(hears: float) -> list[Judged]:
    """Six speakers from 0.2 s on, of whom the first is heard so well; and two lines without anybody."""
    spoken = np.zeros(FRAMES, np.bool_)
    spoken[20:600] = True
    found = []
    for speaker in range(SPEAKERS):
        said = spoken.copy()
        if speaker == 0:
            said[20 + round(hears * 580) :] = False
        mixture = Mixture(f"speech/s{speaker}/0", speaker % 5, f"s{speaker}", snr_db=math.inf)
        found.append(_one(mixture, spoken, said))
    nothing = np.zeros(FRAMES, np.bool_)
    for number, kind in enumerate((DEAD, MUSIC)):
        path = Path(f"music/author/{number}.ogg") if kind == MUSIC else None
        mixture = Mixture(f"alone/{number}/{kind}", number, background=Background(kind, number, path))
        found.append(_one(mixture, nothing, spoken if kind == MUSIC else nothing))
    return found


def _one(mixture: Mixture, spoken: np.ndarray, said: np.ndarray) -> Judged:
    return Judged(mixture, "gsm", spoken, [said[: round(100 * look_s) - 3] for look_s in LOOKS_S])


def recordings() -> list[Recording]:
    groups = (Group.CHILD, Group.YOUTH, Group.ADULT, Group.ADULT, Group.ADULT, Group.ADULT)
    return [
        Recording(Path(f"{number}.wav"), f"s{number}", group, "fm"[number % 2])
        for number, group in enumerate(groups)
    ]


def told(hears: float) -> SpeechReport:
    return speech_report(judged(hears), recordings(), [-0.5, -0.25], draws=20)


class TestSpeechReport:
    def test_what_is_all_found_scores_one(self) -> None:
        rows = {row.f1.what: row for row in told(1.0).rows}
        assert rows["all voices"].f1.value == 1.0
        assert (rows["all voices"].missed, rows["all voices"].false) == (0.0, 0.0)
        assert {"children", "10-17 years", "women", "men", "nothing behind", "gsm"} <= set(rows)
        assert "mu_law" not in rows

    def test_one_speaker_of_six_that_is_not_heard_shows_in_value_interval_and_looks(self) -> None:
        said = told(0.0)
        rows = {row.f1.what: row for row in said.rows}
        assert rows["children"].f1.value == 0.0
        assert rows["all voices"].missed == pytest.approx(1 / SPEAKERS)
        assert rows["all voices"].f1.low < rows["all voices"].f1.value < rows["all voices"].f1.high
        looks = {row.what: row.shares for row in said.looks}
        assert [share.value for share in looks["voices called silent"]] == [pytest.approx(1 / SPEAKERS)] * 4
        assert looks["silent lines called silent"][0].value == 1.0
        assert looks["music alone called silent"][3].value == 0.0

    def test_what_is_called_speech_while_nobody_speaks(self) -> None:
        alone = {share.what: share.value for share in told(1.0).alone}
        assert alone == {DEAD: 0.0, MUSIC: pytest.approx(580 / FRAMES)}

    def test_the_worst_come_first_and_no_speaker_twice(self) -> None:
        said = told(0.25).worst
        assert said[0].who == "s0/0"
        assert said[0].missed == pytest.approx(0.75, abs=0.01)
        assert len({one.who for one in said}) == len(said) == SPEAKERS

    @pytest.mark.parametrize(
        ("background", "source"),
        [
            (Background(MUSIC, 0, Path("m/macroform/cold.wav"), start_s=3.0), "macroform"),
            (Background(BABIES, 0, Path(f"d/{TELEPHONE.upper()}-1436-m-04.opus")), TELEPHONE),
            (Background("rain", 0, Path("e/1-17367-A.opus")), "17367"),
            (Background("white", 0, place=3), "alone/7/x"),
        ],
    )
    def test_what_is_drawn_together(self, background: Background, source: str) -> None:
        assert source_of(Mixture("alone/7/x", 0, background=background)) == source


class TestWorst:
    def test_the_least_heard_and_the_most_mistaken_one_a_source(self) -> None:
        rows = dataclasses.replace(fabricated(clips_a_fold=12), group=np.repeat(_groups(), 4))
        odds = np.repeat(np.arange(60.0) - 30, 4)
        clips = [Clip(f"x/{n}", Source("x", "x", 0, (Path(f"a/{n}.wav"),))) for n in range(12 * FOLDS)]
        missed = worst.missed(rows, odds, BABY_CRY, clips, count=3)
        assert [one.odds for one in missed] == sorted(one.odds for one in missed)
        assert missed[0].recording == f"a/{missed[0].clip}.wav"
        assert {one.content for one in missed} == {BABY_CRY}
        taken = worst.taken(rows, odds, BABY_CRY, clips, count=3)
        assert [one.odds for one in taken] == sorted((one.odds for one in taken), reverse=True)
        assert taken[0].odds == 29.0
        assert len({_groups()[one.clip] for one in taken}) == 3
        assert BABY_CRY not in {one.content for one in taken}


def _groups() -> np.ndarray:
    """Two clips a group."""
    return np.array([f"group {number // 2}" for number in range(60)])


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    rows = fabricated(clips_a_fold=12)
    odds = np.where(rows.content == BABY_CRY, 1.0, -1.0)
    clips = [Clip(f"x/{n}", Source("x", f"voice {n}", 0)) for n in range(12 * FOLDS)]
    worsts = {
        "missed": [dataclasses.asdict(one) for one in worst.missed(rows, odds, BABY_CRY, clips)],
        "taken": [dataclasses.asdict(one) for one in worst.taken(rows, odds, BABY_CRY, clips)],
    }
    return {
        "speech": dataclasses.asdict(told(0.5)),
        "sounds": [{**dataclasses.asdict(report(rows, odds, BABY_CRY)), **worsts}],
        "music": [dataclasses.asdict(Author("Somebody", "CC BY-SA 3.0", "songs 1.0", 3))],
    }


class TestCard:
    def test_tells_of_every_head_and_says_that_lines_are_simulated(self, figures: dict[str, Any]) -> None:
        card = heads_card(figures)
        for wanted in ("### Speech", "### Baby cry", "simulated", "Somebody: songs 1.0, 3 recordings"):
            assert wanted in card
        assert "| CC BY-SA 3.0 | author |" in card
        assert not re.search(r"\bnan\b", card)
        f1 = next(row["f1"] for row in figures["speech"]["rows"] if row["f1"]["what"] == "all voices")
        assert f"| all voices | 6 (6) | {f1['value']:.3f} [{f1['low']:.3f}, {f1['high']:.3f}] |" in card

    def test_figures_that_were_kept_make_the_same_card(self, figures: dict[str, Any]) -> None:
        assert heads_card(json.loads(json.dumps(figures))) == heads_card(figures)

    def test_ears_without_such_heads_have_no_such_sections(self) -> None:
        assert heads_card({}) == ""

    def test_without_music_it_says_so(self, figures: dict[str, Any]) -> None:
        assert "No music was at hand" in heads_card({**figures, "music": []})
