"""Marking to market, costs, overlaps and drawdowns, written out by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.validation import (
    ArraysDiffer,
    Evidence,
    UnusableOptions,
    bars_per_year,
    compound,
    drawdown_quantile,
    equity_curves,
    mark_positions,
    maximum_drawdown,
    overlap_positions,
    pool_symbols,
    sharpe_ratio,
    target_volatility,
)


def adjusted_returns(folder: Path, name: str) -> FloatArray:
    file = folder / "pyalgotrade" / "testcases" / "data" / f"sharpe-ratio-test-{name}.csv"
    close = np.loadtxt(file, delimiter=",", skiprows=1, usecols=6)
    return np.asarray(close[1:] / close[:-1] - 1.0)


def test_costs_are_paid_on_every_change_of_position() -> None:
    net = mark_positions(np.array([1.0, 1.0, -1.0, 0.0]), np.full(4, 0.01), 10.0)
    np.testing.assert_allclose(net, [0.009, 0.01, -0.012, -0.001])


def test_a_position_is_carried_over_bars_that_a_symbol_does_not_have() -> None:
    position = np.array([[1.0], [np.nan], [1.0]])
    net = mark_positions(position, np.array([[0.01], [np.nan], [0.02]]), 10.0)
    np.testing.assert_allclose(net[:, 0], [0.009, np.nan, 0.02])


def test_a_missing_position_makes_the_result_unknown() -> None:
    assert np.isnan(mark_positions(np.array([np.nan]), np.array([0.01]), 5.0)).all()


def test_positions_and_returns_must_fit() -> None:
    with pytest.raises(ArraysDiffer, match="position"):
        mark_positions(np.ones(3), np.ones(4), 5.0)


def test_overlapping_signals_are_held_h_bars_each() -> None:
    signal = np.array([1.0, 0.0, 0.0, -1.0, 0.0])
    np.testing.assert_allclose(overlap_positions(signal, 3), [1, 1, 1, -1, -1] / np.array(3.0))


def test_a_horizon_of_one_bar_leaves_signals_alone() -> None:
    signal = np.array([1.0, -1.0, 0.0])
    np.testing.assert_array_equal(overlap_positions(signal, 1), signal)


def test_a_horizon_below_one_bar_is_refused() -> None:
    with pytest.raises(UnusableOptions, match="at least 1"):
        overlap_positions(np.ones(3), 0)


def test_a_horizon_longer_than_the_history_is_still_a_mean() -> None:
    np.testing.assert_allclose(overlap_positions(np.ones(2), 4), [0.25, 0.5])


def test_symbols_share_the_capital_of_a_bar_equally() -> None:
    net = np.array([[0.02, 0.04], [0.02, np.nan], [np.nan, np.nan]])
    np.testing.assert_allclose(pool_symbols(net, net), [0.03, 0.02, 0.0])


def test_an_unknown_result_of_a_symbol_with_a_bar_stays_unknown() -> None:
    assert np.isnan(pool_symbols(np.array([[np.nan, 0.1]]), np.ones((1, 2)))).all()


def test_positions_aim_at_ten_percent_a_year_within_their_limits() -> None:
    signal = np.array([1.0, 9.0, 1.0, np.nan, 1.0])
    volatility = np.array([0.10, 0.10, 0.001, 0.10, np.nan]) / np.sqrt(252.0)
    np.testing.assert_allclose(target_volatility(signal, volatility, 252.0), [1, 2, 3, 0, 0])


def test_drawdown_counts_from_the_start() -> None:
    assert maximum_drawdown(np.array([-0.10, 0.05])) == pytest.approx(0.10)


def test_drawdown_of_steady_gains_is_zero() -> None:
    assert maximum_drawdown(np.array([0.01, 0.0, 0.02])) == 0.0


def test_ruin_is_a_drawdown_of_everything() -> None:
    assert maximum_drawdown(np.array([0.5, -1.5, 0.5])) == 1.0


@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=30))
def test_drawdown_is_the_worst_of_all_pairs_of_instants(moves: list[float]) -> None:
    equity = [1.0, *compound(np.array(moves))]
    worst = max(1.0 - late / early for i, early in enumerate(equity) for late in equity[i:])
    assert maximum_drawdown(np.array(moves)) == pytest.approx(worst, abs=1e-12)


def test_bootstrap_drawdown_is_seeded_and_beyond_the_typical() -> None:
    net = 0.01 * np.random.default_rng(1).standard_normal(500)
    median, deep = drawdown_quantile(net, 0.5), drawdown_quantile(net, 0.95)
    assert drawdown_quantile(net, 0.95) == deep
    assert 0.0 < median < deep < 1.0


def test_bars_per_year_of_weekdays() -> None:
    days = np.busday_offset(np.datetime64("2000-01-03"), np.arange(2610)).astype("datetime64[us]")
    assert bars_per_year(days) == pytest.approx(261.0, abs=0.5)


def test_drawdowns_are_the_95th_percentile_of_200_resamples_where_nothing_is_said() -> None:
    net = np.random.default_rng(4).normal(0.0, 0.01, 500)
    assert drawdown_quantile(net) == drawdown_quantile(net, 0.95, 200)
    others = {drawdown_quantile(net, 0.95, n_resamples) for n_resamples in (199, 200, 201)}
    assert len(others) == 3


def test_bars_per_year_within_a_day_and_over_years() -> None:
    start = np.datetime64("2001-01-01", "us")
    hours = start + np.arange(13) * np.timedelta64(1, "h")
    assert bars_per_year(hours) == pytest.approx(24.0 * 365.25)
    assert bars_per_year(start + np.array([0, 3000]) * np.timedelta64(1, "D")) == 1.0


def test_bars_per_year_without_an_elapsed_day_is_one() -> None:
    assert bars_per_year(np.array(["2000-01-03"] * 3, dtype="datetime64[us]")) == 1.0


def test_sharpe_and_drawdown_of_a_published_example(market_data: Path) -> None:
    # Chan, Quantitative Trading, examples 3.4 and 3.5.
    ige, spy = (adjusted_returns(market_data, name) for name in ("ige", "spy"))
    excess = sharpe_ratio(ige - 0.04 / 252.0)
    hedged = sharpe_ratio((ige - spy) / 2.0)
    assert excess is not None
    assert hedged is not None
    assert excess * np.sqrt(252.0) == pytest.approx(0.789317538, abs=1e-8)
    assert hedged * np.sqrt(252.0) == pytest.approx(0.783681100, abs=1e-8)
    assert maximum_drawdown((ige - spy) / 2.0) == pytest.approx(0.0952927, abs=1e-6)


def test_equity_curves_compound_each_way_of_trading(
    make_evidence: Callable[..., Evidence],
) -> None:
    evidence = make_evidence(n_bars=700, cost_bps=10.0)
    curves = equity_curves(evidence)
    moves = evidence.returns[evidence.out_of_sample, 0]
    held = np.cumprod(1.0 + moves - np.where(np.arange(len(moves)) == 0, 0.001, 0.0))
    np.testing.assert_allclose(curves.buy_and_hold, held)
    signal = evidence.direction[evidence.out_of_sample, 0]
    net = signal * moves - 0.001 * np.abs(np.diff(signal, prepend=0.0))
    np.testing.assert_allclose(curves.forecast, np.cumprod(1.0 + net))
    assert len(curves.closed_at) == len(curves.rules) == len(moves)


def test_buying_and_holding_pays_once_whatever_the_horizon(
    make_evidence: Callable[..., Evidence],
) -> None:
    evidence = make_evidence(horizon_bars=5, cost_bps=20.0)
    earned = np.array(evidence.returns[evidence.out_of_sample, 0])
    earned[0] -= 0.002
    np.testing.assert_allclose(equity_curves(evidence).buy_and_hold, compound(earned))


def test_signals_before_the_out_of_sample_start_are_never_held(
    make_evidence: Callable[..., Evidence],
) -> None:
    evidence = make_evidence(n_bars=700, horizon_bars=5)
    changed = np.array(evidence.direction)
    changed[: evidence.out_of_sample_from] *= -1.0
    curves = (equity_curves(one) for one in (evidence, replace(evidence, direction=changed)))
    first, second = (one.forecast for one in curves)
    np.testing.assert_array_equal(first, second)
