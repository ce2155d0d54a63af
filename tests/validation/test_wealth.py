"""Betting against 'no skill': the same in one go as bar by bar, and never rich by luck."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bellwether.arrays import FloatArray
from bellwether.validation import UnreadableVerdict, Wealth

STAKES = np.array([0.02, 0.04, 0.07, 0.11, 0.16, 0.22])
SCORES = st.floats(-9.0, 9.0)


def products_of(forecasts: FloatArray, scores: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ti,tj->tij", forecasts, scores).reshape(len(forecasts), 4))


@given(forecasts=arrays(float, (17, 2), elements=SCORES), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_batch_and_bar_by_bar_are_the_same_to_the_last_bit(
    forecasts: FloatArray, seed: int
) -> None:
    scores = np.random.default_rng(seed).standard_normal((17, 2))
    scores[3] = np.nan
    products = products_of(forecasts, scores)
    wealth, values = Wealth.start(), []
    for forecast, score in zip(forecasts.tolist(), scores.tolist(), strict=True):
        wealth = wealth.step((forecast[0], forecast[1]), (score[0], score[1]))
        values.append(wealth.value)
    assert wealth == Wealth.start().bet(products)
    np.testing.assert_array_equal(values, Wealth.start().values_over(products))


@given(cut=st.integers(0, 40))
@settings(max_examples=20, deadline=None)
def test_a_wealth_that_was_stored_goes_on_as_if_it_had_not_been(cut: int) -> None:
    products = np.random.default_rng(4).standard_normal((40, 4))
    half = Wealth.start().bet(products[:cut])
    stored = Wealth.from_json(json.loads(json.dumps(half.to_json())))
    assert stored == half
    assert stored.bet(products[cut:]) == Wealth.start().bet(products)
    assert half.n_bars == cut


def test_value_is_that_of_the_definition() -> None:
    products = np.random.default_rng(5).standard_normal((300, 4)) + 0.2
    payoffs = np.clip(products / 1.1, -4.0, 4.0)
    of_each = np.prod(1.0 + payoffs[:, :, None] * STAKES, axis=0).mean(axis=1)
    assert Wealth.start().bet(products).value == pytest.approx(of_each.min())


def test_one_payoff_ruins_nobody() -> None:
    assert Wealth.start().step((3.0, 3.0), (-1e9, -1e9)).value > 0.0


def test_a_bar_without_numbers_is_not_bet_on() -> None:
    wealth = Wealth.start().step((float("nan"), 1.0), (float("nan"), float("nan")))
    assert (wealth.value, wealth.n_bars) == (1.0, 1)


def test_noise_that_is_looked_at_every_bar_seldom_makes_a_hundredfold() -> None:
    random = np.random.default_rng(6)
    n_rich = 0
    for _ in range(400):
        scores = np.repeat(random.standard_normal((1260, 2)), 2, axis=1)
        n_rich += bool(Wealth.start().values_over(scores).max() >= 100.0)
    assert n_rich <= 8


def test_a_wealth_that_cannot_be_read_is_named() -> None:
    with pytest.raises(UnreadableVerdict, match="Wealth"):
        Wealth.from_json({"n_bars": 3})
