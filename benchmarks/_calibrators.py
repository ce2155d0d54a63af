"""Ways from a score to a probability, fitted to what is over: what a study compares.

Platt is what ships (`fit_state`); isotonic and beta calibration live here only.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from scipy.optimize import isotonic_regression

from bellwether.arrays import BoolArray, FloatArray
from bellwether.models._calibration import _fit_calibration
from bellwether.models._regression import fit_logistic, sigmoid

ToProbability: TypeAlias = Callable[[FloatArray], FloatArray]
Fit: TypeAlias = Callable[[FloatArray, FloatArray, float], ToProbability]
_MOST_CERTAIN = 0.01
_PRIOR_CHANGE = 1.0
_REFIT_ROWS = 1000


def fit_platt(score: FloatArray, outcome: FloatArray, evidence: float) -> ToProbability:
    """Return the calibration that ships: log odds a line, with priors.

    References
    ----------
    Platt 1999, "Probabilistic outputs for support vector machines".
    """
    intercept, slope = _fit_calibration(score, outcome, np.full(len(score), evidence))
    return lambda asked: sigmoid(intercept + slope * asked)


def fit_beta(score: FloatArray, outcome: FloatArray, evidence: float) -> ToProbability:
    """Return beta calibration on top of Platt's: the two ends of the scale bend on their own.

    References
    ----------
    Kull, Silva Filho and Flach 2017, "Beta calibration", eq. 6.
    """
    platt = fit_platt(score, outcome, evidence)

    def design(asked: FloatArray) -> FloatArray:
        probability = platt(asked)
        ends = [np.log(probability), -np.log1p(-probability)]
        return np.column_stack([np.ones(len(asked)), *ends])

    # a = b = 1 is Platt itself: what is fitted is the change from there.
    before = design(score)
    penalty = np.full(3, _PRIOR_CHANGE**-2.0)
    rose, weight = _rises(outcome)
    fitted = fit_logistic(before, rose, weight * evidence, penalty)
    if fitted[1] < 0.0 or fitted[2] < 0.0:
        return platt
    return lambda asked: sigmoid(design(asked) @ fitted)


def fit_isotonic(score: FloatArray, outcome: FloatArray, evidence: float) -> ToProbability:
    """Return the isotonic regression of rises on the score.

    References
    ----------
    Zadrozny and Elkan 2002, "Transforming classifier scores into accurate probabilities".
    """
    rose, weight = _rises(outcome)
    moved = weight > 0.0
    order = np.argsort(score[moved], kind="stable")
    if len(order) < 2:
        return fit_platt(score, outcome, evidence)
    places, shares = score[moved][order], isotonic_regression(rose[moved][order]).x
    least = _MOST_CERTAIN
    return lambda asked: np.clip(np.interp(asked, places, shares), least, 1.0 - least)


CALIBRATORS: Mapping[str, Fit] = {
    "Platt": fit_platt,
    "beta": fit_beta,
    "isotonic": fit_isotonic,
}


def log_losses(
    fit: Fit, score: FloatArray, outcome: FloatArray, *, n_open: int, evidence: float
) -> FloatArray:
    """Return the loss of each row in nats, each row by what was fitted to rows that were over.

    Parameters
    ----------
    fit : callable
    score, outcome : float64 arrays of shape (n_rows,)
        In order of time, no NaN.
    n_open : int
        Rows before each whose outcome is still open, its own counted.
    evidence : float
        What each row counts for: less than one where outcomes overlap.

    Returns
    -------
    losses : float64 array
        NaN where nothing moved, and in the first 1,000 rows.
    """
    losses = np.full(len(score), np.nan)
    for begin in range(_REFIT_ROWS, len(score), _REFIT_ROWS):
        past = slice(0, begin - n_open + 1)
        probability = fit(score[past], outcome[past], evidence)
        rows = slice(begin, begin + _REFIT_ROWS)
        stated = probability(score[rows])
        came = outcome[rows]
        loss = -np.log(np.where(came > 0.0, stated, 1.0 - stated))
        losses[rows] = np.where(came == 0.0, np.nan, loss)
    return losses


def _rises(outcome: FloatArray) -> tuple[FloatArray, FloatArray]:
    moved: BoolArray = outcome != 0.0
    return (outcome > 0.0).astype(np.float64), moved.astype(np.float64)
