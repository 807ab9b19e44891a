"""When the service ran."""

from __future__ import annotations

import sqlalchemy as sa

from prankfilter.store.instants import microseconds
from prankfilter.store.query import Query
from prankfilter.store.runs import Runs
from prankfilter.store.schema import runs
from prankfilter.store.sql import SqlStore
from tests.builders import NOW, ago


def test_a_run_is_one_row_that_is_seen_again(disk: SqlStore) -> None:
    book = Runs(disk)
    for minutes in (9, 5, 1):
        book.beat("first", began_at=ago(minutes=10), at=ago(minutes=minutes))
    book.beat("second", began_at=NOW, at=NOW)
    read = Query(sa.select(runs.c.began_at, runs.c.seen_at).order_by(runs.c.began_at), disk.dialect)
    with disk.cursor() as cursor:
        kept = [tuple(row) for row in read.rows(cursor)]
    first = (microseconds(ago(minutes=10)), microseconds(ago(minutes=1)))
    assert kept == [first, (microseconds(NOW), microseconds(NOW))]
