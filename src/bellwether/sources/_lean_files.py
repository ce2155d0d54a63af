"""LEAN's factor files and map files: what was split and paid, and who used a ticker when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np

from bellwether.arrays import FloatArray, TimeArray
from bellwether.bars import Action, Dividend, Split, UnreadableBars

FACTOR_FILES, MAP_FILES = "factor_files", "map_files"
FOR_GOOD = np.datetime64("2050-12-31")
SAME, ROUNDED = 1e-6, 2e-5
MOST_SHARES = 100
LEAST_CASH = 1e-4


@dataclass(frozen=True, kw_only=True, eq=False)
class LeanFactors:
    """What prices before each split and dividend of a company are worth after the last one.

    Parameters
    ----------
    source : str
        The file's name.
    last_days : datetime64[D] array of shape (n_rows,)
        Last trading day that each row's factors hold for, non-decreasing.
    price_factors, split_factors : float64 arrays of shape (n_rows,)
        Of dividends and of splits.
    references : float64 array of shape (n_rows,)
        Close of that day, as traded; 0 or 1 where there is none.
    """

    source: str
    last_days: TimeArray
    price_factors: FloatArray
    split_factors: FloatArray
    references: FloatArray

    def of(self, days: TimeArray) -> FloatArray:
        """Return what prices of some days are to be multiplied with, as known at the last of them.

        Parameters
        ----------
        days : datetime64[D] array of shape (n_days,)
            Non-decreasing.

        Returns
        -------
        adjustment : float64 array of shape (n_days,)
            1 on the last day.
        """
        rows = np.minimum(np.searchsorted(self.last_days, days), len(self.last_days) - 1)
        factors = self.price_factors[rows] * self.split_factors[rows]
        return factors / factors[-1:]

    def actions(self, days: TimeArray) -> tuple[Action, ...]:
        """List the splits and dividends on some trading days, oldest first.

        Parameters
        ----------
        days : datetime64[D] array of shape (n_days,)
            Trading days, increasing; an action is on the first of them after the last day that
            the factors before it hold for.

        Returns
        -------
        actions : tuple of Split or Dividend
            None before the second of the days, and none after the last.
        """
        found: list[Action] = []
        places = np.searchsorted(days, self.last_days, side="right").tolist()
        for row, place in enumerate(places[:-1]):
            if not 0 < place < len(days):
                continue
            day = days[place]
            ratio = float(self.split_factors[row + 1] / self.split_factors[row])
            kept = float(self.price_factors[row] / self.price_factors[row + 1])
            if abs(ratio - 1.0) > SAME:
                found.append(Split(day=day, ratio=_round_ratio(ratio)))
            cash = float(self.references[row]) * (1.0 - kept)
            if cash > LEAST_CASH:
                found.append(Dividend(day=day, cash=round(cash / ratio, 6)))
        return tuple(found)


@dataclass(frozen=True, kw_only=True)
class TickerSpan:
    """When a company used a ticker.

    Parameters
    ----------
    security : str
        What LEAN calls the company: its latest ticker, numbered where that was used before.
    ticker : str
        In lower case.
    first, last : numpy.datetime64
        Days, both included.
    is_final : bool
        Whether the company's bars end with it: it was delisted, merged, or still trades.
    """

    security: str
    ticker: str
    first: np.datetime64
    last: np.datetime64
    is_final: bool


class LeanFolder:
    """A market's folder in LEAN's data: bars, factor files and map files side by side.

    Parameters
    ----------
    root : pathlib.Path
        Such as `Data/equity/usa`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._spans: tuple[TickerSpan, ...] | None = None

    @property
    def exists(self) -> bool:
        """Whether there is anything beside the bars."""
        return any((self.root / name).is_dir() for name in (FACTOR_FILES, MAP_FILES))

    @property
    def spans(self) -> tuple[TickerSpan, ...]:
        """Who used which ticker when, by company and time."""
        if self._spans is None:
            files = sorted((self.root / MAP_FILES).glob("*.csv"))
            self._spans = tuple(span for path in files for span in read_map_file(path))
        return self._spans

    def find_holder(self, ticker: str, day: np.datetime64) -> TickerSpan | None:
        """Return who used a ticker on a day; None where no file tells.

        Parameters
        ----------
        ticker : str
        day : numpy.datetime64
        """
        held = [span for span in self.spans if span.ticker == ticker.lower()]
        for span in held:
            if span.first <= day <= span.last:
                return span
        is_named = (self.root / MAP_FILES / f"{ticker.lower()}.csv").exists()
        if is_named or self.find_factors(ticker) is None:
            return None
        # A company without a map file never changed its ticker; others may have had it before.
        since = max((span.last + 1 for span in held), default=np.datetime64("1700-01-01"))
        name = ticker.lower()
        alone = TickerSpan(security=name, ticker=name, first=since, last=FOR_GOOD, is_final=True)
        return alone if day >= since else None

    def find_history(self, span: TickerSpan) -> tuple[TickerSpan, ...]:
        """List the tickers of a company up to one of them, oldest first."""
        past = [one for one in self.spans if one.security == span.security]
        return (*(one for one in past if one.last < span.first), span)

    def find_factors(self, security: str) -> LeanFactors | None:
        """Return a company's factors; None where it has no file: nothing was split or paid."""
        path = self.root / FACTOR_FILES / f"{security.lower()}.csv"
        return read_factor_file(path) if path.is_file() else None


