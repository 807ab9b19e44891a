"""What torch trains is what numpy serves. Skipped without the extra ``ears``."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs torch, the extra `ears`")

import torch
from prankfilter_training.ears.learning import child_label, train_net
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


@pytest.mark.parametrize(("age", "label"), [(6, 1.0), (9, 1.0), (13, 0.5), (18, 0.0), (40, 0.0)])
def test_labels_fall_with_the_age(age: int, label: float) -> None:
    assert child_label(age) == label
