"""From the date and time columns of a table to UTC instants."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bellwether.arrays import BoolArray, TimeArray
from bellwether.sources._date_forms import FIRST_YEAR, LAST_YEAR, Dates, Question, read_dates
from bellwether.sources._epochs import read_epochs
from bellwether.sources._hints import NO_HINTS, Hints

# What polars reads by itself: the lengths of the text, and the form.
ISO = {
    10: "%Y-%m-%d",
    16: "%Y-%m-%d %H:%M",
    19: "%Y-%m-%d %H:%M:%S",
}
# Zones of one meaning; others, such as CST or IST, are of several.
ABBREVIATIONS = {
    "z": 0,
    "utc": 0,
    "gmt": 0,
    "est": -300,
    "edt": -240,
    "pst": -480,
    "pdt": -420,
    "cet": 60,
    "cest": 120,
    "eet": 120,
    "eest": 180,
    "jst": 540,
}
OFFSET = r"(?i)\s*(z|utc|gmt|est|edt|pst|pdt|cet|cest|eet|eest|jst|[+-]\d\d:?\d\d|[+-]\d\d)$"


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
    is_local : bool, default False
        Whether the times have no offset, so that a zone has to be found.
    facts : tuple of str
        What decided how they were read.
    question : Question or None
        What nothing decided.
    """

    instants: TimeArray
    days: TimeArray
    is_blank: BoolArray
    dates_only: bool
    is_local: bool = False
    facts: tuple[str, ...] = ()
    question: Question | None = None


def parse_times(
    dates: pl.Series,
    clocks: pl.Series | None,
    hints: Hints = NO_HINTS,
    *,
    day_first: bool = False,
) -> ParsedTimes:
    """Read dates, with the clock in the same column or in one of its own.

    Parameters
    ----------
    dates : polars Series of text, numbers, dates or datetimes
        Numbers are 20200131 or an epoch in seconds, milli-, micro- or nanoseconds.
    clocks : polars Series of text, or None
    hints : Hints, optional
        What the user says about the order of dates and the unit of epochs.
    day_first : bool, default False
        Whether something beside the dates, such as the header's language, has the day first.

    Returns
    -------
    times : ParsedTimes
        Without an offset, times are left in UTC and `is_local` says so.

    Notes
    -----
    The one form that fits most rows of the column is taken for all of it, so that 1/2/2020
    is read as the rest of the column demands.
    """
    if dates.dtype == pl.Date and clocks is None:
        return _from_dates(dates) or _from_datetimes(dates)
    if isinstance(dates.dtype, pl.Datetime):
        return _from_datetimes(dates)
    if clocks is None:
        quick = _read_iso(dates)
        if quick is not None:
            return quick
    text = _as_text(dates)
    blank = text.is_null() | (text == "")
    if clocks is not None:
        text = text + " " + _pad_clocks(_as_text(clocks))
    return _read_text(text, blank, hints, day_first)


def _read_iso(dates: pl.Series) -> ParsedTimes | None:
    """Read a column that is all in one form of ISO 8601 without offset; None of any other."""
    if dates.dtype != pl.String or not len(dates) or dates.null_count():
        return None
    length = len(dates[0])
    if length not in ISO:
        return None
    form = ISO[length]
    if length > 10 and dates[0][10] == "T":
        form = form.replace(" ", "T")
    # Of bars nearly every date is another one: looking each up would take as long as reading it.
    parsed = dates.str.to_datetime(form, time_unit="us", strict=False, cache=False)
    if parsed.null_count():
        return None
    local = parsed.to_numpy()
    first, last = (np.datetime64(f"{year}-01-01") for year in (FIRST_YEAR, LAST_YEAR + 1))
    if local.min() < first or local.max() >= last:
        return None
    nothing = np.zeros(len(local), dtype=np.bool_)
    if length == 10:
        days = local.astype("datetime64[D]")
        return ParsedTimes(instants=local, days=days, is_blank=nothing, dates_only=True)
    return _finish(local, local, nothing, is_local=True)


