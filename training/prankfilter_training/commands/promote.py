"""Let a model run, if every gate holds. Services take it up by themselves within a fifth of a second."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from prankfilter.bundle.digest import is_id
from prankfilter.classifier.gates import GATES
from prankfilter.classifier.promotion import Promotion
from prankfilter.classifier.promotion import promote as run_gates
from prankfilter.errors import BadInput
from prankfilter.routing.policies import POLICIES, policy_digest
from prankfilter_training.commands import door, order
from prankfilter_training.commands.door import Answer

NAME, HELP = "promote", "let a model run, if every gate holds"
FORCEABLE = tuple(gate.name for gate in GATES if gate.may_be_forced)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("bundle", type=Path, help="a model in the folder of models: its path, or its id")
    order.arguments(parser, reason_required=True)
    parser.add_argument(
        "--force",
        action="append",
        default=[],
        choices=FORCEABLE,
        metavar="GATE",
        help=f"let it run although this gate does not hold; may be given several times: "
        f"{', '.join(FORCEABLE)}",
    )
    parser.add_argument("--second", metavar="NAME", help="another person, who agrees to --force")
    parser.add_argument("--dry-run", action="store_true", help="ask the gates and change nothing")


def run(options: argparse.Namespace) -> Answer:
    """Ask all gates; move the pointer if they hold."""
    models = door.settings().models
    promotion = run_gates(
        models,
        _model_id(options.bundle, models),
        order.order_of(options, force=tuple(options.force), second=options.second),
        clock=time.perf_counter,
        policy_names={policy_digest(policy): name for name, policy in POLICIES.items()},
        dry_run=options.dry_run,
    )
    return Answer(_values(promotion), _text(promotion), refused=bool(promotion.failed))


def _model_id(bundle: Path, models: Path) -> str:
    """Read which bundle is meant; services read nothing outside the folder of models."""
    if is_id(str(bundle)) and not bundle.exists():
        return str(bundle)
    if bundle.resolve().parent != models.resolve():
        raise BadInput(f"{bundle} is not in {models}; copy it there first: cp -r {bundle} {models}/")
    return bundle.resolve().name


def _values(promotion: Promotion) -> dict[str, Any]:
    return {
        "promoted": promotion.done,
        "model_id": promotion.challenger,
        "before": promotion.champion,
        "failed": list(promotion.failed),
        "gates": [
            {
                "gate": one.gate,
                "holds": one.holds,
                "forced": one.forced,
                "found": one.said.english,
                "found_id": one.said.indonesian,
            }
            for one in promotion.findings
        ],
        "certificates": promotion.outlook.english,
        "certificates_id": promotion.outlook.indonesian,
        "journal_head": promotion.journal_head,
    }


def _text(promotion: Promotion) -> str:
    lines = [
        f"  {'holds ' if one.holds else 'FORCED' if one.forced else 'FAILS '} {one.gate}: {one.said.english}"
        for one in promotion.findings
    ]
    return "\n".join([_verdict(promotion), *lines, f"after the switch: {promotion.outlook.english}"])


def _verdict(promotion: Promotion) -> str:
    if promotion.done:
        return f"{promotion.challenger} runs now, in place of {promotion.champion or 'none'}"
    running = f"{promotion.champion} runs on" if promotion.champion else "none runs"
    if promotion.failed:
        return f"{promotion.challenger} is refused by {', '.join(promotion.failed)}; {running}"
    return f"{promotion.challenger} could run; nothing was changed, {running}"
