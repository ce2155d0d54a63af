"""The rules over whole histories: total, causal, and honest about too few bars."""

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.features import compute
from bellwether.rules import (
    LEAST_BARS,
    RULES_LOOKBACK_BARS,
    Reason,
    Regime,
    RuleInputMismatch,
    RuleOptions,
    RuleSignals,
    calibrate_rules,
    pad_bars,
    rule_expressions,
    rule_signals,
)

BarsMaker = Callable[[int, int], Bars]


def _assert_valid(signals: RuleSignals, n_bars: int) -> None:
    early = np.arange(n_bars) < LEAST_BARS - 1
    for field in fields(signals):
        values = getattr(signals, field.name)
        assert values.shape == (n_bars,)
        assert np.isfinite(values).all()
    assert np.isin(signals.direction, [-1, 0, 1]).all()
    assert np.isin(signals.regime, list(Regime)).all()
    assert np.isin(signals.regime_confirmed, list(Regime)).all()
    assert ((signals.rsi >= 0) & (signals.rsi <= 100)).all()
    assert (signals.confidence[early] == 0).all()
    assert ((signals.confidence[~early] >= 50) & (signals.confidence[~early] <= 95)).all()
    assert ((signals.reason == Reason.INSUFFICIENT_DATA) == early).all()
    assert (np.sign(signals.target_frac) == signals.direction).all()
    assert (np.sign(signals.stop_frac) == -signals.direction).all()
    assert (np.abs(signals.target_frac) <= 0.3).all()


@st.composite
def valid_bars(draw: st.DrawFn) -> FloatArray:
    """Draw bars within the data contract that no market would print."""
    n_bars = draw(st.integers(1, 150))
    scale = 10.0 ** draw(st.integers(-12, 12))
    steps = st.sampled_from([0.0, 0.0, 1.0, -1.0, 3.0, 1e-3, -1e-12]) | st.floats(-2, 2)
    level = np.cumsum(draw(npst.arrays(np.float64, (n_bars, 2), elements=steps)), axis=0)
    prices = scale * np.exp(np.clip(level, -30, 30))
    spread = draw(npst.arrays(np.float64, (n_bars, 2), elements=st.sampled_from([0.0, 0.1, 9.0])))
    top, bottom = prices.max(axis=1), prices.min(axis=1)
    volume = draw(npst.arrays(np.float64, n_bars, elements=st.sampled_from([0.0, 1.0, 1e15])))
    high, low = top * (1 + spread[:, 0]), bottom / (1 + spread[:, 1])
    return np.column_stack([prices[:, 0], high, low, prices[:, 1], volume])


@settings(max_examples=150, deadline=None)
@given(valid_bars())
def test_rules_answer_on_any_valid_bars(matrix: FloatArray) -> None:
    _assert_valid(rule_signals(matrix), len(matrix))


@pytest.mark.parametrize("price", [100.1, 1e-9, 1e12, 1 / 3])
def test_a_price_that_never_moves_has_no_edge(price: float) -> None:
    signals = rule_signals(np.tile([price, price, price, price, 0.0], (500, 1)))
    _assert_valid(signals, 500)
    assert (signals.reason[59:] == Reason.NO_CLEAR_EDGE).all()
    assert (signals.confidence[59:] == 52.5).all()  # 50 x 1.05: it ranges
    assert (signals.rsi == 50).all()
    assert (signals.regime == Regime.RANGING).all()


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_prices_at_the_ends_of_float64_are_answered(make_bars: BarsMaker, scale: float) -> None:
    matrix = make_bars(400, 5).matrix.copy()
    matrix[:, :4] *= scale
    _assert_valid(rule_signals(matrix), 400)


def test_the_sixtieth_bar_is_the_first_with_an_answer(make_bars: BarsMaker) -> None:
    signals = rule_signals(make_bars(80, 1).matrix)
    assert signals.confidence.astype(bool).tolist() == [False] * 59 + [True] * 21


def test_real_bars_are_answered_in_every_way(real_market: FloatArray) -> None:
    signals = rule_signals(real_market)
    _assert_valid(signals, len(real_market))
    assert set(signals.direction.tolist()) == {-1, 0, 1}
    assert len(set(signals.reason.tolist())) >= 9
    assert set(signals.regime_confirmed.tolist()) == set(Regime)


def test_signals_know_nothing_of_later_bars(real_market: FloatArray) -> None:
    whole = rule_signals(real_market[:900])
    for n_bars in (1, 59, 60, 61, 200, 359, 360, 361, 899):
        part = rule_signals(real_market[:n_bars])
        for field in fields(whole):
            np.testing.assert_array_equal(
                getattr(part, field.name), getattr(whole, field.name)[:n_bars]
            )


