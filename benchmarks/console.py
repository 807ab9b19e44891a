"""Pages for people over a store of a hundred thousand flagged calls: how long a supervisor waits for each."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.history_fill import SqliteFiller
from benchmarks.measure import in_turn
from benchmarks.processes import serving
from benchmarks.tables import show_timings

CALLS = 100_000
RUNS = 40

FLAG_ALL = """
INSERT INTO flags (call_id, received_at, centre_id, known_from, advice, kind, prank_score,
                   genuine_probability, guards, reasons, model_id, second_drawn)
SELECT call_id, received_at, centre_id, received_at, 'normal', 'joke_or_abuse', 0.9,
       abs(random() % 10000) / 1e4, ' ', ' longest_silence_s ', '0123456789abcdef', 0
FROM calls
"""
"""Chance decides who stands where in the queue; nothing that is measured depends on it."""

_TOKEN = re.compile(r'name="token" value="([^"]+)"')


class Supervisor:
    """Somebody signed in, on a connection that stays open."""

    def __init__(self, port: int, name: str, password: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._token = ""
        self.get("/console/login")
        self.post("/console/login", name=name, password=password)

    def get(self, address: str) -> bytes:
        """Open a page."""
        return self._ask("GET", address, None)

    def post(self, address: str, **fields: str) -> str:
        """Send a form; returns where it leads."""
        body = urlencode({"token": self._token, **fields}).encode()
        return self._ask("POST", address, body).decode()

    def _ask(self, method: str, address: str, body: bytes | None) -> bytes:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, address, body, headers)
        answer = self._connection.getresponse()
        page = answer.read()
        for line in answer.headers.get_all("set-cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        if answer.status not in (200, 303):
            raise RuntimeError(f"{method} {address}: status {answer.status}")
        if found := _TOKEN.search(page.decode("utf-8", "replace")):
            self._token = found[1]
        return (answer.headers["location"] or "").encode() if answer.status == 303 else page


@contextmanager
def supervisor(models: Path) -> Iterator[Supervisor]:
    """Fill a store, start the service on it, and sign in."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        SqliteFiller(data).fill(CALLS)
        store = data / "prankfilter.sqlite"
        (data / f"{CALLS}.sqlite").rename(store)
        with contextlib.closing(sqlite3.connect(store)) as connection:
            connection.execute(FLAG_ALL)
            connection.commit()
        environment = os.environ | {"PRANKFILTER_DATA": folder, "PRANKFILTER_MODELS": str(models)}
        command = [
            sys.executable,
            "-m",
            "prankfilter.cli",
            "accounts",
            "add",
            "ratna",
            "--role",
            "supervisor",
        ]
        made = subprocess.run(
            [*command, "--make-password"], env=environment, capture_output=True, text=True, check=True
        )
        with serving("benchmarks.app", "/readyz", data=data, models=models) as service:
            yield Supervisor(service.port, "ratna", made.stdout.strip().split()[-1])


def main(models: Path) -> None:
    """Measure each page, seen by the browser of a supervisor on this machine."""
    with supervisor(models) as ratna:

        def open_next() -> None:
            ratna.get(ratna.post("/console/flags/next"))

        ratna.get("/console/flags")
        pages = {
            "nothing: the sign-in form": lambda: ratna.get("/console/login"),
            "this shift": lambda: ratna.get("/console/"),
            "the queue": lambda: ratna.get("/console/flags"),
            "the queue, page 1000": lambda: ratna.get("/console/flags?page=1000"),
            "the queue, filtered by reason and day": lambda: ratna.get(
                "/console/flags?reason=longest_silence_s&since=2026-10-01"
            ),
            "take the next one and open it": open_next,
            "callers of 30 days": lambda: ratna.get("/console/callers?days=30"),
            "areas": lambda: ratna.get("/console/surges"),
        }
        timings = in_turn(pages, runs=RUNS, warm=2, most_s=90)
    show_timings(
        f"Pages over {CALLS:,} flagged calls",
        timings,
        against="nothing: the sign-in form",
        note="A supervisor's browser on this machine, one request after the other. Made-up calls.",
    )