def read_factor_file(path: Path) -> LeanFactors:
    """Read a factor file: last day, factor of dividends, factor of splits, close of that day.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    factors : LeanFactors

    Raises
    ------
    UnreadableBars
        If a line is not like that, a factor is not above zero, or days decrease.
    """
    rows = _read_rows(path, 3, "20140606,0.9011818,0.0357143,645.57")
    days = _read_days(path, [row[0] for row in rows])
    numbers = np.ones((len(rows), 3))
    for place, row in enumerate(rows):
        try:
            values = [float(text) for text in row[1:4]]
        except ValueError:
            values = [np.nan]
        numbers[place, : len(values)] = values
        if not (np.isfinite(values).all() and min(values[:2]) > 0):
            raise _refuse(path, place, "factors above zero", ",".join(row))
    return LeanFactors(
        source=f"{path.parent.name}/{path.name}",
        last_days=days,
        price_factors=numbers[:, 0],
        split_factors=numbers[:, 1],
        references=numbers[:, 2],
    )


def read_map_file(path: Path) -> tuple[TickerSpan, ...]:
    """Read a map file: the last day of each ticker of a company; the first line is the first day.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    spans : tuple of TickerSpan
        Oldest first.

    Raises
    ------
    UnreadableBars
        If a line is not like that, or days decrease.
    """
    rows = _read_rows(path, 2, "20140402,goog,Q")
    days = _read_days(path, [row[0] for row in rows])
    if len(rows) == 1:
        rows, days = rows * 2, np.append(days, FOR_GOOD)
    firsts = np.append(days[:1], days[1:-1] + 1)
    return tuple(
        TickerSpan(
            security=path.stem.lower(),
            ticker=row[1].strip().lower(),
            first=first,
            last=last,
            is_final=last == days[-1],
        )
        for row, first, last in zip(rows[1:], firsts, days[1:], strict=True)
    )


def _round_ratio(ratio: float) -> float:
    """Return the simple fraction that is meant: of a third or a seventh few digits are stored."""
    near = float(Fraction(ratio).limit_denominator(MOST_SHARES))
    return near if near and abs(near / ratio - 1.0) < ROUNDED else ratio


def _read_rows(path: Path, n_fields: int, like: str) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise UnreadableBars(
            str(path), "a text file", str(fault), "download it again, or move it away"
        ) from fault
    rows = [line.split(",") for line in text.splitlines() if line.strip()]
    for place, row in enumerate(rows):
        if len(row) < n_fields:
            raise _refuse(path, place, f"a line such as {like}", ",".join(row))
    if not rows:
        raise UnreadableBars(str(path), f"lines such as {like}", "none", "download it again")
    return rows


def _read_days(path: Path, texts: Sequence[str]) -> TimeArray:
    days = np.empty(len(texts), dtype="datetime64[D]")
    for place, text in enumerate(texts):
        try:
            days[place] = datetime.strptime(text.strip(), "%Y%m%d").replace(tzinfo=UTC).date()
        except ValueError as fault:
            raise _refuse(path, place, "a date such as 20140606", repr(text)) from fault
        if place and days[place] < days[place - 1]:
            raise _refuse(path, place, f"a day not before {days[place - 1]}", text.strip())
    return days


def _refuse(path: Path, place: int, expected: str, was: str) -> UnreadableBars:
    return UnreadableBars(f"{path}, line {place + 1}", expected, was, "correct the line")
