"""Dates as people write them: in which order, with which names of months, in which century."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from bellwether.arrays import BoolArray, IntArray, TimeArray
from bellwether.sources._column_names import simplify_name
from bellwether.sources._hints import NO_HINTS, Hints

FIRST_YEAR, LAST_YEAR = 1700, 2200
# Of two digits alone: a series that ends with 50 ends in 2050, one that ends with 51 in 1951.
LATEST_OF_TWO = 50
FEW_WEEKENDS, MANY_DAYS = 0.02, 10
CLEAR_MAJORITY = 9
EVEN = 8.0

REST = r"(?:[ ,t]+(.*))?$"
MONTH = r"([a-z]{3,})\.?"
FORMS = {
    "year first": r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + REST,
    "without marks": r"^(\d{4})(\d{2})(\d{2})(?:[ t]*(\d.*|$))?$",
    "numbers": r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})" + REST,
    "day, month's name": r"^(\d{1,2})[-/. ]*" + MONTH + r"[-/., ]*(\d{4}|\d{2})" + REST,
    "month's name, day": "^" + MONTH + r"[-/. ]*(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4})" + REST,
    "year, month's name": r"^(\d{4})[-/. ]*" + MONTH + r"[-/. ]*(\d{1,2})" + REST,
}
WEEKDAYS = r"^(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?[.,]? +"
CLOCK = r"^(\d{1,2})[:h](\d{2})(?::(\d{2}))?(?:[.,]\d+)?(?: *([ap])\.?m\.?)?$"
HOUR = r"^(\d{1,2})[- ]?([ap])\.?m\.?$"
DIGITS = r"^(\d{1,2}?)(\d{2})(\d{2})?$"

# English, German, French, Spanish, Italian, Polish, Portuguese and Dutch, by their beginnings;
# a longer one is asked before a shorter.
MONTHS = (
    "jan ene sty gen janv",
    "feb fev lut fevr",
    "mar maer mrz marz mars maa mart",
    "apr avr abr kwi avri",
    "may mai mag maj maio mei mayo",
    "jun juin giu cze",
    "jul juil lug lip",
    "aug aou ago sie",
    "sep set wrz",
    "oct okt ott out paz",
    "nov lis",
    "dec dez dic gru",
)
_MONTH_OF = {word: number for number, words in enumerate(MONTHS, 1) for word in words.split()}


class Question(NamedTuple):
    """What a source leaves open: what was expected, what was found, and the option that tells."""

    expected: str
    was: str
    option: str
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Dates:
    """Dates and clocks as they are written.

    Parameters
    ----------
    local : datetime64[us] array of shape (n_rows,)
        NaT where there is none.
    facts : tuple of str
        What decided how they were read.
    question : Question or None
        What nothing decides.
    """

    local: TimeArray
    facts: tuple[str, ...] = ()
    question: Question | None = None


class _Fields(NamedTuple):
    """Three numbers of each row, zero where there is none, and the time since midnight."""

    numbers: tuple[IntArray, IntArray, IntArray]
    clock: TimeArray
    is_short: bool


def read_dates(text: pl.Series, hints: Hints = NO_HINTS, *, day_first: bool = False) -> Dates:
    """Read dates, with or without a clock behind them, in the form that fits most of them.

    Parameters
    ----------
    text : polars Series of str
    hints : Hints, optional
    day_first : bool, default False
        Whether something beside the dates, such as the header's language, has the day first.

    Returns
    -------
    dates : Dates
        NaT where the form does not fit, or there is no such day.
    """
    bare = _fold(text)
    best = Dates(local=np.full(len(text), np.datetime64("NaT"), dtype="datetime64[us]"))
    most = 0
    for form in FORMS:
        fields = _extract(bare, form)
        if fields is None:
            continue
        dates = _put_together(bare, form, fields, hints, day_first)
        fits = int(np.sum(~np.isnat(dates.local)))
        if fits > most:
            best, most = dates, fits
    return best


def _fold(text: pl.Series) -> pl.Series:
    bare = text.str.strip_chars().str.to_lowercase()
    if not bare.str.contains(r"[a-z]").any():
        return bare
    if bare.str.contains(r"[^\x00-\x7f]").any():
        bare = pl.Series([None if one is None else simplify_name(one) for one in bare])
    return bare.str.replace(WEEKDAYS, "").str.replace_all(r"\bde\b *", "")


def _extract(text: pl.Series, form: str) -> _Fields | None:
    groups = text.str.extract_groups(FORMS[form]).struct.unnest()
    columns = [groups.to_series(place) for place in range(4)]
    if not columns[0].is_not_null().any():
        return None
    named = _month_place(form) if "month's name" in form else None
    numbers = [
        _month_numbers(column) if place == named else _integers(column)
        for place, column in enumerate(columns[:3])
    ]
    clock = _read_clocks(columns[3])
    clock[columns[0].is_null().to_numpy()] = np.timedelta64("NaT")
    year = columns[2] if form.startswith(("day", "month", "numbers")) else columns[0]
    one, two, three = numbers
    return _Fields((one, two, three), clock, bool((year.str.len_chars() == 2).any()))


def _month_place(form: str) -> int:
    return 0 if form.startswith("month") else 1


def _month_numbers(names: pl.Series) -> IntArray:
    unique = names.drop_nulls().unique().to_list()
    numbers = [_find_month(name) for name in unique]
    found = names.replace_strict(unique, numbers, default=0, return_dtype=pl.Int64)
    return found.fill_null(0).to_numpy().astype(np.int64)


def _find_month(name: str) -> int:
    return next((_MONTH_OF[name[:n]] for n in (4, 3) if name[:n] in _MONTH_OF), 0)


def _integers(column: pl.Series) -> IntArray:
    numbers = column.cast(pl.Int64, strict=False).fill_null(0)
    return numbers.to_numpy().astype(np.int64)


def _read_clocks(rest: pl.Series) -> TimeArray:
    """Return the time since midnight: none where nothing is written, NaT where it is no clock."""
    text = rest.fill_null("").str.strip_chars()
    clock = np.zeros(len(text), dtype="timedelta64[us]")
    if not (text != "").any():
        return clock
    clock[:] = np.timedelta64("NaT")
    clock[(text == "").to_numpy()] = np.timedelta64(0)
    for pattern, places in ((CLOCK, (0, 1, 2, 3)), (HOUR, (0, None, None, 1)), (DIGITS, (0, 1, 2))):
        groups = text.str.extract_groups(pattern).struct.unnest()
        found = groups.to_series(0).is_not_null().to_numpy() & (text != "").to_numpy()
        if not found.any():
            continue
        hour, minute, second = (
            np.zeros(len(text), dtype=np.int64)
            if place is None
            else _integers(groups.to_series(place))
            for place in places[:3]
        )
        if len(places) > 3:
            hour = _from_twelve(hour, groups.to_series(places[3]).fill_null("").to_numpy())
        found &= (hour <= 24) & (minute < 60) & (second < 60)
        seconds = hour * 3600 + minute * 60 + second
        clock[found] = seconds[found].astype("timedelta64[s]")
    return clock


def _from_twelve(hour: IntArray, half: np.ndarray) -> IntArray:
    return np.where(half == "", hour, np.where(hour > 12, 99, hour % 12 + 12 * (half == "p")))


def _put_together(
    text: pl.Series, form: str, fields: _Fields, hints: Hints, day_first: bool
) -> Dates:
    one, two, three = fields.numbers
    if form.startswith(("year", "without")):
        return Dates(local=_to_instants(one, two, three, fields.clock))
    facts: tuple[str, ...] = ()
    if fields.is_short:
        three, facts = _unfold_years(three)
    if form == "day, month's name":
        return Dates(local=_to_instants(three, two, one, fields.clock), facts=facts)
    if form == "month's name, day":
        return Dates(local=_to_instants(three, one, two, fields.clock), facts=facts)
    orders = {
        "day-first": _to_instants(three, two, one, fields.clock),
        "month-first": _to_instants(three, one, two, fields.clock),
    }
    leading: tuple[str, ...] = ()
    if fields.is_short:
        years, leading = _unfold_years(one)
        orders["year-first"] = _to_instants(years, two, fields.numbers[2], fields.clock)
    chosen = _choose_order(text, orders, hints, day_first)
    facts = leading if chosen.local is orders.get("year-first") else facts
    return Dates(local=chosen.local, facts=(*chosen.facts, *facts), question=chosen.question)


def _to_instants(year: IntArray, month: IntArray, day: IntArray, clock: TimeArray) -> TimeArray:
    known = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1)
    months = ((np.where(known, year, 1970) - 1970) * 12 + np.where(known, month, 1) - 1).astype(
        "datetime64[M]"
    )
    days = months.astype("datetime64[D]") + np.where(known, day, 1).astype("timedelta64[D]") - 1
    known &= days.astype("datetime64[M]") == months
    instants: TimeArray = np.add(days.astype("datetime64[us]"), clock)
    instants[~known] = np.datetime64("NaT")
    return instants


def _unfold_years(years: IntArray) -> tuple[IntArray, tuple[str, ...]]:
    """Return years of four digits: the widest gap between the years of a century parts them."""
    short = years < 100
    known = np.unique(years[short])
    if not known.size:
        return years, ()
    gaps = np.diff(known, append=known[0] + 100)
    last = int(known[np.argmax(gaps)])
    end = 2000 + last if last <= LATEST_OF_TWO else 1900 + last
    full = np.where(short, years + np.where(years <= last, end - last, end - last - 100), years)
    first = int(full[short].min())
    return full, (f"years have two digits: they are taken as {first} to {end}",)


def _choose_order(
    text: pl.Series, orders: dict[str, TimeArray], hints: Hints, day_first: bool
) -> Dates:
    """Return the dates in the order that the user, or something in the column, tells."""
    if hints.dates is not None:
        local = orders.get(hints.dates, np.full(len(text), np.datetime64("NaT", "us")))
        return Dates(local=local, facts=(f"dates are {hints.dates}, as asked",))
    fits = {name: ~np.isnat(local) for name, local in orders.items()}
    beaten = [name for name in orders if any(_beats(fits[one], fits[name]) for one in orders)]
    rivals = [name for name in orders if name not in beaten]
    if len(rivals) == 1:
        return Dates(local=orders[rivals[0]], facts=_tell_order(text, rivals[0], fits))
    open_ones = {name: orders[name] for name in rivals or orders}
    first = next(iter(open_ones))
    if all(np.array_equal(open_ones[first], one, equal_nan=True) for one in open_ones.values()):
        return Dates(local=open_ones[first])
    for name, why in _weigh(text, open_ones, day_first) if rivals else ():
        return Dates(local=orders[name], facts=(f"dates are {name}: {why}",))
    most = max(open_ones, key=lambda name: int(fits[name].sum()))
    shown = text[int(np.argmax(fits[most]))]
    was = f"{shown}, which may be {' or '.join(open_ones)}"
    question = Question("dates in one order", was, "dates", tuple(open_ones))
    return Dates(local=orders[most], question=question)


def _beats(one: BoolArray, other: BoolArray) -> bool:
    """Return whether rows that only one order can read speak against the other."""
    for_one, for_other = int(np.sum(one & ~other)), int(np.sum(other & ~one))
    return for_one > CLEAR_MAJORITY * for_other


def _tell_order(text: pl.Series, name: str, fits: dict[str, BoolArray]) -> tuple[str, ...]:
    beside = [fit for other, fit in fits.items() if other not in (name, "year-first")]
    alone = fits[name] & ~np.logical_or.reduce(beside)
    shown = f": {text[int(np.argmax(alone))]} can be nothing else" if alone.any() else ""
    return (f"dates are {name}{shown}",)


def _weigh(
    text: pl.Series, orders: dict[str, TimeArray], day_first: bool
) -> Iterator[tuple[str, str]]:
    """Yield the order that a piece of evidence speaks for, the strongest first."""
    dotted = text.str.contains(r"^\d{1,2}\.\d{1,2}\.")
    if bool(dotted.any()) and "day-first" in orders:
        yield "day-first", "dots stand between its numbers"
    sorted_ones = [name for name, local in orders.items() if _is_sorted(local)]
    if len(sorted_ones) == 1:
        yield sorted_ones[0], "only so do the rows stand in order"
    even = [name for name, local in orders.items() if _unevenness(local) <= EVEN]
    if len(even) == 1 and len(text) >= MANY_DAYS:
        yield even[0], "only so do they follow one another evenly"
    weekdays = [name for name, local in orders.items() if _weekend_share(local) <= FEW_WEEKENDS]
    if len(weekdays) == 1 and len(text) >= MANY_DAYS:
        yield weekdays[0], "only so do they fall on weekdays"
    if day_first and "day-first" in orders:
        yield "day-first", "the header's language has it so"


def _is_sorted(local: TimeArray) -> bool:
    steps = np.diff(local[~np.isnat(local)].astype(np.int64))
    return bool((steps >= 0).all() or (steps <= 0).all())


def _unevenness(local: TimeArray) -> float:
    """Return the widest step between neighbours over the usual one."""
    steps = np.diff(np.unique(local[~np.isnat(local)]).astype(np.int64))
    return float(steps.max() / np.median(steps)) if steps.size else 1.0


def _weekend_share(local: TimeArray) -> float:
    days = local[~np.isnat(local)].astype("datetime64[D]")
    return float(np.mean(~np.is_busday(days))) if days.size else 1.0
