"""A study as pictures: today's practice, simpler models, ablations, learning curve."""

from __future__ import annotations

from prankfilter_training.evaluation.canvas import (
    BLUE,
    ORANGE,
    Picture,
    Values,
    as_percent,
    canvas,
    intervals,
    point,
    rows_of,
)


def study_pictures(of: Values) -> list[Picture]:
    """Rules and, where a study was made, refits and learning curve."""
    return [_rules(of), *([_refits(of), _learning_curve(of)] if "study" in of else [])]


def _rules(of: Values) -> Picture:
    main = of["main_look"]
    rules = [(name, rule["looks"][main]) for name, rule in of["rules"].items()]
    drawn, (axes,) = canvas(of, 1.2 + 0.7 * len(rules))
    for place, (_, row) in enumerate(rules):
        point(axes, place - 0.12, row["prank_recall"], ORANGE)
        point(axes, place + 0.12, row["model_recall_at_equal_hit"], BLUE)
    hits = [row["genuine_hit"]["value"] or 0.0 for _, row in rules]
    names = [f"{name}\n(hits {hit:.2%} of genuine)" for (name, _), hit in zip(rules, hits, strict=True)]
    axes.set_yticks(range(len(rules)), names)
    axes.set_ylim(len(rules) - 0.5, -0.5)
    axes.set_xlim(left=0)
    as_percent(axes)
    axes.set_title("Pranks found: rule (orange), model (blue)")
    caption = f"At {main}, on the same calls, at the share of genuine calls that the rule hits."
    return Picture("rules", "Against today's practice", caption, drawn)


def _refits(of: Values) -> Picture:
    main, key = of["main_look"], "prank_recall_at_1.0%_of_genuine"
    refits = [(name, looks[main]) for name, looks in of["study"]["refits"].items()]
    rows = [("the model", of["looks"][main]), *refits]
    drawn, axes = canvas(of, 1.5 + 0.36 * len(rows), 2)
    names = [name for name, _ in rows]
    rows_of(axes[0], names, [row["pr_auc"] for _, row in rows])
    rows_of(axes[1], [""] * len(rows), [row[key] for _, row in rows])
    for one, title in zip(axes, ("PR-AUC", "Pranks found\nat 1 % of genuine hit"), strict=True):
        one.set_title(title)
        one.set_xlim(left=0)
    as_percent(axes[1])
    caption = (
        f"At {main}. Each learned from the same calls by the same recipe; all are judged on the same calls."
    )
    return Picture("refits", "Simpler models and ablations", caption, drawn)


def _learning_curve(of: Values) -> Picture:
    curve, main = of["study"]["learning_curve"], of["main_look"]
    calls = [curve["calls"][share] for share in curve["looks"]]
    drawn, axes = canvas(of, 3.0, 2)
    for one, key, title in zip(
        axes,
        ("pr_auc", "prank_recall_at_1.0%_of_genuine"),
        ("PR-AUC", "Pranks found\nat 1 % of genuine hit"),
        strict=True,
    ):
        intervals(one, calls, [looks[main][key] for looks in curve["looks"].values()])
        one.set_ylim(0, None)
        one.set_xlim(0, None)
        one.set_title(title)
        one.set_xlabel("calls to learn from")
    as_percent(axes[1], "y")
    caption = f"At {main}. The latest calls before the measured ones; a curve that still rises asks for more."
    return Picture("learning_curve", "Would more labelled calls help?", caption, drawn)
