"""A real PostgreSQL server in a folder of its own, on a Unix socket: started, stopped and frozen by tests.

PostgreSQL refuses to run as root, so that root lends it to an unprivileged user.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from prankfilter.store.schema import metadata
from prankfilter.store.sql import SqlStore

UNPRIVILEGED = "nobody"
PATIENCE_S = 60
BLANK = "blank"
REUSED = "reused"
"""A database with all tables and no rows; a copy of it is quicker than making them anew, and one that is
emptied quicker still."""

QUICK = ("fsync=off", "full_page_writes=off", "max_connections=200", "listen_addresses=")
"""The processes die in tests, the machine does not."""


def find_binaries() -> Path | None:
    """Where PostgreSQL's programs are: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    return next((place for place in places if (place / "postgres").exists()), None)


@dataclass
class Postgres:
    """One server, with as many databases as tests want."""

    binaries: Path
    folder: Path
    settings: tuple[str, ...] = QUICK
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs."""
        subprocess.run(
            [self.binaries / program, *arguments], check=True, capture_output=True, cwd=self.folder, **_lent()
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [word for setting in self.settings for word in ("-c", setting)]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data, "-k", self.folder, *settings],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **_lent(),
            )
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.ask("SELECT 1")
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < until
                time.sleep(0.02)

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stop it: SIGINT is ``pg_ctl stop -m fast``, SIGQUIT ``immediate``."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE_S)
            self.process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Have every one of its processes stand still, connections open: what a hanging disk looks like."""
        assert self.process is not None
        still = [self.process.pid, *_children(self.process.pid)]
        for pid in still:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in still:
                # One whose client has gone may end in the very moment in which another goes on.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def make_database(self, *, template: str = BLANK) -> str:
        """Make a database and return its address."""
        name = f"test_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.address(name)

    def make_blank(self) -> None:
        """Make what `make_database` copies, and what `emptied` empties."""
        self.ask(f"CREATE DATABASE {BLANK} TEMPLATE template0")
        SqlStore.open(self.address(BLANK)).close()
        self.ask(f"CREATE DATABASE {REUSED} TEMPLATE {BLANK}")

    def emptied(self) -> str:
        """Empty the one database that tests use one after the other; returns its address."""
        address = self.address(REUSED)
        # Quicker than TRUNCATE, which makes new files for every table and index.
        self.ask(";".join(str(table.delete()) for table in metadata.tables.values()), address)
        return address

    def address(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://{_user()}@/{database}?host={self.folder}"

    def ask(self, query: str, address: str | None = None) -> list[Any]:
        """Ask a database; returns all rows."""
        with psycopg.connect(address or self.address("postgres"), autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def data(self) -> Path:
        """Where it keeps everything."""
        return self.folder / "data"


@contextmanager
def postgres_server(*, settings: tuple[str, ...] = QUICK) -> Iterator[Postgres]:
    """Start a server, and remove it with all that it holds; skips where there is none to start."""
    binaries = find_binaries()
    if binaries is None:
        assert not os.environ.get("CI"), "CI runs these tests: apt-get update && apt-get install postgresql"
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="prankfilter-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, UNPRIVILEGED)
    server = Postgres(binaries, folder, settings)
    try:
        server.run("initdb", "-D", str(server.data), "--auth=trust", "--encoding=UTF8", "--locale=C", "-N")
        server.start()
        server.make_blank()
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.stop(signal.SIGQUIT)
        shutil.rmtree(folder)


def _lent() -> dict[str, Any]:
    return {"user": UNPRIVILEGED} if os.geteuid() == 0 else {}


def _user() -> str:
    return UNPRIVILEGED if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def _children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(pid) for pid in listed.split()]
