"""A-law and µ-law, the two telephone codings of ITU-T G.711, as tables in both directions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def _a_law_levels() -> NDArray[np.int16]:
    """Level of each A-law code: sign, three bits of segment, four of step; even bits are inverted."""
    code = np.arange(256) ^ 0x55
    segment, step = (code >> 4) & 7, code & 15
    level = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, level, -level).astype(np.int16)


def _mu_law_levels() -> NDArray[np.int16]:
    """Level of each µ-law code; all bits are inverted on the line."""
    code = ~np.arange(256) & 0xFF
    level = (((code & 15) << 3) + 0x84 << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -level, level).astype(np.int16)


def _nearest_codes(levels: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Code of the nearest level for each 16-bit value, indexed by value + 32768.

    A value halfway between two levels goes to the louder one, as in G.711's decision values. µ-law has two
    codes for zero; the positive one is used.
    """
    codes = np.argsort(levels, kind="stable").astype(np.uint8)
    rising = levels[codes].astype(np.int64)
    keep = np.r_[np.diff(rising) > 0, True]
    codes, rising = codes[keep], rising[keep]
    value = np.arange(-32768, 32768)
    halves = (rising[1:] + rising[:-1]) / 2
    upper = np.searchsorted(halves, value, side="right")
    lower = np.searchsorted(halves, value, side="left")
    return codes[np.where(value >= 0, upper, lower)]


A_LAW_LEVELS = _a_law_levels()
MU_LAW_LEVELS = _mu_law_levels()
_A_LAW_CODES = _nearest_codes(A_LAW_LEVELS)
_MU_LAW_CODES = _nearest_codes(MU_LAW_LEVELS)


def decode_a_law(codes: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Expand A-law codes to 16-bit levels of the same shape."""
    return A_LAW_LEVELS.take(codes)


def decode_mu_law(codes: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Expand µ-law codes to 16-bit levels of the same shape."""
    return MU_LAW_LEVELS.take(codes)


def encode_a_law(levels: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Compress 16-bit levels to the nearest A-law code, same shape."""
    return _A_LAW_CODES[levels.astype(np.int32) + 32768]


def encode_mu_law(levels: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Compress 16-bit levels to the nearest µ-law code, same shape."""
    return _MU_LAW_CODES[levels.astype(np.int32) + 32768]
