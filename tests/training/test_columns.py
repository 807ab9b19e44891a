"""Every column says what the function that serves says, call for call."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from prankfilter_training.log.table import Log
from prankfilter_training.rows.build import build_rows
from prankfilter_training.rows.columnar.columns import COLUMNS, LOOK_COLUMNS
from prankfilter_training.rows.columnar.sheet import Sheet
from prankfilter_training.rows.history import histories

from prankfilter.features.evidence import Evidence
from prankfilter.features.table import FEATURES, by_name, extract
from prankfilter.vocabulary import Moment
from tests.training.messy import messy_logs

RING_FEATURES = tuple(feature for feature in FEATURES if feature.known_from is Moment.RING)


def served(log: Log) -> np.ndarray:
    """What serving says of each call when it rings."""
    known = histories(log.calls)
    return np.array(
        [
            extract(Evidence(call.record, past), RING_FEATURES)
            for call, past in zip(log.calls, known, strict=True)
        ]
    )


def in_columns(log: Log) -> np.ndarray:
    return build_rows(Sheet(log), {}, np.ones(len(log.table), bool), RING_FEATURES).values


def assert_same(columns: np.ndarray, calls: np.ndarray) -> None:
    for place, feature in enumerate(RING_FEATURES):
        np.testing.assert_allclose(
            columns[:, place], calls[:, place], rtol=1e-12, atol=0, err_msg=feature.name
        )


@given(messy_logs())
@settings(max_examples=60)
def test_every_column_says_what_serving_says(log: Log) -> None:
    assert_same(in_columns(log), served(log))


def test_every_feature_of_the_line_and_of_history_has_its_column() -> None:
    assert set(COLUMNS) == {feature.name for feature in RING_FEATURES}
    assert all(by_name[name].known_from is Moment.AUDIO for name in LOOK_COLUMNS)
