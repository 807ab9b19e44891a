"""Which model runs: promote, roll back, and the journal of both. Values in, values out.

The services poll the pointer (`prankfilter.wiring.watch`); moving it is all that a switch is. One command at
a time: a lock in the folder of models, which the system lets go of when its holder dies.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prankfilter.bundle.certificates import load_certificates
from prankfilter.bundle.comparisons import load_comparisons
from prankfilter.bundle.digest import ID_DIGITS, is_id
from prankfilter.bundle.journal import Entry, Event, Journal, append, read_journal, settled
from prankfilter.bundle.lock import alone
from prankfilter.bundle.pointer import named_by_pointer, write_current
from prankfilter.bundle.trust import read_trust
from prankfilter.classifier.candidacy import Candidacy, open_bundle
from prankfilter.classifier.findings import Finding, Said
from prankfilter.classifier.gates import GATES, ask_all
from prankfilter.classifier.proofs import certificate_outlook
from prankfilter.errors import BadInput

LONGEST_WORDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who wants a change, and why.

    Attributes
    ----------
    at : datetime
        Aware.
    force : frozenset of str
        Gates that may fail; needs a second person.
    second : str or None
        The second person.
    """

    by: str
    reason: str
    at: dt.datetime
    force: frozenset[str] = frozenset()
    second: str | None = None

    def checked(self) -> Order:
        """The order itself, or `BadInput` saying what it lacks."""
        for name, words in (("by", self.by), ("reason", self.reason)):
            if not 0 < len(words.strip()) <= LONGEST_WORDS:
                raise BadInput(f"--{name} must be text of 1 to {LONGEST_WORDS} characters")
        known = {gate.name: gate for gate in GATES}
        for name in sorted(self.force):
            if name not in known:
                raise BadInput(f"there is no gate {name!r}; they are {', '.join(known)}")
            if not known[name].may_be_forced:
                raise BadInput(f"the gate {name} cannot be forced, by nobody")
        if self.force and _same_person(self.by, self.second or self.by):
            raise BadInput("--force needs --second: the name of another person who agrees")
        return self


def _same_person(one: str, other: str) -> bool:
    return not other.strip() or one.strip().casefold() == other.strip().casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What became of a promotion."""

    done: bool
    challenger: str
    champion: str | None
    findings: tuple[Finding, ...]
    outlook: Said
    """What the certificates will allow after the switch."""
    journal_head: str | None
    """SHA-256 of the last line of the journal; None where nothing was written."""

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the gates that do not hold and were not forced."""
        return tuple(one.gate for one in self.findings if not (one.holds or one.forced))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """What became of a rollback."""

    model_id: str
    before: str | None
    passed_over: Mapping[str, str]
    """Earlier models that could not be opened any more, and why."""
    journal_head: str


def promote(
    models: Path,
    model_id: str,
    order: Order,
    *,
    clock: Callable[[], float],
    policy_names: Mapping[str, str],
    simulated_is_honoured: bool = False,
    suspended: frozenset[str] = frozenset(),
    dry_run: bool = False,
) -> Promotion:
    """Let a model run if every gate holds, or is forced.

    Parameters
    ----------
    models : Path
        The folder of models; it holds the bundle and its ears.
    model_id : str
        The challenger.
    order : Order
    clock : callable
        Seconds that only grow, such as `time.perf_counter`.
    policy_names : Mapping[str, str]
        Name by policy digest.
    simulated_is_honoured : bool
        Only in a demonstration (SAFETY rule 4).
    suspended : frozenset of str
        Ids of certificates that calls in service refuted (`Store.suspended`).
    dry_run : bool
        Ask the gates, change nothing.

    Returns
    -------
    Promotion
        With all findings, whether it was done or not. A refusal is in the journal too.

    Raises
    ------
    BadInput
        If the order lacks something, the id is none, or the model runs already.
    JournalBroken
        If the journal does not hold; nothing is promoted then.
    """
    order = order.checked()
    if not is_id(model_id):
        raise BadInput(f"{model_id!r} is no model id of {ID_DIGITS} hex digits")
    with alone(models):
        current = named_by_pointer(models)
        journal = read_journal(models)
        if current == model_id:
            raise BadInput(f"{model_id} runs already")
        candidacy = _candidacy(
            models,
            model_id,
            current,
            simulated_is_honoured=simulated_is_honoured,
            suspended=suspended,
            policy_names=policy_names,
            now=order.at,
            clock=clock,
        )
        result = Promotion(
            done=False,
            challenger=model_id,
            champion=current,
            findings=_with_forced(ask_all(candidacy), order.force),
            outlook=certificate_outlook(candidacy, candidacy.challenger),
            journal_head=None,
        )
        if dry_run:
            return result
        journal = settled(models, journal, current=current, at=order.at, by=order.by)
        if result.failed:
            refused = append(models, journal, _entry(Event.REFUSED, order, result))
            return replace(result, journal_head=refused.head)
        moved = _move(models, journal, _entry(Event.PROMOTE, order, result), model_id)
        return replace(result, done=True, journal_head=moved.head)


