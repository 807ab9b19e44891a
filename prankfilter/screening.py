"""The flow, whole: what is known of a call goes in, a Decision comes out."""

from __future__ import annotations

import datetime as dt

from prankfilter.audio.child import child_voice_probability
from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.model import Model
from prankfilter.errors import PrankfilterError
from prankfilter.features.evidence import Evidence
from prankfilter.routing.decide import decide, fail_open
from prankfilter.routing.policies import Policy
from prankfilter.vocabulary import CallerHistory, CallRecord, Certificate, Decision


def gather(sound: Tracks | None, record: CallRecord, history: CallerHistory, *, ears: Ears) -> Evidence:
    """Bring together all that features may look at, at the longest complete look."""
    if sound is None:
        return Evidence(record, history)
    heard = sound.at_look()
    return Evidence(record, history, heard, child_voice_probability(heard, ears))


def screen_call(
    sound: Tracks | None,
    record: CallRecord,
    history: CallerHistory,
    *,
    ears: Ears,
    model: Model,
    policy: Policy,
    certificate: Certificate | None,
    now: dt.datetime,
) -> Decision:
    """Decide where one call goes. Touches no disk, clock, process or network."""
    try:
        evidence = gather(sound, record, history, ears=ears)
        score = model.score(evidence)
        return decide(score, evidence, policy=policy, certificate=certificate, now=now)
    except PrankfilterError as refusal:
        return fail_open(record.call_id, refusal, policy=policy, model_id=model.model_id)
