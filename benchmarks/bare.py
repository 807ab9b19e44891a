"""The least that a Python service can be, uvicorn with an empty app: ``python -m benchmarks.bare PORT``."""

from __future__ import annotations

import sys

import uvicorn
from starlette.types import Receive, Scope, Send


async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer everything with nothing."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(sys.argv[1]), http="httptools", lifespan="off", access_log=False
    )
