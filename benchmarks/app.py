"""The real service with one more address, `/empty`, that does nothing: ``python -m benchmarks.app PORT``."""

from __future__ import annotations

import sys

import uvicorn
from prankfilter_api.app import create_app
from prankfilter_api.building import build_screener
from prankfilter_api.serve import begin, read_options, server_config

from prankfilter.settings import read_settings


async def empty() -> dict[str, str]:
    """What FastAPI itself costs."""
    return {}


def main(port: str) -> None:
    """Serve as prankfilter-serve does."""
    options = read_options(["--port", port])
    settings = read_settings()
    app = create_app(lambda: build_screener(settings, policy="queue", demo=False), started=begin)
    app.post("/empty")(empty)
    uvicorn.Server(server_config(app, options, settings)).run()


if __name__ == "__main__":
    main(sys.argv[1])
