"""Bring the tables up to date. Alembic is known here and in `migrations` only.

This module is imported by name, at the moment when a database turns out to be new or old (`sql`): Alembic
costs a starting service a quarter of a second and 12 MB (measured), and most starts find nothing to do.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from prankfilter.errors import StoreUnavailable
from prankfilter.store.schema import read_version

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK = 112_112
"""PostgreSQL's advisory lock under which tables are changed."""


def upgrade(engine: sa.Engine) -> None:
    """Run what is missing in one transaction. Of several processes that start at once, one does the work."""
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
        try:
            if not is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            _run(connection)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise


def _run(connection: sa.Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        command.upgrade(config, "head")
    except CommandError as problem:
        found = read_version(connection)
        raise StoreUnavailable(
            f"the store is of version {found}, which this program does not know; upgrade the program"
        ) from problem
