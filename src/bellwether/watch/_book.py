"""The book of paper forecasts: how far each market has been asked, and what is still open."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np

from bellwether.service import Journal, JournalHead, JournalNote, NoteFilter, NoteKind
from bellwether.watch._checkpoints import Checkpoint, Checkpoints
from bellwether.watch._errors import UnreadableNote
from bellwether.watch._paper import paper_key

BOOK = "paper/book"
_PAGE = 1000
_KINDS = (NoteKind.PAPER, NoteKind.PAPER_OUTCOME)


class PaperMarket(NamedTuple):
    """What there is one paper forecast a bar of."""

    symbol: str
    interval: str
    horizon_bars: int

    def key(self, as_of: np.datetime64) -> str:
        """Return the key of its forecast on a bar."""
        return paper_key(self.symbol, self.interval, self.horizon_bars, as_of)


@dataclass(slots=True, kw_only=True)
class _Page:
    """What is known of one market; instants in microseconds since 1970."""

    asked: int
    waiting: dict[int, int] = field(default_factory=dict)


class PaperBook:
    """A fold over the notes of paper forecasts and their outcomes.

    Parameters
    ----------
    number : int, default 0
        Last record that went into it.

    Notes
    -----
    The same whatever notes were read at once: `read_book` goes on from a checkpoint, and the
    whole journal read anew comes to the same. Cost: 10 microseconds a note besides reading it.
    """

    __slots__ = ("_by_symbol", "_pages", "number")

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self._pages: dict[PaperMarket, _Page] = {}
        self._by_symbol: dict[str, list[PaperMarket]] = {}

    def last_asked(self, market: PaperMarket) -> np.datetime64 | None:
        """Return the last bar that a market has a forecast of, or None."""
        page = self._pages.get(market)
        return None if page is None else np.datetime64(page.asked, "us")

    def waiting(self) -> Iterator[tuple[PaperMarket, list[tuple[np.datetime64, np.datetime64]]]]:
        """Yield each market's open forecasts, by market: the bar, and when its horizon closes."""
        for market, page in sorted(self._pages.items()):
            if page.waiting:
                yield (
                    market,
                    [
                        (np.datetime64(as_of, "us"), np.datetime64(closes_at, "us"))
                        for as_of, closes_at in sorted(page.waiting.items())
                    ],
                )

    def horizons(self, symbol: str, interval: str) -> tuple[int, ...]:
        """Return the horizons that a symbol has forecasts of."""
        markets = self._by_symbol.get(symbol, ())
        return tuple(one.horizon_bars for one in markets if one.interval == interval)

    @property
    def n_waiting(self) -> int:
        """Forecasts that have no outcome yet."""
        return sum(len(page.waiting) for page in self._pages.values())

    def read(self, note: JournalNote) -> None:
        """Take the next note.

        Raises
        ------
        UnreadableNote
            If it is neither a paper forecast nor the outcome of one.
        """
        if note.symbol is None or note.as_of is None or note.kind not in _KINDS:
            raise UnreadableNote("a paper forecast or its outcome", note.kind, note.key)
        as_of = _micros(note.as_of)
        if note.kind is NoteKind.PAPER:
            self._open(note.symbol, as_of, note)
        else:
            self._close(note.symbol, as_of, note.key)
        self.number = max(self.number, note.number)

    def to_json(self) -> dict[str, Any]:
        """Return the book as JSON values."""
        return {
            "markets": [
                [*market, page.asked, sorted(page.waiting.items())]
                for market, page in sorted(self._pages.items())
            ]
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any], number: int) -> Self:
        """Return the book that `to_json` wrote."""
        book = cls(number)
        for symbol, interval, horizon_bars, asked, waiting in content["markets"]:
            market = PaperMarket(symbol, interval, horizon_bars)
            book._page(market, asked).waiting.update(map(tuple, waiting))
        return book

    def _page(self, market: PaperMarket, asked: int) -> _Page:
        page = self._pages.get(market)
        if page is None:
            page = self._pages[market] = _Page(asked=asked)
            self._by_symbol.setdefault(market.symbol, []).append(market)
        return page

    def _open(self, symbol: str, as_of: int, note: JournalNote) -> None:
        try:
            market = PaperMarket(symbol, note.data["interval"], note.data["horizon_bars"])
            closes_at = _micros(np.datetime64(note.data["closes_at"], "us"))
        except (KeyError, ValueError, TypeError) as error:
            raise UnreadableNote("a paper forecast", note.kind, note.key) from error
        page = self._page(market, as_of)
        page.asked = max(page.asked, as_of)
        page.waiting[as_of] = closes_at

    def _close(self, symbol: str, as_of: int, key: str) -> None:
        for market in self._by_symbol.get(symbol, ()):
            waiting = self._pages[market].waiting
            if as_of in waiting and market.key(np.datetime64(as_of, "us")) == key:
                del waiting[as_of]
                return


def read_book(journal: Journal, checkpoints: Checkpoints) -> PaperBook:
    """Return the book as the journal has it now.

    Parameters
    ----------
    journal : Journal
    checkpoints : Checkpoints
        Where it is gone on from; what it comes to is kept there by `keep_book`.

    Raises
    ------
    JournalUnavailable, RegistryUnavailable
        If the journal or the checkpoints cannot be read.
    UnreadableNote
        If a note is not what it is read as.
    """
    book = open_book(checkpoints)
    catch_up(book, journal)
    return book


def open_book(checkpoints: Checkpoints) -> PaperBook:
    """Return the book as it was kept last; an empty one where it cannot be read."""
    kept = checkpoints.load(BOOK)
    if kept is None:
        return PaperBook()
    try:
        return PaperBook.from_json(kept.content, kept.number)
    except (KeyError, TypeError, ValueError):
        return PaperBook()  # of another version: the journal knows it all


def catch_up(book: PaperBook, journal: Journal) -> None:
    """Read what was noted since."""
    cursor: int | None = book.number
    while cursor is not None:
        page = journal.notes(NoteFilter(kinds=_KINDS), cursor, _PAGE)
        for note in page.notes:
            book.read(note)
        cursor = page.cursor


def take_new(
    book: PaperBook, new: Sequence[JournalNote], before: JournalHead, journal: Journal
) -> None:
    """Take what was noted just now, and whatever others have noted beside it.

    Parameters
    ----------
    book : PaperBook
        Up to the end of the chain at least as it was `before`.
    new : sequence of JournalNote
        In the order of their recording.
    before : JournalHead
    journal : Journal
        Read where records of others stand between the new ones: they may be notes as well.
    """
    if all(note.number == before.number + place for place, note in enumerate(new, start=1)):
        for note in new:
            book.read(note)
    else:
        catch_up(book, journal)


def keep_book(book: PaperBook, checkpoints: Checkpoints) -> None:
    """Keep what the book has come to.

    Raises
    ------
    RegistryUnavailable
        If the checkpoints cannot be written.
    """
    checkpoints.save([Checkpoint(name=BOOK, number=book.number, content=book.to_json())])


def _micros(instant: np.datetime64) -> int:
    return int(instant.astype("datetime64[us]").astype(np.int64))
