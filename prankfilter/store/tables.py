"""Whether the tables are there and of this program's version, found out at every start."""

from __future__ import annotations

import importlib
import time

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from prankfilter.errors import StoreUnavailable
from prankfilter.store.database import connect_maker
from prankfilter.store.schema import VERSION, read_version

OPEN_S = 10.0
"""How long opening waits for another process that is making the tables."""


def bring_up_to_date(url: sa.URL) -> None:
    """Make or mend the tables where that is needed; raises `StoreUnavailable`."""
    engine = connect_maker(url)
    until = time.monotonic() + OPEN_S
    try:
        while not _is_up_to_date(engine, until):
            time.sleep(0.05)
    finally:
        engine.dispose()


def _is_up_to_date(engine: sa.Engine, until: float) -> bool:
    """Try once; False where it may do better in a moment."""
    try:
        with engine.connect() as connection:
            if read_version(connection) == VERSION:
                return True
        importlib.import_module("prankfilter.store.migrate").upgrade(engine)
    except sa.exc.OperationalError as problem:
        # Another process may be making the tables at this moment.
        if time.monotonic() >= until:
            raise StoreUnavailable(f"the store cannot be opened: {problem.orig}") from problem
        return False
    except SQLAlchemyError as problem:
        raise StoreUnavailable(f"the store cannot be opened: {type(problem).__name__}") from problem
    return True
