"""From logs to a certificate: only later calls, the ledger, the review before it is issued, the pool."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.proof.certify import Claim, NotEnough, certify
from prankfilter_training.proof.eligible import LeftOut
from prankfilter_training.proof.issuing import (
    Calibration,
    Order,
    ReviewNeeded,
    calibration,
    issue,
    read_pool,
    share,
)
from prankfilter_training.proof.ledger import Purpose, read_uses, record_use
from prankfilter_training.proof.replay import replayed
from prankfilter_training.proof.review import Reviewed, calls_to_review

from prankfilter.bundle.trust import Trust
from prankfilter.errors import BadInput
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.signing import Signer, signed_by
from prankfilter.vocabulary import AudioCapture, Basis, Certificate, Channel, EndedBy, Label, Stratum
from tests.builders import ZONE
from tests.training.logs import logged
from tests.training.proofs import (
    DAY_MIN,
    LOOSE,
    QUEUE,
    RULED_OUT,
    Spoken,
    genuine_calls,
    log_of,
    model,
    order,
    prankster,
    strangers,
)

SIGNER = Signer(Keyring.ephemeral())
TRUST = Trust(signed=signed_by([SIGNER.public]))


def usual() -> list[LoggedCall]:
    """Thirty genuine callers, and two numbers that were confirmed as pranksters."""
    return [*genuine_calls(30), *prankster("joker"), *prankster("jester")]


def found(wanted: Order, calls: Sequence[LoggedCall], *, simulated: bool = False, **over: Any) -> Calibration:
    purpose = over.pop("purpose", Purpose.CERTIFY)
    return calibration(wanted, [log_of(calls, simulated=simulated)], [over.pop("source", Spoken())], purpose)


def reviewed(calls: Sequence[LoggedCall], label: Label = Label.JOKE_OR_ABUSE) -> tuple[Reviewed, ...]:
    """A second person who says the same of all calls that are not labelled genuine."""
    return tuple(
        Reviewed(call.record.call_id, "", label, "wati") for call in calls if call.label is not Label.GENUINE
    )


def issued(
    models: Path, calls: Sequence[LoggedCall], *, said: Label | None = Label.JOKE_OR_ABUSE, **over: Any
) -> tuple[Certificate, dict[str, Any]]:
    wanted = order(models, said=reviewed(calls, said) if said else None, **over)
    return issue(wanted, found(wanted, calls))


class TestReplay:
    def test_a_call_counts_once_it_is_answered_labelled_screened_and_heard_before_the_answer(self) -> None:
        other = {
            "unlabelled": logged(None),
            "unknown": logged(Label.UNKNOWN),
            "biased": logged(advice_shown=True),
            "unanswered": logged(Label.ABANDONED, answered_at=None),
            "heard after": logged(record={"audio_capture": AudioCapture.CALLER_AFTER_ANSWER}),
            "heard nobody knows when": logged(record={"audio_capture": None}),
            "panic button": logged(record={"channel": Channel.APP_PANIC}),
            "call-back": logged(record={"priority": "psap-callback"}),
            "no sound": logged(record={"call_id": "deaf"}),
        }
        counted = {
            name: len(list(replayed(model(), log_of([call]), Spoken("deaf"), QUEUE)))
            for name, call in {"plain": logged(), **other}.items()
        }
        assert counted == {"plain": 1, **dict.fromkeys(other, 0)}

    def test_a_label_in_doubt_counts_as_genuine_until_somebody_ruled(self) -> None:
        silent = logged(Label.SILENT, record={"call_id": "first"})
        genuine = logged(minutes=600, record={"call_id": "second"})
        first, _ = replayed(model(), log_of([silent, genuine]), Spoken(), QUEUE)
        assert first.label is Label.GENUINE

    def test_history_decides_before_the_margin(self) -> None:
        margins = [
            replay.margins for replay in replayed(model(), log_of(prankster("joker")), Spoken(), QUEUE)
        ]
        assert margins[0] == {Stratum.OTHER: RULED_OUT}
        assert margins[3:] == [{Stratum.REPEAT: RULED_OUT}, {Stratum.REPEAT: 2.0}]

    @pytest.mark.parametrize(
        ("label", "settled"),
        [
            (None, False),
            (Label.ABANDONED, False),
            (Label.JOKE_OR_ABUSE, False),
            (Label.GENUINE, True),
            (Label.INFORMATION, True),
        ],
    )
    def test_a_call_that_ended_in_the_prompt_counts_against_until_a_call_back_settles_it(
        self, label: Label | None, settled: bool
    ) -> None:
        call = logged(label, ended_by=EndedBy.PROMPT, answered_at=None)
        (replay,) = replayed(model(), log_of([call]), Spoken(), QUEUE)
        assert (replay.doubtful, replay.is_genuine) == (not settled, label is Label.GENUINE)

    def test_without_its_sound_such_a_call_exceeded_every_threshold(self) -> None:
        call = logged(Label.ABANDONED, ended_by=EndedBy.PROMPT, answered_at=None, record={"call_id": "deaf"})
        (replay,) = replayed(model(), log_of([call]), Spoken("deaf"), QUEUE)
        assert replay.margins == {Stratum.OTHER: float("inf")}


class TestCertify:
    def test_too_few_callers_are_counted(self) -> None:
        calls = strangers([RULED_OUT] * 7, stratum=Stratum.REPEAT)
        with pytest.raises(NotEnough, match="repeat: 7 of 437 genuine callers; other: 0 of 437 genuine"):
            certify(model(), calls, QUEUE, Claim(alpha=0.01), basis=Basis.SIMULATED)

    def test_each_stratum_gets_half_of_what_the_use_leaves_of_delta(self) -> None:
        assert [Claim(use=use).delta for use in (1, 2, 3)] == pytest.approx([0.0125, 0.00625, 0.003125])
        assert [Claim(use=use).callers_needed for use in (1, 2, 3)] == [4380, 5073, 5766]

    def test_unsettled_prompts_count_against_it_and_never_for_it(self) -> None:
        calls = strangers([RULED_OUT] * 14)
        doubt = strangers([3.0], first_day=99, label=Label.UNKNOWN, doubtful=True)
        certificate, _ = certify(model(), calls + doubt, QUEUE, LOOSE, basis=Basis.REAL)
        assert certificate.strata[Stratum.OTHER].threshold == 3.0
        with pytest.raises(NotEnough, match="other: 13 of 14"):
            certify(model(), calls[1:] + doubt * 9, QUEUE, LOOSE, basis=Basis.REAL)
        endless = strangers([float("inf")], first_day=99, label=Label.UNKNOWN, doubtful=True)
        with pytest.raises(NotEnough, match="14 of 14 genuine callers, but 1 callers may have been genuine"):
            certify(model(), calls + endless, QUEUE, LOOSE, basis=Basis.REAL)

    def test_it_tells_how_many_wrong_labels_would_break_it(self) -> None:
        calls = strangers([RULED_OUT] * 30) + strangers([5.0] * 4, first_day=100, label=Label.JOKE_OR_ABUSE)
        certificate, told = certify(model(), calls, QUEUE, LOOSE, basis=Basis.REAL)
        beside = told["strata"]["other"]
        assert beside["callers_above_labelled_not_genuine"] == beside["of_these_labelled_prank"] == 4
        breaking = beside["label_errors_to_break"]
        for errors in (breaking - 1, breaking):
            found_out = [replace(call, label=Label.GENUINE) for call in calls[30 : 30 + errors]]
            again, _ = certify(model(), calls[:30] + found_out, QUEUE, LOOSE, basis=Basis.REAL)
            holds = again.strata[Stratum.OTHER].threshold <= certificate.strata[Stratum.OTHER].threshold
            assert holds is (errors < breaking)

    def test_the_share_of_all_calls_stands_beside_it(self) -> None:
        of_one = {"record": {"caller": "often", "cell_id": "often"}}
        often = strangers([5.0] * 10, first_day=100, **of_one)
        _, told = certify(model(), strangers([RULED_OUT] * 30) + often, QUEUE, LOOSE, basis=Basis.REAL)
        assert told["counted"]["other"]["genuine_callers"] == 31
        share_of_calls = told["strata"]["other"]["share_of_genuine_calls"]
        assert (share_of_calls["value"], share_of_calls["n"]) == (0.25, 40)
        assert share_of_calls["low"] == 0.0
        assert share_of_calls["high"] > 0.4


class TestLaterCalls:
    @pytest.mark.parametrize(("until_day", "left_out", "callers"), [(0, 0, 30), (12, 13, 18), (16, 17, 14)])
    def test_what_the_model_learned_from_is_left_out_with_a_count(
        self, tmp_path: Path, until_day: int, left_out: int, callers: int
    ) -> None:
        until = dt.datetime(2025, 9, 1, 0, 30, tzinfo=ZONE) + dt.timedelta(days=until_day)
        until -= dt.timedelta(days=1) if until_day == 0 else dt.timedelta(0)
        chosen = model(learnt={"until": until.isoformat()})
        result = found(order(tmp_path, model=chosen), genuine_calls(30))
        assert result.calls.left_out.get(LeftOut.LEARNT, 0) == left_out
        assert len(result.calls.replays) == 30 - left_out

    def test_calls_before_that_are_history_all_the_same(self, tmp_path: Path) -> None:
        until = dt.datetime(2025, 9, 5, 0, 30, tzinfo=ZONE)
        chosen = model(learnt={"until": until.isoformat()})
        (replay,) = found(order(tmp_path, model=chosen), prankster("joker")).calls.replays
        assert replay.margins == {Stratum.REPEAT: 2.0}

    def test_two_years_are_the_limit_and_nothing_comes_from_the_future(self, tmp_path: Path) -> None:
        result = found(order(tmp_path, days_later=745), genuine_calls(30))
        assert result.calls.left_out == {LeftOut.OLD: 15}
        result = found(order(tmp_path, days_later=9.5), genuine_calls(30))
        assert result.calls.left_out == {LeftOut.FUTURE: 20}

    def test_an_older_bundle_that_does_not_tell_is_refused_for_real_calls_only(self, tmp_path: Path) -> None:
        old = model(learnt=None)
        with pytest.raises(BadInput, match="does not tell until when it learned"):
            found(order(tmp_path, model=old), genuine_calls(3))
        assert len(found(order(tmp_path, model=old), genuine_calls(3), simulated=True).calls.replays) == 3

    def test_a_model_of_simulated_calls_has_seen_no_real_one(self, tmp_path: Path) -> None:
        chosen = model(basis="simulated", learnt={"until": "2040-01-01T00:00:00+07:00"})
        assert len(found(order(tmp_path, model=chosen), genuine_calls(3)).calls.replays) == 3
        assert not found(order(tmp_path, model=chosen), genuine_calls(3), simulated=True).calls.replays

    def test_real_and_simulated_calls_never_certify_together(self, tmp_path: Path) -> None:
        logs = [log_of(genuine_calls(2)), log_of(genuine_calls(2, first_day=5), simulated=True)]
        with pytest.raises(BadInput, match="cannot certify together"):
            calibration(order(tmp_path), logs, [Spoken(), Spoken()], Purpose.CERTIFY)

    def test_a_simulated_log_that_lost_the_file_that_says_so_passes_for_no_real_one(
        self, tmp_path: Path
    ) -> None:
        calls = [*genuine_calls(2), logged(bank_key="clip-1", record={"call_id": "simulated"})]
        with pytest.raises(BadInput, match=r"simulation\.json is not beside the log"):
            found(order(tmp_path), calls)


class TestReview:
    def test_real_calls_get_a_sheet_first_and_no_certificate(self, tmp_path: Path) -> None:
        with pytest.raises(ReviewNeeded, match="10 calls need a blind second review") as refusal:
            issued(tmp_path, usual(), said=None)
        assert refusal.value.sheet.read_text().count("\n") == 11
        assert read_uses(tmp_path) == ()

    def test_nobody_listens_for_a_certificate_that_lacks_callers(self, tmp_path: Path) -> None:
        with pytest.raises(NotEnough):
            issued(tmp_path, [*genuine_calls(5), *prankster("joker")], said=None)
        assert not (tmp_path / "reviews").exists()

    def test_after_it_there_is_one_and_it_tells_the_agreement(self, tmp_path: Path) -> None:
        certificate, told = issued(tmp_path, usual())
        assert (certificate.basis, told["review"]["agreed"]) == (Basis.REAL, 10)

    def test_what_it_corrects_changes_the_proof(self, tmp_path: Path) -> None:
        as_labelled, _ = issued(tmp_path / "a", usual())
        corrected, told = issued(tmp_path / "b", usual(), said=Label.GENUINE)
        assert told["review"]["found_genuine"] == 10
        before, after = (one.strata[Stratum.OTHER].genuine_callers for one in (as_labelled, corrected))
        assert (before, after) == (30, 32)

    def test_simulated_calls_waive_it_and_say_so(self, tmp_path: Path) -> None:
        wanted = order(tmp_path)
        certificate, told = issue(wanted, found(wanted, usual(), simulated=True))
        assert (certificate.basis, told["review"]) == (Basis.SIMULATED, {"waived": "simulated calls"})


class TestLedger:
    def test_the_same_again_is_the_same_certificate_even_after_evaluation(self, tmp_path: Path) -> None:
        first, told = issued(tmp_path, usual())
        table = log_of(usual()).table
        record_use(tmp_path, table, purpose=Purpose.EVALUATE, model_ids=["m"], now=order(tmp_path).now)
        again, told_again = issued(tmp_path, usual(), days_later=60)
        assert (again, told_again) == (first, told)
        assert len(read_uses(tmp_path)) == 2

    def test_another_use_of_the_calls_gets_half_and_says_so(self, tmp_path: Path) -> None:
        first, _ = issued(tmp_path, usual())
        second, told = issued(tmp_path, usual(), claim=replace(LOOSE, alpha=0.3))
        assert told["use"] == "use 2 of these calls: delta/4, shared by the strata"
        assert told["delta_per_stratum"] == pytest.approx(0.2 / 8)
        assert second.ledger == (*first.ledger, read_uses(tmp_path)[1].id)

    def test_uses_run_out(self, tmp_path: Path) -> None:
        with pytest.raises(NotEnough, match="other: 30 of 33 genuine callers"):
            for use in range(10):
                issued(tmp_path, usual(), claim=replace(LOOSE, alpha=0.2 + use / 1e6))
        assert len(read_uses(tmp_path)) == 6

    def test_other_labels_are_another_use(self, tmp_path: Path) -> None:
        issued(tmp_path, usual())
        issued(tmp_path, usual(), said=Label.SILENT)
        assert [use.number for use in read_uses(tmp_path)] == [1, 2]

    def test_a_refusal_uses_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(NotEnough):
            issued(tmp_path, usual(), claim=Claim())
        assert read_uses(tmp_path) == ()

    @pytest.mark.parametrize("purpose", [Purpose.EVALUATE, Purpose.COMPARE])
    def test_what_was_measured_certifies_no_model(self, tmp_path: Path, purpose: Purpose) -> None:
        table = log_of(genuine_calls(20)).table
        record_use(tmp_path, table, purpose=purpose, model_ids=["another"], now=order(tmp_path).now)
        result = found(order(tmp_path), genuine_calls(30))
        assert result.calls.left_out == {LeftOut.MEASURED: 20}
        with pytest.raises(NotEnough, match="other: 10 of 14 genuine callers"):
            issue(order(tmp_path), result)

    def test_one_that_would_have_expired_is_not_issued(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match=r"it would have expired on 2025-12-29"):
            issued(tmp_path, usual(), days_later=120)


class TestLife:
    def test_it_expires_ninety_days_after_the_last_genuine_call(self, tmp_path: Path) -> None:
        calls = [*usual(), *prankster("late", first_day=31)]
        certificate, _ = issued(tmp_path, calls)
        last = dt.datetime(2025, 9, 1, tzinfo=ZONE) + dt.timedelta(days=29)
        assert certificate.period_end == last
        assert certificate.expires_at == last + dt.timedelta(days=90)


class TestPool:
    def centre(self, name: str, callers: int) -> list[LoggedCall]:
        """Genuine callers of a centre, three a day, heard by it alone."""
        return [
            logged(
                minutes=DAY_MIN / 3 * place,
                record={
                    "call_id": f"{name}-{place}",
                    "caller": f"{name}-{place}",
                    "cell_id": f"{name}-{place}",
                    "centre_id": name,
                },
            )
            for place in range(callers)
        ]

    def shared(self, models: Path, name: str, callers: int) -> Path:
        wanted = order(models, said=())
        result = found(wanted, self.centre(name, callers), purpose=Purpose.SHARE)
        path = models / f"{name}.json"
        share(wanted, result, path, SIGNER.sign)
        return path

    def test_from_shared_files_to_a_certificate_of_the_pool(self, tmp_path: Path) -> None:
        paths = [
            self.shared(tmp_path / name, name, callers) for name, callers in (("north", 60), ("south", 61))
        ]
        wanted = order(
            tmp_path / "east", said=(), pool=read_pool(paths, TRUST), claim=replace(LOOSE, alpha=0.03)
        )
        certificate, told = issue(wanted, found(wanted, self.centre("east", 59)))
        assert certificate.centres == ("east", "north", "south")
        assert certificate.strata[Stratum.OTHER].genuine_callers == 180
        assert told["use"].startswith("use 1 of these calls")
        json.dumps(told, allow_nan=False)

    def test_a_pool_has_the_use_of_the_member_who_used_its_calls_most(self, tmp_path: Path) -> None:
        north = tmp_path / "north"
        wanted = order(north, said=())
        issue(wanted, found(wanted, self.centre("north", 60)))
        path = self.shared(north, "north", 60)
        wanted = order(tmp_path / "east", said=(), pool=read_pool([path], TRUST))
        _, told = issue(wanted, found(wanted, self.centre("east", 59)))
        assert told["use"].startswith("use 2 of these calls")

    def test_real_counts_are_shared_after_the_review_only(self, tmp_path: Path) -> None:
        wanted = order(tmp_path)
        silent = logged(Label.SILENT, record={"call_id": "silent", "centre_id": "north"})
        result = found(wanted, [*self.centre("north", 3), silent], purpose=Purpose.SHARE)
        with pytest.raises(ReviewNeeded, match="1 calls need a blind second review"):
            share(wanted, result, tmp_path / "north.json", SIGNER.sign)
        assert not (tmp_path / "north.json").exists()


def test_the_calls_to_review_do_not_depend_on_what_was_said_before(tmp_path: Path) -> None:
    plain = found(order(tmp_path), usual())
    assert len(calls_to_review(plain.calls.replays, model().model_id)) == 10
