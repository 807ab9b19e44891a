"""Screening one by one for a person at a terminal: no deadline, nothing kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from prankfilter.audio.hearing import hear
from prankfilter.audio.tracks import Tracks
from prankfilter.classifier.running import Artefacts
from prankfilter.features.evidence import Evidence
from prankfilter.privacy.intake import read_record
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.routing.policies import POLICIES
from prankfilter.screening import gather, screen_call
from prankfilter.settings import Settings
from prankfilter.store.port import Store
from prankfilter.store.recall import recall
from prankfilter.vocabulary import CallerHistory, CallRecord, Decision
from prankfilter.wiring.limits import limits_of


class Offline:
    """Screens recordings and call records one by one for a person at a terminal; keeps nothing."""

    def __init__(
        self, settings: Settings, artefacts: Artefacts, keyring: Keyring, store: Store | None
    ) -> None:
        self._settings = settings
        self._artefacts = artefacts
        self._ears = artefacts.ears if settings.child_voice else artefacts.ears.without_child()
        self._pseudonymise = Pseudonymiser(keyring).pseudonym
        self._store = store

    def hear(self, audio: bytes) -> Tracks:
        """Decode and track a recording with the current ears."""
        return hear(audio, ears=self._ears, limits=limits_of(self._settings))

    def evidence(self, tracks: Tracks) -> Evidence:
        """What features may look at of a recording of which nothing else is known."""
        record, _ = self._read("", {})
        return gather(tracks, record, CallerHistory(), ears=self._ears)

    def screen(self, call_id: str, body: Mapping[str, Any], tracks: Tracks | None) -> Decision:
        """Answer as the service would under the policy ``observe``, with its store's history if any."""
        record, faults = self._read(call_id, body)
        history = CallerHistory()
        if self._store is not None:
            history = recall(self._store, record)
        decision = screen_call(
            tracks,
            record,
            history,
            ears=self._ears,
            model=self._artefacts.model,
            policy=POLICIES["observe"],
            certificate=None,
            now=record.received_at,
        )
        return dataclasses.replace(decision, faults=faults + decision.faults)

    def _read(self, call_id: str, body: Mapping[str, Any]) -> tuple[CallRecord, tuple[str, ...]]:
        return read_record(
            call_id,
            body,
            now=dt.datetime.now(dt.UTC),
            zone=self._settings.zone,
            pseudonymise=self._pseudonymise,
        )
