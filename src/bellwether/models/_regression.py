"""Penalised least squares and logistic regression: the two fits everything small here needs."""

import numpy as np

from bellwether.arrays import FloatArray

# Slope of log odds on a unit-variance forecast for each unit of its correlation with the
# outcome: the logistic distribution's scale against the normal's, both at their centre.
LOG_ODDS_PER_CORRELATION = 4.0 / np.sqrt(2.0 * np.pi)

_MOST_NEWTON_STEPS = 100
_SMALLEST_STEP = 1e-12


def sigmoid(log_odds: FloatArray) -> FloatArray:
    """Return the probabilities of log odds, without overflow.

    Examples
    --------
    >>> sigmoid(np.array([-1e9, 0.0, 1e9])).tolist()
    [0.0, 0.5, 1.0]
    """
    return 0.5 * (1.0 + np.tanh(0.5 * log_odds))


def fit_ridge(
    design: FloatArray, target: FloatArray, weight: FloatArray, penalty: FloatArray
) -> FloatArray:
    """Return the coefficients that minimise weighted squared error plus a quadratic penalty.

    Parameters
    ----------
    design : float64 array of shape (n_rows, n_columns)
    target, weight : float64 arrays of shape (n_rows,)
    penalty : float64 array of shape (n_columns,)
        Weight of each squared coefficient; above zero keeps the answer unique, with no row
        it is all zero.

    Returns
    -------
    coefficients : float64 array of shape (n_columns,)

    References
    ----------
    Hoerl, Kennard 1970, "Ridge regression: biased estimation for nonorthogonal problems".

    Examples
    --------
    >>> fit_ridge(np.ones((3, 1)), np.array([1.0, 2.0, 3.0]), np.ones(3), np.array([3.0]))
    array([1.])
    """
    weighted = design * weight[:, None]
    gram = weighted.T @ design + np.diag(penalty)
    return np.asarray(np.linalg.solve(gram, weighted.T @ target), dtype=np.float64)


def fit_logistic(
    design: FloatArray, outcome: FloatArray, weight: FloatArray, penalty: FloatArray
) -> FloatArray:
    """Return the coefficients of the log odds under a quadratic penalty, by Newton steps.

    Parameters
    ----------
    design : float64 array of shape (n_rows, n_columns)
    outcome : float64 array of shape (n_rows,)
        1 where it happened, 0 where not.
    weight : float64 array of shape (n_rows,)
    penalty : float64 array of shape (n_columns,), above zero
        Weight of each squared coefficient, halved, against the log likelihood: the inverse
        variance of a normal prior. It keeps perfectly separated outcomes finite.

    Returns
    -------
    coefficients : float64 array of shape (n_columns,)

    Examples
    --------
    >>> fit_logistic(np.ones((4, 1)), np.array([1.0, 0.0, 1.0, 0.0]), np.ones(4), np.ones(1))
    array([0.])
    """
    coefficients = np.zeros(design.shape[1])
    for _ in range(_MOST_NEWTON_STEPS):
        probability = sigmoid(design @ coefficients)
        slope = design.T @ (weight * (outcome - probability)) - penalty * coefficients
        spread = weight * probability * (1.0 - probability)
        curvature = (design * spread[:, None]).T @ design + np.diag(penalty)
        step = _held_back(np.asarray(np.linalg.solve(curvature, slope)), design)
        coefficients = coefficients + step
        if np.abs(step).max() < _SMALLEST_STEP:
            break
    return coefficients


def _held_back(step: FloatArray, design: FloatArray) -> FloatArray:
    """Shorten a step that moves any row's log odds by more than 2: there Newton may overshoot."""
    largest = np.abs(design @ step).max(initial=0.0)
    return step * min(1.0, 2.0 / largest) if largest > 0.0 else step
