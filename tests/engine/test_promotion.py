"""Promotion: every gate refuses by itself, all are told, some may be forced by two; rollback; the journal."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from prankfilter.bundle.comparisons import GENUINE_HIT, Comparison, write_comparison
from prankfilter.bundle.journal import JOURNAL, Event, read_journal
from prankfilter.bundle.manifest import ARRAYS, CARD
from prankfilter.bundle.pointer import CURRENT, read_current, write_current
from prankfilter.bundle.trust import SHIPPED
from prankfilter.classifier import latency
from prankfilter.classifier import promotion as promoting
from prankfilter.classifier.gates import GATES
from prankfilter.classifier.promotion import Order, Promotion, promote, rollback
from prankfilter.classifier.trusting import trust_key
from prankfilter.errors import BadInput, JournalBroken
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.signing import Signer
from prankfilter.routing.policies import POLICIES, policy_digest
from prankfilter.vocabulary import Basis
from tests.builders import NOW, ago, comparison, figure
from tests.bundles import certify, shelve

SIGNER, STRANGER = Signer(Keyring.ephemeral()), Signer(Keyring.ephemeral())
ORDER = Order(by="sari", reason="better on children", at=NOW)
NAMES = {policy_digest(policy): name for name, policy in POLICIES.items()}


def ticking(step_s: float = 0.001) -> Callable[[], float]:
    """A clock on which everything takes the same time."""
    ticks = iter(range(10**9))
    return lambda: next(ticks) * step_s


@dataclass
class Shelf:
    """A champion that runs, a challenger, and a comparison that speaks for it."""

    models: Path
    champion: str
    challenger: str

    def promote(self, model_id: str | None = None, order: Order = ORDER, **over: Any) -> Promotion:
        asked = {"clock": ticking(), "policy_names": NAMES, **over}
        return promote(self.models, model_id or self.challenger, order, **asked)

    def compare(self, *figures: Any, signer: Signer = SIGNER, **over: Any) -> Comparison:
        made = comparison(self.champion, self.challenger, *figures, **over)
        return write_comparison(self.models, made, sign=signer.sign)

    def compare_instead(self, *figures: Any, **over: Any) -> None:
        for path in (self.models / "comparisons").iterdir():
            path.unlink()
        self.compare(*figures, **over)

    @property
    def current(self) -> str:
        return read_current(self.models)


@pytest.fixture(autouse=True)
def _few_rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that ticks evenly, a few rows take as long as many; those that are about time judge all."""
    if "latency" not in request.node.name:
        monkeypatch.setattr(latency, "ROWS", 10)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    real = {"basis": "real"}
    champion = shelve(tmp_path, extra=real)
    challenger = shelve(tmp_path, seed=2, leaning=3.0, current=False, extra=real)
    trust_key(tmp_path, SIGNER.public, ORDER)
    made = Shelf(tmp_path, champion, challenger)
    made.compare()
    return made


def test_what_every_gate_lets_pass_runs(shelf: Shelf) -> None:
    done = shelf.promote()
    assert (done.done, done.failed, shelf.current) == (True, (), shelf.challenger)
    assert [one.gate for one in done.findings] == [gate.name for gate in GATES]


def test_the_journal_tells_who_when_why_and_what_the_gates_found(shelf: Shelf) -> None:
    head = shelf.promote().journal_head
    journal = read_journal(shelf.models)
    trusted, found, meant, done = (journal.entries[place] for place in (1, 0, 2, 3))
    assert (trusted.event, trusted.facts["key"]) == (Event.TRUST, SIGNER.key_id)
    assert (found.event, found.model_id) == (Event.FOUND, shelf.champion)
    assert (meant.event, meant.model_id, meant.before) == (Event.PROMOTE, shelf.challenger, shelf.champion)
    assert (meant.by, meant.at, meant.reason) == ("sari", NOW, "better on children")
    assert {one["gate"]: one["holds"] for one in meant.facts["gates"]} == {gate.name: True for gate in GATES}
    assert (done.event, journal.head) == (Event.DONE, head)


# --- every gate by itself --------------------------------------------------------------------------


def spoil_signature(shelf: Shelf) -> None:
    lines = (shelf.models / SHIPPED).read_text("ascii").splitlines(keepends=True)
    kept = [line for line in lines if shelf.challenger not in line]
    (shelf.models / SHIPPED).write_text("".join(kept), "ascii")


