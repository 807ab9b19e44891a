"""What calls truly are once `verify` is in use: one estimator for the mixture of audited and verified calls.

A caller who hangs up in the prompt leaves a call that nobody heard, and most of those who do are
pranksters: counting the labels that are left tells of fewer pranks than there were. The random audit
repairs this. Of the calls that would get `verify`, those drawn into the audit sample are treated as
`normal` whatever the score says, with a known probability that depends on nothing but a keyed hash of the
call's id. So they stand for the others.

**The estimator.** Let V be the calls that got `verify` or would have but for the audit, A those of V that
were drawn, each with its probability p, and U all calls that somebody answered or that ended in the prompt.
For any count, such as y = 1 for a prank, its total over U is estimated by ::

    T(y) = sum of y over U without V  +  |V| * (sum of y/p over A) / (sum of 1/p over A)

and a share by the ratio of two such totals. The second term is the Horvitz-Thompson total [#]_ in Hájek's
form [#]_, post-stratified to the known number of calls in V: weighting all audited calls by 1/p would be
unbiased too, but would throw away every other call of U without V. Calls of V that were verified are *not*
used, not even those that were answered and labelled: who stays on the line after a prompt is not who would
have stayed without.

**Interval.** By linearisation: a ratio R = T(y)/T(x) has residuals z = y - R x; a call outside V
contributes z, one in V the mean of z over A, plus, if audited, |V| / |A| of its own deviation from that
mean (times its share of the weights). Contributions are summed by caller, since calls of one caller are no
independent evidence, and the root of their squared sum over T(x) is the standard error [#]_. It covers the
draw of the audit as well as that of the callers. The genuine calls in V also get an exact upper bound
(Clopper-Pearson on the audited ones), because there will be none among them for months, and a standard
error of zero proves nothing.

**What it cannot know.** What unlabelled calls were: within V and outside it they are taken to be like the
labelled ones, which is wrong where prank labels are left out. Whether labels are right. What calls would be
coming if nobody had ever been verified: a number that met a prompt may call less often afterwards. And
where no call of V was audited it knows nothing of V, and says so.

.. [#] Horvitz, D. G., Thompson, D. J. (1952). A generalization of sampling without replacement from a
   finite universe. J. Am. Stat. Assoc. 47(260).
.. [#] Hájek, J. (1971). Comment on an essay of D. Basu. In Godambe, Sprott (eds.), Foundations of
   Statistical Inference.
.. [#] Särndal, C.-E., Swensson, B., Wretman, J. (1992). Model Assisted Survey Sampling, chapters 5 and 7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm

CONFIDENCE = 0.95
Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """The calls that somebody answered or that ended in the prompt; all arrays of shape (n,).

    Attributes
    ----------
    would_verify : ndarray of bool
        The call got `verify`, or would have but for the audit.
    audit_probability : ndarray
        Set for calls in the audit sample, in (0, 1]; NaN for the others.
    labelled, prank, genuine : ndarray of bool
        Whether somebody said what the call was; that it was a prank; that it was genuine.
    caller : ndarray of int
        A number for each caller; a call without a caller is one of its own.
    """

    would_verify: Flags
    audit_probability: Array
    labelled: Flags
    prank: Flags
    genuine: Flags
    caller: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share; NaN is unknown."""

    value: float
    low: float
    high: float
    counted: float
    """What a plain count of the labels says: biased as soon as callers hang up in the prompt."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """What the calls of a log truly were."""

    calls: int
    would_verify: int
    audited: int
    """Of the calls that would be verified: drawn into the audit sample, and labelled."""
    prank_share: Share
    genuine_share: Share
    genuine_delayed_share: Share
    """Of genuine calls: `verify` would delay them."""
    prank_recall: Share
    """Of pranks: `verify` would meet them."""
    genuine_delayed_at_most: float
    """Upper bound (95 %) on the number of genuine calls among those that would be verified."""


def mixture(calls: Calls) -> Mixture:
    """Estimate what the calls were; the module says how and what it cannot know.

    Examples
    --------
    Four calls would be verified, and two were drawn: one was a prank, one was genuine. So two of the four are
    taken to be pranks, and two genuine.

    >>> flags = lambda text: np.array([letter == "x" for letter in text])
    >>> found = mixture(Calls(
    ...     would_verify=flags("xxxx...."),
    ...     audit_probability=np.array([0.5, 0.5] + 6 * [np.nan]),
    ...     labelled=flags("xx..xxxx"), prank=flags("x...x..."), genuine=flags(".x...xxx"),
    ...     caller=np.arange(8)))
    >>> found.prank_share.value, found.genuine_share.value, found.prank_share.counted
    (0.375, 0.625, 0.3333333333333333)
    """
    weights = _weights(calls)
    ones, inside = np.ones(len(calls.caller)), calls.would_verify.astype(float)
    prank, genuine = calls.prank.astype(float), calls.genuine.astype(float)
    audited = calls.would_verify & (weights > 0)
    return Mixture(
        calls=len(calls.caller),
        would_verify=int(calls.would_verify.sum()),
        audited=int(audited.sum()),
        prank_share=_share(calls, weights, prank, ones),
        genuine_share=_share(calls, weights, genuine, ones),
        genuine_delayed_share=_share(calls, weights, genuine * inside, genuine),
        prank_recall=_share(calls, weights, prank * inside, prank),
        genuine_delayed_at_most=_at_most(calls, audited),
    )


def _weights(calls: Calls) -> Array:
    """How many calls each call stands for; 0 where it is not used, NaN where nothing stands for a part."""
    inside = calls.would_verify
    drawn = inside & ~np.isnan(calls.audit_probability)
    raw = np.where(inside, np.where(drawn, 1 / calls.audit_probability, 0.0), 1.0) * calls.labelled
    weights = np.zeros(len(raw))
    for part in (inside, ~inside):
        total = raw[part].sum()
        # What stands for all calls of a part adds up to their known number.
        weights[part] = raw[part] * part.sum() / total if total > 0 else math.nan
    return weights


def _share(calls: Calls, weights: Array, y: Array, x: Array) -> Share:
    """A ratio of two totals, with its interval, beside the plain count."""
    said = calls.labelled
    counted = _ratio(float(y[said].sum()), float(x[said].sum()))
    total_x = float((weights * x).sum())
    value = _ratio(float((weights * y).sum()), total_x)
    if math.isnan(value):
        return Share(math.nan, math.nan, math.nan, counted)
    z = y - value * x
    contribution = np.empty(len(z))
    for part in (calls.would_verify, ~calls.would_verify):
        mean = float((weights[part] * z[part]).sum() / max(part.sum(), 1))
        contribution[part] = mean + weights[part] * (z[part] - mean)
    error = math.sqrt(float(np.square(np.bincount(calls.caller, contribution)).sum())) / total_x
    reach = float(norm.ppf((1 + CONFIDENCE) / 2)) * error
    return Share(value, max(0.0, value - reach), min(1.0, value + reach), counted)


def _ratio(y: float, x: float) -> float:
    return y / x if x > 0 else math.nan


def _at_most(calls: Calls, audited: Flags) -> float:
    """Clopper-Pearson on the audited calls, times all calls that would be verified."""
    drawn, hits = int(audited.sum()), int((audited & calls.genuine).sum())
    share = float(beta.ppf(CONFIDENCE, hits + 1, drawn - hits)) if hits < drawn else 1.0
    return share * int(calls.would_verify.sum())
