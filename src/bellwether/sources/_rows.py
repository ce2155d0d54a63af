"""Which rows of a table are bars: every other one is refused with its line and its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bellwether.arrays import BoolArray, FloatArray, IntArray, TimeArray
from bellwether.bars import Finding, RowRefusal
from bellwether.sources._tables import RawTable
from bellwether.sources._times import ParsedTimes, parse_times

PRICES = ("open", "high", "low", "close")
BLANKS = ("", "-", "--", ".", "nan", "null", "none", "na", "n/a", "<na>", "nat")


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Rows that are bars, oldest first, each instant once.

    Parameters
    ----------
    instants : datetime64[us] array of shape (n_rows,)
        When each row says it was, UTC.
    days : datetime64[D] array of shape (n_rows,)
        Dates as written.
    dates_only : bool
        Whether the source tells dates and no time of day.
    values : dict of str to float64 array of shape (n_rows,)
        open, high, low, close, volume, adjustment.
    place : int64 array of shape (n_rows,)
        Position of each row in the table.
    refusals : tuple of RowRefusal
        Rows that are no bars, by line.
    n_unusable : int
        Refusals without those that only repeat a bar.
    findings : tuple of Finding
        Disorder and repeats.
    told : ParsedTimes
        When every row of the table says it was, refused or not.
    """

    instants: TimeArray
    days: TimeArray
    dates_only: bool
    values: dict[str, FloatArray]
    place: IntArray
    refusals: tuple[RowRefusal, ...]
    n_unusable: int
    findings: tuple[Finding, ...]
    told: ParsedTimes


def sift_rows(raw: RawTable, columns: Mapping[str, str]) -> Rows:
    """Part the rows that are bars from those that are not.

    Parameters
    ----------
    raw : RawTable
    columns : mapping of str to str
        Role to column name, as `recognise_columns` gives it.

    Returns
    -------
    rows : Rows

    Notes
    -----
    Of rows that repeat a bar exactly, the first is kept. Rows that give one instant
    different bars are all refused: nothing in the source says which is true.
    """
    times = parse_times(
        raw.table[columns["date"]], raw.table[columns["time"]] if "time" in columns else None
    )
    sieve = _Sieve(raw.table.height)
    sieve.refuse(times.is_blank, "the date is missing")
    sieve.refuse(np.isnat(times.instants), "the date cannot be read")
    values = _read_values(raw.table, columns, sieve)
    _check_extremes(values, sieve)
    order, findings = _order(raw, times, sieve)
    repeats, conflicts = _find_repeats(times.instants, values, order)
    findings += _mark(raw, sieve, repeats, "repeats a bar")
    n_repeats = len(repeats)
    findings += _mark(raw, sieve, conflicts, "conflicts with a bar of the same time")
    order = order[sieve.is_open[order]]
    refusals = (*raw.torn, *sieve.refusals(raw))
    return Rows(
        instants=times.instants[order],
        days=times.days[order],
        dates_only=times.dates_only,
        values={name: array[order] for name, array in values.items()},
        place=order,
        refusals=tuple(sorted(refusals, key=lambda row: row.line)),
        n_unusable=len(refusals) - n_repeats,
        findings=findings,
        told=times,
    )


@dataclass(kw_only=False, eq=False)
class _Sieve:
    """The first reason against each row."""

    n_rows: int
    reasons: NDArray[np.object_] = field(init=False)

    def __post_init__(self) -> None:
        self.reasons = np.full(self.n_rows, None, dtype=object)

    @property
    def is_open(self) -> BoolArray:
        return np.array([reason is None for reason in self.reasons], dtype=np.bool_)

    def refuse(self, rows: BoolArray, reason: str) -> None:
        self.reasons[rows & self.is_open] = reason

    def refusals(self, raw: RawTable) -> list[RowRefusal]:
        return [
            RowRefusal(line=int(raw.lines[row]), reason=self.reasons[row], text=raw.text(row))
            for row in np.flatnonzero(~self.is_open).tolist()
        ]


