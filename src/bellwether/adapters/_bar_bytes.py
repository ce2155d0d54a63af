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
    QualityReport,
    RowRefusal,
    SessionCalendar,
)
from bellwether.errors import BarsError
from bellwether.hashing import canonical_json, read_json

MAGIC = b"BWS1"
_LENGTH = struct.Struct("<I")
_FLOATS = (*COLUMNS, "adjustment")
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
    bars, quality = imported.bars, imported.quality
    head = {
        "symbol": bars.symbol,
        "interval": bars.interval,
        "calendar": imported.calendar.name,
        "source_digest": imported.source_digest,
        "n_bars": len(bars),
        "n_sessions": len(imported.calendar),
        "n_missing": int(quality.missing.size),
        "quality": _write_quality(quality),
        "known": None if known is None else dict(known),
    }
    written = canonical_json(head).encode("ascii")
    parts = [MAGIC, _LENGTH.pack(len(written)), written, _times(bars.closed_at)]
    parts += [getattr(bars, name).astype("<f8").tobytes() for name in _FLOATS]
    parts += [_times(imported.calendar.closes_at), _times(quality.missing)]
    content = b"".join(parts)
    return content + hashlib.sha256(content).digest()


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
    closed_at = columns.take("<i8", n_bars)[first:].astype(_INSTANT)
    named = {name: columns.take("<f8", n_bars)[first:] for name in _FLOATS}
    closes_at = columns.take("<i8", head["n_sessions"]).astype(_INSTANT)
    missing = columns.take("<i8", head["n_missing"]).astype(_INSTANT)
    imported = BarsImport(
        bars=Bars(symbol=head["symbol"], interval=head["interval"], closed_at=closed_at, **named),
        quality=_read_quality(head, missing),
        calendar=SessionCalendar(name=head["calendar"], closes_at=closes_at),
        source_digest=head["source_digest"],
    )
    return imported, head["known"]


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


def _times(instants: NDArray[Any]) -> bytes:
    return instants.astype(_INSTANT).astype("<i8").tobytes()


def _write_quality(quality: QualityReport) -> dict[str, object]:
    return {
        "n_read": quality.n_read,
        "n_kept": quality.n_kept,
        "grade": quality.grade.value,
        "freshness": None if quality.freshness is None else quality.freshness.value,
        "market_coverage": [list(pair) for pair in quality.market_coverage.items()],
        "survivorship": quality.survivorship,
        "findings": [[one.code, one.where, one.what] for one in quality.findings],
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
        findings=tuple(
            Finding(code=code, where=where, what=what) for code, where, what in told["findings"]
        ),
        grade=Grade(told["grade"]),
        freshness=None if freshness is None else Freshness(freshness),
        market_coverage=dict(told["market_coverage"]),
        survivorship=told["survivorship"],
    )


def _read_refusals(rows: list[list[Any]]) -> Iterator[RowRefusal]:
    for line, reason, text, at in rows:
        instant = None if at is None else np.datetime64(at, "us")
        yield RowRefusal(line=line, reason=reason, text=text, at=instant)


def _microseconds(instant: np.datetime64) -> int:
    return int(instant.astype("datetime64[us]").astype(np.int64))
