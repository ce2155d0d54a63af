"""Regimes: thresholds, precedence, memory and confirmation of section 5."""

from collections.abc import Callable

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from bellwether import features as fx
from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.features import compute, directional_index
from bellwether.rules import (
    Regime,
    RegimeOptions,
    RegimeReadings,
    detect_regime,
    regime_expressions,
)

OPTIONS = RegimeOptions()
CURRENT, CONFIRMED = detect_regime(
    RegimeReadings(adx=fx.open, atr_frac=fx.high, change=fx.low, fit_r2=fx.close), OPTIONS
)
UNCLEAR = (22.0, 0.02, 0.0, 0.5)
WARM_UP = CONFIRMED.lookback_bars
RANGING, UP, DOWN, VOLATILE, QUIET = Regime


def _follow(readings: list[tuple[float, float, float, float]]) -> list[tuple[Regime, Regime]]:
    """Return (current, confirmed) of each row of readings, after a long unclear past."""
    rows = np.array([*[UNCLEAR] * WARM_UP, *readings])
    values = compute([CURRENT, CONFIRMED], np.column_stack([rows, np.zeros(len(rows))]))
    return [(Regime(int(now)), Regime(int(held))) for now, held in values[WARM_UP:]]


# Readings in the order of the tuple: ADX, ATR over price, change over 20 bars, R^2 over 50.
@pytest.mark.parametrize(
    ("adx", "atr_frac", "change", "fit_r2", "regime"),
    [
        (10, 0.0301, 0.00, 0.9, VOLATILE),
        (40, 0.0301, 0.10, 0.9, VOLATILE),  # before trending
        (10, 0.0300, 0.00, 0.9, RANGING),  # 3 % itself is not above 3 %
        (10, 0.0099, 0.00, 0.19, QUIET),
        (40, 0.0099, 0.10, 0.19, QUIET),  # before trending
        (10, 0.0100, 0.00, 0.19, RANGING),  # 1 % itself is not below
        (10, 0.0099, 0.00, 0.20, RANGING),  # nor is .2
        (10, 0.0000, 0.00, 0.00, RANGING),  # nothing moves: not even quiet
        (25.1, 0.02, 0.031, 0.9, UP),
        (25.1, 0.02, -0.031, 0.9, DOWN),
        (25.1, 0.005, 0.031, 0.9, UP),  # calm along a line is no quiet
        (19.9, 0.02, 0.00, 0.9, RANGING),
        (19.9, 0.02, 0.10, 0.9, RANGING),
    ],
)
def test_a_clear_bar_has_its_regime_whatever_went_before(
    adx: float, atr_frac: float, change: float, fit_r2: float, regime: Regime
) -> None:
    for before in ((40.0, 0.02, 0.1, 0.9), (40.0, 0.05, 0.0, 0.9), UNCLEAR):
        assert _follow([before, (adx, atr_frac, change, fit_r2)])[-1][0] is regime


@pytest.mark.parametrize(
    ("adx", "change"),
    [(25.0, 0.1), (22.0, 0.1), (20.0, 0.0), (40.0, 0.03), (40.0, -0.03), (40.0, 0.0)],
)
def test_an_unclear_bar_keeps_the_regime_before_it(adx: float, change: float) -> None:
    unclear = (adx, 0.02, change, 0.9)
    assert _follow([unclear])[-1][0] is RANGING
    assert _follow([(40.0, 0.02, 0.1, 0.9), unclear])[-1][0] is UP
    assert _follow([(40.0, 0.05, 0.0, 0.9), unclear, unclear])[-1][0] is VOLATILE


def test_a_regime_is_forgotten_after_sixty_bars() -> None:
    current = [now for now, _ in _follow([(40.0, 0.02, 0.1, 0.9), *[UNCLEAR] * 60])]
    assert current == [UP] * 60 + [RANGING]


def test_a_regime_is_confirmed_by_its_third_bar() -> None:
    trend, burst = (40.0, 0.02, 0.1, 0.9), (40.0, 0.05, 0.1, 0.9)
    confirmed = [held for _, held in _follow([trend, trend, trend, burst, burst, trend, trend])]
    assert confirmed == [RANGING, RANGING, UP, UP, UP, UP, UP]
    confirmed = [held for _, held in _follow([trend, trend, trend, burst, burst, burst])]
    assert confirmed == [RANGING, RANGING, UP, UP, UP, VOLATILE]