def _read_values(
    table: pl.DataFrame, columns: Mapping[str, str], sieve: _Sieve
) -> dict[str, FloatArray]:
    values: dict[str, FloatArray] = {}
    for name in PRICES:
        values[name] = _read_numbers(table[columns[name]], f"the {name}", sieve)
        with np.errstate(invalid="ignore"):
            sieve.refuse(values[name] <= 0, f"the {name} is not above zero")
    values["volume"] = np.zeros(table.height)
    if "volume" in columns and not _is_blank(table[columns["volume"]]).all():
        values["volume"] = _read_numbers(table[columns["volume"]], "the volume", sieve)
        sieve.refuse(values["volume"] < 0, "the volume is below zero")
    values["adjustment"] = np.ones(table.height)
    if "adj_close" in columns and not _is_blank(table[columns["adj_close"]]).all():
        adjusted = _read_numbers(table[columns["adj_close"]], "the adjusted close", sieve)
        sieve.refuse(adjusted <= 0, "the adjusted close is not above zero")
        with np.errstate(divide="ignore", invalid="ignore"):
            values["adjustment"] = adjusted / values["close"]
    return values


def _read_numbers(column: pl.Series, name: str, sieve: _Sieve) -> FloatArray:
    blank = _is_blank(column)
    if column.dtype == pl.String:
        column = column.str.strip_chars()
    numbers = column.cast(pl.Float64, strict=False).to_numpy().astype(np.float64)
    sieve.refuse(blank, f"{name} is missing")
    sieve.refuse(np.isnan(numbers), f"{name} is not a number")
    sieve.refuse(np.isinf(numbers), f"{name} is not finite")
    return numbers


def _is_blank(column: pl.Series) -> BoolArray:
    blank = column.is_null()
    if column.dtype == pl.String:
        blank = blank | column.str.strip_chars().str.to_lowercase().is_in(BLANKS)
    elif column.dtype.is_float():
        blank = blank | column.is_nan()
    return blank.fill_null(value=True).to_numpy().astype(np.bool_)


def _check_extremes(values: Mapping[str, FloatArray], sieve: _Sieve) -> None:
    opened, high, low, close = (values[name] for name in PRICES)
    with np.errstate(invalid="ignore"):
        sieve.refuse(high < low, "the high is below the low")
        sieve.refuse(np.maximum(opened, close) > high, "the high is below the open or the close")
        sieve.refuse(np.minimum(opened, close) < low, "the low is above the open or the close")


def _order(
    raw: RawTable, times: ParsedTimes, sieve: _Sieve
) -> tuple[IntArray, tuple[Finding, ...]]:
    """Return the usable rows by time, and a finding if that is not how they stood."""
    rows = np.flatnonzero(sieve.is_open)
    steps = np.diff(times.instants[rows].astype(np.int64))
    back = np.flatnonzero(steps < 0)
    order = rows[np.argsort(times.instants[rows], kind="stable")]
    if not back.size:
        return order, ()
    if back.size == steps.size:
        what = "the rows stood newest first; they were turned round"
    else:
        what = f"{back.size} rows stood before an older one; all were sorted by time"
    where = f"line {raw.lines[rows[back[0] + 1]]}"
    return order, (Finding(code="unsorted", where=where, what=what),)


def _find_repeats(
    instants: TimeArray, values: Mapping[str, FloatArray], order: IntArray
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the rows that repeat a bar and those that contradict one, each with its twin."""
    repeats: dict[int, int] = {}
    conflicts: dict[int, int] = {}
    starts = np.flatnonzero(np.diff(instants[order]) == np.timedelta64(0, "us"))
    first = -1
    for here in starts.tolist():
        one, other = int(order[here]), int(order[here + 1])
        if first < 0 or instants[first] != instants[other]:
            first = one
        if all(array[first] == array[other] for array in values.values()):
            repeats[other] = first
        else:
            conflicts[other] = first
            conflicts.setdefault(first, other)
    # A bar that is contradicted anywhere falls with everything that repeats it.
    fallen = {row: twin for row, twin in repeats.items() if twin in conflicts}
    return {r: t for r, t in repeats.items() if r not in fallen}, {**conflicts, **fallen}


def _mark(
    raw: RawTable, sieve: _Sieve, twins: Mapping[int, int], reason: str
) -> tuple[Finding, ...]:
    for row, twin in twins.items():
        sieve.reasons[row] = f"{reason} (line {raw.lines[twin]})"
    if not twins:
        return ()
    if reason.startswith("repeats"):
        code, fate = "repeated-rows", "repeat another and were dropped"
    else:
        code, fate = "conflicting-rows", "give one time different bars and were all refused"
    where = f"line {min(int(raw.lines[row]) for row in twins)}"
    return (Finding(code=code, where=where, what=f"{len(twins)} rows {fate}"),)
