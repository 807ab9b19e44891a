"""Names made from content: the same arrays get the same name on any machine, in any file format."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

ID_DIGITS = 16
_ID = re.compile(rf"[0-9a-f]{{{ID_DIGITS}}}")


def is_id(text: str) -> bool:
    """Whether this could be the id of an artefact, and so is safe as the name of a file or folder."""
    return _ID.fullmatch(text) is not None


def canonical_json(value: Any) -> bytes:
    """Write JSON in the one way that equal values share; NaN and infinities are refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def content_id(content: Any) -> str:
    """Name plain JSON values by what they say."""
    return hashlib.sha256(canonical_json(content)).hexdigest()[:ID_DIGITS]


def arrays_digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Hash arrays by content.

    Parameters
    ----------
    arrays : Mapping[str, NDArray]
        Of numbers, booleans or bytes; their order does not matter.

    Returns
    -------
    str
        SHA-256 in hex, over name, type, shape and the little-endian bytes of each array, by name.
    """
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.asarray(arrays[name])
        plain = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
        header = canonical_json([name, plain.dtype.str, array.shape])
        digest.update(len(header).to_bytes(8, "little") + header + plain.tobytes())
    return digest.hexdigest()


def artefact_id(
    arrays: Mapping[str, NDArray[Any]],
    recipe: Mapping[str, Any],
    features: Sequence[tuple[str, int]],
) -> str:
    """Name an artefact after its arrays, its recipe and the (name, version) of the feature rows it uses."""
    content = {
        "arrays": arrays_digest(arrays),
        "features": [list(row) for row in features],
        "recipe": dict(recipe),
    }
    return content_id(content)