def spoil_card(shelf: Shelf) -> None:
    (shelf.models / shelf.challenger / CARD).write_bytes(b"# Another card\n")


def lose_ears(shelf: Shelf) -> None:
    manifest = json.loads((shelf.models / shelf.challenger / "manifest.json").read_text())
    (shelf.models / manifest["ears"] / ARRAYS).unlink()


def refit(**over: Any) -> Callable[[Shelf], None]:
    """Let another bundle be the challenger."""

    def apply(shelf: Shelf) -> None:
        fields = {"seed": 3, "leaning": 3.0, "extra": {"basis": "real"}, **over}
        shelf.challenger = shelve(shelf.models, current=False, **fields)
        shelf.compare()

    return apply


def certify_champion(shelf: Shelf) -> None:
    certify(shelf.models, shelf.champion, policy="queue", basis=Basis.REAL)


def compare_with(*figures: Any, **over: Any) -> Callable[[Shelf], None]:
    return lambda shelf: shelf.compare_instead(*figures, **over)


def change_the_metric(shelf: Shelf) -> None:
    shelf.compare(figure("brier_5_s"), primary="brier_5_s", made_at=ago(minutes=5))


WORSE = {"gain": -0.06, "low": -0.08, "high": -0.04}

CASES: dict[str, tuple[Callable[[Shelf], None], str, str]] = {
    "not signed": (spoil_signature, "signature", "neither shipped nor signed"),
    "another card": (spoil_card, "signature", "its SHA-256 is not the one"),
    "a row of a later version": (
        refit(features=(("calls_1h_count", 99), ("silence_ratio", 1), ("child_voice_probability", 1))),
        "schema",
        "in version 99; this prankfilter has version",
    ),
    "other looks": (refit(looks_s=(2.0, 4.0)), "schema", "fitted at looks of (2.0, 4.0) s"),
    "another calendar": (refit(calendar="id-2019"), "schema", "fitted with the calendar id-2019"),
    "no ears": (refit(ears="0" * 16), "ears", "is missing"),
    "compared by a stranger": (compare_with(signer=STRANGER), "metrics", "nobody compared it"),
    "compared long ago": (compare_with(made_at=ago(days=31)), "metrics", "31 days old, 30 are allowed"),
    "compared in the future": (compare_with(made_at=ago(days=-2)), "metrics", "-2 days old"),
    "the metric changed afterwards": (change_the_metric, "metrics", "was pr_auc_5_s and became brier_5_s"),
    "the primary metric fell": (compare_with(figure(**WORSE)), "metrics", "gain -0.0600 [-0.0800, -0.0400]"),
    "the primary metric is unclear": (
        compare_with(figure(gain=0.0, low=-0.03, high=0.03)),
        "metrics",
        "gain +0.0000",
    ),
    "another metric fell": (compare_with(figure("brier_5_s", **WORSE)), "metrics", "brier_5_s: "),
    "more genuine callers hit": (
        compare_with(figure(GENUINE_HIT, **WORSE)),
        "bound",
        "may hit up to 8.00% more of them",
    ),
    "perhaps more genuine callers hit": (
        compare_with(figure(GENUINE_HIT, gain=0.0, low=-0.03, high=0.03)),
        "bound",
        "may hit up to 3.00% more of them",
    ),
    "children worse off": (
        compare_with(figure(GENUINE_HIT, group="child", **WORSE)),
        "slices",
        "genuine_hit in child",
    ),
    "a certificate lost": (certify_champion, "certificate", "a certificate for queue, this one does not"),
    "simulated in place of real": (
        refit(extra={"basis": "simulated"}),
        "basis",
        "fitted on SIMULATED calls, it would replace",
    ),
    "compared on simulated calls": (
        compare_with(basis=Basis.SIMULATED),
        "basis",
        "compared on SIMULATED ones",
    ),
}


BLOCKED = {
    "not signed": {"schema", "ears", "latency", "basis"},
    "another card": {"schema", "ears", "latency", "basis"},
    "a row of a later version": {"ears", "latency", "basis"},
    "compared by a stranger": {"bound", "slices"},
}
"""Gates that cannot be asked then either."""


