import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.bars import noise_world
from bellwether.validation import PRICE_FORECASTS, draw_forecasts, forecast_from_prices

CLOSE = noise_world(1, 600).bars.close


@given(
    name=st.sampled_from(sorted(PRICE_FORECASTS)),
    row=st.integers(1, 599),
    factor=st.floats(0.5, 2.0),
    stretch=st.floats(0.25, 1.0),
)
def test_a_forecast_from_prices_knows_no_close_of_its_own_bar_or_later(
    name: str, row: int, factor: float, stretch: float
) -> None:
    changed = CLOSE.copy()
    changed[row:] *= factor
    before = forecast_from_prices(name, CLOSE, stretch)[: row + 1]
    after = forecast_from_prices(name, changed, stretch)[: row + 1]
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("name", PRICE_FORECASTS)
def test_every_forecast_from_prices_is_there_out_of_sample(name: str) -> None:
    assert np.isfinite(forecast_from_prices(name, CLOSE)[180:]).all()


def test_the_windows_are_as_named() -> None:
    close = np.linspace(100.0, 200.0, 2000)
    momentum = forecast_from_prices("momentum", close)
    assert momentum[500] == pytest.approx(np.log(close[499] / close[479]))
    contrarian = forecast_from_prices("contrarian", close)
    assert contrarian[500] == pytest.approx(np.log(close[494] / close[499]))
    gap = forecast_from_prices("gap to the mean", close)
    assert gap[500] == pytest.approx(close[499] / close[300:500].mean() - 1.0)
    against = forecast_from_prices("gap to the mean, against it", close)
    np.testing.assert_array_equal(against, -gap)
    assert forecast_from_prices("minus the price", close)[500] == pytest.approx(-np.log(close[499]))


def test_drawn_forecasts_have_unit_variance_memory_and_correlation() -> None:
    drawn = draw_forecasts(np.random.default_rng(1), 40_000, 3, correlation=0.5)
    np.testing.assert_allclose(drawn.std(axis=0), 1.0, atol=0.06)
    for column in drawn.T:
        assert np.corrcoef(column[1:], column[:-1])[0, 1] == pytest.approx(0.9, abs=0.01)
    assert np.asarray(np.corrcoef(drawn.T))[0, 1] == pytest.approx(0.5, abs=0.05)


def test_forecasts_drawn_alone_are_independent() -> None:
    drawn = draw_forecasts(np.random.default_rng(1), 40_000, 2)
    assert np.asarray(np.corrcoef(drawn.T))[0, 1] == pytest.approx(0.0, abs=0.05)
