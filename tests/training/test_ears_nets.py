"""Nets hear whom they may, are trained once, and say in torch what they say when they serve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from prankfilter_training.bank.listeners import Listeners, fold_in
from prankfilter_training.ears.members import ALL_SPEAKERS, Arrays, Trainer
from prankfilter_training.ears.recipe import NetRecipe, NetShape
from prankfilter_training.ears.speakers import FOLDS, Speaker, fold_of
from prankfilter_training.ears.streams import StreamRecipe, Streams, make_stream
from prankfilter_training.simulation.voices import Group

from prankfilter.bundle.child_arrays import GEOMETRY
from prankfilter.bundle.ears import Ears
from prankfilter.errors import BadInput
from tests import sounds


def speakers(count: int = 30) -> tuple[Speaker, ...]:
    """A third each of children, youths and adults; women and men in turn."""
    ages = (7, 13, 30)
    return tuple(Speaker(f"s{number:02d}", ages[number % 3], "fm"[number % 2], ()) for number in range(count))


def streams(seed: int = 1) -> Streams:
    """Streams of noise."""
    who = speakers()
    rng = np.random.default_rng(seed)
    log_mel = rng.normal(-50, 5, (len(who), 2, 320, 40)).astype(np.float16)
    return Streams(who, log_mel)


def test_a_stream_is_its_seed() -> None:
    recipe = StreamRecipe(seconds=2.0)
    said = [sounds.voice(seconds, pitch_hz=220.0) for seconds in (1.2, 1.8)]
    noise = sounds.line_noise(3.0, level=0.1)
    first, again, other = (
        make_stream(said, recipe, noise, 1, np.random.default_rng([7, number, 3])) for number in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert first.shape == (1 + (2 * 8000 - 256) // 80, 40)
    assert first.dtype == np.float16
    assert not np.array_equal(first, other)


def test_folds_deal_each_group_and_sex_evenly() -> None:
    folds = fold_of(speaker.member for speaker in speakers(60))
    for group in (Group.CHILD, Group.YOUTH, Group.ADULT):
        counts = np.bincount([folds[s.name] for s in speakers(60) if s.group is group], minlength=FOLDS)
        assert counts.max() - counts.min() <= 1


def test_who_has_no_fold_is_dealt_to_all_of_them() -> None:
    dealt = {fold_in({}, f"donateacry-{number:03d}", FOLDS) for number in range(60)}
    assert dealt == set(range(FOLDS))
    assert fold_in({"s1": 3}, "s1", FOLDS) == 3


def test_listeners_never_hear_with_nets_that_heard_the_speaker() -> None:
    bank = np.ones((40, 129))
    ears = tuple(Ears(f"fold {fold}", bank) for fold in range(FOLDS))
    listeners = Listeners(Ears("all", bank), ears, {"s1": 2})
    assert listeners.of("s1") is ears[2]


class Heard:
    """A trainer that trains nothing: it remembers who was heard."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], int]] = []

    def __call__(self, known: Streams, chosen: Sequence[int], recipe: NetRecipe, seed: int) -> Arrays:
        names = tuple(known.speakers[place].name for place in chosen)
        self.asked.append((names, seed))
        return {"net.out.bias": np.array(seed, np.float32)}


def test_a_net_never_hears_its_fold_and_is_trained_once(tmp_path: Path) -> None:
    train, known = Heard(), streams()
    trainer = Trainer(known, NetRecipe(), tmp_path, train)
    folds = fold_of(speaker.member for speaker in known.speakers)
    nets = trainer.ensemble(2, members=2)
    assert nets["net.out.bias"].shape == (2,)
    assert nets[GEOMETRY].tolist() == [[2, 1], [2, 1], [1, 1], [1, 2]]
    assert all(folds[name] != 2 for names, _ in train.asked for name in names)
    assert len({seed for _, seed in train.asked}) == 2
    trainer.ensemble(2, members=2)
    assert len(train.asked) == 2
    trainer.member(ALL_SPEAKERS, 0)
    assert len(train.asked[-1][0]) == len(known.speakers)


@pytest.mark.parametrize(
    ("other", "again"),
    [
        (NetRecipe(), False),
        (NetRecipe(steps=3), True),
        (NetRecipe(shape=NetShape(width=8)), True),
        (NetRecipe(voice_loss=1.0), True),
    ],
)
def test_another_recipe_is_another_net(tmp_path: Path, other: NetRecipe, again: bool) -> None:
    train, known = Heard(), streams()
    Trainer(known, NetRecipe(), tmp_path, train).member(0, 0)
    Trainer(known, other, tmp_path, train).member(0, 0)
    assert len(train.asked) == 1 + again


def test_other_streams_are_another_net(tmp_path: Path) -> None:
    train = Heard()
    Trainer(streams(1), NetRecipe(), tmp_path, train).member(0, 0)
    Trainer(streams(2), NetRecipe(), tmp_path, train).member(0, 0)
    assert len(train.asked) == 2


def test_without_torch_the_way_out_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"install the extra `ears` \(torch, resemblyzer\).*--without-torch"):
        Trainer(streams(), NetRecipe(), tmp_path, None).member(0, 0)
