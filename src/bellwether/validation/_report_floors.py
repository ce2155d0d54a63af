"""The forecast's track beside the floors': results, errors, and the growth of capital."""

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.validation._beside import EquityLine, EquityReport, FloorReport, TrackReport
from bellwether.validation._comparison import DieboldMariano, diebold_mariano
from bellwether.validation._economics import compound, contract_returns, maximum_drawdown
from bellwether.validation._metrics import Estimate, profit_factor
from bellwether.validation._report_parts import accuracy_of
from bellwether.validation._sharpe import sharpe_ratio
from bellwether.validation._statistics import past_mean
from bellwether.validation._workings import Workings

EQUITY_POINTS = 160
EQUITY_DIGITS = 5
FORECAST = "forecast"


def report_track(workings: Workings) -> TrackReport:
    """Return the forecast's own track."""
    return _track(workings, FORECAST, workings.evidence.direction, workings.contract_net)


def report_floors(workings: Workings) -> tuple[FloorReport, ...]:
    """Return every floor with its track and its tests against the forecast."""
    expected = _floor_expectations(workings)
    reports = []
    for name, direction in _floor_directions(workings).items():
        net = floor_net(workings, name)
        results = diebold_mariano(workings.contract_net - net)
        test, explained = _compare_errors(workings, expected.get(name))
        reports.append(
            FloorReport(
                track=_track(workings, name, direction, net),
                excess_a_year=None if results is None else _a_year(workings, results.gain),
                result_test=results,
                error_test=test,
                explained_frac=explained,
            )
        )
    return tuple(reports)


def _a_year(workings: Workings, gain: Estimate) -> Estimate:
    n = workings.n_bars_per_year
    return Estimate(value=gain.value * n, low=gain.low * n, high=gain.high * n, n=gain.n)


def floor_net(workings: Workings, name: str) -> FloatArray:
    """Return what a floor's signals earned on each out-of-sample bar, after costs."""
    # Who holds the market buys it at once: its signals do not overlap.
    horizon = 1 if name == "always_up" else None
    return contract_returns(workings.evidence, _floor_directions(workings)[name], horizon)


def _floor_directions(workings: Workings) -> dict[str, FloatArray]:
    evidence = workings.evidence
    up = np.ones_like(evidence.returns)
    return {
        "always_up": up,
        "last_price": 0.0 * up,
        "last_return": np.sign(_return_before(evidence.returns)),
        "rules": evidence.rule_direction,
    }


def _floor_expectations(workings: Workings) -> dict[str, FloatArray]:
    """Return the floors' forecasts of the return over the horizon."""
    returns, horizon = workings.evidence.returns, workings.evidence.horizon_bars
    return {
        "always_up": past_mean(returns) * horizon,
        "last_price": np.zeros_like(returns),
        "last_return": _return_before(returns) * horizon,
    }


def _return_before(returns: FloatArray) -> FloatArray:
    """Return each symbol's return on its bar before; zero on its first."""
    before = np.zeros_like(returns)
    for column in range(returns.shape[1]):
        there = np.flatnonzero(~np.isnan(returns[:, column]))
        before[there[1:], column] = returns[there[:-1], column]
    return before


def _track(workings: Workings, name: str, direction: FloatArray, net: FloatArray) -> TrackReport:
    a_year = workings.n_bars_per_year
    sharpe = sharpe_ratio(net)
    return TrackReport(
        name=name,
        accuracy=accuracy_of(workings, direction),
        return_a_year=float(net.mean()) * a_year,
        net_return=float(compound(net)[-1]) - 1.0,
        sharpe=None if sharpe is None else sharpe * float(np.sqrt(a_year)),
        maximum_drawdown=maximum_drawdown(net),
        profit_factor=profit_factor(net),
    )


def _compare_errors(
    workings: Workings, floor: FloatArray | None
) -> tuple[DieboldMariano | None, float | None]:
    evidence = workings.evidence
    rows, horizon = evidence.out_of_sample, evidence.horizon_bars
    if floor is None:
        return None, None
    scale = workings.volatility[rows] * np.sqrt(horizon)
    own = ((workings.outcome - evidence.expected_return[rows]) / scale) ** 2
    other = ((workings.outcome - floor[rows]) / scale) ** 2
    both = np.isfinite(own) & np.isfinite(other)
    spoken = both.any(axis=1)
    if not spoken.any():
        return None, None
    gain = np.where(both, other - own, 0.0)[spoken].sum(axis=1) / both[spoken].sum(axis=1)
    explained = 1.0 - float(own[both].sum()) / max(float(other[both].sum()), 1e-300)
    return diebold_mariano(gain, horizon), explained


def report_equity(workings: Workings) -> EquityReport:
    """Return the growth of capital at evenly spaced closes, the first and last among them."""
    evidence = workings.evidence
    nets = {FORECAST: workings.contract_net}
    nets |= {name: floor_net(workings, name) for name in _floor_directions(workings)}
    # Cash stands at 1 throughout: there is nothing to draw.
    del nets["last_price"]
    n_bars = len(workings.contract_net)
    places = np.unique(np.linspace(0, n_bars, min(EQUITY_POINTS, n_bars + 1)).round().astype(int))
    instants = evidence.closed_at[evidence.out_of_sample_from - 1 :][places]
    return EquityReport(
        closed_at=tuple(np.datetime_as_string(instants, unit="m").tolist()),
        lines=tuple(
            EquityLine(name=name, values=_shorten(_grow(net)[places]))
            for name, net in nets.items()
            if np.isfinite(net).all()
        ),
        drawdown=_shorten(_deepest_since(workings.contract_net, places)),
    )


def _grow(net: FloatArray) -> FloatArray:
    return np.concatenate([[1.0], compound(net)])


def _deepest_since(net: FloatArray, places: IntArray) -> FloatArray:
    """Return the deepest drawdown between each place and the one before it."""
    equity = _grow(net)
    fall = 1.0 - equity / np.maximum.accumulate(equity)
    deepest = np.maximum.reduceat(fall, np.concatenate([[0], places[:-1] + 1]))
    return np.asarray(deepest)


def _shorten(values: FloatArray) -> tuple[float, ...]:
    """Return values with as many digits as a picture can show."""
    return tuple(float(f"{value:.{EQUITY_DIGITS}g}") for value in values.tolist())
