"""Reasons in Indonesian, word for word."""

from __future__ import annotations

import math

import pytest

from prankfilter.classifier.sentences import WRITTEN, number, sentence
from prankfilter.features.row import Feature, Unit
from prankfilter.features.table import FEATURES
from tests.builders import feature

LEADING = feature(unit=Unit.SECONDS, says="hening {value} detik di awal panggilan")
SHARE = feature(unit=Unit.RATIO, high=1.0, says="bagian waktu yang hening: {value}")
CHILD = feature(unit=Unit.PROBABILITY, high=1.0, says="mungkin suara anak ({value})")


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.0, 0, "0"),
        (-0.04, 1, "0,0"),
        (-23.45, 1, "-23,4"),
        (999.96, 1, "1.000,0"),
        (1234567.0, 0, "1.234.567"),
        (0.5, 2, "0,50"),
    ],
)
def test_numbers(value: float, places: int, text: str) -> None:
    assert number(value, places) == text


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (Unit.SECONDS, 3.24, "3,2"),
        (Unit.HOURS, 1500.0, "1.500"),
        (Unit.DAYS, 2.0, "2"),
        (Unit.HERTZ, 287.6, "288"),
        (Unit.DECIBEL, -31.24, "-31,2"),
        (Unit.DECIBEL_PER_OCTAVE, -6.0, "-6,0"),
        (Unit.SEMITONES, 4.26, "4,3"),
        (Unit.PER_SECOND, 3.333, "3,3"),
        (Unit.COUNT, 12.0, "12"),
        (Unit.COUNT, 2.84, "2,8"),
        (Unit.FLAG, 1.0, "ya"),
        (Unit.FLAG, 0.0, "tidak"),
        (Unit.PROBABILITY, 0.834, "83%"),
        (Unit.HOUR_OF_DAY, 7.5, "07.30"),
        (Unit.HOUR_OF_DAY, 0.0, "00.00"),
        (Unit.HOUR_OF_DAY, 23.9999, "23.59"),
        (Unit.HOUR_OF_DAY, 24.0, "00.00"),
        (Unit.WEEKDAY, 0.0, "Senin"),
        (Unit.WEEKDAY, 4.0, "Jumat"),
        (Unit.WEEKDAY, 6.0, "Minggu"),
        (Unit.METRES, 1200.0, "1.200"),
        (Unit.LEVEL, 3.0, "3"),
    ],
)
def test_units(unit: Unit, value: float, text: str) -> None:
    assert sentence(feature(unit=unit, says="{value}"), value) == text[:1].upper() + text[1:]


def test_every_unit_is_written_somehow() -> None:
    assert WRITTEN.keys() | {Unit.RATIO} == set(Unit)


def test_a_share_is_written_in_per_cent_and_another_ratio_is_not() -> None:
    load = feature(unit=Unit.RATIO, high=100.0, says="kepadatan dibanding biasanya: {value}")
    assert sentence(SHARE, 0.374) == "Bagian waktu yang hening: 37%"
    assert sentence(load, 2.35) == "Kepadatan dibanding biasanya: 2,4"


@pytest.mark.parametrize(
    ("row", "value", "seconds", "text"),
    [
        (LEADING, 3.2, None, "Hening 3,2 detik di awal panggilan"),
        (LEADING, 3.2, (0.0, 3.2), "Hening 3,2 detik di awal panggilan, pada detik 0,0–3,2"),
        (LEADING, math.nan, None, "Tidak diketahui: hening … detik di awal panggilan"),
        (SHARE, math.nan, None, "Tidak diketahui: bagian waktu yang hening"),
        (CHILD, 0.834, (1.0, 4.5), "Mungkin suara anak (83%), pada detik 1,0–4,5"),
        (CHILD, math.nan, None, "Tidak diketahui: mungkin suara anak"),
    ],
)
def test_sentences(row: Feature, value: float, seconds: tuple[float, float] | None, text: str) -> None:
    assert sentence(row, value, seconds) == text


@pytest.mark.parametrize("row", FEATURES, ids=lambda row: row.name)
class TestEveryFeature:
    def test_says_its_value_once(self, row: Feature) -> None:
        assert row.says.count("{value}") == 1

    def test_has_sentences_for_its_ends_and_for_unknown(self, row: Feature) -> None:
        said = [sentence(row, value) for value in (row.low, row.high, math.nan)]
        assert len(set(said)) == 3 or row.unit is Unit.HOUR_OF_DAY
        for text in said:
            assert text[0].isupper() and "{" not in text and "nan" not in text.split()
        assert said[2].startswith("Tidak diketahui: ")
