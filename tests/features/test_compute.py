"""The batch backend as a whole."""

import numpy as np
import pytest

from bellwether import features as f
from bellwether.arrays import FloatArray
from bellwether.features import (
    CATALOGUES,
    WrongMatrix,
    compute,
    core15,
    ewma_volatility,
    find_catalogue,
)


@pytest.mark.parametrize("name", CATALOGUES)
def test_the_last_row_of_a_window_equals_the_history_bit_for_bit(
    name: str, matrix: FloatArray
) -> None:
    expressions = (*find_catalogue(name).expressions, ewma_volatility())
    n_bars = max(one.lookback_bars for one in expressions)
    history = compute(expressions, matrix)
    for end in range(n_bars, len(matrix), 37):
        window = compute(expressions, matrix[end - n_bars : end])
        assert window[-1].tobytes() == history[end - 1].tobytes()


@pytest.mark.parametrize("name", CATALOGUES)
def test_rows_before_the_lookback_are_nan(name: str, matrix: FloatArray) -> None:
    features = find_catalogue(name)
    values = compute(features, matrix)
    for place, expression in enumerate(features.expressions):
        first = expression.lookback_bars - 1
        assert np.isnan(values[:first, place]).all()
        assert np.isfinite(values[first:, place]).all()


def test_comparisons_with_bars_that_are_not_there_are_nan_too() -> None:
    values = compute([f.ref(f.close, 2) > 1], np.full((4, 5), 2.0))[:, 0]
    np.testing.assert_array_equal(values, [np.nan, np.nan, 1.0, 1.0])


@pytest.mark.parametrize("n_bars", [0, 1, 154])
def test_histories_shorter_than_the_lookback_have_rows_without_values(n_bars: int) -> None:
    values = compute(core15(), np.ones((n_bars, 5)))
    assert values.shape == (n_bars, 15)
    assert np.isnan(values[:, 8]).all()


def test_an_expression_asked_for_twice_is_given_twice(matrix: FloatArray) -> None:
    twice = compute([f.mean(f.close, 3), f.close, f.mean(f.close, 3)], matrix)
    np.testing.assert_array_equal(twice[:, 0], twice[:, 2])
    np.testing.assert_array_equal(twice[:, 1], matrix[:, 3])


def test_the_bars_are_left_as_they_were(matrix: FloatArray) -> None:
    bars = matrix.copy()
    compute(core15(), bars)
    np.testing.assert_array_equal(bars, matrix)


@pytest.mark.parametrize("shape", [(5,), (10, 4), (2, 10, 5)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(WrongMatrix, match="n_bars, 5"):
        compute([f.close], np.ones(shape))
