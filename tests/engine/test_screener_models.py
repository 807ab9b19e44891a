"""Which model answers: the newest that may run, one at a time; no simulated proof outside a demonstration."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prankfilter.bundle.manifest import ARRAYS
from prankfilter.bundle.pointer import write_current
from prankfilter.bundle.trust import SHIPPED
from prankfilter.classifier.model import Model
from prankfilter.classifier.running import Artefacts, Library
from prankfilter.routing.policies import POLICIES
from prankfilter.vocabulary import (
    AccessState,
    Advice,
    Assessed,
    AudioCapture,
    Basis,
    CertificateStatus,
    Channel,
    Decision,
    Guard,
    Label,
    NumberKind,
    Verstat,
)
from prankfilter.wiring.proof_watch import hold_against_proof
from prankfilter.wiring.watch import POLL_S
from tests.builders import NOW, ago, outcome
from tests.bundles import certify, shelve
from tests.sounds import keys, line_noise, voice, wav
from tests.wired import CLIP, NUMBER, Wired, wired

REFUSED = "the previous one serves on"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Wired]:
    """A screener whose model has a margin of about -2."""
    shelve(tmp_path / "models", leaning=-1.0)
    with wired(tmp_path) as one:
        one.observe_since(ago(days=60))
        yield one


class TestNoModel:
    def test_every_call_goes_straight_through(self, tmp_path: Path) -> None:
        with wired(tmp_path) as one:
            decision = one.ask(audio=CLIP)
            assert (decision.advice, decision.assessed) == (Advice.NORMAL, Assessed.NOT_ASSESSED)
            assert decision.faults == ("artefact_missing: no verified model is loaded",)
            assert decision.model_id is None
            assert [kept.decision for kept in one.store.remembered] == [decision]
            assert one.run(one.screener.ready()) == (False, "no verified model")

    def test_the_first_that_comes_runs(self, tmp_path: Path) -> None:
        with wired(tmp_path) as one:
            model_id = shelve(tmp_path / "models")
            one.wait_for(lambda: one.screener.model_id == model_id)
            assert one.ask().model_id == model_id
            assert one.run(one.screener.ready()) == (True, "ready")

    def test_a_corrupt_one_is_none(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        models = tmp_path / "models"
        spoil(models, shelve(models))
        with wired(tmp_path) as one:
            assert one.ask().assessed is Assessed.NOT_ASSESSED
        assert "model refused, none runs" in caplog.text


def spoil(models: Path, model_id: str) -> None:
    """Change one byte of a model on the disk."""
    path = models / model_id / ARRAYS
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


class TestSwap:
    def test_the_pointer_is_looked_at_five_times_a_second(self) -> None:
        assert POLL_S == 0.2

    def test_a_new_one_takes_over(self, service: Wired) -> None:
        before = service.ask("before")
        new = shelve(service.models, leaning=3.0, seed=2)
        service.wait_for(lambda: service.screener.model_id == new)
        after = service.ask("after")
        assert after.model_id == new != before.model_id
        assert (before.margin, after.margin) == pytest.approx((-2.25, 5.75))

    def test_no_answer_mixes_two(self, service: Wired) -> None:
        old = service.screener.model_id
        gate = service.store.hang = threading.Event()

        async def swap_meanwhile() -> Decision:
            task = asyncio.create_task(service.asking("meanwhile", audio=CLIP))
            await asyncio.sleep(0)
            new = shelve(service.models, leaning=3.0, seed=2)
            while service.screener.model_id != new:
                await asyncio.sleep(0.001)
            gate.set()
            return await task

        begun_before = service.run(swap_meanwhile())
        assert begun_before.model_id == old
        assert begun_before.margin == pytest.approx(-2.0)
        assert service.ask("afterwards", audio=CLIP).margin == pytest.approx(6.0)

    @pytest.mark.parametrize("how", ["corrupt", "untrusted", "missing", "no id", "half-written"])
    def test_what_must_not_run_leaves_the_old_one_serving(
        self, service: Wired, caplog: pytest.LogCaptureFixture, how: str
    ) -> None:
        old = service.screener.model_id
        point_to_spoilt(service.models, how)
        service.wait_for(lambda: REFUSED in caplog.text)
        decision = service.ask()
        assert (decision.model_id, decision.assessed) == (old, Assessed.METADATA_ONLY)
        assert service.run(service.screener.ready()) == (True, "ready")

    def test_a_refusal_is_logged_once_not_five_times_a_second(
        self, service: Wired, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        asked = []
        refresh = Library.refresh

        def counted(self: Library) -> Artefacts | None:
            asked.append(self)
            return refresh(self)

        monkeypatch.setattr(Library, "refresh", counted)
        write_current(service.models, "f" * 16)
        service.wait_for(lambda: REFUSED in caplog.text)
        seen = len(asked)
        service.wait_for(lambda: len(asked) > seen + 3)
        assert caplog.text.count("model refused") == 1

    def test_the_running_one_outlives_its_folder(self, service: Wired) -> None:
        old = service.screener.model_id
        assert old is not None
        spoil(service.models, old)
        (service.models / "current").touch()
        assert service.ask().model_id == old

    def test_one_that_cannot_judge_is_refused_before_it_answers_anybody(
        self, service: Wired, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        old = service.screener.model_id
        score = Model.score

        def breaks_when_new(self: Model, evidence: Any) -> Any:
            return score(self, evidence) if self.model_id == old else 1 // 0

        monkeypatch.setattr(Model, "score", breaks_when_new)
        shelve(service.models, seed=2)
        service.wait_for(lambda: REFUSED in caplog.text)
        assert service.ask().model_id == old

    def test_a_refused_one_that_is_restored_in_its_place_takes_over(
        self, service: Wired, caplog: pytest.LogCaptureFixture
    ) -> None:
        new = shelve(service.models, seed=2, current=False)
        whole = (service.models / new / ARRAYS).read_bytes()
        spoil(service.models, new)
        write_current(service.models, new)
        service.wait_for(lambda: REFUSED in caplog.text)
        (service.models / new / ARRAYS).write_bytes(whole)
        service.wait_for(lambda: service.screener.model_id == new)

    def test_after_a_refusal_a_good_one_takes_over(
        self, service: Wired, caplog: pytest.LogCaptureFixture
    ) -> None:
        write_current(service.models, "f" * 16)
        service.wait_for(lambda: REFUSED in caplog.text)
        new = shelve(service.models, seed=2)
        service.wait_for(lambda: service.screener.model_id == new)


def point_to_spoilt(models: Path, how: str) -> None:
    """Let the pointer name something that must not run."""
    if how == "no id":
        (models / "current").write_text("latest\n", encoding="ascii")
        return
    trusted = (models / SHIPPED).read_text("ascii")
    bad = "f" * 16 if how == "missing" else shelve(models, seed=2, current=False)
    if how == "untrusted":
        (models / SHIPPED).write_text(trusted, "ascii")
    elif how == "half-written":
        (models / bad / ARRAYS).unlink()
    elif how == "corrupt":
        spoil(models, bad)
    write_current(models, bad)


SOUNDS = (None, b"", b"RIFF", CLIP, wav(line_noise(1.2)), wav(keys(1.2)), wav(voice(3.2)))


def calls() -> st.SearchStrategy[dict[str, Any]]:
    """Anything a router may say of a call, most of it true of an ordinary prankster."""
    return st.fixed_dictionaries(
        {},
        optional={
            "calling_number": st.sampled_from((NUMBER, "anonymous", "081298765432", None, 7)),
            "number_kind": st.sampled_from((*NumberKind, "<null>")),
            "access_state": st.sampled_from(AccessState),
            "verstat": st.sampled_from(Verstat),
            "channel": st.sampled_from(Channel),
            "calls_waiting": st.integers(-1, 50),
            "audio_capture": st.sampled_from(AudioCapture),
            "centre_id": st.sampled_from(("centre-1", "", None)),
            "ring_s": st.floats(0, 100),
        },
    )


class TestSimulatedProof:
    """SAFETY rule 4."""

    @pytest.fixture
    def certified(self, tmp_path: Path) -> Path:
        models = tmp_path / "models"
        model_id = shelve(models, leaning=8.0)
        for policy in ("queue", "always"):
            certify(models, model_id, policy=policy)
        return tmp_path

    @pytest.mark.parametrize("policy", ["queue", "always"])
    def test_in_a_demonstration_it_is_honoured(self, certified: Path, policy: str) -> None:
        with wired(certified, policy=policy, simulated_is_honoured=True) as one:
            one.observe_since(ago(days=60))
            one.convict(10, 8, 6, 4, 2)
            decision = one.ask(audio=CLIP)
            assert decision.advice is Advice.VERIFY
            assert decision.certificate is not None
            assert decision.certificate.basis is Basis.SIMULATED
            assert decision.certificate.status is CertificateStatus.VALID

    @pytest.mark.parametrize("policy", POLICIES)
    def test_anywhere_else_it_is_missing_and_no_input_gets_verify(self, certified: Path, policy: str) -> None:
        with wired(certified, policy=policy) as one:
            one.observe_since(ago(days=60))
            one.convict(10, 8, 6, 4, 2)
            asked = iter(range(10**6))

            @settings(max_examples=40, suppress_health_check=list(HealthCheck))
            @given(call=calls(), audio=st.sampled_from(SOUNDS))
            def check(call: dict[str, Any], audio: bytes | None) -> None:
                decision = one.ask(f"call-{next(asked)}", audio=audio, **call)
                assert decision.advice in {Advice.NORMAL, Advice.PRIORITY}
                assert decision.certificate is None

            check()
            ordinary = one.ask("ordinary", audio=CLIP)
            assert (Guard.NO_CERTIFICATE in ordinary.guards) == POLICIES[policy].may_verify

    def test_one_that_calls_in_service_refuted_verifies_nobody(self, certified: Path) -> None:
        with wired(certified, policy="always", simulated_is_honoured=True) as one:
            one.observe_since(ago(days=60))
            one.convict(10, 8, 6, 4, 2)
            verified = one.ask("first", audio=CLIP)
            assert verified.advice is Advice.VERIFY
            one.store.put_outcome("first", outcome(Label.GENUINE))
            assert hold_against_proof(one.store, "first", at=NOW)
            later = one.ask("second", audio=CLIP)
            assert later.advice is Advice.NORMAL
            assert Guard.NO_CERTIFICATE in later.guards
            assert later.certificate is not None
            assert later.certificate.status is CertificateStatus.SUSPENDED
            assert one.screener.certificate is not None and one.screener.certificate.suspended

    def test_a_real_one_counts_everywhere(self, tmp_path: Path) -> None:
        models = tmp_path / "models"
        certify(models, shelve(models, leaning=8.0), policy="always", basis=Basis.REAL)
        with wired(tmp_path) as one:
            one.observe_since(ago(days=60))
            one.convict(10, 8, 6, 4, 2)
            assert one.ask(audio=CLIP).advice is Advice.VERIFY


def test_the_watch_says_which_model_runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "prankfilter")
    model_id = shelve(tmp_path / "models")
    with wired(tmp_path):
        assert f"model {model_id} runs" in caplog.text
