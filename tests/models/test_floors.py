"""The floors as forecasts from returns alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.models import FLOORS


@pytest.mark.parametrize("name", FLOORS)
@given(seed=st.integers(0, 1000), cut=st.integers(1, 59))
def test_no_floor_changes_when_the_future_does(name: str, seed: int, cut: int) -> None:
    returns = 0.01 * np.random.default_rng(seed).standard_normal(60)
    other = returns.copy()
    other[cut:] = 0.5

    forecast, changed = FLOORS[name](returns), FLOORS[name](other)

    np.testing.assert_array_equal(forecast[:cut], changed[:cut])


@pytest.mark.parametrize("name", FLOORS)
@pytest.mark.parametrize("n_bars", [1, 5, 6, 40])
def test_every_floor_is_finite_on_flat_unknown_and_short_histories(name: str, n_bars: int) -> None:
    for returns in (np.zeros(n_bars), np.full(n_bars, np.nan)):
        forecast = FLOORS[name](returns)
        assert forecast.shape == (n_bars,)
        assert np.isfinite(forecast).all()


def test_floors_say_what_their_names_say() -> None:
    returns = np.array([np.nan, 0.02, -0.04, 0.0])

    assert FLOORS["always_up"](returns).tolist() == [1.0, 1.0, 1.0, 1.0]
    assert FLOORS["last_sign"](returns).tolist() == [0.0, 1.0, -1.0, 0.0]
    assert FLOORS["last_value"](returns).tolist() == [0.0, 0.02, -0.04, 0.0]
    np.testing.assert_allclose(FLOORS["past_mean"](returns), [0.0, 0.01, -0.02 / 3, -0.005])


def test_autoregression_equals_a_refit_at_every_bar() -> None:
    returns = 0.01 * np.random.default_rng(4).standard_normal(80)

    slow = np.zeros(80)
    for bar in range(5, 80):
        pairs = [(returns[at - 5 : at], returns[at]) for at in range(5, bar + 1)]
        design, target = (np.array(side) for side in zip(*pairs, strict=True))
        penalty = 5 * (1 / 0.1**2 - 1) * np.mean(returns[: bar + 1] ** 2)
        solved = np.linalg.solve(design.T @ design + penalty * np.eye(5), design.T @ target)
        slow[bar] = solved @ returns[bar - 4 : bar + 1]

    np.testing.assert_allclose(FLOORS["autoregression"](returns), slow, atol=1e-15)
