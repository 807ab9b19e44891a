"""The comparison of the ears with others: nobody is judged by who heard them, and what is absent is named."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from prankfilter_training.ears.speakers import FOLDS, Speaker

from benchmarks.ears import accuracy, stages
from benchmarks.ears.accuracy import held_out_svm, judge
from benchmarks.ears.clips import Split
from benchmarks.ears.features import System, measure
from benchmarks.ears.ours import held_out_nets
from benchmarks.ears.rivals import Rival, missing_in_words

CLIPS = 3


def split(children: int = 15, adults: int = 25) -> Split:
    """Speakers, every second one a woman or girl, dealt into folds."""
    ages = [7] * children + [30] * adults
    speakers = tuple(
        Speaker(f"speaker-{number:02d}", age, "fm"[number % 2], ()) for number, age in enumerate(ages)
    )
    return Split(speakers, np.arange(len(speakers)) % FOLDS)


def told_by(of: Split, strength: float, seed: int = 1) -> NDArray[np.float64]:
    """Values that are higher for children by so many standard deviations, shape (speakers, clips)."""
    noise = np.random.default_rng(seed).standard_normal((len(of.speakers), CLIPS))
    return noise + strength * of.child[:, None]


class TestHeldOut:
    @pytest.fixture(autouse=True)
    def _small_grid(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(accuracy, "C_GRID", (1.0,))
        monkeypatch.setattr(accuracy, "GAMMA_GRID", (0.02, 0.1))

    def test_nobody_is_judged_by_a_net_that_heard_them(self) -> None:
        of = split()
        numbers = np.broadcast_to(np.arange(FOLDS, dtype=float), (len(of.speakers), CLIPS, FOLDS))
        assert (held_out_nets(numbers, of) == of.fold[:, None]).all()

    def test_a_machine_learns_what_there_is(self) -> None:
        of = split()
        numbers = np.stack([told_by(of, 4.0), told_by(of, 0.0, seed=2)], axis=2)
        (one,) = judge({("svm", 4.0): held_out_svm(numbers, of)}, of, ours="none", draws=20)
        assert one.auc.value > 0.95

    def test_a_machine_cannot_learn_who_is_who(self) -> None:
        """Each speaker has a mark of their own, which tells everything of those who were heard before."""
        of = split()
        marks = np.repeat(np.random.default_rng(3).standard_normal((len(of.speakers), 1, 30)), CLIPS, axis=1)
        (one,) = judge({("svm", 4.0): held_out_svm(marks, of)}, of, ours="none", draws=20)
        assert 0.2 < one.auc.value < 0.8


class TestFigures:
    def test_intervals_hold_the_figure_and_those_ahead_are_ahead(self) -> None:
        of = split()
        odds = {("good", 4.0): told_by(of, 3.0), ("poor", 4.0): told_by(of, 0.5)}
        good, poor = judge(odds, of, ours="good", draws=200)
        assert good.auc.low <= good.auc.value <= good.auc.high
        assert good.ahead is None
        assert poor.ahead is not None
        assert poor.ahead.low > 0
        assert poor.ahead.value == pytest.approx(good.auc.value - poor.auc.value)

    def test_who_is_judged_on_fewer_clips_is_compared_on_those(self) -> None:
        of = split()
        whole = told_by(of, 2.0)
        _, same = judge({("whole", 4.0): whole, ("few", 4.0): whole[:, :2]}, of, ours="whole", draws=20)
        assert same.ahead is not None
        assert (same.ahead.low, same.ahead.value, same.ahead.high) == (0.0, 0.0, 0.0)

    def test_no_answer_is_no_adult_but_finds_no_child(self) -> None:
        """The AUC is that of the clips that were answered; a child without an answer is not found."""
        of = split()
        whole = told_by(of, 30.0)
        odds = whole.copy()
        odds[of.child, 0] = math.nan
        full, some = judge({("full", 4.0): whole, ("some", 4.0): odds}, of, ours="full", draws=20)
        assert (full.unanswered, full.found.value) == (0.0, 1.0)
        assert some.unanswered == pytest.approx(15 / (40 * CLIPS))
        assert (some.auc.value, some.found.value) == (1.0, pytest.approx(2 / 3))
        assert some.ahead is not None
        assert some.ahead.value == 0.0

    def test_only_women_stand_against_the_children_where_it_says_so(self) -> None:
        of = split()
        odds = np.where((of.child | of.woman)[:, None], 1.0, 0.0) + 0.01 * told_by(of, 0.0)
        (one,) = judge({("pitch", 4.0): odds}, of, ours="none", draws=20)
        assert one.auc.value > one.auc_women.value + 0.1


class TestCache:
    def test_who_is_there_is_not_measured_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("benchmarks.ears.features.clips_of", lambda _, count: [np.ones(80_000)] * count)
        started: list[str] = []

        def system(name: str) -> System:
            def start() -> object:
                started.append(name)
                return lambda samples: np.array([len(samples)], float)

            return System(Rival(name, (), "MIT", start, clip_lengths_s=(1.0, 4.0)), "digest")  # type: ignore[arg-type]

        of = split(2, 2)
        first = measure({"a": system("a")}, of, tmp_path)
        second = measure({"a": system("a"), "b": system("b")}, of, tmp_path)
        assert started == ["a", "b"]
        assert first["a"].shape == (4, 6, 2, 1)
        np.testing.assert_array_equal(first["a"], second["a"])
        assert first["a"][0, 0, :, 0].tolist() == [8000.0, 32000.0]


def test_who_is_not_installed_is_named_with_what_installs_them() -> None:
    there = Rival("here", ("numpy",), "BSD", lambda: lambda samples: samples)
    absent = Rival("gone", ("no-such-package", "silero-vad-no-such"), "MIT", lambda: lambda samples: samples)
    assert missing_in_words((there,)) == ""
    words = missing_in_words((there, absent))
    assert "gone" in words
    assert "`pip install no-such-package silero-vad-no-such`" in words


def test_parts_are_timed_without_what_is_within_them() -> None:
    watch = stages.Stopwatch()
    inner = watch.timed("inner", lambda: sum(range(200_000)))
    watch.timed("outer", inner)()
    assert watch.seconds["inner"] > 0
    assert watch.seconds["outer"] < watch.seconds["inner"]


def test_every_seam_of_the_front_end_is_there_and_is_put_back() -> None:
    before = [getattr(*stages._owner(seam)) for seams in stages.SEAMS.values() for seam in seams]
    with stages.timing():
        pass
    assert before == [getattr(*stages._owner(seam)) for seams in stages.SEAMS.values() for seam in seams]
