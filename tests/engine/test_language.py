"""What people at centres read: whole tables of names, and numbers and times in the form of their language."""

from __future__ import annotations

import datetime as dt
import math
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from prankfilter.language import names
from prankfilter.language.words import LANGUAGES, UNKNOWN, Words
from prankfilter.routing.policies import POLICIES
from prankfilter.store.deeds import Act
from prankfilter.store.said import What

AT = dt.datetime(2026, 11, 22, 14, 5, 9, tzinfo=dt.UTC)
ID, EN = (Words(language, ZoneInfo("Asia/Makassar")) for language in LANGUAGES)


@pytest.mark.parametrize(("kind", "table"), names.TABLES, ids=lambda one: getattr(one, "__name__", ""))
def test_every_table_of_names_is_whole(kind: type[StrEnum], table: Any) -> None:
    assert set(table) == set(kind)
    assert all(table.values()) and len(set(table.values())) == len(table)


def test_every_policy_has_a_name() -> None:
    assert set(names.POLICIES) == set(POLICIES)


def test_all_that_a_trail_tells_has_a_name() -> None:
    assert {*What, *Act} <= set(names.TRAIL)


@pytest.mark.parametrize(
    ("said", "indonesian", "english"),
    [
        (lambda words: words.number(1234567.891, places=3), "1.234.567,891", "1,234,567.891"),
        (lambda words: words.number(-0.04), "0", "0"),
        (lambda words: words.percent(0.234), "23,4%", "23.4%"),
        (lambda words: words.date(AT), "22 November 2026", "22 November 2026"),
        (
            lambda words: words.day(dt.date(2026, 11, 22)),
            "Minggu, 22 November 2026",
            "Sunday, 22 November 2026",
        ),
        (lambda words: words.month(AT), "November 2026", "November 2026"),
        (lambda words: words.clock(AT), "22.05", "22:05"),
        (lambda words: words.clock(AT, seconds=True), "22.05.09", "22:05:09"),
        (lambda words: words.moment(AT), "22 November 2026 22.05 WITA", "22 November 2026 22:05 WITA"),
        (lambda words: words.duration(6.24), "6,2 detik", "6.2 seconds"),
        (lambda words: words.duration(1), "1 detik", "1 second"),
        (lambda words: words.duration(59.7), "1 menit", "1 minute"),
        (lambda words: words.duration(3599.9), "1 jam", "1 hour"),
        (lambda words: words.duration(7500), "2 jam 5 menit", "2 hours 5 minutes"),
        (lambda words: words("{count} menit", count=1234), "1.234 menit", "1,234 minutes"),
        (lambda words: words(names.LABELS["silent"]), "tanpa suara (ghost call)", "silent (ghost call)"),
    ],
)
def test_forms(said: Any, indonesian: str, english: str) -> None:
    assert (said(ID), said(EN)) == (indonesian, english)


@pytest.mark.parametrize("words", [ID, EN])
def test_what_is_unknown_is_not_zero(words: Words) -> None:
    for write in (words.number, words.percent, words.duration):
        assert write(None) == write(math.nan) == UNKNOWN != write(0)
    for show in (words.clock, words.date, words.day, words.month, words.moment):
        assert show(None) == UNKNOWN


def test_a_day_turns_at_midnight_of_the_centre() -> None:
    late = dt.datetime(2026, 12, 31, 16, 30, tzinfo=dt.UTC)
    assert ID.date(late) == "1 Januari 2027"
    assert Words("id", ZoneInfo("Asia/Jakarta")).moment(late) == "31 Desember 2026 23.30 WIB"
    assert Words("id", ZoneInfo("Asia/Jayapura")).moment(late) == "1 Januari 2027 01.30 WIT"
