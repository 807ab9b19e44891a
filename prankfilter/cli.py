"""The command ``prankfilter``: score recordings, show features, import calls, manage API keys.

Exit codes: 0 done, 1 refused (with what and why), 2 usage, 130 stopped.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from prankfilter.classifier.running import Library
from prankfilter.errors import BadAudio, BadInput, NotFound, PrankfilterError
from prankfilter.features.table import FEATURES, extract
from prankfilter.privacy.api_keys import SCOPES, make_key
from prankfilter.privacy.keyring import Keyring
from prankfilter.privacy.pseudonym import Pseudonymiser
from prankfilter.routing.answer import decision_members
from prankfilter.settings import Settings, read_settings
from prankfilter.store.importing import import_lines
from prankfilter.store.sql import SqlStore
from prankfilter.wiring.offline import Offline


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options, read_settings())
    except PrankfilterError as refusal:
        print(f"prankfilter: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="prankfilter", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    score = commands.add_parser("score", help="score recordings, or call records from standard input (-)")
    score.add_argument(
        "files", nargs="+", metavar="FILE", help="a recording, or - for call records as JSON lines"
    )
    score.add_argument("--calling-number", metavar="N", help="score the recordings as calls from this number")
    score.add_argument("--json", action="store_true", help="one JSON line a file, also on a terminal")
    score.set_defaults(run=_score)

    features = commands.add_parser("features", help="the feature table, or the features of recordings")
    features.add_argument("files", nargs="*", metavar="FILE")
    features.add_argument("--json", action="store_true")
    features.set_defaults(run=_features)

    importing = commands.add_parser("import", help="bring calls, outcomes and verdicts into the store")
    importing.add_argument("file", type=Path, metavar="FILE.jsonl")
    importing.add_argument("--dry-run", action="store_true", help="check only; nothing is kept")
    importing.set_defaults(run=_import)

    keys = commands.add_parser("keys", help="API keys").add_subparsers(required=True, metavar="ACTION")
    add = keys.add_parser("add", help="make a key; it is shown once")
    add.add_argument("--scope", required=True, choices=SCOPES)
    add.add_argument("--name", required=True, help="who uses it, such as kamailio-1")
    add.set_defaults(run=_add_key)
    keys.add_parser("list", help="all keys, without their secrets").set_defaults(run=_list_keys)
    revoke = keys.add_parser("revoke", help="a key that must no longer be accepted")
    revoke.add_argument("key_id")
    revoke.set_defaults(run=_revoke_key)
    return parser


# --- score and features --------------------------------------------------------------------------


def _score(options: argparse.Namespace, settings: Settings) -> int:
    offline = _open_offline(settings)
    plain = sys.stdout.isatty() and not options.json
    refused = False
    for answer in _answers(options, offline):
        refused |= "fault" in answer
        print(_sentence(answer) if plain else json.dumps(answer, ensure_ascii=False))
    return int(refused)


def _answers(options: argparse.Namespace, offline: Offline) -> Iterator[dict[str, Any]]:
    for name in options.files:
        if name == "-":
            yield from _answers_to_records(offline)
            continue
        body = {"calling_number": options.calling_number} if options.calling_number else {}
        try:
            tracks = offline.hear(Path(name).read_bytes())
        except (BadAudio, OSError) as fault:
            yield {"file": name, "fault": str(fault)}
        else:
            yield {"file": name, **decision_members(offline.screen(Path(name).name, body, tracks))}


def _answers_to_records(offline: Offline) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            body = json.loads(line)
        except ValueError as problem:
            yield {"line": number, "fault": f"no JSON: {problem}; write one call record a line"}
            continue
        if not isinstance(body, dict):
            yield {"line": number, "fault": "no JSON object; write one call record a line"}
            continue
        yield decision_members(offline.screen(str(body.get("call_id") or f"line-{number}"), body, None))


def _sentence(answer: dict[str, Any]) -> str:
    name = answer.get("file") or answer.get("call_id") or f"line {answer.get('line')}"
    if "fault" in answer:
        return f"{name}: {answer['fault']}"
    score = answer["prank_score"]
    likely = sorted((answer["kinds"] or {}).items(), key=lambda item: -item[1])[:2]
    kinds = ", ".join(f"{kind} {share:.2f}" for kind, share in likely)
    prank = "unknown" if score is None else f"{score:.2f}"
    return f"{name}: prank {prank} ({kinds}); advice {answer['advice']}; {answer['assessed']}"


def _features(options: argparse.Namespace, settings: Settings) -> int:
    if not options.files:
        rows = [
            {
                "name": row.name,
                "unit": row.unit.value,
                "known_from": row.known_from.value,
                "meaning": row.meaning,
                "missing": row.missing,
            }
            for row in FEATURES
        ]
        print(
            json.dumps(rows, indent=1)
            if options.json
            else "\n".join(f"{row['name']:36} {row['meaning']}" for row in rows)
        )
        return 0
    offline = _open_offline(settings)
    refused = False
    for name in options.files:
        try:
            values = extract(offline.evidence(offline.hear(Path(name).read_bytes())))
        except (BadAudio, OSError) as fault:
            refused = True
            print(json.dumps({"file": name, "fault": str(fault)}))
            continue
        named = {
            row.name: None if math.isnan(value) else value
            for row, value in zip(FEATURES, values.tolist(), strict=True)
        }
        print(json.dumps({"file": name, "features": named}))
    return int(refused)


def _open_offline(settings: Settings) -> Offline:
    """Use the service's store and keys where they are; make nothing."""
    artefacts = Library(settings.models).load()
    if not settings.keys.exists():
        return Offline(settings, artefacts, Keyring.ephemeral(), None)
    return Offline(settings, artefacts, Keyring.open(settings.keys), SqlStore.open(settings.store))


