"""The volatility of last bars by numpy alone: the bits of the engine's."""

import subprocess
import sys

import numpy as np
import pytest

from bellwether.bars import noise_world
from bellwether.features import (
    LAST_VOLATILITY_BARS,
    FeatureEngine,
    ewma_volatility,
    last_volatilities,
)


@pytest.mark.parametrize("n_markets", [1, 2, 7, 64])
def test_the_last_volatilities_are_those_of_the_engine_bit_for_bit(n_markets: int) -> None:
    worlds = [noise_world(seed, LAST_VOLATILITY_BARS + 3) for seed in range(n_markets)]
    windows = np.stack([world.bars.matrix for world in worlds])
    expected = FeatureEngine([ewma_volatility()]).last(windows)[:, 0]
    assert last_volatilities(windows[:, :, 3]).tobytes() == expected.tobytes()


def test_prices_that_stand_still_overflow_or_are_missing_give_what_the_engine_gives() -> None:
    closes = np.full((5, LAST_VOLATILITY_BARS), 7.0)
    closes[1, 60] = 1e308
    closes[2, 60:62] = np.inf
    closes[3, -2] = np.nan
    closes[4, ::2] = 5e-324
    windows = np.repeat(closes[:, :, None], 5, axis=2)
    expected = FeatureEngine([ewma_volatility()]).last(windows)[:, 0]
    np.testing.assert_array_equal(last_volatilities(closes), expected)


def test_no_library_of_the_engine_is_loaded_for_it() -> None:
    wanted = (
        "import sys, numpy as np; from bellwether.features import last_volatilities as v;"
        "v(np.ones((2, 145))); assert not {'numba', 'scipy'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", wanted], check=True, timeout=60)
