"""Alarms, metrics and the operators' page hold together: what is asked for is there, what rings is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from prankfilter.vocabulary import Assessed, Guard
from tests.api.service import Service, running

ROOT = Path(__file__).parents[2]
ALERTS = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

METRIC = re.compile(r"\bprankfilter_[a-z_]+")
ONLY_WITH_A_CERTIFICATE = {"prankfilter_certificate_age_seconds"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("alarms")) as one:
        one.screen()
        yield one


def test_every_metric_that_an_alarm_asks_for_is_there(service: Service) -> None:
    text = service.ask("GET", "/metrics").text
    there = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if not line.startswith("#")}
    asked = set(METRIC.findall(ALERTS)) - ONLY_WITH_A_CERTIFICATE
    assert asked and asked <= there


@pytest.mark.parametrize(
    ("label", "words"),
    [("guard", {one.value for one in Guard}), ("assessed", {one.value for one in Assessed})],
    ids=["guard", "assessed"],
)
def test_every_word_that_an_alarm_asks_for_is_one(label: str, words: set[str]) -> None:
    asked = set(re.findall(rf'{label}="([^"]+)"', ALERTS))
    assert asked and asked <= words


def test_the_route_that_an_alarm_asks_for_is_the_one_that_is_measured(service: Service) -> None:
    (route,) = set(re.findall(r'route="([^"]+)"', ALERTS))
    assert f'route="{route}"' in service.ask("GET", "/metrics").text


def test_every_alarm_is_explained_and_no_other() -> None:
    rings = re.findall(r"- alert: (\w+)", ALERTS)
    explained = re.findall(r"^\| `(Prankfilter\w+)`", PAGE, re.MULTILINE)
    assert rings == explained
