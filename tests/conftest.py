"""Fixtures that every package's tests share."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bellwether.bars import Bars

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def market_data() -> Path:
    """Return the folder of real market data, or skip where there is none."""
    folder = (REPOSITORY / os.environ.get("BELLWETHER_MARKET_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no market data at {folder}; name the folder in BELLWETHER_MARKET_DATA")
    return folder


@pytest.fixture(scope="session")
def make_bars() -> Callable[[int, int], Bars]:
    """Return a maker of random valid bars: (n_bars, seed) -> Bars."""
    return random_bars


def random_bars(n_bars: int, seed: int) -> Bars:
    """Return weekday bars with gaps between sessions and volumes; no truth planted."""
    generator = np.random.default_rng(seed)
    opened, closed = (
        100.0
        * np.exp(
            np.cumsum(0.01 * generator.standard_normal((n_bars, 2)).ravel()).reshape(n_bars, 2)
        ).T
    )
    above, below = 1.0 + 0.01 * generator.random((2, n_bars))
    days = np.busday_offset(np.datetime64("2010-01-04"), np.arange(n_bars))
    return Bars(
        symbol=f"RANDOM-{seed}",
        closed_at=np.add(days.astype("datetime64[us]"), np.timedelta64(21, "h")),
        open=opened,
        high=np.maximum(opened, closed) * above,
        low=np.minimum(opened, closed) / below,
        close=closed,
        volume=np.rint(generator.lognormal(13.0, 0.5, n_bars)),
    )
