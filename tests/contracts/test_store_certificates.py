"""What every store tells the watch over a certificate."""

from __future__ import annotations

import pytest

from prankfilter.routing.suspension import Watched
from prankfilter.store.port import Screening, Store
from prankfilter.vocabulary import (
    Advice,
    Basis,
    CertificateNote,
    CertificateStatus,
    Guard,
    Label,
    Stratum,
    Verdict,
)
from prankfilter.wiring.proof_watch import hold_against_proof
from tests.builders import NOW, ago, call_record, outcome, ruling, screening


def note(status: CertificateStatus = CertificateStatus.VALID, id_: str = "proof") -> CertificateNote:
    return CertificateNote(
        id=id_,
        alpha=0.001,
        confidence=0.95,
        genuine_callers=5000,
        basis=Basis.REAL,
        stratum=Stratum.REPEAT,
        status=status,
    )


def look(call_id: str, caller: str | None = "caller-1", **over: object) -> Screening:
    record = call_record(call_id=call_id, caller=caller, received_at=ago(hours=2))
    return screening(record, **{"certificate": note(), "advice": Advice.VERIFY, **over})


HIT, MISSED = Watched("caller-1", Stratum.REPEAT, True), Watched("caller-1", Stratum.REPEAT, False)


@pytest.mark.parametrize(
    ("over", "seen"),
    [
        ({}, [HIT]),
        ({"advice": Advice.NORMAL}, [MISSED]),
        ({"advice": Advice.NORMAL, "guards": (Guard.AUDIT_SAMPLE,)}, [HIT]),
        ({"certificate": note(CertificateStatus.EXPIRED)}, []),
        ({"certificate": note(id_="another")}, []),
        ({"certificate": None}, []),
    ],
)
def test_a_genuine_call_that_the_certificate_spoke_for_is_seen(
    store: Store, over: dict[str, object], seen: list[Watched]
) -> None:
    store.remember(look("a", **over))
    store.put_outcome("a", outcome(Label.GENUINE))
    assert store.genuine_under("proof") == seen


def test_a_call_without_a_number_is_a_caller_of_its_own(store: Store) -> None:
    store.remember(look("a", caller=None))
    store.put_outcome("a", outcome(Label.GENUINE))
    assert store.genuine_under("proof") == [Watched("call a", Stratum.REPEAT, True)]


def test_only_what_stands_as_genuine_counts(store: Store) -> None:
    for name in "abcd":
        store.remember(look(name))
    store.put_outcome("a", outcome(Label.JOKE_OR_ABUSE))
    store.put_outcome("b", outcome(Label.GENUINE))
    store.put_ruling("b", ruling(Verdict.CONFIRMED, label=Label.JOKE_OR_ABUSE))
    store.put_outcome("c", outcome(Label.GENUINE, advice_shown=True))
    assert store.genuine_under("proof") == []
    store.put_ruling("d", ruling(Verdict.WAS_EMERGENCY))
    assert store.genuine_under("proof") == [HIT]


def test_a_suspension_stands_and_every_call_hears_of_it(store: Store) -> None:
    record = call_record()
    assert store.situation(record, []).suspended == store.suspended() == frozenset()
    store.put_suspended("proof", reason="first", at=NOW)
    store.put_suspended("proof", reason="second", at=NOW)
    assert store.situation(record, []).suspended == store.suspended() == {"proof"}


def test_hits_beyond_what_was_proven_suspend_a_certificate(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(40):
        store.remember(look(f"m{number}", f"missed-{number}", advice=Advice.NORMAL))
        store.put_outcome(f"m{number}", outcome(Label.GENUINE))
        assert hold_against_proof(store, f"m{number}", at=NOW) == frozenset()
    for name in "abc":
        store.remember(look(name, f"hit-{name}"))
        store.put_outcome(name, outcome(Label.GENUINE))
    assert hold_against_proof(store, "a", at=NOW) == {"proof"}
    assert store.suspended() == {"proof"}
    assert "3 of 43 genuine callers" in caplog.text


def test_one_hit_among_many_does_not(store: Store) -> None:
    for number in range(300):
        store.remember(look(f"m{number}", f"missed-{number}", advice=Advice.NORMAL))
        store.put_outcome(f"m{number}", outcome(Label.GENUINE))
    store.remember(look("a"))
    store.put_outcome("a", outcome(Label.GENUINE))
    assert hold_against_proof(store, "a", at=NOW) == frozenset()


def test_a_call_that_nobody_knows_speaks_against_nothing(store: Store) -> None:
    assert hold_against_proof(store, "nobody", at=NOW) == frozenset()
