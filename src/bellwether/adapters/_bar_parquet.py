"""Imports as Parquet and back: the copy of a snapshot that every table library reads.

Seven columns: `closed_at` (microseconds, UTC), open, high, low, close, volume, adjustment. What
has no place in a column stands in the file's own metadata:

- `bellwether.snapshot`: JSON; names, counts, layout and quality of the source, and what is known
  of the snapshot (source, its digest, when, what it changed).
- `bellwether.file`: JSON; the version that wrote it, and where the values of each column begin.
- `bellwether.sessions`, `bellwether.missing`: closes of the sessions, and of those without a bar.
- `bellwether.seal`: SHA-256 of the digest of the bars and of the four above.

Written and read without a table library, because processes that serve take bars in, too.
"""

import base64
import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether._version import __version__
from bellwether.adapters._bar_bytes import (
    FLOATS,
    make_import,
    view_floats,
    view_times,
    write_head,
)
from bellwether.adapters._parquet_format import (
    VALUE_BYTES,
    PlainColumn,
    find_places,
    find_told,
    parcel_parquet,
    read_footer,
)
from bellwether.bars import BarsImport
from bellwether.errors import BarsError
from bellwether.hashing import canonical_json, digest_json, read_json

SNAPSHOT, FILE = "bellwether.snapshot", "bellwether.file"
SESSIONS, MISSING, SEAL = "bellwether.sessions", "bellwether.missing", "bellwether.seal"
_SEALED = (SNAPSHOT, FILE, SESSIONS, MISSING)
_CLOSED_AT = "closed_at"


def pack_parquet(imported: BarsImport, known: Mapping[str, object] | None = None) -> bytes:
    """Return an import as a Parquet file, the same for the same import.

    Parameters
    ----------
    imported : BarsImport
    known : mapping, optional
        JSON values to be kept beside it.
    """
    return b"".join(parcel_snapshot(imported, write_head(imported, known)))


def parcel_snapshot(imported: BarsImport, head: str) -> list[bytes | memoryview]:
    """Return what `pack_parquet` does in pieces, without copying the arrays.

    Parameters
    ----------
    imported : BarsImport
    head : str
        As `write_head` wrote it.
    """
    bars = imported.bars
    columns = [PlainColumn(name=_CLOSED_AT, is_instant=True, values=view_times(bars.closed_at))]
    for name in FLOATS:
        values = view_floats(getattr(bars, name))
        columns.append(PlainColumn(name=name, is_instant=False, values=values))
    file = {"values_at": find_places(columns), "versions": {"bellwether": __version__}}
    told = {
        SNAPSHOT: head,
        FILE: canonical_json(file),
        SESSIONS: _squeeze(imported.calendar.closes_at),
        MISSING: _squeeze(imported.quality.missing),
    }
    told[SEAL] = _seal(bars.digest, told)
    return parcel_parquet(columns, told, f"bellwether {__version__}")


def unpack_parquet(content: bytes) -> tuple[BarsImport, Mapping[str, Any] | None]:
    """Return the import that `pack_parquet` wrote, and what is known beside it.

    Parameters
    ----------
    content : bytes

    Raises
    ------
    ValueError
        If it is not what was packed: other tools may write the same bars, but not the seal.
    """
    try:
        return _unpack(memoryview(content))
    except (*_UNREADABLE, BarsError) as error:
        raise ValueError(f"no Parquet file that is sealed: {error}"[:200]) from error


_UNREADABLE = (ValueError, KeyError, TypeError, IndexError, struct.error, zlib.error)


def _unpack(content: memoryview) -> tuple[BarsImport, Mapping[str, Any] | None]:
    footer = read_footer(content)
    told = {key: find_told(footer, key) for key in (*_SEALED, SEAL)}
    head, places = read_json(told[SNAPSHOT]), read_json(told[FILE])["values_at"]
    size = VALUE_BYTES * head["n_bars"]
    values = {name: content[places[name] : places[name] + size] for name in (_CLOSED_AT, *FLOATS)}
    block = np.array([np.frombuffer(values[name], "<f8") for name in FLOATS])
    closed_at = np.frombuffer(values[_CLOSED_AT], "<i8")
    sessions, missing = _stretch(told[SESSIONS]), _stretch(told[MISSING])
    imported = make_import(head, closed_at, block, sessions, missing)
    if _seal(imported.bars.digest, told) != told[SEAL]:
        raise ValueError("its digest does not hold")
    return imported, head["known"]


def _squeeze(instants: NDArray[Any]) -> str:
    """Return instants as text: their distances, compressed."""
    steps = np.diff(instants.astype("datetime64[us]").astype(np.int64), prepend=0)
    return base64.b64encode(zlib.compress(steps.astype("<i8").tobytes(), 1)).decode("ascii")


def _stretch(text: str) -> NDArray[Any]:
    steps = np.frombuffer(zlib.decompress(base64.b64decode(text)), "<i8")
    return np.cumsum(steps, dtype=np.int64)


def _seal(bars_digest: str, told: Mapping[str, str]) -> str:
    return digest_json([bars_digest, *(told[key] for key in _SEALED)])
