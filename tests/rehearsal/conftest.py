"""Worlds that are rehearsed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bellwether.bars import BarsImport, SessionCalendar, assess, edge_world, noise_world

Make = Callable[..., BarsImport]


def make_history(symbol: str = "AAA", n_bars: int = 400, skill: float = 0.0) -> BarsImport:
    """Return the bars of a simulated market with its sessions, as a reader gives them."""
    seed = sum(map(ord, symbol))
    world = (
        edge_world(seed, n_bars, information_coefficient=skill, signal="reversal")
        if skill
        else noise_world(seed, n_bars)
    )
    bars = replace(world.bars, symbol=symbol)
    ahead = bars.closed_at[-1] + np.arange(1, 400) * np.timedelta64(1, "D")
    sessions = np.concatenate([bars.closed_at, ahead.astype("datetime64[us]")])
    calendar = SessionCalendar(name="simulated", closes_at=sessions)
    return BarsImport(
        bars=bars, quality=assess(bars, calendar), calendar=calendar, source_digest="0" * 64
    )


@pytest.fixture(scope="session")
def history() -> Make:
    """Return a maker of true bars: (symbol, n_bars, skill)."""
    return make_history
