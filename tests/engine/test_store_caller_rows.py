"""What a number's calls were: worked out or recalled from the last time, it is the same at any moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from prankfilter.store import caller_rows
from prankfilter.store.caller_rows import MANY, past_calls
from prankfilter.store.codec import to_text
from prankfilter.store.instants import microseconds
from prankfilter.store.past import Known
from prankfilter.vocabulary import Advice, EndedBy, Label, LabelSource, PastCall, Verdict
from tests.builders import ago

minutes = st.integers(0, 12).map(lambda some: ago(minutes=12 - some))
moments = minutes.map(microseconds)

looks = st.tuples(st.just("a"), moments, moments, st.sampled_from(Advice), st.booleans())


def plain(details: dict[str, Any]) -> str:
    return to_text({name: value for name, value in details.items() if value is not None})


outcomes = st.fixed_dictionaries(
    {
        "label": st.sampled_from(Label),
        "source": st.just(LabelSource.CALL_TAKER),
        "by": st.none() | st.just("budi"),
        "answered_at": st.none() | minutes,
        "ended_at": st.none() | minutes,
        "ended_by": st.none() | st.sampled_from(EndedBy),
    }
)
verdicts = st.fixed_dictionaries({"verdict": st.sampled_from(Verdict)})
said = st.tuples(st.just("a"), moments, st.just("budi"), st.just("outcome"), outcomes.map(plain)) | st.tuples(
    st.just("a"), moments, st.just("ratna"), st.just("verdict"), verdicts.map(plain)
)

CALL = Known("a", microseconds(ago(minutes=13)), True)


def told(calls: Sequence[Known], seen: list[Any], trail: list[Any], before: dt.datetime) -> PastCall:
    return past_calls(calls, seen, trail, {}, before=microseconds(before))[0]


@given(seen=st.lists(looks, max_size=3), trail=st.lists(said, max_size=4), before=minutes, later=minutes)
def test_what_is_recalled_is_what_is_worked_out(
    seen: list[Any], trail: list[Any], before: dt.datetime, later: dt.datetime
) -> None:
    many = [CALL] + [Known(f"other-{number}", CALL.received_at, True) for number in range(MANY)]
    for moment in (before, later, before):
        assert told(many, seen, trail, moment) == told([CALL], seen, trail, moment)


def test_rows_that_say_the_same_are_worked_out_once() -> None:
    many = [Known(f"once-{number}", CALL.received_at, True) for number in range(MANY)]
    caller_rows.forget()
    for _ in range(3):
        told(many, [], [], ago(minutes=0))
    assert caller_rows._settled.cache_info().misses == MANY
