"""How often each source was right about each market, overall and by its confidence."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from bellwether.monitor import instant_text
from bellwether.service import Journal, JournalNote, NoteFilter, NoteKind
from bellwether.watch._paper import RULES, PaperForecast, PaperOutcome

COVERAGE = 0.95
_Z95 = 1.959963984540054
_PAGE = 1000
_KINDS = (NoteKind.PAPER, NoteKind.PAPER_OUTCOME)
# The borders at which a confidence changes its colour for people.
BANDS: tuple[tuple[str, float, float | None], ...] = (
    ("high", 80.0, None),
    ("middle", 60.0, 80.0),
    ("low", 50.0, 60.0),
)


class SourceMarket(NamedTuple):
    """A source, and the market it speaks about."""

    symbol: str
    interval: str
    horizon_bars: int
    source: str


class _Said(NamedTuple):
    """What a source said about a bar that is not settled yet."""

    market: SourceMarket
    direction: int
    band: int


@dataclass(slots=True)
class HitCount:
    """What became of the forecasts of one source about one market.

    Parameters
    ----------
    n_forecasts, n_void, n_neither : int
        All of them; those that were given up; those that said nothing, or where nothing moved.
    n_hits, n_misses : list of int
        By band of confidence, the highest first.
    first_at, last_at : str
        Closes of the first and the last bar forecast, ISO 8601, UTC.
    """

    first_at: str
    last_at: str
    n_forecasts: int = 0
    n_void: int = 0
    n_neither: int = 0
    n_hits: list[int] = field(default_factory=lambda: [0] * len(BANDS))
    n_misses: list[int] = field(default_factory=lambda: [0] * len(BANDS))

    @property
    def n_pending(self) -> int:
        """Forecasts that wait for their outcome."""
        settled = sum(self.n_hits) + sum(self.n_misses)
        return self.n_forecasts - self.n_void - self.n_neither - settled


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRate:
    """A share of directions that were right.

    Parameters
    ----------
    n, n_hits : int
        Directions that were settled, and those of them that were right.
    rate, low, high : float or None
        With its 95 % interval (Wilson 1927); None where there is none.
    """

    n: int
    n_hits: int
    rate: float | None
    low: float | None
    high: float | None


def rate_hits(n_hits: int, n: int, horizon_bars: int) -> HitRate:
    """Return a share with its interval.

    Parameters
    ----------
    n_hits, n : int
    horizon_bars : int
        Forecasts of so many bars overlap, and so many of them count once.

    Examples
    --------
    >>> found = rate_hits(55, 100, 1)
    >>> found.rate, round(found.low, 3), round(found.high, 3)
    (0.55, 0.452, 0.644)
    """
    if not n:
        return HitRate(n=0, n_hits=0, rate=None, low=None, high=None)
    share, spread = n_hits / n, _Z95 * _Z95 / (n / horizon_bars)
    middle = (share + spread / 2.0) / (1.0 + spread)
    inside = share * (1.0 - share) * spread + spread * spread / 4.0
    half = math.sqrt(inside) / (1.0 + spread)
    low, high = max(middle - half, 0.0), min(middle + half, 1.0)
    return HitRate(n=n, n_hits=n_hits, rate=share, low=low, high=high)


class HitBook:
    """How often each source was right about each market: a fold over the journal.

    Parameters
    ----------
    journal : Journal

    Notes
    -----
    Every paper forecast counts, whether or not anybody asked and whether or not it was sure enough
    to be served: what is counted was not chosen.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._position = 0
        self._open: dict[str, tuple[_Said, ...]] = {}
        self._counts: dict[SourceMarket, HitCount] = {}

    def read(self) -> "HitBook":
        """Take every note that is new.

        Raises
        ------
        JournalUnavailable
            If the journal cannot be read.
        UnreadableNote
            If a note is none.
        """
        cursor: int | None = self._position
        while cursor is not None:
            page = self._journal.notes(NoteFilter(kinds=_KINDS), cursor, _PAGE)
            for note in page.notes:
                self._take(note)
                self._position = note.number
            cursor = page.cursor
        return self

    def list_rates(self, symbol: str | None = None, source: str | None = None) -> Iterator[Any]:
        """Yield the rates as JSON values, by market and source."""
        for market, count in sorted(self._counts.items()):
            if symbol in (None, market.symbol) and source in (None, market.source):
                yield _show(market, count)

    def _take(self, note: JournalNote) -> None:
        if note.kind is NoteKind.PAPER:
            forecast = PaperForecast.from_note(note)
            self._open[note.key] = tuple(self._hear(forecast))
        else:
            self._settle(self._open.pop(note.key, ()), PaperOutcome.from_note(note))

    def _hear(self, forecast: PaperForecast) -> Iterator[_Said]:
        as_of = instant_text(forecast.as_of)
        for voice in forecast.voices:
            market = SourceMarket(
                forecast.symbol, forecast.interval, forecast.horizon_bars, voice.who
            )
            count = self._counts.setdefault(market, HitCount(as_of, as_of))
            count.n_forecasts += 1
            count.first_at, count.last_at = min(count.first_at, as_of), max(count.last_at, as_of)
            yield _Said(market, voice.direction, find_band(voice.confidence))

    def _settle(self, said: Sequence[_Said], outcome: PaperOutcome) -> None:
        for one in said:
            count = self._counts[one.market]
            if outcome.realized_return is None:
                count.n_void += 1
                continue
            gained = one.direction * outcome.realized_return
            if gained == 0.0:
                count.n_neither += 1
            elif gained > 0.0:
                count.n_hits[one.band] += 1
            else:
                count.n_misses[one.band] += 1


def find_band(confidence: float) -> int:
    """Return the place of a confidence among the bands.

    Examples
    --------
    >>> [BANDS[find_band(one)][0] for one in (95.0, 80.0, 79.9, 60.0, 50.0)]
    ['high', 'high', 'middle', 'middle', 'low']
    """
    places = (place for place, (_, least, _) in enumerate(BANDS) if confidence >= least)
    return next(places, len(BANDS) - 1)


def _show(market: SourceMarket, count: HitCount) -> dict[str, Any]:
    horizon = market.horizon_bars
    settled = [hits + misses for hits, misses in zip(count.n_hits, count.n_misses, strict=True)]
    bands = [
        {
            "name": name,
            "at_least": least,
            "below": below,
            **asdict(rate_hits(count.n_hits[place], settled[place], horizon)),
        }
        for place, (name, least, below) in enumerate(BANDS)
    ]
    return {
        **market._asdict(),
        "kind": "rules" if market.source == RULES else "model",
        "n_forecasts": count.n_forecasts,
        "n_pending": count.n_pending,
        "n_void": count.n_void,
        "n_neither": count.n_neither,
        **asdict(rate_hits(sum(count.n_hits), sum(settled), horizon)),
        "first_at": f"{count.first_at}Z",
        "last_at": f"{count.last_at}Z",
        "bands": bands,
    }