def test_a_regime_that_comes_and_goes_is_not_confirmed() -> None:
    trend, burst = (40.0, 0.02, 0.1, 0.9), (40.0, 0.05, 0.1, 0.9)
    assert _follow([trend, burst, trend, burst, trend])[-1] == (UP, RANGING)
    assert _follow([burst, trend, trend, burst, burst])[-1] == (VOLATILE, RANGING)


def test_bars_that_keep_a_regime_count_towards_its_confirmation() -> None:
    trend = (40.0, 0.02, -0.1, 0.9)
    assert _follow([trend, UNCLEAR, UNCLEAR])[-1] == (DOWN, DOWN)


def test_one_bar_confirms_where_the_option_says_so() -> None:
    options = RegimeOptions(confirm_bars=1)
    _, confirmed = detect_regime(
        RegimeReadings(adx=fx.open, atr_frac=fx.high, change=fx.low, fit_r2=fx.close), options
    )
    rows = np.array([*[UNCLEAR] * 200, (40.0, 0.05, 0.0, 0.9)])
    values = compute([confirmed], np.column_stack([rows, np.zeros(len(rows))]))
    assert values[-1, 0] == VOLATILE


reading = st.tuples(
    st.sampled_from([0.0, 19.0, 20.0, 22.0, 25.0, 26.0, 60.0]),
    st.sampled_from([0.0, 0.005, 0.01, 0.02, 0.03, 0.05]),
    st.sampled_from([-0.1, -0.03, 0.0, 0.03, 0.1]),
    st.sampled_from([0.0, 0.1, 0.2, 0.9]),
)


@given(st.lists(reading, min_size=1, max_size=30))
def test_regimes_are_those_of_a_machine_that_remembers(
    readings: list[tuple[float, float, float, float]],
) -> None:
    state, streak, confirmed = RANGING, 99, RANGING
    expected = []
    for adx, atr_frac, change, fit_r2 in readings:
        before = state
        if atr_frac > 0.03:
            state = VOLATILE
        elif 0 < atr_frac < 0.01 and fit_r2 < 0.2:
            state = QUIET
        elif adx > 25 and abs(change) > 0.03:
            state = UP if change > 0 else DOWN
        elif adx < 20:
            state = RANGING
        streak = streak + 1 if state is before else 1
        confirmed = state if streak >= 3 else confirmed
        expected.append((state, confirmed))
    assert _follow(readings) == expected


def _assert_talib_agrees(matrix: FloatArray) -> None:
    high, low, close = (np.ascontiguousarray(matrix[:, place]) for place in (1, 2, 3))
    textbook = talib.ADX(high, low, close, timeperiod=14)
    ours = compute([directional_index(14)], matrix)[:, 0]
    assert np.abs(ours - textbook)[600:].max() < 0.01 * np.nanstd(textbook)


@pytest.mark.parametrize("decimals", [0, 6])
def test_directional_index_agrees_with_talib_once_warm(
    make_bars: Callable[[int, int], Bars], decimals: int
) -> None:
    # Whole prices make highs rise exactly as far as lows fall, which counts for neither.
    _assert_talib_agrees(np.round(make_bars(1500, 11).matrix, decimals))


def test_directional_index_agrees_with_talib_on_real_bars(real_market: FloatArray) -> None:
    _assert_talib_agrees(real_market)


def test_directional_index_is_zero_where_nothing_moves() -> None:
    still = np.tile([5.0, 5.0, 5.0, 5.0, 0.0], (300, 1))
    values = compute([directional_index(14)], still)[:, 0]
    assert (values[~np.isnan(values)] == 0.0).all()


def test_directional_index_of_a_straight_climb_is_full() -> None:
    close = np.linspace(100, 200, 400)
    climb = np.column_stack([close, close + 1, close - 1, close, np.ones(400)])
    assert compute([directional_index(14)], climb)[-1, 0] == pytest.approx(100.0)


def test_a_climb_is_a_trend_and_a_storm_is_volatile() -> None:
    close = np.concatenate([np.full(200, 100.0), 100 * 1.01 ** np.arange(1, 201)])
    climb = np.column_stack([close, close * 1.001, close * 0.999, close, np.ones(400)])
    storm = np.column_stack([close, close * 1.05, close * 0.95, close, np.ones(400)])
    both = list(regime_expressions(OPTIONS).values())
    assert compute(both, climb)[-1].tolist() == [UP, UP]
    assert compute(both, storm)[-1].tolist() == [VOLATILE, VOLATILE]


def test_regimes_have_words() -> None:
    assert [one.words for one in Regime] == [
        "ranging",
        "trending up",
        "trending down",
        "volatile",
        "quiet",
    ]
