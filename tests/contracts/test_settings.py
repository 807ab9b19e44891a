"""The one table of settings: every row is readable, documented and named once."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from prankfilter.errors import BadSetting
from prankfilter.settings import SETTINGS, Setting, Settings, page, read_settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_names_and_variables_are_unique() -> None:
    assert len({setting.variable for setting in SETTINGS}) == len(SETTINGS)


def test_every_row_is_a_field_of_the_settings_and_the_other_way_round() -> None:
    assert [setting.name for setting in SETTINGS] == [field.name for field in dataclasses.fields(Settings)]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
class TestEverySetting:
    def test_is_explained_in_a_sentence(self, setting: Setting) -> None:
        assert setting.meaning.endswith(".")

    def test_an_empty_variable_is_the_default(self, setting: Setting) -> None:
        assert read_settings({setting.variable: ""}) == read_settings({})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PRANKFILTER_ZONE", "Asia/Nowhere"),
        ("PRANKFILTER_LANGUAGE", "fr"),
        ("PRANKFILTER_DEADLINE_MS", "soon"),
        ("PRANKFILTER_DEADLINE_MS", "0"),
        ("PRANKFILTER_DEADLINE_MS", "inf"),
        ("PRANKFILTER_AUDIT_SHARE", "2"),
        ("PRANKFILTER_AUDIT_SHARE", "nan"),
        ("PRANKFILTER_SCREENINGS_AT_ONCE", "0"),
        ("PRANKFILTER_CHILD_VOICE", "perhaps"),
    ],
)
def test_an_unusable_value_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(BadSetting, match=variable):
        read_settings({variable: value})


def test_keys_lie_beside_the_data_unless_said_otherwise() -> None:
    assert read_settings({"PRANKFILTER_DATA": "/srv/pf"}).keys == Path("/srv/pf/keys")


def test_a_shared_store_needs_keys_of_its_own() -> None:
    with pytest.raises(BadSetting, match="PRANKFILTER_KEYS"):
        read_settings({"PRANKFILTER_STORE": "postgresql://db/prankfilter"})
