"""THE feature table: all that a score may rest on. Columns, reasons, documents and drift loop over it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from prankfilter.features.almanac import CALENDAR_FEATURES
from prankfilter.features.area import AREA_FEATURES
from prankfilter.features.caller import CALLER_FEATURES
from prankfilter.features.evidence import Evidence
from prankfilter.features.line import LINE_FEATURES
from prankfilter.features.row import Feature
from prankfilter.features.sound import SOUND_FEATURES
from prankfilter.vocabulary import Moment

FEATURES: tuple[Feature, ...] = (
    LINE_FEATURES + CALENDAR_FEATURES + CALLER_FEATURES + AREA_FEATURES + SOUND_FEATURES
)
"""In the order of every table and document. A model names the rows it uses; others may come and go."""

by_name: Mapping[str, Feature] = MappingProxyType({feature.name: feature for feature in FEATURES})


def extract(evidence: Evidence, features: Iterable[Feature] = FEATURES) -> NDArray[np.float64]:
    """Compute a row of feature values: the one way from evidence to numbers, in training and in service.

    Parameters
    ----------
    evidence : Evidence
        What is known of a call at one look.
    features : iterable of Feature
        The columns, in this order.

    Returns
    -------
    ndarray of float64, shape (n_features,)
        NaN where a value is unknown. What is known from sound on is NaN unless a look is complete.
    """
    heard = evidence.heard
    if heard is not None and heard.look_s is not None:
        return np.array([feature.compute(evidence) for feature in features], dtype=np.float64)
    return np.array(
        [
            math.nan if feature.known_from is Moment.AUDIO else feature.compute(evidence)
            for feature in features
        ],
        dtype=np.float64,
    )


def feature_digest(features: Iterable[Feature]) -> str:
    """Name an ordered set of columns: SHA-256 over the (name, version) of each, in hex."""
    columns = [[feature.name, feature.version] for feature in features]
    return hashlib.sha256(json.dumps(columns, separators=(",", ":")).encode()).hexdigest()
