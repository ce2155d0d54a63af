"""The forms in which JSON holds bars: the answers of data services, records, columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Rows: TypeAlias = Sequence[Mapping[str, Any]]

DATE, SYMBOL, PRICES = "date", "symbol", ("open", "high", "low", "close")
SHORT = {"t": DATE, "o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}
LETTERS = frozenset("tohlc")
CCXT = (DATE, *PRICES, "volume")
BINANCE = (*CCXT, "close time")
KRAKEN = (DATE, *PRICES, "vwap", "volume")
N_BINANCE, N_KRAKEN = 12, 8
NEW_YORK = "America/New_York"
MOST_LOOKED_AT = 50


@dataclass(frozen=True, kw_only=True)
class FoundRows:
    """Rows of one or several markets, and what is known of them.

    Parameters
    ----------
    what : str
        The form.
    rows : sequence of mappings
        Column to value; several markets have a symbol in each row.
    name : str or None
        The one symbol.
    zone : str or None
        Name of the exchange's time zone.
    opens : bool
        Whether times are those at which the bars open.
    daily : bool
        Whether the instants stand for dates of that zone, whatever their time of day.
    """

    what: str
    rows: Rows
    name: str | None = None
    zone: str | None = None
    opens: bool = False
    daily: bool = False


def find_rows(value: object) -> FoundRows | None:
    """Return the bars in a JSON value; None where no known form of them is there."""
    for find in FINDERS:
        found = find(value)
        if found is not None and found.rows:
            return found
    return None


def is_lists(value: Any) -> bool:
    """Return whether a JSON value is a list of lists."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], list)


def _from_alpha_vantage(value: Any) -> FoundRows | None:
    if not isinstance(value, dict):
        return None
    kinds = ("Time Series", "Weekly", "Monthly")
    series = next((key for key in value if key.startswith(kinds)), "")
    table, meta = value.get(series), value.get("Meta Data", {})
    if not isinstance(table, dict) or not isinstance(meta, dict):
        return None
    told = {key.partition(". ")[2]: str(one) for key, one in meta.items()}
    zone = told.get("Time Zone", "")
    rows = [
        {DATE: at, **{_strip(key): one for key, one in row.items()}}
        for at, row in table.items()
        if isinstance(row, dict)
    ]
    return FoundRows(
        what="Alpha Vantage JSON",
        rows=rows,
        name=told.get("Symbol") or told.get("Digital Currency Code"),
        zone=NEW_YORK if zone.startswith("US/Eastern") else zone or None,
        opens=any(str(row[DATE]).endswith((" 09:30:00", " 04:00:00")) for row in rows),
    )


def _strip(key: str) -> str:
    """Return "close" of "4. close" and of "4a. close (USD)"; what comes twice keeps its end."""
    name = key.partition(". ")[2] or key
    return name.removesuffix(" (USD)")


def _from_yahoo_chart(value: Any) -> FoundRows | None:
    try:
        results = value["chart"]["result"]
        rows = [row for one in results for row in _read_chart(one)]
        meta = results[0]["meta"]
        zone, length = meta.get("exchangeTimezoneName"), str(meta.get("dataGranularity", "1d"))
    except (KeyError, TypeError, IndexError, AttributeError):
        return None
    daily, zone = length.endswith(("d", "wk", "mo")), zone if isinstance(zone, str) else None
    return FoundRows(what="Yahoo chart", rows=rows, zone=zone, opens=True, daily=daily)


