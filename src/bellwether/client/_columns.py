"""Bars of any make become plain columns: nothing is imported for them."""

import datetime as dt
import math
import sys
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bellwether.client._calls import write_json
from bellwether.client._errors import BarsUnusable
from bellwether.client._reading import told

COLUMNS = ("open", "high", "low", "close", "volume")
FRAMES = "application/vnd.bellwether.bars"
_MAGIC = b"BWB1"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """One symbol's bars, oldest first, as they are sent.

    Parameters
    ----------
    symbol, interval : str
    closed_at : list of int
        Microseconds since 1970-01-01T00:00Z.
    values : dict of str to list of float or None
        Open, high, low, close, volume; adjustment where there is one.
    """

    symbol: str
    interval: str
    closed_at: list[int]
    values: dict[str, list[float | None]]

    @property
    def is_plain(self) -> bool:
        """Whether they can be sent as a frame: it has no place for adjustments."""
        n_bars = len(self.closed_at)
        whole = all(len(self.values[name]) == n_bars for name in COLUMNS)
        return whole and "adjustment" not in self.values

    def to_json(self) -> dict[str, object]:
        """Return the bars as JSON data."""
        return {
            "symbol": self.symbol,
            "interval": self.interval,
            "closed_at": self.closed_at,
            **self.values,
        }

    def to_frame(
        self, calendar: str | None, horizon_bars: int | None, *, why: bool = False
    ) -> bytes:
        """Return the bars as a binary frame, with what is asked about them."""
        n_bars = len(self.closed_at)
        asked = {"calendar": calendar, "horizon_bars": horizon_bars, "why": why or None}
        head = write_json(
            {"symbol": self.symbol, "interval": self.interval, "n_bars": n_bars, **told(asked)}
        )
        times = array("q", self.closed_at)
        rows = array("d", bytes(8 * len(COLUMNS) * n_bars))
        for place, name in enumerate(COLUMNS):
            numbers = (float("nan") if one is None else one for one in self.values[name])
            rows[place :: len(COLUMNS)] = array("d", numbers)
        if sys.byteorder == "big":
            times.byteswap()
            rows.byteswap()
        length = len(head).to_bytes(4, "little")
        return b"".join((_MAGIC, length, head, times.tobytes(), rows.tobytes()))


def read_columns(bars: Any, symbol: str | None = None, interval: str | None = None) -> Columns:
    """Return bars of any make as columns.

    Parameters
    ----------
    bars : Bars, mapping of columns, or a frame of pandas or polars
        With the columns closed_at (in pandas also the index), open, high, low, close, volume,
        in any case, oldest first. Instants without an offset are UTC; a number counts
        microseconds since 1970.
    symbol, interval : str, optional
        Where the bars do not name their own.

    Raises
    ------
    BarsUnusable
        If a column is missing or cannot be read, or nothing names the symbol.

    Examples
    --------
    >>> columns = read_columns(
    ...     {"closed_at": ["2020-01-02T21:00Z"], "open": [1], "high": [3], "low": [1],
    ...      "close": [2], "volume": [float("nan")]}, symbol="X")
    >>> columns.closed_at, columns.values["close"], columns.values["volume"]
    ([1577998800000000], [2.0], [None])
    """
    found = _find_columns(bars)
    missing = [name for name in ("closed_at", *COLUMNS) if name not in found]
    if missing:
        raise BarsUnusable(
            "columns closed_at, open, high, low, close and volume",
            f"none of {', '.join(missing)} in a {type(bars).__name__}",
            "rename the columns; closed_at is the instant at which each bar closed",
        )
    name = symbol or found.get("symbol")
    if not isinstance(name, str):
        hint = "give it: predict(bars, symbol='SPY')"
        raise BarsUnusable("the name of a symbol", f"{name!r}"[:80], hint)
    own_interval = found.get("interval")
    values = {one: _read_numbers(found[one], one) for one in COLUMNS}
    if "adjustment" in found:
        values["adjustment"] = _read_numbers(found["adjustment"], "adjustment")
        if all(factor == 1.0 for factor in values["adjustment"]):
            del values["adjustment"]
    return Columns(
        symbol=name,
        interval=interval or (own_interval if isinstance(own_interval, str) else "1d"),
        closed_at=_read_instants(found["closed_at"]),
        values=values,
    )


def _find_columns(bars: Any) -> dict[str, Any]:
    wanted = ("symbol", "interval", "closed_at", *COLUMNS, "adjustment")
    if isinstance(bars, Mapping):
        found = {str(name).lower(): column for name, column in bars.items()}
    elif hasattr(bars, "columns"):
        found = {str(name).lower(): bars[name] for name in bars.columns}
        index = getattr(bars, "index", None)
        if "closed_at" not in found and _is_of_instants(index):
            found["closed_at"] = index
    else:
        found = {name: getattr(bars, name) for name in wanted if hasattr(bars, name)}
    return {name: found[name] for name in wanted if name in found}


def _is_of_instants(column: Any) -> bool:
    return str(getattr(column, "dtype", "")).startswith("datetime64")


def _list(column: Any) -> Iterable[Any]:
    for name in ("tolist", "to_list"):
        if hasattr(column, name):
            listed: list[Any] = getattr(column, name)()
            return listed
    return list(column)


def _read_numbers(column: Any, name: str) -> list[float | None]:
    try:
        numbers = [None if one is None else float(one) for one in _list(column)]
    except (TypeError, ValueError) as error:
        raise BarsUnusable(f"numbers in {name}", f"{error}"[:80], "convert them first") from error
    return [one if one is not None and math.isfinite(one) else None for one in numbers]


def _read_instants(column: Any) -> list[int]:
    if _is_of_instants(column) and "," not in str(column.dtype):
        # Without a zone: numpy's own, or that of pandas.
        plain = column.to_numpy() if hasattr(column, "to_numpy") else column
        instants: list[int] = plain.astype("datetime64[us]").astype("int64").tolist()
        return instants
    return [_read_instant(one) for one in _list(column)]


def _read_instant(given: Any) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    try:
        found = dt.datetime.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        found = None
    named_no_zone = isinstance(given, str) and getattr(found, "tzinfo", None) is None
    if not isinstance(found, dt.datetime) or named_no_zone:
        raise BarsUnusable(
            "instants in closed_at, texts with an offset",
            repr(given)[:80],
            "give the instant of each close, such as 2018-12-31T21:00:00Z",
        )
    if found.tzinfo is None:
        found = found.replace(tzinfo=dt.UTC)
    return (found - _EPOCH) // _MICROSECOND
