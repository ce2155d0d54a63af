"""A reading process: makes bars of a file that a stranger sent, within limits, and ends.

Started as `python -m bellwether.adapters._bar_reading` by `ProcessBarsReader`, in a folder that
holds the file. Its input is one JSON object that says what to read; the bars go into a file beside
it, and the one line of its output says how it went. Whatever the file does to a parser, it does
it here.
"""

import datetime as dt
import json
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bellwether.adapters._bar_bytes import pack_import
from bellwether.adapters._bar_reader import READ, SENT
from bellwether.arrays import TimeArray
from bellwether.bars import COLUMNS, BarsImport, UnreadableBars
from bellwether.errors import BarsError

if TYPE_CHECKING:
    import polars as pl

JSON_KIND = "application/json"
_NAMES = frozenset(
    {"symbol", "interval", "calendar", "horizon_bars", "closed_at", "adjustment", *COLUMNS}
)


def read(asked: Mapping[str, Any]) -> BarsImport:
    """Return the bars of the file that was sent.

    Parameters
    ----------
    asked : mapping
        `kind` (media type), `symbol`, `calendar`, `now` (microseconds since 1970) and `digest`.

    Raises
    ------
    BarsError
        If there are no bars in it.
    """
    # The libraries come in here, under the limits.
    from dataclasses import replace  # noqa: PLC0415

    from bellwether.sources import read_bars  # noqa: PLC0415

    symbol, calendar = asked["symbol"], asked["calendar"]
    source: str | pl.DataFrame = SENT
    if asked["kind"] == JSON_KIND:
        columns = _load_json()
        source = _make_frame(columns)
        symbol = symbol or columns.get("symbol") or SENT
        calendar = calendar or columns.get("calendar")
    imported = read_bars(
        source,
        symbol=symbol,
        calendar=calendar or "auto",
        now=np.datetime64(asked["now"], "us"),
    )
    return replace(imported, source_digest=asked["digest"])


def _load_json() -> dict[str, Any]:
    try:
        found = json.loads(Path(SENT).read_bytes())
    except (ValueError, RecursionError) as error:
        raise _unlike("JSON in UTF-8", f"a fault: {error}"[:200]) from error
    if not isinstance(found, dict) or not {"closed_at", "open", "high", "low", "close"} <= set(
        found
    ):
        raise _unlike("an object with closed_at, open, high, low, close", "another value")
    strange = sorted(set(found) - _NAMES)
    if strange:
        raise _unlike("known names only", f"{strange[0][:60]!r}")
    texts = {"symbol", "interval", "calendar"}
    if not all(isinstance(found.get(name) or "", str) for name in texts):
        raise _unlike("texts as symbol, interval and calendar", "something else")
    return found


def _make_frame(columns: Mapping[str, Any]) -> "pl.DataFrame":
    import polars as pl  # noqa: PLC0415

    try:
        values = {
            name: np.array(columns[name], dtype=np.float64)
            for name in (*COLUMNS, "adjustment")
            if columns.get(name) is not None
        }
        times = _read_times(columns["closed_at"])
        if "adjustment" in values:
            values["adj_close"] = values["close"] * values.pop("adjustment")
        return pl.DataFrame({"date": times, **values})
    except (ValueError, TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        raise _unlike("columns of one length, numbers and instants", f"{error}"[:200]) from error


def _read_times(given: list[object]) -> TimeArray:
    """Return instants that are microseconds, or texts with an offset."""
    instants = [
        one if isinstance(one, int) else _read_text(dt.datetime.fromisoformat(str(one)))
        for one in given
    ]
    return np.array(instants, dtype=np.int64).view("datetime64[us]")


def _read_text(instant: dt.datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no offset from UTC")
    return round(instant.timestamp() * 1e6)


def _unlike(expected: str, was: str) -> UnreadableBars:
    hint = "see the form in /v1/openapi.json, or send CSV or Parquet"
    return UnreadableBars(SENT, expected, was, hint)


def _limit(memory_bytes: int, seconds: int) -> None:
    """Let the system end this process where it takes too much."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)


def _main() -> None:
    asked = json.load(sys.stdin)
    _limit(asked["memory_bytes"], asked["seconds"])
    told: dict[str, object] = {"done": True}
    try:
        Path(READ).write_bytes(pack_import(read(asked)))
    except BarsError as error:
        facts = {"expected": error.expected, "was": error.was, "hint": error.hint}
        told = {"failed": type(error).__name__, **facts}
    except MemoryError:
        told = {"failed": "MemoryError"}
    print(json.dumps(told))


if __name__ == "__main__":
    _main()
