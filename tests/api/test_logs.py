"""What is logged: one line an event, with the call's id, without waiting for whoever reads it."""

from __future__ import annotations

import json
import logging
import logging.config
import threading
import weakref
from collections.abc import Iterator

import pytest
from prankfilter_api.logs import JsonLines, TextLines, Unhurried, logging_config, text_to_stderr

from tests.api.service import CANARY, Service

PATIENT_S = 60.0


def decided(service: Service, caplog: pytest.LogCaptureFixture, call_id: str) -> logging.LogRecord:
    caplog.set_level(logging.INFO)
    service.screen(call_id=call_id)
    (record,) = [one for one in caplog.records if one.getMessage() == "decided"]
    return record


def test_a_decision_makes_one_line_of_json_by_which_a_call_is_found(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    text = JsonLines().format(decided(service, caplog, "logged"))
    assert "\n" not in text and CANARY not in text
    line = json.loads(text)
    assert (line["call_id"], line["advice"], line["moment"]) == ("logged", "normal", "ring")
    assert {"at", "level", "logger", "result_id", "assessed", "model_id", "elapsed_ms"} <= set(line)


def test_a_line_of_text_says_the_same(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    text = TextLines().format(decided(service, caplog, "in text"))
    assert " INFO prankfilter.decisions decided call_id=in text result_id=" in text


def test_a_traceback_stays_on_the_line() -> None:
    try:
        raise ValueError("x")
    except ValueError as problem:
        failed = (ValueError, problem, problem.__traceback__)
    record = logging.LogRecord("prankfilter", logging.ERROR, "", 0, "it broke: %s", ("so",), failed)
    text = JsonLines().format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert line["message"] == "it broke: so" and line["traceback"].endswith("ValueError: x")


class Gone:
    """What a library might hang on its lines."""

    def __str__(self) -> str:
        raise ValueError(CANARY)


@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()])
def test_only_plain_values_of_an_event_are_written(formatter: logging.Formatter) -> None:
    alive = Gone()
    record = logging.makeLogRecord(
        {"msg": "opened", "call_id": "one", "socket": weakref.proxy(alive), "more": {"number": CANARY}}
    )
    del alive
    text = formatter.format(record)
    assert "one" in text and "socket" not in text and CANARY not in text


def test_a_line_that_cannot_be_written_shows_nothing_of_itself(capfd: pytest.CaptureFixture[str]) -> None:
    handler = text_to_stderr()
    handler.handle(
        logging.LogRecord("somebody", logging.INFO, "", 0, f"{CANARY} %s %s", (CANARY, Gone()), None)
    )
    say(handler, "goes on")
    handler.close()
    said = capfd.readouterr().err
    assert said.startswith("a line of somebody could not be written: ValueError\n") and "goes on" in said
    assert CANARY not in said


class Reader(logging.Handler):
    """Reads nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.reads, self.reading = threading.Event(), threading.Event()
        self.lines: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.reading.set()
        assert self.reads.wait(PATIENT_S)
        self.lines.append(record)


@pytest.fixture
def reader() -> Iterator[Reader]:
    one = Reader()
    yield one
    one.reads.set()


def say(handler: logging.Handler, *words: str) -> None:
    for word in words:
        handler.handle(logging.LogRecord("prankfilter", logging.INFO, "", 0, word, (), None))


def test_a_reader_that_hangs_costs_lines_and_the_loss_is_told(reader: Reader) -> None:
    handler = Unhurried(reader, waiting=2)
    say(handler, "read first")
    assert reader.reading.wait(PATIENT_S)
    say(handler, "waits", "waits too", "lost", "lost too")
    reader.reads.set()
    while handler._lines.qsize():
        threading.Event().wait(0.001)
    say(handler, "fits again")
    handler.close()
    assert [one.getMessage() for one in reader.lines] == ["read first", "waits", "waits too", "fits again"]
    assert vars(reader.lines[-1])["lines_dropped_before"] == 2


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_service_logs_so(form: str, capfd: pytest.CaptureFixture[str]) -> None:
    config = logging_config(form, decisions=False)
    config["loggers"] = {"a test of logs": {"handlers": ["stderr"], "level": "INFO", "propagate": False}}
    del config["root"]
    logging.config.dictConfig(config | {"incremental": False})
    logger = logging.getLogger("a test of logs")
    logger.info("hello", extra={"call_id": "one"})
    for handler in logger.handlers:
        handler.close()
    logger.handlers.clear()
    said = capfd.readouterr().err
    assert ('"call_id": "one"' in said) if form == "json" else ("hello call_id=one" in said)
