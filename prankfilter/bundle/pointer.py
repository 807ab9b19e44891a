"""The pointer to the model that runs: one file with one line."""

from __future__ import annotations

from pathlib import Path

from prankfilter.bundle.digest import ID_DIGITS, is_id
from prankfilter.bundle.disk import read_capped, replace_durably
from prankfilter.errors import ArtefactCorrupt, BadArtefact

CURRENT = "current"
_CAP_BYTES = 4096


def read_current(models: Path) -> str:
    """Read which model runs, or raise `ArtefactMissing` or `ArtefactCorrupt`."""
    path = models / CURRENT
    model_id = read_capped(path, _CAP_BYTES).decode("ascii", "replace").strip()
    if not is_id(model_id):
        raise ArtefactCorrupt(
            f"{path} holds no model id of {ID_DIGITS} hex digits. Set it with `prankfilter-train promote`."
        )
    return model_id


def named_by_pointer(models: Path) -> str | None:
    """The model that the pointer names; None where it is missing or names none."""
    try:
        return read_current(models)
    except BadArtefact:
        return None


def write_current(models: Path, model_id: str) -> None:
    """Let another model run. Readers see the old or the new id, never half of either."""
    if not is_id(model_id):
        raise ValueError(f"{model_id!r} is no model id")
    replace_durably(models / CURRENT, f"{model_id}\n".encode())
