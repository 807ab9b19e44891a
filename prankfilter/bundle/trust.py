"""Why an artefact may run: its hash was shipped with the code, or a trusted key signed it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prankfilter.bundle.disk import read_capped, replace_durably
from prankfilter.errors import ArtefactCorrupt, ArtefactUntrusted, BadArtefact, BadInput
from prankfilter.privacy.signing import key_id, signed_by

log = logging.getLogger("prankfilter")

SHIPPED = "trusted/shipped.sha256"
"""Below the folder of models; lines as ``sha256sum`` writes them, names relative to that folder."""

KEYS = "trusted"
"""Below the folder of models; holds ``*.pub``, one public half each (`prankfilter.privacy.signing`)."""

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

    def read(self, path: Path, name: str, *, cap_bytes: int, signature: Path | None = None) -> bytes:
        """Read a file that is shipped under this name, or whose signature lies beside it (``.sig``).

        Raises `ArtefactMissing`, `ArtefactCorrupt` where it is too large, or `ArtefactUntrusted`.
        """
        content, beside = read_capped(path, cap_bytes), signature or path.with_suffix(".sig")
        signed = read_capped(beside, SIGNATURE_CAP_BYTES) if beside.exists() else None
        self.check(name, content, signed)
        return content


def put_signed(path: Path, content: bytes, sign: Callable[[bytes], bytes] | None) -> None:
    """Write a file for `Trust.read`, the signature first: who sees it sees why it is trusted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if sign is not None:
        replace_durably(path.with_suffix(".sig"), sign(content))
    replace_durably(path, content)


def read_trust(models: Path, signed: Signed = signed_by_nobody) -> Trust:
    """Read what a folder of models trusts: hashes that were shipped, and public keys that were added to it.

    ``signed`` tells of keys that are trusted beside these.
    """
    added = signed_by(_public_keys(models / KEYS))
    return Trust(
        _shipped(models / SHIPPED),
        lambda message, signature: added(message, signature) or signed(message, signature),
    )


def _public_keys(folder: Path) -> list[str]:
    """Read the keys that can be read; a spoilt one is as good as none, and is named in the log."""
    publics = []
    for path in sorted(folder.glob("*.pub")):
        try:
            public = read_capped(path, SIGNATURE_CAP_BYTES).decode("ascii", "replace").strip()
            key_id(public)
        except (BadInput, BadArtefact) as refusal:
            log.error("public key ignored, %s: %s", path, refusal)
        else:
            publics.append(public)
    return publics


def _shipped(path: Path) -> dict[str, str]:
    """Read hashes as ``sha256sum`` writes them; without the file nothing counts as shipped."""
    if not path.exists():
        return {}
    shipped = {}
    for number, line in enumerate(read_capped(path, _CAP_BYTES).decode("ascii", "replace").splitlines(), 1):
        sha256, gap, name = line.partition("  ")
        if len(sha256) != 64 or not gap or not name:
            raise ArtefactCorrupt(f"{path}, line {number}: not `<sha256>  <name>`. Restore the file.")
        shipped[name] = sha256
    return shipped


def shipped_line(name: str, content: bytes) -> str:
    """Write the line of `SHIPPED` that makes an artefact trusted.

    >>> shipped_line("0123456789abcdef/manifest.json", b"{}")[:20]
    '44136fa355b3678a1146'
    """
    return f"{hashlib.sha256(content).hexdigest()}  {name}\n"
