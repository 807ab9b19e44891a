"""What the number's earlier calls tell. Facts of earlier calls, and only such labels as humans confirmed.

Everything is counted up to the moment the call was received, whatever the look.
A number that is unknown, or a store that is, makes every value unknown.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from functools import partial
from statistics import median

from prankfilter.features.evidence import Evidence, once
from prankfilter.features.judged import Judged, counts_against, decayed_count, judged_of
from prankfilter.features.memory import COUNTED_CALLS, LONGEST_CALL_S, MEMORY, known_at, usable_duration_s
from prankfilter.features.places import SPEECH
from prankfilter.features.row import Feature, Source, Unit
from prankfilter.vocabulary import Caller, Moment

FIVE_MINUTES = dt.timedelta(minutes=5)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(hours=24)
MONTH = dt.timedelta(days=30)

MOST_CALLS = 10_000.0

CHILD_LIKE_FROM = 0.5
"""Child-voice probability from which child-play history counts: more likely a child than not."""


# --- worked out once for all rows --------------------------------------------------------------------


def known_caller(evidence: Evidence) -> Caller | None:
    """Return what was known of the number when the call was received."""
    caller = evidence.history.caller
    return None if caller is None else known_at(caller, evidence.record.received_at)


def ages(evidence: Evidence) -> list[dt.timedelta]:
    """Return how long ago each earlier call was received, newest first."""
    caller = once(evidence, known_caller)
    at = evidence.record.received_at
    return [] if caller is None else sorted(at - call.received_at for call in caller.past_calls)


def judged_calls(evidence: Evidence) -> Judged | None:
    """Return the earlier calls that count for or against the number."""
    caller = once(evidence, known_caller)
    return None if caller is None else judged_of(caller, evidence.record.received_at)


def _is_covered(evidence: Evidence, window: dt.timedelta) -> bool:
    """Tell whether every attempt of a window is on record."""
    caller = once(evidence, known_caller)
    since = caller.observed_since if caller else None
    return since is not None and since <= evidence.record.received_at - window


# --- features -----------------------------------------------------------------------------------------


def calls_within(evidence: Evidence, *, window: dt.timedelta) -> float:
    """Count the number's earlier calls in the window before this one, answered or not.

    Parameters
    ----------
    evidence : Evidence
        What is known of the call.
    window : timedelta
        Both ends included.

    Returns
    -------
    float
        NaN where not every attempt of the window is on record.
    """
    if not _is_covered(evidence, window):
        return math.nan
    return min(float(bisect_right(once(evidence, ages), window)), MOST_CALLS)


def since_last_call(evidence: Evidence) -> float:
    """Return the hours since the number last called, answered or not; at most `memory.MEMORY`."""
    if not _is_covered(evidence, dt.timedelta(0)) or not once(evidence, ages):
        return math.nan
    return min(once(evidence, ages)[0], MEMORY) / HOUR


def days_with_calls(evidence: Evidence) -> float:
    """Count the local days of the last 30 days on which the number called."""
    caller, at = once(evidence, known_caller), evidence.record.received_at
    if caller is None or not _is_covered(evidence, MONTH):
        return math.nan
    recent = (call.received_at for call in caller.past_calls if at - call.received_at <= MONTH)
    return float(len({moment.astimezone(at.tzinfo).date() for moment in recent}))


def unanswered_recently(evidence: Evidence) -> float:
    """Count the number's attempts of the last hour that nobody answered."""
    caller, at = once(evidence, known_caller), evidence.record.received_at
    if caller is None or not _is_covered(evidence, HOUR):
        return math.nan
    unanswered = sum(call.answered is False and at - call.received_at <= HOUR for call in caller.past_calls)
    return min(float(unanswered), MOST_CALLS)


def unanswered_share(evidence: Evidence) -> float:
    """Return the share of the number's attempts of the last 30 days that nobody answered, where known."""
    caller, at = once(evidence, known_caller), evidence.record.received_at
    if caller is None or not _is_covered(evidence, MONTH):
        return math.nan
    fates = [
        call.answered
        for call in caller.past_calls
        if call.answered is not None and at - call.received_at <= MONTH
    ]
    return fates.count(False) / len(fates) if fates else math.nan


def usual_length(evidence: Evidence) -> float:
    """Return the median duration in seconds of the number's earlier answered calls."""
    caller, at = once(evidence, known_caller), evidence.record.received_at
    if caller is None:
        return math.nan
    lengths = [
        duration_s
        for call in caller.past_calls
        if call.answered is not False
        and at - call.received_at <= MEMORY
        and (duration_s := usable_duration_s(call)) is not None
    ]
    return float(median(lengths)) if lengths else math.nan


def confirmed_pranks(evidence: Evidence) -> float:
    """Count the confirmed pranks that count against this call, decayed; child play is counted apart."""
    found = once(evidence, judged_calls)
    if found is None:
        return math.nan
    verified, at = evidence.record.number_is_verified, evidence.record.received_at
    pranks = (p for p in found.pranks if counts_against(p, verified=verified, child_like=False))
    return decayed_count((prank.received_at for prank in pranks), at)


