"""The watch over a certificate in service: what turns out to be genuine is held against what was proven."""

from __future__ import annotations

import datetime as dt
import logging

from prankfilter.routing.suspension import refuted
from prankfilter.store.past import watched_look
from prankfilter.store.port import Store
from prankfilter.vocabulary import CertificateNote

log = logging.getLogger("prankfilter")


def hold_against_proof(store: Store, call_id: str, *, at: dt.datetime) -> frozenset[str]:
    """Test the certificates that spoke for a call of which somebody has just said something.

    Only a call that was hit can speak against its certificate; any other costs one look-up.

    Returns
    -------
    frozenset of str
        Ids of the certificates that are suspended because of it.
    """
    hit = _certificates_that_hit(store, call_id)
    return frozenset(note.id for note in hit if _is_suspended(store, note, at))


def _certificates_that_hit(store: Store, call_id: str) -> list[CertificateNote]:
    file = store.call(call_id)
    if file is None:
        return []
    notes: dict[str, CertificateNote] = {}
    for decision in file.decisions:
        look = watched_look(call_id, None, decision)
        if look is not None and look.hit and decision.certificate is not None:
            notes[decision.certificate.id] = decision.certificate
    return list(notes.values())


def _is_suspended(store: Store, note: CertificateNote, at: dt.datetime) -> bool:
    strata = refuted(store.genuine_under(note.id), note.alpha)
    if not strata:
        return False
    counts = ", ".join(
        f"{stratum}: {tally.hits} of {tally.callers} genuine callers" for stratum, tally in strata.items()
    )
    reason = f"more than {note.alpha:g} of genuine callers got verify ({counts})"
    store.put_suspended(note.id, reason=reason, at=at)
    log.error("certificate %s suspended: %s", note.id, reason)
    return True
