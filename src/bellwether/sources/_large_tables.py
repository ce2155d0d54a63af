"""Parquet and Feather files, and queries, symbol by symbol in bounded memory."""

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl

from bellwether.bars import NotATable, SymbolUnclear, UnreadableBars
from bellwether.sources._column_names import find_roles
from bellwether.sources._containers import Member, MemberStream
from bellwether.sources._frames import tabulate
from bellwether.sources._raw_table import TABLE_FAULTS, RawTable

PARQUET, ARROW_FILE = b"PAR1", b"ARROW1"
ROW = "row of the source"
MOST_ROWS = 1_000_000
CHUNK_BYTES = 16 << 20

Roles: TypeAlias = Mapping[str, str] | None


def is_table_file(head: bytes) -> bool:
    """Return whether bytes begin as a file that can be read in parts: Parquet or Feather."""
    return head.startswith((PARQUET, ARROW_FILE))


def load_table_in_parts(
    member: Member, head: bytes, stream: MemberStream, columns: Roles, only: str | None
) -> Iterator[RawTable]:
    """Load a Parquet or Feather file symbol by symbol, or whole where it is of one.

    Parameters
    ----------
    member : Member
    head : bytes
        The first bytes.
    stream : MemberStream
        The others.
    columns : mapping of str to str or None
    only : str or None
        The one symbol that is wanted.

    Yields
    ------
    raw : RawTable

    Raises
    ------
    NotATable
        If the file is damaged.
    SymbolUnclear
        If the symbol that is wanted is not there.
    """
    with _on_disk(member, head, stream) as (path, digest):
        try:
            scan = pl.scan_parquet(path) if head.startswith(PARQUET) else pl.scan_ipc(path)
            for raw in part_query(scan, member.source, columns, only):
                named = member.name if raw.name == "market" else raw.name
                yield replace(raw, name=named, digest=digest)
        except (*TABLE_FAULTS, OSError) as fault:
            raise NotATable(member.source, f"a damaged file ({fault})"[:200]) from fault


def part_query(
    query: pl.LazyFrame, source: str, columns: Roles, only: str | None = None
) -> Iterator[RawTable]:
    """Compute a query symbol by symbol, or whole where it has no symbol.

    Parameters
    ----------
    query : polars LazyFrame
    source : str
        What errors call it.
    columns : mapping of str to str or None
    only : str, optional
        The one symbol that is wanted.

    Yields
    ------
    raw : RawTable
    """
    header = query.collect_schema().names()
    symbol = find_roles(source, header, columns).get("symbol")
    if symbol is None:
        yield tabulate(query.collect(engine="streaming"), source)
        return
    name = pl.col(symbol).cast(pl.String).str.strip_chars()
    counts = query.group_by(name.alias("name")).len().collect(engine="streaming").sort("name")
    known = {str(one): int(rows) for one, rows in counts.iter_rows() if one}
    if only is not None and only not in known:
        raise SymbolUnclear(source, list(known) or ["none"], only)
    numbered = query.with_columns(name.alias(symbol)).with_row_index(ROW)
    for bucket in _fill_buckets(known if only is None else {only: known[only]}):
        part = numbered.filter(pl.col(symbol).is_in(bucket)).collect(engine="streaming")
        for one in part.sort(symbol, ROW).partition_by(symbol, maintain_order=True):
            raw = tabulate(one.drop(ROW), source)
            yield replace(raw, lines=one[ROW].to_numpy().astype(np.int64) + 1)


def _fill_buckets(known: Mapping[str, int]) -> Iterator[list[str]]:
    """Yield symbols that are computed at once: about a million rows."""
    bucket: list[str] = []
    n_rows = 0
    for name, rows in known.items():
        if bucket and n_rows + rows > MOST_ROWS:
            yield bucket
            bucket, n_rows = [], 0
        bucket.append(name)
        n_rows += rows
    yield bucket


@contextlib.contextmanager
def _on_disk(member: Member, head: bytes, stream: MemberStream) -> Iterator[tuple[Path, str]]:
    """Yield where a file's bytes lie as they are, and their digest; what is packed is copied."""
    folder = Path(tempfile.mkdtemp(prefix="bellwether-"))
    target = folder / "table"
    try:
        yield (
            member.path if member.packed_bytes is None else target,
            _copy(member, head, stream, target),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(member: Member, head: bytes, stream: MemberStream, target: Path) -> str:
    digest = hashlib.sha256(head)
    try:
        with target.open("wb") as file:
            block = head
            while block:
                if member.packed_bytes is not None:
                    file.write(block)
                block = stream.read(CHUNK_BYTES)
                digest.update(block)
    except OSError as fault:
        hint = "set TMPDIR to a folder on a larger disk"
        reason = fault.strerror or str(fault)
        raise UnreadableBars(member.source, "room to unpack the bars", reason, hint) from fault
    return digest.hexdigest()
