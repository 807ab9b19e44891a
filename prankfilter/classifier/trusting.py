"""Keys that a folder of models trusts: added and removed by people, and written into its journal."""

from __future__ import annotations

from pathlib import Path

from prankfilter.bundle.disk import replace_durably, sync_folder
from prankfilter.bundle.journal import Entry, Event, append, read_journal, settled
from prankfilter.bundle.lock import alone
from prankfilter.bundle.pointer import named_by_pointer
from prankfilter.bundle.trust import KEYS, read_trust
from prankfilter.classifier.candidacy import open_bundle
from prankfilter.classifier.promotion import Order
from prankfilter.errors import BadArtefact, BadInput
from prankfilter.privacy.signing import key_id


def trust_key(models: Path, public: str, order: Order) -> str:
    """Let whatever this key signs run here, and return the key's id.

    Raises `BadInput` where the text is no public half.
    """
    name = key_id(public.strip())
    with alone(models):
        _write_down(models, Event.TRUST, name, order.checked())
        folder = models / KEYS
        folder.mkdir(exist_ok=True)
        replace_durably(folder / f"{name}.pub", f"{public.strip()}\n".encode("ascii"))
    return name


def distrust_key(models: Path, name: str, order: Order) -> BadArtefact | None:
    """Trust a key no longer; return what then refuses the model that runs, if anything does.

    A service that has loaded it serves on; one that starts anew has no model until another is promoted.
    """
    with alone(models):
        path = models / KEYS / f"{name}.pub"
        if path not in (models / KEYS).glob("*.pub"):
            raise BadInput(f"no key {name} is trusted here; {models / KEYS} holds those that are")
        _write_down(models, Event.DISTRUST, name, order.checked())
        path.unlink()
        sync_folder(path.parent)
        current = named_by_pointer(models)
        return open_bundle(models, current, read_trust(models)).refusal if current else None


def _write_down(models: Path, event: Event, name: str, order: Order) -> None:
    current = named_by_pointer(models)
    journal = settled(models, read_journal(models), current=current, at=order.at, by=order.by)
    entry = Entry(event=event, at=order.at, by=order.by, reason=order.reason, facts={"key": name})
    append(models, journal, entry)
