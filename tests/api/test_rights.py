"""Every route asked by every scope: nothing opens that the table of rights does not open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute
from prankfilter_api.console.later import Pages

from prankfilter.privacy.api_keys import ALLOWED, SCOPES, Action
from prankfilter.privacy.keyring import Purpose
from prankfilter.privacy.seal import Sealer
from prankfilter.store.port import Owed
from prankfilter.store.recordings import Recording, Recordings
from prankfilter.vocabulary import OwedFor
from tests.api.service import CALL, Service
from tests.builders import NOW

OPEN = {
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/docs/assets/{name}",
    "/problems",
    "/problems/{slug}",
}
"""What needs no key."""

KEYED = {
    ("POST", "/v1/calls/{call_id}/screening"): (Action.SCREEN, CALL),
    ("PATCH", "/v1/calls/{call_id}"): (Action.ADD_FACTS, {"cell_id": "cell-2"}),
    ("POST", "/v1/calls/{call_id}/facts"): (Action.ADD_FACTS, {"cell_id": "cell-2"}),
    ("GET", "/v1/calls/{call_id}"): (Action.READ_CALL, None),
    ("PUT", "/v1/calls/{call_id}/outcome"): (Action.TELL_OUTCOME, {"label": "genuine"}),
    ("GET", "/v1/calls/{call_id}/audio"): (Action.HEAR_CALL, None),
    ("GET", "/v1/flags"): (Action.READ_FLAGS, None),
    ("GET", "/v1/reports/{kind}"): (Action.READ_REPORTS, None),
    ("POST", "/v1/flags/{call_id}/verdict"): (Action.GIVE_VERDICT, {"verdict": "unsure"}),
    ("GET", "/v1/callbacks"): (Action.CALL_BACK, None),
    ("POST", "/v1/callbacks"): (Action.CALL_BACK, {"call_id": "owed", "act": "claim", "by": "budi"}),
    ("PUT", "/v1/centre/policy"): (Action.SWITCH_OFF, {"policy": "observe", "centre_id": "elsewhere"}),
}

STREAM = ("WEBSOCKET", "/v1/calls/{call_id}/stream")
"""Opened over a real socket by every scope in `test_stream.py`."""

OWED = Owed(call_id="owed", reason=OwedFor.HUNG_UP, opened_at=NOW, due_at=NOW)


@pytest.fixture(scope="module")
def service(desk: Service) -> Service:
    """One with a store on a disk: flags and sound are kept nowhere else."""
    sealer = Sealer(desk.keyring, Purpose.SEAL)
    Recordings(desk.store).put(
        Recording(call_id="kept", stored_at=NOW, audio_s=1.0, sealed=sealer.seal(b"RIFF", about="kept"))
    )
    return desk


HOLDERS = (*SCOPES, None, "unknown", "revoked")


def routes(service: Service) -> Iterator[tuple[str, str]]:
    for route in service.app.router.routes:
        if isinstance(route, Pages):
            # Opened by people and not by keys: test_console_pages.py.
            continue
        assert isinstance(route, APIRoute | APIWebSocketRoute)
        methods = (route.methods or ()) if isinstance(route, APIRoute) else ("WEBSOCKET",)
        yield from ((method, route.path_format) for method in methods)


def test_every_route_is_open_or_in_the_table(service: Service) -> None:
    assert {(method, path) for method, path in routes(service) if path not in OPEN} == {*KEYED, STREAM}


@pytest.mark.parametrize("holder", HOLDERS, ids=str)
@pytest.mark.parametrize(("method", "path"), KEYED, ids=lambda part: part)
def test_a_key_opens_what_it_is_for_and_nothing_else(
    service: Service, method: str, path: str, holder: str | None
) -> None:
    action, body = KEYED[method, path]
    service.screen(call_id="kept")
    service.store.put_owed(OWED)
    answer = service.ask(
        method,
        path.replace("{call_id}", "kept").replace("{kind}", "shift"),
        key=key_of(service, holder),
        **({"json": body} if body else {}),
    )
    if holder in {scope.value for scope in ALLOWED[action]}:
        assert answer.status_code == 200
    else:
        assert answer.status_code == (403 if holder in SCOPES else 401)
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) <= {"type", "title", "status", "detail", "instance", "advice"}


def key_of(service: Service, holder: str | None) -> str | None:
    if holder == "unknown":
        return "pf_router_" + "x" * 43
    if holder == "revoked":
        return service.make_key("router", revoked=True)
    return service.keys[holder] if holder else None


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic cm91dGVyOng=",
        "Bearer pf_router_short",
        "Bearer pf_röuter_key",
        "bearer  x y",
    ],
)
def test_what_is_no_bearer_key_opens_nothing(service: Service, authorization: str) -> None:
    answer = service.ask(
        "POST", "/v1/calls/a/screening", json=CALL, headers={"Authorization": authorization.encode("utf-8")}
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["advice"] == "normal"


def test_a_key_in_the_query_opens_nothing(service: Service) -> None:
    answer = service.ask("POST", f"/v1/calls/a/screening?key={service.keys['router']}", json=CALL)
    assert answer.status_code == 401


def test_a_refusal_says_what_key_is_wanted_and_not_whose_was_shown(service: Service) -> None:
    problem = service.ask("GET", "/v1/calls/a", scope="desk").json()
    assert problem["detail"] == "This takes a key of scope auditor or supervisor."
    assert "desk" not in str(problem)
