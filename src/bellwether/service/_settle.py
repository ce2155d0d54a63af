"""Settle: the use case that says what became of answers once their horizon has closed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bellwether.bars import Bars
from bellwether.clock import Clock
from bellwether.service._entries import EntryFilter, JournalEntry, Settlement, SettlementOutcome
from bellwether.service._facts import Direction
from bellwether.service._journal import Journal

_CLOSE = 3
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What settling one symbol came to.

    Parameters
    ----------
    settled : tuple of Settlement
        Those that were new.
    n_waiting : int
        Answers whose horizon has not closed yet.
    n_unmatched : int
        Answers whose last bar is not among the bars given: on another calendar, of another
        source, or from before the first.
    """

    settled: tuple[Settlement, ...]
    n_waiting: int
    n_unmatched: int


def settle(bars: Bars, journal: Journal, *, clock: Clock) -> Settling:
    """Record what became of every answer about a market whose horizon has closed.

    Parameters
    ----------
    bars : Bars
        The market's history; bars that have not closed by the clock are left out.
    journal : Journal
    clock : Clock

    Returns
    -------
    settling : Settling

    Raises
    ------
    JournalUnavailable
        If the journal cannot be read or written; what was settled until then stays.

    Notes
    -----
    Knows: bars closed by the clock's time. The horizon is counted in bars, from the bar that
    closed at the answer's `as_of`; the return is that of adjusted closes. Doing it again
    changes nothing: the first settlement of an answer stands, whatever later bars say.
    """
    now = clock.now()
    closed = bars[: int(np.searchsorted(bars.closed_at, now, side="right"))]
    settled: list[Settlement] = []
    n_waiting = n_unmatched = 0
    for page in _pending(bars, journal):
        ready = []
        for entry in page:
            row = _find_row(closed, entry.as_of)
            if row is None:
                n_unmatched += 1
            elif row + entry.horizon_bars >= len(closed):
                n_waiting += 1
            else:
                ready.append(_work_out(closed, row, entry, now))
        settled += journal.settle(ready)
    return Settling(settled=tuple(settled), n_waiting=n_waiting, n_unmatched=n_unmatched)


def _pending(bars: Bars, journal: Journal) -> Iterator[list[JournalEntry]]:
    wanted, cursor = EntryFilter(symbol=bars.symbol, settled=False), None
    while True:
        page = journal.entries(wanted, cursor, _PAGE)
        yield [entry for entry in page.entries if entry.interval == bars.interval]
        cursor = page.cursor
        if cursor is None:
            return


def _find_row(bars: Bars, as_of: np.datetime64 | None) -> int | None:
    row = int(np.searchsorted(bars.closed_at, as_of)) if as_of is not None else len(bars)
    return row if row < len(bars) and bars.closed_at[row] == as_of else None


def _work_out(bars: Bars, row: int, entry: JournalEntry, now: np.datetime64) -> Settlement:
    last = row + entry.horizon_bars
    close = bars.matrix[:, _CLOSE]
    realized = float(close[last] / close[row] - 1.0)
    return Settlement(
        prediction_id=entry.prediction_id,
        closes_at=bars.closed_at[last],
        realized_return=realized,
        outcome=_judge(entry.direction, realized),
        settled_at=now,
    )


def _judge(direction: Direction, realized: float) -> SettlementOutcome:
    gained = direction.sign * realized
    if gained == 0.0:
        return SettlementOutcome.NEITHER
    return SettlementOutcome.HIT if gained > 0.0 else SettlementOutcome.MISS
