"""Soft combination of configurations, each weighted by its own past evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.models import soft_weights
from bellwether.validation._errors import ArraysDiffer, UnusableOptions
from bellwether.validation._statistics import (
    past_volatility,
    products_by_bar,
    return_scores,
    standardise_expanding,
    standardise_exponential,
    t_of_products,
)

REWEIGH_EVERY_BARS = 63
EVIDENCE_FROM_FRAC = 0.15


@dataclass(frozen=True, kw_only=True, eq=False)
class Combination:
    """Several configurations' forecasts as one.

    Parameters
    ----------
    expanding, exponential : float64 arrays of shape (n_bars,) or (n_bars, n_symbols)
        The weighted means of the members' forecasts, standardised by their expanding and by
        their exponentially weighted past.
    weights : float64 array of shape (n_times, n_members)
        Each row adds to one; it holds from its bar in `reweighed_at` on.
    reweighed_at : int64 array of shape (n_times,)
        First bar of each row of weights.
    """

    expanding: FloatArray
    exponential: FloatArray
    weights: FloatArray
    reweighed_at: IntArray


def combine_configurations(
    forecasts: Sequence[FloatArray],
    returns: FloatArray,
    *,
    evidence_from: int | None = None,
    reweigh_every_bars: int = REWEIGH_EVERY_BARS,
) -> Combination:
    """Combine configurations softly, by nothing but what each had shown before.

    Parameters
    ----------
    forecasts : sequence of float64 arrays of shape (n_bars,) or (n_bars, n_symbols)
        One a configuration, known before each bar, NaN before its first.
    returns : float64 array of the same shape
        Close-to-close return of each bar, NaN where a symbol has no bar.
    evidence_from : int, optional
        First bar that counts as evidence about a configuration; 15 % of the history by default.
    reweigh_every_bars : int
        Bars between two looks at the evidence.

    Returns
    -------
    combination : Combination

    Raises
    ------
    UnusableOptions
        If there is no configuration, or fewer than one bar between looks.
    ArraysDiffer
        If a forecast has another shape than the returns.

    Notes
    -----
    Knows: for the weights, bars before the one they first hold for.
    NaN: a bar where some member has no forecast is a mean over the others.
    """
    if not forecasts or reweigh_every_bars < 1:
        expected = "at least one, of at least one bar between looks"
        raise UnusableOptions("forecasts", expected, f"{len(forecasts)}, {reweigh_every_bars}")
    for forecast in forecasts:
        if forecast.shape != returns.shape:
            raise ArraysDiffer(f"returns {returns.shape}", f"a forecast {forecast.shape}")
    n_bars = len(returns)
    begin = int(EVIDENCE_FROM_FRAC * n_bars) if evidence_from is None else evidence_from
    expanding = np.stack([standardise_expanding(forecast) for forecast in forecasts])
    exponential = np.stack([standardise_exponential(forecast) for forecast in forecasts])
    _, centred = return_scores(returns, past_volatility(returns))
    products = np.stack([products_by_bar(member, centred) for member in expanding])
    reweighed_at = np.unique(np.append(0, np.arange(begin, n_bars, reweigh_every_bars)))
    weights = np.stack(
        [
            soft_weights(np.array([t_of_products(past) for past in products[:, begin:bar]]))
            for bar in reweighed_at
        ]
    )
    by_bar = weights[np.searchsorted(reweighed_at, np.arange(n_bars), side="right") - 1]
    return Combination(
        expanding=_weighted_mean(expanding, by_bar),
        exponential=_weighted_mean(exponential, by_bar),
        weights=weights,
        reweighed_at=reweighed_at.astype(np.int64),
    )


def _weighted_mean(members: FloatArray, by_bar: FloatArray) -> FloatArray:
    """Return the mean over members with one weight a bar and member, NaN left out."""
    weights = by_bar.T.reshape(by_bar.shape[1], len(by_bar), *[1] * (members.ndim - 2))
    weights = np.where(np.isnan(members), 0.0, weights)
    total = weights.sum(axis=0)
    mean = (weights * np.nan_to_num(members, nan=0.0)).sum(axis=0) / np.where(total > 0, total, 1)
    return np.asarray(np.where(total > 0, mean, np.nan))
