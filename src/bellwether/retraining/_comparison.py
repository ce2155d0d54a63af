"""Comparison: whether a challenger is no worse than the champion, on bars neither had seen."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, TimeArray
from bellwether.monitor import SCORE_CLIP, score_of_points
from bellwether.registry import ModelRecord
from bellwether.retraining._options import RetrainingOptions
from bellwether.validation import Evidence, count_rows, past_volatility, resample_rows

LEAST_BARS = 126
N_RESAMPLES = 2000
_MEAN_BLOCK_BARS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two models showed on the same bars.

    Parameters
    ----------
    n_bars : int
    mean_difference : float
        Challenger's mean score less the champion's, a bar; 0 where there are no bars.
    low : float or None
        Lower bound of the mean difference; None where there are too few bars.
    margin : float
        How far below zero the bound may be.
    """

    n_bars: int
    mean_difference: float
    low: float | None
    margin: float

    @property
    def is_no_worse(self) -> bool:
        """Whether the challenger is shown to be no worse."""
        return self.low is not None and self.low > -self.margin

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON values."""
        return {**asdict(self), "is_no_worse": self.is_no_worse}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paired:
    """Differences of score between two models, bar by bar.

    Parameters
    ----------
    closed_at : datetime64[us] array of shape (n_bars,)
        When each bar closed, UTC, oldest first.
    differences : float64 array of shape (n_bars,)
        Means over the symbols of each bar.
    """

    closed_at: TimeArray
    differences: FloatArray

    def __len__(self) -> int:
        return len(self.differences)

    def then(self, later: "Paired") -> "Paired":
        """Return these bars, and behind them those that are later."""
        behind = later.closed_at > self.closed_at[-1] if len(self) else np.ones(len(later), bool)
        return Paired(
            closed_at=np.concatenate([self.closed_at, later.closed_at[behind]]),
            differences=np.concatenate([self.differences, later.differences[behind]]),
        )


NOTHING = Paired(closed_at=np.empty(0, "datetime64[us]"), differences=np.empty(0))


def compare(paired: Paired, options: RetrainingOptions, horizon_bars: int) -> Comparison:
    """Return whether the challenger is no worse, by the stationary bootstrap of whole bars.

    Parameters
    ----------
    paired : Paired
    options : RetrainingOptions
    horizon_bars : int
        Blocks are at least twice as long.

    References
    ----------
    Politis & Romano (1994), The stationary bootstrap.
    """
    n_bars, low = len(paired), None
    if n_bars >= LEAST_BARS:
        series = paired.differences[None]
        [low] = lower_bounds(series, level=options.level, horizon_bars=horizon_bars).tolist()
    return Comparison(
        n_bars=n_bars,
        mean_difference=float(paired.differences.mean()) if n_bars else 0.0,
        low=low,
        margin=score_of_points(options.margin_points),
    )


def lower_bounds(differences: FloatArray, *, level: float, horizon_bars: int = 1) -> FloatArray:
    """Return the lower bound of the mean of each of some series.

    Parameters
    ----------
    differences : float64 array of shape (n_series, n_bars)
    level : float
        Share of resamples whose mean is below the bound.
    horizon_bars : int, default 1

    Returns
    -------
    bounds : float64 array of shape (n_series,)
    """
    n_bars = differences.shape[1]
    rows = resample_rows(n_bars, N_RESAMPLES, max(_MEAN_BLOCK_BARS, 2.0 * horizon_bars))
    means = differences @ count_rows(rows).T / n_bars
    bounds: FloatArray = np.quantile(means, level, axis=1)
    return bounds


def pair_evidence(
    champion: Evidence, challenger: Evidence, symbols: Mapping[str, tuple[int, int]]
) -> Paired:
    """Return the differences of two models on the bars that are out of sample for both.

    Parameters
    ----------
    champion, challenger : Evidence
    symbols : mapping of str to (int, int)
        Column of each common symbol in the one and the other.

    Notes
    -----
    Each bar is scored on its own, by the mean of the last h directions: no return counts twice.
    """
    _, ours, theirs = np.intersect1d(
        challenger.closed_at, champion.closed_at, assume_unique=True, return_indices=True
    )
    columns = np.array(list(symbols.values())).reshape(-1, 2)
    of_champion, of_challenger = columns[:, 0], columns[:, 1]
    score = _scores(challenger)[np.ix_(ours, of_challenger)]
    beside = _scores(champion)[np.ix_(theirs, of_champion)]
    differences = score - beside
    known = np.isfinite(differences)
    rows = known.any(axis=1)
    means = np.where(known, differences, 0.0).sum(axis=1)[rows] / known.sum(axis=1)[rows]
    return Paired(closed_at=challenger.closed_at[ours][rows], differences=means)


def common_symbols(champion: ModelRecord, challenger: ModelRecord) -> dict[str, tuple[int, int]]:
    """Return the columns of the symbols that two models have in common."""
    return {
        symbol: (champion.symbols.index(symbol), challenger.symbols.index(symbol))
        for symbol in challenger.symbols
        if symbol in champion.symbols
    }


def _scores(evidence: Evidence) -> FloatArray:
    """Return the standardised return of each bar in the direction held, NaN in sample."""
    volatility = past_volatility(evidence.returns)
    standardised = np.clip(evidence.returns / volatility, -SCORE_CLIP, SCORE_CLIP)
    scores: FloatArray = _held(evidence.direction, evidence.horizon_bars) * standardised
    scores[: evidence.out_of_sample_from] = np.nan
    return scores


def _held(direction: FloatArray, horizon_bars: int) -> FloatArray:
    """Return the mean of the last h directions of each bar, NaN where one is missing."""
    filled = np.nan_to_num(direction)
    missing: BoolArray = np.isnan(direction)
    totals, gaps = np.cumsum(filled, axis=0), np.cumsum(missing, axis=0, dtype=np.int64)
    held = totals.copy()
    lacking = gaps.copy()
    held[horizon_bars:] -= totals[:-horizon_bars]
    lacking[horizon_bars:] -= gaps[:-horizon_bars]
    held[: horizon_bars - 1] = np.nan
    return np.where(lacking > 0, np.nan, held / horizon_bars)
