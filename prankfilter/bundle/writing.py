"""Writing an artefact folder. Once there it never changes."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prankfilter.bundle.digest import artefact_id
from prankfilter.bundle.disk import sync_folder, write_durably
from prankfilter.bundle.folder import MANIFEST, SIGNATURE
from prankfilter.bundle.manifest import ARRAYS, FILE_CAPS_BYTES, Manifest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draft:
    """What will become an artefact folder; the fields are those of `manifest.Manifest`."""

    kind: str
    arrays: Mapping[str, NDArray[Any]]
    created_at: dt.datetime
    features: tuple[tuple[str, int], ...] = ()
    recipe: Mapping[str, Any] = field(default_factory=dict)
    ears: str | None = None
    calendar: str | None = None
    looks_s: tuple[float, ...] = ()
    kinds: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    """``card.md``, ``evaluation.json``, ``estimator.joblib``."""

    @property
    def id(self) -> str:
        """The name that the content gives it."""
        return artefact_id(self.arrays, self.recipe, self.features)


def write_folder(models: Path, draft: Draft, *, sign: Callable[[bytes], bytes] | None) -> Path:
    """Write a draft below a folder of models, under its id.

    A folder of that id that is already there stays as it is: it holds the same arrays, recipe and features.

    Parameters
    ----------
    models : Path
        Made if it does not exist.
    draft : Draft
        What to write.
    sign : callable or None
        ``bytes -> signature``. None where the hash of the manifest will be shipped instead
        (`trust.shipped_line`).

    Returns
    -------
    Path
        The folder.
    """
    folder = models / draft.id
    if folder.exists():
        return folder
    models.mkdir(parents=True, exist_ok=True)
    files = {ARRAYS: pack_arrays(draft.arrays), **draft.files}
    if strange := files.keys() - FILE_CAPS_BYTES.keys():
        raise ValueError(f"a bundle has no files {sorted(strange)}")
    manifest = _manifest(draft, files).to_bytes()
    contents = {**files, MANIFEST: manifest}
    if sign is not None:
        contents[SIGNATURE] = sign(manifest)
    _write_whole(folder, contents)
    return folder


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Pack arrays as npz; objects, which would need pickle, are refused with ValueError."""
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **{name: arrays[name] for name in sorted(arrays)})
    return packed.getvalue()


def _manifest(draft: Draft, files: Mapping[str, bytes]) -> Manifest:
    return Manifest(
        kind=draft.kind,
        id=draft.id,
        created_at=draft.created_at,
        features=draft.features,
        recipe=draft.recipe,
        ears=draft.ears,
        calendar=draft.calendar,
        looks_s=draft.looks_s,
        kinds=draft.kinds,
        files={name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        extra=draft.extra,
    )


def _write_whole(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Fill a folder beside the place, then move it there: nobody ever sees half of it."""
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    for name, content in contents.items():
        write_durably(beside / name, content)
    sync_folder(beside)
    try:
        beside.rename(folder)
    except OSError:
        # Someone else wrote the same content first; theirs stays.
        shutil.rmtree(beside)
        if not folder.exists():
            raise
    sync_folder(folder.parent)
