"""Every policy, as data: what its row may say, what its sentence says, what its digest names (SAFETY 3-7)."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest

from prankfilter.routing.document import PAGE, page
from prankfilter.routing.guards import GUARDS, ROWS, Effect
from prankfilter.routing.policies import (
    CHECKS,
    DEFAULT_POLICY,
    FACTS,
    POLICIES,
    Policy,
    policy_digest,
)
from prankfilter.routing.sentences import describe
from prankfilter.vocabulary import CERTIFIED_STRATA, Guard, Moment, Stratum

SENTENCES = {
    ("observe", "en"): (
        "observe: no call is ever advised verify; "
        "a call is flagged for a supervisor from a prank score of 80 % on."
    ),
    ("queue", "en"): (
        "queue: a call may be advised verify only while at least one call is known to wait, "
        "only on the caller's own sound before the answer, only in the groups repeat and other, "
        "only after 3 confirmed pranks from its number on 2 days with no confirmed genuine call in 90 days, "
        "not twice to one number in 30 minutes, and only under a certificate that is valid for it; "
        "a call is flagged for a supervisor from a prank score of 80 % on."
    ),
    ("always", "en"): (
        "always: a call may be advised verify whether or not calls wait, "
        "only on the caller's own sound before the answer, only in the groups repeat and other, "
        "only after 3 confirmed pranks from its number on 2 days with no confirmed genuine call in 90 days, "
        "not twice to one number in 30 minutes, and only under a certificate that is valid for it; "
        "a call is flagged for a supervisor from a prank score of 80 % on."
    ),
    ("observe", "id"): (
        "observe: tidak ada panggilan yang mendapat sapaan otomatis; "
        "panggilan ditandai perlu ditinjau mulai skor prank 80 %."
    ),
    ("queue", "id"): (
        "queue: panggilan dapat mendapat sapaan otomatis hanya selagi diketahui ada panggilan lain yang "
        "menunggu, hanya berdasarkan suara penelepon sebelum dijawab, "
        "hanya untuk kelompok penelepon berulang dan penelepon lain, "
        "hanya setelah 3 prank terkonfirmasi dari nomornya pada 2 hari tanpa panggilan darurat nyata dalam "
        "90 hari, tidak dua kali untuk satu nomor dalam 30 menit, "
        "dan hanya dengan bukti batas risiko yang berlaku untuknya; "
        "panggilan ditandai perlu ditinjau mulai skor prank 80 %."
    ),
    ("always", "id"): (
        "always: panggilan dapat mendapat sapaan otomatis baik ada antrean maupun tidak, "
        "hanya berdasarkan suara penelepon sebelum dijawab, "
        "hanya untuk kelompok penelepon berulang dan penelepon lain, "
        "hanya setelah 3 prank terkonfirmasi dari nomornya pada 2 hari tanpa panggilan darurat nyata dalam "
        "90 hari, tidak dua kali untuk satu nomor dalam 30 menit, "
        "dan hanya dengan bukti batas risiko yang berlaku untuknya; "
        "panggilan ditandai perlu ditinjau mulai skor prank 80 %."
    ),
}


@pytest.mark.parametrize(("name", "language"), SENTENCES)
def test_a_policy_says_itself_word_for_word(name: str, language: str) -> None:
    assert describe(POLICIES[name], language) == SENTENCES[name, language]


def test_every_policy_has_a_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == set(itertools.product(POLICIES, ("en", "id")))


def test_the_sentence_follows_the_row() -> None:
    policy = dataclasses.replace(POLICIES["queue"], flag_from=0.995, genuine_days=7.5, rest_minutes=45)
    for language, words in {
        "en": ("99.5 %", "7.5 days", "45 minutes"),
        "id": ("99.5 %", "7.5 hari", "45 menit"),
    }.items():
        for word in words:
            assert word in describe(policy, language)


def test_a_sentence_in_an_unknown_language_is_refused() -> None:
    with pytest.raises(KeyError):
        describe(POLICIES["queue"], "fr")


def test_the_page_on_routing_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m prankfilter.routing.document`"


def test_observe_is_what_a_centre_gets_that_chose_none() -> None:
    assert DEFAULT_POLICY == "observe"
    assert not POLICIES[DEFAULT_POLICY].may_verify


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
class TestEveryPolicy:
    def test_is_named_as_it_is_filed(self, policy: Policy) -> None:
        assert POLICIES[policy.name] is policy

    def test_verifies_in_certified_strata_and_on_sound_only(self, policy: Policy) -> None:
        assert not set(policy.verified_strata) & {Stratum.SILENT, Stratum.CHILD, Stratum.NO_NUMBER}
        assert Moment.RING not in policy.verified_moments

    def test_names_guards_that_exist(self, policy: Policy) -> None:
        assert set(policy.guards) <= set(ROWS)

    def test_names_every_guard_that_could_speak_for_a_caller(self, policy: Policy) -> None:
        spared = set(Guard) - set(policy.guards)
        assert (
            spared
            == {
                "observe": {Guard.NO_QUEUE, *CHECKS},
                "queue": set(),
                "always": {Guard.NO_QUEUE},
            }[policy.name]
        )

    def test_lists_what_raises_before_what_lifts(self, policy: Policy) -> None:
        effects = [ROWS[guard].effect for guard in policy.guards if guard is not Guard.NEVER_SCREENED]
        assert effects == sorted(effects, key=lambda effect: effect is Effect.LIFT)


def test_every_guard_of_the_vocabulary_has_one_row() -> None:
    assert sorted(row.name for row in GUARDS) == sorted(Guard)


@pytest.mark.parametrize("row", GUARDS, ids=lambda row: row.name)
def test_every_guard_says_what_it_means_in_both_languages(row: Any) -> None:
    for sentence in (row.meaning, row.says):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
    assert row.meaning != row.says


def test_only_a_burst_and_a_second_child_call_raise() -> None:
    raising = {row.name for row in GUARDS if row.effect is Effect.RAISE}
    assert raising == {Guard.REPEAT_BURST, Guard.SECOND_CHILD_CALL}


QUEUE = POLICIES["queue"]

BROKEN: dict[str, dict[str, Any]] = {
    "silent is certified": {"verified_strata": (Stratum.SILENT,)},
    "child is certified": {"verified_strata": (*CERTIFIED_STRATA, Stratum.CHILD)},
    "no_number is certified": {"verified_strata": (Stratum.NO_NUMBER, Stratum.OTHER)},
    "ring verifies": {"verified_moments": (Moment.RING,)},
    "ring verifies beside audio": {"verified_moments": (Moment.AUDIO, Moment.RING)},
    "twice within 30 minutes": {"rest_minutes": 29.9},
    "a genuine call protects nobody": {"genuine_days": 0.0},
    "a NaN protects nobody": {"genuine_days": float("nan")},
    "never rests": {"rest_minutes": float("nan")},
    "flags everything": {"flag_from": 0.0},
    "flags nothing": {"flag_from": 1.01},
    "flags by no number": {"flag_from": float("nan")},
    "names a guard twice": {"guards": (*QUEUE.guards, Guard.SURGE)},
    "observes and verifies": {"may_verify": False},
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_a_row_that_breaks_a_rule_cannot_be_made(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"SAFETY\.md"):
        dataclasses.replace(QUEUE, **change)


@pytest.mark.parametrize("guard", (*FACTS, *CHECKS, Guard.NO_QUEUE))
def test_a_policy_that_leaves_out_a_guard_cannot_be_made(guard: Guard) -> None:
    fewer = tuple(kept for kept in QUEUE.guards if kept is not guard)
    with pytest.raises(ValueError, match="no guard left out"):
        dataclasses.replace(QUEUE, guards=fewer)


OTHER_VALUES: dict[str, Any] = {
    "name": "another",
    "needs_queue": False,
    "flag_from": 0.81,
    "verified_strata": (Stratum.OTHER,),
    "verified_moments": (),
    "genuine_days": 91.0,
    "rest_minutes": 31.0,
    "guards": (*QUEUE.guards[1:], QUEUE.guards[0]),
}


@pytest.mark.parametrize(("field", "value"), OTHER_VALUES.items())
def test_the_digest_changes_with_every_field(field: str, value: Any) -> None:
    assert policy_digest(dataclasses.replace(QUEUE, **{field: value})) != policy_digest(QUEUE)


def test_no_field_escapes_the_digest() -> None:
    fields = {field.name for field in dataclasses.fields(Policy)}
    assert fields == {*OTHER_VALUES, "may_verify"}
    assert len({policy_digest(policy) for policy in POLICIES.values()}) == len(POLICIES)


def test_the_digest_is_the_same_for_the_same_numbers() -> None:
    written = policy_digest(dataclasses.replace(QUEUE, genuine_days=90, rest_minutes=30))
    assert written == policy_digest(QUEUE)
    assert len(written) == 64


GOLDEN_DIGESTS = {
    "observe": "12b869f9d77f24ccfee628e3082f73ddfd21e02b00972fe4f792118c1e8b3e07",
    "queue": "c77900743073b76b36673b0c92f9d925ebf465f91500349570d6d953399f5fba",
    "always": "95f4729341fd220bd65883222fb863e172f10f207fd097b37dfc544fa67656a3",
}


@pytest.mark.parametrize("name", POLICIES)
def test_a_shipped_policy_keeps_its_digest_until_its_row_or_the_rules_change(name: str) -> None:
    """Certificates die with the digest: whoever changes it must mean to (`policies.RULES_VERSION`)."""
    assert policy_digest(POLICIES[name]) == GOLDEN_DIGESTS[name]
