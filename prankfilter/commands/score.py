"""``prankfilter score``: what the service would say of recordings and call records, under ``observe``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prankfilter.commands.opening import open_offline, read_recording
from prankfilter.errors import BadAudio
from prankfilter.routing.answer import decision_members
from prankfilter.settings import Settings
from prankfilter.vocabulary import Decision
from prankfilter.wiring.offline import Offline

RECORDS = "-"


def score(options: argparse.Namespace, settings: Settings) -> int:
    """Answer each file in the order given; 1 where one could not be used."""
    as_sentences = sys.stdout.isatty() and not options.json
    refused = False
    with open_offline(settings) as offline:
        for name in options.files:
            for answer in _answers(name, options.calling_number, offline, settings):
                refused |= "fault" in answer
                print(_sentence(answer) if as_sentences else json.dumps(answer), flush=True)
    return int(refused)


def _answers(
    name: str, calling_number: str | None, offline: Offline, settings: Settings
) -> Iterator[dict[str, Any]]:
    if name == RECORDS:
        yield from _answers_to_records(offline)
        return
    body = {"calling_number": calling_number} if calling_number else {}
    started = time.perf_counter()
    try:
        tracks = offline.hear(read_recording(name, settings))
    except BadAudio as fault:
        yield {"file": name, "fault": str(fault)}
    else:
        yield {"file": name, **_members(offline.screen(Path(name).name, body, tracks), started)}


def _answers_to_records(offline: Offline) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        started = time.perf_counter()
        try:
            body = json.loads(line)
        except (ValueError, RecursionError):
            body = None
        if isinstance(body, dict):
            call_id = str(body.get("call_id") or f"line-{number}")
            yield _members(offline.screen(call_id, body, None), started)
        else:
            yield {"line": number, "fault": "no JSON object; write one call record a line"}


def _members(decision: Decision, started: float) -> dict[str, Any]:
    elapsed_ms = round((time.perf_counter() - started) * 1000, 3)
    return decision_members(dataclasses.replace(decision, elapsed_ms=elapsed_ms))


def _sentence(answer: dict[str, Any]) -> str:
    name = answer.get("file") or answer.get("call_id") or f"line {answer.get('line')}"
    if "fault" in answer:
        return f"{name}: {answer['fault']}"
    score = answer["prank_score"]
    likely = sorted((answer["kinds"] or {}).items(), key=lambda item: -item[1])[:2]
    kinds = ", ".join(f"{kind} {share:.2f}" for kind, share in likely)
    prank = "unknown" if score is None else f"{score:.2f}"
    return f"{name}: prank {prank} ({kinds}); advice {answer['advice']}; {answer['assessed']}"
