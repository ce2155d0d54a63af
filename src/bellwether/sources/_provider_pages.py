"""Pages of a provider: from an answer to a table, and from several tables to one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from bellwether.arrays import IntArray
from bellwether.bars import UnreadableBars
from bellwether.hashing import digest_json, read_json
from bellwether.sources._asking import ComeBack
from bellwether.sources._provider_errors import AnswerUnusable, ProviderRefused
from bellwether.sources._raw_table import RawTable
from bellwether.sources._secrets import Secret, write_excerpt
from bellwether.sources._tables import load_content
from bellwether.sources._web import Answer

_EPOCH = np.datetime64(0, "us")
_FOR_BROWSERS = (
    "open its page in a browser: it may want a consent or a key, or be closed for a while"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Whose answers are read.

    Parameters
    ----------
    provider, symbol : str
    secrets : tuple of Secret, optional
        What no message may repeat.
    """

    provider: str
    symbol: str
    secrets: tuple[Secret, ...] = ()

    @property
    def source(self) -> str:
        """What errors call an answer."""
        return f"the answer of {self.provider} about {self.symbol}"

    def excerpt(self, content: bytes) -> str:
        """Return the beginning of an answer as it may be shown."""
        return write_excerpt(content, self.secrets)

    def say(self, value: object) -> str:
        """Return what was said in a part of an answer, as it may be shown."""
        return self.excerpt(str(value).encode("utf-8", errors="replace"))

    def read(self, content: bytes) -> RawTable:
        """Return the table of an answer, whatever its format.

        Raises
        ------
        AnswerUnusable
        """
        try:
            return load_content(self.source, self.symbol, content)
        except UnreadableBars as fault:
            was = self.say(fault.was)
        except UnicodeEncodeError:  # half of a letter that takes two
            was = "text that is no Unicode"
        # Raised here: the error of the reading may repeat the key, and would be the context.
        raise AnswerUnusable(self.provider, was)

    def check_no_page(self, answer: Answer) -> None:
        """Raise where a page for people came.

        Raises
        ------
        ProviderRefused
        """
        if is_page(answer.content):
            raise ProviderRefused(self.provider, "a page for browsers", _FOR_BROWSERS)


def is_page(content: bytes) -> bool:
    """Return whether an answer is a page for people."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def parse_json(answer: Answer) -> Any | ComeBack:
    """Return the value of an answer, or that it is worth asking again: it is cut off."""
    try:
        return read_json(answer.content)
    except (ValueError, RecursionError):
        what = "a page for browsers" if is_page(answer.content) else "JSON that breaks off"
        if not answer.content.strip():
            what = "an empty answer"
        return ComeBack(was=what, kind="broken")


def read_path(value: Any, *path: str | int) -> Any:
    """Return what stands at a place in a JSON value; None where there is no such place.

    Examples
    --------
    >>> read_path({"chart": {"result": [{"meta": 1}]}}, "chart", "result", 0, "meta")
    1
    >>> read_path({"chart": None}, "chart", "result", 0)
    """
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def read_number(value: Any, default: float) -> float:
    """Return a number of a JSON value; a default where it is none.

    Examples
    --------
    >>> [read_number(value, 0.0) for value in (3, "3", True, 10**400)]
    [3.0, 0.0, 0.0, 0.0]
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    try:
        return float(value)
    except OverflowError:
        return default


def take_rows(raw: RawTable, places: IntArray) -> RawTable:
    """Return some rows of a table, each with the line and the text that it had.

    Parameters
    ----------
    raw : RawTable
    places : int64 array of shape (n_rows,)
    """
    text = raw.text
    return replace(
        raw,
        table=raw.table[places],
        lines=raw.lines[places],
        text=lambda row: text(int(places[row])),
    )


def join_pages(pages: Sequence[RawTable]) -> RawTable:
    """Return the rows of several pages as one table, counted through.

    Parameters
    ----------
    pages : sequence of RawTable
        At least one, all with the same columns.
    """
    first = pages[0]
    if len(pages) == 1:
        return first
    starts = np.cumsum([0, *(page.table.height for page in pages)])

    def text(row: int) -> str:
        place = int(np.searchsorted(starts, row, side="right")) - 1
        return pages[place].text(row - int(starts[place]))

    return replace(
        first,
        table=pl.concat([page.table for page in pages], how="diagonal_relaxed"),
        lines=np.arange(1, int(starts[-1]) + 1, dtype=np.int64),
        text=text,
        torn=tuple(row for page in pages for row in page.torn),
        digest=digest_json([page.digest for page in pages]),
    )


def epoch(instant: np.datetime64, unit: Literal["s", "ms"] = "s") -> int:
    """Return an instant as a count of seconds, or of milliseconds, since 1970.

    Examples
    --------
    >>> epoch(np.datetime64("1970-01-02")), epoch(np.datetime64("1970-01-01T00:01"), "ms")
    (86400, 60000)
    """
    return int((instant.astype("datetime64[us]") - _EPOCH) // np.timedelta64(1, unit))


def write_date(instant: np.datetime64) -> str:
    """Return the UTC day of an instant as 2020-01-31."""
    return str(np.datetime_as_string(instant, unit="D"))
