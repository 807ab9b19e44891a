"""Child nets: equal to torch, the same however the sound comes, deaf to gain and to what is no speech."""

from __future__ import annotations

import itertools
import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.audio.child import child_log_odds, child_voice_probability
from prankfilter.audio.child_net import ChildNets, NetFrames, nets_of
from prankfilter.audio.child_track import NetTrack
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.child_arrays import child_fault
from prankfilter.bundle.ears import Ears
from prankfilter.vocabulary import LOOKS_S
from tests.builders import heard_look
from tests.golden.torch_cases import CASES, kept
from tests.nets import DENSE, SERVED, Geometry, log_mels, net_arrays, speech
from tests.sounds import RATE_HZ, line_noise, silence, voice
from tests.sounds import ears as plain_ears

TOLERANCE = 1e-5

every_case = pytest.mark.parametrize("case", CASES)
geometries = pytest.mark.parametrize("geometry", [SERVED, DENSE], ids=["40 ms", "20 ms"])


@cache
def ears(geometry: Geometry) -> Ears:
    return Ears("nets", plain_ears().mel_bank, net_arrays(width=12, hidden=10, geometry=geometry))


@cache
def call() -> NDArray[np.float32]:
    """A child, a man and pauses, 6.4 s."""
    return np.concatenate([silence(0.5), voice(2.2, pitch_hz=290), line_noise(1.1), voice(2.6)])


def tracks_of(
    sound: NDArray[np.float32], chunk_sizes: list[int] | None = None, *, geometry: Geometry = SERVED
) -> Tracks:
    tracks = Tracks(ears(geometry))
    start = 0
    for size in itertools.cycle(chunk_sizes or [len(sound)]):
        tracks.feed(sound[start : start + size])
        start += size
        if start >= len(sound):
            return tracks
    return tracks


def listened(nets: ChildNets, *log_mel: NDArray[np.float32]) -> NetFrames:
    track = NetTrack(nets)
    for piece in log_mel:
        track.feed(piece)
    return track.upto(sum(map(len, log_mel)))


@every_case
class TestEqualsTorch:
    """torch's answers are in double precision: the differences are those of single precision."""

    def test_arrays_can_be_served(self, case: str) -> None:
        assert child_fault(CASES[case].arrays) is None

    def test_frames(self, case: str) -> None:
        found = listened(ChildNets(CASES[case].arrays), CASES[case].log_mel)
        np.testing.assert_allclose(found.score, kept()[f"{case} score"], rtol=TOLERANCE, atol=TOLERANCE)
        hidden = kept()[f"{case} hidden"]
        part = found.hidden[:, : hidden.shape[1], : hidden.shape[2]]
        np.testing.assert_allclose(part, hidden, rtol=TOLERANCE, atol=TOLERANCE)

    def test_log_odds(self, case: str) -> None:
        found = listened(ChildNets(CASES[case].arrays), CASES[case].log_mel)
        expected = kept()[f"{case} log_odds"].mean()
        assert found.log_odds(CASES[case].speech) == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE)

    @given(st.lists(st.integers(0, 120), max_size=8))
    @settings(max_examples=6)
    def test_whatever_the_pieces(self, case: str, sizes: list[int]) -> None:
        nets, log_mel = ChildNets(CASES[case].arrays), CASES[case].log_mel
        whole, pieces = listened(nets, log_mel), listened(nets, *np.split(log_mel, np.cumsum(sizes)))
        np.testing.assert_allclose(pieces.hidden, whole.hidden, rtol=TOLERANCE, atol=TOLERANCE)
        np.testing.assert_allclose(pieces.score, whole.score, rtol=TOLERANCE, atol=TOLERANCE)


