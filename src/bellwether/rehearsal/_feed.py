"""A feed: one symbol's bars as they were known on each day, with what went wrong on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bellwether.arrays import FloatArray, TimeArray
from bellwether.bars import (
    COLUMNS,
    Bars,
    BarsImport,
    QualityReport,
    SessionCalendar,
    grade_bars,
)
from bellwether.hashing import digest_json
from bellwether.rehearsal._faults import Fault, FaultKind

_PRICES = COLUMNS[:4]
_UNIT_FACTOR = 100.0
_REVISED_FACTOR = 1.01
_REVISED_BARS_AGO = 10
# What a grade looks at; a report over the whole history every day would tell nothing new.
_QUALITY_BARS = 504


@dataclass(slots=True, kw_only=True, eq=False)
class Feed:
    """Gives out one symbol's bars day by day.

    Parameters
    ----------
    history : BarsImport
        The true bars, of all days.
    sessions : datetime64[us] array of shape (n_sessions,)
        When each day of the rehearsal is lived through, UTC.
    faults : sequence of Fault
        Those that meet this symbol.

    Notes
    -----
    Knows: bars closed by the day asked for. Adjustments are those known that day: of a factor
    that is known at the end of the history only, its ratio to that of the last bar is taken.
    """

    history: BarsImport
    sessions: TimeArray
    faults: Sequence[Fault]
    _known: Bars = field(init=False)
    _factor: float = field(init=False, default=1.0)

    def __post_init__(self) -> None:
        self._known = self.history.bars

    @property
    def symbol(self) -> str:
        """Name of the market."""
        return self.history.bars.symbol

    def read(self, session: int) -> BarsImport | None:
        """Return what the source holds on a day; None where nothing came.

        Parameters
        ----------
        session : int
            Day of the rehearsal, counted from 0; days are asked for in their order.
        """
        now = self.sessions[session]
        active = [one for one in self.faults if one.is_on(session)]
        self._take_over([one for one in active if one.session == session])
        n_known = int(np.searchsorted(self._known.closed_at, now, side="right"))
        if not n_known or any(one.kind is FaultKind.LATE_BARS for one in active):
            return None
        self._adjust(n_known)
        bars = self._known[:n_known]
        for fault in active:
            bars = self._disturb(bars, fault)
        return self._report(bars, now)

    def _take_over(self, begun: Sequence[Fault]) -> None:
        """Change the history for good where a fault is never mended."""
        for fault in begun:
            row = self._find_row(self._known, fault)
            if fault.kind is FaultKind.MISSING_DAY and row > 0:
                self._known = _without(self._known, row)
            elif fault.kind is FaultKind.REVISED_BARS and row >= _REVISED_BARS_AGO:
                self._known = _scaled_close(self._known, row - _REVISED_BARS_AGO)

    def _find_row(self, bars: Bars, fault: Fault) -> int:
        """Return the last bar that was known when a fault began."""
        began_at = self.sessions[fault.session]
        return int(np.searchsorted(bars.closed_at, began_at, side="right")) - 1

    def _adjust(self, n_known: int) -> None:
        factor = float(self._known.adjustment[n_known - 1])
        if factor != 1.0:
            columns = _columns(self._known)
            self._known = _made(
                self._known, {**columns, "adjustment": columns["adjustment"] / factor}
            )

    def _disturb(self, bars: Bars, fault: Fault) -> Bars:
        first = max(self._find_row(bars, fault), 1)
        if fault.kind is FaultKind.FROZEN_FEED:
            return _repeated(bars, first)
        if fault.kind is FaultKind.SCALE_JUMP:
            return _in_another_unit(bars, first)
        return bars

    def _report(self, bars: Bars, now: np.datetime64) -> BarsImport:
        calendar = self.history.calendar
        return BarsImport(
            bars=bars,
            quality=_assess(bars, calendar, now),
            calendar=calendar,
            source_digest=digest_json([self.history.source_digest, len(bars), str(now)]),
        )


def _assess(bars: Bars, calendar: SessionCalendar, now: np.datetime64) -> QualityReport:
    recent = bars[-_QUALITY_BARS:]
    missing = calendar.find_missing(recent)
    return QualityReport(
        symbol=bars.symbol,
        interval=bars.interval,
        calendar=calendar.name,
        n_read=len(bars),
        n_kept=len(bars),
        refusals=(),
        missing=missing,
        findings=(),
        grade=grade_bars(recent, calendar, missing),
        freshness=calendar.freshness(bars.closed_at[-1], now),
        market_coverage={},
    )


def _columns(bars: Bars) -> dict[str, FloatArray]:
    return {name: np.array(getattr(bars, name)) for name in (*COLUMNS, "adjustment")}


def _made(
    bars: Bars, columns: Mapping[str, FloatArray], closed_at: TimeArray | None = None
) -> Bars:
    return Bars(
        symbol=bars.symbol,
        interval=bars.interval,
        closed_at=bars.closed_at if closed_at is None else closed_at,
        **columns,
    )


def _without(bars: Bars, row: int) -> Bars:
    columns = {name: np.delete(column, row) for name, column in _columns(bars).items()}
    return _made(bars, columns, np.delete(bars.closed_at, row))


def _scaled_close(bars: Bars, row: int) -> Bars:
    columns = _columns(bars)
    columns["close"][row] *= _REVISED_FACTOR
    columns["high"][row] = max(columns["high"][row], columns["close"][row])
    return _made(bars, columns)


def _repeated(bars: Bars, first: int) -> Bars:
    columns = _columns(bars)
    for column in columns.values():
        column[first:] = column[first - 1]
    return _made(bars, columns)


def _in_another_unit(bars: Bars, first: int) -> Bars:
    columns = _columns(bars)
    for name in _PRICES:
        columns[name][first:] *= _UNIT_FACTOR
    return _made(bars, columns)