@pytest.mark.parametrize("case", CASES)
def test_a_gate_that_does_not_hold_refuses_and_says_why(shelf: Shelf, case: str) -> None:
    prepare, gate, says = CASES[case]
    prepare(shelf)
    refused = shelf.promote()
    found = {one.gate: one for one in refused.findings}
    assert (refused.done, shelf.current) == (False, shelf.champion)
    assert says in found[gate].said.english
    assert set(refused.failed) == {gate} | BLOCKED.get(case, set())
    last = read_journal(shelf.models).entries[-1]
    assert (last.event, last.model_id) == (Event.REFUSED, shelf.challenger)


def test_every_gate_has_a_case() -> None:
    assert {gate for _, gate, _ in CASES.values()} | {"latency"} == {gate.name for gate in GATES}


def test_all_gates_are_told_not_only_the_first(shelf: Shelf) -> None:
    shelf.compare_instead(
        figure(**WORSE), figure(GENUINE_HIT, **WORSE), figure(group="child", **WORSE), basis=Basis.SIMULATED
    )
    certify_champion(shelf)
    assert shelf.promote().failed == ("metrics", "bound", "slices", "certificate", "basis")


@pytest.mark.parametrize(("factor", "holds"), [(1.9, True), (2.1, False)])
def test_latency_is_a_ratio_of_medians_on_the_same_rows(shelf: Shelf, factor: float, holds: bool) -> None:
    refused = shelf.promote(clock=slower_by(factor))
    assert ("latency" not in refused.failed) == holds == refused.done
    found = next(one for one in refused.findings if one.gate == "latency")
    assert f"{factor:.2f} times" in found.said.english


def slower_by(factor: float) -> Callable[[], float]:
    """A clock that gives the challenger more: it comes second in every other row, first in the rest."""

    def readings() -> Iterator[float]:
        at = 0.0
        for row in range(10**6):
            for lasts in (1.0, factor) if row % 2 else (factor, 1.0):
                yield at
                at += lasts
                yield at

    told = readings()
    return lambda: next(told)


def test_an_unclear_slice_is_told_and_does_not_refuse(shelf: Shelf) -> None:
    unclear = figure(group="child", gain=-0.01, low=-0.2, high=0.2)
    shelf.compare_instead(unclear, extra={"too_few": ["silence: silent", "number: no number"]})
    done = shelf.promote()
    found = next(one for one in done.findings if one.gate == "slices")
    assert done.done
    assert "1 of 1 figures rest on too few calls" in found.said.english
    assert "nothing can be told of: silence: silent; number: no number" in found.said.english


def test_figures_on_simulated_calls_say_so_in_both_languages(shelf: Shelf) -> None:
    shelf.compare_instead(basis=Basis.SIMULATED)
    told = {one.gate: one.said for one in shelf.promote().findings}
    for gate in ("metrics", "bound", "slices"):
        assert "(SIMULATED calls)" in told[gate].english
        assert "(panggilan SIMULASI)" in told[gate].indonesian


# --- certificates (SAFETY rule 4) ------------------------------------------------------------------


def test_a_certificate_of_its_own_keeps_the_gate_open(shelf: Shelf) -> None:
    certify_champion(shelf)
    certify(shelf.models, shelf.challenger, policy="queue", basis=Basis.REAL)
    done = shelf.promote()
    assert done.done
    assert "`verify` is possible under queue until" in done.outlook.english


def test_a_simulated_certificate_counts_as_missing_and_promotion_says_so(shelf: Shelf) -> None:
    certify(shelf.models, shelf.champion, policy="queue")
    certify(shelf.models, shelf.challenger, policy="queue")
    done = shelf.promote()
    assert done.done
    assert "SIMULATED calls and counts as missing here" in done.outlook.english
    assert "simulasi dan tidak berlaku" in done.outlook.indonesian
    told = read_journal(shelf.models).entries[-2].facts["certificates"]
    assert "counts as missing here" in told


def test_in_a_demonstration_a_simulated_one_is_kept_too(shelf: Shelf) -> None:
    certify(shelf.models, shelf.champion, policy="queue")
    assert shelf.promote(simulated_is_honoured=True).failed == ("certificate",)


def test_one_that_ran_out_is_not_missed(shelf: Shelf) -> None:
    over = {"period_end": ago(days=85), "expires_at": ago(days=1)}
    certify(shelf.models, shelf.champion, policy="queue", basis=Basis.REAL, **over)
    certify(shelf.models, shelf.challenger, policy="queue", basis=Basis.REAL, **over)
    done = shelf.promote()
    assert done.done
    assert "has run out" in done.outlook.english


