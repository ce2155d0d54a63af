"""Laying forecasts onto bars: which bar each row belongs to, and what belongs to none."""

from dataclasses import dataclass

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, IntArray, TimeArray
from bellwether.bars import Bars, Panel
from bellwether.service._audit_errors import ForecastColumnsUnclear, ForecastsElsewhere
from bellwether.service._audit_findings import AuditFinding
from bellwether.service._audit_options import AuditOptions
from bellwether.service._audit_rows import Fate, RowCounts
from bellwether.service._audit_table import ForecastTable

MOMENT = np.timedelta64(1, "us")
DAY = np.timedelta64(1, "D")
# A row this share of a bar after a close still counts as known at that close.
LATE_SHARE = 0.05
LEAST_PLACED = 0.5
SHIFT_FITS, SHIFT_GAINS = 0.98, 0.05
NOWHERE = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class PlacedForecasts:
    """What was forecast at which bar.

    Parameters
    ----------
    panel : Panel
        The symbols that there are forecasts about.
    names : tuple of str
        The configurations: one a column; one in all for a column a symbol.
    values : one float64 array of shape (n_configurations, n_bars) a symbol
        As written, in the row of the bar at whose mark (close or open) it was known.
    in_words : tuple of bool, one a configuration
    findings : tuple of AuditFinding
    n_rows : int
        Rows of the table.
    """

    panel: Panel
    names: tuple[str, ...]
    values: tuple[FloatArray, ...]
    in_words: tuple[bool, ...]
    findings: tuple[AuditFinding, ...]
    n_rows: int


def place_forecasts(table: ForecastTable, panel: Panel, options: AuditOptions) -> PlacedForecasts:
    """Lay each row of a table onto the bar at which it was known.

    Parameters
    ----------
    table : ForecastTable
    panel : Panel
    options : AuditOptions

    Returns
    -------
    placed : PlacedForecasts

    Raises
    ------
    ForecastColumnsUnclear
        If nothing says which of several symbols a row is about.
    ForecastsElsewhere
        If fewer than half of the rows are about these bars, or dates alone are to be found
        among bars shorter than a day.

    Notes
    -----
    Knows: a row is known at the first close that is not before its time (a twentieth of a bar
    later still counts), never at an earlier one. Of several rows within one bar the latest
    holds; rows that give one time different forecasts are all left out.
    """
    counts = RowCounts()
    symbols, columns = _match_symbols(table, panel, counts)
    values = []
    for symbol in symbols:
        bars = panel.bars[panel.symbols.index(symbol)]
        rows = np.flatnonzero(table.rows_of(symbol))
        place = _place_rows(table, rows, bars, options, counts)
        own = [table.columns[number].values[rows] for number in columns[symbol]]
        laid, repeated, contradicted = _settle_rows(table, rows, place, np.array(own), len(bars))
        counts.mark(Fate.REPEATED, repeated)
        counts.mark(Fate.CONTRADICTED, contradicted)
        values.append(laid)
    _check_placed(table, panel, counts)
    first = columns[symbols[0]]
    names = tuple(table.columns[number].name for number in first)
    is_wide = len({tuple(numbers) for numbers in columns.values()}) > 1
    return PlacedForecasts(
        panel=Panel(bars=[panel.bars[panel.symbols.index(symbol)] for symbol in symbols]),
        names=(options.name,) if is_wide else names,
        values=tuple(values),
        in_words=tuple(table.columns[number].in_words for number in first),
        findings=counts.tell(table, options),
        n_rows=len(table),
    )


