"""What reports call the things that people do to models, modes and data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from prankfilter.bundle.journal import Event
from prankfilter.language import names
from prankfilter.store.deeds import Act
from prankfilter.store.incidents import Cause

DEEDS: Mapping[Act, str] = MappingProxyType(
    {
        act: names.TRAIL[act.value]
        for act in (Act.LISTENED, Act.EXPORTED, Act.ERASED, Act.PURGED, Act.CLEARED_NUMBER)
    }
)
"""Deeds that a report tells of; signing in and out is not among them."""

CHANGES: Mapping[Event, str] = MappingProxyType(
    {
        Event.FOUND: "model berjalan tanpa catatan",
        Event.PROMOTE: "model hendak diaktifkan",
        Event.ROLLBACK: "hendak kembali ke model sebelumnya",
        Event.DONE: "pergantian model selesai",
        Event.UNDONE: "pergantian model tidak jadi",
        Event.REFUSED: "model ditolak pemeriksaan",
        Event.TRUST: "kunci penanda tangan dipercaya",
        Event.DISTRUST: "kunci penanda tangan tidak dipercaya lagi",
    }
)
JOURNAL_BROKEN = "catatan model rusak atau diubah"
SWITCHED_OFF, SWITCHED_ON = "disetel ke mode pengamatan", "mode pengamatan diakhiri"
SUSPENDED = "bukti batas risiko ditangguhkan"

CAUSES: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.GENUINE_VERIFIED: "darurat nyata mendapat sapaan otomatis",
        Cause.WAS_EMERGENCY: "ditandai, ternyata darurat",
    }
)


def happenings() -> tuple[str, ...]:
    """Everything that is said here."""
    others = (JOURNAL_BROKEN, SWITCHED_OFF, SWITCHED_ON, SUSPENDED)
    return (*DEEDS.values(), *CHANGES.values(), *CAUSES.values(), *others)
