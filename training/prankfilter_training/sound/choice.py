"""Which source speaks for a call's sound: numbers beside the log, its recording, or the feature bank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from prankfilter.bundle.ears import Ears
from prankfilter_training.bank.table import read_bank
from prankfilter_training.log.call import LoggedCall
from prankfilter_training.log.table import Log
from prankfilter_training.sound.extract import Extraction, extract
from prankfilter_training.sound.features_file import NAME, read_features
from prankfilter_training.sound.recordings import recorded
from prankfilter_training.sound.source import BankSound, CallSound, NoSound, SoundSource


@dataclass(frozen=True, slots=True)
class SoundCounts:
    """Calls of a log by where their sound came from. They sum to the calls of the log."""

    features_file: int
    """Numbers in ``audio_features.parquet``."""
    recordings: int
    bank: int
    """Simulated calls that point at a clip of the feature bank."""
    none: int

    def as_text(self) -> str:
        """One line for people."""
        return (
            f"sound of {self.features_file:,} calls from {NAME}, {self.recordings:,} from recordings, "
            f"{self.bank:,} from the feature bank; {self.none:,} calls without"
        )


class LogSound:
    """The sound of one log's calls, measured already."""

    def __init__(self, measured: Mapping[str, CallSound], rest: SoundSource, counts: SoundCounts) -> None:
        self._measured, self._rest, self.counts = measured, rest, counts

    def of(self, call: LoggedCall) -> CallSound | None:
        """The sound of a call; None where there is none, or less than a second of it."""
        sound = self._measured.get(call.record.call_id)
        if sound is None:
            return self._rest.of(call)
        return sound if len(sound.values) else None


def sound_of_log(
    log: Log, *, folder: Path | None, audio_root: Path | None, ears: Ears, how: Extraction
) -> LogSound:
    """Gather the sound of a log's calls; recordings are listened to here, once and in parallel.

    For each call the first of these that knows it: ``audio_features.parquet``, its recording, its clip of
    the feature bank. A recording of a call that the table covers is not opened.

    Parameters
    ----------
    log : Log
    folder : Path, optional
        Of the log; may hold ``audio_features.parquet``.
    audio_root : Path, optional
        What ``audio_path`` is relative to; without it no recording is used.
    ears : Ears
        What hears; a table measured by others is refused.
    how : Extraction
        Cache and workers.

    Raises
    ------
    BadInput
        As `read_features` and `extract` do.
    """
    told = folder / NAME if folder is not None and (folder / NAME).exists() else None
    measured = read_features(told, ears=ears, call_ids=log.table["call_id"]) if told else {}
    covered = pl.Series(list(measured), dtype=pl.String).implode()
    rest = log.table.filter(~pl.col("call_id").is_in(covered))
    files = recorded(log).filter(~pl.col("call_id").is_in(covered))
    heard = extract(files, audio_root, ears, how) if audio_root is not None and len(files) else {}
    clips = rest.filter(
        pl.col("bank_key").is_not_null()
        & ~pl.col("call_id").is_in(pl.Series(list(heard), dtype=pl.String).implode())
    )
    counts = SoundCounts(
        features_file=len(measured),
        recordings=len(heard),
        bank=len(clips),
        none=len(log.table) - len(measured) - len(heard) - len(clips),
    )
    return LogSound({**measured, **heard}, BankSound(read_bank()) if len(clips) else NoSound(), counts)
