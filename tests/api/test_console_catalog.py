"""The console's catalogs are whole, and every fault of one is found."""

from __future__ import annotations

from typing import Any

import pytest
from babel.messages.catalog import Catalog
from prankfilter_api.console import catalog


def test_the_catalogs_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert (catalog.main(["--check"]), capsys.readouterr().out) == (0, "")


def _catalog(said: Any, translated: Any, **more: Any) -> Catalog:
    made = Catalog(locale="en")
    made.add(said, translated, **more)
    return made


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (_catalog("telepon", ""), "not translated"),
        (_catalog("telepon", "telephone", flags=["fuzzy"]), "fuzzy"),
        (_catalog("lama", "old"), "said nowhere any more"),
        (_catalog("surat", "mail"), "not in the catalog: 'telepon'"),
        (_catalog("pukul {clock}", "at {time}"), "other places for values"),
        (_catalog(("{count} jam", "{count} jam"), ("{count} hour", "")), "not translated"),
        (_catalog("{count} jam", "{count} hours"), "singular and plural"),
    ],
)
def test_each_fault_of_a_catalog_is_found(made: Catalog, fault: str) -> None:
    found = catalog.faults(made, {"telepon", "pukul {clock}", "{count} jam"})
    assert any(one.startswith(fault) for one in found)


def test_a_whole_catalog_has_no_fault() -> None:
    made = _catalog("telepon", "telephone")
    made.add(("{count} jam", "{count} jam"), ("an hour", "{count} hours"))
    assert catalog.faults(made, {"telepon", "{count} jam"}) == []
