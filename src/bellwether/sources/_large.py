"""Files of several symbols that are too large for memory, symbol by symbol."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from bellwether.sources._column_names import find_roles
from bellwether.sources._containers import Member
from bellwether.sources._hints import Hints
from bellwether.sources._large_tables import is_table_file, load_table_in_parts
from bellwether.sources._line_spool import LinePlan, LineSpool
from bellwether.sources._raw_table import RawTable
from bellwether.sources._tables import check_content, is_json, load_content, load_stream
from bellwether.sources._text_lines import decode_text
from bellwether.sources._text_start import find_start

LARGE_BYTES = 64 << 20
SURVEYED_BYTES = 1 << 16
SURVEYED_LINES = 40
MARKS_OF_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Roles: TypeAlias = Mapping[str, str] | None


def load_in_parts(
    member: Member, columns: Roles, hints: Hints, only: str | None = None
) -> Iterator[RawTable]:
    """Load a file: whole where it is small or of one symbol, else symbol by symbol.

    Parameters
    ----------
    member : Member
    columns : mapping of str to str or None
        Role to column name.
    hints : Hints
    only : str, optional
        The one symbol that is wanted of a large file; a small one comes whole.

    Yields
    ------
    raw : RawTable

    Raises
    ------
    UnreadableBars
        As `load_table`.
    """
    with member.open() as stream:
        head = stream.read(LARGE_BYTES)
        if len(head) < LARGE_BYTES:
            yield load_content(member.source, member.name, head, hints)
            return
        check_content(member.source, head[:SURVEYED_BYTES])
        if is_table_file(head):
            yield from load_table_in_parts(member, head, stream, columns, only)
            return
        plan = None if is_json(head) else _plan_lines(member.source, head, columns)
        if plan is None:
            yield load_stream(member, head, stream, hints)
            return
        with LineSpool(member.source, member.name, plan, only) as spool:
            spool.fill(head, stream)
            del head
            yield from spool.tables()


def _plan_lines(source: str, head: bytes, columns: Roles) -> LinePlan | None:
    """Return how lines are parted by symbol; None where they cannot be."""
    if head.startswith(MARKS_OF_UTF_16):
        return None
    sample = head[:SURVEYED_BYTES]
    text, _ = decode_text(source, sample[: sample.rfind(b"\n") + 1] or sample)
    numbered = enumerate(text.decode().splitlines(), 1)
    lines = [(number, line) for number, line in numbered if line.strip()][:SURVEYED_LINES]
    start = find_start(source, lines)
    if start.tickers or len(lines) <= start.n_before:
        return None
    header = list(start.header)
    name = find_roles(source, header, columns).get("symbol")
    if name not in header:
        return None
    preamble = b"".join(head[: len(sample)].splitlines(keepends=True)[: start.first_line - 1])
    return LinePlan(
        preamble=preamble,
        n_lines=start.first_line - 1,
        delimiter=start.delimiter,
        place=header.index(name),
        width=len(header),
    )
