"""What the service logs, and how: one line an event, never waiting for whoever reads it.

A line of JSON (`PRANKFILTER_LOG=json`) has ``at``, ``level``, ``logger``, ``message`` and what belongs to the
event by name, ``call_id`` above all; a line of text has the same as ``name=value``. Nothing personal is among
them: the engine never logs a number, and addresses of requests, which may hold one, are not logged at all.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import json
import logging
import queue
import sys
import threading
from typing import Any, TextIO

WAITING = 10_000
"""Lines that may wait for a reader; what does not fit is dropped, and the next line that fits says so."""

CLOSE_S = 2.0

GATHER_S = 0.05
"""How long lines gather before they are written together."""

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


_PLAIN = frozenset({str, int, float, bool, type(None)})


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What belongs to the event.

    Plain values only: libraries hang their own objects on their lines, which may hold anything, and may be
    gone by the time a line is written (``type`` can be asked of a dead proxy too, ``isinstance`` cannot).
    """
    return {name: value for name, value in vars(record).items() if name not in _OWN and type(value) in _PLAIN}


class TextLines(logging.Formatter):
    """For people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is the library's
        """Append what belongs to the event."""
        said = (f"{name}={value}" for name, value in _fields(record).items())
        return " ".join([super().formatMessage(record), *said])


class JsonLines(logging.Formatter):
    """For programs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one object on one line, the traceback inside it."""
        line: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class Unhurried(logging.Handler):
    """Hands lines to a thread that writes them: a reader that hangs holds up no call, nor the end."""

    def __init__(self, target: logging.Handler, *, waiting: int = WAITING) -> None:
        super().__init__()
        self._target = target
        self._lines: queue.Queue[logging.LogRecord | None] = queue.Queue(waiting)
        self._dropped = 0
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def emit(self, record: logging.LogRecord) -> None:
        """Put a line where it fits; count it where it does not."""
        if self._dropped:
            record.lines_dropped_before = self._dropped
        try:
            self._lines.put_nowait(record)
            self._dropped = 0
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits, for a moment at most."""
        self._ends.set()
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
            self._thread.join(CLOSE_S)
        super().close()

    def _write(self) -> None:
        while (record := self._lines.get()) is not None:
            self._target.handle(record)
            if self._lines.empty():
                # Else each line would wake this thread, at the cost of whoever wrote it.
                self._ends.wait(GATHER_S)


class Stderr(logging.StreamHandler[TextIO]):
    """Writes lines, and of one that cannot be written no more than who meant to say it.

    The library would print its message and arguments, which may hold what no line may.
    """

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is the library's
        """Tell that a line is missing, where that can be told."""
        kind = type(sys.exception()).__name__
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f"a line of {record.name} could not be written: {kind}\n")


def _to_stderr(formatter: logging.Formatter) -> Unhurried:
    stderr = Stderr()
    stderr.setFormatter(formatter)
    return Unhurried(stderr)


def logging_config(form: str, *, decisions: bool = True) -> dict[str, Any]:
    """Configure logging of one process, as `logging.config.dictConfig` takes it.

    ``form`` is ``text`` or ``json``; ``decisions`` tells whether each answer to a router makes a line.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"stderr": {"()": f"{__name__}.{form}_to_stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "prankfilter": {"level": "INFO"},
            "prankfilter.decisions": {"level": "INFO" if decisions else "WARNING"},
            "uvicorn": {"level": "INFO"},
        },
    }


def text_to_stderr() -> Unhurried:
    """Make the handler of `PRANKFILTER_LOG=text`."""
    return _to_stderr(TextLines())


def json_to_stderr() -> Unhurried:
    """Make the handler of `PRANKFILTER_LOG=json`."""
    return _to_stderr(JsonLines())
