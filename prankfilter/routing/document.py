"""Writes docs/routing.md from the tables of this folder; with ``--check`` it tells whether it is fresh."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

from prankfilter.features import memory
from prankfilter.generated import write_or_check
from prankfilter.routing import decide, strata
from prankfilter.routing.guards import GUARDS, Effect, GuardRow
from prankfilter.routing.policies import DEFAULT_POLICY, POLICIES, policy_digest
from prankfilter.routing.sentences import describe
from prankfilter.vocabulary import CERTIFIED_STRATA, STRATUM_NAMES_ID, Stratum

PAGE = Path(__file__).parents[2] / "docs" / "routing.md"

INTRODUCTION = """\
# Routing

What a score may lead to. This page is generated from `prankfilter/routing/` by
`python -m prankfilter.routing.document`; a test fails where it is stale.

Advice is `normal`, `priority` or `verify`; whatever breaks, it is `normal`. `verify` needs all of these:

- a policy that may verify, and a group of callers that it verifies;
- a complete look at the caller's own sound from before the answer;
- {pranks} confirmed pranks from the number on {days} days, no confirmed genuine call lately, no `verify` to
  the number in the last {rest:g} minutes;
- a certificate that is valid for model, features, policy, group and capture, and a margin strictly above its
  threshold, both with and without the sound;
- no guard that holds.
"""

POLICY = """\
### `{name}`{default}

{english}

> {indonesian}

Digest: `{digest}`. A certificate names it and is void for any other.
"""

GUARD_COLUMNS = ("Guard", "Effect", "Meaning", "Sentence", "Named by")

GUARD_TEXT = """\
## Guards

A guard either raises a call to `priority` or lifts a `verify` back to `normal`; none can bring a `verify`
about. An answer lists every guard that holds and that its policy names, but for those marked *, which are
listed only where they took away a `verify` that nothing else had taken away.

{table}
`priority` has limits: one call a number at a time (for {open:g} minutes, or until the other call ended), one
place in {places} of the centre's calls, and none for repeats in a surge. Who finds no place is `normal`.
"""

GROUP_COLUMNS = ("Group", "Name", "Who", "May be verified")

WHO = {
    Stratum.NO_NUMBER: "Calls without a number.",
    Stratum.SILENT: (
        f"A look of {strata.SILENT_FROM_S:g} s or more with less than {strata.SPOKEN_S:g} s of speech, or "
        f"with speech in less than {100 * strata.SPOKEN_SHARE:g} % of it."
    ),
    Stratum.CHILD: f"A child-voice probability of {strata.CHILD_FROM:g} or more.",
    Stratum.REPEAT: f"The number called before within {strata.REPEAT_WINDOW.days} days.",
    Stratum.OTHER: "All others.",
}

GROUP_TEXT = """\
## Groups

A certificate speaks of each group by itself. A call is counted in the first group of this list that it was
ever in, at any look: once silent or child-like, it stays so.

{table}
Where a child's voice cannot be told (the inference is switched off, or too little is said), the call stays in
its group, but no certificate covers it: certificates are made on groups that children were kept out of.
"""


def page() -> str:
    """Compose the whole page."""
    return "\n".join([_introduction(), "## Policies\n", *_policies(), _guards(), _groups()])


def _introduction() -> str:
    return INTRODUCTION.format(
        pranks=memory.PRANKS_NEEDED, days=memory.PRANK_DAYS_NEEDED, rest=memory.VERIFY_PAUSE_MIN
    )


def _policies() -> list[str]:
    return [
        POLICY.format(
            name=name,
            default=" (default)" if name == DEFAULT_POLICY else "",
            english=describe(policy, "en"),
            indonesian=describe(policy, "id"),
            digest=policy_digest(policy),
        )
        for name, policy in POLICIES.items()
    ]


def _guards() -> str:
    return GUARD_TEXT.format(
        table=_table(GUARD_COLUMNS, [_guard(row) for row in GUARDS]),
        open=memory.PRIORITY_OPEN / dt.timedelta(minutes=1),
        places=decide.PLACES_PER_PRIORITY,
    )


def _guard(row: GuardRow) -> tuple[str, ...]:
    return (
        f"`{row.name}`{' *' if row.only_if_overruling else ''}",
        "raises to `priority`" if row.effect is Effect.RAISE else "lifts `verify`",
        row.meaning,
        row.says,
        ", ".join(name for name, policy in POLICIES.items() if row.name in policy.guards),
    )


def _groups() -> str:
    rows = [
        (f"`{group}`", STRATUM_NAMES_ID[group], WHO[group], "yes" if group in CERTIFIED_STRATA else "never")
        for group in (*strata.PRECEDENCE, Stratum.OTHER)
    ]
    return GROUP_TEXT.format(table=_table(GROUP_COLUMNS, rows))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with ``--check`` compare it; 0 done, 1 stale, 2 usage."""
    files = {PAGE: page().encode()}
    return write_or_check(arguments, files, name="docs/routing.md", module="prankfilter.routing.document")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
