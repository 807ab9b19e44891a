"""The gates that rest on a comparison with the model that runs.

The metric named beforehand must be shown to hold: its whole interval lies above the accepted loss. Slices
rest on too few calls for that, and a dozen strict questions at once would refuse nearly every challenger;
they and the other metrics refuse one that is shown to be worse.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable

from prankfilter.bundle.comparisons import ALL_CALLS, GENUINE_HIT, TOO_FEW, Comparison, Figure, Standing
from prankfilter.classifier.candidacy import Candidacy
from prankfilter.classifier.findings import Found, Said, with_comma
from prankfilter.vocabulary import Basis

YOUNGEST = dt.timedelta(days=-1)
OLDEST = dt.timedelta(days=30)
"""A comparison counts for so long; computers' clocks may differ by a day."""

Compared = Callable[[Candidacy, Comparison], Found]


def by_comparison(check: Compared) -> Callable[[Candidacy], Found]:
    """Ask a comparison that counts; without a champion there is nothing to compare with."""

    @functools.wraps(check)
    def asked(candidacy: Candidacy) -> Found:
        champion, comparison = candidacy.champion, candidacy.comparison
        if champion is None or not champion.runs:
            why = "none runs" if champion is None else f"{champion.model_id} can no longer be opened"
            return True, Said(
                f"compared with nothing: {why}",
                "tidak dibandingkan: tidak ada model yang berjalan",
            )
        if comparison is None:
            return False, Said(
                f"nobody compared it with {champion.model_id}, or no trusted key signed it. "
                f"Run `prankfilter-train compare {champion.model_id} {candidacy.challenger.model_id} LOG`.",
                "belum ada perbandingan sah dengan model yang berjalan; jalankan `compare`",
            )
        return check(candidacy, comparison)

    return asked


@by_comparison
def metrics(candidacy: Candidacy, comparison: Comparison) -> Found:
    age = candidacy.now - comparison.made_at
    if not YOUNGEST <= age <= OLDEST:
        return False, Said(
            f"the newest comparison is {age.days} days old, {OLDEST.days} are allowed. Compare again.",
            f"perbandingan terakhir berumur {age.days} hari, paling lama {OLDEST.days}. Bandingkan lagi.",
        )
    first = next(one for one in candidacy.comparisons if one.log == comparison.log)
    if first.primary != comparison.primary:
        return False, Said(
            f"the primary metric of these calls was {first.primary} and became {comparison.primary} after "
            "they had been looked at. Compare on later calls.",
            f"ukuran utama diganti dari {first.primary} menjadi {comparison.primary} setelah hasil dilihat. "
            "Bandingkan pada panggilan yang lebih baru.",
        )
    primary = comparison.primary_figure
    worse = [one for one in _metrics_of(comparison) if one.standing is Standing.WORSE]
    holds = primary.standing is Standing.HOLDS and not worse
    return holds, _told(comparison, [primary, *(one for one in worse if one is not primary)], holds=holds)


@by_comparison
def bound(candidacy: Candidacy, comparison: Comparison) -> Found:
    del candidacy
    figure = comparison.figure(GENUINE_HIT)
    before, after = comparison.champion_hit, comparison.challenger_hit
    holds = figure is not None and figure.standing is Standing.HOLDS
    return holds, Said(
        f"genuine callers hit: {after.hits} of {after.genuine_callers}, at most {after.worst_case_share:.2%} "
        f"(the one that runs: {before.hits} of {before.genuine_callers}, at most "
        f"{before.worst_case_share:.2%}){_basis(comparison).english}" + ("" if holds else _too_many(figure)),
        with_comma(
            f"penelepon darurat nyata yang tertandai: {after.hits} dari {after.genuine_callers}, paling "
            f"banyak {after.worst_case_share:.2%} (model sekarang: {before.hits} dari "
            f"{before.genuine_callers}, paling banyak {before.worst_case_share:.2%})"
            f"{_basis(comparison).indonesian}"
        ),
    )


def _too_many(figure: Figure | None) -> str:
    if figure is None:
        return "; the comparison does not say how many more. Compare again."
    return (
        f"; it may hit up to {-figure.low:.2%} more of them than the one that runs, {figure.margin:.2%} is "
        "accepted. Compare on more calls, or fit it again."
    )


@by_comparison
def slices(candidacy: Candidacy, comparison: Comparison) -> Found:
    del candidacy
    cut = [one for one in comparison.figures if one.group != ALL_CALLS]
    worse = [one for one in cut if one.standing is Standing.WORSE]
    unclear = sum(one.standing is Standing.OPEN for one in cut)
    if worse:
        return False, _told(comparison, worse, holds=False)
    groups, basis = len({one.group for one in cut}), _basis(comparison)
    untold = "; ".join(comparison.extra.get(TOO_FEW, ()))
    return True, Said(
        f"not shown to be worse in any of {groups} slices; {unclear} of {len(cut)} figures rest on too few "
        f"calls to tell; nothing can be told of: {untold or 'none'}{basis.english}",
        f"tidak terbukti lebih buruk di {groups} kelompok; {unclear} dari {len(cut)} angka belum pasti; "
        f"tidak dapat dinilai: {untold or 'tidak ada'}{basis.indonesian}",
    )


def _metrics_of(comparison: Comparison) -> list[Figure]:
    """Figures of all calls but the one that has a gate of its own."""
    return [one for one in comparison.figures if one.group == ALL_CALLS and one.metric != GENUINE_HIT]


def _told(comparison: Comparison, figures: list[Figure], *, holds: bool) -> Said:
    basis = _basis(comparison)
    parts = [
        f"{one.metric}{'' if one.group == ALL_CALLS else f' in {one.group}'}: {one.challenger:.4f} after "
        f"{one.champion:.4f}, gain {one.gain:+.4f} [{one.low:+.4f}, {one.high:+.4f}], n {one.n}, "
        f"accepted loss {one.margin:g}"
        for one in figures
    ]
    said = "; ".join(
        f"{one.metric}{'' if one.group == ALL_CALLS else f' pada {one.group}'}: {one.challenger:.4f}, "
        f"sebelumnya {one.champion:.4f}, lebih baik {one.gain:+.4f} "
        f"[{one.low:+.4f} – {one.high:+.4f}], n {one.n}, batas penurunan {one.margin:g}"
        for one in figures
    )
    verdict = "tidak lebih buruk" if holds else "lebih buruk atau belum pasti"
    return Said(f"{'; '.join(parts)}{basis.english}", with_comma(f"{verdict}: {said}{basis.indonesian}"))


def _basis(comparison: Comparison) -> Said:
    """What every figure that rests on simulated calls must say."""
    if comparison.basis is Basis.SIMULATED:
        return Said(" (SIMULATED calls)", " (panggilan SIMULASI)")
    return Said("", "")
