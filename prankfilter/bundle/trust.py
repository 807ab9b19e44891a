"""Why an artefact may run: its hash was shipped with the code, or a trusted key signed it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prankfilter.bundle.disk import read_capped
from prankfilter.errors import ArtefactCorrupt, ArtefactUntrusted

SHIPPED = "trusted/shipped.sha256"
"""Below the folder of models; lines as ``sha256sum`` writes them, names relative to that folder."""

_CAP_BYTES = 1_000_000
SIGNATURE_CAP_BYTES = 4096

Signed = Callable[[bytes, bytes], bool]
"""(message, signature) -> whether a trusted key made the signature over the message."""


def signed_by_nobody(message: bytes, signature: bytes) -> bool:
    """Trust no key at all."""
    del message, signature
    return False


@dataclass(frozen=True, slots=True)
class Trust:
    """What is trusted.

    Attributes
    ----------
    shipped : Mapping[str, str]
        SHA-256 by name relative to the folder of models, such as ``0123456789abcdef/manifest.json``.
    signed : callable
        ``(message, signature) -> bool``.
    """

    shipped: Mapping[str, str] = field(default_factory=dict)
    signed: Signed = signed_by_nobody

    def check(self, name: str, content: bytes, signature: bytes | None) -> None:
        """Raise `ArtefactUntrusted` unless this content is shipped under this name, or signed."""
        if self.shipped.get(name) == hashlib.sha256(content).hexdigest():
            return
        if signature is not None and self.signed(content, signature):
            return
        raise ArtefactUntrusted(
            f"{name} is neither shipped nor signed by a trusted key. If you made it elsewhere, trust that "
            "key with `prankfilter-train trust KEY`; otherwise restore it from where it came from."
        )


def read_trust(models: Path, signed: Signed = signed_by_nobody) -> Trust:
    """Read the shipped hashes below a folder of models; without the file nothing counts as shipped."""
    path = models / SHIPPED
    if not path.exists():
        return Trust(signed=signed)
    shipped = {}
    for number, line in enumerate(read_capped(path, _CAP_BYTES).decode("ascii", "replace").splitlines(), 1):
        sha256, gap, name = line.partition("  ")
        if len(sha256) != 64 or not gap or not name:
            raise ArtefactCorrupt(f"{path}, line {number}: not `<sha256>  <name>`. Restore the file.")
        shipped[name] = sha256
    return Trust(shipped, signed)


def shipped_line(name: str, content: bytes) -> str:
    """Write the line of `SHIPPED` that makes an artefact trusted.

    >>> shipped_line("0123456789abcdef/manifest.json", b"{}")[:20]
    '44136fa355b3678a1146'
    """
    return f"{hashlib.sha256(content).hexdigest()}  {name}\n"
