"""Settle: the use case that says what became of answers once their horizon has closed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bellwether.bars import Bars, SessionCalendar
from bellwether.clock import Clock
from bellwether.service._entries import EntryFilter, JournalEntry, Settlement, SettlementOutcome
from bellwether.service._horizons import HorizonEnd, MarketCloses
from bellwether.service._journal import Journal

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedSettlement:
    """An answer whose return would be another by the bars of today; its settlement stands.

    Parameters
    ----------
    prediction_id : str
    settled_return, return_now : float
    """

    prediction_id: str
    settled_return: float
    return_now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """What settling one symbol came to.

    Parameters
    ----------
    settled : tuple of Settlement
        Those that were new.
    n_waiting : int
        Answers whose horizon has not closed yet, or whose last bar is not there yet.
    n_unmatched : int
        Answers whose own bar is not among the bars given: on another calendar, of another
        source, or from before the first.
    n_late : int, default 0
        Of those that wait, how many have done so for 3 sessions or more.
    revised : tuple of RevisedSettlement, default ()
        Of the newest 500 settled before.
    """

    settled: tuple[Settlement, ...]
    n_waiting: int
    n_unmatched: int
    n_late: int = 0
    revised: tuple[RevisedSettlement, ...] = ()


def settle(
    bars: Bars, journal: Journal, *, clock: Clock, calendar: SessionCalendar | None = None
) -> Settling:
    """Record what became of every answer about a market whose horizon has closed.

    Parameters
    ----------
    bars : Bars
        The market's history; bars that have not closed by the clock are left out.
    journal : Journal
    clock : Clock
    calendar : SessionCalendar, optional
        Sessions of the market. Without it bars are counted, and one that is missing moves the
        end of the horizon to the next.

    Returns
    -------
    settling : Settling

    Raises
    ------
    JournalUnavailable
        If the journal cannot be read or written; what was settled until then stays.

    Notes
    -----
    Knows: bars closed by the clock's time. The horizon ends with the session so many sessions after
    that of the answer's last bar (bars shorter than a day are counted, but on markets that never
    close), as far as training counts without a gap; the return is that of adjusted closes. Where
    the last bar is missing, or of another unit, the answer waits, and is void once later bars are
    there and 5 sessions are over. Doing it again changes nothing: the first settlement of an answer
    stands, whatever later bars say; where they say something else it is told.
    """
    now = clock.now()
    closes = MarketCloses.of(bars, calendar, now)
    revised = _find_revised(bars, journal, closes)
    settled: list[Settlement] = []
    n_waiting = n_unmatched = n_late = 0
    for page in _pending(bars, journal):
        ready = []
        for entry in page:
            # Those that wait have a bar they were given on.
            end = closes.find_end(entry.as_of, entry.horizon_bars)  # type: ignore[arg-type]
            done = _work_out(closes, end, entry, now)
            if done is not None:
                ready.append(done)
            elif end.start is None:
                n_unmatched += 1
            else:
                n_waiting += 1
                n_late += end.is_late
        settled += journal.settle(ready)
    return Settling(
        settled=tuple(settled),
        n_waiting=n_waiting,
        n_unmatched=n_unmatched,
        n_late=n_late,
        revised=revised,
    )


def _pending(bars: Bars, journal: Journal) -> Iterator[list[JournalEntry]]:
    wanted, cursor = EntryFilter(symbol=bars.symbol, settled=False), None
    while True:
        page = journal.entries(wanted, cursor, _PAGE)
        yield _of_interval(page.entries, bars.interval)
        cursor = page.cursor
        if cursor is None:
            return


def _of_interval(entries: Sequence[JournalEntry], interval: str) -> list[JournalEntry]:
    return [entry for entry in entries if entry.interval == interval]


def _find_revised(
    bars: Bars, journal: Journal, closes: MarketCloses
) -> tuple[RevisedSettlement, ...]:
    wanted = EntryFilter(symbol=bars.symbol, settled=True, newest_first=True)
    page = _of_interval(journal.entries(wanted, None, _PAGE).entries, bars.interval)
    known = [
        (entry.prediction_id, entry.as_of, done.closes_at, done.realized_return)
        for entry in reversed(page)
        if (done := entry.settlement) is not None
        and done.realized_return is not None
        and entry.as_of is not None
    ]
    if not known:
        return ()
    ids, as_of, closes_at, returns = zip(*known, strict=True)
    returned = closes.find_all_revised(
        np.array(as_of, "datetime64[us]"), np.array(closes_at, "datetime64[us]"), np.array(returns)
    )
    return tuple(
        RevisedSettlement(prediction_id=ids[row], settled_return=returns[row], return_now=now)
        for row, now in returned.items()
    )


def _work_out(
    closes: MarketCloses, end: HorizonEnd, entry: JournalEntry, now: np.datetime64
) -> Settlement | None:
    """Return what became of an answer; None where that is not known yet."""
    realized = None
    if end.start is not None and end.row is not None:
        realized = closes.realized(end.start, end.row)
    elif not end.is_lost:
        return None
    return Settlement(
        prediction_id=entry.prediction_id,
        closes_at=end.closes_at if end.row is None else closes.closed_at[end.row],
        realized_return=realized,
        outcome=SettlementOutcome.judge(entry.direction, realized),
        settled_at=now,
    )
