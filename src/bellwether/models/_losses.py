"""Losses, as what each makes of a target: where skill is small, all that tells them apart."""

from dataclasses import replace

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.models._model import TrainingData
from bellwether.models._options import Loss

# Score and mean slope of the score of a t with five degrees of freedom and unit variance.
_T5_SLOPE = 1.25
_HUBER_BOUND = 1.345
# Share of such a t that lies within the bound.
_HUBER_SLOPE = 0.857


def learned_target(target: FloatArray, loss: Loss) -> FloatArray:
    """Return the target whose squared error is a loss, as long as forecasts are small.

    Parameters
    ----------
    target : float64 array of shape (n_rows,)
        Returns in units of their volatility.
    loss : {"squared", "huber", "t5"}
        Squared error; squared up to 1.345 and linear beyond; minus the log likelihood of a t
        with five degrees of freedom and unit variance.

    Returns
    -------
    learned : float64 array of shape (n_rows,)
        The loss's score at a forecast of zero over its mean slope: one Newton step away from no
        skill. Its mean is the location of the returns, in their unit.

    Notes
    -----
    A forecast of returns is a tenth of their spread, so that the step is as good as the way to
    the minimum, and every family that fits squared error fits all three losses by it. Of t5
    returns the score holds 1.25 times the information of the returns themselves, and it is the
    score the gate counts with.

    References
    ----------
    Le Cam 1956, "On the asymptotic theory of estimation and testing hypotheses"; Huber 1964,
    "Robust estimation of a location parameter".

    Examples
    --------
    >>> learned_target(np.array([-0.5, 1.0, 6.0]), "t5").round(3).tolist()
    [-0.738, 1.2, 0.738]
    >>> learned_target(np.array([-0.5, 6.0]), "squared").tolist()
    [-0.5, 6.0]
    """
    if loss == "t5":
        return np.asarray(6.0 * target / (3.0 + np.square(target)) / _T5_SLOPE)
    if loss == "huber":
        return np.asarray(np.clip(target, -_HUBER_BOUND, _HUBER_BOUND) / _HUBER_SLOPE)
    return target


def make_lessons(
    train: TrainingData, validation: TrainingData, loss: Loss, *, tells_drift: bool
) -> tuple[TrainingData, TrainingData]:
    """Return the same rows with the targets that a fit by squared error is given.

    Parameters
    ----------
    train, validation : TrainingData
    loss : {"squared", "huber", "t5"}
    tells_drift : bool
        Whether the training rows' mean target stays in. From fit to fit that mean moves by as
        much as a forecast that is shrunk to what is believable: put together, such forecasts
        would tell more of their fits than of their bars. The ensemble's state knows a drift of
        its own.
    """
    lessons = [_with_loss(data, loss) for data in (train, validation)]
    if not tells_drift:
        mean = np.float32(lessons[0].target_mean)
        lessons = [replace(lesson, target=lesson.target - mean) for lesson in lessons]
    return lessons[0], lessons[1]


def _with_loss(data: TrainingData, loss: Loss) -> TrainingData:
    if loss == "squared":
        return data
    learned = learned_target(data.target.astype(np.float64), loss)
    return replace(data, target=learned.astype(np.float32))
