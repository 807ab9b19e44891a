"""An evaluation in words: the leading number, a compact table, what the figures are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]

FEW_CALLS = 30
"""Figures on fewer calls are shown, and shown to say little."""


def leading(of: Values) -> str:
    """The number that leads everything, in English."""
    delayed = of["delayed"]
    if delayed["certificate"] is None:
        return (
            f"Genuine calls that would be delayed: 0 of {delayed['genuine_calls']:,}. "
            "Without a certificate no call is ever delayed."
        )
    return (
        f"Genuine callers that would be delayed: {delayed['callers_delayed']:,} of "
        f"{delayed['genuine_callers']:,}, at most {percent(delayed['upper_bound'])} at "
        f"{delayed['confidence']:.0%} confidence; genuine calls: {delayed['calls_delayed']:,} of "
        f"{delayed['genuine_calls']:,} ({share(delayed['share_of_calls'])})."
    )


def leading_id(of: Values) -> str:
    """The same in Indonesian."""
    delayed = of["delayed"]
    if delayed["certificate"] is None:
        return (
            f"Panggilan darurat nyata yang akan tertunda: 0 dari {number_id(delayed['genuine_calls'])}. "
            "Tanpa bukti batas risiko tidak ada panggilan yang tertunda."
        )
    return (
        f"Penelepon darurat nyata yang akan tertunda: {number_id(delayed['callers_delayed'])} dari "
        f"{number_id(delayed['genuine_callers'])}, paling banyak {swapped(percent(delayed['upper_bound']))} "
        f"dengan keyakinan {delayed['confidence']:.0%}; panggilan darurat: "
        f"{number_id(delayed['calls_delayed'])} dari {number_id(delayed['genuine_calls'])} "
        f"({swapped(share(delayed['share_of_calls']))})."
    )


def caution(of: Values) -> str:
    """What the proof itself rests on, where that must be said; else nothing."""
    if of["delayed"].get("basis") == "simulated":
        return "The certificate is SIMULATED: it is honoured by the demonstration only."
    return ""


def compact_table(of: Values) -> str:
    """One line a look, for a terminal."""
    counts = "  ".join([f"{'look':>5}", *(f"{name:>7}" for name in ("calls", "pranks", "genuine"))])
    head = f"{counts}  {'PR-AUC':<22}{'pranks at 1 % of genuine':<26}Brier"
    return "\n".join([head, *(_line(name, at) for name, at in of["looks"].items())])


def _line(name: str, at: Values) -> str:
    counts = f"{name:>5}  {at['calls']:>7,}  {at['pranks']:>7,}  {at['genuine']:>7,}"
    recall = share(at["prank_recall_at_1.0%_of_genuine"])
    return f"{counts}  {figure(at['pr_auc']):<22}{recall:<26}{figure(at['brier'])}"


# --- figures ---------------------------------------------------------------------------------------


def figure(of: Values) -> str:
    """A figure with its interval.

    Examples
    --------
    >>> figure({"value": 0.5, "low": 0.41, "high": 0.6, "n": 80})
    '0.500 [0.410, 0.600]'
    """
    if of["value"] is None:
        return "unknown"
    if of["low"] is None:
        return f"{of['value']:.3f}"
    return f"{of['value']:.3f} [{of['low']:.3f}, {of['high']:.3f}]"


def share(of: Values) -> str:
    """A share with its interval, in per cent.

    Examples
    --------
    >>> share({"value": 0.25, "low": 0.1, "high": 0.3504, "n": 80})
    '25.0 % [10.0, 35.0]'
    """
    if of["value"] is None:
        return "unknown"
    if of["low"] is None:
        return f"{_short(of['value'])} %"
    return f"{_short(of['value'])} % [{_short(of['low'])}, {_short(of['high'])}]"


def _short(part: float) -> str:
    """Per cent with one decimal, or two where one would hide that it is not zero."""
    return f"{100 * part:.2f}" if 0 < part < 0.01 else f"{100 * part:.1f}"


def percent(value: float | None) -> str:
    """A small share, with two digits that say something.

    Examples
    --------
    >>> percent(0.00099), percent(0.05), percent(0.0), percent(None)
    ('0.099 %', '5 %', '0 %', 'unknown')
    """
    return "unknown" if value is None else f"{100 * value:.2g} %"


def number_id(value: float, decimals: int = 0) -> str:
    """A number as Indonesian writes it.

    Examples
    --------
    >>> number_id(1234.5, 1)
    '1.234,5'
    """
    return swapped(f"{value:,.{decimals}f}")


def swapped(text: str) -> str:
    """Change points for commas and commas for points."""
    return text.translate(str.maketrans(",.", ".,"))
