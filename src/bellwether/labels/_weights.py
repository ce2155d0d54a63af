"""How much each row counts in a fit: by how much of its label is its own, and by its age."""

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.labels._errors import LabelShapeMismatch, UnusableHalfLife


def uniqueness_weights(opens_at: IntArray, closes_at: IntArray) -> FloatArray:
    """Return how much of each label no other label tells as well.

    Parameters
    ----------
    opens_at : int64 array of shape (n_rows,)
        Place of the bar each label is decided at, on its symbol's line of bars.
    closes_at : int64 array of shape (n_rows,)
        Place of the bar it reaches; above `opens_at`.

    Returns
    -------
    weight : float64 array of shape (n_rows,)
        Mean over the bars of a label of one over the number of labels open at that bar: 1 where
        labels do not overlap, about 1/h where a label reaches over h bars and each bar has one.

    Raises
    ------
    LabelShapeMismatch
        If the arrays differ in length.

    Notes
    -----
    Knows: when labels are open, not what they say.

    References
    ----------
    Lopez de Prado 2018, "Advances in financial machine learning", section 4.4.

    Examples
    --------
    >>> uniqueness_weights(np.array([0, 1, 2]), np.array([1, 2, 3])).tolist()
    [1.0, 1.0, 1.0]
    >>> uniqueness_weights(np.array([0, 1, 5]), np.array([2, 3, 6])).tolist()
    [0.75, 0.75, 1.0]
    """
    if opens_at.shape != closes_at.shape:
        raise LabelShapeMismatch("closes_at", opens_at.shape, closes_at.shape)
    if not len(opens_at):
        return np.empty(0)
    # A label covers the bars after the one it is decided at, up to the one it reaches.
    first = int(opens_at.min())
    begins, ends = opens_at - first, closes_at - first
    steps = np.zeros(int(ends.max()) + 1)
    np.add.at(steps, begins, 1.0)
    np.add.at(steps, ends, -1.0)
    n_open = np.cumsum(steps)
    share = np.divide(1.0, n_open, out=np.zeros_like(n_open), where=n_open > 0.5)
    total = np.concatenate([[0.0], np.cumsum(share)])
    mean: FloatArray = (total[ends] - total[begins]) / (ends - begins)
    return mean


def age_weights(age_bars: FloatArray | IntArray, half_life_bars: float) -> FloatArray:
    """Return weights that halve with every half-life of age.

    Parameters
    ----------
    age_bars : array of shape (n_rows,)
        Bars since each row; 0 for the latest.
    half_life_bars : float
        Above zero.

    Returns
    -------
    weight : float64 array of shape (n_rows,)

    Raises
    ------
    UnusableHalfLife
        If the half-life is not above zero.

    Examples
    --------
    >>> age_weights(np.array([0, 250, 500]), 250).tolist()
    [1.0, 0.5, 0.25]
    """
    if not half_life_bars > 0.0:
        raise UnusableHalfLife(half_life_bars)
    weight: FloatArray = np.exp2(-np.asarray(age_bars, dtype=np.float64) / half_life_bars)
    return weight
