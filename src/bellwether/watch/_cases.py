"""The bars of a market that are to be asked about, one case each."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, BarsImport
from bellwether.features import compute, ewma_volatility
from bellwether.registry import ModelRecord
from bellwether.service import FallbackReason, Fault, MarketCloses, digest_window, find_data_fault
from bellwether.watch._book import PaperMarket
from bellwether.watch._paper import PaperForecast, Voice

MOST_CAUGHT_UP = 260
"""Bars of a market that are caught up at most: a year of days."""

_VOLATILITY = ewma_volatility()
_CLOSE = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A bar that is asked about.

    Parameters
    ----------
    market : PaperMarket
    bars : Bars
        Up to that bar.
    closes_at : numpy.datetime64
        Close of the horizon's last bar by the calendar, UTC.
    volatility : float
        Of the return over the horizon, as known then.
    records : tuple of ModelRecord
        The models that may be heard: those that were not trained on what came after.
    """

    market: PaperMarket
    bars: Bars
    closes_at: np.datetime64
    volatility: float
    records: tuple[ModelRecord, ...]

    def write(self, voices: Sequence[Voice]) -> PaperForecast:
        """Return the forecast that some voices make."""
        return PaperForecast(
            symbol=self.market.symbol,
            interval=self.market.interval,
            horizon_bars=self.market.horizon_bars,
            as_of=self.bars.closed_at[-1],
            closes_at=self.closes_at,
            price=float(self.bars.matrix[-1, _CLOSE]),
            volatility=self.volatility,
            bars_digest=digest_window(self.bars),
            voices=tuple(voices),
        )


def find_cases(
    market: PaperMarket,
    records: Sequence[ModelRecord],
    imported: BarsImport,
    closes: MarketCloses,
    asked: np.datetime64 | None,
) -> Iterator[Case | Fault]:
    """Yield the bars of a market that have not been asked about, oldest first.

    Parameters
    ----------
    market : PaperMarket
    records : sequence of ModelRecord
    imported : BarsImport
    closes : MarketCloses
        Of the same bars, as known now.
    asked : numpy.datetime64 or None
        The last bar that was asked about.

    Yields
    ------
    case : Case or Fault
        Why nobody may be asked about a bar, as the ladder would find at its close.
    """
    bars = imported.bars[: int(np.searchsorted(imported.bars.closed_at, closes.now, "right"))]
    first = _first_row(bars, records, asked)
    volatility = _find_volatility(bars, first) * math.sqrt(market.horizon_bars)
    for row in range(first, len(bars)):
        until, as_of = bars[: row + 1], bars.closed_at[row]
        fault = find_data_fault(until, imported.calendar, as_of)
        if fault is None and not volatility[row - first] > 0.0:
            detail = f"{len(until)} bars"
            fault = Fault(reason=FallbackReason.INSUFFICIENT_DATA, detail=detail)
        yield fault or Case(
            market=market,
            bars=until,
            closes_at=closes.find_close(as_of, market.horizon_bars),
            volatility=float(volatility[row - first]),
            records=tuple(one for one in records if one.trained_at <= as_of),
        )


def _first_row(bars: Bars, records: Sequence[ModelRecord], asked: np.datetime64 | None) -> int:
    if asked is None:
        trained_at = min(one.trained_at for one in records)
        first = int(np.searchsorted(bars.closed_at, trained_at))
    else:
        first = int(np.searchsorted(bars.closed_at, asked, side="right"))
    return max(first, len(bars) - MOST_CAUGHT_UP)


def _find_volatility(bars: Bars, first: int) -> FloatArray:
    """Return the volatility of one bar's return, as known at each bar from the first on."""
    start = max(first - _VOLATILITY.lookback_bars + 1, 0)
    return compute([_VOLATILITY], bars.matrix[start:])[first - start :, 0]
