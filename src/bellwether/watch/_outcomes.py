"""Paper forecasts with what became of each, the latest first, a page at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bellwether.service import (
    Direction,
    Journal,
    JournalNote,
    NoteFilter,
    NoteKind,
    SettlementOutcome,
)
from bellwether.watch._paper import RULES, PaperForecast, PaperOutcome, Voice

PENDING = "pending"
_LEAST_READ = 50
_DIRECTIONS = {1: Direction.BUY, 0: Direction.HOLD, -1: Direction.SELL}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeFilter:
    """Which paper forecasts are wanted.

    Parameters
    ----------
    symbol : str, optional
    interval : str, optional
    horizon_bars : int, optional
    source : str, optional
        Id of a model, or "rules": forecasts in which it spoke, and nothing but what it said.
    """

    symbol: str | None = None
    interval: str | None = None
    horizon_bars: int | None = None
    source: str | None = None

    def admits(self, forecast: PaperForecast) -> bool:
        """Whether a forecast of a symbol that is wanted is wanted itself."""
        return (
            self.interval in (None, forecast.interval)
            and self.horizon_bars in (None, forecast.horizon_bars)
            and (self.source is None or forecast.voice(self.source) is not None)
        )


def list_outcomes(
    journal: Journal, wanted: OutcomeFilter, cursor: int | None = None, limit: int = 50
) -> tuple[list[Mapping[str, Any]], int | None]:
    """Return paper forecasts with what became of them, the latest first.

    Parameters
    ----------
    journal : Journal
    wanted : OutcomeFilter
    cursor : int, optional
        What came with the page before.
    limit : int, default 50

    Returns
    -------
    forecasts : list of mapping
        JSON values.
    cursor : int or None
        For the next page; None where this is the last.

    Raises
    ------
    JournalUnavailable
        If the journal cannot be read.
    UnreadableNote
        If a note is none.
    """
    found: list[Mapping[str, Any]] = []
    for note in _read_back(journal, wanted.symbol, cursor, limit):
        forecast = PaperForecast.from_note(note)
        if not wanted.admits(forecast):
            continue
        if len(found) == limit:
            return found, int(found[-1]["number"])
        found.append(_show(note, forecast, _find_outcome(journal, note.key), wanted.source))
    return found, None


def _read_back(
    journal: Journal, symbol: str | None, cursor: int | None, limit: int
) -> Iterator[JournalNote]:
    """Yield the notes of forecasts, the latest first."""
    wanted = NoteFilter(kinds=(NoteKind.PAPER,), symbol=symbol, newest_first=True)
    n_notes = max(limit + 1, _LEAST_READ)
    while True:
        page = journal.notes(wanted, cursor, n_notes)
        yield from page.notes
        cursor = page.cursor
        if cursor is None:
            return


def _find_outcome(journal: Journal, key: str) -> tuple[JournalNote, PaperOutcome] | None:
    wanted = NoteFilter(kinds=(NoteKind.PAPER_OUTCOME,), key=key)
    notes = journal.notes(wanted, limit=1).notes
    return (notes[0], PaperOutcome.from_note(notes[0])) if notes else None


def _show(
    note: JournalNote,
    forecast: PaperForecast,
    settled: tuple[JournalNote, PaperOutcome] | None,
    source: str | None,
) -> Mapping[str, Any]:
    told, outcome = settled or (None, None)
    realized = None if outcome is None else outcome.realized_return
    state = PENDING if outcome is None else "void" if realized is None else "settled"
    closes_at = forecast.closes_at if outcome is None else outcome.closes_at
    voices = [one for one in forecast.voices if source in (None, one.who)]
    return {
        "key": note.key,
        "number": note.number,
        "symbol": forecast.symbol,
        "interval": forecast.interval,
        "horizon_bars": forecast.horizon_bars,
        "made_at": _write(note.at),
        "as_of": _write(forecast.as_of),
        "closes_at": _write(closes_at),
        "price": forecast.price,
        "exit_price": None if realized is None else forecast.price * (1.0 + realized),
        "volatility": forecast.volatility,
        "realized_return": realized,
        "settled_at": None if told is None else _write(told.at),
        "state": state,
        "words": "" if outcome is None else outcome.words,
        "voices": [_show_voice(one, outcome) for one in voices],
    }


def _show_voice(voice: Voice, outcome: PaperOutcome | None) -> dict[str, Any]:
    direction = _DIRECTIONS[voice.direction]
    judged = PENDING
    if outcome is not None:
        judged = SettlementOutcome.judge(direction, outcome.realized_return).value
    return {
        "source": voice.who,
        "kind": "rules" if voice.who == RULES else "model",
        "direction": direction.value,
        "probability_up": voice.probability_up,
        "expected_return": voice.expected_return,
        "confidence": voice.confidence,
        "outcome": judged,
    }


def _write(instant: np.datetime64) -> str:
    return f"{instant.astype('datetime64[us]')}Z"
