"""``prankfilter purge``: what was kept for as long as the settings say is deleted. A timer runs it daily."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Mapping

from prankfilter.commands.opening import embedded_store, open_store
from prankfilter.settings import Settings
from prankfilter.store.compacting import compact, empty_log
from prankfilter.store.deeds import Act, Deed, Deeds
from prankfilter.store.retention import COUNTED, Keep, Retention

BY = "prankfilter purge"
"""Who did it, in the book of deeds."""


def purge(options: argparse.Namespace, settings: Settings) -> int:
    """Delete what is due beside the running service, or with ``--dry-run`` show how much it is."""
    now = dt.datetime.now(dt.UTC)
    file = embedded_store(settings)
    with open_store(settings) as store:
        retention = Retention(store, _keep(settings), now)
        if options.dry_run:
            print(_sentence("would delete", retention.due(), most=COUNTED))
            return 0
        shown = sys.stderr.isatty()
        gone = retention.purge(progress=_show_progress if shown else lambda _kind, _count: None)
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr)
        if gone:
            Deeds(store).put(Deed(at=now, by=BY, what=Act.PURGED, details=gone))
    if file is not None:
        (compact if options.compact else empty_log)(file)
    print(_sentence("deleted", gone))
    return 0


def _keep(settings: Settings) -> Keep:
    return Keep(
        sound=dt.timedelta(days=settings.keep_sound_days),
        calls=dt.timedelta(days=settings.keep_calls_days),
        deeds=dt.timedelta(days=settings.keep_deeds_days),
    )


def _show_progress(kind: str, count: int) -> None:
    print(f"\r{kind}: {count}\x1b[K", end="", file=sys.stderr, flush=True)


def _sentence(verb: str, counts: Mapping[str, int], *, most: int | None = None) -> str:
    said = (f"{count}{' or more' if count == most else ''} {name}" for name, count in counts.items())
    return f"{verb}: {', '.join(said) or 'nothing is due'}"
