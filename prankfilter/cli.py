"""The command ``prankfilter``: score recordings, show features, import and back up calls, manage API keys.

Exit codes: 0 done, 1 refused (with what and why), 2 usage, 130 stopped.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from prankfilter.errors import PrankfilterError
from prankfilter.settings import read_settings

SCOPES = ("router", "desk", "supervisor", "data", "auditor")
"""`prankfilter.privacy.api_keys.SCOPES`; a test holds them together."""

ROLES = ("call_taker", "shift_lead", "supervisor", "data_staff", "auditor", "administrator")
"""`prankfilter.privacy.accounts.Role`, likewise."""

REPORTS = ("shift", "daily", "monthly", "outreach")
"""`prankfilter.reports.periods.ReportKind`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        # By name: help and mistyped options wait for no library.
        command = importlib.import_module(f"prankfilter.commands.{options.module}")
        code: int = getattr(command, options.run)(options, read_settings())
        sys.stdout.flush()
    except PrankfilterError as refusal:
        print(f"prankfilter: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough. Nothing may be written there again, not even at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="prankfilter", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    score = commands.add_parser("score", help="score recordings, or call records from standard input (-)")
    score.add_argument(
        "files", nargs="+", metavar="FILE", help="a recording, or - for call records as JSON lines"
    )
    score.add_argument("--calling-number", metavar="N", help="score the recordings as calls from this number")
    score.add_argument("--json", action="store_true", help="one JSON line a file, also on a terminal")
    score.set_defaults(module="score", run="score")

    features = commands.add_parser("features", help="the feature table, or the features of recordings")
    features.add_argument("files", nargs="*", metavar="FILE", help="a recording")
    features.add_argument("--json", action="store_true", help="JSON, also on a terminal")
    features.set_defaults(module="features", run="features")

    importing = commands.add_parser("import", help="bring calls, outcomes and verdicts into the store")
    importing.add_argument("file", type=Path, metavar="FILE.jsonl")
    importing.add_argument("--dry-run", action="store_true", help="check only; nothing is kept")
    importing.set_defaults(module="importing", run="bring_in")

    backup = commands.add_parser("backup", help="copy the embedded store while the service runs")
    backup.add_argument("file", type=Path, metavar="FILE", help="a new file; restoring is putting it back")
    backup.set_defaults(module="backup", run="backup")

    erase = commands.add_parser("erase", help="remove one subject, a number or a call, everywhere")
    whose = erase.add_mutually_exclusive_group(required=True)
    whose.add_argument("--number", metavar="N", help="in any spelling; - reads it from standard input")
    whose.add_argument("--call", metavar="ID", help="one call")
    whose.add_argument(
        "--again",
        action="store_const",
        const="again",
        default="erase",
        dest="run",
        help="after restoring a backup: all that was ever erased",
    )
    erase.add_argument("--by", required=True, help="who erases; kept")
    erase.add_argument("--reason", required=True, help="why, such as the number of a request; kept")
    erase.add_argument("--dry-run", action="store_true", help="show what would go; nothing is changed")
    erase.set_defaults(module="erase")

    report = commands.add_parser("report", help="what a shift, a day or a month came to")
    report.add_argument("kind", choices=REPORTS)
    report.add_argument(
        "--date",
        default="",
        metavar="D",
        help="2026-11-22, 2026-11-22T15:30 (the shift at that time) or 2026-11; now if not given",
    )
    report.add_argument("--format", default="text", choices=("text", "json", "csv", "xlsx", "pdf"))
    report.add_argument("--out", type=Path, metavar="F", help="where to write it, instead of standard output")
    report.add_argument("--by", default="", help="who makes it, for the record; your login if not given")
    report.add_argument("--signed", default="", metavar="NAME", help="the name under it, if another")
    report.add_argument("--language", choices=("id", "en"), help="instead of PRANKFILTER_LANGUAGE")
    report.add_argument("--confined", action="store_true", help=argparse.SUPPRESS)
    report.set_defaults(module="report", run="report")

    purge = commands.add_parser("purge", help="delete what was kept for as long as the settings say")
    purge.add_argument("--dry-run", action="store_true", help="show how much is due; nothing is changed")
    purge.add_argument(
        "--compact", action="store_true", help="then write the embedded store's file anew; writers wait"
    )
    purge.set_defaults(module="purge", run="purge")

    keys = commands.add_parser("keys", help="API keys").add_subparsers(required=True, metavar="ACTION")
    init = keys.add_parser("init", help="make the secret keys that all machines share, in PRANKFILTER_KEYS")
    init.set_defaults(module="keys", run="init")
    add = keys.add_parser("add", help="make a key; it is shown once")
    add.add_argument("--scope", required=True, choices=SCOPES)
    add.add_argument("--name", required=True, help="who uses it, such as kamailio-1")
    add.set_defaults(module="keys", run="add")
    keys.add_parser("list", help="all keys, without their secrets").set_defaults(module="keys", run="show")
    revoke = keys.add_parser("revoke", help="a key that must no longer be accepted")
    revoke.add_argument("key_id")
    revoke.set_defaults(module="keys", run="revoke")

    _add_accounts(commands.add_parser("accounts", help="who may sign in to the console"))
    return parser


def _add_accounts(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="make an account; the password is asked for")
    add.add_argument("--role", required=True, choices=ROLES)
    add.add_argument("--full-name", default="", help="as it stands on pages and reports")
    add.set_defaults(module="accounts", run="add")
    password = actions.add_parser("password", help="give an account another password")
    password.set_defaults(module="accounts", run="change_password")
    for one in (add, password):
        one.add_argument("name", help="what is typed at sign-in")
        one.add_argument("--make-password", action="store_true", help="make a password and show it once")
    actions.add_parser("list", help="all accounts").set_defaults(module="accounts", run="show")
    end = actions.add_parser("end", help="an account that must no longer sign in")
    end.add_argument("name")
    end.set_defaults(module="accounts", run="end")


if __name__ == "__main__":
    sys.exit(main())
