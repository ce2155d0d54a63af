"""What a position earned: marked bar by bar, after costs on turnover."""

from dataclasses import dataclass

import numpy as np

from bellwether.arrays import FloatArray, TimeArray
from bellwether.validation._bootstrap import resample_rows, resampled_drawdowns
from bellwether.validation._errors import ArraysDiffer, UnusableOptions
from bellwether.validation._evidence import Evidence

VOLATILITY_TARGET = 0.10
FORECAST_LIMIT = 2.0
POSITION_LIMIT = 3.0
DAYS_IN_YEAR = 365.25
BASIS_POINT = 1e-4


def bars_per_year(closed_at: TimeArray) -> float:
    """Return how many bars the calendar year of these bars holds.

    Parameters
    ----------
    closed_at : datetime64[us] array of shape (n_bars,)
        Increasing; at least two.

    Returns
    -------
    n : float
        At least one.

    Examples
    --------
    >>> days = np.arange("2001-01-01", "2005-01-01", dtype="datetime64[D]")
    >>> round(bars_per_year(days.astype("datetime64[us]")), 2)
    365.25
    """
    days = float((closed_at[-1] - closed_at[0]) / np.timedelta64(1, "D"))
    return max((len(closed_at) - 1) / days * DAYS_IN_YEAR, 1.0) if days > 0 else 1.0


def overlap_positions(direction: FloatArray, horizon_bars: int) -> FloatArray:
    """Return the position of h overlapping signals: their mean over the last h bars.

    Parameters
    ----------
    direction : float64 array of shape (n_bars,) or (n_bars, n_symbols)
        Signal decided before each bar and held for `horizon_bars` bars from that bar on.
    horizon_bars : int
        At least 1.

    Returns
    -------
    position : float64 array of the same shape
        In units of the capital; before the first signal everything is flat.

    Raises
    ------
    UnusableOptions
        If the horizon is below 1.

    Notes
    -----
    Knows: signals up to and including its own bar's, all decided before it.
    NaN: where any of the h signals is.

    Examples
    --------
    >>> overlap_positions(np.array([1.0, 1.0, -1.0]), 2).tolist()
    [0.5, 1.0, 0.0]
    """
    if horizon_bars < 1:
        raise UnusableOptions("horizon_bars", "at least 1", str(horizon_bars))
    position = np.array(direction)
    for lag in range(1, min(horizon_bars, len(direction))):
        position[lag:] += direction[:-lag]
    return position / horizon_bars


def hold_signals(direction: FloatArray, returns: FloatArray, horizon_bars: int) -> FloatArray:
    """Return overlapping positions over each symbol's own bars, gaps left out.

    Parameters
    ----------
    direction, returns : float64 arrays of shape (n_bars, n_symbols)
        Signals decided before each bar; returns, NaN where a symbol has no bar.
    horizon_bars : int

    Returns
    -------
    position : float64 array of shape (n_bars, n_symbols)
        NaN where a symbol has no bar, or no signal.
    """
    position = np.full(returns.shape, np.nan)
    for column in range(returns.shape[1]):
        there = ~np.isnan(returns[:, column])
        position[there, column] = overlap_positions(direction[there, column], horizon_bars)
    return position


def mark_positions(position: FloatArray, returns: FloatArray, cost_bps: float) -> FloatArray:
    """Mark positions to market bar by bar, less costs on every change of position.

    Parameters
    ----------
    position : float64 array of shape (n_bars,) or (n_bars, n_symbols)
        Held over each bar, decided before it, as a share of capital (+1 long, -1 short).
    returns : float64 array of the same shape
        Close-to-close return of each bar; NaN where a symbol has no bar.
    cost_bps : float
        Cost of trading the whole capital once, in basis points.

    Returns
    -------
    net : float64 array of the same shape
        Return on capital of each bar after costs, NaN where there is no bar.

    Raises
    ------
    ArraysDiffer
        If the shapes differ.

    Notes
    -----
    Knows: its own bar, as accounts do.
    NaN: a missing position on a bar stays NaN, so that nothing can be concluded from it.
    The first position is bought from flat; the last one is not sold.

    Examples
    --------
    >>> mark_positions(np.array([1.0, -1.0]), np.array([0.01, 0.01]), 5.0).round(4).tolist()
    [0.0095, -0.011]
    """
    if position.shape != returns.shape:
        raise ArraysDiffer(f"position {position.shape}", f"returns {returns.shape}")
    held = position.reshape(len(position), -1)
    moves = returns.reshape(len(returns), -1)
    net = np.full(moves.shape, np.nan)
    for column in range(moves.shape[1]):
        there = ~np.isnan(moves[:, column])
        own = held[there, column]
        turnover = np.abs(np.diff(own, prepend=0.0))
        net[there, column] = own * moves[there, column] - cost_bps * BASIS_POINT * turnover
    return net.reshape(returns.shape)


def pool_symbols(net: FloatArray, returns: FloatArray) -> FloatArray:
    """Return the mean over the symbols that have a bar, capital shared equally.

    Parameters
    ----------
    net : float64 array of shape (n_bars, n_symbols)
        Net return of each symbol.
    returns : float64 array of the same shape
        NaN where a symbol has no bar; those are left out.

    Returns
    -------
    pooled : float64 array of shape (n_bars,)
        Zero on a bar that no symbol has.
    """
    there = ~np.isnan(returns)
    total = np.where(there, net, 0.0).sum(axis=1)
    pooled: FloatArray = total / np.maximum(there.sum(axis=1), 1)
    return pooled


