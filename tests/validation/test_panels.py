"""Symbols of one bar are weighed together, or judged against each other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.validation import Evidence, GateOptions, examine, judge, t_statistic
from bellwether.validation._panels import against_others, past_agreement, weigh_by_precision
from bellwether.validation._workings import Workings

Maker = Callable[..., Evidence]
NEUTRAL = GateOptions(panel="market_neutral")
PER_SYMBOL = ("close", "returns", "forecast", "direction", "rule_direction", "target")


def test_agreement_is_the_mean_correlation_of_the_bars_before() -> None:
    random = np.random.default_rng(1)
    scores = np.sqrt(0.3) * random.standard_normal((4000, 1))
    scores = scores + np.sqrt(0.7) * random.standard_normal((4000, 12))
    agreement = past_agreement(scores)
    pairs = np.corrcoef(scores[:-1].T)[np.triu_indices(12, 1)]
    assert agreement[0, 0] == 0.0
    assert agreement[-1, 0] == pytest.approx(pairs.mean(), abs=0.01)


def test_agreement_of_symbols_that_offset_each_other_is_none() -> None:
    one = np.random.default_rng(2).standard_normal((50, 1))
    assert not past_agreement(np.hstack([one, -one])).any()
    assert not past_agreement(one).any()


@given(at=st.integers(1, 98), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_agreement_knows_only_the_past(at: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.standard_normal((100, 4))
    changed = np.concatenate([scores[:at], random.standard_normal((100 - at, 4)) + 3.0])
    np.testing.assert_array_equal(
        past_agreement(scores)[: at + 1], past_agreement(changed)[: at + 1]
    )


@given(
    seed=st.integers(0, 99),
    n_symbols=st.integers(2, 6),
    agreement=st.floats(0.0, 0.95),
    n_missing=st.integers(0, 1),
)
@settings(max_examples=30, deadline=None)
def test_precision_is_the_inverse_of_equal_correlations(
    seed: int, n_symbols: int, agreement: float, n_missing: int
) -> None:
    scores = np.random.default_rng(seed).standard_normal((1, n_symbols))
    scores[0, :n_missing] = np.nan
    n = n_symbols - n_missing
    correlation = np.full((n, n), agreement) + (1.0 - agreement) * np.eye(n)
    expected = np.linalg.solve(correlation, scores[0, n_missing:])
    weighed = weigh_by_precision(scores, np.array([[agreement]]))
    np.testing.assert_allclose(weighed[0, n_missing:], expected, rtol=1e-9, atol=1e-9)
    assert np.isnan(weighed[0, :n_missing]).all()


def test_what_a_symbol_says_alone_of_a_bar_is_nothing_beyond_the_others() -> None:
    values = np.array([[1.0, 5.0], [2.0, 4.0]])
    present = np.array([[0.0, np.nan], [0.0, 0.0]])
    np.testing.assert_array_equal(against_others(values, present), [[0.0, np.nan], [-1.0, 1.0]])


def test_one_symbol_is_judged_the_same_either_way(make_evidence: Maker) -> None:
    evidence = make_evidence(ic=0.1)
    first, second = examine(evidence), examine(evidence, NEUTRAL)
    assert first == second


def with_market(evidence: Evidence, seed: int, loading: float) -> Evidence:
    """Return the evidence with a common market in all its returns."""
    market = np.random.default_rng(seed).standard_normal((evidence.n_bars, 1)) * loading
    returns = np.nan_to_num(evidence.returns) + market * 0.18 / np.sqrt(252.0)
    close = 100.0 * np.cumprod(1.0 + returns, axis=0)
    moves = np.concatenate([np.full((1, evidence.n_symbols), np.nan), close[1:] / close[:-1] - 1.0])
    return replace(evidence, close=close, returns=moves)


@pytest.mark.parametrize("panel", ["clustered", "market_neutral"])
def test_a_common_market_does_not_hide_what_symbols_do_apart(
    make_evidence: Maker, panel: Any
) -> None:
    evidence = with_market(make_evidence(n_symbols=10, ic=0.06, n_bars=1000), 5, 1.5)
    found = Workings(evidence, 0.01, panel).skill.minimum
    rows = evidence.out_of_sample
    plain = Workings(evidence, 0.01)
    naive = t_statistic(plain.expanding[rows], plain.scores[0][rows])
    assert found > naive + 1.0


def test_skill_about_the_market_alone_is_none_against_the_others(make_evidence: Maker) -> None:
    single = make_evidence(ic=0.3)
    wide: dict[str, Any] = {
        name: np.repeat(getattr(single, name), 3, axis=1) for name in PER_SYMBOL
    }
    returns = np.nan_to_num(wide["returns"])
    returns += np.random.default_rng(3).standard_normal(returns.shape) * 0.003
    close = 100.0 * np.cumprod(1.0 + returns, axis=0)
    moves = np.concatenate([np.full((1, 3), np.nan), close[1:] / close[:-1] - 1.0])
    empty = np.full((single.n_bars, 3), np.nan)
    blank: dict[str, Any] = {"probability_up": empty, "expected_return": empty}
    evidence = replace(single, **{**wide, "close": close, "returns": moves, **blank})
    assert judge(evidence).promotes
    assert not judge(evidence, NEUTRAL).promotes


def test_neutral_positions_offset_each_other_but_for_their_limits(make_evidence: Maker) -> None:
    workings = Workings(make_evidence(n_symbols=6), 0.01, "market_neutral")
    rows = workings.evidence.out_of_sample
    risk = workings.position * workings.volatility[rows]
    whole = np.abs(workings.expanding[rows]).max(axis=1) < 2.0
    np.testing.assert_allclose(risk[whole].sum(axis=1), 0.0, atol=1e-12)


@pytest.mark.parametrize("panel", ["clustered", "market_neutral"])
@given(after=st.integers(1, 400), seed=st.integers(0, 50))
@settings(max_examples=8, deadline=None)
def test_decisions_on_a_panel_do_not_move_when_the_future_does(
    make_evidence: Maker, change_returns: Maker, panel: Any, after: int, seed: int
) -> None:
    evidence = make_evidence(n_bars=700, n_symbols=3, seed=seed)
    at = evidence.out_of_sample_from + after
    random = np.random.default_rng(seed)
    returns, forecast = np.nan_to_num(evidence.returns), np.array(evidence.forecast)
    returns[at:] = 0.05 * random.standard_normal(returns[at:].shape)
    forecast[at:] *= -3.0
    changed = change_returns(evidence, returns, forecast=forecast)
    first, second = (known(Workings(one, 0.01, panel)) for one in (evidence, changed))
    for name, values in first.items():
        np.testing.assert_allclose(values[:at], second[name][:at], rtol=1e-9, atol=1e-9)


def known(workings: Workings) -> dict[str, FloatArray]:
    return {
        "expanding": workings.expanding,
        "exponential": workings.exponential,
        "raw": workings.judged_scores[0],
        "centred": workings.judged_scores[1],
    }


def test_rows_of_one_bar_are_never_taken_for_independent(make_evidence: Maker) -> None:
    found, by_row = [], []
    for seed in range(40):
        noise = make_evidence(ic=0.0, n_symbols=8, n_bars=400, seed=seed)
        common = 2.0 * make_evidence(ic=0.0, n_bars=400, seed=1000 + seed).forecast
        evidence = replace(with_market(noise, seed, 2.0), forecast=noise.forecast + common)
        workings = Workings(evidence, 0.01)
        rows = evidence.out_of_sample
        found.append(workings.skill.centred_expanding)
        rowwise = workings.expanding[rows] * workings.scores[1][rows]
        by_row.append(t_statistic(rowwise.ravel(), np.ones(rowwise.size)))
    assert np.std(found) < 1.3
    assert np.std(by_row) > 1.7
