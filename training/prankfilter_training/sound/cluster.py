"""Listening on a Dask cluster, for months of sound. Only ``--cluster`` imports this: it needs its extra.

Whoever may submit work to a scheduler may run code on its workers: keep both within the centre's own network.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import distributed
import joblib

from prankfilter.errors import BadInput

PATIENCE_S = 10
"""For the scheduler to answer, and for its first worker to be there."""


@contextmanager
def on_cluster(address: str) -> Iterator[None]:
    """Have joblib's work done by the workers of a scheduler.

    What a worker that dies had not finished is done by the others. Recordings and cache must lie under the
    same paths on all machines.

    Raises
    ------
    BadInput
        If no scheduler answers, it has no workers, or a recording kills every worker that takes it.
    """
    try:
        client: Any = distributed.Client(address, timeout=PATIENCE_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as problem:
        raise BadInput(
            f"--cluster {address}: no scheduler answers there ({problem}); start one with `dask scheduler`"
        ) from problem
    with client:
        if not client.ncores():
            raise BadInput(f"--cluster {address} has no workers; start some with `dask worker {address}`")
        try:
            with joblib.parallel_config("dask", client=client, wait_for_workers_timeout=PATIENCE_S):
                yield
        except distributed.KilledWorker as problem:
            raise BadInput(
                f"--cluster {address}: several workers died of the same recordings, for want of memory "
                "perhaps; what was finished is kept: run it again with more memory"
            ) from problem