def _match_symbols(
    table: ForecastTable, panel: Panel, counts: RowCounts
) -> tuple[list[str], dict[str, list[int]]]:
    """Return the symbols to be judged, and the columns that are about each."""
    everything = list(range(len(table.columns)))
    if table.symbols:
        known = set(table.symbols)
        counts.unknown = sorted(known - set(panel.symbols))
        counts.silent = sorted(set(panel.symbols) - known)
        named = [symbol for symbol in panel.symbols if symbol in known]
        if named:
            return named, dict.fromkeys(named, everything)
        raise ForecastsElsewhere(
            f"forecasts about {', '.join(panel.symbols[:6])}",
            f"forecasts about {', '.join(sorted(known)[:6])}",
            "bring the bars of the same symbols, or call them alike with --symbol",
        )
    if len(panel) == 1:
        return list(panel.symbols), {panel.symbols[0]: everything}
    place = {column.name: number for number, column in enumerate(table.columns)}
    named = [symbol for symbol in panel.symbols if symbol in place]
    if not named:
        raise ForecastColumnsUnclear(
            table.source,
            "a column 'symbol', or one column a symbol,",
            f"columns {', '.join(place)} for the bars of {len(panel)} symbols",
            f"name the columns after the symbols ({', '.join(panel.symbols[:3])}), or add one "
            "that tells the symbol",
        )
    counts.unknown = sorted(set(place) - set(named))
    counts.silent = sorted(set(panel.symbols) - set(named))
    return named, {symbol: [place[symbol]] for symbol in named}


def _place_rows(
    table: ForecastTable, rows: IntArray, bars: Bars, options: AuditOptions, counts: RowCounts
) -> IntArray:
    """Return the bar at whose mark each row was known, NOWHERE where there is none."""
    find = _place_days if table.dates_only else _place_instants
    place = find(table, rows, bars, counts)
    counts.mark(Fate.PLACED, rows[place != NOWHERE])
    if table.about.size:
        place = _keep_steps(table, rows, bars, place, options, counts)
    if options.known_at == "previous-close":
        place = np.where(place > 0, place - 1, NOWHERE)
    return place


def _place_days(table: ForecastTable, rows: IntArray, bars: Bars, counts: RowCounts) -> IntArray:
    if bars.interval[-1] not in "dw":
        raise ForecastsElsewhere(
            f"a time of day for forecasts about bars of {bars.interval}",
            "dates alone",
            "write the instant at which each forecast was known, such as 2020-01-02T15:00Z",
        )
    own, days = _days_of(bars), table.days[rows]
    place = _find_days(days, own)
    counts.mark(Fate.BEFORE, rows[days < own[0]])
    counts.mark(Fate.AHEAD, rows[days > own[-1]])
    inside = (days >= own[0]) & (days <= own[-1])
    counts.mark(Fate.NO_BAR, rows[inside & (place == NOWHERE)])
    counts.shifts.append(_find_shift(days[inside], own))
    return place


def _days_of(bars: Bars) -> TimeArray:
    """Return the date of each bar: markets that never close end their day at midnight."""
    days: TimeArray = (bars.closed_at - MOMENT).astype("datetime64[D]")
    return days


def _find_days(days: TimeArray, own: TimeArray) -> IntArray:
    place = np.minimum(np.searchsorted(own, days), len(own) - 1)
    return np.where(own[place] == days, place, NOWHERE).astype(np.int64)


def _find_shift(days: TimeArray, own: TimeArray) -> int:
    """Return 1 or -1 where dates so many days later are bars and as written many are not."""
    if not days.size:
        return 0

    def fits(shift: int) -> float:
        return float(np.mean(_find_days(days + shift * DAY, own) != NOWHERE))

    best = max((1, -1), key=fits)
    return best if fits(best) >= max(SHIFT_FITS, fits(0) + SHIFT_GAINS) else 0


def _place_instants(
    table: ForecastTable, rows: IntArray, bars: Bars, counts: RowCounts
) -> IntArray:
    stamps, closes = table.stamps[rows], bars.closed_at
    place, moved = _find_closes(stamps, closes)
    counts.mark(Fate.BEFORE, rows[(place == NOWHERE) & (stamps < closes[0])])
    counts.mark(Fate.AHEAD, rows[(place == NOWHERE) & (stamps > closes[-1])])
    counts.mark(Fate.MOVED, rows[moved])
    return place


def _find_closes(stamps: TimeArray, closes: TimeArray) -> tuple[IntArray, BoolArray]:
    """Return the first close that is not before each instant, and which ones had to wait."""
    typical = int(np.median(np.diff(closes).astype(np.int64))) if len(closes) > 1 else 0
    place = np.searchsorted(closes, stamps - np.timedelta64(int(LATE_SHARE * typical), "us"))
    outside = (place == len(closes)) | (stamps <= closes[0] - np.timedelta64(typical, "us"))
    moved = ~outside & (closes[np.minimum(place, len(closes) - 1)] > stamps)
    return np.where(outside, NOWHERE, place).astype(np.int64), moved