@geometries
class TestIncremental:
    def test_no_block_is_worked_on_twice(self, geometry: Geometry, monkeypatch: pytest.MonkeyPatch) -> None:
        nets = nets_of(ears(geometry))
        assert nets is not None
        sizes: list[int] = []

        def counting(inputs: NDArray[np.float32]) -> Any:
            sizes.append(len(inputs))
            return ChildNets.listen(nets, inputs)

        monkeypatch.setattr(nets, "listen", counting)
        tracks = tracks_of(np.tile(call(), 2)[: 10 * RATE_HZ], [4321], geometry=geometry)
        blocks = list(sizes)
        frames = [len(tracks.at(look_s).log_mel) for look_s in LOOKS_S]
        shared = 2 * nets.reach_frames + 1 - nets.hop_frames
        assert len(blocks) == len(LOOKS_S)
        assert sum(blocks) <= frames[-1] + nets.reach_frames + (len(LOOKS_S) - 1) * shared
        assert len(sizes) == 2 * len(LOOKS_S)
        assert max(sizes[len(blocks) :]) <= 3 * nets.reach_frames + nets.hop_frames

    @given(st.lists(st.integers(1, 20_000), min_size=1, max_size=8), st.integers(0, 6))
    @settings(max_examples=8)
    def test_stream_is_the_file_to_the_last_bit(
        self, geometry: Geometry, chunk_sizes: list[int], seconds: int
    ) -> None:
        cut = call()[: seconds * RATE_HZ + 11]
        stream = tracks_of(call(), chunk_sizes, geometry=geometry).at(seconds)
        file = tracks_of(cut, geometry=geometry).at(seconds)
        nets = nets_of(ears(geometry))
        assert seconds == 0 or (stream.voice is not None and stream.voice.nets is nets)
        found, expected = (child_voice_probability(look, ears(geometry)) for look in (stream, file))
        np.testing.assert_array_equal(found, expected)

    def test_earlier_looks_can_be_had_later(self, geometry: Geometry) -> None:
        tracks = Tracks(ears(geometry))
        early = []
        for second in range(6):
            tracks.feed(call()[second * RATE_HZ : (second + 1) * RATE_HZ])
            early.append(child_log_odds(tracks.at(second + 1), ears(geometry)))
        late = [child_log_odds(tracks.at(second + 1), ears(geometry)) for second in range(6)]
        np.testing.assert_array_equal(early, late)
        assert len(set(late)) == 6

    def test_nets_that_did_not_listen_are_run_now(self, geometry: Geometry) -> None:
        deaf = Tracks(plain_ears())
        deaf.feed(call())
        assert deaf.at(6).voice is None
        other = Tracks(ears(DENSE if geometry is SERVED else SERVED))
        other.feed(call())
        expected = child_log_odds(tracks_of(call(), geometry=geometry).at(6), ears(geometry))
        for look in (deaf.at(6), other.at(6)):
            assert child_log_odds(look, ears(geometry)) == pytest.approx(expected, abs=TOLERANCE)


class TestMeaning:
    @given(st.floats(-20, 20), st.sampled_from(list(CASES)))
    @settings(max_examples=30)
    def test_gain_changes_nothing(self, gain_db: float, case: str) -> None:
        nets = ChildNets(CASES[case].arrays)
        plain, louder = (listened(nets, CASES[case].log_mel + np.float32(db)) for db in (0.0, gain_db))
        spoken = CASES[case].speech
        assert louder.log_odds(spoken) == pytest.approx(plain.log_odds(spoken), rel=1e-4, abs=1e-4)

    @given(st.floats(0.1, 3.0))
    @settings(max_examples=10)
    def test_gain_of_the_sound_changes_nothing_either(self, gain: float) -> None:
        """Clean sound, far from the floor of -100 dB; what counts as speech is held, as it may change."""
        sound = voice(2.0) + line_noise(2.0, level=3e-3)
        plain, louder = (tracks_of((factor * sound).astype(np.float32)).at(2) for factor in (1.0, gain))
        assert plain.voice is not None
        assert louder.voice is not None
        expected = plain.voice.log_odds(plain.speech)
        assert louder.voice.log_odds(plain.speech) == pytest.approx(expected, abs=1e-4)

    def test_only_speech_counts(self) -> None:
        """What stands after it, and what stood before it and was no louder, changes nothing."""
        nets, log_mel = ChildNets(net_arrays()), log_mels(300)
        log_mel[100 - nets.reach_frames] += 20
        spoken = np.zeros(300, np.bool_)
        spoken[100:200] = True
        noisy = log_mel.copy()
        noisy[: 100 - nets.reach_frames] -= 10 + 30 * np.sin(np.arange(40))
        noisy[200 + nets.reach_frames :] = -100
        assert listened(nets, noisy).log_odds(spoken) == listened(nets, log_mel).log_odds(spoken)

    def test_attention_is_a_share_of_the_speech(self) -> None:
        nets, spoken = ChildNets(net_arrays(members=3)), speech(400)
        weight = listened(nets, log_mels(400)).attention(spoken)
        assert weight is not None
        np.testing.assert_allclose(weight.sum(axis=1), 1.0, atol=1e-6)
        inside = spoken[nets.middle(np.arange(weight.shape[1]))]
        assert (weight[:, inside] > 0).all()
        assert (weight[:, ~inside] == 0).all()

    @geometries
    def test_an_output_sees_as_far_as_it_says(self, geometry: Geometry) -> None:
        nets, log_mel = ChildNets(net_arrays(geometry=geometry)), log_mels(200)
        plain = listened(nets, log_mel).hidden
        for frame in (60, 61, 62, 63):
            changed = log_mel.copy()
            changed[frame] += 30 * np.cos(np.arange(40))
            moved = (listened(nets, changed).hidden != plain).any(axis=(0, 2))
            middles = nets.middle(np.flatnonzero(moved))
            assert np.abs(middles - frame).max() <= nets.reach_frames
            assert np.abs(middles - frame).max() > nets.reach_frames - 2 * nets.hop_frames


