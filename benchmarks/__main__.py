"""Run all benchmarks, or those named: ``python -m benchmarks [PART …]``; ``--help`` names the parts.

Everything stays on this machine's loopback address; all of it takes a few minutes. Figures of one run belong
together: they are measured in turn, since machines and their neighbours change from minute to minute.
"""

from __future__ import annotations

import argparse
import os
import platform
from pathlib import Path

from benchmarks import (
    against,
    console,
    history,
    kamailio,
    kills,
    large_logs,
    outage,
    overload,
    reports,
    serving,
    sound_extraction,
    stages,
    start,
    streams,
    trees,
)
from benchmarks.ears import quick as ears
from prankfilter.classifier.running import Library
from prankfilter.settings import read_settings

PARTS = {
    "serving": serving.main,
    "stages": stages.main,
    "trees": trees.main,
    "start": start.main,
    "naive": against.main,
    "overload": overload.main,
    "streams": streams.main,
    "kamailio": kamailio.main,
    "kills": kills.main,
    "history": history.main,
    "reports": reports.main,
    "outage": outage.main,
    "console": console.main,
    "large": large_logs.main,
    "sound": sound_extraction.main,
    "ears": ears.main,
}


def main() -> None:
    """Print Markdown, one table a subject."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=", ".join(PARTS))
    parts = parser.parse_args().parts or list(PARTS)
    models: Path = read_settings().models.resolve()
    model_id = Library(models).load().model.model_id
    print("# Benchmarks\n")
    print(
        f"Model {model_id}; Python {platform.python_version()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f} at the start."
    )
    for part in parts:
        PARTS[part](models)


if __name__ == "__main__":
    main()
