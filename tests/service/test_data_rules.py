"""Numbers that no market makes: a feed that stands still, prices in another unit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.bars import COLUMNS, Bars, noise_world
from bellwether.service import Direction, FallbackReason, Rung, find_data_fault
from bellwether.service._data_rules import find_frozen, find_jump

Home = Any  # the class lives in conftest, which is no module
BARS = noise_world(3, 400).bars
PRICES = COLUMNS[:4]


def scaled(bars: Bars, factors: FloatArray) -> Bars:
    return replace(bars, **{name: getattr(bars, name) * factors for name in PRICES})


def still(bars: Bars, n_bars: int, *names: str) -> Bars:
    """Return bars whose last ones repeat a number, within the data contract."""
    changed = {name: getattr(bars, name).copy() for name in COLUMNS}
    for name in names:
        changed[name][-n_bars:] = changed[name][-n_bars]
    changed["high"] = np.maximum(changed["high"], np.maximum(changed["open"], changed["close"]))
    changed["low"] = np.minimum(changed["low"], np.minimum(changed["open"], changed["close"]))
    return replace(bars, **changed)


@pytest.mark.parametrize("name", ["open", "close", "volume"])
def test_a_column_that_repeats_itself_is_found_at_the_fifth_bar(name: str) -> None:
    assert find_frozen(still(BARS, 4, name)) is None
    assert find_frozen(still(BARS, 5, name)) == f"the last 5 bars have the same {name}"
    assert find_frozen(still(BARS, 9, name)) is not None


def test_whole_bars_that_repeat_themselves_are_found_at_the_fifth() -> None:
    assert find_frozen(still(BARS, 4, *COLUMNS)) is None
    assert find_frozen(still(BARS, 5, *COLUMNS)) == "the last 5 bars are the same"


@pytest.mark.parametrize("volume", [0.0, 1.0])
def test_a_volume_that_never_changes_says_nothing(volume: float) -> None:
    bars = replace(BARS, volume=np.full(len(BARS), volume))
    assert find_frozen(bars) is None
    assert find_frozen(still(bars, 5, "close")) == "the last 5 bars have the same close"


def test_a_volume_of_zero_for_a_week_says_nothing() -> None:
    volume = np.where(np.arange(len(BARS)) >= len(BARS) - 5, 0.0, BARS.volume)
    assert find_frozen(replace(BARS, volume=volume)) is None


def test_a_market_that_often_repeats_a_price_may_do_so_longer() -> None:
    # Every third close is that of the bar before: six in a row are a matter of luck.
    coarse = BARS.close.copy()
    coarse[1::3] = coarse[0::3][: len(coarse[1::3])]
    bars = replace(
        BARS,
        close=coarse,
        high=np.maximum(BARS.high, coarse),
        low=np.minimum(BARS.low, coarse),
    )
    assert find_frozen(still(bars, 7, "close")) is None
    assert find_frozen(still(bars, 20, "close")) is not None


def test_a_feed_that_stood_still_from_the_first_bar_is_found() -> None:
    assert find_frozen(still(BARS, len(BARS), *PRICES)) is not None


@pytest.mark.parametrize("unit", [0.001, 0.01, 0.1, 10.0, 100.0])
@pytest.mark.parametrize("ago", [1, 2, 100])
def test_a_change_of_unit_is_found_as_long_as_it_is_in_sight(unit: float, ago: int) -> None:
    factors = np.where(np.arange(len(BARS)) >= len(BARS) - ago, unit, 1.0)
    found = find_jump(scaled(BARS, factors))
    assert found is not None
    assert str(BARS.closed_at[-ago]) in found


@pytest.mark.parametrize("n_bars", [1, 2, 5])
def test_a_bad_price_that_was_put_right_is_in_the_past(n_bars: int) -> None:
    factors = np.ones(len(BARS))
    factors[200 : 200 + n_bars] = 0.1
    assert find_jump(scaled(BARS, factors)) is None
    assert find_jump(scaled(BARS, factors)[: 200 + n_bars]) is not None


def test_a_unit_that_came_back_after_weeks_is_no_bad_price() -> None:
    factors = np.ones(len(BARS))
    factors[200:230] = 0.1
    assert find_jump(scaled(BARS, factors)) is not None


def test_an_adjustment_explains_a_jump_of_the_prices_as_traded() -> None:
    factors = np.where(np.arange(len(BARS)) >= 300, 0.05, 1.0)
    split = scaled(BARS, factors)
    assert find_jump(split) is not None
    assert find_jump(replace(split, adjustment=1.0 / factors)) is None


def test_a_price_that_grows_a_hundredfold_step_by_step_does_not_jump() -> None:
    assert find_jump(scaled(BARS, np.geomspace(1.0, 1000.0, len(BARS)))) is None


@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-6, 1.0, 1e9]))
def test_a_market_that_moves_by_itself_is_never_stopped(seed: int, scale: float) -> None:
    bars = noise_world(seed, 120).bars
    bars = scaled(bars, np.full(len(bars), scale))
    assert (find_frozen(bars), find_jump(bars)) == (None, None)


@given(n_bars=st.integers(0, 8))
def test_a_handful_of_bars_raises_nothing(n_bars: int) -> None:
    assert find_jump(BARS[:n_bars]) is None
    assert find_frozen(BARS[:n_bars]) is None


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        (still(BARS, 5, "close"), FallbackReason.FROZEN_COLUMN),
        (scaled(BARS, np.where(np.arange(400) == 399, 100.0, 1.0)), FallbackReason.SCALE_JUMP),
    ],
)
def test_false_numbers_lead_straight_to_hold(
    home: Home, spoiled: Bars, reason: FallbackReason
) -> None:
    home.calendar = None
    home.bars = replace(home.bars[-400:], **{name: getattr(spoiled, name) for name in COLUMNS})
    found = home.predict()
    assert (found.rung, found.direction) == (Rung.HOLD, Direction.HOLD)
    assert found.fallback_reason is reason
    assert found.steps[-1].detail


def test_only_the_last_two_years_count() -> None:
    bars = noise_world(4, 700).bars
    factors = np.where(np.arange(700) >= 100, 100.0, 1.0)
    assert find_data_fault(scaled(bars, factors), None, bars.closed_at[-1]) is None
