"""One call of a labelled log, as the rest of training sees it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from prankfilter.vocabulary import CallRecord, EndedBy, Label, LabelSource, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """One row of a log."""

    record: CallRecord
    row: int
    answered_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    duration_s: float | None = None
    ended_by: EndedBy | None = None
    cut_off: bool | None = None
    unfounded: bool | None = None
    audio_path: str | None = None
    audio_s: float | None = None
    bank_key: str | None = None
    label: Label | None = None
    label_source: LabelSource | None = None
    label_by: str | None = None
    label_at: dt.datetime | None = None
    verdict: Verdict | None = None
    verdict_by: str | None = None
    verdict_at: dt.datetime | None = None
    verdict_label: Label | None = None
    cleared_at: dt.datetime | None = None
    advice_shown: bool | None = None
    would_verify: bool | None = None
    audit_probability: float | None = None
    agency: str | None = None
    dispatched_at: dt.datetime | None = None
    on_scene_at: dt.datetime | None = None

    @property
    def is_call_back(self) -> bool:
        """Whether the centre placed the call (RFC 7090)."""
        return self.record.is_call_back

    @property
    def answered(self) -> bool | None:
        """Whether somebody answered; None where the log does not tell."""
        if self.answered_at is not None:
            return True
        if self.label is Label.ABANDONED:
            return False
        return None if self.label in (None, Label.UNKNOWN) else True
