"""From a folder of recordings to ears that serve, on a corpus of synthetic voices, with and without nets."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from prankfilter_training.bank import clips
from prankfilter_training.cli import main
from prankfilter_training.commands import ears as command
from prankfilter_training.commands import hearing
from prankfilter_training.ears.judgement import judgement_of
from prankfilter_training.ears.mel import mel_bank
from prankfilter_training.ears.members import Arrays
from prankfilter_training.ears.other_heads import OtherHeads
from prankfilter_training.ears.recipe import NetRecipe
from prankfilter_training.ears.streams import StreamRecipe, Streams
from prankfilter_training.fitting.artefacts import bare_ears

from prankfilter.audio.child import child_voice_probability
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.child_arrays import is_net
from prankfilter.bundle.ears import load_ears
from prankfilter.bundle.trust import read_trust
from tests import sounds
from tests.nets import net_arrays

pytestmark = pytest.mark.long

PITCHES_HZ = {8: 260.0, 13: 200.0, 30: 130.0}


@pytest.fixture(scope="module")
def audio_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten children, five youths and ten adults, two short recordings each; one clip a speaker."""
    root = tmp_path_factory.mktemp("recordings")
    rows = ["file,speaker,age,gender"]
    for number, age in enumerate([8] * 10 + [13] * 5 + [30] * 10):
        for part in range(2):
            name = f"{number:04d}-{part}.wav"
            pitch_hz = PITCHES_HZ[age] * (1 + 0.01 * number)
            soundfile.write(root / name, sounds.voice(2.0 + part, pitch_hz=pitch_hz), sounds.RATE_HZ)
            rows.append(f"{name},{number:04d},{age},{'fm'[number % 2]}")
    (root / "speechocean762.csv").write_text("\n".join(rows) + "\n")
    soundfile.write(root / "digits.wav", sounds.voice(4.0, pitch_hz=110.0), sounds.RATE_HZ)
    (root / "fsdd.csv").write_text("file\ndigits.wav\n")
    (root / "esc10.csv").write_text("file,sound\n")
    (root / "donateacry.csv").write_text("file\n")
    return root


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Few clips, few streams, two nets; everything is written below a folder of its own."""
    monkeypatch.setattr(clips, "CLIPS_A_SPEAKER", 1)
    monkeypatch.setattr(clips, "SYNTHETIC", {})
    monkeypatch.setattr(hearing, "MEMBERS", 2)
    monkeypatch.setattr(hearing, "StreamRecipe", lambda: StreamRecipe(copies=1, seconds=3.0))
    monkeypatch.setattr(hearing, "_train", lambda: of_the_seed)
    monkeypatch.setattr(command, "_hearing", lambda options: OtherHeads(bare_ears(mel_bank()), {}))
    monkeypatch.setattr(command, "judgement_of", functools.partial(judgement_of, draws=3))
    monkeypatch.setenv("PRANKFILTER_MODELS", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)


def of_the_seed(streams: Streams, heard: Sequence[int], recipe: NetRecipe, seed: int) -> Arrays:
    """A net that has learnt nothing, in place of torch."""
    arrays = net_arrays(members=1, seed=seed)
    return {name: array[0] for name, array in arrays.items() if name != "net.geometry"}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("how", [["--fold-nets", "nets"], ["--without-torch"]])
def test_ears_that_serve_and_their_bank(audio_root: Path, tmp_path: Path, how: list[str]) -> None:
    assert main(["ears", "--audio-root", str(audio_root), *how]) == 0
    (folder,) = (path for path in (tmp_path / "models").iterdir() if (path / "card.md").exists())
    ears = load_ears(folder, read_trust(tmp_path / "models"))
    assert ears.child is not None
    assert is_net(ears.child) == (how != ["--without-torch"])
    tracks = Tracks(ears)
    tracks.feed(sounds.voice(5.0, pitch_hz=250.0))
    assert 0.0 < child_voice_probability(tracks.at(5.0), ears) < 1.0
    card = (folder / "card.md").read_text()
    assert "10 children (9 years or younger)" in card
    assert "12-13, female" in card
    figures = json.loads((folder / "evaluation.json").read_text())
    assert [at["name"] for at in figures["lengths"]][:2] == ["1 s", "2 s"]
    assert main(["bank", "--audio-root", str(audio_root), "--out", "bank.parquet", *how]) == 0
    bank = pd.read_parquet("bank.parquet")
    told = bank[(bank["look_s"] == 10.0)]["child_voice_probability"]
    assert told.between(0, 1).all()
    assert (tmp_path / "nets" / "fold-4.npz").exists() == (how != ["--without-torch"])


@pytest.mark.usefixtures("small")
def test_the_child_voice_alone_is_fitted_anew(audio_root: Path, tmp_path: Path) -> None:
    """What finds speech and other sounds stays, and so does the id, where all is as it was."""
    asked = ["ears", "--audio-root", str(audio_root)]
    assert main(asked) == 0
    before = sorted(path.name for path in (tmp_path / "models").iterdir())
    assert main([*asked, "--child-only"]) == 0
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == before


@pytest.mark.usefixtures("small")
def test_what_is_done_is_not_done_again(audio_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["ears", "--audio-root", str(audio_root)]
    assert main(asked) == 0
    monkeypatch.setattr(hearing, "_train", lambda: None)
    monkeypatch.setattr("prankfilter_training.ears.streams.make_stream", None)
    monkeypatch.setattr("prankfilter_training.bank.build.make", None)
    assert main(asked) == 0
    np.testing.assert_equal(len(list(Path(".cache/ears").glob("net-*.npz"))), 12)
