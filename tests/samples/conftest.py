"""Samples made by hand: what splits see of a market is times, not prices."""

from collections.abc import Callable

import numpy as np
import pytest

from bellwether.arrays import TimeArray
from bellwether.labels import LabelSpec
from bellwether.samples import Samples

FIRST_DAY = np.datetime64("2020-01-01T21:00", "us")
SampleMaker = Callable[..., Samples]


@pytest.fixture(scope="session")
def days() -> Callable[[int], TimeArray]:
    """Return the first n closes of a market that never rests."""
    return lambda n: FIRST_DAY + np.arange(n) * np.timedelta64(1, "D")


@pytest.fixture(scope="session")
def make_samples(days: Callable[[int], TimeArray]) -> SampleMaker:
    """Return a maker of samples for symbols that trade on some days each.

    The one feature counts rows, so that a window can be read off.
    """

    def make(*trading_days: list[int] | range, horizon_bars: int = 1) -> Samples:
        label = LabelSpec(horizon_bars=horizon_bars)
        calendar = days(1 + max(max(trades) for trades in trading_days))
        spans = [label.spans(calendar[list(trades)]) for trades in trading_days]
        n_bars = [len(trades) for trades in trading_days]
        closes_at = np.concatenate([span.closes_at for span in spans])
        returns = np.where(np.isnat(closes_at), np.nan, 0.01)
        return Samples(
            features=np.arange(float(sum(n_bars)))[:, None],
            symbol=np.repeat(np.arange(len(n_bars)), n_bars),
            bar=np.concatenate([np.arange(n) for n in n_bars]),
            decided_at=np.concatenate([span.decided_at for span in spans]),
            closes_at=closes_at,
            forward_return=returns,
            target=returns / 0.01,
            volatility=np.full(sum(n_bars), 0.01),
            symbols=tuple(f"S{i}" for i in range(len(n_bars))),
            feature_names=("row",),
            horizon_bars=horizon_bars,
        )

    return make
