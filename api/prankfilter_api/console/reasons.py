"""Reasons in words, in the reader's language, with the seconds that can be played."""

from __future__ import annotations

from dataclasses import dataclass

from prankfilter.classifier.reason_words import reason_text
from prankfilter.language.words import Words
from prankfilter.vocabulary import Reason


@dataclass(frozen=True, slots=True)
class ReasonView:
    """One reason as a page shows it."""

    text: str
    speaks_for_prank: bool
    weight: float
    """Its share in all that moved the score, 0 to 1."""
    start_s: float | None
    end_s: float | None


def views_of(reasons: tuple[Reason, ...], words: Words) -> list[ReasonView]:
    """Return reasons in the order of their weight."""
    total = sum(abs(reason.contribution) for reason in reasons) or 1.0
    return [
        ReasonView(
            text=reason_text(reason.feature, reason.value, reason.text, words),
            speaks_for_prank=reason.contribution > 0,
            weight=abs(reason.contribution) / total,
            start_s=reason.start_s,
            end_s=reason.end_s,
        )
        for reason in reasons
    ]
