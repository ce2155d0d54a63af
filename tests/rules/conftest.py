"""Markets for the rules: a real one, and shapes that no market has."""

from pathlib import Path

import numpy as np
import pytest

from bellwether.arrays import FloatArray


@pytest.fixture(scope="session")
def real_market(market_data: Path) -> FloatArray:
    """Return twelve years of a real fund's daily bars, 2005 to 2017."""
    path = market_data / "us_daily_cc0" / "ETFs" / "eem.us.txt"
    bars: FloatArray = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(1, 2, 3, 4, 5))
    return bars
