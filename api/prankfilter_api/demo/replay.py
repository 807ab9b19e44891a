"""Replay the demonstration through the service's own HTTP door, as a router and a desk would.

Fourteen earlier days are imported with their outcomes and verdicts; then the shift is sent call by call,
spread between the later of local midnight and six hours ago, and now. Ids are ``demo-<date>-<n>``: a second
run on the same day sends the same requests and gets the stored answers.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import sys
from collections.abc import Callable, Iterator
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


def dated_shift(data: Path, now: dt.datetime) -> list[Row]:
    """Give the shift's calls their ids and times; those of an earlier run of the day are kept."""
    path = data / f"demo-shift-{now.date()}.json"
    if path.exists():
        rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))
        return rows
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start = max(midnight, now - WINDOW)
    rows, number, at = [], 0, start
    for row in _rows("shift.jsonl"):
        if not row["same_call"]:
            number += 1
            at = start + row["at_share"] * (now - start) + dt.timedelta(seconds=row["plus_s"])
        row["call_id"] = f"demo-{now.date()}-{number}"
        row["call"]["received_at"] = min(at, now).isoformat(timespec="milliseconds")
        rows.append(row)
    path.write_text(json.dumps(rows), encoding="utf-8")
    return rows


def replay(host: str, port: int, keys: Row, rows: list[Row], *, out: TextIO = sys.stdout) -> list[Row]:
    """Send every call and its outcome; returns the decisions in order."""
    line = http.client.HTTPConnection(host, port, timeout=10)
    decisions = []
    for done, row in enumerate(rows, start=1):
        decisions.append(_screen(line, keys["router"], row))
        if row["outcome"] is not None:
            _tell_outcome(line, keys["desk"], row)
        _show_progress(done, len(rows), out)
    line.close()
    return decisions


def _screen(line: http.client.HTTPConnection, key: str, row: Row) -> Row:
    call = json.dumps(row["call"]).encode()
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        "X-Request-Deadline-Ms": "9000",
    }
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
    return _send(line, "POST", f"/v1/calls/{quote(row['call_id'], safe='')}/screening", headers, body)


def _tell_outcome(line: http.client.HTTPConnection, key: str, row: Row) -> None:
    received = dt.datetime.fromisoformat(row["call"]["received_at"])
    outcome = dict(row["outcome"])
    if "duration_s" in outcome:
        answered = received + dt.timedelta(seconds=5)
        outcome["answered_at"] = answered.isoformat()
        outcome["ended_at"] = (answered + dt.timedelta(seconds=outcome["duration_s"])).isoformat()
    else:
        outcome["ended_at"] = (received + dt.timedelta(seconds=12)).isoformat()
    outcome |= {"advice_shown": False, "by": "petugas-1"}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    path = f"/v1/calls/{quote(row['call_id'], safe='')}/outcome"
    _send(line, "PUT", path, headers, json.dumps(outcome).encode())


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
