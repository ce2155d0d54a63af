"""The markets of a table: which rows are whose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from bellwether.arrays import IntArray
from bellwether.bars import RowRefusal, SymbolUnclear
from bellwether.sources._raw_table import RawTable

NAMELESS = "the symbol is missing"


@dataclass(frozen=True, kw_only=True, eq=False)
class Market:
    """One market's rows of a table.

    Parameters
    ----------
    name : str
        Its symbol.
    raw : RawTable
        Its rows only; lines that belong to no symbol are counted with the one they follow.
    """

    name: str
    raw: RawTable


def choose_market(raw: RawTable, roles: Mapping[str, str], symbol: str | None) -> Market:
    """Return the rows of one market.

    Parameters
    ----------
    raw : RawTable
    roles : mapping of str to str
        Role to column name.
    symbol : str or None
        Which one; where the table holds one only, what to call it.

    Raises
    ------
    SymbolUnclear
        If the table holds several, and `symbol` is none of them.
    """
    if "symbol" not in roles:
        return Market(name=symbol or raw.name, raw=raw)
    named = _Named(raw, roles["symbol"])
    if len(named.names) == 1 and symbol not in named.names:
        return replace(named.market(0), name=symbol or named.names[0])
    if symbol is None or symbol not in named.names:
        raise SymbolUnclear(raw.source, named.names or ["none"], symbol)
    return named.market(named.names.index(symbol))


def split_markets(raw: RawTable, roles: Mapping[str, str]) -> Iterator[Market]:
    """Return each market of a table, in the order in which they come up.

    Parameters
    ----------
    raw : RawTable
    roles : mapping of str to str
        Role to column name; without a symbol, the table is one market.

    Raises
    ------
    SymbolUnclear
        If no row has a symbol.
    """
    if "symbol" not in roles:
        return iter([Market(name=raw.name, raw=raw)])
    named = _Named(raw, roles["symbol"])
    if not named.names:
        raise SymbolUnclear(raw.source, ["none"], None)
    return map(named.market, range(len(named.names)))


class _Named:
    """Rows by symbol, sorted once."""

    __slots__ = ("_order", "_raw", "_starts", "_torn", "names")

    def __init__(self, raw: RawTable, column: str) -> None:
        self._raw = raw
        texts = raw.table[column].cast(pl.String, strict=False).str.strip_chars()
        blank = (texts.is_null() | (texts == "")).fill_null(value=True)
        codes, self.names = _encode(texts.set(blank, None))
        nameless = np.flatnonzero(blank.to_numpy())
        refused = [
            RowRefusal(line=int(raw.lines[row]), reason=NAMELESS, text=raw.text(row))
            for row in nameless.tolist()
        ]
        self._torn = _assign([*raw.torn, *refused], raw.lines, codes)
        order = np.argsort(codes, kind="stable")
        self._order = order[np.searchsorted(codes[order], 0) :]
        self._starts = np.searchsorted(codes[self._order], np.arange(len(self.names) + 1))

    def market(self, place: int) -> Market:
        raw, torn = self._raw, self._torn.get(place, ())
        rows = self._order[self._starts[place] : self._starts[place + 1]]
        if len(rows) == raw.table.height:
            return Market(name=self.names[place], raw=replace(raw, torn=torn))
        part = replace(
            raw,
            table=raw.table[rows],
            lines=raw.lines[rows],
            text=lambda row: raw.text(int(rows[row])),
            torn=torn,
        )
        return Market(name=self.names[place], raw=part)


def _encode(texts: pl.Series) -> tuple[IntArray, list[str]]:
    """Return the number of each row's symbol, -1 for none, and the symbols by number."""
    names = texts.drop_nulls().unique(maintain_order=True)
    numbers = pl.Series(np.arange(len(names), dtype=np.int64))
    codes = texts.replace_strict(names, numbers, default=-1, return_dtype=pl.Int64)
    return codes.fill_null(-1).to_numpy().astype(np.int64), names.to_list()


def _assign(
    refusals: list[RowRefusal], lines: IntArray, codes: IntArray
) -> dict[int, tuple[RowRefusal, ...]]:
    """Return the refusals by symbol: that of the named row above, else of the first one."""
    named = np.flatnonzero(codes >= 0)
    if not named.size:
        return {}
    owned: dict[int, list[RowRefusal]] = {}
    for row in refusals:
        above = int(np.searchsorted(lines[named], row.line)) - 1
        owned.setdefault(int(codes[named[max(above, 0)]]), []).append(row)
    return {code: tuple(rows) for code, rows in owned.items()}
