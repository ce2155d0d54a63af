"""Simulated worlds: bars whose truth is known, to judge whoever judges markets.

Every world has volatility that clusters and shocks with heavy tails, as markets do. In a
noise world nothing known at a close says anything of the next return beyond its constant
drift; in an edge world a signal of stated strength does.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, TimeArray, frozen_floats
from bellwether.bars._bars import Bars
from bellwether.bars._errors import WorldImpossible
from bellwether.bars._processes import (
    Process,
    draw_shocks,
    plant_exogenous,
    plant_reversal,
    variance_path,
)

SignalKind = Literal["reversal", "exogenous"]

BARS_A_YEAR = 252
YEARLY_VOLATILITY = 0.18
BURN_IN_BARS = 300
FIRST_SESSION = np.datetime64("2000-01-03", "D")
CLOSING_HOUR = np.timedelta64(21, "h")
FIRST_OPEN = 100.0
WORST_RETURN = -0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """Bars with the truth behind them.

    Parameters
    ----------
    bars : Bars
        Daily bars, closes the exact compounding of the simulated returns.
    signal : float64 array of shape (n_bars,)
        The true standardised signal known at each close; 0 where it says nothing of the
        next bar.
    shock : float64 array of shape (n_bars,)
        Unit-variance shock of each bar: (return - drift per bar) / volatility.
    volatility : float64 array of shape (n_bars,)
        Standard deviation of each bar's return, known before the bar.
    information_coefficient : float
        Correlation of the signal with the shock of the following bar.

    Notes
    -----
    Knows: `signal[i]` is a function of what happened up to the close of bar i.
    NaN: none.
    """

    bars: Bars
    signal: FloatArray
    shock: FloatArray
    volatility: FloatArray
    information_coefficient: float

    def __post_init__(self) -> None:
        for name in ("signal", "shock", "volatility"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))


def noise_world(
    seed: int, n_bars: int, *, drift: float = 0.08, process: Process = "garch"
) -> World:
    """Simulate a market that nobody can predict.

    Parameters
    ----------
    seed : int
        Same seed, same world.
    n_bars : int
        At least 2.
    drift : float, default .08
        Mean return a year.
    process : {"garch", "gjr"}, default "garch"
        "garch" has symmetric shocks; "gjr" is shaken more by falls than by rises, and one
        shock in twenty is shifted down.

    Returns
    -------
    world : World
        Its signal is zero throughout.

    Raises
    ------
    WorldImpossible
        If `n_bars` is below 2 or `process` is unknown.

    Notes
    -----
    The shifted shocks are centred and rescaled, so that `drift` and the 18 % a year of
    volatility hold for both processes.

    Examples
    --------
    >>> noise_world(7, 500).bars
    Bars('NOISE-7', '1d', 500 bars, 2000-01-03 to 2001-11-30)
    """
    if process not in ("garch", "gjr"):
        raise WorldImpossible("process 'garch' or 'gjr'", repr(process))
    plan = _Plan(name=f"NOISE-{seed}", seed=seed, n_bars=n_bars, drift=drift, process=process)
    return _simulate(plan)


def edge_world(
    seed: int,
    n_bars: int,
    *,
    information_coefficient: float,
    drift: float = 0.08,
    signal: SignalKind = "reversal",
) -> World:
    """Simulate a market with a planted edge of known strength.

    Parameters
    ----------
    seed : int
        Same seed, same world.
    n_bars : int
        At least 2.
    information_coefficient : float
        Correlation of the signal with the shock of the following bar, inside (-1, 1).
    drift : float, default .08
        Mean return a year.
    signal : {"reversal", "exogenous"}, default "reversal"
        "reversal" is minus the sum of the last five shocks over its standard deviation, so
        it can be learned from the bars. "exogenous" is an autoregression (.9) of its own,
        which the bars do not show: for studies that are handed the forecast.

    Returns
    -------
    world : World

    Raises
    ------
    WorldImpossible
        If `n_bars` is below 2, the coefficient is outside its range or too strong for a
        stationary market, or `signal` is unknown.

    Notes
    -----
    r = mu + s (rho f + sqrt(1 - rho^2) z) with f the signal of the bar before, z a t5 shock
    of unit variance and s the volatility, as in the published power tables.

    Examples
    --------
    >>> world = edge_world(7, 2520, information_coefficient=0.2, signal="exogenous")
    >>> bool(np.corrcoef(world.signal[:-1], world.shock[1:])[0, 1] > 0.15)
    True
    """
    plan = _Plan(
        name=f"EDGE-{seed}",
        seed=seed,
        n_bars=n_bars,
        drift=drift,
        signal=signal,
        strength=information_coefficient,
    )
    return _simulate(plan)


def regime_change_world(
    seed: int,
    n_bars: int,
    *,
    information_coefficient: float,
    starts_at_bar: int,
    ends_at_bar: int,
    signal: SignalKind = "exogenous",
) -> World:
    """Simulate a market whose edge appears at one bar and dies at another.

    Parameters
    ----------
    seed, n_bars, information_coefficient, signal
        As in `edge_world`; drift is 8 % a year.
    starts_at_bar : int
        First bar that the signal of the bar before predicts.
    ends_at_bar : int
        First bar that it no longer predicts; `n_bars` if the edge lasts.

    Returns
    -------
    world : World
        `signal[t]` is zero unless bar t + 1 is predicted.

    Raises
    ------
    WorldImpossible
        As `edge_world`, or if the two bars are not 0 <= start < end <= `n_bars`.

    Examples
    --------
    >>> world = regime_change_world(
    ...     7, 500, information_coefficient=0.2, starts_at_bar=100, ends_at_bar=300)
    >>> np.flatnonzero(world.signal)[[0, -1]].tolist()
    [99, 298]
    """
    if not 0 <= starts_at_bar < ends_at_bar <= n_bars:
        was = f"{starts_at_bar} to {ends_at_bar}"
        raise WorldImpossible(f"an edge that starts and ends within 0 and {n_bars}", was)
    plan = _Plan(
        name=f"CHANGE-{seed}",
        seed=seed,
        n_bars=n_bars,
        signal=signal,
        strength=information_coefficient,
        predicted=(starts_at_bar, ends_at_bar),
    )
    return _simulate(plan)


@dataclass(frozen=True, kw_only=True)
class _Plan:
    name: str
    seed: int
    n_bars: int
    drift: float = 0.08
    process: Process = "garch"
    signal: SignalKind | None = None
    strength: float = 0.0
    predicted: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.n_bars < 2:
            raise WorldImpossible("at least 2 bars", f"{self.n_bars}")
        if not abs(self.strength) < 1:
            raise WorldImpossible("an information coefficient in (-1, 1)", f"{self.strength}")
        if self.signal not in (None, "reversal", "exogenous"):
            raise WorldImpossible("signal 'reversal' or 'exogenous'", repr(self.signal))

    @property
    def is_predicted(self) -> BoolArray:
        """Whether each bar, and the one after the last, has a signal before it."""
        first, end = self.predicted or (-BURN_IN_BARS, self.n_bars)
        bars = np.arange(-BURN_IN_BARS, self.n_bars + 1)
        return (bars >= first) & ((bars < end) | (end == self.n_bars))


def _simulate(plan: _Plan) -> World:
    # One stream each for the path, the ranges and the volumes: the truth of a seed does
    # not move when the dressing around it does.
    path, ranges, volumes = (
        np.random.default_rng(child) for child in np.random.SeedSequence(plan.seed).spawn(3)
    )
    noise = draw_shocks(path, BURN_IN_BARS + plan.n_bars, plan.process)
    strength = np.where(plan.is_predicted[:-1], plan.strength, 0.0)
    shock, signal = noise, np.zeros_like(noise)
    if plan.signal == "reversal":
        shock, signal = plant_reversal(noise, plan.strength, strength)
    elif plan.signal == "exogenous":
        shock, signal = plant_exogenous(noise, path.standard_normal(len(noise)), strength)
    signal = np.where(plan.is_predicted[1:], signal, 0.0)
    unit = YEARLY_VOLATILITY / math.sqrt(BARS_A_YEAR)
    volatility = unit * np.sqrt(variance_path(shock, plan.process))[BURN_IN_BARS:]
    shock, signal = shock[BURN_IN_BARS:], signal[BURN_IN_BARS:]
    returns = np.maximum(plan.drift / BARS_A_YEAR + volatility * shock, WORST_RETURN)
    return World(
        bars=_dress(plan.name, returns, volatility, (ranges, volumes)),
        signal=signal,
        shock=shock,
        volatility=volatility,
        information_coefficient=plan.strength,
    )


def _dress(
    name: str,
    returns: FloatArray,
    volatility: FloatArray,
    generators: tuple[np.random.Generator, np.random.Generator],
) -> Bars:
    """Return the bars around a path of returns; nothing in them tells of the next bar."""
    ranges, volumes = generators
    close = FIRST_OPEN * np.cumprod(1.0 + returns, dtype=np.float64)
    opened = np.concatenate([[FIRST_OPEN], close[:-1]])
    above, below = np.abs(ranges.standard_normal((2, len(close)))) * 0.5 * volatility
    return Bars(
        symbol=name,
        closed_at=_weekday_closes(len(close)),
        open=opened,
        high=np.maximum(opened, close) * np.exp(above),
        low=np.minimum(opened, close) * np.exp(-below),
        close=close,
        volume=np.rint(volumes.lognormal(math.log(1e6), 0.35, len(close))),
    )


def _weekday_closes(n_bars: int) -> TimeArray:
    days = np.busday_offset(FIRST_SESSION, np.arange(n_bars))
    closes: TimeArray = np.add(days.astype("datetime64[us]"), CLOSING_HOUR)
    return closes