def test_one_that_calls_in_service_refuted_is_not_missed_and_promises_nothing(shelf: Shelf) -> None:
    lost = certify(shelf.models, shelf.champion, policy="queue", basis=Basis.REAL)
    own = certify(shelf.models, shelf.challenger, policy="always", basis=Basis.REAL)
    done = shelf.promote(suspended=frozenset({lost.id, own.id}))
    assert done.done
    assert "has run out or is suspended" in done.outlook.english


# --- forcing ---------------------------------------------------------------------------------------


def test_two_people_may_force_a_gate_and_the_journal_names_them(shelf: Shelf) -> None:
    shelf.compare_instead(figure(group="child", **WORSE))
    order = replace(ORDER, force=frozenset({"slices", "latency"}), second="dewi")
    done = shelf.promote(order=order)
    facts = read_journal(shelf.models).entries[-2].facts
    assert done.done
    # A gate that holds by itself was not forced.
    assert (facts["forced"], facts["second"]) == (["slices"], "dewi")


def test_what_was_not_forced_still_refuses(shelf: Shelf) -> None:
    shelf.compare_instead(figure(**WORSE), figure(group="child", **WORSE))
    order = replace(ORDER, force=frozenset({"slices"}), second="dewi")
    assert shelf.promote(order=order).failed == ("metrics",)


@pytest.mark.parametrize("gate", ["signature", "schema", "ears"])
def test_what_no_service_could_run_can_be_forced_by_nobody(shelf: Shelf, gate: str) -> None:
    with pytest.raises(BadInput, match=f"the gate {gate} cannot be forced, by nobody"):
        shelf.promote(order=replace(ORDER, force=frozenset({gate}), second="dewi"))


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"force": frozenset({"slices"})}, "another person"),
        ({"force": frozenset({"slices"}), "second": " "}, "another person"),
        ({"force": frozenset({"slices"}), "second": " SARI"}, "another person"),
        ({"force": frozenset({"beauty"}), "second": "dewi"}, "there is no gate 'beauty'"),
        ({"reason": "  "}, "--reason must be text"),
        ({"reason": "x" * 501}, "--reason must be text"),
        ({"by": ""}, "--by must be text"),
    ],
)
def test_an_order_that_lacks_something_changes_nothing(shelf: Shelf, over: dict[str, Any], says: str) -> None:
    before = (shelf.models / JOURNAL).read_bytes()
    with pytest.raises(BadInput, match=says):
        shelf.promote(order=replace(ORDER, **over))
    assert ((shelf.models / JOURNAL).read_bytes(), shelf.current) == (before, shelf.champion)


# --- the first one ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pointer", [None, "latest\n", "f" * 16 + "\n"])
def test_where_none_runs_there_is_nothing_to_compare_with(shelf: Shelf, pointer: str | None) -> None:
    (shelf.models / CURRENT).unlink() if pointer is None else (shelf.models / CURRENT).write_text(pointer)
    done = shelf.promote()
    found = {one.gate: one.said.english for one in done.findings}
    assert done.done
    assert "compared with nothing" in found["metrics"]
    assert "timed against nothing" in found["latency"]
    assert shelf.current == shelf.challenger


def test_even_the_first_one_must_be_vouched_for(shelf: Shelf) -> None:
    (shelf.models / CURRENT).unlink()
    spoil_signature(shelf)
    assert not shelf.promote().done
    assert not (shelf.models / CURRENT).exists()


def test_one_that_runs_already_is_refused(shelf: Shelf) -> None:
    with pytest.raises(BadInput, match="runs already"):
        shelf.promote(shelf.champion)


@pytest.mark.parametrize("name", ["../elsewhere", "latest", ""])
def test_what_is_no_id_is_refused_before_anything_is_read(shelf: Shelf, name: str) -> None:
    with pytest.raises(BadInput, match="is no model id"):
        promote(shelf.models, name, ORDER, clock=ticking(), policy_names=NAMES)


def test_a_dry_run_asks_and_changes_nothing(shelf: Shelf) -> None:
    before = (shelf.models / JOURNAL).read_bytes()
    told = shelf.promote(dry_run=True)
    assert (told.done, told.failed, told.journal_head) == (False, (), None)
    assert ((shelf.models / JOURNAL).read_bytes(), shelf.current) == (before, shelf.champion)


# --- going back ------------------------------------------------------------------------------------


