"""Asterisk's dialplan, read but not run: whatever comes back or does not, every way ends at a human."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

DIALPLAN = (Path(__file__).parents[2] / "deploy" / "asterisk" / "extensions.conf").read_text()

STEP = re.compile(
    r"(?:exten => (?P<exten>[^,]+),1|same => n)(?:\((?P<label>\w+)\))?,(?P<app>\w+)\((?P<said>.*)\)$"
)
EXPRESSION = re.compile(r"^\$\[.*\]\?(?P<then>[^:]+)(?::(?P<other>.+))?$")

HARMLESS = {"NoOp", "Set", "Goto", "GotoIf", "Gosub", "Originate", "Queue", "Dial", "Return"}
"""All that a caller's own leg may meet. None of them ends a call of its own accord."""

HUMANS = {"Queue"}


@dataclass(frozen=True)
class Step:
    """One line: where it stands, its label, its application and what that is told."""

    place: tuple[str, str, int]
    label: str
    app: str
    said: str


def steps_of(dialplan: str) -> dict[tuple[str, str, int], Step]:
    """Read the steps; a line that is none of what there may be fails."""
    steps: dict[tuple[str, str, int], Step] = {}
    context, exten, priority = "", "", 0
    for line in (one.strip() for one in dialplan.splitlines()):
        if not line or line.startswith(";"):
            continue
        if line.startswith("["):
            context = line.strip("[]")
        elif context != "globals":
            found = STEP.match(line)
            assert found, line
            exten, priority = (found["exten"], 1) if found["exten"] else (exten, priority + 1)
            place = (context, exten, priority)
            assert place not in steps, line
            steps[place] = Step(place, found["label"] or "", found["app"], found["said"])
    return steps


def arguments(said: str) -> list[str]:
    """Split at the commas that stand in no brackets."""
    depth, parts = 0, [""]
    for sign in said:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    assert depth == 0, said
    return parts


def target(steps: dict[tuple[str, str, int], Step], here: Step, words: list[str]) -> tuple[str, str, int]:
    """Where a jump leads: a label here, or context, extension, priority."""
    context, exten, _ = here.place
    *where, last = words
    if where:
        context, exten = where[-2] if len(where) > 1 else context, where[-1]
    if last.isdigit():
        place = (context, exten, int(last))
    else:
        (place,) = (
            one.place for one in steps.values() if one.place[:2] == (context, exten) and one.label == last
        )
    assert place in steps, (here, place)
    return place


def following(steps: dict[tuple[str, str, int], Step], here: Step) -> Iterator[tuple[str, str, int]]:
    """Where a call may be next: every branch of a condition, and behind everything that may come back."""
    context, exten, priority = here.place
    behind = (context, exten, priority + 1)
    if here.app == "Goto":
        yield target(steps, here, arguments(here.said))
    elif here.app == "GotoIf":
        found = EXPRESSION.match(here.said)
        assert found, here
        yield target(steps, here, [found["then"]])
        yield target(steps, here, [found["other"]]) if found["other"] else behind
    elif here.app == "Gosub":
        assert returns(steps, target(steps, here, arguments(here.said))), here
        yield behind
    else:
        yield behind


def reached(
    steps: dict[tuple[str, str, int], Step], start: tuple[str, str, int]
) -> dict[tuple[str, str, int], Step]:
    """Every step that a call may meet from here on; falling off the end fails."""
    found: dict[tuple[str, str, int], Step] = {}
    waiting = [start]
    while waiting:
        place = waiting.pop()
        if place in found:
            continue
        assert place in steps, f"a call may fall off the end at {place}"
        here = found[place] = steps[place]
        if here.app not in {"Return", "Hangup"}:
            waiting += following(steps, here)
    return found


def returns(steps: dict[tuple[str, str, int], Step], start: tuple[str, str, int]) -> bool:
    """Whether every way through a subroutine comes back, by harmless steps."""
    met = reached(steps, start).values()
    return any(one.app == "Return" for one in met) and all(one.app in HARMLESS - {"Queue"} for one in met)


def ends_at_a_human(dialplan: str) -> None:
    """Every way in leads only over harmless steps, never ends, and always comes by the queue."""
    steps = steps_of(dialplan)
    for start in [place for place in steps if place[0] == "from-trunk" and place[2] == 1]:
        met = reached(steps, start)
        assert {one.app for one in met.values()} <= HARMLESS - {"Return"}
        assert all("WebSocket/" not in one.said and "AudioSocket/" not in one.said for one in met.values())
        without = {place: one for place, one in met.items() if one.app not in HUMANS}
        for place in without:
            assert not _comes_back(steps, without, place), f"{place} may go round without a human"
        assert len(without) < len(met)


