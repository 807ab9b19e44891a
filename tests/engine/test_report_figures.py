"""What each figure of a report counts, on calls whose answer is known."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from prankfilter.language import names
from prankfilter.reports.bounds import upper_bound
from prankfilter.reports.document import PAGE, page
from prankfilter.reports.list_rows import kinds, likelihood, wait_added_s
from prankfilter.reports.lists import LISTS
from prankfilter.reports.material import Material
from prankfilter.reports.measures import SAVING_NEEDS
from prankfilter.reports.periods import ReportKind
from prankfilter.reports.report import NOT_OVER, NOTHING_ON_RECORD, make_report
from prankfilter.reports.row import Figure, Section, Unit
from prankfilter.reports.table import FIGURES, FIGURES_BY_NAME
from prankfilter.vocabulary import EndedBy, Guard, Label, LabelSource, Verdict
from tests.reported import PERIOD, debt, material, prank, reported, unanswered, us


def value(name: str, of: Material) -> float | None:
    return FIGURES_BY_NAME[name].measure(of)


def verified(call_id: str = "v", **over: object):  # type: ignore[no-untyped-def]
    return prank(call_id, **{"verified_at": us(hours=1), "flagged": True} | over)


MIXED = material(
    reported("a"),
    reported("b", answered_at=us(hours=1, seconds=40), source=LabelSource.SUPERVISOR),
    reported("c", answered_at=None),
    prank("d", flagged=True, verdict=Verdict.CONFIRMED, talk_s=30.0),
    prank("e", label=Label.FALSE_REPORT, flagged=True, verdict=Verdict.WAS_EMERGENCY, talk_s=None),
    prank("f", label=Label.CHILD_PLAY, flagged=True, verdict=Verdict.OVERTURNED, biased=True),
    prank("g", label=Label.SILENT, flagged=True, guards=frozenset({Guard.SURGE})),
    unanswered("h", ended_by=EndedBy.CALLER, debt=debt(closed=us(hours=1, minutes=5), result="reached")),
    unanswered("i", ended_by=EndedBy.NETWORK, debt=debt(closed=us(hours=1, minutes=9), result="settled")),
    unanswered("j", debt=debt()),
    unanswered("k", answered=None, policy=None),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("calls", 11),
        ("answered", 7),
        ("ended_by_caller", 1),
        ("ended_by_network", 1),
        ("ended_by_prompt", 0),
        ("ended_by_centre", 0),
        ("ended_unknown", 1),
        ("answer_unknown", 1),
        ("callbacks_due", 3),
        ("callbacks_done", 2),
        ("callbacks_open", 1),
        ("callbacks_late", 2),
        ("genuine", 3),
        ("genuine_answer_known", 2),
        ("genuine_within_15_s", 0.5),
        ("genuine_nine_in_ten_s", 40.0),
        ("pranks", 3),
        ("silent", 1),
        ("false_with_unit", None),
        ("prank_time_s", 90.0),
        ("prank_times_unknown", 1),
        ("labelled_share", 1.0),
        ("labelled_by_call_taker", 6),
        ("labelled_by_supervisor", 1),
        ("labelled_by_import", 0),
        ("labelled_after_score", 1),
        ("screened", 10),
        ("flagged", 4),
        ("verified", 0),
        ("genuine_delayed", 0),
        ("confirmed", 1),
        ("overturned", 2),
        ("was_emergency", 1),
        ("unruled", 1),
        ("time_saved_s", None),
        ("downtime_s", None),
        ("agreement", None),
    ],
)
def test_a_mixed_shift(name: str, expected: float | None) -> None:
    assert value(name, MIXED) == expected


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
class TestEveryFigure:
    def test_is_explained_in_sentences(self, figure: Figure) -> None:
        assert figure.meaning.endswith(".")
        assert figure.label[0].isupper()

    def test_says_its_unit(self, figure: Figure) -> None:
        assert figure.name.endswith("_s") is (figure.unit is Unit.SECONDS) or figure.unit is Unit.SHARE

    def test_of_nothing_is_zero_or_unknown(self, figure: Figure) -> None:
        assert figure.measure(material()) in (0, None)

    def test_a_share_of_nothing_is_unknown(self, figure: Figure) -> None:
        if figure.unit is Unit.SHARE:
            assert figure.measure(material()) is None


def test_names_of_figures_and_lists_are_unique() -> None:
    for rows in (FIGURES, LISTS):
        assert max(Counter(row.name for row in rows).values()) == 1


labels = st.sampled_from([None, *Label])
some_calls = st.lists(
    st.builds(
        reported,
        label=labels,
        answered=st.sampled_from([True, False, None]),
        ended_by=st.sampled_from([None, *EndedBy]),
        debt=st.sampled_from([None, debt(), debt(closed=us(hours=2), result="reached")]),
        flagged=st.booleans(),
        verdict=st.sampled_from([None, *Verdict]),
    ),
    max_size=30,
)


@given(some_calls)
def test_parts_add_up_to_their_whole(calls: list) -> None:  # type: ignore[type-arg]
    of = material(*calls)
    parts = [figure for figure in FIGURES if figure.section is Section.RECEIVED and figure.is_part]
    assert sum(figure.measure(of) or 0 for figure in parts) == len(calls)
    assert sum(row[1] for row in kinds(of)) == len(calls)  # type: ignore[misc]
    assert value("callbacks_done", of) + value("callbacks_open", of) == value("callbacks_due", of)  # type: ignore[operator]
    ruled = ("confirmed", "overturned", "unsure", "unruled")
    if calls:
        assert sum(value(name, of) or 0 for name in ruled) == value("flagged", of)


# --- genuine calls delayed (SAFETY rule 14) ----------------------------------------------------------


def test_a_verified_emergency_is_counted() -> None:
    of = material(reported("a", verified_at=us(hours=1)), reported("b"), verified())
    assert (value("genuine_delayed", of), value("genuine_delayed_worst", of)) == (1, 1)
    assert value("genuine_delayed_bound", of) == upper_bound(1, 2)


def test_a_call_that_ended_in_the_prompt_counts_as_genuine_until_a_call_back_settles_it() -> None:
    lost = verified("lost", label=None, answered=False, ended_by=EndedBy.PROMPT)
    for owed, expected in (
        (None, 1),
        (debt(), 1),
        (debt(closed=us(hours=2), result="not_reached"), 1),
        (debt(closed=us(hours=2), result="impossible"), 1),
        (debt(closed=us(hours=2), result="reached"), 0),
    ):
        of = material(reported("a"), lost._replace(debt=owed))
        assert (value("genuine_delayed", of), value("genuine_delayed_worst", of)) == (0, expected)
    assert value("genuine_delayed_worst_bound", material(reported("a"), lost)) == upper_bound(1, 2)


@pytest.mark.parametrize("shared", ["caller", "incident_id"])
def test_a_genuine_call_within_a_day_puts_a_verified_one_in_doubt(shared: str) -> None:
    first = verified(**{shared: "one"})
    for later, expected in ((us(hours=2), 1), (us(hours=24), 1), (us(hours=26), 0), (us(minutes=30), 0)):
        second = reported("second", received_at=later, **{shared: "one"})
        for of in (material(first, second), material(first, after=(second,))):
            assert value("genuine_delayed_worst", of) == expected
    ruled = first._replace(verdict=Verdict.CONFIRMED)
    assert value("genuine_delayed_worst", material(ruled, second._replace(received_at=us(hours=2)))) == 0


def test_without_a_screened_call_nothing_is_claimed() -> None:
    of = material(reported(policy=None))
    for name in (
        "genuine_delayed",
        "genuine_delayed_bound",
        "flagged",
        "verified",
        "overturned",
        "time_saved_s",
    ):
        assert value(name, of) is None


@given(st.integers(0, 60), st.integers(1, 5000), st.sampled_from([0.9, 0.95, 0.99]))
def test_the_bound_is_that_of_clopper_and_pearson(hits: int, trials: int, confidence: float) -> None:
    hits = min(hits, trials)
    expected = 1.0 if hits == trials else beta.ppf(confidence, hits + 1, trials - hits)
    assert upper_bound(hits, trials, confidence) == pytest.approx(expected, abs=1e-9)


# --- time -------------------------------------------------------------------------------------------


def test_under_observe_nothing_is_saved() -> None:
    assert value("time_saved_s", material(prank(policy="observe"))) == 0


def test_a_saving_is_what_the_audit_sample_measures() -> None:
    audited = [
        prank(f"a{number}", guards=frozenset({Guard.AUDIT_SAMPLE}), talk_s=50.0)
        for number in range(SAVING_NEEDS)
    ]
    gone = [verified(f"v{number}", talk_s=20.0) for number in range(SAVING_NEEDS - 1)]
    assert value("time_saved_s", material(*audited, *gone)) is None
    gone.append(verified("last", ended_by=EndedBy.PROMPT, talk_s=None))
    mean = 20.0 * (SAVING_NEEDS - 1) / SAVING_NEEDS
    assert value("time_saved_s", material(*audited, *gone)) == pytest.approx((50 - mean) * SAVING_NEEDS)


def run(start: float, end: float) -> tuple[int, int]:
    return us(hours=start), us(hours=end)


@pytest.mark.parametrize(
    ("runs", "first", "expected_s"),
    [
        ([], None, None),
        ([], us(hours=-9), 7 * 3600),
        ([run(-1, 9)], us(hours=-9), 0),
        ([run(0, 2), run(3, 7)], us(hours=-9), 3600 - 30),
        ([run(3, 7), run(0, 2), run(1, 2.5)], us(hours=-9), 1800 - 30),
        ([run(5, 7)], us(hours=5), 0),
        ([run(-2, 1)], us(hours=-9), 6 * 3600 - 30),
        ([run(0, 6.995)], us(hours=-9), 0),
        ([], us(hours=8), None),
    ],
)
def test_downtime_is_what_no_process_covers(
    runs: list[tuple[int, int]], first: int | None, expected_s: float | None
) -> None:
    assert material(runs=runs, first_run=first).downtime_s == expected_s


def test_a_units_journey_is_counted_where_any_is_on_record() -> None:
    false = prank("f", label=Label.FALSE_REPORT, dispatched_at=us(hours=2))
    assert value("false_with_unit", material(false, prank())) == 1
    assert value("false_with_unit", material(reported(dispatched_at=us(hours=2)), prank())) == 0


def test_agreement_counts_flags_that_two_people_ruled_on() -> None:
    pairs = [("confirmed", "confirmed"), ("confirmed", "unsure"), ("confirmed", None), (None, None)]
    of = material(reviews=pairs)
    assert (value("second_reviews", of), value("agreement", of)) == (2, 0.5)


# --- lists -------------------------------------------------------------------------------------------


def test_the_wait_added_is_at_most_fifteen_seconds() -> None:
    assert wait_added_s(prank()) == 0
    assert wait_added_s(verified(answered_at=us(hours=1, seconds=4))) == 4
    assert wait_added_s(verified(answered_at=us(hours=1, minutes=4))) == 15
    assert wait_added_s(verified(answered_at=None)) == 15


def test_likelihood_is_said_in_words() -> None:
    assert [likelihood(one) for one in (None, 0.0, 0.5, 0.8)] == [
        None,
        "kemungkinan prank rendah",
        "kemungkinan prank sedang",
        "kemungkinan prank tinggi",
    ]


def test_every_label_has_its_row_under_the_name_that_centres_file_under() -> None:
    said = [row[0] for row in kinds(MIXED)]
    assert said == [names.LABELS[label] for label in Label]


@pytest.mark.parametrize("kind", [ReportKind.SHIFT, ReportKind.DAILY])
def test_every_flagged_call_is_printed_with_reasons_wait_and_outcome(kind: ReportKind) -> None:
    (flagged,) = (one for one in LISTS if one.name == "flagged")
    assert kind in flagged.reports
    columns = [column.name for column in flagged.columns]
    assert {"reasons", "wait_added_s", "kind", "verdict"} <= set(columns)
    assert [row[columns.index("call_id")] for row in flagged.rows(MIXED)] == ["d", "e", "f", "g"]


def test_call_takers_are_not_ranked() -> None:
    texts = [
        *(figure.label for figure in FIGURES),
        *(column.label for one in LISTS for column in one.columns),
    ]
    assert not [text for text in texts if "peringkat" in text.lower() or text.lower() == "petugas"]


# --- what is said beside the numbers -------------------------------------------------------------------


def remarks(of: Material, made_at: dt.datetime) -> tuple[str, ...]:
    before = (material(is_on_record=False), material(is_on_record=False))
    made = make_report(
        ReportKind.SHIFT, of, before, made_at=made_at, made_by="ratna", letterhead=["Layanan Darurat 112"]
    )
    assert made.figures["calls"].all[1:] == (None, None), "what is not on record is unknown, not zero"
    return made.remarks


def test_a_demonstration_says_that_it_is_one() -> None:
    said = remarks(material(reported("demo-2026-11-22-1")), PERIOD.end)
    assert len(said) == 1
    assert "Peragaan" in said[0]
    assert not remarks(material(reported()), PERIOD.end)


def test_a_period_that_goes_on_and_one_without_calls_say_so() -> None:
    now = PERIOD.end - dt.timedelta(minutes=1)
    assert remarks(material(is_on_record=False), now) == (NOT_OVER, NOTHING_ON_RECORD)


def test_the_page_of_reports_is_what_the_tables_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"
