"""What a market is, as far as a plan needs it: how it moves, and what a panel of it is worth."""

import math
from dataclasses import dataclass

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import Panel
from bellwether.validation._economics import bars_per_year
from bellwether.validation._errors import UnusableOptions
from bellwether.validation._panels import PanelSkill

CLOSE = 3
LEAST_RETURNS = 2
USUAL_VOLATILITY = 0.18


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMarket:
    """The market that a plan is made for, measured or assumed.

    Parameters
    ----------
    n_bars : int
        Bars of history, at least 1.
    n_symbols : float
        Symbols with a bar at a time, on average; at least 1.
    correlation : float
        Of the returns of two symbols at a time, the root of its mean square over pairs where it
        was measured: markets that move against each other are no more independent than those
        that move together. Above -1, below 1.
    annual_volatility : float
        Of one symbol.
    n_bars_per_year : float
    last_closed_at : datetime64[us] or None
        Close of the last bar, UTC; None where there are no bars yet.

    Raises
    ------
    UnusableOptions
        If a number is out of its range.
    """

    n_bars: int
    n_symbols: float = 1.0
    correlation: float = 0.0
    annual_volatility: float = USUAL_VOLATILITY
    n_bars_per_year: float = 252.0
    last_closed_at: np.datetime64 | None = None

    def __post_init__(self) -> None:
        ranges = (
            ("n_bars", self.n_bars >= 1, "at least 1"),
            ("n_symbols", self.n_symbols >= 1.0, "at least 1"),
            ("correlation", -1.0 < self.correlation < 1.0, "above -1 and below 1"),
        )
        for name, holds, expected in ranges:
            if not holds:
                raise UnusableOptions(name, expected, f"{getattr(self, name)}")


def measure_market(panel: Panel) -> PlannedMarket:
    """Measure what a plan needs to know of some bars.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    market : PlannedMarket

    Notes
    -----
    Knows: every bar.
    Returns are close to close over each symbol's own bars; two symbols are compared where both
    have one, and every pair counts the same. Where no price ever moves there is nothing to measure:
    the usual volatility is assumed.
    """
    moves = []
    for bars in panel.bars:
        close = bars.matrix[:, CLOSE]
        moves.append(np.append(np.nan, close[1:] / close[:-1] - 1.0))
    returns = panel.align(moves)
    there = ~np.isnan(returns)
    judged = there.any(axis=1)
    n_bars_per_year = bars_per_year(panel.closed_at)
    variances = [float(np.nanvar(move)) for move in moves if len(move) > LEAST_RETURNS]
    per_bar = math.sqrt(float(np.mean(variances))) if variances else 0.0
    volatility = per_bar * math.sqrt(n_bars_per_year)
    return PlannedMarket(
        n_bars=len(panel.closed_at),
        n_symbols=float(there[judged].sum(axis=1).mean()) if judged.any() else 1.0,
        correlation=_correlate(returns),
        annual_volatility=volatility if volatility > 0.0 else USUAL_VOLATILITY,
        n_bars_per_year=n_bars_per_year,
        last_closed_at=panel.closed_at[-1],
    )


def _correlate(returns: FloatArray) -> float:
    """Return the size of the correlation of two columns; 0 where no two can be compared."""
    there = ~np.isnan(returns)
    spread = np.full(returns.shape[1], np.nan)
    kept = there.sum(axis=0) > LEAST_RETURNS
    spread[kept] = np.nanstd(returns[:, kept], axis=0)
    kept &= spread > 0.0
    if kept.sum() < 2:
        return 0.0
    chosen, spread = returns[:, kept], spread[kept]
    scaled = np.where(np.isnan(chosen), 0.0, (chosen - np.nanmean(chosen, axis=0)) / spread)
    both = there[:, kept].astype(np.float64)
    together = both.T @ both
    pairs = np.triu(together > LEAST_RETURNS, k=1)
    if not pairs.any():
        return 0.0
    found = (scaled.T @ scaled)[pairs] / together[pairs]
    return min(float(np.sqrt(np.mean(found**2))), 0.999)


def panel_breadth(
    n_symbols: float,
    correlation: float,
    *,
    skill: PanelSkill = "clustered",
    forecast_correlation: float | None = None,
) -> float:
    """Return how many independent symbols a panel is worth to the gate.

    Parameters
    ----------
    n_symbols : float
        At least 1.
    correlation : float
        Of the returns of two symbols.
    skill : {"clustered", "market_neutral"}
        Absolute skill, products summed over the symbols of a bar; or relative skill, forecasts
        and returns less their means over the symbols of a bar.
    forecast_correlation : float, optional
        Of the forecasts of two symbols; by default that of the returns, as for forecasts that
        are made from the prices.

    Returns
    -------
    breadth : float
        The factor that the panel multiplies the bars of one symbol with; at least 1.

    Notes
    -----
    Summed over a bar, K products of forecast and score have mean K IC and, where nothing is to
    be found, variance K (1 + (K-1) c d) with c the correlation of the returns and d that of the
    forecasts: they are worth K / (1 + (K-1) c d) symbols. Less the mean of the bar, what is left
    of the forecasts has variance 1 - d, and of the returns 1 - c, in K - 1 directions: worth
    (K-1) (1-d) / (1-c).

    References
    ----------
    Grinold 1989, "The fundamental law of active management": skill times the root of breadth.

    Examples
    --------
    >>> round(panel_breadth(20, 0.3), 2), round(panel_breadth(20, 0.3, skill="market_neutral"), 2)
    (7.38, 19.0)
    """
    other = correlation if forecast_correlation is None else forecast_correlation
    if n_symbols <= 1.0:
        return 1.0
    if skill == "market_neutral":
        worth = (n_symbols - 1.0) * (1.0 - other) / (1.0 - correlation)
    else:
        # Symbols that offset each other are not counted as more than independent.
        worth = n_symbols / max(1.0 + (n_symbols - 1.0) * correlation * other, 1.0)
    return max(worth, 1.0)