def _candidacy(models: Path, model_id: str, current: str | None, **asked: Any) -> Candidacy:
    """Open what the gates will be asked about."""
    trust = read_trust(models)
    compared = [
        one
        for one in load_comparisons(models, trust)
        if (one.champion, one.challenger) == (current, model_id)
    ]
    return Candidacy(
        challenger=open_bundle(models, model_id, trust),
        champion=open_bundle(models, current, trust) if current else None,
        comparisons=compared,
        certificates=load_certificates(models, trust),
        **asked,
    )


def rollback(models: Path, order: Order) -> Rollback:
    """Let the model run again that ran before, by the journal; one that cannot be opened is passed over.

    No gate is asked but whether it can run: it ran before, and going back must not wait for a proof.

    Raises
    ------
    BadInput
        If no earlier model is left that could run.
    JournalBroken
        If nobody can tell any more which one ran before.
    """
    order = order.checked()
    with alone(models):
        current = named_by_pointer(models)
        journal = settled(models, read_journal(models), current=current, at=order.at, by=order.by)
        line = journal.line_of_models
        goal, passed_over = _first_that_runs(models, reversed(line if current is None else line[:-1]))
        if goal is None:
            raise BadInput(_no_way_back(passed_over))
        entry = Entry(
            event=Event.ROLLBACK,
            at=order.at,
            by=order.by,
            reason=order.reason,
            model_id=goal,
            before=current,
            facts={"passed_over": passed_over},
        )
        head = _move(models, journal, entry, goal).head
    return Rollback(model_id=goal, before=current, passed_over=passed_over, journal_head=head)


def _first_that_runs(models: Path, line: Iterable[str]) -> tuple[str | None, dict[str, str]]:
    """The first model that can run, and why those before it cannot."""
    trust = read_trust(models)
    passed_over: dict[str, str] = {}
    for model_id in line:
        refusal = open_bundle(models, model_id, trust).refusal
        if refusal is None:
            return model_id, passed_over
        passed_over[model_id] = str(refusal)
    return None, passed_over


def _no_way_back(passed_over: Mapping[str, str]) -> str:
    if not passed_over:
        return "no earlier model is in the journal; promote one with `prankfilter-train promote BUNDLE`"
    reasons = "; ".join(passed_over.values())
    return f"no earlier model can run any more: {reasons}"


# --- nothing half-done -----------------------------------------------------------------------------


def _move(models: Path, journal: Journal, entry: Entry, goal: str) -> Journal:
    """Write down what is meant, move the pointer, write down that it was done."""
    journal = append(models, journal, entry)
    write_current(models, goal)
    return append(models, journal, replace(entry, event=Event.DONE, reason="", facts={}))


def _entry(event: Event, order: Order, result: Promotion) -> Entry:
    gates = [
        {"gate": one.gate, "holds": one.holds, "forced": one.forced, "found": one.said.english}
        for one in result.findings
    ]
    forced = [one.gate for one in result.findings if one.forced]
    return Entry(
        event=event,
        at=order.at,
        by=order.by,
        reason=order.reason,
        model_id=result.challenger,
        before=result.champion,
        facts={
            "gates": gates,
            "forced": forced,
            "second": order.second,
            "certificates": result.outlook.english,
        },
    )


def _with_forced(findings: Sequence[Finding], force: frozenset[str]) -> tuple[Finding, ...]:
    return tuple(replace(one, forced=one.gate in force and not one.holds) for one in findings)
