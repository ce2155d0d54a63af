"""Which rows of a table are bars: every other one is refused with its line and its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, IntArray, TimeArray
from bellwether.bars import Finding, Layout, MeaningUnclear, RowRefusal
from bellwether.sources._calendars import AUTO
from bellwether.sources._column_names import ENGLISH, tell_language
from bellwether.sources._date_forms import Question
from bellwether.sources._dialects import PLAIN
from bellwether.sources._hints import NO_HINTS, Hints
from bellwether.sources._numbers import Numbers, read_numbers
from bellwether.sources._raw_table import RawTable
from bellwether.sources._times import ParsedTimes, parse_times
from bellwether.sources._zones import settle_zone

AnyArray = TypeVar("AnyArray", FloatArray, TimeArray)

PRICES = ("open", "high", "low", "close")
NUMBERS = (*PRICES, "volume", "adj_close", "adjustment")


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
    opens : bool
        Whether times of day are those at which the bars open.
    layout : Layout
        The dialect, and what decided how times and numbers were read.
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
    opens: bool
    layout: Layout


def sift_rows(
    raw: RawTable, columns: Mapping[str, str], hints: Hints = NO_HINTS, calendar: str = AUTO
) -> Rows:
    """Part the rows that are bars from those that are not.

    Parameters
    ----------
    raw : RawTable
    columns : mapping of str to str
        Role to column name, as `recognise_columns` gives it.
    hints : Hints, optional
        What the user says about times and numbers.
    calendar : str, default "auto"
        The exchange whose hours may tell the zone of the times.

    Returns
    -------
    rows : Rows

    Raises
    ------
    MeaningUnclear
        If dates, times or numbers may mean two things, and nothing decides.

    Notes
    -----
    Of rows that repeat a bar exactly, the first is kept. Rows that give one instant
    different bars are all refused: nothing in the source says which is true.
    """
    foreign = tell_language(raw.table.columns) != ENGLISH
    clocks = raw.table[columns["time"]] if "time" in columns else None
    times = parse_times(raw.table[columns["date"]], clocks, hints, day_first=foreign)
    _ask(raw, times.question)
    times, opens = settle_zone(times, columns["date"], hints, calendar)
    _ask(raw, times.question)
    numbers = read_numbers(
        {role: raw.table[columns[role]] for role in NUMBERS if role in columns},
        hints,
        comma_first=foreign,
    )
    _ask(raw, numbers.question)
    sieve = _Sieve(raw.table.height)
    sieve.refuse(times.is_blank, "the date is missing")
    sieve.refuse(np.isnat(times.instants), "the date cannot be read")
    values = _check_values(numbers, sieve)
    order, findings = _order(raw, times, sieve)
    repeats, conflicts = _find_repeats(times.instants, values, order)
    findings += _mark(raw, sieve, repeats, "repeats a bar")
    findings += _mark(raw, sieve, conflicts, "conflicts with a bar of the same time")
    order = order if sieve.is_clean else order[sieve.is_open[order]]
    kept = None if _is_whole(order, raw.table.height) else order
    refusals = (*raw.torn, *sieve.refusals(raw))
    layout = raw.layout or Layout(name=PLAIN.name)
    return Rows(
        instants=_pick(times.instants, kept),
        days=_pick(times.days, kept),
        dates_only=times.dates_only,
        values={name: _pick(array, kept) for name, array in values.items()},
        place=order,
        refusals=tuple(sorted(refusals, key=lambda row: row.line)),
        n_unusable=len(refusals) - len(repeats),
        findings=findings,
        told=times,
        opens=raw.opens if opens is None else opens,
        layout=replace(layout, facts=(*layout.facts, *times.facts, *numbers.facts)),
    )


def _ask(raw: RawTable, question: Question | None) -> None:
    if question is not None:
        raise MeaningUnclear(raw.source, *question)


@dataclass(kw_only=False, eq=False)
class _Sieve:
    """The first reason against each row."""

    n_rows: int
    is_open: BoolArray = field(init=False)
    is_clean: bool = field(init=False, default=True)
    reasons: dict[int, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.is_open = np.ones(self.n_rows, dtype=np.bool_)

    def refuse(self, rows: BoolArray, reason: str) -> None:
        """Refuse the rows marked that no reason speaks against so far."""
        if rows.any():
            self.mark(dict.fromkeys(np.flatnonzero(rows & self.is_open).tolist(), reason))

    def mark(self, reasons: Mapping[int, str]) -> None:
        """Refuse rows, each for its own reason, whatever spoke against them."""
        self.reasons.update(reasons)
        self.is_open[list(reasons)] = False
        self.is_clean &= not reasons

    def refusals(self, raw: RawTable) -> list[RowRefusal]:
        return [
            RowRefusal(line=int(raw.lines[row]), reason=self.reasons[row], text=raw.text(row))
            for row in sorted(self.reasons)
        ]


def _check_values(numbers: Numbers, sieve: _Sieve) -> dict[str, FloatArray]:
    """Return prices, volume and adjustment, and refuse the rows where one is not as it must be."""
    values = {name: numbers.values[name] for name in PRICES}
    for name in PRICES:
        _check_numbers(numbers, name, f"the {name}", sieve)
        sieve.refuse(values[name] <= 0, f"the {name} is not above zero")
    values["volume"] = np.zeros(sieve.n_rows)
    if "volume" in numbers.values and not numbers.blanks["volume"].all():
        values["volume"] = numbers.values["volume"]
        _check_numbers(numbers, "volume", "the volume", sieve)
        sieve.refuse(values["volume"] < 0, "the volume is below zero")
    values["adjustment"] = np.ones(sieve.n_rows)
    if "adj_close" in numbers.values and not numbers.blanks["adj_close"].all():
        adjusted = numbers.values["adj_close"]
        _check_numbers(numbers, "adj_close", "the adjusted close", sieve)
        sieve.refuse(adjusted <= 0, "the adjusted close is not above zero")
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            values["adjustment"] = adjusted / values["close"]
    elif "adjustment" in numbers.values:
        # As bellwether hands bars out: the factor, which a quotient would not give back exactly.
        values["adjustment"] = numbers.values["adjustment"]
        _check_numbers(numbers, "adjustment", "the adjustment", sieve)
        sieve.refuse(values["adjustment"] <= 0, "the adjustment is not above zero")
    _check_extremes(values, sieve)
    return values


def _check_numbers(numbers: Numbers, role: str, called: str, sieve: _Sieve) -> None:
    values = numbers.values[role]
    if np.isfinite(values).all():
        return
    sieve.refuse(numbers.blanks[role], f"{called} is missing")
    sieve.refuse(np.isnan(values), f"{called} is not a number")
    sieve.refuse(np.isinf(values), f"{called} is not finite")


def _check_extremes(values: Mapping[str, FloatArray], sieve: _Sieve) -> None:
    opened, high, low, close = (values[name] for name in PRICES)
    sieve.refuse(high < low, "the high is below the low")
    sieve.refuse(np.maximum(opened, close) > high, "the high is below the open or the close")
    sieve.refuse(np.minimum(opened, close) < low, "the low is above the open or the close")


def _is_whole(order: IntArray, n_rows: int) -> bool:
    """Return whether all rows stand in their order."""
    return len(order) == n_rows and bool((order[1:] > order[:-1]).all())


def _pick(array: AnyArray, order: IntArray | None) -> AnyArray:
    return array if order is None else array[order]


def _order(
    raw: RawTable, times: ParsedTimes, sieve: _Sieve
) -> tuple[IntArray, tuple[Finding, ...]]:
    """Return the usable rows by time, and a finding if that is not how they stood."""
    rows = np.flatnonzero(sieve.is_open)
    instants = times.instants[rows].astype("datetime64[us]").view(np.int64)
    back = np.flatnonzero(instants[1:] < instants[:-1])
    if not back.size:
        return rows, ()
    if back.size == len(rows) - 1:
        what = "the rows stood newest first; they were turned round"
    else:
        what = f"{back.size} rows stood before an older one; all were sorted by time"
    where = f"line {raw.lines[rows[back[0] + 1]]}"
    order = rows[np.argsort(instants, kind="stable")]
    return order, (Finding(code="unsorted", where=where, what=what),)


def _find_repeats(
    instants: TimeArray, values: Mapping[str, FloatArray], order: IntArray
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the rows that repeat a bar and those that contradict one, each with its twin."""
    repeats: dict[int, int] = {}
    conflicts: dict[int, int] = {}
    told = instants[order].view(np.int64)
    first = -1
    for here in np.flatnonzero(told[1:] == told[:-1]).tolist():
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
    sieve.mark({row: f"{reason} (line {raw.lines[twin]})" for row, twin in twins.items()})
    if not twins:
        return ()
    if reason.startswith("repeats"):
        code, fate = "repeated-rows", "repeat another and were dropped"
    else:
        code, fate = "conflicting-rows", "give one time different bars and were all refused"
    where = f"line {min(int(raw.lines[row]) for row in twins)}"
    return (Finding(code=code, where=where, what=f"{len(twins)} rows {fate}"),)
