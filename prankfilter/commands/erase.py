"""``prankfilter erase``: one subject, a number or a call, removed everywhere (SAFETY, "Personal data")."""

from __future__ import annotations

import argparse
import datetime as dt
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from prankfilter.commands.opening import embedded_store, open_store
from prankfilter.errors import BadInput, StoreUnavailable
from prankfilter.privacy.erasures import ERASURES, Erasure, ExportNames, note, noted
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.numbers import NotANumber, to_e164
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.privacy.trail import EXPORTED, read
from prankfilter.settings import Settings
from prankfilter.store.compacting import compact
from prankfilter.store.erasing import Eraser, Order, Subject
from prankfilter.store.instants import microseconds

FROM_INPUT = "-"
TELLING_DIGITS = 6
"""So many digits of a number in a row tell whose it is."""

ELSEWHERE = """\
What this command cannot reach:
- logs that were exported earlier ({journal} names callers and calls as they do):
{exports}
- backups: they hold it until they expire; after restoring one, run `prankfilter erase --again`"""
POSTGRES = """\
- PostgreSQL itself keeps deleted rows until it cleans up: run VACUUM FULL on the tables at a quiet time"""


def erase(options: argparse.Namespace, settings: Settings) -> int:
    """Erase a subject, or with ``--dry-run`` show what would go; 1 where something open is in the way."""
    order, file = _order(options), embedded_store(settings)
    keyring = Keyring.open(settings.keys)
    subject = _subject(options, Pseudonymiser(keyring))
    with open_store(settings) as store:
        eraser = Eraser(store)
        found = eraser.found(subject)
        if options.dry_run:
            print(_sentence("would erase", found.rows))
        found.refuse_what_is_needed()
        if options.dry_run:
            return 0
        # First: broken off, a restored backup would bring back what is half gone.
        note(settings.data, Erasure(at=order.at, names=_names(subject, ExportNames(keyring))))
        gone = eraser.erase(subject, order)
        eraser.found(subject).refuse_what_is_needed()
    _tell(gone, settings, file)
    return 0


def again(options: argparse.Namespace, settings: Settings) -> int:
    """Erase what a restored backup brought back: everything that the journal of erasures names."""
    order, file = _order(options), embedded_store(settings)
    names, erased = ExportNames(Keyring.open(settings.keys)), noted(settings.data)
    gone: Counter[str] = Counter()
    with open_store(settings) as store:
        eraser = Eraser(store)
        for subject in _returned(eraser, names, erased):
            if options.dry_run:
                gone.update(eraser.found(subject).rows)
            else:
                gone.update(eraser.erase(subject, order))
    if options.dry_run:
        print(_sentence("would erase", gone))
    else:
        _tell(gone, settings, file)
    return 0


def _order(options: argparse.Namespace) -> Order:
    by, reason = options.by.strip(), options.reason.strip()
    if not by or not reason:
        raise BadInput("say who does this (--by) and why (--reason); both are kept")
    return Order(by=by, reason=reason, at=dt.datetime.now(dt.UTC))


def _subject(options: argparse.Namespace, pseudonymiser: Pseudonymiser) -> Subject:
    if options.call is not None:
        _refuse_telling(options.call, f"{options.by} {options.reason}")
        return Subject(call_ids=(options.call,))
    text = sys.stdin.readline().strip() if options.number == FROM_INPUT else options.number
    try:
        e164 = to_e164(text)
    except NotANumber as problem:
        raise BadInput(f"--number {problem}") from None
    _refuse_telling(e164[-TELLING_DIGITS:], re.sub(r"\D", "", f"{options.by} {options.reason}"))
    return Subject(callers=pseudonymiser.pseudonyms(e164))


def _refuse_telling(subject: str, kept: str) -> None:
    """What is kept of an erasure must not tell whose it was."""
    if len(subject) >= TELLING_DIGITS and subject in kept:
        raise BadInput("--by and --reason are kept: leave the number and the call's id out of them")


def _names(subject: Subject, names: ExportNames) -> tuple[str, ...]:
    callers = (name for caller in subject.callers for name in names.of_caller(caller))
    calls = (name for call_id in subject.call_ids for name in names.of_call(call_id))
    return (*callers, *calls)


def _returned(eraser: Eraser, names: ExportNames, erased: Mapping[str, dt.datetime]) -> Iterator[Subject]:
    """Numbers and calls on record that were erased once. Nothing is read where nothing was ever erased."""
    if not erased:
        return
    for caller in eraser.callers():
        at = _last(erased, names.of_caller(caller))
        if at is not None:
            yield Subject(callers=(caller,), before=microseconds(at))
    for call_id in eraser.call_ids():
        if _last(erased, names.of_call(call_id)) is not None:
            yield Subject(call_ids=(call_id,))


def _last(erased: Mapping[str, dt.datetime], names: Iterable[str]) -> dt.datetime | None:
    return max((erased[name] for name in names if name in erased), default=None)


def _tell(gone: Mapping[str, int], settings: Settings, file: Path | None) -> None:
    print(_sentence("erased", gone))
    if file is not None:
        try:
            compact(file)
        except StoreUnavailable as problem:
            raise StoreUnavailable(
                f"{problem}; the rows are gone, but copies may stand in unused parts of the file: run "
                "`prankfilter purge --compact` at a quieter time"
            ) from problem
    exports = "\n".join(_forgetting(settings.data)) or "  none is on record here"
    print(ELSEWHERE.format(journal=settings.data / ERASURES, exports=exports), file=sys.stderr)
    if file is None:
        print(POSTGRES, file=sys.stderr)


def _forgetting(data: Path) -> Iterator[str]:
    """The command for each export on record that says where it is; earlier ones did not."""
    done = [act.details for act in read(data) if act.what == EXPORTED]
    for log, keeps_ids in {one["log"]: one["call_ids"] for one in done if "log" in one}.items():
        more = " --keep-call-ids" if keeps_ids else ""
        yield f"  prankfilter-train forget {shlex.quote(log)}{more} --by … --reason …"
    if any("log" not in one for one in done):
        yield "  others, of an earlier version: `prankfilter-train forget FOLDER` on each"


def _sentence(verb: str, rows: Mapping[str, int]) -> str:
    counts = ", ".join(f"{count} {table}" for table, count in rows.items() if count)
    return f"{verb}: {counts or 'nothing, for nothing is kept of it'}"
