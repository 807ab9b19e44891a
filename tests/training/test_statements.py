"""What a call teaches: the last unbiased word, and doubt in the caller's favour."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.statements import label_events, last_word, learnt_label, learnt_labels
from prankfilter_training.log.table import table_of

from prankfilter.vocabulary import EndedBy, Label, LabelSource, Verdict
from tests.strategies import maybe
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
        (logged(Label.JOKE_OR_ABUSE, ended_by=EndedBy.PROMPT), Label.UNKNOWN),
        (logged(Label.GENUINE, ended_by=EndedBy.PROMPT), Label.GENUINE),
        (
            logged(
                Label.UNKNOWN,
                verdict=Verdict.CONFIRMED,
                verdict_label=Label.FALSE_REPORT,
                ended_by=EndedBy.PROMPT,
            ),
            Label.UNKNOWN,
        ),
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

    def test_of_the_same_incident_counts_as_genuine_whatever_the_number(self) -> None:
        def taught(hours: float, incident: str | None, **over: object) -> Label:
            of_first, of_second = ({"caller": name, "incident_id": incident} for name in ("a", "b"))
            first = logged(Label.JOKE_OR_ABUSE, record=of_first, **over)
            return learnt_labels([first, logged(Label.GENUINE, minutes=60 * hours, record=of_second)])[0]

        assert taught(24, "fire") is Label.GENUINE
        assert taught(24.1, "fire") is Label.JOKE_OR_ABUSE
        assert taught(5, "fire", label_source=LabelSource.FIELD_UNIT) is Label.JOKE_OR_ABUSE
        assert taught(5, "fire", verdict=Verdict.CONFIRMED) is Label.JOKE_OR_ABUSE
        assert [taught(5, nobody_said) for nobody_said in (None, "")] == [Label.JOKE_OR_ABUSE] * 2

    def test_an_emergency_of_another_number_says_nothing(self) -> None:
        other = logged(Label.GENUINE, minutes=60, record={"caller": "caller-2"})
        assert learnt_labels([logged(Label.JOKE_OR_ABUSE), other])[0] is Label.JOKE_OR_ABUSE


def test_what_ended_in_the_prompt_is_never_a_prank_to_history() -> None:
    call = logged(Label.JOKE_OR_ABUSE, verdict=Verdict.CONFIRMED, ended_by=EndedBy.PROMPT)
    assert {event.label for event in label_events(call)} == {Label.UNKNOWN}


@pytest.mark.parametrize(("given", "known"), [(-1, Label.JOKE_OR_ABUSE), (1, Label.UNKNOWN)])
def test_a_verdict_without_a_label_confirms_what_had_been_said_by_then(given: int, known: Label) -> None:
    ruled_at = logged().record.received_at + dt.timedelta(hours=2)
    call = logged(
        Label.JOKE_OR_ABUSE,
        label_at=ruled_at + dt.timedelta(minutes=given),
        verdict=Verdict.CONFIRMED,
        verdict_at=ruled_at,
    )
    assert next(event.label for event in label_events(call) if event.verdict) is known


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


@st.composite
def logs_of_calls(draw: st.DrawFn) -> list[LoggedCall]:
    """Calls of few callers and incidents around the day's end of what a genuine call may tell of earlier
    ones."""
    minutes = sorted(draw(st.lists(st.sampled_from((0, 1, 60, 1439, 1440, 1441, 1500)), max_size=6)))
    return [
        logged(
            draw(maybe(st.sampled_from(Label))),
            minutes=at,
            record={
                "call_id": f"call-{place}",
                "caller": draw(maybe(st.sampled_from("ab"))),
                "incident_id": draw(maybe(st.sampled_from(("fire", "flood", "")))),
            },
            label_source=draw(maybe(st.sampled_from(LabelSource))),
            verdict=draw(maybe(st.sampled_from(Verdict))),
            verdict_label=draw(maybe(st.sampled_from(Label))),
            advice_shown=draw(maybe(st.booleans())),
            ended_by=draw(maybe(st.sampled_from(EndedBy))),
        )
        for place, at in enumerate(minutes)
    ]


@settings(max_examples=100, deadline=None)
@given(calls=logs_of_calls())
def test_a_whole_table_teaches_what_its_calls_teach(calls: list[LoggedCall]) -> None:
    assert learnt_label(table_of(calls)).to_list() == learnt_labels(calls)
