"""Array types and the checks every package makes on the arrays it is given."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
Float32Array: TypeAlias = NDArray[np.float32]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
TimeArray: TypeAlias = NDArray[np.datetime64]


def frozen_floats(values: object) -> FloatArray:
    """Return a read-only, contiguous float64 copy.

    Parameters
    ----------
    values : array-like
        Anything numpy turns into numbers.

    Returns
    -------
    frozen : float64 array of the same shape, read-only
    """
    array = np.array(values, dtype=np.float64, order="C")
    array.flags.writeable = False
    return array


def frozen_times(values: object) -> TimeArray:
    """Return a read-only copy as UTC instants in microseconds.

    Parameters
    ----------
    values : array-like of datetime64, or ISO 8601 strings without offset (UTC)

    Returns
    -------
    frozen : datetime64[us] array of the same shape, read-only
    """
    array = np.array(values, dtype="datetime64[us]", order="C")
    array.flags.writeable = False
    return array


def first_row_not_finite(values: FloatArray) -> int | None:
    """Return the first row holding a NaN or an infinity, or None.

    Parameters
    ----------
    values : float64 array of shape (n_rows,) or (n_rows, n_columns)

    Returns
    -------
    row : int or None

    Examples
    --------
    >>> first_row_not_finite(np.array([1.0, np.nan, 2.0]))
    1
    >>> first_row_not_finite(np.ones((2, 2))) is None
    True
    """
    finite = np.isfinite(values)
    rows = np.flatnonzero(~(finite.all(axis=1) if finite.ndim > 1 else finite))
    return int(rows[0]) if rows.size else None
