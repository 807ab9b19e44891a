"""Write the service's calls and labels as a labelled log: pseudonyms of their own, no notes, no number."""

from __future__ import annotations

import argparse
import datetime as dt
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from prankfilter.errors import BadInput
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.pseudonym import KeyedHash
from prankfilter.privacy.trail import EXPORTED, Act, record
from prankfilter.settings import Settings
from prankfilter.store.port import Store
from prankfilter.store.sql import SqlStore
from prankfilter_training.commands import door
from prankfilter_training.commands.door import Answer
from prankfilter_training.life.export import Exported, refuse_old_log, write_export
from prankfilter_training.life.exported import Pseudonyms

NAME, HELP = "export", "write the service's calls and labels as a labelled log"
SQLITE = "sqlite:///"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--out", type=Path, required=True, help="folder for calls.parquet")
    parser.add_argument("--since", type=dt.date.fromisoformat, help="first day; else from the first call on")
    parser.add_argument("--until", type=dt.date.fromisoformat, help="last day; else up to now")
    parser.add_argument("--by", required=True, help="who exports; kept in the trail")
    parser.add_argument("--reason", required=True, help="what for; kept in the trail")
    parser.add_argument(
        "--keep-call-ids",
        action="store_true",
        help="keep the service's call ids, so that calls can be looked up; the log can then be joined with "
        "the store",
    )


def run(options: argparse.Namespace) -> Answer:
    """Write the trail, then the log, then the trail again; whatever fails, no log is left behind."""
    settings = door.settings()
    path = refuse_old_log(options.out)
    keyring = Keyring.open(settings.keys, purposes=(Purpose.EXPORT,))
    names = Pseudonyms(KeyedHash(keyring, Purpose.EXPORT), keep_call_ids=options.keep_call_ids)
    with closing(_open_store(settings)) as store:
        since, until = _period(options, settings, store)
        told = {
            "since": since.isoformat(),
            "until": until.isoformat(),
            "call_ids": options.keep_call_ids,
            "log": str(path.parent.absolute()),
        }
        _note(options, settings, "export begun", told)
        found = write_export(store, path, names, since=since, until=until)
    try:
        _note(options, settings, EXPORTED, told | {"calls": found.calls})
    except BaseException:
        path.unlink()
        raise
    return Answer({**told, **_values(found)}, _in_words(path, found, settings))


def _open_store(settings: Settings) -> SqlStore:
    address = settings.store
    if address.startswith(SQLITE) and not Path(address.removeprefix(SQLITE)).exists():
        raise BadInput(
            "there is no store yet: set PRANKFILTER_DATA or PRANKFILTER_STORE to the service's own"
        )
    return SqlStore.open(address)


def _period(options: argparse.Namespace, settings: Settings, store: Store) -> tuple[dt.datetime, dt.datetime]:
    """From the first local midnight to the midnight after the last day."""
    first = store.observed_since()
    if first is None:
        raise BadInput("the store holds no call yet")
    since = _midnight(options.since, settings.zone) if options.since else first
    until = _midnight(options.until + dt.timedelta(days=1), settings.zone) if options.until else door.now()
    if until <= since:
        raise BadInput("the period is empty: --until lies before --since, or before the first call")
    return since, until


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)


def _note(options: argparse.Namespace, settings: Settings, what: str, details: dict[str, object]) -> None:
    act = Act(at=door.now(), by=options.by, what=what, reason=options.reason, details=details)
    record(settings.data, act)


def _values(found: Exported) -> dict[str, object]:
    labels = {name or "unlabelled": count for name, count in sorted(found.labels.items())}
    return {"calls": found.calls, "labels": labels, "ruled": found.ruled, "audited": found.audited}


def _in_words(path: Path, found: Exported, settings: Settings) -> str:
    labels = ", ".join(f"{name or 'unlabelled'} {count}" for name, count in sorted(found.labels.items()))
    return (
        f"{path}: {found.calls} calls ({labels}); {found.ruled} with a verdict, {found.audited} of the audit "
        f"sample. Recorded in {settings.data / 'trail.jsonl'}.\n"
        f"Next: prankfilter-train check {path.parent} --zone {settings.zone}"
    )
