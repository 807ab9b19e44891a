"""Child nets of drawn weights: numpy against torch, live; skipped by name where torch is not installed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prankfilter.audio.child_net import ChildNets
from prankfilter.audio.child_track import NetTrack
from tests.golden.torch_cases import CASES, Case, kept
from tests.nets import DENSE, SERVED, Geometry, log_mels, net_arrays, speech

torch = pytest.importorskip("torch", reason="torch is not installed (extra `ears`)")
ask_torch = pytest.importorskip("tests.golden.ask_torch")

pytestmark = pytest.mark.long

TOLERANCE = 1e-5
"""Of log-odds; of what stands inside the nets, relative to the largest value."""


@pytest.mark.parametrize("case", CASES)
def test_the_kept_answers_are_those_of_torch(case: str) -> None:
    answers = ask_torch.ask(CASES[case])
    for name in ("log_odds", "score"):
        np.testing.assert_allclose(kept()[f"{case} {name}"], answers[name], rtol=1e-9, atol=1e-9)


@given(
    seed=st.integers(0, 2**32 - 1),
    frames=st.integers(100, 500),
    members=st.integers(1, 5),
    width=st.sampled_from([8, 48, 96, 128]),
    geometry=st.sampled_from([SERVED, DENSE]),
    precision=st.sampled_from(["float32", "float64"]),
)
@settings(max_examples=20, derandomize=True)
def test_numpy_equals_torch(
    seed: int, frames: int, members: int, width: int, geometry: Geometry, precision: str
) -> None:
    arrays = net_arrays(
        seed, members=members, width=width, hidden=128, attention=32, dense=48, geometry=geometry
    )
    case = Case(arrays, log_mels(frames, seed=seed), speech(frames, seed=seed))
    answers = ask_torch.ask(case, getattr(torch, precision))
    track = NetTrack(ChildNets(arrays))
    for second in np.split(case.log_mel, range(97, frames, 100)):
        track.feed(second)
    found = track.upto(frames)
    for part, answer in ((found.hidden, answers["hidden"]), (found.score, answers["score"])):
        np.testing.assert_allclose(part, answer, rtol=0, atol=TOLERANCE * np.abs(answer).max())
    expected = answers["log_odds"].mean(dtype=np.float64)
    assert found.log_odds(case.speech) == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE)