def test_rollback_goes_back_to_the_one_before(shelf: Shelf) -> None:
    shelf.promote()
    back = rollback(shelf.models, replace(ORDER, reason="too many flags"))
    assert (back.model_id, back.before, shelf.current) == (shelf.champion, shelf.challenger, shelf.champion)
    entry = read_journal(shelf.models).entries[-2]
    assert (entry.event, entry.reason, entry.model_id) == (Event.ROLLBACK, "too many flags", shelf.champion)


def test_twice_does_not_come_back_to_what_was_left(shelf: Shelf) -> None:
    shelf.promote()
    rollback(shelf.models, ORDER)
    with pytest.raises(BadInput, match="no earlier model is in the journal"):
        rollback(shelf.models, ORDER)
    assert shelf.current == shelf.champion


def test_one_that_can_no_longer_run_is_passed_over(shelf: Shelf) -> None:
    third = shelve(shelf.models, seed=3, extra={"basis": "real"}, current=False)
    shelf.promote()
    write_current(shelf.models, third)
    (shelf.models / shelf.challenger / ARRAYS).unlink()
    back = rollback(shelf.models, ORDER)
    assert (back.model_id, shelf.current) == (shelf.champion, shelf.champion)
    assert "is missing" in back.passed_over[shelf.challenger]


def test_where_none_can_run_nothing_changes(shelf: Shelf) -> None:
    shelf.promote()
    (shelf.models / shelf.champion / ARRAYS).unlink()
    with pytest.raises(BadInput, match=r"no earlier model can run any more: .*is missing"):
        rollback(shelf.models, ORDER)
    assert shelf.current == shelf.challenger


def test_a_damaged_pointer_is_mended_by_going_back_to_what_ran(shelf: Shelf) -> None:
    shelf.promote()
    (shelf.models / CURRENT).write_bytes(b"\x00" * 8)
    assert rollback(shelf.models, ORDER).model_id == shelf.challenger


# --- the journal -----------------------------------------------------------------------------------


def test_an_altered_journal_stops_promotion_and_rollback(shelf: Shelf) -> None:
    shelf.promote()
    path = shelf.models / JOURNAL
    path.write_bytes(path.read_bytes().replace(b"sari", b"budi", 1))
    third = shelve(shelf.models, seed=3, current=False)
    with pytest.raises(JournalBroken, match="line 2"):
        shelf.promote(third)
    with pytest.raises(JournalBroken, match="line 2"):
        rollback(shelf.models, ORDER)
    assert shelf.current == shelf.challenger


@pytest.mark.parametrize("dies", ["before the pointer moves", "after it moved"])
def test_a_promotion_that_dies_in_the_middle_is_settled_by_the_next_command(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    def die(models: Path, model_id: str) -> None:
        if dies == "after it moved":
            write_current(models, model_id)
        raise OSError("the power went")

    monkeypatch.setattr(promoting, "write_current", die)
    with pytest.raises(OSError, match="the power went"):
        shelf.promote()
    assert read_journal(shelf.models).entries[-1].event is Event.PROMOTE
    monkeypatch.undo()
    if dies == "after it moved":
        assert rollback(shelf.models, ORDER).model_id == shelf.champion
    else:
        assert shelf.promote().done
    told = [run.model_id for run in read_journal(shelf.models).runs]
    assert told[:2] == [shelf.champion, shelf.challenger]


def test_two_at_once_take_turns(shelf: Shelf) -> None:
    (shelf.models / CURRENT).unlink()
    others = [shelve(shelf.models, seed=seed, current=False) for seed in range(3, 9)]
    start, done = threading.Barrier(len(others)), []

    def attempt(model_id: str) -> None:
        start.wait()
        done.append(shelf.promote(model_id).done)

    threads = [threading.Thread(target=attempt, args=(model_id,)) for model_id in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Whoever came first met no model; the others met one that nobody had compared them with.
    assert sorted(done) == [False] * 5 + [True]
    journal = read_journal(shelf.models)
    assert [entry.event for entry in journal.entries].count(Event.REFUSED) == 5
    assert journal.line_of_models[-1] == shelf.current


def test_every_sentence_is_told_in_both_languages(shelf: Shelf) -> None:
    for finding in shelf.promote().findings:
        assert finding.said.english
        assert finding.said.indonesian
        assert finding.said.english != finding.said.indonesian
