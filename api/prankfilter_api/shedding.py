"""What a call is answered that is not looked at because there is too much work, and what is counted of it.

The answer is that of `prankfilter.routing.decide.fail_open`, with its parts written beforehand: it must cost
a fiftieth of a screening, or sending calls on would take the time that judging others needs. Its
``result_id`` is that of the call's having been sent on, not of the request: a repeat is looked at if there is
time by then.
"""

from __future__ import annotations

from prankfilter.routing.answer import encode
from prankfilter.routing.decide import fail_open
from prankfilter.vocabulary import Advice, Guard
from prankfilter.wiring.admission import Kind, Why
from prankfilter.wiring.screener import Screener
from prankfilter_api.answers import decision_bytes
from prankfilter_api.metrics import Metrics

_IDS = b'{"call_id":"","result_id":"",'
"""What every answer without ids begins with."""


class Shedding:
    """Sends calls on unscreened."""

    def __init__(self, screener: Screener, metrics: Metrics) -> None:
        self._screener = screener
        self._metrics = metrics
        self._model_id: str | None = None
        self._rest = self._write_rest()

    def send_on(self, call_id: str, kind: Kind, why: Why, *, word: bool) -> bytes:
        """Count a call that is sent on; returns the body of its answer."""
        self._metrics.shed(kind, why)
        return Advice.NORMAL.value.encode() if word else self._body(call_id)

    def _body(self, call_id: str) -> bytes:
        if self._screener.model_id != self._model_id:
            self._rest = self._write_rest()
        result_id = self._screener.name_shed(call_id)
        return b'{"call_id":%b,"result_id":"%b",%b' % (encode(call_id), result_id.encode(), self._rest)

    def _write_rest(self) -> bytes:
        self._model_id = self._screener.model_id
        decision = fail_open("", Guard.OVERLOAD, policy=self._screener.policy, model_id=self._model_id)
        whole = decision_bytes(decision, reasons=False)
        return whole.removeprefix(_IDS)
