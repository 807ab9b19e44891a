"""Tables, migrations, indexes and addresses of the SQL store."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects import sqlite

from prankfilter.errors import BadSetting, StoreUnavailable
from prankfilter.store.database import POSTGRES
from prankfilter.store.first_call import FirstCall
from prankfilter.store.queries import Queries, Query
from prankfilter.store.schema import VERSION, metadata
from prankfilter.store.sql import SqlStore
from tests.builders import outcome
from tests.held import rows


class TestTables:
    def test_the_baseline_makes_exactly_the_tables_of_the_schema(self, database: Path) -> None:
        engine = sa.create_engine(f"sqlite:///{database}")
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            assert compare_metadata(context, metadata) == []
            assert context.get_current_revision() == VERSION
        engine.dispose()

    def test_only_its_owner_may_read_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "folder" / "new.sqlite"
        SqlStore.open(f"sqlite:///{path}").close()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_several_that_start_at_once_make_the_tables_once(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'new.sqlite'}"
        start = threading.Barrier(4)

        def open_and_close(number: int) -> None:
            start.wait()
            store = SqlStore.open(url)
            store.put_outcome(f"c{number}", outcome())
            store.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(open_and_close, range(4)))
        assert rows(tmp_path / "new.sqlite", "SELECT count(*) FROM said") == [(4,)]

    def test_tables_of_a_newer_program_are_left_alone(self, database: Path) -> None:
        with sqlite3.connect(database) as other:
            other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.close()
        with pytest.raises(StoreUnavailable, match=r"9999.*upgrade the program"):
            SqlStore.open(f"sqlite:///{database}")

    def test_a_start_that_finds_its_tables_imports_no_migration_tool(self, database: Path) -> None:
        program = (
            "import sys; from prankfilter.store.sql import SqlStore; "
            f"SqlStore.open('sqlite:///{database}').close(); "
            "print([name for name in ('alembic', 'mako', 'pandas') if name in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"


class TestIndexes:
    def test_no_read_on_the_way_to_an_answer_scans_a_table(self, database: Path) -> None:
        queries = Queries(sqlite.dialect())
        hot: dict[str, Query] = {
            name: query for name, query in vars(queries).items() if isinstance(query, Query)
        } | {"arrivals": queries.arrivals(3).query}
        with contextlib.closing(sqlite3.connect(database)) as connection:
            plans = {name: plan(connection, query.text) for name, query in hot.items()}
        scanned = {name for name, steps in plans.items() if any(step.startswith("SCAN ") for step in steps)}
        # These tables hold a few rows, or no call waits for the answer (keys, an export's clearings).
        assert scanned == {"all_switches", "clearings", "keys", "suspended"}


def plan(connection: sqlite3.Connection, query: str) -> list[str]:
    """How SQLite goes about a query."""
    steps = connection.execute(f"EXPLAIN QUERY PLAN {query}", [None] * query.count("?"))
    return [step for *_, step in steps if step != "SCAN CONSTANT ROW"]


class TestFirstCall:
    def test_what_is_kept_while_the_database_is_asked_is_not_forgotten(self) -> None:
        first = FirstCall()

        def ask() -> int:
            first.lower(5)
            return 9

        assert first.get(ask) == 5
        assert first.get(lambda: 1) == 5

    def test_it_is_asked_again_while_there_is_no_call(self) -> None:
        first = FirstCall()
        assert first.get(lambda: None) is None
        assert first.get(lambda: 7) == 7
        first.lower(8)
        assert first.get(lambda: 1) == 7
        first.lower(6)
        assert first.get(lambda: 1) == 6


class TestAddress:
    @pytest.mark.parametrize(
        ("address", "match"),
        [
            ("", "no address"),
            ("store.sqlite", "no address"),
            ("mysql://host/db", "neither sqlite nor postgresql"),
            ("sqlite://", "needs a file"),
            ("sqlite:///:memory:", "needs a file"),
        ],
    )
    def test_what_is_none_is_refused(self, address: str, match: str) -> None:
        with pytest.raises(BadSetting, match=match):
            SqlStore.open(address)

    def test_postgresql_without_its_driver_is_refused_with_the_remedy(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, POSTGRES, None)
        with pytest.raises(BadSetting, match=r"prankfilter\[postgres\]"):
            SqlStore.open("postgresql://user:secret@host/db")

    def test_a_secret_in_an_address_is_not_repeated(self) -> None:
        with pytest.raises(BadSetting) as refusal:
            SqlStore.open("oracle://user:secret@host/db")
        assert "secret" not in str(refusal.value)

    def test_a_file_that_cannot_be_made_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreUnavailable, match="cannot be opened"):
            SqlStore.open(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}")

    def test_a_file_that_is_no_database_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "store.sqlite").write_text("not a database " * 1000)
        with pytest.raises(StoreUnavailable, match="cannot be opened"):
            SqlStore.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
