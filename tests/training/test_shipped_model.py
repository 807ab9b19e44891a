"""What ships runs, says what it is, and can do what the demonstration shows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from prankfilter_training.bank.table import read_bank, voices_of
from prankfilter_training.proof.replay import strata_at_looks
from prankfilter_training.rows.build import call_rows
from prankfilter_training.simulation.voices import Group
from prankfilter_training.sound.source import BankSound

from prankfilter.classifier.running import Artefacts, Library
from prankfilter.features.evidence import Evidence
from prankfilter.routing.policies import POLICIES, policy_digest
from prankfilter.routing.strata import CHILD_FROM
from prankfilter.vocabulary import CERTIFIED_STRATA, LOOKS_S, Basis, Caller, CallerHistory, Label
from tests.builders import prank_call
from tests.training.logs import logged

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture(scope="module")
def shipped() -> Artefacts:
    return Library(MODELS, simulated_is_honoured=True).load()


def test_the_whole_folder_verifies(shipped: Artefacts) -> None:
    assert set(shipped.certificates) == {policy_digest(POLICIES[name]) for name in ("queue", "always")}
    assert shipped.ears.child is not None
    assert not shipped.model.calibrated


def test_its_certificates_are_simulated_and_cover_both_strata(shipped: Artefacts) -> None:
    for certificate in shipped.certificates.values():
        assert certificate.basis is Basis.SIMULATED
        assert set(certificate.strata) == set(CERTIFIED_STRATA)
        assert certificate.model_id == shipped.model.model_id
        assert all(0 < bound.worst_case_share <= certificate.alpha for bound in certificate.strata.values())
        assert certificate.expires_at > dt.datetime(2040, 1, 1, tzinfo=dt.UTC)


def test_outside_a_demonstration_its_certificates_do_not_exist() -> None:
    assert Library(MODELS).load().certificates == {}


def test_nobody_committed_a_private_key_or_a_pickle_that_is_served() -> None:
    names = {path.name for path in MODELS.rglob("*") if path.is_file()}
    assert not {name for name in names if name.endswith((".sig", ".key"))} | names & {"signing"}


def known_prankster(days: tuple[int, ...]) -> CallerHistory:
    at = logged().record.received_at
    past = tuple(prank_call(at - dt.timedelta(days=day), Label.JOKE_OR_ABUSE) for day in days)
    return CallerHistory(caller=Caller(past_calls=past, observed_since=at - dt.timedelta(days=365)))


@pytest.mark.parametrize("days", [(2, 3, 4), (2, 2, 9), (3, 5, 8, 13, 21)])
def test_a_known_prankster_with_an_adult_voice_exceeds_the_threshold_with_and_without_sound(
    shipped: Artefacts, days: tuple[int, ...]
) -> None:
    (certificate,) = (
        one for digest, one in shipped.certificates.items() if digest == policy_digest(POLICIES["queue"])
    )
    source, known = BankSound(read_bank()), known_prankster(days)
    exceeded = []
    for key in [key for keys in voices_of(read_bank())["test"].clips[Group.ADULT].values() for key in keys]:
        call = logged(bank_key=key, audio_s=30.0, record={"calls_waiting": 2})
        sound = source.of(call)
        assert sound is not None
        rows = call_rows(call, known, sound, shipped.model.features)[1:]
        strata = strata_at_looks(Evidence(call.record, known), sound)
        for look_s, row, stratum, voice in zip(LOOKS_S, rows, strata, sound.child_voice, strict=True):
            if stratum in certificate.strata and voice < CHILD_FROM:
                scored = shipped.model.score_rows(row[None, :], look_s)
                threshold = certificate.strata[stratum].threshold
                exceeded.append(min(scored.margin[0], scored.margin_without_sound[0]) > threshold)
    assert len(exceeded) > 50
    assert np.mean(exceeded) > 0.95


def test_a_stranger_with_an_adult_voice_never_does(shipped: Artefacts) -> None:
    source = BankSound(read_bank())
    nobody = known_prankster(())
    for keys in list(voices_of(read_bank())["test"].clips[Group.ADULT].values())[:10]:
        call = logged(bank_key=keys[0], audio_s=30.0)
        rows = call_rows(call, nobody, source.of(call), shipped.model.features)
        assert shipped.model.score_rows(rows, 5.0).margin.max() < 1.0
