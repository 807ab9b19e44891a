"""What the line tells while a call rings: the number, the handset's state, the queue, the place.

Flags are 1 for yes, 0 for no, NaN where the router did not say.
"""

from __future__ import annotations

import math
from functools import partial

from prankfilter.features.evidence import Evidence
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.vocabulary import AccessState, Attestation, Channel, Moment, NumberKind, Verstat

LONGEST_RING_S = 600.0
MOST_WAITING = 1000.0
LARGEST_UNCERTAINTY_M = 100_000.0
"""Half the length of Java: what is less certain than that is no place."""

ATTESTATION_LEVELS = {Attestation.A: 3.0, Attestation.B: 2.0, Attestation.C: 1.0}


def _flag(known: object | None, holds: bool) -> float:
    return math.nan if known is None else float(holds)


def _clipped(value: float | None, high: float) -> float:
    """Hold a number to [0, high]; what is negative or no number is unknown."""
    return math.nan if value is None or not value >= 0.0 else float(min(value, high))


def number_asserted(evidence: Evidence) -> float:
    """Tell whether the operator asserts the number (P-Asserted-Identity, RFC 3325)."""
    kind = evidence.record.number_kind
    return _flag(kind, kind is NumberKind.ASSERTED)


def number_unverified(evidence: Evidence) -> float:
    """Tell whether the number is only what the caller's side claims (From)."""
    kind = evidence.record.number_kind
    return _flag(kind, kind is NumberKind.UNVERIFIED)


def number_withheld(evidence: Evidence) -> float:
    """Tell whether the number is withheld (Privacy, RFC 3323)."""
    kind = evidence.record.number_kind
    return _flag(kind, kind is NumberKind.WITHHELD)


def number_absent(evidence: Evidence) -> float:
    """Tell whether there is no number at all."""
    kind = evidence.record.number_kind
    return _flag(kind, kind is NumberKind.NONE)


def number_verified(evidence: Evidence) -> float:
    """Tell whether the network vouches for the number in any way; anything else can be forged."""
    record = evidence.record
    return _flag(record.number_kind or record.attestation or record.verstat, record.number_is_verified)


def sim_less(evidence: Evidence) -> float:
    """Tell whether the handset holds no SIM card."""
    state = evidence.record.access_state
    return _flag(state, state is AccessState.SIM_LESS)


def not_initialised(evidence: Evidence) -> float:
    """Tell whether the handset has no service of its own (FCC: non-service-initialized)."""
    state = evidence.record.access_state
    return _flag(state, state is AccessState.NSI)


def unauthenticated(evidence: Evidence) -> float:
    """Tell whether the network could not authenticate the handset (RFC 7406)."""
    state = evidence.record.access_state
    return _flag(state, state is AccessState.UNAUTHENTICATED)


def attestation(evidence: Evidence) -> float:
    """Return how far the originating operator vouches: 3 full (A), 2 partial (B), 1 gateway (C); RFC 8588."""
    level = evidence.record.attestation
    return math.nan if level is None else ATTESTATION_LEVELS[level]


def verstat_failed(evidence: Evidence) -> float:
    """Tell whether the network tried to verify the number and could not (3GPP TS 24.229)."""
    verstat = evidence.record.verstat
    return _flag(verstat, verstat is Verstat.FAILED)


def ring(evidence: Evidence) -> float:
    """Return the seconds rung so far."""
    return _clipped(evidence.record.ring_s, LONGEST_RING_S)


def calls_waiting(evidence: Evidence) -> float:
    """Return how many calls wait for a call taker."""
    return _clipped(evidence.record.calls_waiting, MOST_WAITING)


def location_known(evidence: Evidence) -> float:
    """Tell whether a position came with the call."""
    record = evidence.record
    return float(record.latitude is not None and record.longitude is not None)


def location_uncertainty(evidence: Evidence) -> float:
    """Return the radius of the position's uncertainty in metres."""
    return _clipped(evidence.record.uncertainty_m, LARGEST_UNCERTAINTY_M)


def app_call(evidence: Evidence) -> float:
    """Tell whether the call was placed from an app."""
    channel = evidence.record.channel
    return _flag(channel, channel is Channel.APP_CALL)