def _read_text(text: pl.Series, blank: pl.Series, hints: Hints, day_first: bool) -> ParsedTimes:
    is_blank = blank.fill_null(value=True).to_numpy().astype(np.bool_)
    offset = text.str.extract(r"\d(?::\d\d\S*| ?[ap]m)" + OFFSET, 1).str.to_lowercase()
    bare = pl.select(
        pl.when(offset.is_null()).then(text).otherwise(text.str.replace(OFFSET, ""))
    ).to_series()
    dates = read_dates(bare, hints, day_first=day_first)
    n_dates = int(np.sum(~np.isnat(dates.local)))
    if n_dates < len(text):
        epochs = read_epochs(bare, hints)
        if int(np.sum(~np.isnat(epochs.local))) > n_dates or (not n_dates and epochs.question):
            return _finish(epochs.local, epochs.local, is_blank, told=epochs)
    instants = np.subtract(dates.local, _offset_minutes(offset))
    lacking = offset.is_null().to_numpy()
    if not lacking.all():
        # Beside times with an offset, one without is in no zone that could be told.
        instants[lacking & (dates.local != dates.local.astype("datetime64[D]"))] = "NaT"
    return _finish(dates.local, instants, is_blank, told=dates, is_local=bool(lacking.all()))


def _finish(
    local: TimeArray,
    instants: TimeArray,
    is_blank: BoolArray,
    *,
    told: Dates | None = None,
    is_local: bool = False,
) -> ParsedTimes:
    days = local.astype("datetime64[D]")
    known = ~np.isnat(local)
    dates_only = bool(np.all(local[known] == days[known]))
    return ParsedTimes(
        instants=instants,
        days=days,
        is_blank=is_blank,
        dates_only=dates_only,
        is_local=is_local and not dates_only,
        facts=() if told is None else told.facts,
        question=None if told is None else told.question,
    )


def _from_dates(dates: pl.Series) -> ParsedTimes | None:
    """Return dates of which none is missing or of a year that no bar is from; None of others."""
    if not len(dates) or dates.null_count():
        return None
    days = dates.to_numpy().astype("datetime64[D]", copy=False)
    first, last = (np.datetime64(f"{year}-01-01") for year in (FIRST_YEAR, LAST_YEAR + 1))
    if days.min() < first or days.max() >= last:
        return None
    instants = days.astype("datetime64[us]")
    nothing = np.zeros(len(days), dtype=np.bool_)
    return ParsedTimes(instants=instants, days=days, is_blank=nothing, dates_only=True)


def _from_datetimes(dates: pl.Series) -> ParsedTimes:
    is_blank = dates.is_null().to_numpy().astype(np.bool_)
    dates = _drop_far(dates)
    if dates.dtype == pl.Date:
        dates = dates.cast(pl.Datetime("us"))
    zone = getattr(dates.dtype, "time_zone", None)
    local = dates.dt.replace_time_zone(None) if zone else dates
    instants = dates.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zone else dates
    return _finish(
        _to_numpy(local),
        _to_numpy(instants),
        is_blank,
        is_local=zone is None,
    )


def _drop_far(dates: pl.Series) -> pl.Series:
    """Return dates or datetimes without those of years that no bar is from."""
    unit = getattr(dates.dtype, "time_unit", "D")
    first, last = (
        int(np.datetime64(f"{year}-01-01").astype(f"datetime64[{unit}]").astype(np.int64))
        for year in (FIRST_YEAR, LAST_YEAR + 1)
    )
    numbers = dates.to_physical()
    far = ((numbers < first) | (numbers >= last)).fill_null(value=False)
    return dates.set(far, None) if far.any() else dates


def _as_text(column: pl.Series) -> pl.Series:
    if column.dtype.is_float():
        column = column.cast(pl.Int64, strict=False)
    text = column.cast(pl.String, strict=False).str.strip_chars()
    return text.str.replace(r"(\d)[Tt](\d)", "$1 $2")


def _pad_clocks(clocks: pl.Series) -> pl.Series:
    """Return clocks with the leading zeros that numbers lose: 93100 is 09:31:00."""
    longest = clocks.str.len_chars().max()
    width = 6 if isinstance(longest, int) and longest > 4 else 4
    is_number = clocks.str.contains(r"^\d+$")
    padded = pl.when(is_number).then(clocks.str.zfill(width)).otherwise(clocks)
    return pl.select(padded.fill_null("")).to_series()


def _offset_minutes(offset: pl.Series) -> NDArray[np.timedelta64]:
    unique = offset.drop_nulls().unique().to_list()
    minutes = [_read_offset(text) for text in unique]
    found = offset.replace_strict(unique, minutes, default=0, return_dtype=pl.Int64)
    return found.fill_null(0).to_numpy().astype("timedelta64[m]")


def _read_offset(text: str) -> int:
    if text in ABBREVIATIONS:
        return ABBREVIATIONS[text]
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return -minutes if text.startswith("-") else minutes


def _to_numpy(column: pl.Series) -> TimeArray:
    return column.cast(pl.Datetime("us")).to_numpy().astype("datetime64[us]")