def _comes_back(
    steps: dict[tuple[str, str, int], Step],
    among: dict[tuple[str, str, int], Step],
    place: tuple[str, str, int],
) -> bool:
    seen: set[tuple[str, str, int]] = set()
    waiting = list(following(steps, among[place]))
    while waiting:
        here = waiting.pop()
        if here == place:
            return True
        if here in among and here not in seen:
            seen.add(here)
            waiting += following(steps, among[here])
    return False


def test_every_way_ends_at_a_human() -> None:
    ends_at_a_human(DIALPLAN)


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        (" same => n,Goto(human,s,1)\n ; Before", " same => n,Hangup()\n ; Before"),
        ("exten => s,1,Queue(112,c)", "exten => s,1,NoOp()"),
        (" same => n,Dial(${BACKUP},30)\n same => n,Goto(human,s,1)\n", " same => n,Dial(${BACKUP},30)\n"),
        ("?prompt)", "?no_such_label)"),
        ("Gosub(prankfilter-listen,s,1)", "Gosub(no-such-context,s,1)"),
        (" same => n,Gosub(prankfilter-listen,s,1)", " same => n,AudioSocket(${CALL_ID},127.0.0.1:9092)"),
        (" same => n(done),Return()", " same => n(done),NoOp()"),
    ],
)
def test_a_broken_dialplan_is_found_out(line: str, broken: str) -> None:
    """Else the test above would show nothing."""
    assert line in DIALPLAN
    with pytest.raises((AssertionError, ValueError)):
        ends_at_a_human(DIALPLAN.replace(line, broken, 1))


def test_what_is_carried_to_a_scorer_survives_its_death() -> None:
    dials = [one for one in steps_of(DIALPLAN).values() if one.app == "Dial" and "WebSocket/" in one.said]
    assert dials
    for one in dials:
        _, connect_s, options = arguments(one.said)
        assert int(connect_s) <= 2
        assert re.fullmatch(r"gL\(\d+\)", options)


def test_the_legs_that_may_end_are_nobodys_call() -> None:
    """Contexts with a hang-up are entered by Originate alone."""
    steps = steps_of(DIALPLAN).values()
    ending = {one.place[0] for one in steps if one.app in {"Hangup", "ChanSpy"}}
    assert ending == {"prankfilter-ears", "prankfilter-told"}
    named = {one.app for one in steps if any(context in one.said for context in ending)}
    assert named == {"Originate"}


def test_an_end_is_told_until_it_is_kept_for_a_limited_time_and_with_the_number() -> None:
    """A leg of its own goes round between asking and waiting, and every way out of it is bounded."""
    steps = steps_of(DIALPLAN)
    told = [one for one in steps.values() if one.place[0] == "prankfilter-told"]
    (asked,) = (one for one in told if "CURL(" in one.said)
    assert '"calling_number":"${NUMBER}"' in asked.said
    assert _comes_back(steps, {one.place: one for one in told}, asked.place)
    without_limit = {one.place: one for one in told if "TRIES} >=" not in one.said or one.app != "GotoIf"}
    assert not _comes_back(steps, without_limit, asked.place)
    without_wait = {one.place: one for one in told if one.app != "Wait"}
    assert not _comes_back(steps, without_wait, asked.place)
    (codes,) = (one.said for one in told if "failurecodes" in one.said)
    assert {"302", "401", "429", "500", "503"} <= set(codes.partition("=")[2].split(","))


def test_the_handler_of_the_end_comes_back() -> None:
    assert returns(steps_of(DIALPLAN), ("prankfilter-ended", "s", 1))


def test_every_question_has_two_limits_and_fails_to_normal() -> None:
    steps = [one for one in steps_of(DIALPLAN).values() if one.place[0] == "prankfilter-ask"]
    told = [one.said for one in steps]
    assert told[0] == "ADVICE=normal"
    for limit in ("CURLOPT(conntimeout)=0.1", "CURLOPT(httptimeout)=0.25", "CURLOPT(followlocation)=0"):
        assert limit in told
    (codes,) = (one for one in told if "failurecodes" in one)
    assert {"302", "401", "429", "500", "503"} <= set(codes.partition("=")[2].split(","))
    assert not any("JSON_DECODE" in one for one in told)
