"""Trust a key: whatever it signs may run here. A public half reads `ed25519` and 64 hexadecimal digits."""

from __future__ import annotations

import argparse
from pathlib import Path

from prankfilter.bundle.disk import read_capped
from prankfilter.bundle.trust import SIGNATURE_CAP_BYTES
from prankfilter.classifier.trusting import distrust_key, trust_key
from prankfilter.privacy.signing import key_id
from prankfilter_training.commands import door, order
from prankfilter_training.commands.door import Answer

NAME, HELP = "trust", "let what a key signs run here"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("key", nargs="?", help="a public half, or a file that holds one")
    which.add_argument("--own", action="store_true", help="the key that this installation signs with")
    which.add_argument("--remove", metavar="KEY_ID", help="trust this key no longer")
    order.arguments(parser)


def run(options: argparse.Namespace) -> Answer:
    """Add a key to the folder of models, or take one away."""
    here, wanted = door.settings(), order.order_of(options)
    if options.remove is not None:
        refusal = distrust_key(here.models, options.remove, wanted)
        values = {"removed": options.remove, "current_refused": str(refusal) if refusal else None}
        lines = [f"{options.remove} is trusted no longer"]
        if refusal:
            lines.append(f"a service that starts now has no model; promote another: {refusal}")
        return Answer(values, "\n".join(lines))
    public = door.signer(here).public if options.own else _public_half(options.key)
    name = trust_key(here.models, public, wanted)
    text = f"{name} is trusted now ({public}). Compare this with what its owner reads to you."
    return Answer({"trusted": name, "public": public}, text)


def _public_half(key: str) -> str:
    """Read the argument, or the file that it names."""
    path = Path(key)
    text = read_capped(path, SIGNATURE_CAP_BYTES).decode("ascii", "replace") if path.is_file() else key
    key_id(text.strip())
    return text.strip()
