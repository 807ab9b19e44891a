"""Refusals: one table, one shape, and on the screening route always the advice `normal`."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from prankfilter_api import refusals
from prankfilter_api.problems import INTERNAL, PROBLEMS, Problem, describe, problem_of
from prankfilter_api.refusals import DoorRefusal, InvalidBody

from prankfilter import errors
from prankfilter.errors import PrankfilterError, StoreUnavailable
from tests.api.service import CALL, CANARY, Service


def leaves(kind: type[Exception]) -> Iterator[type[Exception]]:
    below = kind.__subclasses__()
    if not below:
        yield kind
    for one in below:
        yield from leaves(one)


LEAVES = sorted(
    {
        one
        for root in (PrankfilterError, DoorRefusal)
        for one in leaves(root)
        if one.__module__.startswith("prankfilter")
    }
    | {errors.BadKey},
    key=lambda one: one.__name__,
)


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_refusal_has_a_row_of_its_own(leaf: type[Exception]) -> None:
    assert [row.refusal for row in PROBLEMS].count(leaf) == 1


def test_every_row_is_of_a_refusal_or_of_the_unforeseen() -> None:
    assert {row.refusal for row in PROBLEMS} - {INTERNAL.refusal} == set(LEAVES)


@pytest.mark.parametrize("row", PROBLEMS, ids=lambda row: row.slug)
class TestEveryRow:
    def test_is_an_error_with_a_slug_of_its_own(self, row: Problem) -> None:
        assert 400 <= row.status < 600
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", row.slug)
        assert [other.slug for other in PROBLEMS].count(row.slug) == 1

    def test_its_type_leads_to_a_page_that_explains_it(self, service: Service, row: Problem) -> None:
        page = service.ask("GET", row.uri)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert str(row.status) in page.text

    def test_it_stands_in_the_list(self, service: Service, row: Problem) -> None:
        assert f'href="problems/{row.slug}"' in service.ask("GET", "/problems").text


def test_a_refusal_without_a_row_of_its_own_takes_its_parents() -> None:
    class NewRefusal(StoreUnavailable):
        pass

    assert problem_of(NewRefusal()).slug == "store-unavailable"


def test_the_message_of_an_unforeseen_fault_stays_inside() -> None:
    members = describe(KeyError(CANARY), "urn:uuid:1")
    assert CANARY not in str(members)
    assert members["status"] == 500


def test_unusable_members_are_named_one_by_one() -> None:
    members = describe(InvalidBody([("/label", "must be a label"), ("/by", "must be text")]), "urn:uuid:1")
    assert members["errors"] == [
        {"pointer": "/label", "detail": "must be a label"},
        {"pointer": "/by", "detail": "must be text"},
    ]


# --- what a client meets ---------------------------------------------------------------------------

WRONG = {
    "no such page": ("GET", "/nowhere", 404),
    "no such file": ("GET", "/docs/assets/secret.txt", 404),
    "out of the folder": ("GET", "/docs/assets/..%2Fapp.py", 404),
    "no such problem": ("GET", "/problems/none", 404),
    "trailing slash": ("GET", "/docs/", 404),
    "wrong method": ("DELETE", "/livez", 405),
    "options": ("OPTIONS", "/v1/calls/a", 405),
    "unknown method": ("BREW", "/readyz", 405),
    "screening, wrong method": ("GET", "/v1/calls/a/b/screening", 401),
    "screening, put": ("PUT", "/v1/calls/a/screening", 405),
    "screening, no id": ("POST", "/v1/calls//screening", 401),
    "screening, trailing slash": ("POST", "/v1/calls/a/screening/", 405),
}


@pytest.mark.parametrize(("method", "path", "status"), WRONG.values(), ids=WRONG)
def test_whatever_is_refused_is_a_problem(service: Service, method: str, path: str, status: int) -> None:
    answer = service.ask(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert uuid.UUID(problem["instance"].removeprefix("urn:uuid:"))
    assert ("advice" in problem) is ("screening" in path)
    assert problem.get("advice", "normal") == "normal"
    assert "location" not in answer.headers


def test_head_is_answered_by_probes_and_refused_elsewhere(service: Service) -> None:
    assert service.ask("HEAD", "/readyz").status_code == 200
    answer = service.ask("HEAD", "/v1/calls/a")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_method_names_all_right_ones(service: Service) -> None:
    assert service.ask("DELETE", "/v1/calls/a").headers["allow"] == "GET, PATCH"
    assert service.ask("DELETE", "/livez").headers["allow"] == "GET, HEAD"


SCREENING_REFUSALS = {
    "no key": ({"key": None, "json": CALL}, 401),
    "wrong scope": ({"scope": "supervisor", "json": CALL}, 403),
    "no json": ({"content": b"call=1"}, 400),
    "empty": ({"content": b""}, 400),
    "array": ({"content": b"[{}]"}, 400),
    "text": ({"content": b'"x"'}, 400),
    "null": ({"content": b"null"}, 400),
    "number": ({"content": b"1"}, 400),
    "two objects": ({"content": b"{}{}"}, 400),
    "not utf-8": ({"content": b'{"trunk": "\xff"}'}, 400),
    "too large": ({"content": b'{"x": "' + b"x" * 300_000 + b'"}'}, 413),
    "bottomless": ({"content": b'{"x": ' + b"[" * 100_000}, 400),
}


@pytest.mark.parametrize(("parts", "status"), SCREENING_REFUSALS.values(), ids=SCREENING_REFUSALS)
def test_every_refusal_of_screening_advises_normal(
    service: Service, parts: dict[str, object], status: int
) -> None:
    asked = {"scope": "router"} | parts if "key" not in parts else parts
    answer = service.ask("POST", "/v1/calls/a/screening", **asked)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert answer.json()["advice"] == "normal"


def test_the_schema_of_problems_lists_every_type(service: Service) -> None:
    schema = service.ask("GET", "/openapi.json").json()["components"]["schemas"]["Problem"]
    assert set(schema["properties"]["type"]["enum"]) == {row.uri for row in PROBLEMS}


def test_the_tree_on_top_of_the_doors_refusals_names_each(service: Service) -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", refusals.__doc__ or ""))
    assert drawn == {one.__name__ for one in DoorRefusal.__subclasses__()}
