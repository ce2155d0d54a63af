"""Evidence of known truth for the tests of the gate."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.signal import lfilter

from bellwether.arrays import FloatArray, TimeArray
from bellwether.trials import TrialCount
from bellwether.validation import Evidence

EvidenceMaker = Callable[..., Evidence]
ReturnsChanger = Callable[..., Evidence]


@pytest.fixture(scope="session")
def make_evidence() -> EvidenceMaker:
    """Return a maker of sound evidence with planted skill; keywords replace its fields."""
    return sound_evidence


@pytest.fixture(scope="session")
def change_returns() -> ReturnsChanger:
    """Return a function that gives evidence other returns, with closes to match."""
    return with_returns


def sound_evidence(
    *, seed: int = 1, ic: float = 0.35, n_bars: int = 1260, n_symbols: int = 1, **changes: Any
) -> Evidence:
    """Return evidence that breaks no rule: forecasts AR(.9), returns t5 at 18 % a year."""
    random = np.random.default_rng(seed)
    shape = (n_bars, n_symbols)
    noise = random.standard_normal(shape) * np.sqrt(1.0 - 0.9**2)
    forecast = lfilter([1.0], [1.0, -0.9], noise, axis=0)
    shocks = random.standard_t(5, shape) * np.sqrt(3.0 / 5.0)
    scale = 0.18 / np.sqrt(252.0)
    returns = scale * (ic * forecast + np.sqrt(1.0 - ic**2) * shocks)
    close = 100.0 * np.cumprod(1.0 + returns, axis=0)
    begin = int(0.3 * n_bars)
    closed_at = weekdays(n_bars)
    evidence = Evidence(
        name="planted",
        pipeline="p" * 64,
        snapshot="s" * 64,
        closed_at=closed_at,
        close=close,
        returns=returns_of(close),
        forecast=forecast,
        direction=np.sign(forecast),
        rule_direction=np.where(np.arange(n_bars)[:, None] % 40 < 20, 1.0, -1.0) * np.ones(shape),
        target=np.concatenate([returns[1:], np.full((1, n_symbols), np.nan)]) / scale,
        out_of_sample_from=begin,
        warm_from=60,
        trials=TrialCount(n_pipelines=1, n_looks=1),
        fold_spans=((closed_at[begin - 2], closed_at[begin - 1]),),
        leaks_probed=True,
    )
    return replace(evidence, **changes)


def weekdays(n_bars: int) -> TimeArray:
    """Return closes at 21:00 UTC on weekdays from 2000-01-03 on."""
    days = np.busday_offset(np.datetime64("2000-01-03"), np.arange(n_bars))
    return np.asarray(days.astype("datetime64[us]") + np.timedelta64(21, "h"))


def returns_of(close: FloatArray) -> FloatArray:
    """Return close-to-close returns with NaN on the first bar."""
    first = np.full((1, *close.shape[1:]), np.nan)
    return np.concatenate([first, close[1:] / close[:-1] - 1.0])


def with_returns(evidence: Evidence, returns: FloatArray, **changes: Any) -> Evidence:
    """Return the evidence with other returns from its second bar on, closes to match."""
    moves = np.nan_to_num(returns, nan=0.0)
    close = np.asarray(100.0 * np.cumprod(1.0 + moves, axis=0), dtype=np.float64)
    return replace(evidence, close=close, returns=returns_of(close), **changes)
