"""What every row of the feature table promises, whatever rows there are."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import string
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prankfilter.audio.heard import Heard
from prankfilter.audio.tracks import Tracks
from prankfilter.classifier.sentences import sentence
from prankfilter.features import document
from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.features.table import FEATURES, by_name, extract, feature_digest
from prankfilter.vocabulary import CallerHistory, CallRecord, Moment, PastCall
from tests.builders import (
    NOW,
    ZONE,
    ago,
    call_record,
    caller,
    evidence,
    heard_look,
    history,
    past_call,
    prankster,
    rich_record,
)
from tests.golden.caller_cases import CASES, FILE, GOLDEN_FEATURES, golden
from tests.sounds import RATE_HZ, ears, text_telephone, voice
from tests.strategies import callers, maybe, pieces_of_evidence

every_feature = pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)


def sounds() -> Mapping[str, NDArray[np.float32]]:
    """Sound that a line may carry, the worst of it first."""
    random = np.random.default_rng(112)
    time_s = np.arange(6 * RATE_HZ) / RATE_HZ
    made = {
        "nothing": np.empty(0),
        "one sample": np.array([0.5]),
        "a second less a sample": np.full(RATE_HZ - 1, 0.1),
        "digital silence": np.zeros(6 * RATE_HZ),
        "direct current": np.ones(3 * RATE_HZ),
        "loud noise": random.uniform(-1, 1, 6 * RATE_HZ),
        "faint noise": random.normal(0, 1e-5, 3 * RATE_HZ),
        "clipped voice": np.clip(20 * voice(6), -1, 1),
        "voice": voice(6),
        "a high voice": voice(11, pitch_hz=400),
        "text telephone": text_telephone(3),
        "one click": np.where(np.arange(2 * RATE_HZ) == 5000, 1.0, 0.0),
        "busy tone": 0.3 * np.sin(2 * np.pi * 425 * time_s),
        "half a minute of whistling": 0.5 * np.sin(np.cumsum(np.linspace(0.4, 2.5, 31 * RATE_HZ))),
    }
    return {name: samples.astype(np.float32) for name, samples in made.items()}


@cache
def heard() -> Mapping[str, Heard]:
    """Each of the sounds as it is heard at its longest look."""
    looks = {}
    for name, samples in sounds().items():
        tracks = Tracks(ears())
        tracks.feed(samples)
        looks[name] = tracks.at_look()
    return looks


ZONES = (ZONE, ZoneInfo("Asia/Jayapura"), ZoneInfo("America/New_York"), dt.UTC)

HOSTILE = caller(
    *(
        past_call(received_at=NOW + dt.timedelta(days=days), call_id=f"at {days}")
        for days in (-4000, -1, 0, 1, 4000)
    ),
    past_call(duration_s=math.nan),
    past_call(duration_s=math.inf),
    past_call(duration_s=-1e300),
    past_call(ended_at=ago(days=9000), duration_s=1e300),
    *(past_call(received_at=ago(seconds=n), call_id=f"flood-{n}", answered=False) for n in range(1, 1500)),
    observed_since=NOW + dt.timedelta(days=1),
)

PASTS: Mapping[str, Any] = {
    "no number": None,
    "no history": caller(),
    "full history": prankster(),
    "hostile history": HOSTILE,
    "hostile history, on record": replace(HOSTILE, observed_since=ago(days=5000)),
}


def looks() -> st.SearchStrategy[Evidence]:
    """Any call at any look, with sound that was really heard."""
    really_heard = maybe(st.sampled_from(tuple(sounds())).map(lambda name: heard()[name]))
    return st.builds(lambda look, heard: replace(look, heard=heard), pieces_of_evidence(), really_heard)


def assert_row_in_range(look: Evidence) -> None:
    """Every value is a float: NaN, or within the range that its row declares."""
    complete = look.heard is not None and look.heard.look_s is not None
    for feature in FEATURES:
        if complete or feature.known_from is Moment.RING:
            assert isinstance(feature.compute(look), float), feature.name
    for feature, value in zip(FEATURES, extract(look), strict=True):
        assert math.isnan(value) or feature.low <= value <= feature.high, f"{feature.name} = {value}"


class TestTheTable:
    def test_is_large_enough_to_choose_from(self) -> None:
        assert len(FEATURES) >= 45

    def test_names_are_unique_and_lead_to_their_rows(self) -> None:
        assert len(by_name) == len(FEATURES)
        assert all(by_name[feature.name] is feature for feature in FEATURES)

    def test_digest_names_rows_versions_and_order(self) -> None:
        first, *rest = FEATURES
        digests = {
            feature_digest(FEATURES),
            feature_digest(rest),
            feature_digest((*rest, first)),
            feature_digest((replace(first, version=first.version + 1), *rest)),
        }
        assert len(digests) == 4
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests)

    def test_digest_does_not_change_with_words(self) -> None:
        first, *rest = FEATURES
        assert feature_digest(
            (replace(first, meaning="Otherwise.", says="lain {value}"), *rest)
        ) == feature_digest(FEATURES)

    def test_page_is_fresh(self) -> None:
        assert document.main(["--check"]) == 0

    def test_page_has_every_row(self) -> None:
        page = document.page()
        assert all(f"| `{feature.name}` |" in page for feature in FEATURES)

    def test_a_changed_row_makes_the_page_stale(self) -> None:
        first, *rest = FEATURES
        assert document.page((replace(first, missing="Sometimes."), *rest)) != document.page()


@every_feature
class TestEveryFeature:
    def test_name_ends_with_its_unit(self, feature: Feature) -> None:
        assert re.fullmatch(r"[a-z0-9_]+", feature.name)
        assert feature.name == feature.unit.value or feature.name.endswith(f"_{feature.unit.value}")

    def test_name_ends_with_no_longer_unit(self, feature: Feature) -> None:
        """`slope_db_per_octave` must not claim to be in octaves, nor `x_per_s` in seconds."""
        longer = [unit for unit in Unit if len(unit.value) > len(feature.unit.value)]
        assert not any(feature.name.endswith(f"_{unit.value}") for unit in longer)

    def test_is_described(self, feature: Feature) -> None:
        for text in (feature.meaning, feature.missing):
            assert text[0].isupper()
            assert text.endswith((".", ".)"))
        assert feature.version >= 1
        assert math.isfinite(feature.low)
        assert math.isfinite(feature.high)
        assert feature.low < feature.high
        assert feature.compute.__doc__ or feature.meaning

    def test_says_its_value_in_a_sentence(self, feature: Feature) -> None:
        fields = [name for _, name, _, _ in string.Formatter().parse(feature.says) if name is not None]
        assert fields == ["value"]
        assert feature.says == feature.says.strip()
        assert not feature.says.endswith(".")
        for value in (feature.low, feature.high, (feature.low + feature.high) / 2, math.nan):
            said = sentence(feature, value)
            assert "nan" not in re.split(r"\W", said)
            assert "{" not in said

    def test_flags_and_probabilities_lie_between_0_and_1(self, feature: Feature) -> None:
        if feature.unit in {Unit.FLAG, Unit.PROBABILITY}:
            assert (feature.low, feature.high) == (0, 1)

    def test_has_a_place_in_the_sound_if_it_is_of_sound(self, feature: Feature) -> None:
        assert (feature.where is not None) == (feature.source is Source.SOUND)
        if feature.where is not None:
            assert f"| {feature.where.words} |" in document.page()

    def test_stems_from_seconds_that_were_heard(self, feature: Feature) -> None:
        """At every complete look there are some, whatever was heard and whether or not the value is known."""
        for name, look in heard().items():
            seconds = feature.where(evidence(heard=look)) if feature.where else None
            assert (seconds is not None) == (feature.where is not None and look.look_s is not None), name
            if seconds is not None:
                assert 0.0 <= seconds[0] < seconds[1] <= look.duration_s, name

    def test_is_unknown_at_ring_if_it_needs_sound(self, feature: Feature) -> None:
        full = evidence(history=history(caller=prankster()), child_voice_probability=0.9)
        for look in (full, replace(full, heard=heard()["one sample"]), replace(full, heard=heard_look(None))):
            (value,) = extract(look, (feature,))
            if feature.known_from is Moment.AUDIO:
                assert math.isnan(value)

    def test_needs_no_sound_if_it_is_known_at_ring(self, feature: Feature) -> None:
        """A ring feature is the same at every look, so that history and line never speak for the sound."""
        if feature.known_from is Moment.RING:
            at_ring = evidence(history=history(caller=prankster()))
            values = [
                feature.compute(replace(at_ring, heard=look, child_voice_probability=p))
                for look, p in ((None, math.nan), (heard()["voice"], 0.9), (heard()["loud noise"], 0.1))
            ]
            assert len(set(map(str, values))) == 1

    def test_sound_is_declared_as_such(self, feature: Feature) -> None:
        """The guard `single_group` sets the columns of sound to NaN; none may hide under another source."""
        assert (feature.source is Source.SOUND) == (feature.known_from is Moment.AUDIO)

    def test_does_not_depend_on_the_order_of_past_calls(self, feature: Feature) -> None:
        number = CASES["household, a child"].history.caller
        assert number is not None
        turned = replace(number, past_calls=number.past_calls[::-1])
        one, other = (
            replace(CASES["household, a child"], history=history(caller=number))
            for number in (number, turned)
        )
        assert str(feature.compute(one)) == str(feature.compute(other))

    def test_does_not_look_at_the_call_id_or_its_pseudonym(self, feature: Feature) -> None:
        """Nothing may be learnt of single calls or people by name."""
        one = CASES["household, a child"]
        other = replace(
            one,
            record=replace(
                one.record, call_id="other", caller="other", number_tail="000", session_id="other"
            ),
        )
        assert str(feature.compute(one)) == str(feature.compute(other))


class TestExtract:
    @pytest.mark.parametrize("sound", sounds())
    def test_is_in_range_on_any_sound(self, sound: str) -> None:
        for probability in (math.nan, 0.0, 1.0):
            assert_row_in_range(evidence(heard=heard()[sound], child_voice_probability=probability))

    @pytest.mark.parametrize("known", PASTS)
    def test_is_in_range_with_any_past(self, known: str) -> None:
        past = history(caller=PASTS[known])
        assert_row_in_range(evidence(history=past))
        impossible = rich_record(calls_waiting=10**9, ring_s=1e300, uncertainty_m=math.inf)
        assert_row_in_range(evidence(record=impossible, history=past))

    @given(looks())
    def test_is_in_range_on_anything(self, look: Evidence) -> None:
        assert_row_in_range(look)

    @given(
        callers(),
        maybe(st.floats()),
        maybe(st.integers()),
        maybe(st.floats()),
        st.integers(0, 2**32).flatmap(
            lambda s: st.sampled_from(ZONES).map(lambda zone: dt.datetime.fromtimestamp(s, zone))
        ),
    )
    def test_is_in_range_on_impossible_records(
        self,
        number: Any,
        ring_s: float | None,
        waiting: int | None,
        uncertainty_m: float | None,
        at: dt.datetime,
    ) -> None:
        record = call_record(
            received_at=at, ring_s=ring_s, calls_waiting=waiting, uncertainty_m=uncertainty_m
        )
        assert_row_in_range(Evidence(record, history(caller=number)))

    @given(looks(), st.permutations(FEATURES).map(lambda rows: rows[: len(rows) // 2]))
    @settings(max_examples=50)
    def test_columns_do_not_depend_on_each_other(self, look: Evidence, some: list[Feature]) -> None:
        row = dict(zip(by_name, extract(look), strict=True))
        alone = replace(look)
        np.testing.assert_array_equal(extract(alone, some), [row[feature.name] for feature in some])

    @given(looks())
    @settings(max_examples=25)
    def test_twice_is_the_same(self, look: Evidence) -> None:
        np.testing.assert_array_equal(extract(look), extract(look))

    def test_knows_nothing_of_an_unknown_call_but_when_it_came_and_that_it_gave_no_place(self) -> None:
        bare = Evidence(CallRecord(call_id="bare", received_at=NOW), CallerHistory())
        known = {
            feature.name for feature, value in zip(FEATURES, extract(bare), strict=True) if value == value
        }
        calendar = {feature.name for feature in FEATURES if feature.source is Source.CALENDAR}
        assert known == calendar | {"location_known_flag"}


def _alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)


class TestGolden:
    """A changed value without a raised version would let a model run on what it was not trained on."""

    KEPT = json.loads(FILE.read_text(encoding="utf-8"))

    def test_covers_every_row_and_case(self) -> None:
        assert list(self.KEPT["versions"]) == [feature.name for feature in GOLDEN_FEATURES]
        assert list(self.KEPT["values"]) == list(CASES)

    @pytest.mark.parametrize("feature", GOLDEN_FEATURES, ids=lambda feature: feature.name)
    def test_knows_each_row_and_more_than_one_value_of_it(self, feature: Feature) -> None:
        values = {row[feature.name] for row in self.KEPT["values"].values()} - {None}
        only_as_its_case = {"location_uncertainty_m"}
        assert len(values) >= (1 if feature.name in only_as_its_case else 2)

    @pytest.mark.parametrize("case", CASES)
    def test_values_change_only_with_the_version(self, case: str) -> None:
        versions = {feature.name: feature.version for feature in GOLDEN_FEATURES}
        assert versions == self.KEPT["versions"], "run python -m tests.golden.caller_cases"
        now, kept = golden()[case], self.KEPT["values"][case]
        changed = [name for name in kept if not _alike(now[name], kept[name])]
        assert not changed, "raise their versions, then run python -m tests.golden.caller_cases"


def test_past_calls_tell_nothing_of_this_one() -> None:
    """No row is known only after the call: what a record has no field for cannot be looked at."""
    later = {"ended_at", "duration_s", "answered", "labels"}
    assert later <= set(PastCall.__dataclass_fields__)
    assert not later & set(CallRecord.__dataclass_fields__)
