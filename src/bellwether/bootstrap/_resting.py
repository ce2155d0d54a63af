"""What in a home rests on bars that were changed since."""

from collections.abc import Iterator, Sequence

from bellwether.bootstrap._home import Home
from bellwether.service import (
    EntryFilter,
    Journal,
    NoteFilter,
    NoteKind,
    OpenForecast,
    Resting,
    Snapshot,
    find_resting,
)
from bellwether.watch import PaperBook, PaperForecast, read_book

_PAGE = 1000


def find_resting_at_home(home: Home, latest: Sequence[Snapshot]) -> tuple[Resting, ...]:
    """Return the models, verdicts and open forecasts of a home that rest on changed bars.

    Parameters
    ----------
    home : Home
    latest : sequence of Snapshot
        The latest of each market whose bars were changed.

    Returns
    -------
    resting : tuple of Resting
        Of each market, whether or not anything rests on it.

    Raises
    ------
    RegistryUnavailable, JournalUnavailable, BarStoreUnavailable
        If one of them cannot be read.
    SnapshotDamaged
        If the latest bars cannot be read.
    """
    if not latest:
        return ()
    records, book = home.registry.records(), read_book(home.journal, home.checkpoints)
    found = []
    for one in latest:
        answers = _list_answers(home.journal, one.symbol, one.interval)
        papers = _list_papers(home.journal, book, one.symbol, one.interval)
        found.append(find_resting(one, home.bars, records, [*answers, *papers]))
    return tuple(found)


def _list_answers(journal: Journal, symbol: str, interval: str) -> Iterator[OpenForecast]:
    wanted = EntryFilter(symbol=symbol, interval=interval, settled=False)
    cursor = None
    while True:
        page = journal.entries(wanted, cursor, _PAGE)
        for entry in page.entries:
            if entry.as_of is not None:
                yield OpenForecast(
                    name=entry.prediction_id,
                    is_paper=False,
                    symbol=symbol,
                    interval=interval,
                    horizon_bars=entry.horizon_bars,
                    as_of=entry.as_of,
                    bars_digest=entry.bars_digest,
                )
        cursor = page.cursor
        if cursor is None:
            return


def _list_papers(
    journal: Journal, book: PaperBook, symbol: str, interval: str
) -> Iterator[OpenForecast]:
    for market, waiting in book.waiting():
        if (market.symbol, market.interval) != (symbol, interval):
            continue
        for as_of, _ in waiting:
            wanted = NoteFilter(kinds=(NoteKind.PAPER,), key=market.key(as_of))
            for note in journal.notes(wanted, limit=1).notes:
                forecast = PaperForecast.from_note(note)
                yield OpenForecast(
                    name=forecast.key,
                    is_paper=True,
                    symbol=symbol,
                    interval=interval,
                    horizon_bars=forecast.horizon_bars,
                    as_of=forecast.as_of,
                    bars_digest=forecast.bars_digest,
                )
