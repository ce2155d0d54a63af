"""Lines of a text file in a temporary one, sorted by symbol as far as they come together."""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, Self

import numpy as np
import polars as pl

from bellwether.arrays import IntArray
from bellwether.bars import NotATable, RowRefusal, SymbolUnclear, UnreadableBars
from bellwether.sources._containers import MemberStream
from bellwether.sources._raw_table import RawTable
from bellwether.sources._text_start import split_line
from bellwether.sources._text_tables import read_text_table

CHUNK_BYTES = 16 << 20
MOST_OF_ONE = 4 << 30
NUMBER_BYTES = 8
PADDING = " \t\r"
NAMELESS = ""


@dataclass(frozen=True, kw_only=True)
class LinePlan:
    """How to tell the symbol of each line.

    Parameters
    ----------
    preamble : bytes
        Everything before the first row.
    n_lines : int
        Lines of it.
    delimiter : str
    place : int
        Which field is the symbol.
    width : int
        Fields of the header; a line of more names no symbol.
    """

    preamble: bytes
    n_lines: int
    delimiter: str
    place: int
    width: int


@dataclass(frozen=True, kw_only=True)
class _Segment:
    """Where some lines of a symbol lie: their text, and behind it their numbers."""

    offset: int
    n_bytes: int
    n_lines: int