def _keep_steps(
    table: ForecastTable,
    rows: IntArray,
    bars: Bars,
    made: IntArray,
    options: AuditOptions,
    counts: RowCounts,
) -> IntArray:
    """Keep the rows that are about as many bars ahead as is asked."""
    if options.known_at != "close":
        raise ForecastsElsewhere(
            "--known-at close where the table tells when each forecast was made",
            options.known_at,
            "leave --known-at out",
        )
    about = table.about[rows]
    if table.dates_only:
        target = _find_days(about.astype("datetime64[D]"), _days_of(bars))
    else:
        target = _find_closes(about, bars.closed_at)[0]
    known = (made != NOWHERE) & (target != NOWHERE)
    fits = known & (target - made == options.horizon_bars)
    if known.any() and not fits.any():
        steps = sorted({int(step) for step in (target - made)[known]})
        raise ForecastsElsewhere(
            f"forecasts made {options.horizon_bars} bars before the bar they are about",
            f"{', '.join(map(str, steps[:8]))} bars before",
            f"choose one of these with --horizon, such as --horizon {max(steps[0], 1)}",
        )
    counts.mark(Fate.OTHER_STEPS, rows[known & ~fits])
    counts.mark(Fate.AHEAD, rows[(made != NOWHERE) & (target == NOWHERE)])
    return np.where(fits, made, NOWHERE)


def _settle_rows(
    table: ForecastTable, rows: IntArray, place: IntArray, values: FloatArray, n_bars: int
) -> tuple[FloatArray, IntArray, IntArray]:
    """Return one forecast a bar, and the rows that repeat and contradict others.

    Contradictions are left out; of several rows within one bar the latest is taken.
    """
    stamps = table.stamps[rows]
    laid = np.full((len(values), n_bars), np.nan)
    kept = np.flatnonzero(place != NOWHERE)
    order = kept[np.lexsort((stamps[kept], place[kept]))]
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (np.diff(place[order]) != 0) | (np.diff(stamps[order]) != np.timedelta64(0, "us"))
    group = np.cumsum(fresh) - 1
    wrong = _find_contradicted(values[:, order], group)
    sound = order[~wrong]
    # Rows are in order of time: of several within one bar the last one stays.
    laid[:, place[sound]] = values[:, sound]
    return laid, rows[order[~fresh & ~wrong]], rows[order[wrong]]


def _find_contradicted(values: FloatArray, group: IntArray) -> BoolArray:
    """Return which rows give one time another forecast than their twins."""
    wrong = np.zeros(len(group), dtype=np.bool_)
    sizes = np.bincount(group) if group.size else np.zeros(0, dtype=np.int64)
    for number in np.flatnonzero(sizes > 1):
        rows = np.flatnonzero(group == number)
        first = values[:, rows[:1]]
        same = (values[:, rows] == first) | (np.isnan(values[:, rows]) & np.isnan(first))
        wrong[rows] = not bool(same.all())
    return wrong


def _check_placed(table: ForecastTable, panel: Panel, counts: RowCounts) -> None:
    n_placed, n_asked = counts.n(Fate.PLACED), len(table) - counts.n(Fate.AHEAD)
    if table.symbols:
        n_asked = int(np.isin(table.symbols, panel.symbols).sum()) - counts.n(Fate.AHEAD)
    if n_placed and n_placed >= LEAST_PLACED * n_asked:
        return
    spans = [
        f"{np.datetime_as_string(times.min(), unit='D')} to "
        f"{np.datetime_as_string(times.max(), unit='D')}"
        for times in (panel.closed_at, table.stamps)
    ]
    raise ForecastsElsewhere(
        f"forecasts at times of the bars ({spans[0]})",
        f"{n_placed:,} of {len(table):,} rows there (they run from {spans[1]})",
        "bring the bars that the forecasts are about, and write the times as the bars have them",
    )
