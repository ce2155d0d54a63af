"""A market measured for a plan, and what a panel is worth, against simulated panels."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel, noise_world
from bellwether.trials import TrialCount
from bellwether.validation import (
    PanelSkill,
    PlannedMarket,
    PlannerOptions,
    UnusableOptions,
    measure_market,
    panel_breadth,
    plan_evidence,
    plan_market,
)

DAILY = 0.01


def bars_of(returns: FloatArray, symbol: str) -> Bars:
    close: FloatArray = np.asarray(100.0 * np.cumprod(1.0 + returns), dtype=np.float64)
    days = np.busday_offset(np.datetime64("2010-01-04"), np.arange(len(close)))
    at = np.add(days.astype("datetime64[us]"), np.timedelta64(21, "h"))
    volume = np.ones(len(close))
    return Bars(
        symbol=symbol, closed_at=at, open=close, high=close, low=close, close=close, volume=volume
    )


def correlated(n_symbols: int, n_bars: int, correlation: float, seed: int) -> list[Bars]:
    random = np.random.default_rng(seed)
    common, own = random.standard_normal(n_bars), random.standard_normal((n_symbols, n_bars))
    moves = DAILY * (np.sqrt(correlation) * common + np.sqrt(1.0 - correlation) * own)
    return [bars_of(move, f"S{number}") for number, move in enumerate(moves)]


def test_what_was_planted_is_measured() -> None:
    market = measure_market(Panel(bars=correlated(6, 4000, 0.4, seed=1)))
    assert (market.n_bars, market.n_symbols) == (4000, 6.0)
    assert market.correlation == pytest.approx(0.4, abs=0.05)
    assert market.n_bars_per_year == pytest.approx(261, abs=1)
    assert market.annual_volatility == pytest.approx(DAILY * np.sqrt(261), rel=0.03)


def test_markets_that_move_against_each_other_are_as_alike_as_those_that_move_together() -> None:
    one, other = correlated(2, 2000, 0.5, seed=4)
    moves = other.close[1:] / other.close[:-1] - 1.0
    against = bars_of(np.append(0.0, -moves), "AGAINST")
    together, opposed = (measure_market(Panel(bars=[one, two])) for two in (other, against))
    assert opposed.correlation == pytest.approx(together.correlation, abs=0.01)


def test_correlation_is_the_size_over_pairs_that_numpy_finds() -> None:
    bars = correlated(4, 900, 0.5, seed=2)
    closes = np.array([one.close for one in bars])
    found = np.corrcoef(closes[:, 1:] / closes[:, :-1] - 1.0)
    wanted = np.sqrt((found[np.triu_indices(4, k=1)] ** 2).mean())
    assert measure_market(Panel(bars=bars)).correlation == pytest.approx(wanted, abs=1e-9)


def test_symbols_with_fewer_bars_count_for_as_many_as_there_are_at_a_time() -> None:
    whole, late = correlated(2, 1001, 0.6, seed=3)
    market = measure_market(Panel(bars=[whole, late[500:]]))
    assert market.n_symbols == pytest.approx(1.5)
    assert market.correlation == pytest.approx(0.6, abs=0.1)


def test_a_price_that_never_moves_is_planned_with_the_usual_volatility() -> None:
    market = measure_market(Panel(bars=[bars_of(np.zeros(500), "STILL")]))
    assert market.annual_volatility == PlannedMarket(n_bars=500).annual_volatility
    assert plan_market(market).decisive.break_even_ic > 0.0


@pytest.mark.parametrize("n_bars", [2, 3])
def test_a_few_bars_are_measured_without_a_word_of_complaint(n_bars: int) -> None:
    bars = noise_world(1, 40).bars
    market = measure_market(Panel(bars=[bars[:n_bars], replace(bars[:n_bars], symbol="OTHER")]))
    assert market.n_bars == n_bars
    assert -1.0 < market.correlation < 1.0


def test_one_symbol_is_correlated_with_nothing() -> None:
    market = measure_market(Panel(bars=[noise_world(1, 700).bars]))
    assert (market.n_symbols, market.correlation) == (1.0, 0.0)
    plan = plan_market(market)
    assert plan.clustered is plan.market_neutral is None
    assert plan.decisive is plan.single


@pytest.mark.parametrize(
    ("n_symbols", "correlation", "skill", "breadth"),
    [
        (1, 0.9, "clustered", 1.0),
        (20, 0.0, "clustered", 20.0),
        (20, 1.0 - 1e-12, "clustered", 1.0),
        (20, 0.3, "clustered", 20 / 2.71),
        (20, -0.3, "clustered", 20 / 2.71),
        (20, 0.3, "market_neutral", 19.0),
        (1, 0.3, "market_neutral", 1.0),
    ],
)
def test_breadth_of_known_panels(
    n_symbols: int, correlation: float, skill: PanelSkill, breadth: float
) -> None:
    found = panel_breadth(n_symbols, correlation, skill=skill)
    assert found == pytest.approx(breadth, rel=1e-6)


@given(st.floats(1.0, 500.0), st.floats(-0.99, 0.99), st.floats(-0.99, 0.99))
def test_absolute_skill_is_worth_at_least_one_symbol_and_at_most_all(
    n_symbols: float, correlation: float, other: float
) -> None:
    found = panel_breadth(n_symbols, correlation, forecast_correlation=other)
    assert 1.0 <= found <= n_symbols


@pytest.mark.parametrize("skill", ["clustered", "market_neutral"])
@pytest.mark.parametrize(("returns_c", "forecasts_c"), [(0.3, 0.3), (0.6, 0.6), (0.5, 0.2)])
def test_breadth_is_what_simulated_panels_are_worth(
    skill: PanelSkill, returns_c: float, forecasts_c: float
) -> None:
    """T over bars of a planted skill grows as with so many independent symbols."""
    random, n_symbols, n_bars, ic = np.random.default_rng(5), 12, 60_000, 0.02

    def draw(c: float) -> FloatArray:
        common = random.standard_normal((n_bars, 1))
        own = random.standard_normal((n_bars, n_symbols))
        return np.asarray(np.sqrt(c) * common + np.sqrt(1.0 - c) * own)

    forecast = draw(forecasts_c)
    returns = ic * forecast + draw(returns_c)
    if skill == "market_neutral":
        forecast = forecast - forecast.mean(axis=1, keepdims=True)
        returns = returns - returns.mean(axis=1, keepdims=True)
    products = (forecast * returns).sum(axis=1)
    t = products.sum() / np.sqrt((products**2).sum())
    breadth = panel_breadth(n_symbols, returns_c, skill=skill, forecast_correlation=forecasts_c)
    # t has a standard error of one.
    assert t == pytest.approx(ic * np.sqrt(n_bars * breadth), abs=3.0)


def test_the_limit_of_evidence_for_a_panel_is_reached_by_relative_skill() -> None:
    """20 symbols, IC .02, correlations .3, 3 years: 49 % is possible, of 20 independent ones."""
    plan = plan_market(PlannedMarket(n_bars=756, n_symbols=20, correlation=0.3))
    assert plan.market_neutral is not None
    assert plan.market_neutral.powers[0].power == pytest.approx(0.47, abs=0.01)
    whole = plan_evidence(756, options=PlannerOptions(breadth=20.0))
    assert whole.powers[0].power == pytest.approx(0.49, abs=0.01)


def test_a_plan_of_a_market_is_the_plan_of_its_breadth() -> None:
    market = PlannedMarket(
        n_bars=700,
        n_symbols=10,
        correlation=0.5,
        annual_volatility=0.3,
        n_bars_per_year=365.25,
        last_closed_at=np.datetime64("2020-01-01T21:00"),
    )
    trials, options = TrialCount(n_pipelines=4, n_looks=2), PlannerOptions(cost_bps=2.0)
    plan = plan_market(market, options=options, trials=trials, skill="market_neutral")
    assert plan.decisive is plan.market_neutral
    assert plan.clustered == plan_evidence(
        700,
        trials=trials,
        options=PlannerOptions(
            cost_bps=2.0, annual_volatility=0.3, n_bars_per_year=365.25, breadth=10 / 3.25
        ),
        last_closed_at=market.last_closed_at,
    )
    content = json.loads(json.dumps(plan.to_json()))
    assert set(content["plans"]) == {"single", "clustered", "market_neutral"}
    assert content["market"]["last_closed_at"] == "2020-01-01T21:00:00Z"
    assert content["trials"] == {"n_pipelines": 4, "n_looks": 2}
    assert content["sentence"] == plan.decisive.sentence


@pytest.mark.parametrize(
    "changes", [{"n_bars": 0}, {"n_symbols": 0.5}, {"correlation": 1.0}, {"correlation": -1.0}]
)
def test_a_market_out_of_range_is_named(changes: dict[str, float]) -> None:
    [name] = changes
    with pytest.raises(UnusableOptions, match=name):
        PlannedMarket(**{"n_bars": 100, **changes})  # type: ignore[arg-type]