def _read_chart(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    columns = {DATE: one.get("timestamp") or [], **one["indicators"]["quote"][0]}
    for adjusted in one["indicators"].get("adjclose") or []:
        columns["adj close"] = adjusted["adjclose"]
    return [{**row, SYMBOL: one["meta"].get("symbol")} for row in _turn(columns)]


def _from_bars(value: Any) -> FoundRows | None:
    """Alpaca: the bars of one symbol, or of each; Polygon: results."""
    if not isinstance(value, dict):
        return None
    some = value.get("bars", value.get("results"))
    if isinstance(some, dict):
        some = [{**one, SYMBOL: key} for key, own in some.items() for one in _records(own)]
    rows = _records(some)
    if not rows or not set(rows[0]) >= LETTERS:
        return None
    return FoundRows(
        what="Alpaca JSON" if "bars" in value else "Polygon JSON",
        rows=[_rename(one) for one in rows],
        name=_name_of(value),
        zone=NEW_YORK,
        opens=True,
    )


def _from_lists(value: Any) -> FoundRows | None:
    """Binance and CCXT: lists of numbers in a known order; Kraken: such lists under a name."""
    if isinstance(value, dict):
        return _from_kraken(value)
    if not is_lists(value) or len(value[0]) not in (len(CCXT), N_BINANCE):
        return None
    is_binance = len(value[0]) == N_BINANCE
    rows = _name_columns(BINANCE if is_binance else CCXT, value)
    what = "Binance JSON" if is_binance else "CCXT lists"
    return FoundRows(what=what, rows=rows, opens=True) if _fits(rows) else None


def _from_kraken(value: Mapping[str, Any]) -> FoundRows | None:
    result = value.get("result")
    if not isinstance(result, dict):
        return None
    lists = {key: one for key, one in result.items() if is_lists(one)}
    if len(lists) != 1:
        return None
    [(name, some)] = lists.items()
    rows = _name_columns(KRAKEN, some) if len(some[0]) == N_KRAKEN else []
    return FoundRows(what="Kraken JSON", rows=rows, name=name, opens=True) if _fits(rows) else None


def _name_columns(names: Sequence[str], lists: Sequence[Any]) -> list[dict[str, Any]]:
    return [dict(zip(names, one, strict=False)) for one in lists if isinstance(one, list)]


def _fits(rows: Rows) -> bool:
    """Return whether the place of the high holds the highest price, of the low the lowest."""
    for row in rows[:MOST_LOOKED_AT]:
        try:
            opened, high, low, close = (float(row[one]) for one in PRICES)
        except (TypeError, ValueError, KeyError):
            continue
        if not low <= min(opened, close) <= max(opened, close) <= high:
            return False
    return bool(rows)


def _from_split(value: Any) -> FoundRows | None:
    """Find what pandas writes with orient="split" and "table", and services under "data"."""
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        return None
    data, columns = value["data"], value.get("columns")
    if not (isinstance(columns, list) and is_lists(data)):
        return FoundRows(what="JSON records", rows=_spell_out(_records(data)), name=_name_of(value))
    index = value.get("index")
    times = index if isinstance(index, list) else [None] * len(data)
    named = _name_columns([str(one) for one in columns], data)
    rows = [{DATE: at, **row} for at, row in zip(times, named, strict=False)]
    return FoundRows(what="JSON of pandas", rows=rows)


def _from_columns(value: Any) -> FoundRows | None:
    """Columns of equal length, or what pandas writes by column or by row."""
    if not isinstance(value, dict):
        return None
    columns = {key: one for key, one in value.items() if isinstance(one, list) and one}
    if len(columns) >= len(PRICES):
        rows = _spell_out(_turn(columns))
        opens = set(columns) >= LETTERS
        return FoundRows(what="JSON columns", rows=rows, name=_name_of(value), opens=opens)
    nested = {key: one for key, one in value.items() if isinstance(one, dict) and one}
    if not nested:
        return None
    if "close" in {key.lower() for key in nested}:
        index = list(dict.fromkeys(at for one in nested.values() for at in one))
        columns = {key: [one.get(at) for at in index] for key, one in nested.items()}
        return FoundRows(what="JSON of pandas", rows=_turn({DATE: index, **columns}))
    if not _has_prices(next(iter(nested.values()))):
        return None
    return FoundRows(what="JSON by date", rows=[{DATE: at, **one} for at, one in nested.items()])


def _from_records(value: Any) -> FoundRows | None:
    rows = _records(value)
    if not rows and isinstance(value, dict):
        lists = (some for some in map(_records, value.values()) if some)
        rows = next((some for some in lists if _has_prices(some[0])), [])
    if not rows:
        return None
    name = _name_of(value) if isinstance(value, dict) else None
    opens = set(rows[0]) >= LETTERS
    return FoundRows(what="JSON records", rows=_spell_out(rows), name=name, opens=opens)


FINDERS: tuple[Callable[[Any], FoundRows | None], ...] = (
    _from_alpha_vantage,
    _from_yahoo_chart,
    _from_bars,
    _from_lists,
    _from_split,
    _from_columns,
    _from_records,
)


def _has_prices(row: Mapping[str, Any]) -> bool:
    return set(row) >= LETTERS or any("close" in key.lower() for key in row)


def _name_of(value: Mapping[str, Any]) -> str | None:
    name = value.get(SYMBOL) or value.get("ticker")
    return name if isinstance(name, str) else None


def _records(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _spell_out(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_rename(one) for one in rows] if rows and set(rows[0]) >= LETTERS else rows


def _rename(row: Mapping[str, Any]) -> dict[str, Any]:
    """Spell out letters; Polygon's T is the symbol, its n and vw are none of ours."""
    renamed = {SHORT.get(key, key): one for key, one in row.items() if key not in ("T", "n", "vw")}
    return {**renamed, SYMBOL: row["T"]} if "T" in row else renamed


def _turn(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return the rows of columns; short ones end in nothing."""
    n_rows = max(map(len, columns.values()), default=0)
    return [
        {key: one[row] if row < len(one) else None for key, one in columns.items()}
        for row in range(n_rows)
    ]
