"""The application of a test behind a real socket, kept open as in earnest."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from prankfilter_api.serve import KEEP_ALIVE_S

from tests.api.service import Service


class Server(uvicorn.Server):
    """Leaves signals to the tests, and says when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = threading.Event()

    async def startup(self, sockets: object = None) -> None:
        await super().startup()
        self.serving.set()


@contextmanager
def listening(service: Service) -> Iterator[str]:
    """Serve it from a thread of its own; gives the address."""
    config = uvicorn.Config(
        service._with_state,
        port=0,
        http="httptools",
        ws="none",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    server = Server(config)
    thread = threading.Thread(target=lambda: service.runner.run(server._serve(None)))
    thread.start()
    try:
        assert server.serving.wait(60)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
