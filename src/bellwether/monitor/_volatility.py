"""Drift of volatility: the one slow thing about a market that sixty bars do tell.

Of features that look back over weeks sixty bars hold one independent look; of volatility their
ranges hold several. So its level is compared by itself, beside the features.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.monitor._errors import ForeignState
from bellwether.monitor._input_drifts import VolatilityDrift

VOLATILITY = "volatility level"
VOLATILITY_BARS = 60
LEAST_REFERENCE_BARS = 250
LEAST_RECENT_RANGES = 30
# A weekly look at a large universe needs no more: its symbols move together.
MOST_CHECKED_SYMBOLS = 200
# No market quotes so finely: what is below is a price that stood still, adjusted.
_LEAST_RANGE = 1e-9
# Where volatility is slow, windows side by side are alike: two say about as much as one.
_WINDOWS_A_LOOK = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityReference:
    """How wide bars were in training, and how much sixty of them differ by chance.

    Parameters
    ----------
    usual : mapping of str to float
        Mean log true range of each symbol.
    spread, spread_alone : float
        Standard deviation of a mean over 60 bars: of all symbols together, of one on average.
    n_effective : float
        Independent looks that 60 bars of all symbols together hold.
    n_bars : int
        Bars of the reference.
    """

    usual: Mapping[str, float]
    spread: float
    spread_alone: float
    n_effective: float
    n_bars: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "usual", MappingProxyType(dict(self.usual)))
        sizes = (self.spread, self.spread_alone, self.n_effective, self.n_bars)
        if not self.usual or not all(one > 0.0 and math.isfinite(one) for one in sizes):
            raise ForeignState("symbols, and spreads and counts above zero", f"{sizes}")

    @classmethod
    def of(cls, symbols: Sequence[str], ranges: FloatArray) -> Self | None:
        """Return the reference of some bars of training.

        Parameters
        ----------
        symbols : sequence of str
        ranges : float64 array of shape (n_bars, n_symbols)
            Log true ranges on one line of time, oldest first.

        Returns
        -------
        reference : VolatilityReference or None
            Of the symbols with 250 known ranges; None where there is none, or none ever changed.

        Notes
        -----
        Knows: the bars of training only.
        NaN: a bar without a range; it is left out.
        """
        known = np.isfinite(ranges).sum(axis=0) >= LEAST_REFERENCE_BARS
        if not known.any():
            return None
        kept = ranges[:, known]
        usual = np.nanmean(kept, axis=0)
        apart = kept - usual
        common = np.nanmean(apart[np.isfinite(apart).any(axis=1)], axis=1)
        alone = float(np.mean([_window_variance(_finite(one)) for one in apart.T]))
        together = min(_window_variance(common), alone)
        if not together > 0.0:
            return None
        names = (one for one, there in zip(symbols, known, strict=True) if there)
        return cls(
            usual=dict(zip(names, usual.tolist(), strict=True)),
            spread=math.sqrt(together),
            spread_alone=math.sqrt(alone),
            n_effective=float(np.var(common)) / together,
            n_bars=len(common),
        )

    def compare(self, ranges: Mapping[str, FloatArray], share: float) -> VolatilityDrift | None:
        """Return how far recent bars are from those of training.

        Parameters
        ----------
        ranges : mapping of str to float64 array of shape (n_bars,)
            Log true ranges by symbol, oldest first; the last 60 count.
        share : float
            Part of the check's level that this is held to.

        Returns
        -------
        drift : VolatilityDrift or None
            Of all symbols that are known to the reference and have 30 ranges or more together;
            None where there is no such symbol.

        Notes
        -----
        Knows: the bars it is given.
        NaN: a bar without a range; it is left out.
        The mean of the log ranges, which are nearly Gaussian and far less noisy than squared
        returns (Alizadeh, Brandt and Diebold 2002), less the reference's mean, over its standard
        deviation: Newey and West's (1987, equation 5) with as many lags as the window has bars,
        which is that of overlapping means over 60 bars. The number of lags is fixed, because one
        chosen on the series makes the deviation itself noisy, and false alarms come where it is
        too small. It is widened by 2 x 60 / n: the reference's mean is uncertain too, and makes
        the deviation found around it too small. Student's t with n / 120 degrees of freedom
        stands for the deviation's own uncertainty; n / 60 would be right if windows side by side
        were independent. On stationary GARCH worlds 6 % of checks are below a p of 5 %, and 2 %
        below one of 1 %. Where symbols are missing the variance is between that of all and that
        of one, as for a common part and parts of their own.

        References
        ----------
        Alizadeh, Brandt and Diebold 2002, "Range-based estimation of stochastic volatility
        models"; Newey and West 1987, "A simple, positive semi-definite, heteroskedasticity and
        autocorrelation consistent covariance matrix".
        """
        recent = {name: _finite(ranges[name][-VOLATILITY_BARS:]) for name in self._shared(ranges)}
        there = {name: one for name, one in recent.items() if len(one) >= LEAST_RECENT_RANGES}
        if not there:
            return None
        n_recent = float(np.mean([len(one) for one in there.values()]))
        apart = float(np.mean([one.mean() - self.usual[name] for name, one in there.items()]))
        widened = VOLATILITY_BARS / n_recent + 2.0 * VOLATILITY_BARS / self.n_bars
        distance = abs(apart) / math.sqrt(self._variance(len(there)) * widened)
        return VolatilityDrift(
            name=VOLATILITY,
            times=math.exp(apart),
            p=_student_p(distance, self.n_bars / (_WINDOWS_A_LOOK * VOLATILITY_BARS)),
            share=share,
            n_effective=self.n_effective,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the reference as JSON values."""
        return {
            "usual": dict(self.usual),
            "spread": self.spread,
            "spread_alone": self.spread_alone,
            "n_effective": self.n_effective,
            "n_bars": self.n_bars,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the reference that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            return cls(
                usual={str(name): float(one) for name, one in content["usual"].items()},
                spread=float(content["spread"]),
                spread_alone=float(content["spread_alone"]),
                n_effective=float(content["n_effective"]),
                n_bars=int(content["n_bars"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ForeignState("a stored reference of volatility", repr(error)) from error

    def _shared(self, ranges: Mapping[str, FloatArray]) -> tuple[str, ...]:
        return tuple(name for name in self.usual if name in ranges)

    def _variance(self, n_symbols: int) -> float:
        """Return the variance of a mean over 60 bars of so many of the symbols."""
        n_all = len(self.usual)
        if n_symbols == n_all:
            return self.spread**2
        own = (self.spread_alone**2 - self.spread**2) / (1.0 - 1.0 / n_all)
        return self.spread**2 + max(own, 0.0) * (1.0 / n_symbols - 1.0 / n_all)


def log_true_ranges(matrix: FloatArray) -> FloatArray:
    """Return the logarithm of each bar's true range, itself in logarithms of the price.

    Parameters
    ----------
    matrix : float64 array of shape (n_bars, 5)
        Open, high, low, close, volume; oldest first.

    Returns
    -------
    ranges : float64 array of shape (n_bars,)
        `log(log(max(high, previous close) / min(low, previous close)))`.

    Notes
    -----
    Knows: bars up to and including its own.
    NaN: the first bar, a bar with a missing price, and a bar without any range: that a market
    stands still is for the checks of data to say, and the logarithm of nothing would outweigh
    all other bars.

    References
    ----------
    Wilder 1978, section III, of the true range.

    Examples
    --------
    >>> bars = np.array([[1.0, 1.0, 1.0, 1.0, 0.0], [1.0, 1.1, 1.0, 1.0, 0.0]])
    >>> log_true_ranges(bars).round(3).tolist()
    [nan, -2.351]
    """
    before = np.concatenate([[np.nan], matrix[:-1, 3]])
    span = np.maximum(matrix[:, 1], before) / np.minimum(matrix[:, 2], before)
    moved = span > 1.0 + _LEAST_RANGE
    return np.where(moved, np.log(np.log(np.where(moved, span, math.e))), np.nan)


def choose_checked_symbols(symbols: Sequence[str]) -> tuple[str, ...]:
    """Return at most 200 symbols, evenly spread over their names, always the same."""
    ordered = sorted(symbols)
    if len(ordered) <= MOST_CHECKED_SYMBOLS:
        return tuple(ordered)
    places = np.linspace(0, len(ordered) - 1, MOST_CHECKED_SYMBOLS).astype(int)
    return tuple(ordered[place] for place in places)


def _finite(series: FloatArray) -> FloatArray:
    return series[np.isfinite(series)]


def _window_variance(series: FloatArray) -> float:
    """Return the variance of means over 60 bars."""
    centred = series - series.mean()
    lags = range(1, VOLATILITY_BARS)
    weighed = ((1.0 - k / VOLATILITY_BARS) * float(centred[k:] @ centred[:-k]) for k in lags)
    total = float(centred @ centred) + 2.0 * math.fsum(weighed)
    return total / len(series) / VOLATILITY_BARS


def _student_p(distance: float, degrees: float) -> float:
    """Return the chance of a larger t, up or down, as Wallace (1959) approximates it.

    With 4 degrees and more it is within a quarter of the exact one where that is above 1 in 10,000;
    with fewer it is larger, which asks for less.

    References
    ----------
    Wallace 1959, "Bounds on normal approximations to Student's and the chi-square distributions".
    """
    root = math.sqrt(degrees * math.log1p(distance * distance / degrees))
    z = (8.0 * degrees + 1.0) / (8.0 * degrees + 3.0) * root
    return 2.0 * NormalDist().cdf(-z)
