"""Fitting the calibration: for each look a temperature and offsets, on calls the forest never saw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from prankfilter.classifier.calibration import LOOK_COUNT, Calibration, log_softmax

Array = NDArray[np.float64]


def fit_calibration(
    raw: Array, kind: NDArray[np.int64], look: NDArray[np.int64], *, least_calls: int, ridge: float
) -> Calibration:
    """Fit ``softmax(t log p + b)`` for each look.

    Parameters
    ----------
    raw : ndarray of shape (rows, kinds)
        What the trees say.
    kind : ndarray of int, shape (rows,)
        What each call was.
    look : ndarray of int, shape (rows,)
        `rows.RING` or 1 + place of the look.
    least_calls : int
        A look with fewer rows keeps the probabilities of the forest.
    ridge : float
        Pull towards t = 1 and b = 0, in rows.

    Returns
    -------
    Calibration
        With one temperature for all kinds of a look, the order of two scores of one kind can only change by
        the offsets; more would be fitted to noise in a log of a few months.
    """
    kinds = raw.shape[1]
    weights, bias = np.tile(np.eye(kinds), (LOOK_COUNT, 1, 1)), np.zeros((LOOK_COUNT, kinds))
    log_p = log_softmax(raw)
    for number in range(LOOK_COUNT):
        chosen = look == number
        if chosen.sum() >= least_calls:
            temperature, offset = _fit_look(log_p[chosen], kind[chosen], ridge)
            weights[number], bias[number] = temperature * np.eye(kinds), offset
    return Calibration(weights, bias)


def _fit_look(log_p: Array, kind: NDArray[np.int64], ridge: float) -> tuple[float, Array]:
    kinds = log_p.shape[1]
    truth = np.eye(kinds)[kind]

    def loss(parameters: Array) -> tuple[float, Array]:
        temperature, offset = parameters[0], parameters[1:]
        said = log_softmax(temperature * log_p + offset)
        away = parameters - start
        surplus = np.exp(said) - truth
        gradient = np.r_[(surplus * log_p).sum(), surplus.sum(axis=0)] + ridge * away
        return float(-(truth * said).sum() + ridge / 2 * away @ away), gradient

    start = np.r_[1.0, np.zeros(kinds)]
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(0.05, 20.0)] + [(-20.0, 20.0)] * kinds
    )
    return float(found.x[0]), np.asarray(found.x[1:])
