"""The bars of a market that are to be asked about, one case each."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, BarsImport, SessionCalendar
from bellwether.features import (
    LAST_VOLATILITY_BARS,
    FeatureEngine,
    ewma_volatility,
    last_volatilities,
)
from bellwether.registry import ModelRecord
from bellwether.service import FallbackReason, Fault, MarketCloses, digest_window, find_data_fault
from bellwether.watch._book import PaperMarket
from bellwether.watch._paper import PaperForecast, Voice

MOST_CAUGHT_UP = 260
"""Bars of a market that are caught up at most: a year of days."""

_VOLATILITIES = FeatureEngine([ewma_volatility()])
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unasked:
    """A market with bars that nobody was asked about yet.

    Parameters
    ----------
    market : PaperMarket
    records : tuple of ModelRecord
        Of the models that are to be heard.
    bars : Bars
        Those that have closed.
    calendar : SessionCalendar
    closes : MarketCloses
        Of the same bars.
    first : int
        Row of the first bar to be asked about.
    """

    market: PaperMarket
    records: tuple[ModelRecord, ...]
    bars: Bars
    calendar: SessionCalendar
    closes: MarketCloses
    first: int

    @classmethod
    def of(
        cls,
        market: PaperMarket,
        records: Sequence[ModelRecord],
        imported: BarsImport,
        closes: MarketCloses,
        asked: np.datetime64 | None,
    ) -> Self:
        """Return what is to be asked about a market.

        Parameters
        ----------
        market : PaperMarket
        records : sequence of ModelRecord
        imported : BarsImport
        closes : MarketCloses
            Of the same bars, as known now.
        asked : numpy.datetime64 or None
            The last bar that was asked about.
        """
        bars = imported.bars
        n_closed = int(bars.closed_at.searchsorted(closes.now, "right"))
        if n_closed < len(bars):
            bars = bars[:n_closed]
        return cls(
            market=market,
            records=tuple(records),
            bars=bars,
            calendar=imported.calendar,
            closes=closes,
            first=_first_row(bars, records, asked),
        )

    @property
    def n_bars(self) -> int:
        """Bars to be asked about."""
        return len(self.bars) - self.first


def find_cases(unasked: Sequence[Unasked]) -> Iterator[tuple[PaperMarket, Case | Fault]]:
    """Yield the bars that nobody was asked about yet, market by market, oldest first.

    Parameters
    ----------
    unasked : sequence of Unasked

    Yields
    ------
    market, case : PaperMarket, Case or Fault
        Why nobody may be asked about a bar, as the ladder would find at its close.
    """
    for one, volatility in zip(unasked, _find_volatilities(unasked), strict=True):
        of_horizon = volatility * math.sqrt(one.market.horizon_bars)
        for row, known in enumerate(of_horizon.tolist(), start=one.first):
            yield one.market, _make_case(one, row, known)


def _make_case(one: Unasked, row: int, volatility: float) -> Case | Fault:
    until = one.bars if row + 1 == len(one.bars) else one.bars[: row + 1]
    as_of = until.closed_at[-1]
    fault = find_data_fault(until, one.calendar, as_of)
    if fault is None and not volatility > 0.0:
        fault = Fault(reason=FallbackReason.INSUFFICIENT_DATA, detail=f"{len(until)} bars")
    return fault or Case(
        market=one.market,
        bars=until,
        closes_at=one.closes.find_close(as_of, one.market.horizon_bars),
        volatility=volatility,
        records=tuple(record for record in one.records if record.trained_at <= as_of),
    )


def _first_row(bars: Bars, records: Sequence[ModelRecord], asked: np.datetime64 | None) -> int:
    if asked is None:
        trained_at = min(one.trained_at for one in records)
        first = int(bars.closed_at.searchsorted(trained_at))
    else:
        first = int(bars.closed_at.searchsorted(asked, "right"))
    return max(first, len(bars) - MOST_CAUGHT_UP)


def _find_volatilities(unasked: Sequence[Unasked]) -> list[FloatArray]:
    """Return for each market the volatility of one bar's return, from the first bar to ask about.

    A row is a function of the bars it looks back on alone, bit for bit; so the last bars of many
    markets, which is what a day brings, are computed side by side.
    """
    found: list[FloatArray] = []
    lasts: list[int] = []
    for place, one in enumerate(unasked):
        if one.n_bars == 1 and len(one.bars) >= LAST_VOLATILITY_BARS:
            lasts.append(place)
            found.append(np.empty(0))
            continue
        start = max(one.first - LAST_VOLATILITY_BARS + 1, 0)
        values = _VOLATILITIES.compute(one.bars.matrix[start:])
        found.append(values[one.first - start :, 0])
    if lasts:
        closes = [unasked[place].bars.matrix[-LAST_VOLATILITY_BARS:, _CLOSE] for place in lasts]
        for place, known in zip(lasts, last_volatilities(np.stack(closes)), strict=True):
            found[place] = known[None]
    return found
