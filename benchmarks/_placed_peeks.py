"""One peek at one bar drawn at random, within columns of every kind of memory."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, noise_world
from bellwether.samples import detect_leaks

N_BARS = 1260


def _strength(returns: pd.Series) -> pd.Series:
    up = returns.clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean()
    down = (-returns).clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean()
    return 100 - 100 / (1 + up / down)


MEMORIES: dict[str, Callable[[pd.Series], pd.Series]] = {
    "none": lambda returns: returns,
    "sign": np.sign,
    "mean of 20": lambda returns: returns.rolling(20, min_periods=1).mean(),
    "mean of 60": lambda returns: returns.rolling(60, min_periods=1).mean(),
    "largest of 50": lambda returns: returns.rolling(50, min_periods=1).max(),
    "exponential, 30": lambda returns: returns.ewm(span=30).mean(),
    "exponential, 250": lambda returns: returns.ewm(span=250).mean(),
    "relative strength": _strength,
    "volatility": lambda returns: (returns**2).ewm(alpha=0.06).mean() ** 0.5,
    "sum of all": lambda returns: returns.cumsum(),
    "score by all before": lambda returns: (
        (returns - returns.expanding(20).mean()) / returns.expanding(20).std()
    ),
}


def look_at_placed(seed: int) -> tuple[str, int, bool, bool]:
    """Plant one peek and return the memory, bars ahead, whether it shows, and was found.

    A peek may change no value at its own bar, as where a largest return is larger still: it is
    told from one that was overlooked by comparing with the honest column.
    """
    rng = np.random.default_rng(seed)
    memory = list(MEMORIES)[seed % len(MEMORIES)]
    row = int(rng.integers(25, N_BARS - 25))
    ahead = 1 if rng.uniform() < 0.6 else int(rng.integers(2, 21))

    def compute(bars: Bars, *, honest: bool = False) -> FloatArray:
        returns = np.diff(np.log(bars.close), prepend=np.log(bars.close[0]))
        if not honest and len(bars) > row + ahead:
            returns[row] = returns[row + ahead]
        return np.asarray(MEMORIES[memory](pd.Series(returns)), dtype=np.float64)

    bars = noise_world(seed, N_BARS).bars
    shows = not np.array_equal(
        compute(bars)[: row + ahead], compute(bars, honest=True)[: row + ahead], equal_nan=True
    )
    return memory, ahead, shows, bool(detect_leaks(compute, bars).leaks)
