"""What a settled prediction scored."""

import math

from bellwether.monitor._errors import UnusableObservation

SCORE_CLIP = 2.5


def settled_score(
    direction: float, outcome: float, volatility: float, weight: float = 1.0
) -> float:
    """Return the score of a settled prediction.

    Parameters
    ----------
    direction : float
        1 for BUY, -1 for SELL.
    outcome : float
        Return over the horizon.
    volatility : float
        Its standard deviation as known when the prediction was made; above zero.
    weight : float, default 1.0
        Confidence of the prediction over the model's mean confidence.

    Returns
    -------
    score : float
        Standardised return in the direction predicted, within +/-2.5.

    Raises
    ------
    UnusableObservation
        If the volatility is not above zero, or anything is not finite.

    Examples
    --------
    >>> settled_score(-1.0, 0.01, 0.02)
    -0.5
    """
    if not volatility > 0.0 or not all(
        map(math.isfinite, (direction, outcome, volatility, weight))
    ):
        was = f"direction {direction}, outcome {outcome}, volatility {volatility}, weight {weight}"
        raise UnusableObservation("finite numbers, and a volatility above zero", was)
    return min(max(direction * outcome / volatility * weight, -SCORE_CLIP), SCORE_CLIP)


def drift_of_accuracy(accuracy: float) -> float:
    """Return the mean of a t5 of unit variance that is above zero with some probability.

    Parameters
    ----------
    accuracy : float
        Above 0 and below 1.

    Notes
    -----
    The distribution function of a t5 in closed form (Abramowitz and Stegun 1964, 26.7.4), solved
    by bisection.

    Examples
    --------
    >>> round(drift_of_accuracy(0.55), 4)
    0.1024
    """
    low, high = -50.0, 50.0
    while high - low > 1e-14 * max(abs(low), 1.0) and low < (middle := (low + high) / 2.0) < high:
        low, high = (middle, high) if _t5_below(middle) < accuracy else (low, middle)
    return (low + high) / 2.0 * math.sqrt(3.0 / 5.0)


def _t5_below(value: float) -> float:
    angle = math.atan(value / math.sqrt(5.0))
    cosine = math.cos(angle)
    return 0.5 + (angle + math.sin(angle) * (cosine + 2.0 / 3.0 * cosine**3)) / math.pi
