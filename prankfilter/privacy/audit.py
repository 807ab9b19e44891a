"""The random audit: one draw a call, the same at every look, retry and replica (SAFETY rule 13)."""

from __future__ import annotations

import hmac

_DRAW_BYTES = 8
_DRAWS = 1 << (8 * _DRAW_BYTES)


def audit_drawn(call_id: str, share: float, key: bytes) -> bool:
    """Whether a call is in the audit sample.

    Parameters
    ----------
    call_id : str
        The draw depends on nothing else of the call, so no retry can be steered into or out of the sample.
    share : float
        Share of calls to draw, in [0, 1]; 0 draws none, 1 draws all.
    key : bytes
        Secret (`Keyring.current(Purpose.AUDIT).secret`): whoever chooses call ids cannot choose the draw.

    Returns
    -------
    bool
        True for a share of all call ids; raising the share only adds calls.
    """
    # Not `hmac.digest`: that lets go of the interpreter, and waits for it, for a microsecond's work.
    digest = hmac.new(key, call_id.encode("utf-8", "surrogatepass"), "sha256").digest()
    return int.from_bytes(digest[:_DRAW_BYTES], "big") < share * _DRAWS
