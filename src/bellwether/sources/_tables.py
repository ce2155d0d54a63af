"""From a file or a frame to a table of columns whose rows remember where they stood."""

import io
import os
from pathlib import Path
from typing import TypeAlias

import polars as pl

from bellwether.bars import MessageNotBars, NotATable, SymbolUnclear
from bellwether.hashing import digest_bytes
from bellwether.sources._containers import (
    MAGIC_BYTES,
    Member,
    MemberStream,
    open_members,
    refuse_archive,
)
from bellwether.sources._frames import AnyFrame, read_frame, tabulate
from bellwether.sources._hints import NO_HINTS, Hints
from bellwether.sources._json_tables import read_json_table
from bellwether.sources._lean_bars import is_lean, read_lean_table
from bellwether.sources._raw_table import TABLE_FAULTS, RawTable
from bellwether.sources._text_tables import read_text_table

BarSource: TypeAlias = str | os.PathLike[str] | AnyFrame | RawTable

PARQUET, ARROW_FILE, ARROW_STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"
OLD_FEATHER = b"FEA1"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
WEB_PAGES = (b"<!doctype html", b"<html", b"<?xml ", b"<head>", b"<body")
STRANGERS = {
    b"\xd0\xcf\x11\xe0": ("a spreadsheet", "export its sheet as CSV"),
    b"%PDF": ("a PDF document", "export the bars as CSV"),
    b"SQLite format 3": ("a SQLite database", "export its table as CSV"),
    b"\x89HDF": ("an HDF5 file", "write it as Parquet: pandas.read_hdf(...).to_parquet(...)"),
    b"\x89PNG": ("a picture", "export the bars as CSV"),
    OLD_FEATHER: ("a Feather file of the first version", "write it anew, or as Parquet"),
}
MOST_IN_MEMORY = 4 << 30


def load_table(source: BarSource, hints: Hints = NO_HINTS) -> RawTable:
    """Load the one table of a file, or a frame.

    Parameters
    ----------
    source : str, path, or frame of polars, pandas or Arrow
        CSV and the like, JSON, Parquet, Feather; also in gzip, bzip2, xz or zip.
    hints : Hints, optional

    Returns
    -------
    raw : RawTable

    Raises
    ------
    SourceMissing
        If there is no such file, it is a folder, or it cannot be opened.
    ArchiveRefused
        If it is an archive that cannot be taken apart.
    SymbolUnclear
        If it is an archive of several files.
    NotATable
        If it is empty, binary, or holds a header and nothing else.
    UnreadableBars
        If `source` is none of these kinds.
    """
    if not isinstance(source, str | os.PathLike):
        return read_frame(source)
    with open_members(Path(source)) as members:
        if len(members) > 1:
            raise SymbolUnclear(str(source), [one.name for one in members], None)
        return load_member(members[0], hints)


def load_member(member: Member, hints: Hints) -> RawTable:
    """Load a file of bars, or one that an archive holds, into memory.

    Raises
    ------
    UnreadableBars
        As `load_table`.
    """
    with member.open() as stream:
        return load_stream(member, b"", stream, hints)


def load_stream(member: Member, head: bytes, stream: MemberStream, hints: Hints) -> RawTable:
    """Load what is left of a stream whose first bytes were read."""
    content = head + stream.read(MOST_IN_MEMORY)
    if len(content) > MOST_IN_MEMORY:
        raise NotATable(member.source, "more than 4 GiB of one table", "split it, or use Parquet")
    return load_content(member.source, member.name, content, hints)


def load_content(source: str, name: str, content: bytes, hints: Hints = NO_HINTS) -> RawTable:
    """Load a table from the bytes of a file, whatever they hold.

    Parameters
    ----------
    source : str
        What errors call it.
    name : str
        The symbol's name where the table does not tell.
    content : bytes
    hints : Hints, optional

    Raises
    ------
    UnreadableBars
        As `load_table`.
    """
    check_content(source, content[: MAGIC_BYTES * 2])
    if content.startswith((PARQUET, ARROW_FILE, ARROW_STREAM)):
        return _load_binary(source, name, content)
    if is_json(content):
        return read_json_table(source, name, content, hints)
    if is_lean(source, content):
        return read_lean_table(source, name, content, hints)
    return read_text_table(source, name, content)


def check_content(source: str, head: bytes) -> None:
    """Refuse what cannot be bars by its first bytes.

    Raises
    ------
    NotATable
        If it is empty, or a file of another trade; MessageNotBars if it is a web page.
    ArchiveRefused
        If it is an archive.
    """
    if not head.strip():
        raise NotATable(source, "an empty file", "check the download: no byte of it arrived")
    refuse_archive(source, head)
    for magic, (what, hint) in STRANGERS.items():
        if head.startswith(magic):
            raise NotATable(source, what, hint)
    start = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    if start.lower().startswith(WEB_PAGES):
        raise MessageNotBars(source, f"a web page ({start[:60].decode('ascii', 'replace')!r})")


def is_json(head: bytes) -> bool:
    """Return whether bytes begin as a JSON object or list does."""
    return head[:256].removeprefix(BYTE_ORDER_MARK).lstrip()[:1] in (b"{", b"[")


def _load_binary(source: str, name: str, content: bytes) -> RawTable:
    read, what = pl.read_ipc_stream, "Arrow stream"
    if content.startswith(PARQUET):
        read, what = pl.read_parquet, "Parquet file"
    elif content.startswith(ARROW_FILE):
        read, what = pl.read_ipc, "Feather file"
    try:
        table = read(io.BytesIO(content))
    except (*TABLE_FAULTS, OSError, ValueError) as fault:
        raise NotATable(source, f"a damaged {what} ({fault})"[:200]) from fault
    return tabulate(table, source, name=name, digest=digest_bytes(content))
