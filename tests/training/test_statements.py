"""What a call teaches: the last unbiased word, and doubt in the caller's favour."""

from __future__ import annotations

import datetime as dt

import pytest
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import label_events, last_word, learnt_labels

from prankfilter.vocabulary import Label, LabelSource, Verdict
from tests.training.logs import logged


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (logged(Label.SILENT), Label.SILENT),
        (logged(None), Label.UNKNOWN),
        (logged(Label.JOKE_OR_ABUSE, advice_shown=True), Label.UNKNOWN),
        (logged(Label.JOKE_OR_ABUSE, verdict=Verdict.CONFIRMED), Label.JOKE_OR_ABUSE),
        (logged(Label.SILENT, verdict=Verdict.CONFIRMED, verdict_label=Label.CHILD_PLAY), Label.CHILD_PLAY),
        (logged(Label.JOKE_OR_ABUSE, verdict=Verdict.WAS_EMERGENCY), Label.GENUINE),
        (logged(Label.JOKE_OR_ABUSE, verdict=Verdict.OVERTURNED), Label.UNKNOWN),
        (logged(Label.JOKE_OR_ABUSE, verdict=Verdict.OVERTURNED, verdict_label=Label.SILENT), Label.SILENT),
        (logged(Label.JOKE_OR_ABUSE, verdict=Verdict.UNSURE), Label.JOKE_OR_ABUSE),
    ],
)
def test_the_last_unbiased_word_counts(call: LoggedCall, word: Label) -> None:
    assert last_word(call) is word


def followed(hours: float, **over: object) -> list[Label]:
    first = logged(Label.JOKE_OR_ABUSE, minutes=0, **over)
    return learnt_labels([first, logged(Label.GENUINE, minutes=60 * hours)])


class TestAPrankFollowedByAnEmergency:
    def test_counts_as_genuine_until_somebody_ruled(self) -> None:
        assert followed(hours=5)[0] is Label.GENUINE

    def test_stays_a_prank_after_a_day(self) -> None:
        assert followed(hours=25)[0] is Label.JOKE_OR_ABUSE

    def test_stays_what_a_supervisor_ruled(self) -> None:
        assert followed(hours=5, verdict=Verdict.CONFIRMED)[0] is Label.JOKE_OR_ABUSE

    def test_an_emergency_of_another_number_says_nothing(self) -> None:
        other = logged(Label.GENUINE, minutes=60, record={"caller": "caller-2"})
        assert learnt_labels([logged(Label.JOKE_OR_ABUSE), other])[0] is Label.JOKE_OR_ABUSE


def test_history_knows_a_ruling_from_its_own_time_on() -> None:
    ruled_at = dt.datetime(2025, 9, 4, tzinfo=dt.UTC)
    call = logged(Label.JOKE_OR_ABUSE, verdict=Verdict.CONFIRMED, verdict_at=ruled_at, verdict_by="ratna")
    taker, supervisor = label_events(call)
    assert (taker.source, taker.at) == (LabelSource.CALL_TAKER, call.label_at)
    assert (supervisor.source, supervisor.at, supervisor.verdict) == (
        LabelSource.SUPERVISOR,
        ruled_at,
        Verdict.CONFIRMED,
    )
