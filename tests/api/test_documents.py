"""The documents of the HTTP door say what it does."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from prankfilter_api import document
from prankfilter_api.routes.docs import ASSETS, FOLDER
from prankfilter_api.schemas.inputs import FactsIn, OutcomeIn, PolicyIn, VerdictIn
from prankfilter_api.schemas.record import EXAMPLE

from prankfilter.privacy.fields import FIELDS
from tests.api.service import Service

HERE = Path(__file__).parents[2]


def openapi(service: Service) -> Any:
    return service.ask("GET", "/openapi.json").json()


def operations(described: Any) -> list[Any]:
    return [operation for path in described["paths"].values() for operation in path.values()]


# --- openapi.json ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "text"), document.documents(), ids=lambda part: getattr(part, "name", ""))
def test_generated_documents_are_fresh(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run: make docs"


def test_the_check_finds_a_stale_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "HOUSE", tmp_path)
    (tmp_path / "openapi.json").write_text("{}")
    (tmp_path / "README.md").write_text(
        (HERE / "api/README.md").read_text(encoding="utf-8"), encoding="utf-8"
    )
    assert document.main(["--check"]) == 1
    assert document.main([]) == 0
    assert document.main(["--check"]) == 0


def test_a_table_without_its_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place for the table fields"):
        document.between_marks("# nothing", "fields", "| a |")


def test_it_is_openapi_3_1_and_every_reference_leads_somewhere(service: Service) -> None:
    described = openapi(service)
    assert described["openapi"].startswith("3.1")
    references = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', document.openapi_text()))
    assert references <= set(described["components"]["schemas"])
    assert {operation["operationId"] for operation in operations(described)} == {
        "screen", "add_facts", "send_facts", "read_call", "tell_outcome", "give_verdict", "set_policy",
        "list_callbacks", "act_on_callback", "list_flags", "hear_call", "read_report",
        "livez", "readyz", "metrics",
    }  # fmt: skip


def test_every_operation_declares_its_refusals(service: Service) -> None:
    for path, methods in openapi(service)["paths"].items():
        for operation in methods.values():
            assert "default" in operation["responses"]
            assert ("security" in operation) is path.startswith("/v1/")
            if "security" in operation:
                assert {"401", "403", "503"} <= set(operation["responses"])
                names_a_call = "{call_id}" in path or operation["operationId"] == "act_on_callback"
                assert ("404" in operation["responses"]) is names_a_call
            if "requestBody" in operation:
                assert {"400", "408", "413"} <= set(operation["responses"])
            assert operation["summary"]
            assert operation["description"]


def test_every_refusal_on_screening_is_documented_with_its_advice(service: Service) -> None:
    responses = openapi(service)["paths"]["/v1/calls/{call_id}/screening"]["post"]["responses"]
    for status, response in responses.items():
        if status != "200":
            content = response["content"]["application/problem+json"]
            assert content["schema"] == {"$ref": "#/components/schemas/ScreeningProblem"}
            assert all(one["value"]["advice"] == "normal" for one in content.get("examples", {}).values())


def test_the_call_records_schema_is_the_table_of_fields(service: Service) -> None:
    schema = openapi(service)["components"]["schemas"]["CallRecord"]
    assert list(schema["properties"]) == [field.name for field in FIELDS]
    assert all("null" in one["type"] and one["description"] for one in schema["properties"].values())
    assert "required" not in schema


def test_examples_of_bodies_are_read_without_complaint(service: Service) -> None:
    paths = openapi(service)["paths"]
    for path, method, model in (
        ("/v1/calls/{call_id}/outcome", "put", OutcomeIn),
        ("/v1/calls/{call_id}", "patch", FactsIn),
        ("/v1/flags/{call_id}/verdict", "post", VerdictIn),
        ("/v1/centre/policy", "put", PolicyIn),
    ):
        examples = paths[path][method]["requestBody"]["content"]["application/json"]["examples"]
        assert [model.read(example["value"]) for example in examples.values()]
    assert service.screen(EXAMPLE, call_id="example").json()["faults"] == []


# --- the guide ---------------------------------------------------------------------------------------


def test_the_guide_names_every_member_of_a_decision(service: Service) -> None:
    guide = (HERE / "api/README.md").read_text(encoding="utf-8")
    members = openapi(service)["components"]["schemas"]["DecisionOut"]["properties"]
    assert [name for name in members if f"`{name}`" not in guide] == []


def test_the_guide_says_that_anything_else_is_normal() -> None:
    guide = (HERE / "api/README.md").read_text(encoding="utf-8")
    assert "| anything else, any error, no answer in time | `normal` |" in guide
    assert "Darurat 112, tetap di saluran. Kalau sulit bicara, tekan satu angka." in guide


def test_the_guides_metrics_exist(service: Service) -> None:
    guide = (HERE / "api/README.md").read_text(encoding="utf-8")
    metrics = service.ask("GET", "/metrics").text
    assert [name for name in re.findall(r"`(prankfilter_\w+)`", guide) if name not in metrics] == []


# --- /docs -------------------------------------------------------------------------------------------


class Links(HTMLParser):
    """Collects what a page would fetch, and any script or style of its own."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.tag = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tag = tag
        self.links += [value or "" for name, value in attributes if name in {"src", "href"}]
        self.inline += [name for name, _ in attributes if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        if self.tag in {"script", "style"} and data.strip():
            self.inline.append(data)


@pytest.mark.parametrize("path", ["/docs", "/problems", "/problems/internal"])
def test_a_page_fetches_local_files_only_and_they_are_there(service: Service, path: str) -> None:
    page = service.ask("GET", path)
    seen = Links(page.text)
    assert seen.inline == []
    for link in seen.links:
        assert not re.match(r"(?!data:)[a-z]+:|//", link)
        if not link.startswith("data:"):
            assert service.ask("GET", str(page.url.join(link).path)).status_code == 200


@pytest.mark.parametrize("path", ["/docs", "/problems", "/problems/internal"])
def test_a_page_may_not_run_or_fetch_anything_else(service: Service, path: str) -> None:
    policy = service.ask("GET", path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("name", ASSETS)
def test_an_asset_is_served_as_what_it_is(service: Service, name: str) -> None:
    answer = service.ask("GET", f"/docs/assets/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == ASSETS[name][1]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content


def test_swagger_ui_is_the_pinned_one_with_its_licence() -> None:
    folder = FOLDER / "swagger-ui"
    script = (HERE / "api/vendor-swagger-ui.sh").read_text(encoding="utf-8")
    assert f"VERSION={(folder / 'VERSION').read_text().strip()}\n" in script
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert {"LICENSE", "NOTICE"} <= set(sums)
    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in sums} == sums
