"""The blind second review: the calls that would break a proof if their labels were wrong, judged once more.

A genuine call with a wrong label is missing from the calibration, and it is missing exactly where it matters:
with a large margin. So a second person listens to the fifty calls with the largest margin that are not
labelled genuine, without being told label or score, before a certificate on real calls is issued.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prankfilter.bundle.digest import ID_DIGITS
from prankfilter.bundle.disk import replace_durably
from prankfilter.errors import BadInput
from prankfilter.vocabulary import CERTIFIED_STRATA, Label
from prankfilter_training.log.statements import NEVER_LEARNT
from prankfilter_training.proof.bounds import worst_case
from prankfilter_training.proof.callers import hash_of
from prankfilter_training.proof.replay import Replay

CALLS_REVIEWED = 50
COLUMNS = ("call_id", "received_at", "label", "reviewer")
FOLDER = "reviews"
"""Below the folder of models: sheets that wait for a reviewer."""

ANSWERS = tuple(label for label in Label if label is not Label.ABANDONED)
"""What a reviewer may say; `unknown` where the recording does not tell."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the second person said of one call."""

    call_id: str
    received_at: str
    label: Label
    reviewer: str


def calls_to_review(replays: Sequence[Replay], key: str) -> list[Replay]:
    """The calls with the largest margin that are not labelled genuine, in an order that tells nothing."""
    candidates = [replay for replay in replays if replay.label not in NEVER_LEARNT | {Label.GENUINE}]
    candidates.sort(key=lambda replay: (-_largest(replay), hash_of(replay, key)))
    return sorted(candidates[:CALLS_REVIEWED], key=lambda replay: hash_of(replay, f"{key} sheet"))


def _largest(replay: Replay) -> float:
    return max(
        (replay.margins[stratum] for stratum in CERTIFIED_STRATA if stratum in replay.margins),
        default=-float("inf"),
    )


# --- the sheet -------------------------------------------------------------------------------------


def write_sheet(models: Path, wanted: Sequence[Replay]) -> Path:
    """Write a sheet for the reviewer, named after its calls; one that is there already is left alone."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows((*_name_of(replay), "", "") for replay in wanted)
    content = text.getvalue().encode()
    path = models / FOLDER / f"{hashlib.sha256(content).hexdigest()[:ID_DIGITS]}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        replace_durably(path, content)
    return path


def _name_of(replay: Replay) -> tuple[str, str]:
    record = replay.call.record
    return record.call_id, record.received_at.isoformat()


def read_sheet(path: Path) -> tuple[Reviewed, ...]:
    """Read a sheet that was filled in; all its faults at once.

    Raises
    ------
    BadInput
        Where a column is missing, a label is no word of the vocabulary, a reviewer is missing, or a call
        stands there twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"{path} cannot be read ({problem}); give the sheet that was filled in") from problem
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    missing = {"call_id", "label", "reviewer"} - set(rows.fieldnames or ())
    if missing:
        raise BadInput(f"{path} has no column {', '.join(sorted(missing))}; keep the columns of the sheet")
    plain = [{name: (row.get(name) or "").strip() for name in COLUMNS} for row in rows]
    faults = list(_faults(plain))
    if faults:
        raise BadInput(f"{path} has {len(faults)} faults:\n" + "\n".join(f"  {fault}" for fault in faults))
    return tuple(
        Reviewed(row["call_id"], row["received_at"], Label(row["label"]), row["reviewer"]) for row in plain
    )


def _faults(rows: Sequence[Mapping[str, str]]) -> Iterable[str]:
    seen: set[tuple[str, str]] = set()
    words = ", ".join(ANSWERS)
    for number, row in enumerate(rows, 2):
        if row["label"] not in ANSWERS:
            yield f"row {number}: label: must be one of {words}; it is {row['label'] or 'empty'}"
        if not row["reviewer"]:
            yield f"row {number}: reviewer: say who listened, by a pseudonym"
        name = row["call_id"], row["received_at"]
        if name in seen:
            yield f"row {number}: call_id: {row['call_id']} stands in an earlier row too; keep one"
        seen.add(name)


# --- what it changes -------------------------------------------------------------------------------


def after_review(
    replays: Sequence[Replay], wanted: Sequence[Replay], said: Sequence[Reviewed]
) -> tuple[list[Replay], dict[str, Any]]:
    """Correct the labels by what the reviewer said, and tell how often both agreed.

    Parameters
    ----------
    replays : sequence of Replay
        All calls that may certify.
    wanted : sequence of Replay
        Those of them that must be reviewed.
    said : sequence of Reviewed

    Returns
    -------
    list of Replay, dict
        The calls with corrected labels, where a call that the reviewer could not tell counts against a
        threshold; and the agreement, for the certificate.

    Raises
    ------
    BadInput
        Where a call was not reviewed, or by the person who labelled it.
    """
    found = {id(replay): _find(replay, said) for replay in wanted}
    missing = [replay.call.record.call_id for replay in wanted if found[id(replay)] is None]
    if missing:
        raise BadInput(
            f"{len(missing)} of {len(wanted)} calls were not reviewed: {', '.join(missing[:5])}"
            f"{' …' if len(missing) > 5 else ''}. Without --reviewed the sheet of them all is written again"
        )
    own = [replay.call.record.call_id for replay in wanted if _is_own(replay, found[id(replay)])]
    if own:
        raise BadInput(
            f"the reviewer labelled {len(own)} of these calls before: {', '.join(own[:5])}; "
            "a second review needs a second person"
        )
    corrected = [_corrected(replay, found.get(id(replay))) for replay in replays]
    return corrected, _agreement(wanted, [found[id(replay)] for replay in wanted])


def _find(replay: Replay, said: Sequence[Reviewed]) -> Reviewed | None:
    call_id, received_at = _name_of(replay)
    return next(
        (one for one in said if one.call_id == call_id and one.received_at in ("", received_at)), None
    )


def _is_own(replay: Replay, said: Reviewed | None) -> bool:
    labelled_by = {(name or "").strip().casefold() for name in (replay.call.label_by, replay.call.verdict_by)}
    return said is not None and said.reviewer.casefold() in labelled_by - {""}


def _corrected(replay: Replay, said: Reviewed | None) -> Replay:
    if said is None:
        return replay
    if said.label is Label.UNKNOWN:
        return dataclasses.replace(replay, label=Label.UNKNOWN, doubtful=True)
    return dataclasses.replace(replay, label=said.label)


def _agreement(wanted: Sequence[Replay], said: Sequence[Reviewed | None]) -> dict[str, Any]:
    answers = [one.label for one in said if one is not None]
    differ = sum(replay.label is not label for replay, label in zip(wanted, answers, strict=True))
    genuine = answers.count(Label.GENUINE)
    return {
        "calls": len(wanted),
        "agreed": len(wanted) - differ,
        "found_genuine": genuine,
        "could_not_tell": answers.count(Label.UNKNOWN),
        "worst_case_share_genuine": round(worst_case(genuine, len(wanted), 0.05), 6) if wanted else None,
        "labeller_unknown": sum(replay.call.label_by is None for replay in wanted),
    }
