"""From the date and time columns of a table to UTC instants."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from bellwether.arrays import BoolArray, TimeArray

DATES = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d-%b-%y",
    "%d-%b-%Y",
    "%b %d, %Y",
)
CLOCKS = ("", " %H:%M:%S", " %H:%M", " %H%M%S")
OFFSET = r"\s*(Z|UTC|[+-]\d\d:?\d\d)$"
FIRST_YEAR, LAST_YEAR = 1700, 2200
EPOCH_UNITS = {9: "s", 10: "s", 12: "ms", 13: "ms", 15: "us", 16: "us", 18: "ns", 19: "ns"}


@dataclass(frozen=True, kw_only=True, eq=False)
class ParsedTimes:
    """When each row says it was.

    Parameters
    ----------
    instants : datetime64[us] array of shape (n_rows,)
        UTC instants, NaT where there is none; times without an offset count as UTC.
    days : datetime64[D] array of shape (n_rows,)
        Dates as written, whatever the offset.
    is_blank : bool array of shape (n_rows,)
        Where nothing is written.
    dates_only : bool
        Whether no row tells a time of day (every one is at midnight).
    """

    instants: TimeArray
    days: TimeArray
    is_blank: BoolArray
    dates_only: bool


def parse_times(dates: pl.Series, clocks: pl.Series | None) -> ParsedTimes:
    """Read dates, with the clock in the same column or in one of its own.

    Parameters
    ----------
    dates : polars Series of text, numbers, dates or datetimes
        Numbers are 20200131 or an epoch in seconds, milli-, micro- or nanoseconds.
    clocks : polars Series of text, or None

    Returns
    -------
    times : ParsedTimes

    Notes
    -----
    The one format that fits most rows of the column is taken for all of it, so that 1/2/2020
    is read as the rest of the column demands.
    """
    if isinstance(dates.dtype, pl.Datetime) or dates.dtype == pl.Date:
        return _from_datetimes(dates)
    text = _tidy(dates)
    if clocks is not None:
        text = text + " " + _tidy(clocks)
    offset = text.str.extract(r"\d:\d\d\S*" + OFFSET, 1)
    bare = text.str.replace(OFFSET, "")
    local_text = pl.select(pl.when(offset.is_null()).then(text).otherwise(bare)).to_series()
    local = _parse_best(local_text)
    shift = _offset_minutes(offset).to_numpy().astype("timedelta64[m]")
    return _finish(local, local - shift, text.is_null() | (text.str.strip_chars() == ""))


def _from_datetimes(dates: pl.Series) -> ParsedTimes:
    if dates.dtype == pl.Date:
        dates = dates.cast(pl.Datetime("us"))
    zone = getattr(dates.dtype, "time_zone", None)
    local = dates.dt.replace_time_zone(None) if zone else dates
    instants = dates.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zone else dates
    return _finish(_to_numpy(local), _to_numpy(instants), dates.is_null())


def _finish(local: TimeArray, instants: TimeArray, blank: pl.Series) -> ParsedTimes:
    days = local.astype("datetime64[D]")
    known = ~np.isnat(local)
    return ParsedTimes(
        instants=instants,
        days=days,
        is_blank=blank.fill_null(value=True).to_numpy().astype(np.bool_),
        dates_only=bool(np.all(local[known] == days[known])),
    )


def _tidy(column: pl.Series) -> pl.Series:
    if column.dtype.is_float():
        column = column.cast(pl.Int64, strict=False)
    text = column.cast(pl.String, strict=False).str.strip_chars()
    text = text.str.replace(r"(\d)T(\d)", "$1 $2")
    text = text.str.replace(r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})", "$1-$2-$3")
    return text.str.replace(r"(:\d\d)[.,]\d+", "$1")


def _parse_best(text: pl.Series) -> TimeArray:
    """Return what the format that fits most rows makes of the text, NaT where it does not fit."""
    best = np.full(len(text), np.datetime64("NaT"), dtype="datetime64[us]")
    most = 0
    for parsed in _attempts(text):
        fits = int(np.sum(~np.isnat(parsed)))
        if fits > most:
            best, most = parsed, fits
        if most == len(text):
            break
    return best


def _attempts(text: pl.Series) -> Iterator[TimeArray]:
    sample = text.gather_every(max(len(text) // 200, 1))
    for date in DATES:
        for clock in CLOCKS:
            form = date + clock
            if _parse(sample, form).is_not_null().any():
                yield _to_numpy(_parse(text, form))
    yield _parse_epochs(text)


def _parse(text: pl.Series, form: str) -> pl.Series:
    parsed = text.str.to_datetime(form, time_unit="us", strict=False)
    return parsed.set(~parsed.dt.year().is_between(FIRST_YEAR, LAST_YEAR), None)


def _parse_epochs(text: pl.Series) -> TimeArray:
    numbers = text.cast(pl.Int64, strict=False)
    digits = text.str.len_chars()
    instants = np.full(len(text), np.datetime64("NaT"), dtype="datetime64[us]")
    for n_digits, unit in EPOCH_UNITS.items():
        rows = np.flatnonzero(((digits == n_digits) & numbers.is_not_null()).fill_null(value=False))
        instants[rows] = numbers.gather(rows).to_numpy().astype(f"datetime64[{unit}]")
    return instants


def _offset_minutes(offset: pl.Series) -> pl.Series:
    digits = offset.str.replace(":", "")
    hours = digits.str.slice(1, 2).cast(pl.Int64, strict=False).fill_null(0)
    minutes = digits.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
    sign = pl.select(pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)).to_series()
    return sign * (hours * 60 + minutes)


def _to_numpy(column: pl.Series) -> TimeArray:
    return column.cast(pl.Datetime("us")).to_numpy().astype("datetime64[us]")
