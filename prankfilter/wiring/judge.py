"""What one process judges calls with: its policy, its ears, and the proof as it stands now."""

from __future__ import annotations

import dataclasses
import datetime as dt

from prankfilter.audio.tracks import Tracks
from prankfilter.bundle.ears import Ears
from prankfilter.classifier.running import Artefacts
from prankfilter.routing.policies import Policy, policy_digest
from prankfilter.screening import screen_call
from prankfilter.vocabulary import CallerHistory, CallRecord, Certificate, Decision


class Judge:
    """Screens what has been gathered. Whoever calls it waits for the trees."""

    def __init__(self, policy: Policy, *, child_voice: bool) -> None:
        self.certificate: Certificate | None = None
        """The proof under which the last call was judged."""
        self._policy = policy
        self._policy_digest = policy_digest(policy)
        self._child_voice = child_voice

    def judge(
        self,
        artefacts: Artefacts,
        record: CallRecord,
        sound: Tracks | None,
        history: CallerHistory,
        now: dt.datetime,
    ) -> Decision:
        """Decide on one look at one call."""
        return screen_call(
            sound,
            record,
            history,
            ears=self.ears(artefacts),
            model=artefacts.model,
            policy=self._policy,
            certificate=self._proof(artefacts, history),
            now=now,
        )

    def ears(self, artefacts: Artefacts) -> Ears:
        """The ears of a model, without the part that tells children where that is switched off."""
        return artefacts.ears if self._child_voice else artefacts.ears.without_child()

    def _proof(self, artefacts: Artefacts, history: CallerHistory) -> Certificate | None:
        """The certificate as it stands now: calls in service may have refuted it."""
        certificate = artefacts.certificates.get(self._policy_digest)
        if certificate is not None and certificate.id in history.standing.suspended:
            certificate = dataclasses.replace(certificate, suspended=True)
        if history.store_available:
            self.certificate = certificate
        return certificate
