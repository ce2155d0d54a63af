"""LEAN's bars as they are stored: a CSV without header, raw prices, times of opening."""

import re
from dataclasses import dataclass, replace
from pathlib import PurePath

import polars as pl

from bellwether.bars import Layout, UnreadableBars
from bellwether.sources._hints import Hints
from bellwether.sources._raw_table import RawTable
from bellwether.sources._text_tables import read_text_table
from bellwether.sources._zones import check_zone

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


def is_lean(content: bytes) -> bool:
    """Return whether a file begins as LEAN's hour and daily bars do."""
    return FIRST_ROW.match(content[:400]) is not None


def read_lean_table(source: str, name: str, content: bytes, hints: Hints) -> RawTable:
    """Read LEAN's hour or daily bars, unadjusted.

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
        table = table.with_columns(_number(side) / DECI_CENTS for side in SIDES)
        facts.append("prices were hundredths of a cent")
    daily = bool(table["date"].str.ends_with(MIDNIGHT).all())
    if not daily:
        zone = hints.zone or _find_zone(source, place, table)
        check_zone(zone)
        table = table.with_columns(_place_dates(zone))
        facts.append(f"times are the bars' openings in {zone}")
    return replace(
        raw,
        name=name.removesuffix("_trade").removesuffix("_quote").upper(),
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


def _place_dates(zone: str) -> pl.Expr:
    local = pl.col("date").str.to_datetime("%Y%m%d %H:%M", time_unit="us", strict=False)
    return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
