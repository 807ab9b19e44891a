"""Pools: what centres exchange, what is refused, and whom a pool's threshold may serve."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prankfilter_training.proof.bounds import allowed_hits, lowest_threshold
from prankfilter_training.proof.certify import Claim, NotEnough
from prankfilter_training.proof.margin_counts import (
    EDGES,
    MarginCounts,
    binned,
    bins_digest,
    name_of,
    read_counts,
    write_counts,
)
from prankfilter_training.proof.pooling import counts_of, pooled, without_majority

from prankfilter.bundle.trust import Trust
from prankfilter.errors import ArtefactUntrusted, BadInput
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.signing import Signer, signed_by
from prankfilter.routing.policies import POLICIES
from prankfilter.vocabulary import Basis, Label, Stratum
from tests.training.proofs import QUEUE, RULED_OUT, model, strangers

SIGNER = Signer(Keyring.ephemeral())
TRUST = Trust(signed=signed_by([SIGNER.public]))
CLAIM = Claim(alpha=0.05, confidence=0.8)
"""Needs 59 genuine callers in a stratum: delta / 2 / 2 = 0.05."""

REVIEW = {"calls": 50, "agreed": 50}


def counts(centre: str, margins: Sequence[float], **over: Any) -> MarginCounts:
    calls = strangers(margins, record={"centre_id": centre})
    known: dict[str, Any] = {"basis": Basis.REAL, "review": REVIEW, "use": 1}
    made = counts_of(model(), QUEUE, calls, **known | over)
    return dataclasses.replace(made, name=name_of(made))


def two(own: Sequence[float], other: Sequence[float], claim: Claim = CLAIM) -> dict[str, Any]:
    certificate, told = pooled(model(), QUEUE, counts("a", own), [counts("b", other)], claim)
    return {**told, "certificate": certificate}


class TestBins:
    @given(st.floats(-50, 50))
    def test_a_margin_counts_as_the_upper_edge_of_its_bin(self, margin: float) -> None:
        (upper,) = binned(np.array([margin]))
        assert margin <= upper
        assert upper in EDGES or (upper == np.inf and margin > EDGES[-1])
        assert upper <= max(0.0, margin + 0.05 + 1e-9) or upper == np.inf

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.floats(-3, 26), min_size=60, max_size=80))
    def test_the_threshold_of_bins_is_never_below_that_of_the_margins(self, margins: list[float]) -> None:
        exact = lowest_threshold(np.array(margins), 0.05, 0.05)
        by_bins = lowest_threshold(binned(np.array(margins)), 0.05, 0.05)
        assert exact is not None
        if by_bins is not None:
            assert by_bins.value >= exact.value
            assert by_bins.value in EDGES
            assert sum(np.array(margins) > by_bins.value) <= allowed_hits(len(margins), 0.05, 0.05)

    def test_other_models_and_policies_have_other_bins(self) -> None:
        other = model()
        other.model_id = "f" * 16  # type: ignore[misc]
        digests = {
            bins_digest(model(), QUEUE),
            bins_digest(other, QUEUE),
            bins_digest(model(), POLICIES["always"]),
        }
        assert len(digests) == 3


class TestFile:
    def test_it_reads_what_was_written(self, tmp_path: Path) -> None:
        made = counts("a", [RULED_OUT, -1.0, 0.2, 3.0, 99.0])
        write_counts(tmp_path / "a.json", made, sign=SIGNER.sign)
        read = read_counts(tmp_path / "a.json", TRUST)
        assert read.genuine[Stratum.OTHER].tolist() == [-np.inf, 0.0, 0.2, 3.0, np.inf]
        assert (read.centre, read.period, read.review, read.use, read.name) == (
            made.centre,
            made.period,
            made.review,
            made.use,
            made.name,
        )

    def test_it_holds_no_call_no_caller_and_no_feature(self, tmp_path: Path) -> None:
        write_counts(tmp_path / "a.json", counts("a", [1.0, 2.0]), sign=SIGNER.sign)
        document = json.loads((tmp_path / "a.json").read_bytes())
        assert document.keys() == {
            "format",
            "kind",
            "centre",
            "basis",
            "capture",
            "bins",
            "edges",
            "period",
            "strata",
            "review",
            "use",
        }
        assert document["strata"]["other"] == {
            "genuine": {"ruled_out": 0, "by_bin": {"20": 1, "40": 1}},
            "doubtful": {"ruled_out": 0, "by_bin": {}},
        }

    def test_every_byte_is_signed(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        write_counts(path, counts("a", [1.0]), sign=SIGNER.sign)
        path.write_bytes(path.read_bytes().replace(b'"20": 1', b'"20": 9'))
        with pytest.raises(ArtefactUntrusted):
            read_counts(path, TRUST)

    def test_nobodys_signature_is_not_enough(self, tmp_path: Path) -> None:
        write_counts(tmp_path / "a.json", counts("a", [1.0]), sign=SIGNER.sign)
        with pytest.raises(ArtefactUntrusted):
            read_counts(tmp_path / "a.json", Trust())
        (tmp_path / "a.sig").unlink()
        with pytest.raises(ArtefactUntrusted):
            read_counts(tmp_path / "a.json", TRUST)

    @pytest.mark.parametrize(
        "change",
        [
            lambda document: document.update(kind="certificate"),
            lambda document: document.update(capture="mixed"),
            lambda document: document.update(period=["2025-01-01"]),
            lambda document: document.update(period=document["period"][::-1]),
            lambda document: document.update(use=0),
            lambda document: document["strata"].pop("other"),
            lambda document: document["strata"]["other"]["genuine"].update(ruled_out=-1),
            lambda document: document["strata"]["other"]["genuine"].update(ruled_out=0.5),
            lambda document: document["strata"]["other"]["genuine"]["by_bin"].update({"999": 1}),
            lambda document: document["strata"]["other"]["genuine"]["by_bin"].update({"-1": 1}),
        ],
    )
    def test_what_is_no_file_of_counts_is_refused(
        self, tmp_path: Path, change: Callable[[dict[str, Any]], object]
    ) -> None:
        path = tmp_path / "a.json"
        write_counts(path, counts("a", [1.0, 2.0]), sign=SIGNER.sign)
        document = json.loads(path.read_bytes())
        change(document)
        content = json.dumps(document).encode()
        path.write_bytes(content)
        path.with_suffix(".sig").write_bytes(SIGNER.sign(content))
        with pytest.raises(BadInput, match="no file of margin counts"):
            read_counts(path, TRUST)

    def test_a_share_is_of_one_centre_with_a_name(self) -> None:
        calls = strangers([1.0], record={"centre_id": "a"}) + strangers([1.0], record={"centre_id": "b"})
        for chosen, named in ((calls, 2), (strangers([1.0], record={"centre_id": None}), 0)):
            with pytest.raises(BadInput, match=f"name {named} centres"):
                counts_of(model(), QUEUE, chosen, basis=Basis.REAL, review=REVIEW, use=1)


class TestRefusals:
    @pytest.mark.parametrize(
        ("over", "complaint"),
        [
            ({"bins": "0" * 16}, "another model, policy or set of bins"),
            ({"basis": Basis.SIMULATED}, "are simulated, the others real"),
            ({"review": None}, "had no blind second review"),
            ({"centre": "a"}, "a is in the pool for overlapping periods"),
        ],
    )
    def test_counts_that_are_not_alike(self, over: dict[str, Any], complaint: str) -> None:
        other = dataclasses.replace(counts("b", np.linspace(-3, 1, 70).tolist()), **over)
        with pytest.raises(BadInput, match=complaint):
            pooled(model(), QUEUE, counts("a", [0.0] * 60), [other], CLAIM)

    def test_a_centre_gives_one_file_even_of_two_periods(self) -> None:
        later = counts("b", [0.1] * 30)
        year = dt.timedelta(days=365)
        earlier = dataclasses.replace(later, period=(later.period[0] - year, later.period[1] - year))
        with pytest.raises(BadInput, match="b is in the pool twice"):
            pooled(model(), QUEUE, counts("a", [0.0] * 60), [later, earlier], CLAIM)

    def test_the_same_counts_under_another_name(self) -> None:
        same = counts("b", [0.1] * 30)
        renamed = dataclasses.replace(same, centre="c")
        with pytest.raises(BadInput, match="the counts of c are those of b under another name"):
            pooled(model(), QUEUE, counts("a", [0.0] * 60), [same, renamed], CLAIM)

    def test_calls_of_more_than_two_years_ago(self) -> None:
        old = counts("b", [0.1] * 30)
        old = dataclasses.replace(old, period=(old.period[0] - dt.timedelta(days=800), old.period[1]))
        with pytest.raises(BadInput, match="b counted calls more than 730 days old"):
            pooled(model(), QUEUE, counts("a", [0.0] * 60), [old], CLAIM)

    def test_a_pool_of_one(self) -> None:
        with pytest.raises(BadInput, match="a pool needs counts of other centres"):
            pooled(model(), QUEUE, counts("a", [0.0] * 60), [], CLAIM)


class TestThreshold:
    def test_it_is_the_order_statistic_of_all_callers_put_up_to_its_bins_edge(self) -> None:
        told = two([0.512] * 100, [-1.0] * 100)
        bound = told["certificate"].strata[Stratum.OTHER]
        assert (bound.threshold, bound.genuine_callers) == (0.55, 200)
        assert bound.hits == 0
        assert told["certificate"].centres == ("a", "b")

    def test_together_they_have_enough_where_each_alone_has_not(self) -> None:
        strict = dataclasses.replace(CLAIM, alpha=0.03)
        assert strict.callers_needed == 99
        assert two([0.0] * 60, [0.0] * 59, strict)["certificate"].strata[Stratum.OTHER].genuine_callers == 118
        with pytest.raises(NotEnough, match="other: 88 of 99 genuine callers"):
            two([0.0] * 60, [0.0] * 44, strict)

    def test_no_centre_supplies_more_than_half_and_a_hash_thins_it(self) -> None:
        large = counts("large", np.linspace(0.1, 20, 400).tolist())
        small = [counts("b", [0.2] * 40), counts("c", [0.3] * 60)]
        parts = without_majority([large, *small], Stratum.OTHER)
        assert [len(part) for part in parts] == [100, 40, 60]
        assert set(parts[0]) <= set(large.genuine[Stratum.OTHER])
        again = without_majority([small[0], large, small[1]], Stratum.OTHER)[1]
        assert again.tolist() == parts[0].tolist()
        # A thinning that favoured one end would move the middle.
        assert 7 < np.median(parts[0]) < 13

    def test_a_member_needs_fifty_nine_callers_of_its_own(self) -> None:
        assert two([0.0] * 59, [0.0] * 100)["certificate"].strata
        with pytest.raises(BadInput, match="a may not use it: a member needs 59 genuine callers"):
            two([0.0] * 58, [0.0] * 100)

    def test_a_member_with_a_high_rate_of_its_own_may_not_use_it(self) -> None:
        with pytest.raises(BadInput, match=r"other: 6 of 60 callers hit, at most 18\.\d%"):
            two([0.0] * 54 + [9.0] * 6, [0.0] * 500, dataclasses.replace(CLAIM, alpha=0.15))

    def test_each_centres_own_figures_stand_beside_it_and_so_does_what_it_proves_not(self) -> None:
        told = two([0.0] * 100, [0.0] * 97 + [9.0] * 3)
        members = {member["centre"]: member for member in told["strata"]["other"]["members"]}
        assert members["a"]["worst_case_share"] == pytest.approx(1 - 0.05 ** (1 / 100), abs=1e-6)
        assert (members["b"]["hits"], members["b"]["genuine_callers"]) == (3, 100)
        assert members["b"]["worst_case_share"] > CLAIM.alpha
        assert "proves nothing for one centre" in told["pool"]["notice"]

    def test_callers_who_ended_in_the_prompt_count_against_the_pool(self) -> None:
        calls = strangers([0.0] * 60)
        against = strangers([7.0] * 9, first_day=900, label=Label.UNKNOWN, doubtful=True)
        own = counts_of(model(), QUEUE, calls + against, basis=Basis.REAL, review=REVIEW, use=1)
        certificate, _ = pooled(model(), QUEUE, own, [counts("b", [0.0] * 60)], CLAIM)
        # Of 120 callers two may be above it, and nine are in doubt.
        assert certificate.strata[Stratum.OTHER].threshold == 7.0
        assert certificate.strata[Stratum.OTHER].genuine_callers == 120