_KIND_UNKNOWN = "The router did not say what kind of number it is."
_STATE_UNKNOWN = "The router did not say in which state the handset is."

_row = partial(Feature, source=Source.LINE, known_from=Moment.RING, version=1, low=0.0)
_flag_row = partial(_row, unit=Unit.FLAG, high=1.0)

LINE_FEATURES: tuple[Feature, ...] = (
    _flag_row(
        name="number_asserted_flag",
        compute=number_asserted,
        meaning="The operator asserts the calling number.",
        missing=_KIND_UNKNOWN,
        says="nomor dinyatakan oleh operator: {value}",
    ),
    _flag_row(
        name="number_unverified_flag",
        compute=number_unverified,
        meaning="The calling number is only claimed.",
        missing=_KIND_UNKNOWN,
        says="nomor belum diverifikasi: {value}",
    ),
    _flag_row(
        name="number_withheld_flag",
        compute=number_withheld,
        meaning="The caller withholds the number.",
        missing=_KIND_UNKNOWN,
        says="nomor disembunyikan: {value}",
    ),
    _flag_row(
        name="number_absent_flag",
        compute=number_absent,
        meaning="There is no calling number.",
        missing=_KIND_UNKNOWN,
        says="panggilan tanpa nomor: {value}",
    ),
    _flag_row(
        name="number_verified_flag",
        compute=number_verified,
        meaning="The network vouches for the number: asserted, fully attested or validated.",
        missing="The router sent neither kind of number nor attestation nor validation.",
        says="nomor dijamin oleh jaringan: {value}",
    ),
    _flag_row(
        name="sim_less_flag",
        compute=sim_less,
        meaning="The handset holds no SIM card.",
        missing=_STATE_UNKNOWN,
        says="telepon tanpa kartu SIM: {value}",
    ),
    _flag_row(
        name="not_initialised_flag",
        compute=not_initialised,
        meaning="The handset has no service of its own.",
        missing=_STATE_UNKNOWN,
        says="telepon tanpa layanan aktif: {value}",
    ),
    _flag_row(
        name="unauthenticated_flag",
        compute=unauthenticated,
        meaning="The network could not authenticate the handset.",
        missing=_STATE_UNKNOWN,
        says="telepon tidak dikenali jaringan: {value}",
    ),
    _row(
        name="attestation_level",
        unit=Unit.LEVEL,
        compute=attestation,
        meaning="How far the originating operator vouches for the number: 3 full, 2 partial, 1 gateway.",
        missing="The call carries no attestation, as is usual in Indonesia.",
        low=1.0,
        high=3.0,
        says="tingkat jaminan nomor dari operator asal (1–3): {value}",
    ),
    _flag_row(
        name="verstat_failed_flag",
        compute=verstat_failed,
        meaning="The network tried to validate the number and could not.",
        missing="The network did not report a validation.",
        says="validasi nomor oleh jaringan gagal: {value}",
    ),
    _row(
        name="ring_s",
        unit=Unit.SECONDS,
        compute=ring,
        meaning="How long the call has rung so far; longer than ten minutes counts as ten.",
        missing="The router did not say, or the log holds only the final ring time.",
        high=LONGEST_RING_S,
        says="sudah berdering {value} detik",
    ),
    _row(
        name="calls_waiting_count",
        unit=Unit.COUNT,
        compute=calls_waiting,
        meaning="Calls that wait for a call taker.",
        missing="The router did not say.",
        high=MOST_WAITING,
        says="panggilan yang sedang menunggu: {value}",
    ),
    _flag_row(
        name="location_known_flag",
        compute=location_known,
        meaning="A position came with the call.",
        missing="Never: without a position it is 0.",
        says="lokasi penelepon diketahui: {value}",
    ),
    _row(
        name="location_uncertainty_m",
        unit=Unit.METRES,
        compute=location_uncertainty,
        meaning="Radius within which the position lies.",
        missing="No position came with the call, or none with its uncertainty.",
        high=LARGEST_UNCERTAINTY_M,
        says="lokasi diketahui sampai {value} meter",
    ),
    _flag_row(
        name="app_call_flag",
        compute=app_call,
        meaning="The call was placed from an app.",
        missing="The router did not name the channel.",
        says="panggilan dari aplikasi: {value}",
    ),
)
