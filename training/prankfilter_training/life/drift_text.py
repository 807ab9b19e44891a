"""A drift report for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prankfilter_training.life.thresholds import Level

MOST_COLUMNS = 12


def drift_text(of: Mapping[str, Any]) -> str:
    """What changed, the worst first, and what it was measured on."""
    return "\n".join(_lines(of))


def _lines(of: Mapping[str, Any]) -> Iterator[str]:
    yield of["notice"]
    yield f"{of['calls']} labelled calls {_period(of['period'])}, held against"
    then = of["compared_with"]
    yield f"{then['calls']} labelled calls {_period(then['period'])}."
    yield ""
    yield from _exceeded("ALARM", of["alarms"])
    yield from _exceeded("warning", of["warnings"])
    if not of["alarms"] and not of["warnings"]:
        yield "Nothing exceeds its threshold."
    yield ""
    yield from _columns(of)
    yield from _labels(of["labels"])
    yield from _months(of["months"])
    yield from _calibration(of["calibration"])


def _period(period: Sequence[str]) -> str:
    return f"from {period[0][:10]} to {period[1][:10]}"


def _exceeded(word: str, findings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in findings:
        yield (
            f"{word}: {one['name']}, {one['where']}: {one['value']:+.3f} on {one['n']:.0f} calls. "
            f"{one['meaning']}"
        )


def _columns(of: Mapping[str, Any]) -> Iterator[str]:
    columns = sorted(of["columns"], key=lambda column: -column["corrected"])
    yield f"Population stability index, the largest of {len(columns)} (less what chance gives on average):"
    for column in columns[:MOST_COLUMNS]:
        yield (
            f"  {column['name']} ({column['look']}): {column['corrected']:.3f}; chance reaches "
            f"{column['by_chance']:.3f}; n {column['n']:.0f}; {column['level'].replace('_', ' ')}"
        )
    unclear = sum(column["level"] == Level.CANNOT_TELL for column in columns)
    if unclear:
        yield f"  {unclear} columns: too few calls to tell a shift of alarming size from chance."
    if of["not_compared"]:
        yield (
            f"  {len(of['not_compared'])} columns not compared: fewer than 100 calls have their whole past "
            "in the log (90 days for what a number did before)."
        )
    yield ""


def _labels(of: Mapping[str, Any]) -> Iterator[str]:
    yield f"Mix of calls ({of['n_then']} then, {of['n_now']} now; in brackets what chance changes):"
    for one in (*of["shares"], of["pranks"]):
        yield (
            f"  {one['label']:<14} {one['then']:6.1%} -> {one['now']:6.1%}  ({one['change_by_chance']:.1%})"
        )
    yield ""


def _months(of: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "By month: answered calls, share without a label, then the share of each label:"
    for month in of:
        shares = ", ".join(
            f"{name} {one['value']:.0%}" for name, one in month["labels"].items() if one["value"]
        )
        yield f"  {month['month']}  {month['answered']:>6}  {month['unlabelled']['value']:.1%}  {shares}"
    yield ""


def _calibration(of: Mapping[str, Any]) -> Iterator[str]:
    for look, found in of.items():
        if "brier" not in found:
            few = f"{found['calls']}, {found['pranks']} pranks"
            yield f"Calibration ({look}): too few labelled calls ({few})."
            continue
        figures = ", ".join(
            f"{name} {found[name]['value']:.3f} [{found[name]['low']:.3f}, {found[name]['high']:.3f}]"
            for name in ("brier", "mean_score", "prank_share", "intercept", "slope")
        )
        yield f"Calibration ({look}), {found['calls']} calls: {figures}"
        if not found["history_is_complete"]:
            yield "  The log begins with these calls: numbers have no past, so scores are not those served."
