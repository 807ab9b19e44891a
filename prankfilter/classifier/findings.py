"""What a gate found, in words for people."""

from __future__ import annotations

import re
from dataclasses import dataclass

from prankfilter.errors import BadArtefact


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence for people."""

    english: str
    indonesian: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a gate found."""

    gate: str
    holds: bool
    said: Said
    forced: bool = False
    """It does not hold, and two people let it pass."""


Found = tuple[bool, Said]


def with_comma(indonesian: str) -> str:
    """Write the numbers of a sentence as Indonesian does.

    >>> with_comma("1.25 kali, paling banyak 2 kali.")
    '1,25 kali, paling banyak 2 kali.'
    """
    return re.sub(r"(?<=\d)\.(?=\d)", ",", indonesian)


def refused(refusal: BadArtefact) -> Found:
    """The engine itself refuses."""
    return False, Said(str(refusal), f"ditolak: {refusal}")


def not_asked(because: str) -> Found:
    """Another gate stands before this one."""
    return False, Said(
        f"cannot be asked, because the gate {because} does not hold",
        f"tidak dapat diperiksa, karena pemeriksaan {because} gagal",
    )
