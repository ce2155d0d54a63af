"""LEAN's bars made whole: one company's under all its tickers, adjusted by its factor file.

A zip of LEAN holds the bars of a ticker, whoever used it. Its map files tell which company that
was on which day, and under which tickers its older bars are found; its factor files tell what was
split and paid. Prices stay as traded, beside the adjustment.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np

from bellwether.bars import (
    COLUMNS,
    Bars,
    BarsImport,
    Dividend,
    Finding,
    Layout,
    Reading,
    SourceMissing,
    Split,
    assess,
    trading_days,
)
from bellwether.hashing import digest_bytes
from bellwether.sources._calendars import choose_sessions
from bellwether.sources._containers import BETWEEN
from bellwether.sources._lean_files import FOR_GOOD, LeanFactors, LeanFolder, TickerSpan

LEAN = "LEAN"
UNADJUSTED = "prices are not adjusted"
MOST_SPLITS_TOLD = 8
ENDING = ".zip"
# What is told of the rows of a zip, and not seen in its bars.
OF_READING = ("unsorted", "repeated-rows", "conflicting-rows", "missing-bars")

ReadRaw = Callable[[Path], BarsImport]


def complete_lean(
    imported: BarsImport, read: ReadRaw, *, now: np.datetime64 | None = None
) -> BarsImport:
    """Return the bars of the company behind a ticker, from its first ticker on, adjusted.

    Parameters
    ----------
    imported : BarsImport
        Bars of a zip in LEAN's folders, as they stand there.
    read : callable
        Reads another zip of the folder the same way.
    now : datetime64, optional
        UTC instant of the question.

    Returns
    -------
    imported : BarsImport
        Up to the last day that the company used the ticker. Unchanged where the bars are not
        LEAN's, or nothing lies beside them.

    Raises
    ------
    UnreadableBars
        If a factor or map file, or the zip of an older ticker, cannot be read.

    Notes
    -----
    Bars of days on which others used the ticker are left out, and told. The adjustment is that
    known at the last bar: what was split or paid later is not in it.
    """
    if imported.layout is None or imported.layout.name != LEAN or not len(imported.bars):
        return imported
    path = Path(imported.source.partition(BETWEEN)[0])
    folder = LeanFolder(path.parent.parent)
    if not (path.exists() and folder.exists):
        return imported
    last = trading_days(imported.bars)[-1]
    ticker = path.name.removesuffix(ENDING)
    holder = folder.find_holder(ticker, last)
    if holder is None:
        told = f"no map or factor file of {ticker}: neither renamed, nor split, nor paid"
        return _note(imported, Finding(code="unadjusted", where=str(last), what=told))
    return _History(folder, holder, path).tell(imported, read, now)


def find_company(
    folder: str | PathLike[str],
    company: str,
    read: ReadRaw,
    resolution: str,
    now: np.datetime64 | None,
) -> BarsImport:
    """Return all bars of a company, also where its ticker is another's by now.

    Parameters
    ----------
    folder : str or path
    company : str
    read : callable
        Reads a zip as it stands.
    resolution : str
    now : datetime64 or None

    Raises
    ------
    SourceMissing
        If no map file, or no zip, has it.
    """
    market = LeanFolder(Path(folder))
    spans = [one for one in market.spans if one.security == company.lower()]
    for holder in reversed(spans):
        path = market.root / resolution / f"{holder.ticker}.zip"
        if path.is_file():
            found = _History(market, holder, path).tell(read(path), read, now)
            return replace(found, bars=replace(found.bars, symbol=company.upper()))
    known = ", ".join(dict.fromkeys(one.security for one in market.spans)) or "none"
    was = f"no zip of its tickers in {resolution}" if spans else f"no map file of it, but {known}"
    raise SourceMissing(f"{company} in {folder}", was)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Piece:
    """The bars of a company under one of its tickers."""

    span: TickerSpan
    found: BarsImport | None
    bars: Bars | None


class _History:
    """What a market's folder holds of one company, up to the end of one of its tickers."""

    def __init__(self, folder: LeanFolder, holder: TickerSpan, path: Path) -> None:
        self.folder, self.holder, self.path = folder, holder, path

    def tell(self, imported: BarsImport, read: ReadRaw, now: np.datetime64 | None) -> BarsImport:
        """Return the bars joined and adjusted, assessed anew."""
        pieces = [
            self._take(span, imported, read) for span in self.folder.find_history(self.holder)
        ]
        bars = _join(imported.bars.symbol, [one.bars for one in pieces if one.bars is not None])
        if not len(bars):
            was = f"no bar from {self.holder.first} to {self.holder.last}"
            raise SourceMissing(f"{self.holder.security} in {imported.source}", was)
        factors = self.folder.find_factors(self.holder.security)
        if factors is not None:
            bars = replace(bars, adjustment=factors.of(trading_days(bars)))
        findings: tuple[Finding, ...] = (
            *([] if factors is None else [_tell_factors(factors, bars)]),
            *self._tell_strangers(imported.bars, pieces),
            *self._tell_tickers(pieces),
            *self._tell_end(),
        )
        sources = {one.found.source: one.found for one in pieces if one.found is not None}
        told = (one for found in sources.values() for one in found.quality.findings)
        findings += tuple(one for one in told if one.code in OF_READING)
        whole = _assess_anew(imported, bars, list(sources.values()), findings, now)
        return _say_adjusted(whole, factors)

    def _name(self, ticker: str) -> str:
        """Return what holds the bars of a ticker: a zip, or a folder of one a day."""
        return ticker if self.path.is_dir() else f"{ticker}{ENDING}"

    def _take(self, span: TickerSpan, imported: BarsImport, read: ReadRaw) -> _Piece:
        """Cut the bars under one ticker from the zip of that ticker."""
        there = self.path.with_name(self._name(span.ticker))
        if there.name.lower() == self.path.name.lower():
            found = imported
        elif there.exists():
            found = read(there)
        else:
            return _Piece(span=span, found=None, bars=None)
        days = trading_days(found.bars)
        rows = slice(*np.searchsorted(days, np.array([span.first, span.last + 1])).tolist())
        return _Piece(span=span, found=found, bars=found.bars[rows])

    def _tell_strangers(self, bars: Bars, pieces: Sequence[_Piece]) -> list[Finding]:
        ticker = self.path.name.removesuffix(ENDING).lower()
        n_taken = sum(len(one.bars) for one in pieces if one.bars and one.span.ticker == ticker)
        n_strange = len(bars) - n_taken
        if not n_strange:
            return []
        what = (
            f"{n_strange} bars of {self.path.name} are of days on which another company used the "
            f"ticker, and were left out"
        )
        return [Finding(code="other-company", where=str(trading_days(bars)[0]), what=what)]

    def _tell_tickers(self, pieces: Sequence[_Piece]) -> list[Finding]:
        found = []
        for piece in pieces:
            span = piece.span
            name = self._name(span.ticker)
            when = f"from {span.first} to {span.last} it was called {span.ticker.upper()}"
            if piece.bars is None:
                code, what = "ticker-missing", f"{name}, which would hold these bars, is not there"
            elif name.lower() != self.path.name.lower():
                code, what = "ticker-changed", f"{len(piece.bars)} bars were taken from {name}"
            else:
                continue
            found.append(Finding(code=code, where=str(span.first), what=f"{when}: {what}"))
        return found

    def _tell_end(self) -> list[Finding]:
        holder = self.holder
        if holder.last >= FOR_GOOD:
            return []
        later = [one for one in self.folder.spans if one.security == holder.security]
        after = next((one.ticker.upper() for one in later if one.first > holder.last), None)
        code, what = "delisted", "delisted, or merged into another, with this day"
        if after is not None:
            code, what = "ticker-changed", f"called {after} from the next day on"
        told = f"{what}: no bar is newer"
        return [Finding(code=code, where=str(holder.last), what=told)]


