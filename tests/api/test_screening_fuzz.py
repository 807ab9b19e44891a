"""Whatever a router sends: no fault of ours, a decision or a problem, and never `verify` for nonsense."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prankfilter_api.schemas.decision import DecisionOut

from prankfilter.privacy.fields import FIELDS
from tests.api.service import Service, running
from tests.builders import score

QUIET = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

NUMBERS = count()

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=30)
    | st.sampled_from(
        ["", "<null>", "nan", "0", "-1", "1e999", "081234567890", "9999-12-31T23:59:59Z", "\ud800", "\x00"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=8,
)
RECORDS = st.dictionaries(
    st.sampled_from([field.name for field in FIELDS]) | st.text(max_size=12), VALUES, max_size=12
)


@pytest.fixture(scope="module")
def suspicious(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose model takes every call for a prank, under the policy that would verify most readily."""
    with running(tmp_path_factory.mktemp("fuzz"), policy="always") as one:
        one.model.answer = score(50.0, prank_score=0.999)
        yield one


def check(service: Service, body: bytes, **parts: Any) -> None:
    answer = service.ask(
        "POST", f"/v1/calls/fuzz-{next(NUMBERS)}/screening", scope="router", content=body, **parts
    )
    assert answer.status_code in {200, 400, 413}
    assert answer.headers["content-length"] == str(len(answer.content))
    if answer.status_code == 200:
        decided = DecisionOut.model_validate_json(answer.content, strict=True)
        assert decided.advice in {"normal", "priority"}
    else:
        assert answer.json()["advice"] == "normal"


@QUIET
@given(record=RECORDS)
def test_any_json_object_gets_a_decision(suspicious: Service, record: dict[str, Any]) -> None:
    body = json.dumps(record).encode()
    answer = suspicious.ask(
        "POST", f"/v1/calls/object-{next(NUMBERS)}/screening", scope="router", content=body
    )
    assert answer.status_code == 200
    assert DecisionOut.model_validate_json(answer.content, strict=True).advice in {"normal", "priority"}


@QUIET
@given(value=VALUES)
def test_any_json_gets_a_decision_or_a_problem(suspicious: Service, value: Any) -> None:
    check(suspicious, json.dumps(value).encode())


@QUIET
@given(body=st.binary(max_size=200))
def test_any_bytes_get_a_decision_or_a_problem(suspicious: Service, body: bytes) -> None:
    check(suspicious, body)


@QUIET
@given(
    before=st.binary(max_size=40),
    inside=st.binary(max_size=40),
    kind=st.sampled_from(["multipart/form-data", "multipart/mixed", "a/b"]),
)
def test_any_form_gets_a_decision_or_a_problem(
    suspicious: Service, before: bytes, inside: bytes, kind: str
) -> None:
    body = (
        before
        + b'--b\r\nContent-Disposition: form-data; name="call"\r\n\r\n{}\r\n--b\r\n'
        + inside
        + b"\r\n--b--\r\n"
    )
    check(suspicious, body, headers={"Content-Type": f"{kind}; boundary=b"})


@pytest.mark.parametrize(
    "body",
    [
        b'{"calling_number": ' + b"9" * 5000 + b"}",
        b'{"ring_s": 1e400, "latitude": -1e400}',
        b'{"ring_s": NaN, "calls_waiting": Infinity}',
        b'{"trunk": "\\ud800"}',
        b'{"trunk": "a\\u0000b"}',
        b'{"ring_s": 1, "ring_s": 2}',
        b'{"x": ' + b"[" * 500 + b"]" * 500 + b"}",
        b"{" + b",".join(b'"k%d": 1' % n for n in range(5000)) + b"}",
    ],
    ids=["5000 digits", "endless", "nan", "half a surrogate", "nul", "twice", "deep", "wide"],
)
def test_odd_objects_are_objects(suspicious: Service, body: bytes) -> None:
    answer = suspicious.ask("POST", f"/v1/calls/odd-{next(NUMBERS)}/screening", scope="router", content=body)
    assert answer.status_code == 200
    assert answer.json()["advice"] == "normal"