def test_signals_are_a_function_of_the_last_bars_only(real_market: FloatArray) -> None:
    whole = rule_signals(real_market)
    part = rule_signals(real_market[-RULES_LOOKBACK_BARS:])
    for field in fields(whole):
        assert getattr(part, field.name)[-1] == getattr(whole, field.name)[-1]


def test_with_few_bars_rsi_uses_what_there_is(make_bars: BarsMaker) -> None:
    matrix = make_bars(60, 2).matrix
    changes = np.diff(np.concatenate([matrix[:1, 0], matrix[:, 3]]))
    weights = (13 / 14) ** np.arange(60)[::-1]
    gains, moves = (weights * np.maximum(changes, 0)).sum(), (weights * np.abs(changes)).sum()
    assert rule_signals(matrix).rsi[-1] == pytest.approx(100 * gains / moves)


def test_prices_in_another_currency_change_no_signal(real_market: FloatArray) -> None:
    doubled = real_market * np.array([2.0, 2.0, 2.0, 2.0, 1.0])
    ours, theirs = rule_signals(real_market), rule_signals(doubled)
    for field in fields(ours):
        np.testing.assert_array_equal(getattr(ours, field.name), getattr(theirs, field.name))


def test_options_reach_the_readings(real_market: FloatArray) -> None:
    short, usual = (
        rule_signals(real_market, RuleOptions(rsi_bars=10, sma_bars=20)),
        rule_signals(real_market),
    )
    assert not np.allclose(short.rsi, usual.rsi)
    assert not np.allclose(short.sma_deviation, usual.sma_deviation)
    np.testing.assert_array_equal(short.regime, usual.regime)


def test_early_rows_are_computed_on_the_padded_history(make_bars: BarsMaker) -> None:
    matrix = make_bars(120, 3).matrix
    signals = rule_signals(matrix)
    expressions = rule_expressions(RuleOptions())
    for n_bars in (60, 61, 119, 120):
        padded = pad_bars(matrix[:n_bars], RULES_LOOKBACK_BARS)
        row = compute(list(expressions.values()), padded)[-1]
        for name, value in zip(expressions, row, strict=True):
            assert getattr(signals, name)[n_bars - 1] == value


def test_padding_stands_still_at_the_first_open() -> None:
    matrix = np.array([[2.0, 4.0, 1.0, 3.0, 9.0], [3.0, 5.0, 2.0, 4.0, 8.0]])
    padded = pad_bars(matrix, 4)
    assert padded.tolist() == [[2, 2, 2, 2, 0], [2, 2, 2, 2, 0], *matrix.tolist()]
    assert pad_bars(matrix, 2).tolist() == matrix.tolist()
    assert pad_bars(matrix, 1).tolist() == matrix[1:].tolist()


@pytest.mark.parametrize("shape", [(0, 5), (3, 4), (5,)])
def test_bars_have_five_columns_and_a_row(shape: tuple[int, ...]) -> None:
    for use in (lambda bars: pad_bars(bars, 3), rule_signals):
        with pytest.raises(RuleInputMismatch) as caught:
            use(np.ones(shape))
        assert caught.value.name == "bars"


def test_signals_cannot_be_written(make_bars: BarsMaker) -> None:
    signals = rule_signals(make_bars(70, 1).matrix)
    assert len(signals) == 70
    for field in fields(signals):
        with pytest.raises(ValueError, match="read-only"):
            getattr(signals, field.name)[0] = 1


def test_probabilities_are_past_shares_shrunk_towards_a_half() -> None:
    directions = np.array([1] * 100 + [-1] * 300 + [0] * 50)
    returns = np.concatenate(
        [
            [0.01] * 60 + [-0.01] * 40,  # after BUY 60 of 100 rose
            [0.01] * 90 + [-0.01] * 210,  # after SELL 90 of 300
            [0.0] * 20 + [np.nan] * 30,  # after HOLD nothing is known
        ]
    )
    sell, hold, buy = calibrate_rules(directions, returns)
    assert (sell, hold, buy) == (140 / 400, 0.5, 110 / 200)
    assert calibrate_rules(directions, returns, 0.0).tolist() == [0.3, 0.5, 0.6]


@given(st.lists(st.tuples(st.sampled_from([-1, 0, 1]), st.floats(-1, 1)), max_size=50))
def test_probabilities_stay_strictly_inside(outcomes: list[tuple[int, float]]) -> None:
    directions = np.array([one for one, _ in outcomes], dtype=np.int64)
    returns = np.array([one for _, one in outcomes], dtype=np.float64)
    probabilities = calibrate_rules(directions, returns)
    assert ((probabilities > 0) & (probabilities < 1)).all()


def test_each_direction_has_its_return() -> None:
    with pytest.raises(RuleInputMismatch):
        calibrate_rules(np.array([1, 0]), np.array([0.1]))
