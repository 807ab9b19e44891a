"""Replay the demonstration through the service's own HTTP door, as a router and a desk would.

Fourteen earlier days are imported with their outcomes and verdicts. Then an earlier shift is sent call by
call, and after it tonight's, spread between the later of local midnight and six hours ago, and now. Ids are
``demo-<date>-<n>``: a second run on the same day sends the same requests and gets the stored answers.
"""

from __future__ import annotations

import datetime as dt
import http.client
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from prankfilter.privacy.api_keys import SCOPES, make_key
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.store.importing import ImportReport, import_lines
from prankfilter.store.port import Store

WINDOW = dt.timedelta(hours=6)
EARLIER_SINCE, EARLIER_UNTIL = dt.timedelta(hours=14), dt.timedelta(hours=10)
ANSWERED_S = 5.0
"""So long a call rings here."""
Row = dict[str, Any]


def _rows(name: str) -> list[Row]:
    text = (resources.files("prankfilter_api.demo") / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def read_clip(name: str) -> bytes:
    """Read one of the demonstration's recordings."""
    return (resources.files("prankfilter_api.demo") / "clips" / f"{name}.wav").read_bytes()


# --- before the service is ready -----------------------------------------------------------------


def write_keys(
    data: Path,
    store: Store,
    keyring: Keyring,
    now: dt.datetime,
    make_accounts: Callable[[], dict[str, str]] | None,
) -> dict[str, Any]:
    """Make one key for each scope, and the console's accounts if it is installed, and write them to
    ``demo-keys.json``; what an existing file has is reused."""
    path = data / "demo-keys.json"
    keys: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known = keys.copy()
    for scope in (scope for scope in SCOPES if scope not in keys):
        secret, key = make_key(scope, name=f"demo {scope}", keyring=keyring, now=now)
        store.put_key(key)
        keys[scope] = secret
    if "console" not in keys and make_accounts is not None:
        keys["console"] = make_accounts()
    if keys != known:
        path.touch(mode=0o600)
        path.write_text(json.dumps(keys, indent=2) + "\n", encoding="utf-8")
    return keys


def import_history(store: Store, keyring: Keyring, *, now: dt.datetime, zone: dt.tzinfo) -> ImportReport:
    """Import the earlier days; a second time changes nothing."""
    lines = (json.dumps(row) for row in dated_history(now.astimezone(zone)))
    return import_lines(lines, store, now=now, zone=zone, pseudonymise=Pseudonymiser(keyring).pseudonym)


def dated_history(now: dt.datetime) -> Iterator[Row]:
    """Give the earlier days their dates, as rows that `store.importing` reads."""
    for number, row in enumerate(_rows("history.jsonl"), start=1):
        day = now.date() - dt.timedelta(days=row["days_ago"])
        received = dt.datetime.combine(day, dt.time.fromisoformat(row["time"]), tzinfo=now.tzinfo)
        ended = received + dt.timedelta(seconds=row["duration_s"] + 6)
        dated = row["call"] | {
            "call_id": f"demo-history-{now.date()}-{number}",
            "received_at": received.isoformat(),
            "answered_at": (received + dt.timedelta(seconds=6)).isoformat(),
            "ended_at": ended.isoformat(),
            "duration_s": row["duration_s"],
            "label": row["label"],
            "label_source": "call_taker",
            "label_by": row["label_by"],
            "label_at": (ended + dt.timedelta(seconds=20)).isoformat(),
        }
        if "verdict" in row:
            dated |= {
                "verdict": row["verdict"],
                "verdict_by": row["verdict_by"],
                "verdict_at": (received + dt.timedelta(hours=20)).isoformat(),
            }
        yield dated


# --- once it is ready ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of time that is replayed."""

    file: str
    """Of the package."""
    ids: str
    """What its calls' ids begin with."""
    on: dt.date
    """The day on which it is replayed."""
    since: dt.datetime
    until: dt.datetime


def earlier_part(now: dt.datetime) -> Part:
    """A shift that is over: what people made of its calls can be seen tonight."""
    return Part("earlier", "demo-earlier", now.date(), now - EARLIER_SINCE, now - EARLIER_UNTIL)


def tonight_part(now: dt.datetime) -> Part:
    """The shift that is on."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Part("shift", "demo", now.date(), max(midnight, now - WINDOW), now)


def dated(data: Path, part: Part, is_drawn: Callable[[str], bool]) -> list[Row]:
    """Give a part's calls their ids and times; those of an earlier run of the day are kept.

    ``is_drawn`` tells whether a call with this id comes to the blind second review: one in twenty does, and
    so few calls seldom have one, so that those that are to show it get an id that is drawn.
    """
    path = data / f"demo-{part.file}-{part.on}.json"
    if path.exists():
        rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))
        return rows
    rows, number, at = [], 0, part.since
    for row in _rows(f"{part.file}.jsonl"):
        if not row["same_call"]:
            number += 1
            at = (
                part.since + row["at_share"] * (part.until - part.since) + dt.timedelta(seconds=row["plus_s"])
            )
        row["call_id"] = f"{part.ids}-{part.on}-{number}"
        if row["drawn"]:
            row["call_id"] = next(one for one in _more_ids(row["call_id"]) if is_drawn(one))
        at = max(part.since, min(at, part.until))
        row["call"]["received_at"] = at.isoformat(timespec="milliseconds")
        rows.append(row)
    path.write_text(json.dumps(rows), encoding="utf-8")
    return rows


def _more_ids(call_id: str) -> Iterator[str]:
    return (f"{call_id}-{more}" for more in itertools.count(1))


def replay(host: str, port: int, keys: Row, rows: list[Row], *, out: TextIO = sys.stdout) -> list[Row]:
    """Send every call with what became of it; returns the decisions in order.

    Outcomes that somebody else than tonight's desk told, with their own times, are no part of it
    (`prankfilter_api.demo.afterwards`).
    """
    line = http.client.HTTPConnection(host, port, timeout=10)
    decisions = []
    for done, row in enumerate(rows, start=1):
        decisions.append(_screen(line, keys["router"], row))
        if row["facts"] is not None:
            _tell_facts(line, keys["router"], row)
        if row["outcome"] is not None and "by" not in row["outcome"]:
            _tell_outcome(line, keys["desk"], row)
        _show_progress(done, len(rows), out)
    line.close()
    return decisions


def _screen(line: http.client.HTTPConnection, key: str, row: Row) -> Row:
    call = json.dumps(row["call"]).encode()
    headers = _json_by(key) | {"X-Request-Deadline-Ms": "9000"}
    body = call
    if row["clip"] is not None:
        headers["Content-Type"] = "multipart/form-data; boundary=demo"
        body = (
            b'--demo\r\nContent-Disposition: form-data; name="call"\r\nContent-Type: application/json\r\n\r\n'
            + call
            + b'\r\n--demo\r\nContent-Disposition: form-data; name="audio"; filename="call.wav"\r\n'
            + b"Content-Type: audio/wav\r\n\r\n"
            + read_clip(row["clip"])
            + b"\r\n--demo--\r\n"
        )
    return _send(line, "POST", f"{_address(row)}/screening", headers, body)


def _tell_facts(line: http.client.HTTPConnection, key: str, row: Row) -> None:
    facts = {
        name.removesuffix("_s") + "_at" * name.endswith("_s"): (
            _after(row, value).isoformat() if name.endswith("_s") else value
        )
        for name, value in row["facts"].items()
    }
    _send(line, "PATCH", _address(row), _json_by(key), json.dumps(facts).encode())


def outcome_of(row: Row) -> Row:
    """What is told of a call after it."""
    outcome = dict(row["outcome"])
    if "duration_s" in outcome:
        outcome["answered_at"] = _after(row, ANSWERED_S).isoformat()
        outcome["ended_at"] = _after(row, ANSWERED_S + outcome["duration_s"]).isoformat()
    else:
        outcome["ended_at"] = _after(row, 12).isoformat()
        # Who is to be called back; a call that was answered is owed nothing.
        outcome["calling_number"] = row["call"].get("calling_number")
    return {"advice_shown": False, "by": "petugas-1"} | outcome


def _tell_outcome(line: http.client.HTTPConnection, key: str, row: Row) -> None:
    _send(line, "PUT", f"{_address(row)}/outcome", _json_by(key), json.dumps(outcome_of(row)).encode())


def _after(row: Row, seconds: float) -> dt.datetime:
    return dt.datetime.fromisoformat(row["call"]["received_at"]) + dt.timedelta(seconds=seconds)


def _address(row: Row) -> str:
    return f"/v1/calls/{quote(row['call_id'], safe='')}"


def _json_by(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}


def _send(line: http.client.HTTPConnection, method: str, path: str, headers: Row, body: bytes) -> Row:
    line.request(method, path, body, headers)
    answer = line.getresponse()
    text = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
    decoded: Row = json.loads(text) if text else {}
    return decoded


def _show_progress(done: int, total: int, out: TextIO) -> None:
    if out.isatty() or done == total:
        bar = "#" * (30 * done // total)
        out.write(f"\r[{bar:<30}] {done}/{total} calls" + ("\n" if done == total else ""))
        out.flush()


def table(rows: list[Row], decisions: list[Row]) -> str:
    """Draw what was sent and what came back, one line a call."""
    lines = [f"{'time':5}  {'heard':>5}  {'prank':>5}  {'advice':8}  {'guards':34}  what it is"]
    for row, decision in zip(rows, decisions, strict=True):
        score = decision["prank_score"]
        lines.append(
            f"{row['call']['received_at'][11:16]}  {decision['audio_s']:4.0f}s  "
            f"{'-' if score is None else format(score, '.2f'):>5}  {decision['advice']:8}  "
            f"{', '.join(decision['guards']) or '-':34}  {row['why']}"
        )
    return "\n".join(lines)