def target_volatility(
    signal: FloatArray, volatility: FloatArray, n_bars_per_year: float
) -> FloatArray:
    """Return positions that aim at 10 % volatility a year.

    Parameters
    ----------
    signal : float64 array of shape (n_bars,) or (n_bars, n_symbols)
        Standardised forecast or direction, known before each bar; clipped to +-2.
    volatility : float64 array of the same shape
        Volatility per bar known before each bar.
    n_bars_per_year : float

    Returns
    -------
    position : float64 array of the same shape
        Share of capital, within -3 and 3; zero where signal or volatility is NaN.
    """
    per_bar = VOLATILITY_TARGET / np.sqrt(n_bars_per_year)
    wanted = np.clip(signal, -FORECAST_LIMIT, FORECAST_LIMIT) * per_bar / volatility
    limited: FloatArray = np.clip(wanted, -POSITION_LIMIT, POSITION_LIMIT)
    return np.nan_to_num(limited, nan=0.0)


def running_exposure(position: FloatArray) -> FloatArray:
    """Return the mean position so far, that of the present bar included (known before it).

    Parameters
    ----------
    position : float64 array of shape (n_bars,) or (n_bars, n_symbols)

    Returns
    -------
    exposure : float64 array of the same shape
    """
    count = np.arange(1, len(position) + 1).reshape(-1, *[1] * (position.ndim - 1))
    exposure: FloatArray = np.cumsum(position, axis=0) / count
    return exposure


def compound(net: FloatArray) -> FloatArray:
    """Return the growth of one unit of capital after each bar.

    Parameters
    ----------
    net : float64 array of shape (n_bars,)
        Return on capital of each bar; below -1 (a ruined short) counts as -1.

    Returns
    -------
    equity : float64 array of shape (n_bars,)

    Examples
    --------
    >>> compound(np.array([0.5, -0.5])).tolist()
    [1.5, 0.75]
    """
    return np.asarray(np.cumprod(1.0 + np.maximum(net, -1.0)))


def maximum_drawdown(net: FloatArray) -> float:
    """Return the deepest fall of the equity from its highest point so far.

    Parameters
    ----------
    net : float64 array of shape (n_bars,)
        Return on capital of each bar.

    Returns
    -------
    drawdown : float
        From 0 (never below a former height) to 1 (ruin); the start counts as a height.

    Examples
    --------
    >>> maximum_drawdown(np.array([0.5, -0.5, 0.2]))
    0.5
    """
    equity = np.concatenate([[1.0], compound(net)])
    return float(np.max(1.0 - equity / np.maximum.accumulate(equity)))


def drawdown_quantile(net: FloatArray, quantile: float = 0.95, n_resamples: int = 200) -> float:
    """Return a quantile of the maximum drawdown over stationary bootstrap resamples.

    Parameters
    ----------
    net : float64 array of shape (n_bars,)
        Return on capital of each bar.
    quantile : float
    n_resamples : int

    Returns
    -------
    drawdown : float

    References
    ----------
    Politis & Romano (1994), The stationary bootstrap; mean block of 20 bars, seed 0.
    """
    fallen = resampled_drawdowns(net, resample_rows(len(net), n_resamples))
    return float(np.quantile(fallen, quantile))


@dataclass(frozen=True, kw_only=True, eq=False)
class EquityCurves:
    """Growth of one unit of capital out of sample, after costs.

    Parameters
    ----------
    closed_at : datetime64[us] array of shape (n_bars,)
        Out-of-sample bars, oldest first.
    forecast, rules, buy_and_hold : float64 arrays of shape (n_bars,)
        Equity at each close: the forecast's and the rules' BUY, SELL and HOLD, and always
        long; symbols share the capital equally.
    """

    closed_at: TimeArray
    forecast: FloatArray
    rules: FloatArray
    buy_and_hold: FloatArray


def equity_curves(evidence: Evidence) -> EquityCurves:
    """Return the out-of-sample equity of the forecast, the rules and buy and hold.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    curves : EquityCurves
    """
    held = np.ones_like(evidence.returns)
    return EquityCurves(
        closed_at=evidence.closed_at[evidence.out_of_sample],
        forecast=compound(contract_returns(evidence, evidence.direction)),
        rules=compound(contract_returns(evidence, evidence.rule_direction)),
        buy_and_hold=compound(contract_returns(evidence, held, horizon_bars=1)),
    )


def contract_returns(
    evidence: Evidence, direction: FloatArray, horizon_bars: int | None = None
) -> FloatArray:
    """Return what following a direction with the whole capital earned, bar by bar.

    Parameters
    ----------
    evidence : Evidence
    direction : float64 array of shape (n_bars, n_symbols)
        Signals in {-1, 0, 1} decided before each bar.
    horizon_bars : int, optional
        Bars each signal is held; the evidence's by default.

    Returns
    -------
    net : float64 array of shape (n_out_of_sample_bars,)
        After costs, symbols sharing the capital equally.
    """
    rows = evidence.out_of_sample
    returns = evidence.returns[rows]
    position = hold_signals(direction[rows], returns, horizon_bars or evidence.horizon_bars)
    return pool_symbols(mark_positions(position, returns, evidence.cost_bps), returns)
