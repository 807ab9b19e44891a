"""How a command gets at the sound of a log: the options that say so, in one place."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from pathlib import Path

from prankfilter.bundle.ears import Ears
from prankfilter.errors import BadInput
from prankfilter_training.commands import door
from prankfilter_training.log.files import folder_of
from prankfilter_training.log.table import Log
from prankfilter_training.sound.cache import DEFAULT
from prankfilter_training.sound.choice import LogSound, sound_of_log
from prankfilter_training.sound.extract import Extraction, Workers, processes

CLUSTER = "prankfilter_training.sound.cluster"
"""Named, not imported: it needs the extra of the same name."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where recordings lie, who listens to them, where what they heard is kept."""
    parser.add_argument("--audio-root", type=Path, help="folder of the recordings; the log's own by default")
    parser.add_argument(
        "--cache",
        type=Path,
        default=DEFAULT,
        metavar="DIR",
        help=f"keeps what was heard of recordings, by their content; {DEFAULT} by default",
    )
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--workers", type=door.positive, default=1, metavar="N", help="processes that listen to recordings"
    )
    who.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="scheduler of a Dask cluster, such as tcp://10.0.0.5:8786, whose workers see the same folders",
    )


def extraction(options: argparse.Namespace) -> Extraction:
    """What these options say about listening."""
    return Extraction(cache=options.cache, workers=_workers(options))


def sound_of(log: Log, path: Path, options: argparse.Namespace, ears: Ears) -> LogSound:
    """The sound of a log, given its folder or its file."""
    folder = folder_of(path)
    return sound_of_log(
        log,
        folder=folder,
        audio_root=options.audio_root or folder,
        ears=ears,
        how=extraction(options),
    )


def _workers(options: argparse.Namespace) -> Workers:
    if options.cluster is None:
        return lambda: processes(options.workers)
    if importlib.util.find_spec("distributed") is None:
        raise BadInput("--cluster needs Dask: pip install 'prankfilter[train,cluster]', or use --workers")
    cluster = importlib.import_module(CLUSTER)
    return lambda: cluster.on_cluster(options.cluster)