def confirmed_child_play(evidence: Evidence) -> float:
    """Count the confirmed child play that counts against this call, decayed: none unless a child speaks."""
    found, probability = once(evidence, judged_calls), evidence.child_voice_probability
    if found is None or math.isnan(probability):
        return math.nan
    verified, at = evidence.record.number_is_verified, evidence.record.received_at
    if probability < CHILD_LIKE_FROM:
        return 0.0
    pranks = (p for p in found.pranks if p.child_play and p.number_is_verified == verified)
    return decayed_count((prank.received_at for prank in pranks), at)


def confirmed_genuine(evidence: Evidence) -> float:
    """Count the earlier calls that stand as genuine, decayed."""
    found = once(evidence, judged_calls)
    return math.nan if found is None else decayed_count(found.genuine, evidence.record.received_at)


_UNKNOWN = "The number or the store is unknown"
_NOT_COVERED = f"{_UNKNOWN}, or not every attempt of that time is on record."

_row = partial(Feature, source=Source.CALLER, known_from=Moment.RING, version=1, low=0.0)
_count_row = partial(_row, unit=Unit.COUNT, high=MOST_CALLS, missing=_NOT_COVERED)
_decayed_row = partial(_row, unit=Unit.COUNT, high=float(COUNTED_CALLS), missing=f"{_UNKNOWN}.")

CALLER_FEATURES: tuple[Feature, ...] = (
    _count_row(
        name="calls_5min_count",
        compute=partial(calls_within, window=FIVE_MINUTES),
        meaning="Earlier calls from the number in the last 5 minutes.",
        says="nomor ini menelepon {value} kali dalam 5 menit terakhir",
    ),
    _count_row(
        name="calls_1h_count",
        compute=partial(calls_within, window=HOUR),
        meaning="Earlier calls from the number in the last hour.",
        says="nomor ini menelepon {value} kali dalam 1 jam terakhir",
    ),
    _count_row(
        name="calls_24h_count",
        compute=partial(calls_within, window=DAY),
        meaning="Earlier calls from the number in the last 24 hours.",
        says="nomor ini menelepon {value} kali dalam 24 jam terakhir",
    ),
    _count_row(
        name="calls_30d_count",
        compute=partial(calls_within, window=MONTH),
        meaning="Earlier calls from the number in the last 30 days.",
        says="nomor ini menelepon {value} kali dalam 30 hari terakhir",
    ),
    _row(
        name="days_with_calls_30d_count",
        unit=Unit.COUNT,
        compute=days_with_calls,
        meaning="Days of the last 30 on which the number called.",
        missing=_NOT_COVERED,
        high=31.0,
        says="nomor ini menelepon pada {value} dari 30 hari terakhir",
    ),
    _row(
        name="since_last_call_h",
        unit=Unit.HOURS,
        compute=since_last_call,
        meaning="Hours since the number last called; after 90 days it stays there.",
        missing=f"{_UNKNOWN}, it never called before, or unanswered attempts are not on record.",
        high=MEMORY / HOUR,
        says="panggilan terakhir nomor ini {value} jam yang lalu",
    ),
    _count_row(
        name="unanswered_1h_count",
        compute=unanswered_recently,
        meaning="Attempts from the number in the last hour that nobody answered.",
        says="nomor ini {value} kali tidak terjawab dalam 1 jam terakhir",
    ),
    _row(
        name="unanswered_share_30d_ratio",
        unit=Unit.RATIO,
        compute=unanswered_share,
        meaning="Share of the number's attempts in the last 30 days that nobody answered.",
        missing=f"{_UNKNOWN}, no attempt's fate is known, or not every attempt of that time is on record.",
        high=1.0,
        says="dari panggilan nomor ini dalam 30 hari terakhir {value} tidak terjawab",
    ),
    _row(
        name="usual_length_s",
        unit=Unit.SECONDS,
        compute=usual_length,
        meaning="Middle duration of the number's answered calls on record in the last 90 days.",
        missing=f"{_UNKNOWN}, or no earlier call's duration is.",
        high=LONGEST_CALL_S,
        says="panggilan nomor ini biasanya {value} detik",
    ),
    _decayed_row(
        name="confirmed_pranks_decayed_count",
        compute=confirmed_pranks,
        meaning="Confirmed pranks on record that count against a number as (un)verified as this one, without "
        "child play; each worth half after 30 days, the newest six.",
        says="riwayat prank nomor ini yang sudah dikonfirmasi (berkurang seiring waktu): {value}",
    ),
    _decayed_row(
        name="confirmed_child_play_decayed_count",
        source=Source.SOUND,
        known_from=Moment.AUDIO,
        compute=confirmed_child_play,
        meaning="The same for child play; 0 unless the voice is more likely a child's than not.",
        missing=f"{_UNKNOWN}, or nobody knows whether the voice is a child's.",
        says="riwayat main-main anak dari nomor ini yang sudah dikonfirmasi: {value}",
        where=SPEECH,
    ),
    _decayed_row(
        name="confirmed_genuine_decayed_count",
        compute=confirmed_genuine,
        meaning="Earlier calls that stand as genuine; each worth half after 30 days, the newest six.",
        says="riwayat darurat nyata dari nomor ini: {value}",
    ),
)
