"""Returns over the next bars, their signs, and their size in units of volatility."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from bellwether.arrays import FloatArray
from bellwether.labels import (
    HorizonOutOfRange,
    LabelShapeMismatch,
    LabelSpec,
    LabelStillOpen,
    direction,
    forward_return,
    volatility_scaled,
)

closes = npst.arrays(np.float64, st.integers(1, 40), elements=st.floats(1.0, 1e3))


def test_one_bar_forward_return_is_the_next_close_over_this_one() -> None:
    returns = forward_return(np.array([100.0, 110.0, 99.0, 99.0]), 1)
    np.testing.assert_allclose(returns, [0.1, -0.1, 0.0, np.nan], rtol=1e-12)


def test_two_bar_forward_return_skips_the_bar_between() -> None:
    returns = forward_return(np.array([100.0, 999.0, 105.0, 90.0]), 2)
    np.testing.assert_allclose(returns[:2], [0.05, 90 / 999 - 1])
    assert np.isnan(returns[2:]).all()


@given(closes, st.integers(1, 50))
def test_forward_return_is_the_compounding_of_one_bar_returns(
    close: FloatArray, horizon: int
) -> None:
    one = 1.0 + forward_return(close, 1)
    many = 1.0 + forward_return(close, horizon)
    for row in range(len(close) - horizon):
        assert many[row] == pytest.approx(math.prod(one[row : row + horizon]), rel=1e-12)


@given(closes, st.integers(1, 50))
def test_exactly_the_last_labels_are_open(close: FloatArray, horizon: int) -> None:
    is_open = np.isnan(forward_return(close, horizon))
    assert is_open.tolist() == [row + horizon >= len(close) for row in range(len(close))]


def test_a_zero_return_has_no_direction() -> None:
    assert direction(np.array([0.0, -0.0, 1e-300, -5.0])).tolist() == [0, 0, 1, -1]


def test_an_open_label_has_no_direction() -> None:
    with pytest.raises(LabelStillOpen) as caught:
        direction(np.array([0.1, np.nan]))
    assert caught.value.row == 1


def test_scaling_divides_by_the_volatility_of_the_whole_horizon() -> None:
    scaled = volatility_scaled(np.array([0.03, -0.01, np.nan]), np.array([0.01, 0.02, 0.02]), 9)
    np.testing.assert_allclose(scaled, [0.03 / 0.03, -0.01 / 0.06, np.nan])


def test_scaling_needs_one_volatility_for_each_return() -> None:
    with pytest.raises(LabelShapeMismatch, match=r"shape \(3,\), was of shape \(2,\)"):
        volatility_scaled(np.zeros(3), np.ones(2), 1)


@pytest.mark.parametrize("horizon", [0, -1, True, 1.5, math.nan, "1"])
def test_a_horizon_is_a_whole_number_of_bars(horizon: int) -> None:
    for use in (
        lambda: LabelSpec(horizon_bars=horizon),
        lambda: forward_return(np.ones(3), horizon),
        lambda: volatility_scaled(np.ones(3), np.ones(3), horizon),
    ):
        with pytest.raises(HorizonOutOfRange):
            use()


def test_a_label_is_frozen_and_named_by_its_horizon() -> None:
    spec = LabelSpec(horizon_bars=5)
    assert spec.digest == LabelSpec(horizon_bars=5).digest
    assert spec.digest != LabelSpec().digest == LabelSpec(horizon_bars=1).digest
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.horizon_bars = 2  # type: ignore[misc]
