"""The gates of promotion, as a table: what each asks, in two languages, and whether it may be forced.

All of them are always asked, so that whoever mends a challenger knows everything at once. What cannot be
asked because an earlier gate failed does not hold. No gate can be forced that keeps a service from running
what nobody vouches for, or what this code cannot run.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from prankfilter.classifier import compared, proofs
from prankfilter.classifier.candidacy import Candidacy, basis_of
from prankfilter.classifier.findings import Finding, Found, Said, not_asked, refused, with_comma
from prankfilter.classifier.latency import latency_ratio
from prankfilter.classifier.model import Model
from prankfilter.features import almanac_days
from prankfilter.vocabulary import LOOKS_S, Basis

CALENDAR = almanac_days.__name__
"""What a model's manifest calls the calendar of this code."""

LATENCY_FACTOR = 2.0
"""A challenger may take so many times as long as the champion for one row."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One row of the table."""

    name: str
    asks: Said
    check: Callable[[Candidacy], Found]
    may_be_forced: bool = True

    def ask(self, candidacy: Candidacy) -> Finding:
        """Ask it of a challenger."""
        holds, said = self.check(candidacy)
        return Finding(self.name, holds, said)


def ask_all(candidacy: Candidacy) -> tuple[Finding, ...]:
    """Ask every gate, whatever the ones before said."""
    return tuple(gate.ask(candidacy) for gate in GATES)


OfModel = Callable[[Candidacy, Model], Found]


def _of_model(check: OfModel) -> Callable[[Candidacy], Found]:
    """Ask a gate that needs the model itself, if there is one."""

    @functools.wraps(check)
    def asked(candidacy: Candidacy) -> Found:
        opened = candidacy.challenger
        if opened.model is None:
            return not_asked("signature" if opened.untrusted else "schema")
        return check(candidacy, opened.model)

    return asked


def _signature(candidacy: Candidacy) -> Found:
    if candidacy.challenger.untrusted:
        return refused(candidacy.challenger.untrusted)
    return True, Said(
        "shipped or signed by a trusted key, and every byte is the one that was vouched for",
        "bawaan atau ditandatangani kunci tepercaya, dan isinya utuh",
    )


def _schema(candidacy: Candidacy) -> Found:
    if candidacy.challenger.unfit:
        return refused(candidacy.challenger.unfit)
    return _looks_and_calendar(candidacy)


@_of_model
def _looks_and_calendar(candidacy: Candidacy, challenger: Model) -> Found:
    del candidacy
    looks, calendar = challenger.manifest.looks_s, challenger.manifest.calendar
    if looks != LOOKS_S:
        return False, Said(
            f"it was fitted at looks of {looks} s; calls are judged at {LOOKS_S} s. Fit it again.",
            f"dilatih pada {looks} detik, panggilan dinilai pada {LOOKS_S} detik. Latih ulang.",
        )
    if calendar != CALENDAR:
        return False, Said(
            f"it was fitted with the calendar {calendar}; this prankfilter has {CALENDAR}. Fit it again.",
            f"dilatih dengan kalender {calendar}, di sini {CALENDAR}. Latih ulang.",
        )
    count = len(challenger.features)
    return True, Said(
        f"{count} features in the versions that this prankfilter computes, its looks and its calendar",
        f"{count} fitur dengan versi, panjang suara, dan kalender yang sama",
    )


@_of_model
def _ears(candidacy: Candidacy, challenger: Model) -> Found:
    del challenger
    if candidacy.challenger.deaf:
        return refused(candidacy.challenger.deaf)
    return True, Said(
        "the ears that it was fitted with are here and trusted", "modul pendengaran ada dan sah"
    )


@_of_model
def _latency(candidacy: Candidacy, challenger: Model) -> Found:
    champion = candidacy.champion
    if champion is None or champion.model is None:
        return True, Said("timed against nothing: none runs", "tidak dibandingkan: tidak ada model berjalan")
    ratio = latency_ratio(champion.model, challenger, candidacy.clock)
    return ratio <= LATENCY_FACTOR, Said(
        f"{ratio:.2f} times the time of the one that runs for a row; {LATENCY_FACTOR:g} is accepted",
        with_comma(f"{ratio:.2f} kali waktu model sekarang; paling banyak {LATENCY_FACTOR:g} kali"),
    )


@_of_model
def _basis(candidacy: Candidacy, challenger: Model) -> Found:
    champion = candidacy.champion
    if champion is None or champion.model is None or basis_of(champion.model) is Basis.SIMULATED:
        return True, Said(
            f"fitted on {basis_of(challenger)} calls; it replaces no model that was fitted on real ones",
            "tidak menggantikan model yang dilatih pada panggilan nyata",
        )
    if basis_of(challenger) is Basis.SIMULATED:
        return False, Said(
            "fitted on SIMULATED calls, it would replace one that was fitted on real ones",
            "dilatih pada panggilan simulasi, padahal model sekarang dilatih pada panggilan nyata",
        )
    if candidacy.comparison is not None and candidacy.comparison.basis is Basis.SIMULATED:
        return False, Said(
            "both were fitted on real calls and compared on SIMULATED ones. Compare on real calls.",
            "dibandingkan pada panggilan simulasi; bandingkan pada panggilan nyata",
        )
    return True, Said("fitted and compared on real calls", "dilatih dan dibandingkan pada panggilan nyata")


GATES: tuple[Gate, ...] = (
    Gate(
        "signature",
        Said("Does somebody trusted vouch for every byte?", "Apakah isinya sah dan utuh?"),
        _signature,
        may_be_forced=False,
    ),
    Gate(
        "schema",
        Said("Can this prankfilter compute all that it looks at?", "Apakah semua fiturnya dikenal?"),
        _schema,
        may_be_forced=False,
    ),
    Gate(
        "ears",
        Said("Are the ears here that it was fitted with?", "Apakah modul pendengarannya tersedia?"),
        _ears,
        may_be_forced=False,
    ),
    Gate(
        "metrics",
        Said(
            "Is it no worse than the one that runs, by the metric named beforehand?",
            "Apakah hasilnya tidak lebih buruk menurut ukuran yang ditetapkan lebih dulu?",
        ),
        compared.metrics,
    ),
    Gate(
        "bound",
        Said(
            "Does it hit no more genuine callers?",
            "Apakah penelepon darurat nyata tidak lebih banyak tertandai?",
        ),
        compared.bound,
    ),
    Gate(
        "slices",
        Said("Is no group of callers worse off?", "Apakah tidak ada kelompok penelepon yang dirugikan?"),
        compared.slices,
    ),
    Gate(
        "certificate",
        Said("Does every policy keep its proof?", "Apakah bukti batas risiko tetap ada?"),
        proofs.certificate,
    ),
    Gate("latency", Said("Is it fast enough?", "Apakah cukup cepat?"), _latency),
    Gate(
        "basis",
        Said(
            "Does no simulation replace what was learned from real calls?",
            "Apakah model dari panggilan nyata tidak diganti hasil simulasi?",
        ),
        _basis,
    ),
)
"""Every gate, in the order in which people read them."""
