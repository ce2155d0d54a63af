"""From JSON to a table of columns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from bellwether.arrays import TimeArray
from bellwether.bars import ColumnsMissing, Layout, MessageNotBars, NotATable
from bellwether.hashing import digest_bytes
from bellwether.sources._frames import tabulate
from bellwether.sources._hints import Hints
from bellwether.sources._json_forms import DATE, PRICES, FoundRows, find_rows, is_lists
from bellwether.sources._raw_table import TABLE_FAULTS, RawTable
from bellwether.sources._times import parse_times

UTC = "UTC"
TROUBLE = ("Error Message", "Information", "Note", "error", "message", "detail", "errors", "msg")
LONGEST_TROUBLE = 300
LARGEST_INTEGER = 1 << 63
READ_AS = 'send a list of records: [{"date": ..., "open": ..., "high": ..., ...}]'


def read_json_table(source: str, name: str, content: bytes, hints: Hints) -> RawTable:
    """Read JSON that holds bars.

    Parameters
    ----------
    source : str
        What errors call it.
    name : str
        The symbol's name where the content does not tell.
    content : bytes
        One JSON value, or one a line.
    hints : Hints

    Returns
    -------
    raw : RawTable

    Raises
    ------
    NotATable
        If it is no JSON, or holds no bars.
    MessageNotBars
        If it is what a service says in place of bars.
    ColumnsMissing
        If rows are lists whose order is not known.

    Notes
    -----
    Known: Alpha Vantage, Alpaca, Polygon, Yahoo's chart, Binance, CCXT and Kraken lists;
    records, columns, and every orientation in which pandas writes a frame.
    """
    value = _parse(source, content)
    found = find_rows(value)
    if found is None:
        _find_message(source, value)
        if is_lists(value):
            raise ColumnsMissing(source, PRICES, [str(one)[:20] for one in value[0]])
        raise NotATable(source, f"JSON without bars ({_outline(value)})", READ_AS)
    table = _make_table(found.rows)
    facts: tuple[str, ...] = ()
    if DATE in table.columns and (found.zone is not None or found.opens):
        dates, facts = _place_dates(table[DATE], found, hints)
        table = table.with_columns(dates.alias(DATE))
    raw = tabulate(table, source, name=found.name or name, digest=digest_bytes(content))
    layout = Layout(name=found.what, facts=facts)
    return replace(raw, layout=layout, opens=found.opens)


def _parse(source: str, content: bytes) -> Any:
    try:
        text = content.decode("utf-8-sig")
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            lines = [line for line in text.splitlines() if line.strip()]
            if len(lines) == 1:
                raise
            return [json.loads(line) for line in lines]
    except UnicodeDecodeError as fault:
        raise NotATable(source, f"no text (byte {fault.start} is not utf-8)") from fault
    except (ValueError, RecursionError) as fault:
        what = f"JSON that breaks off or is faulty ({fault})"[:200]
        raise NotATable(source, what, "fetch it again") from fault


def _find_message(source: str, value: Any) -> None:
    """Raise what a service says in place of bars."""
    if not isinstance(value, dict):
        return
    holders = [value, *(one for one in value.values() if isinstance(one, dict))]
    for told in (holder.get(key) for holder in holders for key in TROUBLE):
        if told:
            text = told if isinstance(told, str) else json.dumps(told)
            raise MessageNotBars(source, text[:LONGEST_TROUBLE])


def _outline(value: Any) -> str:
    if isinstance(value, dict):
        return "an object of " + (", ".join(repr(key)[:40] for key in list(value)[:8]) or "nothing")
    return f"a list of {len(value)}" if isinstance(value, list) else f"a {type(value).__name__}"


def _make_table(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    names = list(dict.fromkeys(key for row in rows for key in row))
    columns = {name: _make_column([row.get(name) for row in rows]) for name in names}
    return pl.DataFrame({name: one for name, one in columns.items() if one is not None})


def _make_column(values: list[Any]) -> pl.Series | None:
    """Return a column of whole numbers, numbers or text; None where it holds anything else."""
    kinds = {type(value) for value in values if value is not None}
    if kinds & {dict, list}:
        return None
    if kinds == {int} and all(abs(one) < LARGEST_INTEGER for one in values if one is not None):
        return pl.Series(values, dtype=pl.Int64)
    if kinds <= {int, float} and float in kinds:
        return pl.Series([_to_float(one) for one in values], dtype=pl.Float64)
    return pl.Series([None if one is None else str(one) for one in values], dtype=pl.String)


def _to_float(value: float | None) -> float | None:
    try:
        return None if value is None else float(value)
    except OverflowError:
        return float("inf")


def _place_dates(
    dates: pl.Series, found: FoundRows, hints: Hints
) -> tuple[pl.Series, tuple[str, ...]]:
    """Return instants in the exchange's zone, or the dates there that they stand for."""
    zone = hints.zone or found.zone or UTC
    times = parse_times(dates, None, hints)
    instants = pl.Series(times.instants, dtype=pl.Datetime("us"))
    try:
        if times.is_local and not dates.dtype.is_integer():
            local = instants.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        else:
            zone = UTC if _are_midnights(times.instants) else zone
            local = instants.dt.replace_time_zone(UTC).dt.convert_time_zone(zone)
    except TABLE_FAULTS:
        return dates, ()
    fact = f"times are in {zone}"
    if found.daily:
        return local.dt.date(), (fact, "instants stand for dates there")
    return local, (fact, *(("times are the bars' openings",) if found.opens else ()))


def _are_midnights(instants: TimeArray) -> bool:
    known = instants[~np.isnat(instants)]
    return bool(np.all(known == known.astype("datetime64[D]")))
