"""What the gate works out is known in time, and reckons symbols of one bar together."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.validation import Evidence, judge, mark_positions
from bellwether.validation._panels import past_agreement, weigh_by_precision
from bellwether.validation._workings import Workings

Maker = Callable[..., Evidence]


def known_before(evidence: Evidence) -> dict[str, FloatArray]:
    workings = Workings(evidence, 0.01)
    begin = evidence.out_of_sample_from
    return {
        "volatility": workings.volatility[begin:],
        "expanding": workings.expanding[begin:],
        "exponential": workings.exponential[begin:],
        "position": workings.position,
        "rule_position": workings.rule_position,
    }


@given(after=st.integers(1, 400), seed=st.integers(0, 100))
@settings(max_examples=15, deadline=None)
def test_decisions_of_a_bar_do_not_move_when_the_future_does(
    make_evidence: Maker, change_returns: Maker, after: int, seed: int
) -> None:
    evidence = make_evidence(n_bars=700, n_symbols=2, seed=seed, horizon_bars=3)
    first_changed = evidence.out_of_sample_from + after
    random = np.random.default_rng(seed)
    returns, forecast = np.nan_to_num(evidence.returns), np.array(evidence.forecast)
    rules = np.array(evidence.rule_direction)
    returns[first_changed - 1 :] = 0.05 * random.standard_normal(returns[first_changed - 1 :].shape)
    forecast[first_changed:] *= -3.0
    rules[first_changed:] *= -1.0
    changed = change_returns(evidence, returns, forecast=forecast, rule_direction=rules)
    # The return of the bar before is unknown while that bar is decided, known afterwards.
    last = after - 1
    for name, values in known_before(evidence).items():
        moved = known_before(changed)[name]
        np.testing.assert_allclose(values[:last], moved[:last], rtol=1e-9, atol=1e-12, err_msg=name)


def test_forecasts_before_the_warm_up_are_never_looked_at(make_evidence: Maker) -> None:
    evidence = make_evidence(warm_from=200)
    forecast = np.array(evidence.forecast)
    forecast[:200] = np.nan
    verdicts = (judge(one) for one in (evidence, replace(evidence, forecast=forecast)))
    first, second = (verdict.skill for verdict in verdicts)
    assert first == second


def test_warming_on_earlier_forecasts_lets_the_first_judged_bar_speak(make_evidence: Maker) -> None:
    warm, cold = make_evidence(warm_from=60), make_evidence(warm_from=378)
    assert Workings(warm, 0.01).expanding[378, 0] != 0.0
    assert not Workings(cold, 0.01).expanding[378:398].any()
    assert Workings(cold, 0.01).expanding[398, 0] != 0.0


def test_symbols_that_repeat_each_other_count_once(make_evidence: Maker) -> None:
    one = make_evidence(ic=0.2)
    twin: dict[str, Any] = {
        name: np.repeat(getattr(one, name), 5, axis=1)
        for name in ("close", "returns", "forecast", "direction", "rule_direction", "target")
    }
    empty = np.full((one.n_bars, 5), np.nan)
    five = replace(one, **twin, probability_up=empty, expected_return=empty)
    alone, together = Workings(one, 0.01), Workings(five, 0.01)
    assert together.skill.minimum == pytest.approx(alone.skill.minimum)
    assert together.n_effective == pytest.approx(alone.n_effective)
    assert judge(five).reason.startswith("the 20 bars from")


def test_independent_symbols_add_up(make_evidence: Maker) -> None:
    panel = Workings(make_evidence(n_symbols=8, ic=0.05), 0.01)
    assert panel.n_effective > 0.8 * 8 * 882
    assert panel.skill.minimum > 3.0


def test_a_panel_with_gaps_and_a_late_listing_is_judged(make_evidence: Maker) -> None:
    evidence = make_evidence(n_symbols=3, ic=0.25)
    returns, close = np.array(evidence.returns), np.array(evidence.close)
    forecast, direction = np.array(evidence.forecast), np.array(evidence.direction)
    # The second symbol is listed at bar 500, and its features speak from bar 570 on.
    returns[:501, 1] = close[:500, 1] = forecast[:570, 1] = direction[:570, 1] = np.nan
    # The third one has no bar at 700: its next return spans the gap.
    for array in (returns, close, forecast, direction):
        array[700, 2] = np.nan
    returns[701, 2] = close[701, 2] / close[699, 2] - 1.0
    changed = replace(
        evidence, returns=returns, close=close, forecast=forecast, direction=direction
    )
    verdict = judge(changed)
    complete = {check.name: check for check in verdict.checks}["forecast_is_complete"]
    assert complete.passed, complete.reason
    assert verdict.promotes, verdict.headline


def test_a_symbol_listed_early_may_not_fall_silent(make_evidence: Maker) -> None:
    evidence = make_evidence(n_symbols=2)
    forecast = np.array(evidence.forecast)
    forecast[:500, 1] = np.nan
    assert "no finite forecast" in judge(replace(evidence, forecast=forecast)).reason


def test_outcomes_span_the_horizon_from_the_decision_on(make_evidence: Maker) -> None:
    evidence = make_evidence(n_bars=700, horizon_bars=5)
    outcome = Workings(evidence, 0.01).outcome[:, 0]
    close = evidence.close[:, 0]
    row = evidence.out_of_sample_from
    assert outcome[0] == close[row + 4] / close[row - 1] - 1.0
    assert np.isnan(outcome[-4:]).all()
    assert outcome[-5] == close[-1] / close[-6] - 1.0


def test_outcomes_of_a_history_shorter_than_the_horizon_are_unknown(make_evidence: Maker) -> None:
    evidence = make_evidence(n_bars=250, horizon_bars=300)
    assert np.isnan(Workings(evidence, 0.01).outcome).all()


def test_the_excess_over_holding_is_zero_for_a_position_that_never_moves(
    make_evidence: Maker,
) -> None:
    workings = Workings(make_evidence(cost_bps=0.0), 0.01)
    still = np.full_like(workings.position, 0.7)
    workings.__dict__["position"] = still
    np.testing.assert_allclose(workings.over_holding, 0.0, atol=1e-15)


def test_value_is_marked_at_the_costs_of_the_evidence(make_evidence: Maker) -> None:
    evidence = make_evidence(cost_bps=25.0)
    workings = Workings(evidence, 0.01)
    returns = evidence.returns[evidence.out_of_sample]
    expected = mark_positions(workings.position, returns, 25.0)[:, 0]
    np.testing.assert_array_equal(workings.over_cash, expected)


@pytest.mark.parametrize("n_symbols", [2, 3])
def test_a_market_neutral_panel_is_judged_by_what_each_earns_beyond_the_others(
    make_evidence: Maker, n_symbols: int
) -> None:
    evidence = make_evidence(n_symbols=n_symbols, rule_direction=np.ones((1260, n_symbols)))
    workings = Workings(evidence, 0.01, "market_neutral")
    for judged, score in zip(workings.judged_scores, workings.scores, strict=True):
        np.testing.assert_allclose(judged, score - score.mean(axis=1, keepdims=True), atol=1e-12)
    assert not workings.rule_position.any()
    assert np.all(Workings(evidence, 0.01).rule_position > 0.0)


@pytest.mark.parametrize("n_symbols", [2, 3])
def test_a_clustered_panel_is_weighed_by_how_alike_its_symbols_move(
    make_evidence: Maker, n_symbols: int
) -> None:
    workings = Workings(make_evidence(n_symbols=n_symbols), 0.01)
    agreement = past_agreement(workings.scores[0])
    for judged, score in zip(workings.judged_scores, workings.scores, strict=True):
        np.testing.assert_array_equal(judged, weigh_by_precision(score, agreement))


@pytest.mark.parametrize("n_symbols", [2, 3])
def test_observations_count_by_the_design_effect_of_their_products(
    make_evidence: Maker, n_symbols: int
) -> None:
    workings = Workings(make_evidence(n_symbols=n_symbols), 0.01)
    products = (workings.expanding * workings.judged_scores[1])[378:]
    together = np.sum(np.sum(products, axis=1) ** 2)
    expected = n_symbols * 882 * np.sum(products**2) / together
    assert expected < n_symbols * 882
    assert workings.n_effective == pytest.approx(expected)


def test_symbols_that_offset_each_other_count_no_more_than_once_each(
    make_evidence: Maker, change_returns: Maker
) -> None:
    evidence = make_evidence(n_symbols=2, ic=0.0, warm_from=60)
    returns = np.nan_to_num(evidence.returns)
    returns[:, 1] = 0.3 * returns[:, 1] - returns[:, 0]
    twins = np.repeat(evidence.forecast[:, :1], 2, axis=1)
    workings = Workings(change_returns(evidence, returns, forecast=twins), 0.01)
    products = (workings.expanding * workings.judged_scores[1])[378:]
    assert np.sum(products**2) > 1.2 * np.sum(np.sum(products, axis=1) ** 2)
    assert workings.n_effective == 2 * 882


def test_a_panel_that_says_nothing_counts_as_one_symbol(make_evidence: Maker) -> None:
    workings = Workings(make_evidence(n_symbols=4, forecast=np.zeros((1260, 4))), 0.01)
    assert workings.n_effective == 882.0


def test_a_bar_on_which_some_symbol_rests_is_scored(make_evidence: Maker) -> None:
    evidence = make_evidence(n_symbols=2)
    forecast = np.array(evidence.forecast)
    forecast[700, 0] = forecast[701] = np.nan
    assert Workings(replace(evidence, forecast=forecast), 0.01).n_scored_bars == 881
