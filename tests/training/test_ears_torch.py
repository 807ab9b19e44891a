"""What torch trains is what numpy serves. Skipped without the extra ``ears``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs torch, the extra `ears`")

import torch
from prankfilter_training.ears.clips import Batch, Clips
from prankfilter_training.ears.learning import train_net
from prankfilter_training.ears.members import Trainer
from prankfilter_training.ears.net import ChildNet, reference_db
from prankfilter_training.ears.recipe import NetRecipe, NetShape

from prankfilter.audio import child_net as serving
from prankfilter.audio.child_track import NetTrack
from prankfilter.bundle.child_arrays import GEOMETRY, child_fault
from tests.training.test_ears_nets import streams

SMALL = NetRecipe(steps=4, batch=8, crop_frames=(90, 120), shape=NetShape(width=16, hidden=24))


def test_serving_says_what_torch_says() -> None:
    torch.manual_seed(3)
    net = ChildNet(SMALL.shape)
    log_mel = 10 * torch.randn(6, 240, 40) - 45
    spoken = torch.rand(6, 240) < 0.6
    net.train()
    for _ in range(4):
        net(log_mel, spoken)
    net.eval()
    with torch.no_grad():
        expected = net(log_mel, spoken, padded=True).child.numpy()
    arrays = {name: array[None] for name, array in net.arrays().items()}
    arrays[GEOMETRY] = np.array(SMALL.shape.geometry, np.float32)
    assert child_fault(arrays) is None
    nets = serving.ChildNets(arrays)
    assert nets.reach_frames == SMALL.shape.reach_frames
    for clip, voice, said in zip(log_mel.numpy(), spoken.numpy(), expected, strict=True):
        track = NetTrack(nets)
        track.feed(clip)
        assert track.upto(len(clip)).log_odds(voice) == pytest.approx(float(said), abs=1e-5)


def test_the_reference_is_that_of_serving() -> None:
    log_mel = 10 * torch.randn(1, 150, 40) - 45
    whole = reference_db(log_mel)
    np.testing.assert_allclose(whole[0], serving.reference_db(log_mel[0].numpy()), atol=1e-4)
    later = reference_db(log_mel[:, 60:], whole[:, 59])
    np.testing.assert_allclose(later, whole[:, 60:], atol=1e-4)


def test_the_same_seed_trains_the_same_net(tmp_path: object) -> None:
    first, second = (train_net(streams(), range(30), SMALL, 5) for _ in range(2))
    other = train_net(streams(), range(30), SMALL, 6)
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    assert not np.array_equal(first["net.first.weight"], other["net.first.weight"])


def test_a_trained_ensemble_can_be_served(tmp_path: object) -> None:
    nets = Trainer(streams(), SMALL, tmp_path, train_net).ensemble(1, members=2)  # type: ignore[arg-type]
    assert child_fault(nets) is None


def test_a_gain_changes_nothing() -> None:
    torch.manual_seed(1)
    net = ChildNet(SMALL.shape).eval()
    log_mel, spoken = 10 * torch.randn(2, 120, 40) - 45, torch.ones(2, 120, dtype=torch.bool)
    with torch.no_grad():
        np.testing.assert_allclose(net(log_mel, spoken).child, net(log_mel - 17.0, spoken).child, atol=1e-4)


def clips(recipe: NetRecipe, count: int = 40) -> list[Batch]:
    drawn = Clips(streams(), range(30), recipe, np.random.default_rng(3))
    return [drawn.draw() for _ in range(count)]


def test_labels_of_youths_do_not_count() -> None:
    batches = clips(replace(SMALL, youth_share=0.5))
    told = torch.cat([batch.told for batch in batches])
    assert 0.3 < float(told.mean()) < 0.9
    assert all(bool(batch.told.all()) for batch in clips(SMALL))


def test_women_come_as_often_as_asked() -> None:
    """Ten children, ten adults of whom five are women."""
    batches = clips(replace(SMALL, women_share=0.8, mixup=1e-6, smoothing=0.0), count=80)
    adult = torch.cat([batch.adult for batch in batches]).bool()
    woman = torch.cat([batch.woman for batch in batches])
    assert float(adult.float().mean()) == pytest.approx(0.5, abs=0.06)
    assert float(woman[adult].mean()) == pytest.approx(0.8, abs=0.06)


def test_short_clips_and_beginnings_come_as_often_as_asked() -> None:
    recipe = replace(SMALL, short_frames=(45, 60), short_share=0.25, inherited_share=0.75)
    batches = clips(recipe, count=120)
    short = [batch.log_mel.shape[1] < 60 for batch in batches]
    assert np.mean(short) == pytest.approx(0.25, abs=0.12)
    assert all(45 <= batch.log_mel.shape[1] < 120 for batch in batches)
    assert np.mean([batch.before_db is not None for batch in batches]) == pytest.approx(0.75, abs=0.12)


def test_what_voices_are_like_is_learnt_from_youths_too() -> None:
    """The speakers' voices lie around the mean of those that are drawn, and are mixed as their clips are."""
    voices = np.random.default_rng(1).normal(size=(30, 6)).astype(np.float32)
    recipe = replace(SMALL, youth_share=0.5, mixup=1e-6)
    drawn = Clips(streams(), range(30), recipe, np.random.default_rng(3), voices)
    batches = [drawn.draw() for _ in range(40)]
    heard = torch.cat([batch.voice for batch in batches if batch.voice is not None])
    np.testing.assert_allclose(heard.norm(dim=1), 1.0, atol=1e-5)
    assert len(torch.unique((heard * 1e3).round(), dim=0)) == 30
    assert all(batch.voice is None for batch in clips(recipe))


def test_a_net_that_learns_what_voices_are_like_is_another_net() -> None:
    voices = np.random.default_rng(1).normal(size=(30, 6)).astype(np.float32)
    alone = train_net(streams(), range(30), SMALL, 5)
    taught = train_net(streams(), range(30), replace(SMALL, voice_loss=1.0), 5, voices)
    assert alone.keys() == taught.keys()
    assert not np.array_equal(alone["net.first.weight"], taught["net.first.weight"])