class LineSpool:
    """Takes a file of several symbols in, and gives it back symbol by symbol.

    Parameters
    ----------
    source : str
        What errors call it.
    name : str
        The file's own name.
    plan : LinePlan
    only : str or None
        The one symbol to keep; by default all.

    Notes
    -----
    The file is as large as the text and is gone with the context, or with the process. Memory
    holds one chunk of 16 MiB, or one symbol.
    """

    def __init__(self, source: str, name: str, plan: LinePlan, only: str | None) -> None:
        self._source = source
        self._name = name
        self._plan = plan
        self._only = only
        self._segments: dict[str, list[_Segment]] = {}
        self._n_lines = plan.n_lines
        self._last: str | None = None
        self._digest = hashlib.sha256()
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="bellwether-")  # noqa: SIM115 - closed with the spool

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def fill(self, head: bytes, stream: MemberStream) -> None:
        """Take in a file whose first bytes were read.

        Raises
        ------
        UnreadableBars
            If there is no room for it, or a line has no end.
        """
        start = len(self._plan.preamble)
        self._digest.update(head)
        blocks = (head[at : at + CHUNK_BYTES] for at in range(start, len(head), CHUNK_BYTES))
        for lines in _whole_lines(self._source, blocks, self._read_on(stream)):
            try:
                self._take_in(lines)
            except OSError as fault:
                reason = fault.strerror or str(fault)
                hint = "set TMPDIR to a folder on a larger disk"
                raise UnreadableBars(self._source, "room to sort the bars", reason, hint) from fault

    def tables(self) -> Iterator[RawTable]:
        """Yield the table of each symbol, in the order in which they came up.

        Raises
        ------
        SymbolUnclear
            If the one symbol that is wanted is not there.
        UnreadableBars
            If its lines cannot be read.
        """
        if self._only is not None and not self._segments.get(self._only):
            raise SymbolUnclear(self._source, list(self._segments), self._only)
        digest = self._digest.hexdigest()
        self._adopt_nameless()
        for name in [self._only] if self._only is not None else list(self._segments):
            text, numbers = self._give_back(name)
            raw = read_text_table(self._source, self._name, self._plan.preamble + text)
            yield replace(
                raw,
                lines=numbers[raw.lines - self._plan.n_lines - 1],
                torn=tuple(self._number(row, numbers) for row in raw.torn),
                digest=digest,
            )

    def _adopt_nameless(self) -> None:
        """Let the lines before the first one with a symbol follow it."""
        nameless = self._segments.pop(NAMELESS, [])
        first = next(iter(self._segments), None)
        if nameless and first is not None:
            self._segments[first] = nameless + self._segments[first]
        elif nameless:
            self._segments[NAMELESS] = nameless

    def _number(self, row: RowRefusal, numbers: IntArray) -> RowRefusal:
        return replace(row, line=int(numbers[row.line - self._plan.n_lines - 1]))

    def _read_on(self, stream: MemberStream) -> Iterator[bytes]:
        while block := stream.read(CHUNK_BYTES):
            self._digest.update(block)
            yield block

    def _take_in(self, content: bytes) -> None:
        try:
            text = content.decode()
        except UnicodeDecodeError as fault:
            raise NotATable(self._source, "no text (it is not utf-8)", "write it anew") from fault
        lines = pl.Series("line", [text.removesuffix("\n")]).str.split("\n").explode()
        numbers = np.arange(self._n_lines + 1, self._n_lines + len(lines) + 1, dtype=np.int64)
        self._n_lines += len(lines)
        table = pl.DataFrame({"line": lines, "number": numbers})
        table = table.filter(pl.col("line").str.strip_chars() != "")
        if table.height:
            names = self._fill_gaps(self._name_lines(table["line"], has_quotes='"' in text))
            self._write(table.with_columns(names.alias("symbol")))

    def _name_lines(self, lines: pl.Series, *, has_quotes: bool) -> pl.Series:
        """Return the symbol of each line, null where it has none."""
        plan = self._plan
        fields = lines.str.splitn(plan.delimiter, plan.place + 2)
        names = fields.struct.field(f"field_{plan.place}")
        odd = lines.str.count_matches(plan.delimiter, literal=True) >= plan.width
        if has_quotes:
            odd |= lines.str.contains('"', literal=True)
        if odd.any():
            places = np.flatnonzero(odd.to_numpy())
            names = names.scatter(places, [self._name_odd(lines[row]) for row in places.tolist()])
        names = names.str.strip_chars(PADDING)
        return names.set(names == "", None)

    def _name_odd(self, line: str) -> str | None:
        """Return the symbol of a line with quotes, or with fields too many."""
        fields = split_line(line, self._plan.delimiter)
        is_torn = any(field.strip() for field in fields[self._plan.width :])
        return None if is_torn or len(fields) <= self._plan.place else fields[self._plan.place]

    def _fill_gaps(self, names: pl.Series) -> pl.Series:
        """Let lines that name nothing follow the ones above them."""
        carried = pl.Series([self._last], dtype=pl.String).append(names)
        names = carried.fill_null(strategy="forward").fill_null(strategy="backward")[1:]
        self._last = names[-1]
        return names.fill_null(NAMELESS)

    def _write(self, table: pl.DataFrame) -> None:
        parts = table.group_by("symbol", maintain_order=True).agg(
            pl.col("line").str.join("\n"), pl.col("number"), pl.len().alias("n_lines")
        )
        numbers = parts["number"].explode().to_numpy()
        done = 0
        for name, text, n_lines in parts.select("symbol", "line", "n_lines").iter_rows():
            segments = self._segments.setdefault(name, [])
            if self._only in (None, name) or name == NAMELESS:
                content = text.encode() + b"\n"
                segment = _Segment(offset=self._file.tell(), n_bytes=len(content), n_lines=n_lines)
                self._file.write(content)
                self._file.write(numbers[done : done + n_lines].tobytes())
                segments.append(segment)
            done += n_lines

    def _give_back(self, name: str) -> tuple[bytes, IntArray]:
        segments = self._segments[name]
        if sum(one.n_bytes for one in segments) > MOST_OF_ONE:
            raise NotATable(self._source, f"more than 4 GiB of {name}", "split it by time")
        texts, numbers = [], []
        for one in segments:
            self._file.seek(one.offset)
            texts.append(self._file.read(one.n_bytes))
            numbers.append(np.frombuffer(self._file.read(one.n_lines * NUMBER_BYTES), np.int64))
        return b"".join(texts), np.concatenate(numbers)


def _whole_lines(source: str, *blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield blocks of whole lines."""
    parts: list[bytes] = []
    for block in (one for some in blocks for one in some):
        end = block.rfind(b"\n") + 1
        if end:
            yield b"".join([*parts, block[:end]])
            parts = [block[end:]]
        else:
            parts.append(block)
            if sum(map(len, parts)) > 2 * CHUNK_BYTES:
                raise NotATable(source, "a line without end", "check the file")
    if any(parts):
        yield b"".join(parts)
