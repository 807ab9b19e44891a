"""The answer to a router, documented. `prankfilter_api.answers` writes it; a test holds the two together."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from prankfilter.routing.answer import decision_members
from prankfilter.vocabulary import (
    Advice,
    Assessed,
    Basis,
    CertificateStatus,
    Decision,
    Guard,
    Label,
    Moment,
    Stratum,
)


class ReasonOut(BaseModel):
    """A feature that moved the score."""

    feature: str = Field(description="Name of a row of the feature table (`docs/features.md`).")
    value: float | None = Field(description="Its value; null where it was unknown and that moved the score.")
    unit: str
    contribution: float = Field(
        description="Change of the margin (natural log units); above 0 speaks for a prank."
    )
    text: str = Field(description="In Indonesian, for supervisors; never shown before the outcome is saved.")
    start_s: float | None = Field(
        description="From here on in the sound; null where it does not stem from sound."
    )
    end_s: float | None


class CertificateOut(BaseModel):
    """The proof that the decision was taken under, or why it did not hold."""

    id: str
    alpha: float = Field(description="At most this share of genuine callers gets `verify` …")
    confidence: float = Field(description="… with this confidence.")
    genuine_callers: int
    basis: Basis
    stratum: Stratum
    status: CertificateStatus


class DecisionOut(BaseModel):
    """The answer to one look at one call. Route by `advice`; anything but a word you know is `normal`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "call_id": "a84b4c76e66710@10.0.0.1",
                    "result_id": "5f2c7d0e9b1a4c3f8e6d5b2a7c9f0e1d",
                    "moment": "audio",
                    "audio_s": 5.2,
                    "assessed": "full",
                    "prank_score": 0.031,
                    "call_suspicion": 3,
                    "kinds": {
                        "genuine": 0.71,
                        "information": 0.214,
                        "silent": 0.02,
                        "accidental": 0.025,
                        "child_play": 0.011,
                        "joke_or_abuse": 0.014,
                        "false_report": 0.006,
                    },
                    "advice": "normal",
                    "flagged": False,
                    "guards": [],
                    "reasons": [
                        {
                            "feature": "speech_share_ratio",
                            "value": 0.62,
                            "unit": "ratio",
                            "contribution": -0.41,
                            "text": "Penelepon berbicara 62 % dari waktu",
                            "start_s": 0.4,
                            "end_s": 5.2,
                        }
                    ],
                    "certificate": None,
                    "policy": "observe",
                    "model_id": "9f86d081884c7d65",
                    "faults": [],
                    "elapsed_ms": 6.4,
                }
            ]
        }
    )

    call_id: str
    result_id: str = Field(description="Names the answer to exactly this request; a repeat has the same.")
    moment: Moment = Field(description="`audio` whenever sound was decoded, else `ring`.")
    audio_s: float = Field(description="Seconds of the caller's sound that were heard.")
    assessed: Assessed
    prank_score: float | None = Field(description="0 to 1; null exactly where `assessed` is `not_assessed`.")
    call_suspicion: int | None = Field(description="0 to 100 (NENA-STA-010.3); 0 is no suspicion.")
    kinds: dict[Label, float] | None = Field(description="Probability of each kind of call; they sum to 1.")
    advice: Advice = Field(description="The one member to route by.")
    flagged: bool = Field(description="A supervisor should look at this call later.")
    guards: list[Guard] = Field(description="Named reasons that overruled the score.")
    reasons: list[ReasonOut] = Field(description="Empty with `?reasons=0`.")
    certificate: CertificateOut | None
    policy: str
    model_id: str | None = Field(description="The model that answered; null where none was loaded.")
    faults: list[str] = Field(description="What of the request was unusable and counted as missing.")
    elapsed_ms: float

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """Convert the engine's value."""
        return cls.model_validate(decision_members(decision))
