"""Imports as bytes and back: what a snapshot's file holds, and what a reading process hands over.

::

    4 bytes   "BWS1"
    4 bytes   n, little-endian unsigned: length of the head
    n bytes   the head, JSON: names, counts, the quality report, and what is known of the snapshot
    8 bytes a value, little-endian: closes of the bars (int64, microseconds since 1970, UTC);
              open, high, low, close, volume, adjustment (float64), one column behind the other;
              closes of the sessions; closes of the missing sessions (int64)
    32 bytes  SHA-256 of everything before
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.bars import (
    COLUMNS,
    Bars,
    BarsImport,
    Finding,
    Freshness,
    Grade,
    Layout,
    QualityReport,
    RowRefusal,
    SessionCalendar,
    Severity,
)
from bellwether.errors import BarsError
from bellwether.hashing import canonical_json, read_json

MAGIC = b"BWS1"
_LENGTH = struct.Struct("<I")
FLOATS = (*COLUMNS, "adjustment")
_SEAL_BYTES = 32
_INSTANT = "datetime64[us]"


def pack_import(imported: BarsImport, known: Mapping[str, object] | None = None) -> bytes:
    """Return an import as bytes, the same for the same import.

    Parameters
    ----------
    imported : BarsImport
    known : mapping, optional
        JSON values to be kept in the head beside it.
    """
    return b"".join(parcel_import(imported, write_head(imported, known)))


def parcel_import(imported: BarsImport, head: str) -> list[bytes | memoryview]:
    """Return what `pack_import` does in pieces, without copying the arrays.

    Parameters
    ----------
    imported : BarsImport
    head : str
        As `write_head` wrote it.
    """
    bars, quality = imported.bars, imported.quality
    written = head.encode("ascii")
    pieces: list[bytes | memoryview] = [MAGIC, _LENGTH.pack(len(written)), written]
    pieces += [view_times(bars.closed_at), *(view_floats(getattr(bars, name)) for name in FLOATS)]
    pieces += [view_times(imported.calendar.closes_at), view_times(quality.missing)]
    seal = hashlib.sha256()
    for piece in pieces:
        seal.update(piece)
    return [*pieces, seal.digest()]


def view_times(instants: NDArray[Any]) -> memoryview:
    """Return instants as microseconds since 1970 (UTC) in 64 bits, little-endian."""
    return _view(instants.astype(_INSTANT, copy=False).view(np.int64).astype("<i8", copy=False))


def view_floats(values: NDArray[Any]) -> memoryview:
    """Return numbers as doubles, little-endian."""
    return _view(values.astype("<f8", copy=False))


def _view(values: NDArray[Any]) -> memoryview:
    # An empty array has no bytes that could be looked at.
    return np.ascontiguousarray(values).data.cast("B") if values.size else memoryview(b"")


def write_head(imported: BarsImport, known: Mapping[str, object] | None) -> str:
    """Return all of an import but its arrays, and what is known beside it, as JSON."""
    bars, quality = imported.bars, imported.quality
    head = {
        "symbol": bars.symbol,
        "interval": bars.interval,
        "calendar": imported.calendar.name,
        "source_digest": imported.source_digest,
        "layout": None if imported.layout is None else imported.layout.to_json(),
        "n_bars": len(bars),
        "n_sessions": len(imported.calendar),
        "n_missing": int(quality.missing.size),
        "quality": _write_quality(quality),
        "known": None if known is None else dict(known),
    }
    return canonical_json(head)


def make_import(
    head: Mapping[str, Any],
    closed_at: NDArray[Any],
    block: NDArray[Any],
    closes_at: NDArray[Any],
    missing: NDArray[Any],
) -> BarsImport:
    """Return the import that a head and its arrays describe.

    Parameters
    ----------
    head : mapping
        Read from what `write_head` wrote.
    closed_at : int64 array of shape (n_bars,)
        Microseconds since 1970.
    block : float64 array of shape (6, n_bars)
        The columns of bars, in the order of their names here.
    closes_at, missing : int64 arrays
        Closes of the sessions, and of those without a bar.

    Raises
    ------
    BarsError, ValueError, KeyError, TypeError
        If it describes none.
    """
    return BarsImport(
        bars=Bars.of_block(head["symbol"], head["interval"], _as_instants(closed_at), block),
        quality=_read_quality(head, _as_instants(missing)),
        calendar=_make_calendar(head["calendar"], _as_instants(closes_at).tobytes()),
        source_digest=head["source_digest"],
        layout=_read_layout(head.get("layout")),
    )


def _as_instants(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(np.int64, copy=False).view(_INSTANT)


@lru_cache(maxsize=16)
def _make_calendar(name: str, instants: bytes) -> SessionCalendar:
    """Return a calendar: of many markets it is the same one."""
    return SessionCalendar(name=name, closes_at=np.frombuffer(instants, _INSTANT))


def unpack_import(
    content: bytes, last_bars: int | None = None
) -> tuple[BarsImport, Mapping[str, Any] | None]:
    """Return the import that was packed, and what is known beside it.

    Parameters
    ----------
    content : bytes
    last_bars : int, optional
        How many bars from the end; all by default.

    Raises
    ------
    ValueError
        If it is not what was packed.
    """
    body = memoryview(content)[:-_SEAL_BYTES]
    if hashlib.sha256(body).digest() != content[-_SEAL_BYTES:]:
        raise ValueError("its digest does not hold")
    try:
        return _unpack(body, last_bars)
    except (ValueError, KeyError, TypeError, BarsError) as error:
        raise ValueError(f"sealed, but unreadable: {error}"[:200]) from error


def _read_head(content: memoryview) -> tuple[Mapping[str, Any], int]:
    """Return the head of packed bytes and where it ends."""
    start = len(MAGIC) + _LENGTH.size
    if content[: len(MAGIC)] != MAGIC or len(content) < start:
        raise ValueError("no snapshot of bars")
    [length] = _LENGTH.unpack_from(content, len(MAGIC))
    return read_json(bytes(content[start : start + length])), start + length


def _unpack(body: memoryview, last_bars: int | None) -> tuple[BarsImport, Mapping[str, Any] | None]:
    head, place = _read_head(body)
    columns = _Columns(body, place)
    n_bars = head["n_bars"]
    first = 0 if last_bars is None else max(n_bars - last_bars, 0)
    closed_at = columns.take("<i8", n_bars)[first:]
    block = columns.take("<f8", len(FLOATS) * n_bars).reshape(len(FLOATS), n_bars)[:, first:]
    closes_at = columns.take("<i8", head["n_sessions"])
    missing = columns.take("<i8", head["n_missing"])
    return make_import(head, closed_at, block, closes_at, missing), head["known"]


class _Columns:
    """The arrays behind a head, one after the other."""

    __slots__ = ("_body", "_place")

    def __init__(self, body: memoryview, place: int) -> None:
        self._body = body
        self._place = place

    def take(self, kind: str, n_values: int) -> NDArray[Any]:
        found = np.frombuffer(self._body, kind, n_values, self._place)
        self._place += found.nbytes
        return found


def _read_layout(told: Mapping[str, Any] | None) -> Layout | None:
    return None if told is None else Layout(name=told["name"], facts=tuple(told["facts"]))


def _write_quality(quality: QualityReport) -> dict[str, object]:
    return {
        "n_read": quality.n_read,
        "n_kept": quality.n_kept,
        "grade": quality.grade.value,
        "freshness": None if quality.freshness is None else quality.freshness.value,
        "market_coverage": [list(pair) for pair in quality.market_coverage.items()],
        "survivorship": quality.survivorship,
        "findings": [
            [one.code, one.where, one.what, one.severity.value] for one in quality.findings
        ],
        "refusals": [
            [row.line, row.reason, row.text, None if row.at is None else _microseconds(row.at)]
            for row in quality.refusals
        ],
    }


def _read_quality(head: Mapping[str, Any], missing: NDArray[Any]) -> QualityReport:
    told = head["quality"]
    freshness = told["freshness"]
    return QualityReport(
        symbol=head["symbol"],
        interval=head["interval"],
        calendar=head["calendar"],
        n_read=told["n_read"],
        n_kept=told["n_kept"],
        refusals=tuple(_read_refusals(told["refusals"])),
        missing=missing,
        findings=tuple(_read_finding(*finding) for finding in told["findings"]),
        grade=Grade(told["grade"]),
        freshness=None if freshness is None else Freshness(freshness),
        market_coverage=dict(told["market_coverage"]),
        survivorship=told["survivorship"],
    )


def _read_finding(code: str, where: str, what: str, severity: str = "note") -> Finding:
    # What was stored before findings had a severity takes that of its kind.
    return Finding(code=code, where=where, what=what, severity=Severity(severity))


def _read_refusals(rows: list[list[Any]]) -> Iterator[RowRefusal]:
    for line, reason, text, at in rows:
        instant = None if at is None else np.datetime64(at, "us")
        yield RowRefusal(line=line, reason=reason, text=text, at=instant)


def _microseconds(instant: np.datetime64) -> int:
    return int(instant.astype("datetime64[us]").astype(np.int64))
