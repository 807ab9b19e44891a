"""The one table of settings. A door reads it once from the environment; low layers get values.

`docs/settings.md` is what ``python -m prankfilter.settings`` prints; a test holds it to that.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prankfilter.errors import BadSetting


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: what it is called, what it is when nobody says, how it is read, what it does."""

    name: str
    default: str
    read: Callable[[str], Any]
    meaning: str

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"PRANKFILTER_{self.name.upper()}"


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError("must be a positive number")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError("must be a whole number of at least 1")
    return value


def _days(least: int, most: int, why: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise ValueError(f"must be from {least} to {most} days: {why}")
        return value

    return read


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError("must lie between 0 and 1")
    return value


def _switch(text: str) -> bool:
    try:
        return {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}[text.lower()]
    except KeyError:
        raise ValueError("must be on or off") from None


def _language(text: str) -> str:
    if text not in {"id", "en"}:
        raise ValueError("must be id or en")
    return text


def _shifts(text: str) -> tuple[dt.time, ...]:
    times = tuple(dt.time.fromisoformat(part.strip()) for part in text.split(","))
    if sorted(set(times)) != list(times) or any(time.second or time.tzinfo for time in times):
        raise ValueError("must be times of day in their order, such as 07:00,14:00,21:00")
    return times


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("//") if line.strip())


def _log(text: str) -> str:
    if text not in {"text", "json"}:
        raise ValueError("must be text or json")
    return text


SETTINGS: tuple[Setting, ...] = (
    Setting("data", ".data", Path, "Folder of the embedded store, the keys and the demonstration."),
    Setting(
        "models",
        "models",
        Path,
        "Folder of the bundles, the certificates and the pointer to the current model.",
    ),
    Setting(
        "keys",
        "",
        Path,
        "Folder of the secret keys; `$PRANKFILTER_DATA/keys` if not given. Must be given with PostgreSQL.",
    ),
    Setting(
        "store",
        "",
        str,
        "Address of the store; a SQLite file under `$PRANKFILTER_DATA` if not given, else `postgresql://…`.",
    ),
    Setting("zone", "Asia/Makassar", ZoneInfo, "Time zone of the centre."),
    Setting(
        "language",
        "id",
        _language,
        "Language of pages and reports, `id` or `en`; on pages everybody may choose the other.",
    ),
    Setting(
        "deadline_ms", "150", _positive, "Budget of one screening; a shorter `X-Request-Deadline-Ms` wins."
    ),
    Setting(
        "screenings_at_once",
        "64",
        _count,
        "Most screenings under way at once, fewer while the service is behind; beyond it the answer is "
        "`normal`, guard `overload`.",
    ),
    Setting(
        "streams_at_once",
        "64",
        _count,
        "Calls listened to live at once; beyond it the answer is `normal`, guard `overload`.",
    ),
    Setting(
        "write_queue",
        "10000",
        _count,
        "Records that may wait for the disk; what does not fit is dropped and counted.",
    ),
    Setting("audio_bytes", "10000000", _count, "Largest recording, in bytes."),
    Setting("audio_s", "600", _positive, "Longest recording, in seconds."),
    Setting("audio_channels", "2", _count, "Most channels of a recording."),
    Setting(
        "decoder_s", "2", _positive, "Longest time the decoder of compressed sound may take, in seconds."
    ),
    Setting(
        "decoder_bytes",
        "512000000",
        _count,
        "Most memory the decoder of compressed sound may take, in bytes.",
    ),
    Setting(
        "child_voice", "on", _switch, "Whether child voice is inferred at all; off, its columns are unknown."
    ),
    Setting(
        "store_audio",
        "off",
        _switch,
        "Whether the sound of flagged and audited calls is kept; off until the legal basis is clear.",
    ),
    Setting(
        "keep_sound_days",
        "30",
        _days(1, 30, "sound is kept for a month at most"),
        "For how long `prankfilter purge` keeps sound, but for that of open incidents.",
    ),
    Setting(
        "keep_calls_days",
        "400",
        _days(91, 3650, "a certificate is watched over by the calls of its 90 days"),
        "For how long it keeps calls, decisions, outcomes and verdicts; history looks 400 days back.",
    ),
    Setting(
        "keep_deeds_days",
        "1825",
        _days(91, 36_500, "who listened and who erased must be known for a while"),
        "For how long it keeps the book of who did what.",
    ),
    Setting("callback_s", "300", _positive, "How soon after a call's end its call-back is due, in seconds."),
    Setting(
        "console_idle_s",
        "1800",
        _positive,
        "After how many seconds without a sign of its user the console asks to sign in again.",
    ),
    Setting(
        "console_life_s",
        "43200",
        _positive,
        "After how many seconds it asks so in any case: a shift's length.",
    ),
    Setting(
        "shifts",
        "07:00,14:00,21:00",
        _shifts,
        "When shifts begin, on the centre's clock; the last one runs across midnight until the first.",
    ),
    Setting(
        "letterhead", "Layanan Darurat 112", _lines, "What stands above every report; `//` begins a new line."
    ),
    Setting("report_s", "120", _positive, "Longest time that one report may take, in seconds."),
    Setting(
        "districts",
        "",
        lambda text: Path(text) if text else None,
        "File (CSV) that names the district of each area for the outreach sheet; see `docs/reports.md`.",
    ),
    Setting("log", "text", _log, "How the service writes its log: `text` for people, `json` for programs."),
    Setting("audit_share", "0.02", _share, "Share of calls in the random audit sample."),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, read and checked."""

    data: Path
    models: Path
    keys: Path
    store: str
    zone: ZoneInfo
    language: str
    deadline_ms: float
    screenings_at_once: int
    streams_at_once: int
    write_queue: int
    audio_bytes: int
    audio_s: float
    audio_channels: int
    decoder_s: float
    decoder_bytes: int
    child_voice: bool
    store_audio: bool
    keep_sound_days: int
    keep_calls_days: int
    keep_deeds_days: int
    callback_s: float
    console_idle_s: float
    console_life_s: float
    shifts: tuple[dt.time, ...]
    letterhead: tuple[str, ...]
    report_s: float
    districts: Path | None
    log: str
    audit_share: float


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read every setting, or raise `BadSetting` naming the first unusable one."""
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = environment.get(setting.variable) or setting.default
        try:
            values[setting.name] = setting.read(text)
        except Exception as problem:
            raise BadSetting(f"{setting.variable}={text!r}: {problem}") from problem
    embedded = not environment.get("PRANKFILTER_STORE")
    if not environment.get("PRANKFILTER_KEYS"):
        if not embedded and not values["store"].startswith("sqlite"):
            raise BadSetting("PRANKFILTER_KEYS must be given when several machines share a PostgreSQL store")
        values["keys"] = values["data"] / "keys"
    if embedded:
        values["store"] = f"sqlite:///{values['data'] / 'prankfilter.sqlite'}"
    return Settings(**values)


def page() -> str:
    """Write the page of settings."""
    rows = [
        f"| `{setting.variable}` | {f'`{setting.default}`' if setting.default else ''} | {setting.meaning} |"
        for setting in SETTINGS
    ]
    head = "# Settings\n\nRead once from the environment when a command or the service starts.\n\n"
    return head + "| Variable | Default | Meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
