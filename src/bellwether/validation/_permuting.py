"""What a fitted model would have said had it not known a feature: forecasts under permutation."""

import numpy as np

from bellwether.arrays import BoolArray, Float32Array, IntArray
from bellwether.features import Scaling
from bellwether.models import FittedModel
from bellwether.samples import Samples

# Longer than what a daily series remembers of its own level from bar to bar, shorter than a fold.
BLOCK_BARS = 21
# Of what a fit by epochs costs; a pass over the rows there and back, against one there.
MOST_SHARE = 0.1
_PASSES_AN_EPOCH = 1.5
MOST_REPEATS = 4


def draw_blocks(n_rows: int, n_past: int, random: np.random.Generator) -> IntArray:
    """Return which rows of the past stand in for some rows: blocks of 21, drawn with replacement.

    Parameters
    ----------
    n_rows, n_past : int
    random : numpy.random.Generator

    Returns
    -------
    places : int64 array of shape (n_rows,)
        From 0 up to but not `n_past`; a block that begins near the end goes on at the beginning.

    Examples
    --------
    >>> draw_blocks(3, 100, np.random.default_rng(0)).tolist()
    [85, 86, 87]
    """
    starts = random.integers(0, n_past, -(-n_rows // BLOCK_BARS))
    return (np.repeat(starts, BLOCK_BARS)[:n_rows] + np.arange(n_rows) % BLOCK_BARS) % n_past


def forecast_permuted(
    samples: Samples,
    scaling: Scaling,
    fitted: FittedModel,
    rows: tuple[IntArray, IntArray],
    seed: tuple[int, int],
) -> Float32Array:
    """Return forecasts of some rows with one feature's values taken from the past, each in turn.

    Parameters
    ----------
    samples : Samples
    scaling : Scaling
    fitted : FittedModel
    rows : pair of int64 arrays
        What it was fitted on, shape (n_past,), and what it forecast out of sample, shape
        (n_rows,), both in order of time.
    seed : tuple of two int
        The plan's seed and the fold.

    Returns
    -------
    forecasts : float32 array of shape (n_features, n_rows)
        Means over up to four draws; NaN in rows that were left out, so that a net's cost stays
        below a tenth of its fit's.

    Notes
    -----
    Knows: what stands in is older than what is forecast. Values of the rows' own stretch, in
    another order, would be compared with a mean that has seen what follows: on noise, where what a
    model has learned is mean reversion by accident, that looks like skill.
    Blocks of whole windows are taken, of the same symbol where it has a past: a model sees a
    history that could have been, only not this row's.
    Cost: a forecast of all rows, up to four times, a feature.
    """
    past, asked_rows = rows
    affordable = _affordable(samples, asked_rows, fitted)
    kept = asked_rows[_spread_evenly(len(asked_rows), affordable)]
    true = scaling.transform(samples.windows(kept, fitted.n_steps))
    found = np.full((true.shape[2], len(asked_rows)), np.nan, dtype=np.float32)
    n_repeats = int(np.clip(affordable, 1.0, MOST_REPEATS))
    asked = true.copy()
    steps = np.arange(1 - fitted.n_steps, 1)
    for feature in range(true.shape[2]):
        random = np.random.default_rng([*seed, feature])
        own = Scaling(center=scaling.center[[feature]], scale=scaling.scale[[feature]])
        said = np.zeros(len(kept))
        for _ in range(n_repeats):
            bars = _stand_ins(samples, past, kept, random)[:, None] + steps
            drawn = samples.features[bars, feature]
            asked[:, :, feature] = own.transform(drawn[:, :, None])[:, :, 0]
            said += fitted.predict(asked) / n_repeats
        found[feature, np.isin(asked_rows, kept)] = said
        asked[:, :, feature] = true[:, :, feature]
    return found


def _stand_ins(
    samples: Samples, past: IntArray, rows: IntArray, random: np.random.Generator
) -> IntArray:
    """Return a row of the past for each row, of its own symbol where there is one."""
    chosen = np.empty_like(rows)
    for symbol in np.unique(samples.symbol[rows]):
        places = np.flatnonzero(samples.symbol[rows] == symbol)
        own = past[samples.symbol[past] == symbol]
        own = own if len(own) else past
        chosen[places] = own[draw_blocks(len(places), len(own), random)]
    return chosen


def _affordable(samples: Samples, rows: IntArray, fitted: FittedModel) -> float:
    """Return how often all rows can be forecast without each feature; less than once for a net."""
    if fitted.n_epochs <= 1:
        return float(MOST_REPEATS)
    n_seen = int((samples.decided_on < samples.decided_on[rows].min()).sum())
    passes = MOST_SHARE * _PASSES_AN_EPOCH * fitted.n_epochs * n_seen
    return passes / (fitted.n_features * len(rows))


def _spread_evenly(n_rows: int, share: float) -> BoolArray:
    """Return which of some rows are kept, so that about a share of them is."""
    steps = np.floor(np.arange(n_rows + 1) * min(share, 1.0))
    return np.asarray(np.diff(steps) > 0.0)
