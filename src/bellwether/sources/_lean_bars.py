"""LEAN's bars as they are stored: a CSV without header, raw prices, times of opening."""

import re
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np
import polars as pl

from bellwether.bars import Layout, RowRefusal, UnreadableBars
from bellwether.sources._hints import Hints
from bellwether.sources._raw_table import RawTable
from bellwether.sources._text_tables import read_text_table
from bellwether.sources._zones import check_zone

DAY_FILE = re.compile(r"(?:^|[/\\ ])(\d{8})_([^/\\ ]+)_(?:minute|second)_(?:trade|quote)\.csv$")
"""Where LEAN says of which day and whom bars of minutes are: the name of the file."""

SINCE_MIDNIGHT = re.compile(rb"\d{1,8}(,[\d.]*){5,10}(\r?\n|$)")
FIRST_ROW = re.compile(rb"\d{8} \d\d:\d\d(,[\d.]+){5}(,[\d.]*){0,5}\r?\n")
SIDES = ("open", "high", "low", "close")
TRADES = ("date", *SIDES, "volume")
QUOTES = (
    "date", *(f"bid {side}" for side in SIDES), "bid size",
    *(f"ask {side}" for side in SIDES), "ask size",
)  # fmt: skip
DECI_CENTS = 1e4
LEAST_DECI_CENTS = 1000.0
MIDNIGHT = " 00:00"
DAY_MILLISECONDS = 86_400_000
KINDS = ("equity", "crypto", "cryptofuture", "forex", "cfd", "index", "future", "option")
ZONES = {
    ("equity", "usa"): "America/New_York",
    ("index", "usa"): "America/Chicago",
    ("index", "hkfe"): "Asia/Hong_Kong",
    ("equity", "india"): "Asia/Kolkata",
    ("forex", "fxcm"): "Etc/GMT+5",
}
AROUND_THE_CLOCK = ("crypto", "cryptofuture", "forex", "cfd")


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a file stands in LEAN's folders: kind and market, empty where it was moved out."""

    kind: str = ""
    market: str = ""


def is_lean(source: str, content: bytes) -> bool:
    """Return whether a file begins as LEAN's bars do; those of minutes are known by their name."""
    head = content[:400]
    by_name = DAY_FILE.search(source) is not None and SINCE_MIDNIGHT.match(head) is not None
    return by_name or FIRST_ROW.match(head) is not None


def read_lean_table(source: str, name: str, content: bytes, hints: Hints) -> RawTable:
    """Read LEAN's daily bars, or those of hours, minutes and seconds, unadjusted.

    Parameters
    ----------
    source : str
        Path, and name within the archive: its folders tell the kind of market.
    name : str
        The symbol's name; LEAN writes it in lower case.
    content : bytes
    hints : Hints

    Returns
    -------
    raw : RawTable

    Raises
    ------
    UnreadableBars
        If the bars tell a time of day, and nothing tells its zone.

    Notes
    -----
    Prices of equities are stored in hundredths of a cent; where the folders are gone, whole
    numbers throughout are taken for that. Of quotes, the middle of bid and ask is taken.
    """
    width = content.partition(b"\n")[0].count(b",") + 1
    header = TRADES if width == len(TRADES) else QUOTES
    raw = read_text_table(source, name, ",".join(header).encode() + b"\n" + content)
    place = _find_place(source)
    table, facts = raw.table, []
    if header is QUOTES:
        table, facts = _take_middle(table), ["prices are the middle of bid and ask"]
    if _is_deci_cents(table, place):
        table = table.with_columns(_divide(table[side]) for side in SIDES)
        facts.append("prices were hundredths of a cent")
    day_file = DAY_FILE.search(source)
    daily = day_file is None and bool(table["date"].str.ends_with(MIDNIGHT).all())
    if not daily:
        zone = hints.zone or _find_zone(source, place, table)
        check_zone(zone)
        times = _read_times() if day_file is None else _count_from(day_file[1])
        table = table.with_columns(
            times.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        )
        facts.append(f"times are the bars' openings in {zone}")
        raw, table = _refuse_timeless(raw, table)
    return replace(
        raw,
        name=(day_file[2] if day_file else _bare(name)).upper(),
        table=table,
        lines=raw.lines - 1,
        torn=tuple(replace(row, line=row.line - 1) for row in raw.torn),
        layout=Layout(name="LEAN", facts=(*facts, "prices are not adjusted")),
        opens=not daily,
    )


def _find_place(source: str) -> _Place:
    parts = [part.lower() for part in PurePath(source).parts]
    for place, part in enumerate(parts[:-1]):
        if part in KINDS:
            return _Place(kind=part, market=parts[place + 1])
    return _Place()


def _divide(column: pl.Series) -> pl.Series:
    # By polars it would be a product with 1e-4, and 168.26 be 168.26000000000002.
    values = column.cast(pl.Float64, strict=False).to_numpy() / DECI_CENTS
    return pl.Series(column.name, values, nan_to_null=True)


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64, strict=False)


def _take_middle(table: pl.DataFrame) -> pl.DataFrame:
    middle = [((_number(f"bid {side}") + _number(f"ask {side}")) / 2).alias(side) for side in SIDES]
    return table.select("date", *middle)


def _is_deci_cents(table: pl.DataFrame, place: _Place) -> bool:
    if place.kind:
        return place.kind == "equity"
    numbers = table.select(_number(side) for side in SIDES)
    whole = all((column.drop_nulls() % 1 == 0).all() for column in numbers)
    return whole and float(numbers["close"].median() or 0.0) >= LEAST_DECI_CENTS  # type: ignore[arg-type]


def _find_zone(source: str, place: _Place, table: pl.DataFrame) -> str:
    zone = ZONES.get((place.kind, place.market))
    if zone is None and place.kind in AROUND_THE_CLOCK:
        zone = "UTC"
    if zone is None:
        raise UnreadableBars(
            source,
            "the time zone of LEAN's bars",
            f"times such as {table['date'][0]} and no folders that tell the market",
            "name it: --zone America/New_York",
        )
    return zone


def _refuse_timeless(raw: RawTable, table: pl.DataFrame) -> tuple[RawTable, pl.DataFrame]:
    """Put the rows aside whose time is none; a later reader could not tell them from blank ones."""
    is_known = table["date"].is_not_null().to_numpy()
    rows = np.flatnonzero(is_known)
    if len(rows) == table.height:
        return raw, table
    refused = [
        RowRefusal(line=int(raw.lines[row]), reason="the time cannot be read", text=raw.text(row))
        for row in np.flatnonzero(~is_known).tolist()
    ]
    kept = replace(
        raw,
        lines=raw.lines[rows],
        text=lambda row: raw.text(int(rows[row])),
        torn=(*raw.torn, *refused),
    )
    return kept, table.filter(is_known)


def _bare(name: str) -> str:
    return name.removesuffix("_trade").removesuffix("_quote")


def _read_times() -> pl.Expr:
    return pl.col("date").str.to_datetime("%Y%m%d %H:%M", time_unit="us", strict=False)


def _count_from(day: str) -> pl.Expr:
    """Return the times of a day that are told in milliseconds since its midnight."""
    midnight = pl.lit(day).str.to_datetime("%Y%m%d", time_unit="us", strict=False)
    passed = pl.col("date").cast(pl.Int64, strict=False)
    within = pl.when(passed.is_between(0, DAY_MILLISECONDS - 1)).then(passed)
    return (midnight + pl.duration(milliseconds=within, time_unit="us")).alias("date")
