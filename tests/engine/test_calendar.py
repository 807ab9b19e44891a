"""The calendar: the centre's own clock, public holidays as a kept library has them, school days."""

from __future__ import annotations

import datetime as dt
import math
from zoneinfo import ZoneInfo

import holidays
import pytest

from prankfilter.features import almanac
from prankfilter.features.almanac_days import EID_AL_FITR, PUBLIC_HOLIDAYS
from tests.builders import NOW, ZONE, call_record, evidence


def at(*parts: int, zone: dt.tzinfo = ZONE) -> dt.datetime:
    """A moment on a centre's clock."""
    return dt.datetime(*parts, tzinfo=zone)  # type: ignore[misc,arg-type]


def value(name: str, moment: dt.datetime) -> float:
    """One calendar feature of a call received at a moment."""
    (feature,) = (row for row in almanac.CALENDAR_FEATURES if row.name == name)
    return feature.compute(evidence(record=call_record(received_at=moment)))


class TestTheTableOfDays:
    @pytest.mark.parametrize("year", PUBLIC_HOLIDAYS)
    def test_is_the_librarys(self, year: int) -> None:
        """The library's estimates move; then this table and the row's version move with it."""
        library = holidays.country_holidays("ID", years=year, categories=("public",))
        assert almanac.public_holidays(year) == frozenset(library)

    def test_knows_every_eid(self) -> None:
        years = range(min(PUBLIC_HOLIDAYS), max(PUBLIC_HOLIDAYS) + 1)
        library = holidays.country_holidays("ID", years=years, categories=("public",), language="en_US")
        first_days = [
            day.isoformat()
            for day, name in sorted(library.items())
            if "Eid al-Fitr" in name and "Second" not in name
        ]
        assert list(EID_AL_FITR) == first_days

    def test_has_no_gap_in_its_years(self) -> None:
        assert list(PUBLIC_HOLIDAYS) == list(range(2015, 2041))


class TestHourAndWeekday:
    def test_on_the_centres_clock(self) -> None:
        assert value("received_hour", at(2026, 9, 16, 13, 30, 0)) == 13.5
        assert value("received_weekday", at(2026, 9, 16, 13, 30, 0)) == 2.0

    def test_one_moment_is_another_hour_and_day_further_west(self) -> None:
        late = at(2026, 9, 17, 0, 30)
        jakarta = late.astimezone(ZoneInfo("Asia/Jakarta"))
        assert (value("received_hour", late), value("received_weekday", late)) == (0.5, 3.0)
        assert (value("received_hour", jakarta), value("received_weekday", jakarta)) == (23.5, 2.0)


class TestPublicHolidays:
    @pytest.mark.parametrize("day", [(2026, 8, 17), (2026, 3, 21), (2025, 3, 29), (2033, 12, 23)])
    def test_a_holiday(self, day: tuple[int, int, int]) -> None:
        assert value("public_holiday_flag", at(*day, 9)) == 1.0

    def test_an_ordinary_day(self) -> None:
        assert value("public_holiday_flag", NOW) == 0.0

    @pytest.mark.parametrize("year", [2014, 2041, 2999])
    @pytest.mark.parametrize(
        "name", [row.name for row in almanac.CALENDAR_FEATURES if row.name.endswith("_flag")]
    )
    def test_a_year_that_is_not_on_record_is_unknown_not_free(self, name: str, year: int) -> None:
        assert math.isnan(value(name, at(year, 3, 4, 10)))


class TestSchool:
    @pytest.mark.parametrize(
        ("clock", "in_class", "afternoon"),
        [
            ((6, 59, 59), 0, 0),
            ((7, 0, 0), 1, 0),
            ((12, 59, 59), 1, 0),
            ((13, 0, 0), 0, 1),
            ((16, 59, 59), 0, 1),
            ((17, 0, 0), 0, 0),
        ],
    )
    def test_hours_of_a_school_day(self, clock: tuple[int, int, int], in_class: int, afternoon: int) -> None:
        moment = at(2026, 9, 16, *clock)
        assert value("school_hours_flag", moment) == in_class
        assert value("after_school_flag", moment) == afternoon

    @pytest.mark.parametrize(
        "day",
        [
            pytest.param((2026, 9, 19), id="Saturday"),
            pytest.param((2026, 9, 20), id="Sunday"),
            pytest.param((2026, 8, 17), id="public holiday"),
            pytest.param((2026, 7, 7), id="long break"),
        ],
    )
    def test_nobody_sits_in_class_on_a_free_day(self, day: tuple[int, int, int]) -> None:
        assert value("school_hours_flag", at(*day, 10)) == 0.0
        assert value("after_school_flag", at(*day, 15)) == 0.0

    @pytest.mark.parametrize(
        ("last_school_day", "first_free_day"),
        [
            pytest.param((2025, 12, 20), (2025, 12, 21), id="between semesters"),
            pytest.param((2026, 6, 20), (2026, 6, 21), id="end of the year"),
            pytest.param((2026, 3, 13), (2026, 3, 14), id="a week before Eid al-Fitr"),
        ],
    )
    def test_breaks_begin(self, last_school_day: tuple[int, ...], first_free_day: tuple[int, ...]) -> None:
        assert value("school_holiday_flag", at(*last_school_day, 10)) == 0.0
        assert value("school_holiday_flag", at(*first_free_day, 10)) == 1.0

    @pytest.mark.parametrize(
        ("last_free_day", "first_school_day"),
        [
            pytest.param((2026, 1, 3), (2026, 1, 4), id="between semesters"),
            pytest.param((2026, 3, 28), (2026, 3, 29), id="a week after Eid al-Fitr"),
            pytest.param((2023, 7, 16), (2023, 7, 17), id="school year 2023 began on 17 July"),
            pytest.param((2024, 7, 14), (2024, 7, 15), id="school year 2024 began on 15 July"),
            pytest.param((2025, 7, 13), (2025, 7, 14), id="school year 2025 began on 14 July"),
        ],
    )
    def test_breaks_end(self, last_free_day: tuple[int, ...], first_school_day: tuple[int, ...]) -> None:
        assert value("school_holiday_flag", at(*last_free_day, 10)) == 1.0
        assert value("school_holiday_flag", at(*first_school_day, 10)) == 0.0

    def test_a_year_has_about_as_many_school_days_as_it_should(self) -> None:
        """Indonesian schools teach 34 to 38 weeks a year, five days each."""
        days = [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(365)]
        assert 34 * 5 <= sum(almanac.is_school_day(day) or False for day in days) <= 45 * 5
