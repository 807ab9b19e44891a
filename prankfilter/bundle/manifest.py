"""What a bundle says of itself."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from prankfilter.bundle.digest import is_id

FORMAT = 1
"""Rises when a bundle of the new form cannot be read by the old code, or the other way round."""

ARRAYS, CARD, EVALUATION, ESTIMATOR = "arrays.npz", "card.md", "evaluation.json", "estimator.joblib"

FILE_CAPS_BYTES: Mapping[str, int] = MappingProxyType(
    {ARRAYS: 64_000_000, CARD: 1_000_000, EVALUATION: 16_000_000, ESTIMATOR: 512_000_000}
)
"""Files that a bundle may have beside manifest and signature, and how large each may be."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """``manifest.json``, read. What names the artefact is bound by ``id``; all of it by hash or signature.

    Attributes
    ----------
    kind : str
        ``model`` or ``ears``.
    id : str
        Content hash over arrays, recipe and features (`digest.artefact_id`); the folder has this name.
    created_at : datetime
        Aware.
    features : tuple of (str, int)
        Name and version of each feature row, in the order of the columns.
    recipe : Mapping
        How it was made; plain JSON values.
    ears, calendar : str or None
        Digest of the ears, and the calendar, that its features were computed with.
    looks_s : tuple of float
        Lengths of sound that it was trained at.
    kinds : tuple of str
        Its classes, in order.
    files : Mapping[str, str]
        SHA-256 of every other file of the folder.
    extra : Mapping
        Whatever else is worth telling; plain JSON values.
    """

    kind: str
    id: str
    created_at: dt.datetime
    features: tuple[tuple[str, int], ...] = ()
    recipe: Mapping[str, Any] = field(default_factory=dict)
    ears: str | None = None
    calendar: str | None = None
    looks_s: tuple[float, ...] = ()
    kinds: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Write it as JSON that people can read."""
        document = {
            "format": FORMAT,
            "kind": self.kind,
            "id": self.id,
            "created_at": self.created_at.isoformat(),
            "features": [{"name": name, "version": version} for name, version in self.features],
            "recipe": dict(self.recipe),
            "ears": self.ears,
            "calendar": self.calendar,
            "looks_s": list(self.looks_s),
            "kinds": list(self.kinds),
            "files": dict(self.files),
            "extra": dict(self.extra),
        }
        return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """Read it, or raise ValueError saying what is wrong."""
        document = json.loads(content)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValueError(f"it is no manifest of format {FORMAT}")
        try:
            manifest = cls._from_document(document)
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError(f"a field is missing or has the wrong type ({problem})") from problem
        manifest._check()
        return manifest

    @classmethod
    def _from_document(cls, document: dict[str, Any]) -> Manifest:
        return cls(
            kind=document["kind"],
            id=document["id"],
            created_at=dt.datetime.fromisoformat(document["created_at"]),
            features=tuple((row["name"], row["version"]) for row in document["features"]),
            recipe=MappingProxyType(dict(document["recipe"])),
            ears=document["ears"],
            calendar=document["calendar"],
            looks_s=tuple(float(look) for look in document["looks_s"]),
            kinds=tuple(document["kinds"]),
            files=MappingProxyType(dict(document["files"])),
            extra=MappingProxyType(dict(document["extra"])),
        )

    def _check(self) -> None:
        if not is_id(self.id):
            raise ValueError("its id is no content hash")
        if self.created_at.tzinfo is None:
            raise ValueError("created_at has no offset")
        strange = self.files.keys() - FILE_CAPS_BYTES.keys()
        if strange or ARRAYS not in self.files:
            raise ValueError(f"it lists {sorted(strange) or 'no'} files that a bundle cannot have or lack")
        if not all(_SHA256.fullmatch(digest) for digest in self.files.values()):
            raise ValueError("a hash is no SHA-256")
