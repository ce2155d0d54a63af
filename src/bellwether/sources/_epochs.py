"""Numbers that count from 1970: in seconds, or a thousandth, a millionth, a billionth of one."""

import numpy as np
import polars as pl

from bellwether.arrays import IntArray, TimeArray
from bellwether.sources._date_forms import FIRST_YEAR, LAST_YEAR, Dates, Question
from bellwether.sources._hints import NO_HINTS, Hints

# By the number of digits: each unit from 1973 (1970-04 where nine digits are milliseconds) on.
UNITS = {9: "s", 10: "s", 12: "ms", 13: "ms", 15: "us", 16: "us", 18: "ns", 19: "ns"}
NAMED = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
EXACT_FLOAT = float(1 << 53)


def read_epochs(text: pl.Series, hints: Hints = NO_HINTS) -> Dates:
    """Read epochs, each in the unit that its number of digits tells.

    Parameters
    ----------
    text : polars Series of str
    hints : Hints, optional
        The unit of all, where the user names it.

    Returns
    -------
    dates : Dates
        UTC; NaT where there is no number, or no unit for it.
    """
    numbers = _to_integers(text)
    known = numbers.is_not_null().to_numpy()
    values = numbers.fill_null(0).to_numpy().astype(np.int64)
    instants = np.full(len(text), np.datetime64("NaT"), dtype="datetime64[us]")
    if hints.unit is not None:
        instants[known] = _count(values[known], hints.unit)
        return Dates(local=instants, facts=(f"epochs count {NAMED[hints.unit]}, as asked",))
    digits = _count_digits(values)
    told = []
    for unit in dict.fromkeys(UNITS.values()):
        rows = known & np.isin(digits, [n for n, one in UNITS.items() if one == unit])
        if rows.any():
            instants[rows] = _count(values[rows], unit)
            told.append(NAMED[unit])
    facts = (f"epochs count {' and '.join(told)}, by their size",) if told else ()
    if told or not known.any() or 2 * int(known.sum()) < len(text):
        return Dates(local=instants, facts=facts)
    was = f"{values[known][0]}, which is of no usual size"
    question = Question("epochs whose unit their size tells", was, "unit", tuple(NAMED))
    return Dates(local=instants, question=question)


def _to_integers(text: pl.Series) -> pl.Series:
    numbers = text.cast(pl.Int64, strict=False)
    if numbers.null_count() == text.null_count():
        return numbers
    # 1577923200.0 and 1.5779232e9 are what tables of floats are written as.
    floats = text.cast(pl.Float64, strict=False)
    whole = floats.is_finite() & (floats.abs() < EXACT_FLOAT)
    rounded = floats.set(~whole.fill_null(value=False), None).cast(pl.Int64, strict=False)
    return (
        numbers.fill_null(0).set(numbers.is_null(), None).zip_with(numbers.is_not_null(), rounded)
    )


def _count_digits(values: IntArray) -> IntArray:
    size = np.abs(values)
    return np.searchsorted(np.array([10**n for n in range(1, 19)]), size, side="right") + 1


def _count(values: IntArray, unit: str) -> TimeArray:
    first, last = (
        (np.datetime64(f"{year}-01-01") - np.datetime64("1970-01-01")) // np.timedelta64(1, "s")
        for year in (FIRST_YEAR, LAST_YEAR + 1)
    )
    seconds = values // PER_SECOND[unit]
    within = (seconds >= first) & (seconds < last)
    instants = np.where(within, values, 0).astype(f"datetime64[{unit}]").astype("datetime64[us]")
    instants[~within] = np.datetime64("NaT")
    return instants
