"""An evaluation as a folder: one page for people, a picture for each table, and the figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from prankfilter.bundle.disk import replace_durably
from prankfilter_training.evaluation import words
from prankfilter_training.evaluation.canvas import Picture
from prankfilter_training.evaluation.pictures import pictures
from prankfilter_training.evaluation.slices import CUTS

PAGE, FIGURES = "report.html", "evaluation.json"


def write_report(folder: Path, of: Mapping[str, Any]) -> tuple[Path, ...]:
    """Write ``report.html``, ``evaluation.json`` and the pictures; the page needs no other file."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = pictures(of)
    files = {
        PAGE: page(of, drawn).encode(),
        FIGURES: json.dumps(of, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n",
        **{f"{picture.name}.png": picture.png() for picture in drawn},
    }
    for name, content in files.items():
        replace_durably(folder / name, content)
    return tuple(folder / name for name in files)


def page(of: Mapping[str, Any], drawn: tuple[Picture, ...]) -> str:
    """The page; whatever a log brings along, such as names of centres, is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        of=of,
        simulated=of["basis"] == "simulated",
        leading=words.leading(of),
        leading_id=words.leading_id(of),
        caution=words.caution(of),
        pictures={picture.name: picture for picture in drawn},
        cuts=CUTS,
        few=words.FEW_CALLS,
        figure=words.figure,
        share=words.share,
        percent=words.percent,
    )
