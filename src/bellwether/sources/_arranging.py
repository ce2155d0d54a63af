"""The columns of a table made those of bars: closes alone, a symbol a column, which volume."""

import re
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from bellwether.bars import ColumnsMissing, Layout
from bellwether.sources._column_names import NEEDED, find_roles, plain_names, simplify_name
from bellwether.sources._dialects import CLOSES, FRED, LONG, PLAIN, WIDE
from bellwether.sources._numbers import BLANKS
from bellwether.sources._raw_table import RawTable
from bellwether.sources._text_levels import SYMBOL, stack

PRICES = ("open", "high", "low")
TICKERS = re.compile(r"(?=.*[A-Z])[A-Z0-9^][A-Z0-9.^=/&_-]{0,19}( (US|LN|GR|FP) Equity)?")
WORDS_ALONE = "one number a row is the close: open, high and low are taken to be the same"


def arrange_table(
    raw: RawTable, chosen: Mapping[str, str] | None = None
) -> tuple[RawTable, dict[str, str]]:
    """Return a table as one of bars, and which column plays which role.

    Parameters
    ----------
    raw : RawTable
    chosen : mapping of str to str, optional
        Roles whose column the user names.

    Returns
    -------
    raw : RawTable
        With a column of symbols where each had a column of its own.
    roles : dict of str to str
        Role to column; date, open, high, low and close always.

    Raises
    ------
    ColumnsMissing
        If a needed column is not recognised.
    UnreadableBars
        If a chosen role does not exist.
    """
    roles = find_roles(raw.source, raw.table.columns, chosen)
    missing = [role for role in NEEDED if role not in roles]
    if not missing:
        return _tell(raw, roles, chosen or {})
    wide = _find_tickers(raw, roles)
    if wide:
        return _spread(raw, roles["date"], wide)
    if _has_closes_alone(raw, roles, chosen or {}):
        return _name(raw, CLOSES.name, WORDS_ALONE), roles | dict.fromkeys(PRICES, roles["close"])
    raise ColumnsMissing(raw.source, missing, raw.table.columns)


def _name(raw: RawTable, name: str, *facts: str) -> RawTable:
    layout = raw.layout or Layout(name=PLAIN.name)
    known = name if layout.name == PLAIN.name else layout.name
    return replace(raw, layout=Layout(name=known, facts=(*layout.facts, *facts)))


def _tell(
    raw: RawTable, roles: dict[str, str], chosen: Mapping[str, str]
) -> tuple[RawTable, dict[str, str]]:
    ticks = dict(zip(plain_names(raw.table.columns), raw.table.columns, strict=True)).get("tickvol")
    if ticks and "volume" not in chosen and not _has_any(raw.table[roles["volume"]]):
        raw = _name(raw, PLAIN.name, "there is no real volume: ticks are taken for it")
        roles = roles | {"volume": ticks}
    if "symbol" in roles and raw.layout is not None and raw.layout.name == PLAIN.name:
        raw = _name(raw, LONG.name, f"symbols are in column {roles['symbol']!r}")
    return raw, roles


def _has_any(column: pl.Series) -> bool:
    return bool((column.cast(pl.Float64, strict=False).fill_null(0.0) != 0.0).any())


def _has_closes_alone(raw: RawTable, roles: Mapping[str, str], chosen: Mapping[str, str]) -> bool:
    """Return whether there is a close and nothing that could be another price, or it is asked."""
    if not {"date", "close"} <= set(roles) or any(role in roles for role in PRICES):
        return False
    others = [name for name in raw.table.columns if name not in roles.values()]
    return "close" in chosen or not any(_is_numeric(raw.table[name]) for name in others)


def _find_tickers(raw: RawTable, roles: Mapping[str, str]) -> list[str]:
    """Return the columns if all but the date are named like tickers and hold numbers."""
    names = [name for name in raw.table.columns if name != roles.get("date")]
    words = [
        role for role, name in roles.items() if role != "date" and len(simplify_name(name)) > 1
    ]
    if "date" not in roles or words or not names:
        return []
    fit = all(TICKERS.fullmatch(name) and _is_numeric(raw.table[name]) for name in names)
    return names if fit else []


def _is_numeric(column: pl.Series) -> bool:
    numbers = column.cast(pl.Float64, strict=False)
    if column.dtype == pl.String:
        text = column.str.strip_chars().str.to_lowercase()
        words = numbers.is_null() & ~text.is_in(BLANKS).fill_null(value=True)
        return not bool(words.any()) and bool(numbers.is_not_null().any())
    return column.dtype.is_numeric()


def _spread(raw: RawTable, date: str, tickers: list[str]) -> tuple[RawTable, dict[str, str]]:
    close = "close"
    roles = {"date": date, **dict.fromkeys((*PRICES, close), close)}
    if len(tickers) == 1:
        table = raw.table.rename({tickers[0]: close})
        single = replace(_name(raw, FRED.name, WORDS_ALONE), name=tickers[0], table=table)
        return single, roles
    parts = {name: raw.table.select(pl.col(date), pl.col(name).alias(close)) for name in tickers}
    told = f"{len(tickers)} symbols have a column each"
    return _name(stack(raw, parts), WIDE.name, told, WORDS_ALONE), roles | {"symbol": SYMBOL}
