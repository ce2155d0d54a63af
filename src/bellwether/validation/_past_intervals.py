"""What the reach of intervals is computed from, taken out of samples."""

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.models import REPLAYED_BARS, EnsembleState, IntervalHistory
from bellwether.samples import Samples


def past_intervals(samples: Samples, rows: IntArray) -> IntervalHistory | None:
    """Return the variances and the last moves that some rows' intervals go by.

    Parameters
    ----------
    samples : Samples
    rows : int64 array of shape (n,)

    Returns
    -------
    history : IntervalHistory or None
        None where the samples hold no variances.

    Notes
    -----
    Knows: moves that had ended at each row's own bar.
    NaN: where a symbol's bars do not reach back as far.
    """
    if samples.variances is None:
        return None
    ago = samples.horizon_bars + np.arange(REPLAYED_BARS)[::-1]
    there = samples.bar[rows][:, None] >= ago
    stated = np.where(there, rows[:, None] - ago, rows[:, None])
    moves = np.where(there, samples.forward_return[stated], np.nan)
    return IntervalHistory(
        variances=samples.variances[rows],
        past_variances=samples.variances[stated],
        past_moves=moves,
    )


def find_reach(samples: Samples, rows: IntArray, state: EnsembleState) -> FloatArray | None:
    """Return how far a state's intervals reach on some rows; None where it has nothing to go by.

    Parameters
    ----------
    samples : Samples
    rows : int64 array of shape (n,)
    state : EnsembleState
    """
    history = past_intervals(samples, rows)
    if history is None:
        return None
    return state.find_reach(history, samples.volatility[rows], samples.horizon_bars)


def variance_ratios(samples: Samples, rows: IntArray) -> FloatArray | None:
    """Return the variances of some rows over their squared volatility, (n, 3), if there are any."""
    if samples.variances is None:
        return None
    return np.asarray(samples.variances[rows] / np.square(samples.volatility[rows])[:, None])