# --- import ----------------------------------------------------------------------------------------


def _import(options: argparse.Namespace, settings: Settings) -> int:
    if options.file.suffix != ".jsonl":
        raise BadInput(f"{options.file}: only JSON lines (.jsonl) are read so far")
    keyring = Keyring.open(settings.keys, create=True)
    store = SqlStore.open(settings.store)
    try:
        with options.file.open(encoding="utf-8-sig") as lines:
            report = import_lines(
                lines,
                store,
                now=dt.datetime.now(dt.UTC),
                zone=settings.zone,
                pseudonymise=Pseudonymiser(keyring).pseudonym,
                dry_run=options.dry_run,
            )
    except OSError as problem:
        raise BadInput(f"{options.file}: {problem.strerror}") from problem
    finally:
        store.close()
    for warning in report.warnings:
        print(f"warning, {warning}", file=sys.stderr)
    for fault, _line in report.rejected:
        print(f"rejected, {fault}", file=sys.stderr)
    if report.rejected and not options.dry_run:
        rejects = options.file.with_suffix(".rejected.jsonl")
        rejects.write_text(
            "".join(line.rstrip("\n") + "\n" for _fault, line in report.rejected), encoding="utf-8"
        )
        print(f"rejected rows are in {rejects}; mend them and import that file", file=sys.stderr)
    verb = "would import" if options.dry_run else "imported"
    print(
        f"{verb} {report.calls} calls, {report.outcomes} outcomes, {report.verdicts} verdicts; "
        f"{len(report.rejected)} of {report.rows} rows rejected"
    )
    return int(bool(report.rejected))


# --- keys --------------------------------------------------------------------------------------------


def _add_key(options: argparse.Namespace, settings: Settings) -> int:
    keyring = Keyring.open(settings.keys, create=True)
    secret, key = make_key(options.scope, name=options.name, keyring=keyring, now=dt.datetime.now(dt.UTC))
    store = SqlStore.open(settings.store)
    try:
        store.put_key(key)
    finally:
        store.close()
    print(secret)
    print(f"key {key.key_id}, scope {key.scope}; it is shown only now", file=sys.stderr)
    return 0


def _list_keys(options: argparse.Namespace, settings: Settings) -> int:
    del options
    store = SqlStore.open(settings.store)
    try:
        for key in store.api_keys():
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
            print(f"{key.key_id}  {key.scope:10}  {state:18}  {key.created_at:%Y-%m-%d}  {key.name}")
    finally:
        store.close()
    return 0


def _revoke_key(options: argparse.Namespace, settings: Settings) -> int:
    store = SqlStore.open(settings.store)
    try:
        held = next((key for key in store.api_keys() if key.key_id == options.key_id), None)
        if held is None:
            raise NotFound(f"no key {options.key_id}; `prankfilter keys list` shows them")
        store.put_key(dataclasses.replace(held, revoked_at=dt.datetime.now(dt.UTC)))
    finally:
        store.close()
    print(f"key {held.key_id} ({held.name}) is no longer accepted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
