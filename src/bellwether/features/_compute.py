"""The batch backend: expressions over a whole history, each distinct node once."""

from collections.abc import Sequence
from functools import lru_cache

from bellwether.arrays import FloatArray
from bellwether.features._engine import FeatureEngine
from bellwether.features._expression import Expression
from bellwether.features._feature_set import FeatureSet


def compute(expressions: Sequence[Expression] | FeatureSet, matrix: FloatArray) -> FloatArray:
    """Compute expressions on every bar.

    Parameters
    ----------
    expressions : sequence of Expression, or FeatureSet
    matrix : float64 array of shape (n_bars, 5)
        Columns open, high, low, close, volume, oldest bar first, as `Bars.matrix`.

    Returns
    -------
    values : float64 array of shape (n_bars, n_expressions)
        An expression's first `lookback_bars` - 1 rows are NaN.

    Raises
    ------
    WrongMatrix
        If the matrix has another shape.

    Notes
    -----
    Knows: row t is a function of the last `lookback_bars` bars up to t; computed from those
    bars alone it is the same bit for bit.
    NaN: a NaN within an expression's window makes its value NaN, except through comparisons,
    which are then 0.0.
    Cost: see FeatureEngine, which this keeps for the expressions last asked for.

    Examples
    --------
    >>> import numpy as np
    >>> from bellwether.features import close, ref
    >>> matrix = np.column_stack([[1.0, 2.0, 4.0]] * 5)
    >>> compute([close / ref(close, 1) - 1], matrix)[:, 0]
    array([nan,  1.,  1.])
    """
    wanted = expressions.expressions if isinstance(expressions, FeatureSet) else tuple(expressions)
    return _engine_of(wanted).compute(matrix)


@lru_cache(maxsize=16)
def _engine_of(expressions: tuple[Expression, ...]) -> FeatureEngine:
    return FeatureEngine(expressions)