def _join(symbol: str, parts: Sequence[Bars]) -> Bars:
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("closed_at", *COLUMNS)
    }
    return Bars(symbol=symbol, interval=parts[-1].interval, **columns)


def _assess_anew(
    imported: BarsImport,
    bars: Bars,
    sources: Sequence[BarsImport],
    findings: Sequence[Finding],
    now: np.datetime64 | None,
) -> BarsImport:
    """Return the whole history with its own sessions, report and digest."""
    until = bars.closed_at[-1] if now is None else max(now, bars.closed_at[-1])
    sessions = choose_sessions(imported.calendar.name, np.unique(trading_days(bars)), until)
    calendar = sessions.calendar(bars.interval)
    refusals = [
        row if one is imported else replace(row, reason=f"{row.reason} ({one.source})")
        for one in sources
        for row in one.quality.refusals
    ]
    reading = Reading(
        n_read=len(bars) + len(refusals), refusals=tuple(refusals), findings=tuple(findings)
    )
    # What the factor file said belongs to the source as much as the zips do.
    parts = [*(one.source_digest for one in sources), digest_bytes(bars.adjustment.tobytes())]
    return replace(
        imported,
        bars=bars,
        calendar=calendar,
        quality=assess(bars, calendar, now=now, reading=reading),
        source_digest=digest_bytes("\n".join(parts).encode()),
    )


def _say_adjusted(imported: BarsImport, factors: LeanFactors | None) -> BarsImport:
    if factors is None:
        return imported
    layout = imported.layout or Layout(name=LEAN)
    facts = [fact for fact in layout.facts if fact != UNADJUSTED]
    told = f"adjusted by {factors.source}"
    return replace(imported, layout=replace(layout, facts=(*facts, told)))


def _note(imported: BarsImport, finding: Finding) -> BarsImport:
    quality = replace(imported.quality, findings=(finding, *imported.quality.findings))
    return replace(imported, quality=quality)


def _tell_factors(factors: LeanFactors, bars: Bars) -> Finding:
    days = trading_days(bars)
    actions = factors.actions(np.unique(days))
    splits = [one for one in actions if isinstance(one, Split)]
    n_dividends = sum(isinstance(one, Dividend) for one in actions)
    shown = [f"{one.ratio:.6g} on {one.day}" for one in splits[:MOST_SPLITS_TOLD]]
    shown += ["..."] if len(splits) > MOST_SPLITS_TOLD else []
    named = f" ({', '.join(shown)})" if shown else ""
    what = (
        f"adjusted for {_count(len(splits), 'split')}{named} and "
        f"{_count(n_dividends, 'dividend')} by {factors.source}"
    )
    return Finding(code="adjusted", where=str(days[-1]), what=what)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
