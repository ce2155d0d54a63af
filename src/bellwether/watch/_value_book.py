"""The value-added account over time: what each watched model added over the rules, bar by bar.

The state of a watch holds what its account has come to. How it came there is folded here from the
same notes in the same batches, so that the last point of a curve is that account.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bellwether.monitor import Account, AccountState, SettledBet, Tally, instant_text
from bellwether.service import Journal, JournalNote, NoteFilter, NoteKind
from bellwether.watch._accounting import settled_bet
from bellwether.watch._options import WatchOptions
from bellwether.watch._paper import RULES, PaperForecast, PaperOutcome
from bellwether.watch._watch_notes import BatchClose, Begin, read_watch_note

MOST_POINTS = 500
_PAGE = 1000
_PAPERS = (NoteKind.PAPER, NoteKind.PAPER_OUTCOME)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuePoint:
    """What a source had come to when a bar was settled.

    Parameters
    ----------
    at : str
        Close of the latest bar that was settled by then, ISO 8601, UTC.
    tally : Tally
    """

    at: str
    tally: Tally


@dataclass(slots=True)
class ValueCurve:
    """Points of a curve, thinned so that at most 500 are kept, with the latest among them."""

    points: list[ValuePoint] = field(default_factory=list)
    last: ValuePoint | None = None
    _every: int = 1

    def add(self, at: str, tally: Tally) -> None:
        """Take what a source has come to with one more bar."""
        # A bar that came late belongs to the time at which it was known.
        at = at if self.last is None else max(at, self.last.at)
        self.last = ValuePoint(at=at, tally=tally)
        if tally.n_bars % self._every:
            return
        if self.points and self.points[-1].at == at:
            self.points.pop()
        self.points.append(self.last)
        if len(self.points) >= MOST_POINTS:
            self._every *= 2
            self.points = self.points[1::2]

    def thin(self, n_points: int) -> tuple[ValuePoint, ...]:
        """Return at most so many of the points, evenly, with the last."""
        if self.last is None:
            return ()
        earlier = [one for one in self.points if one.at < self.last.at]
        every = -(-len(earlier) // max(n_points - 1, 1)) or 1
        return (*earlier[::-every][::-1], self.last)


@dataclass(slots=True, kw_only=True)
class ValueTrack:
    """The account of one model: of all its symbols together with its members, and of each.

    Parameters
    ----------
    model_id : str
    horizon_bars : int
    """

    model_id: str
    horizon_bars: int
    cost_bps: float = 0.0
    state: AccountState = field(default_factory=AccountState)
    by_symbol: dict[str, AccountState] = field(default_factory=dict)
    spans: dict[str | None, tuple[str, str]] = field(default_factory=dict)
    curves: dict[str | None, ValueCurve] = field(default_factory=dict)

    @property
    def account(self) -> Account:
        """Who reads the states."""
        return Account(horizon_bars=self.horizon_bars, cost_bps=self.cost_bps)

    def step(self, as_of: str, bets: Sequence[SettledBet]) -> None:
        """Take what was settled of one bar, one bet a symbol."""
        account = self.account
        self.state = account.step(self.state, bets)
        self._span(None, as_of)
        for bet in bets:
            before = self.by_symbol.get(bet.symbol, AccountState())
            # Of members by symbol there are too many to be kept before anybody asks.
            self.by_symbol[bet.symbol] = account.step(before, [replace(bet, members={})])
            self._span(bet.symbol, as_of)
        for member, tally in ((None, self.state.model), *self.state.members.items()):
            self.curves.setdefault(member, ValueCurve()).add(as_of, tally)

    def _span(self, symbol: str | None, as_of: str) -> None:
        first, last = self.spans.get(symbol, (as_of, as_of))
        self.spans[symbol] = (min(first, as_of), max(last, as_of))


class ValueBook:
    """The accounts of every watched model and how they came to be: a fold over the journal.

    Parameters
    ----------
    journal : Journal
    symbol : str, optional
        Whose forecasts alone are folded, as if there were no others.

    Attributes
    ----------
    symbol : str or None
    tracks : dict of str to ValueTrack
        By model, in the order of their beginning.

    Notes
    -----
    Cost: about 0.3 ms a forecast of ten symbols by two ensembles of seven, the first time;
    afterwards what is new. Of one symbol only its own notes are read.
    """

    def __init__(self, journal: Journal, symbol: str | None = None) -> None:
        self._journal = journal
        self.symbol = symbol
        self._position = 0
        self._until = 0
        self._options = WatchOptions()
        self._open: dict[str, PaperForecast] = {}
        self._pending: list[tuple[int, PaperOutcome]] = []
        self.tracks: dict[str, ValueTrack] = {}

    def read(self) -> Mapping[str, ValueTrack]:
        """Take every note that is new, and return the accounts.

        Raises
        ------
        JournalUnavailable
            If the journal cannot be read.
        UnreadableNote
            If a note is none.
        """
        for note in self._new_notes():
            self._take(note)
            self._position = note.number
        return self.tracks

    def _new_notes(self) -> Iterator[JournalNote]:
        """Yield what is new, in the order of the journal."""
        # Kinds are read beside each other: what is written meanwhile is left for the next time.
        last = self._journal.head().number
        papers = NoteFilter(kinds=_PAPERS, symbol=self.symbol)
        parts = (papers, NoteFilter(kinds=(NoteKind.WATCH,)))
        every = heapq.merge(*map(self._pages, parts), key=lambda note: note.number)
        for note in every:
            if note.number > last:
                return
            yield note

    def _pages(self, wanted: NoteFilter) -> Iterator[JournalNote]:
        cursor: int | None = self._position
        while cursor is not None:
            page = self._journal.notes(wanted, cursor, _PAGE)
            yield from page.notes
            cursor = page.cursor

    def _take(self, note: JournalNote) -> None:
        if note.kind is NoteKind.WATCH:
            self._take_watching(note)
        elif note.kind is NoteKind.PAPER:
            self._open[note.key] = PaperForecast.from_note(note)
        else:
            self._pending.append((note.number, PaperOutcome.from_note(note)))

    def _take_watching(self, note: JournalNote) -> None:
        fact = read_watch_note(note)
        if isinstance(fact, Begin):
            track = ValueTrack(model_id=fact.model_id, horizon_bars=fact.horizon_bars)
            self.tracks.setdefault(fact.model_id, track)
        elif isinstance(fact, BatchClose) and fact.until > self._until:
            self._close(fact)

    def _close(self, close: BatchClose) -> None:
        self._until, self._options = close.until, close.options
        batch = [outcome for number, outcome in self._pending if number <= close.until]
        self._pending = [one for one in self._pending if one[0] > close.until]
        bars: dict[tuple[str, str], list[SettledBet]] = {}
        for outcome in batch:
            forecast = self._open.pop(outcome.key, None)
            for voice in () if forecast is None else forecast.voices:
                if forecast is None or voice.who == RULES or voice.who not in self.tracks:
                    continue
                bet = settled_bet(forecast, outcome, voice.who)
                if bet is not None:
                    bars.setdefault((instant_text(outcome.as_of), voice.who), []).append(bet)
        for (as_of, model_id), bets in sorted(bars.items(), key=lambda one: one[0]):
            track = self.tracks[model_id]
            track.cost_bps = close.options.cost_bps
            track.step(as_of, sorted(bets, key=lambda bet: bet.symbol))
