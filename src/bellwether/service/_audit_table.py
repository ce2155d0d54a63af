"""Forecasts as somebody wrote them down, before they are laid onto bars."""

from dataclasses import dataclass, field

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, TimeArray, frozen_floats, frozen_times


@dataclass(frozen=True, kw_only=True, eq=False)
class ForecastColumn:
    """One column of forecasts.

    Parameters
    ----------
    name : str
        As the table calls it.
    values : float64 array of shape (n_rows,)
        As written; words of direction as 1, 0 and -1. NaN where nothing readable stands.
    in_words : bool
        Whether the table has words, such as BUY.
    """

    name: str
    values: FloatArray
    in_words: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen_floats(self.values))


@dataclass(frozen=True, kw_only=True, eq=False)
class ForecastTable:
    """Rows of forecasts with their times, in any order.

    Parameters
    ----------
    source : str
        What a person calls the table.
    stamps : datetime64[us] array of shape (n_rows,)
        UTC instant of each row; the date's midnight where only dates are told.
    days : datetime64[D] array of shape (n_rows,)
        Dates as written.
    dates_only : bool
        Whether no row tells a time of day.
    columns : tuple of ForecastColumn
        At least one. In a wide table of several symbols, one a symbol.
    symbols : tuple of str
        The symbol of each row; empty where the table has no such column.
    about : datetime64[us] array of shape (n_rows,), or of no row
        Where the table tells both when a forecast was made (`stamps`) and which bar it is
        about: the latter.
    left_out : tuple of str
        Columns that are no forecasts, each with the reason.
    n_unreadable : int
        Cells in which no number or direction could be read.
    unreadable : str
        The first of them, in words.

    Notes
    -----
    Knows: what somebody wrote; whether a row was known at its time is what an audit asks.
    """

    source: str
    stamps: TimeArray
    days: TimeArray
    dates_only: bool
    columns: tuple[ForecastColumn, ...]
    symbols: tuple[str, ...] = ()
    about: TimeArray = field(default_factory=lambda: np.empty(0, dtype="datetime64[us]"))
    left_out: tuple[str, ...] = ()
    n_unreadable: int = 0
    unreadable: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "stamps", frozen_times(self.stamps))
        object.__setattr__(self, "about", frozen_times(self.about))

    def __len__(self) -> int:
        return len(self.stamps)

    def __repr__(self) -> str:
        names = ", ".join(column.name for column in self.columns)
        return f"ForecastTable({self.source!r}, {len(self)} rows of {names})"

    def rows_of(self, symbol: str) -> BoolArray:
        """Return which rows are about a symbol: all of them where the table names none."""
        if not self.symbols:
            return np.ones(len(self), dtype=np.bool_)
        return np.array([one == symbol for one in self.symbols], dtype=np.bool_)