class TestProbability:
    def test_nets_are_averaged_and_calibrated(self) -> None:
        arrays = net_arrays(members=3)
        line = {
            "calibration_s": [1.0, 3.0],
            "calibration_slope": [0.2, 0.4],
            "calibration_offset": [-1.0, 0.0],
        }
        hearing = Ears("", plain_ears().mel_bank, arrays | {n: np.array(v) for n, v in line.items()})
        assert hearing.child is not None
        assert child_fault(hearing.child) is None
        look = heard_look(5.0, speech_s=2.0, log_mel=log_mels(498))
        members = [
            {name: array if "geometry" in name else array[[number]] for name, array in arrays.items()}
            for number in range(3)
        ]
        alone = [child_log_odds(look, Ears("", hearing.mel_bank, member)) for member in members]
        assert child_log_odds(look, hearing) == pytest.approx(np.mean(alone), abs=TOLERANCE)
        found = child_voice_probability(look, hearing)
        assert math.log(found / (1 - found)) == pytest.approx(0.3 * np.mean(alone) - 0.5, abs=TOLERANCE)

    def test_is_unknown_with_too_little_speech(self) -> None:
        assert math.isnan(child_voice_probability(heard_look(5.0, speech_s=0.24), ears(SERVED)))
        assert not math.isnan(child_voice_probability(heard_look(5.0, speech_s=0.5), ears(SERVED)))

    def test_is_unknown_where_nobody_speaks(self) -> None:
        assert math.isnan(child_voice_probability(tracks_of(line_noise(3.0)).at(3), ears(SERVED)))

    def test_is_unknown_where_no_output_lies_in_speech(self) -> None:
        """0.5 s of speech in pieces that fall between the outputs: nothing is known, nothing fails."""
        spoken = np.arange(498) % 4 == 1
        assert math.isnan(child_voice_probability(heard_look(5.0, speech=spoken), ears(SERVED)))

    @pytest.mark.parametrize("look_s", [None, 1.0])
    def test_is_unknown_where_nothing_was_heard(self, look_s: float | None) -> None:
        assert math.isnan(child_voice_probability(heard_look(look_s, speech_s=0.0), ears(SERVED)))

    def test_switched_off_nets_do_not_even_listen(self) -> None:
        off = ears(SERVED).without_child()
        tracks = Tracks(off)
        tracks.feed(call())
        assert tracks.at(6).voice is None
        assert math.isnan(child_voice_probability(tracks.at(6), off))
        assert nets_of(off) is None
        assert ears(SERVED).without_child() is off

    def test_what_nets_heard_is_read_only(self) -> None:
        voice_frames = tracks_of(call()).at(6).voice
        assert voice_frames is not None
        assert not voice_frames.hidden.flags.writeable
        assert not voice_frames.score.flags.writeable
