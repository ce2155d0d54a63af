"""Sources: whatever holds bars, read with a report on all that was met on the way."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether.sources._calendars import ALWAYS_OPEN, WEEKDAYS, Sessions, find_sessions

if TYPE_CHECKING:
    from bellwether.sources._reading import read_bars
    from bellwether.sources._rows import BLANKS
    from bellwether.sources._sample_markets import SAMPLE_MARKETS, sample_market
    from bellwether.sources._tables import BarSource, RawTable, load_table
    from bellwether.sources._times import parse_times
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.sources._reading": ("read_bars",),
            "bellwether.sources._rows": ("BLANKS",),
            "bellwether.sources._sample_markets": ("SAMPLE_MARKETS", "sample_market"),
            "bellwether.sources._tables": ("BarSource", "RawTable", "load_table"),
            "bellwether.sources._times": ("parse_times",),
        },
    )

__all__ = [
    "ALWAYS_OPEN",
    "BLANKS",
    "SAMPLE_MARKETS",
    "WEEKDAYS",
    "BarSource",
    "RawTable",
    "Sessions",
    "find_sessions",
    "load_table",
    "parse_times",
    "read_bars",
    "sample_market",
]
