"""What the desk says, in Indonesian; never score, advice or reasons (SAFETY rule 12)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from prankfilter.vocabulary import Label
from prankfilter.wiring.desk import Care, Phase

OFFERED = (
    Label.GENUINE,
    Label.INFORMATION,
    Label.SILENT,
    Label.ACCIDENTAL,
    Label.CHILD_PLAY,
    Label.JOKE_OR_ABUSE,
    Label.FALSE_REPORT,
    Label.UNKNOWN,
)
"""What somebody who took a call can say that it was, in the order of the buttons."""

CARES: Mapping[Care, str] = MappingProxyType(
    {
        Care.SECOND_CALL: "panggilan lagi dari nomor ini dalam 3 menit",
        Care.CALL_BACK_PENDING: "masih menunggu panggil balik",
        Care.EARLIER_EMERGENCY: "sebelumnya melaporkan darurat nyata",
        Care.SURGE: "lonjakan panggilan di wilayah ini",
    }
)

PHASES: Mapping[Phase, str] = MappingProxyType(
    {Phase.UNKNOWN: "masuk", Phase.ANSWERED: "dijawab", Phase.ENDED: "selesai"}
)
