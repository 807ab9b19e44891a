"""What Prometheus reads."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from prankfilter_api.clock import ClockSteps

from prankfilter.routing.policies import POLICIES, policy_digest
from prankfilter.vocabulary import Advice, Assessed, CertificateNote, CertificateStatus, Guard, Stratum
from tests.api.service import CALL, CANARY, Service, running
from tests.builders import call_record, certificate, screening

ROUTE = "/v1/calls/{call_id}/screening"


def test_requests_are_counted_by_template_method_and_status(fresh_service: Service) -> None:
    fresh_service.screen(call_id="a")
    fresh_service.screen(call_id="b")
    fresh_service.ask("POST", "/v1/calls/c/screening")
    fresh_service.ask("GET", f"/{CANARY}")
    fresh_service.ask("BREW", "/livez")
    requests = "prankfilter_http_requests_total"
    assert fresh_service.sample(requests, route=ROUTE, method="POST", status="200") == 2
    assert fresh_service.sample(requests, route=ROUTE, method="POST", status="401") == 1
    assert fresh_service.sample(requests, route="unmatched", method="GET", status="404") == 1
    assert fresh_service.sample(requests, route="/livez", method="other", status="405") == 1
    assert fresh_service.sample("prankfilter_http_request_duration_seconds_count", route=ROUTE) == 3


def test_decisions_and_guards_are_counted(fresh_service: Service) -> None:
    fresh_service.screen(call_id="a")
    fresh_service.screen(CALL | {"channel": "app_panic"}, call_id="b")
    decisions = "prankfilter_decisions_total"
    assert fresh_service.sample(decisions, advice="normal", assessed="metadata_only", moment="ring") == 1
    assert fresh_service.sample(decisions, advice="normal", assessed="not_assessed", moment="ring") == 1
    assert fresh_service.sample("prankfilter_guards_total", guard="never_screened") == 1


def test_what_alarms_look_at_exists_before_it_happens(fresh_service: Service) -> None:
    for guard in Guard:
        assert fresh_service.sample("prankfilter_guards_total", guard=guard.value) == 0
    for assessed in Assessed:
        assert (
            fresh_service.sample(
                "prankfilter_decisions_total",
                advice="normal",
                assessed=assessed.value,
                moment="audio",
            )
            == 0
        )


def test_the_stores_queue_is_shown(fresh_service: Service) -> None:
    fresh_service.store.full = True
    fresh_service.screen()
    assert fresh_service.sample("prankfilter_store_queued") == 0
    assert fresh_service.sample("prankfilter_store_dropped_total") == 1


def test_model_and_policy_are_named(fresh_service: Service) -> None:
    assert fresh_service.sample("prankfilter_model_info", model_id="0123456789abcdef", policy="observe") == 1


def test_the_certificates_age_is_shown_while_there_is_one(service: Service, tmp_path: Path) -> None:
    assert service.sample("prankfilter_certificate_age_seconds") is None
    ended = dt.datetime.now(dt.UTC) - dt.timedelta(days=3)
    held = {policy_digest(POLICIES["queue"]): certificate(policy="queue", period_end=ended)}
    with running(tmp_path, policy="queue", certificates=held) as certified:
        age_s = certified.sample("prankfilter_certificate_age_seconds")
    assert age_s is not None
    assert 3 * 86_400 <= age_s < 4 * 86_400


def test_a_genuine_call_that_got_verify_can_suspend_the_proof(tmp_path: Path) -> None:
    proof = certificate(policy="queue")
    note = CertificateNote(
        id=proof.id,
        alpha=proof.alpha,
        confidence=proof.confidence,
        genuine_callers=9,
        basis=proof.basis,
        stratum=Stratum.OTHER,
        status=CertificateStatus.VALID,
    )
    suspended = "prankfilter_certificate_suspended"
    with running(tmp_path, policy="queue", certificates={policy_digest(POLICIES["queue"]): proof}) as one:
        assert one.sample(suspended) == 0
        one.store.remember(screening(call_record(call_id="a"), advice=Advice.VERIFY, certificate=note))
        said = one.ask("PUT", "/v1/calls/a/outcome", scope="desk", json={"label": "genuine", "by": "sari"})
        assert said.status_code == 200
        assert one.store.suspended() == {proof.id}
        one.screen(call_id="b")
        assert one.sample(suspended) == 1


def test_a_fault_of_ours_is_counted(fresh_service: Service) -> None:
    fresh_service.store.call = broken  # type: ignore[method-assign]
    assert fresh_service.ask("GET", "/v1/calls/a", scope="supervisor").status_code == 500
    assert fresh_service.sample("prankfilter_unforeseen_failures_total") == 1


def broken(call_id: str) -> None:
    raise KeyError(call_id)


def test_both_of_prometheus_formats_are_spoken(service: Service) -> None:
    plain = service.ask("GET", "/metrics")
    assert plain.headers["content-type"].startswith("text/plain")
    wanted = "application/openmetrics-text; version=1.0.0"
    modern = service.ask("GET", "/metrics", headers={"Accept": wanted})
    assert modern.headers["content-type"].startswith("application/openmetrics-text")
    assert modern.text.endswith("# EOF\n")


def test_a_clock_that_is_set_is_told_and_one_that_goes_on_is_not() -> None:
    clock_s, steady_s = [1000.0], [5.0]
    steps = ClockSteps(clock=lambda: clock_s[0], steady=lambda: steady_s[0])

    def told() -> float:
        (metric,) = steps.collect()
        return float(metric.samples[0].value)

    clock_s[0], steady_s[0] = 1060.0, 65.0
    assert told() == 0
    clock_s[0] -= 3600
    assert told() == -3600
    clock_s[0], steady_s[0] = clock_s[0] + 10, steady_s[0] + 10
    assert told() == -3600


def test_the_service_watches_its_clock(fresh_service: Service) -> None:
    assert abs(fresh_service.sample("prankfilter_clock_set_seconds") or 0.0) < 1
