"""The call id of a stream: in the address, or beside it where the address is the same for every call."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.api.streaming import listening


def test_a_call_id_in_the_query_stands_for_that_in_the_path(tmp_path: Path) -> None:
    with listening(tmp_path) as service:
        with service.stream("-", "?call_id=a%2Fb%4010.0.0.1&trunk=trunk-1") as stream:
            stream.send("STOP")
            (decision,) = stream.decisions()
        assert decision["call_id"] == "a/b@10.0.0.1"
        with pytest.raises(InvalidStatus), service.stream("-", "?call_id="):
            pass
