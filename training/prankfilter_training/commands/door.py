"""What the commands share: the shape of an answer, the clock and the environment, common arguments."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prankfilter.bundle.ears import Ears, load_ears
from prankfilter.bundle.trust import Trust, read_trust
from prankfilter.classifier.model import Model
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.signing import Signer, signed_by
from prankfilter.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found."""

    values: Mapping[str, Any]
    """For ``--json``."""
    text: str
    """For people."""
    refused: bool = False
    """Ends with exit code 1 although there is something to tell."""


def settings() -> Settings:
    """Read the settings of this installation, once a command."""
    return read_settings()


def now() -> dt.datetime:
    """The moment."""
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The day at the centre."""
    return dt.datetime.now(settings().zone).date()


# --- arguments -------------------------------------------------------------------------------------


def log_argument(parser: argparse.ArgumentParser) -> None:
    """A log and the zone its centre is in."""
    parser.add_argument(
        "log", type=Path, help="folder with calls.parquet, calls.csv or calls.jsonl, or that file"
    )
    zone_argument(parser)


def zone_argument(parser: argparse.ArgumentParser) -> None:
    """The zone of a centre."""
    parser.add_argument(
        "--zone", type=ZoneInfo, help="the centre's, such as Asia/Makassar; a simulated log knows its own"
    )


def positive(text: str) -> int:
    """A whole number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be a whole number of at least 1")
    return value


def share(text: str) -> float:
    """A number strictly between 0 and 1."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("must lie between 0 and 1")
    return value


# --- what this installation trusts -----------------------------------------------------------------


def signer(of: Settings) -> Signer:
    """The key that this installation signs with; made at first use."""
    return Signer(Keyring.open(of.keys, create=True, purposes=(Purpose.SIGNING,)))


def trust(models: Path, of: Settings) -> Trust:
    """What is shipped or trusted there, and what this installation signed itself."""
    return read_trust(models, signed_by([signer(of).public]))


def model_and_ears(bundle: Path, of: Settings) -> tuple[Model, Ears]:
    """A model with the ears it was trained with, both verified."""
    model = Model.load(bundle, trust(bundle.parent, of))
    return model, load_ears(of.models / model.ears_digest, read_trust(of.models))
