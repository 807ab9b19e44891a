"""One call of the service as a row of a labelled log, with no more of it than learning needs.

Callers, call ids, incidents and people get new pseudonyms under the export key: they hold together within
all exports of this installation, so that history can be computed, and match nothing in the store. Left out
are the last digits of the number, notes, and what only routers use; a position is coarsened to a tenth of a
degree (11 km), since all that is learnt of it is whether there was one.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from prankfilter.privacy.pseudonym import KeyedHash
from prankfilter.store.port import CallFile, Ruling
from prankfilter.store.said import FACT_READERS, What
from prankfilter.vocabulary import Advice, CallRecord, Guard, Label, LabelSource, Outcome, Verdict
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.table import SCHEMA

LEFT_OUT = frozenset(
    {
        "row",
        "number_tail",
        "source_ip",
        "user_agent",
        "session_id",
        "emergency_call_id",
        "audio_path",
        "bank_key",
    }
)
"""Columns of a log's table that an export does not have."""

COLUMNS = tuple(name for name in SCHEMA if name not in LEFT_OUT)

_ENDS = ("answered_at", "ended_at", "duration_s", "ended_by", "cut_off")
_PSEUDONYM = re.compile(r"k[0-9]+:[0-9a-f]{64}")
_COARSE_DIGITS = 1


class Pseudonyms:
    """Names that mean nothing outside exports."""

    def __init__(self, export_key: KeyedHash, *, keep_call_ids: bool = False) -> None:
        self._key, self._keep_call_ids = export_key, keep_call_ids

    def caller(self, name: str | None) -> str | None:
        """Of a number, from its pseudonym in the store."""
        return self._name("caller", name)

    def person(self, name: str | None) -> str | None:
        """Of who gave a label."""
        return self._name("person", name)

    def incident(self, name: str | None) -> str | None:
        """Of an incident."""
        return self._name("incident", name)

    def call(self, call_id: str) -> str:
        """Of a call, unless ids are kept so that a supervisor can look calls up."""
        return call_id if self._keep_call_ids else self._key.digest(f"call {call_id}")

    def _name(self, kind: str, name: str | None) -> str | None:
        return None if name is None else self._key.digest(f"{kind} {name}")


def logged_call(
    record: CallRecord, file: CallFile, names: Pseudonyms, *, cleared_at: dt.datetime | None
) -> LoggedCall:
    """Return a call as the log has it: the last word of call taker or field unit, and the ruling beside it.

    Parameters
    ----------
    record : CallRecord
        The call as it came in.
    file : CallFile
        What is kept of it beside.
    cleared_at : datetime, optional
        When its number was cleared, if no later call of the number came before that.
    """
    ends = _ends(file)
    said = _last_outcome(file)
    ruling = file.rulings[-1] if file.rulings else None
    return LoggedCall(
        record=_hidden(record, file, names),
        row=0,
        **ends,
        **_label(said, names) if said else _label_of_unheard(file, ends),
        **_verdict(file, ruling, names) if ruling else {},
        cleared_at=cleared_at,
        audio_s=max((decision.audio_s for decision in file.decisions), default=0.0) or None,
        would_verify=_would_verify(file),
        audit_probability=file.audit_probability,
    )


def _hidden(record: CallRecord, file: CallFile, names: Pseudonyms) -> CallRecord:
    """The record as it was when the call came in, without what names anybody."""
    # The centre rings the number that it calls: history looks for a call-back there.
    caller = record.called_number if _calls_a_citizen(record) and record.is_call_back else record.caller
    return dataclasses.replace(
        record,
        call_id=names.call(record.call_id),
        caller=names.caller(caller),
        called_number=None if _calls_a_citizen(record) else record.called_number,
        incident_id=names.incident(record.incident_id or file.facts.get("incident_id")),
        latitude=_coarse(record.latitude),
        longitude=_coarse(record.longitude),
        audio_capture=file.capture or record.audio_capture,
    )


def _calls_a_citizen(record: CallRecord) -> bool:
    return record.called_number is not None and _PSEUDONYM.fullmatch(record.called_number) is not None


def _coarse(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, _COARSE_DIGITS)


# --- how it went -------------------------------------------------------------------------------------


def _ends(file: CallFile) -> dict[str, Any]:
    """The latest of each fact of its end, whoever told it."""
    told: dict[str, Any] = {}
    for change in file.changes:
        if change.what in (What.FACTS, What.OUTCOME):
            told |= {
                name: _read(name, change.details[name]) for name in _ENDS if _tells(change.details, name)
            }
    answered_at, ended_at = told.get("answered_at"), told.get("ended_at")
    if told.get("duration_s") is None and answered_at is not None and ended_at is not None:
        told["duration_s"] = max((ended_at - answered_at).total_seconds(), 0.0)
    return told


def _tells(details: Mapping[str, Any], name: str) -> bool:
    return details.get(name) is not None


def _read(name: str, value: Any) -> Any:
    reader = FACT_READERS.get(name)
    return value if reader is None else reader(value)


def _would_verify(file: CallFile) -> bool | None:
    """Whether any look of it got `verify`, or lost it to the audit; None where it was never screened."""
    if not file.decisions:
        return None
    return any(
        decision.advice is Advice.VERIFY or Guard.AUDIT_SAMPLE in decision.guards
        for decision in file.decisions
    )


# --- what it was -------------------------------------------------------------------------------------


def _last_outcome(file: CallFile) -> Outcome | None:
    """The last that says what the call was; who gives neither label nor name tells only how long it took."""
    said = [one for one in file.outcomes if one.label is not Label.UNKNOWN or one.by is not None]
    return said[-1] if said else None


def _label(said: Outcome, names: Pseudonyms) -> dict[str, Any]:
    return {
        "label": said.label,
        "label_source": said.source,
        "label_by": names.person(said.by),
        "label_at": said.at,
        "unfounded": said.unfounded,
        "advice_shown": said.advice_shown,
    }


def _label_of_unheard(file: CallFile, ends: Mapping[str, Any]) -> dict[str, Any]:
    """A call whose end was told and no answer: nobody heard it, which is a label of its own."""
    if ends.get("answered_at") is not None or ends.get("ended_by") is None:
        return {}
    at = next(change.at for change in file.changes if _tells(change.details, "ended_by"))
    return {"label": Label.ABANDONED, "label_source": LabelSource.IMPORT, "label_at": at}


def _verdict(file: CallFile, ruling: Ruling, names: Pseudonyms) -> dict[str, Any]:
    return {
        "verdict": ruling.verdict,
        "verdict_by": names.person(ruling.by),
        "verdict_at": ruling.at,
        "verdict_label": _ruled_label(file, ruling),
    }


def _ruled_label(file: CallFile, ruling: Ruling) -> Label:
    """What the ruling says the call was: a confirmation without a word, the unbiased label before it."""
    if ruling.verdict is Verdict.WAS_EMERGENCY:
        return Label.GENUINE
    if ruling.label is not None:
        return ruling.label
    before = [one.label for one in file.outcomes if one.at <= ruling.at and not one.advice_shown]
    return before[-1] if before and ruling.verdict is Verdict.CONFIRMED else Label.UNKNOWN
