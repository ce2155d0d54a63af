"""The little of the Parquet format that a plain table of eight-byte columns needs.

Every column is required, plain, not compressed and one page long; headers and footer are written
in the compact protocol of Thrift.

References
----------
https://github.com/apache/parquet-format (parquet.thrift) and the compact protocol in
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

PARQUET_MAGIC = b"PAR1"
VALUE_BYTES = 8
_LENGTH = struct.Struct("<I")
_INT64, _DOUBLE = 2, 5
_REQUIRED, _PLAIN, _RLE, _UNCOMPRESSED, _DATA_PAGE = 0, 0, 3, 0, 0
_TIMESTAMP_MICROS, _TIMESTAMP, _MICROS = 10, 8, 2
_VERSION = 1
# A field: its number, its kind in the protocol, and its bytes.
_Field = tuple[int, int, bytes]
_TRUE, _I32, _I64, _BINARY, _LIST, _STRUCT = 1, 5, 6, 8, 9, 12
_SHORT_LIST = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainColumn:
    """One column of a file.

    Parameters
    ----------
    name : str
    is_instant : bool
        Microseconds since 1970 (UTC) in 64 bits; else doubles. Little-endian both.
    values : bytes-like
    """

    name: str
    is_instant: bool
    values: bytes | memoryview

    @property
    def header(self) -> bytes:
        """What stands before the values in the file."""
        return _write_header(len(self.values))

    @property
    def kind(self) -> int:
        """Number of its type in the format."""
        return _INT64 if self.is_instant else _DOUBLE


def find_places(columns: Sequence[PlainColumn]) -> dict[str, int]:
    """Return where in the file the values of each column begin."""
    places, place = {}, len(PARQUET_MAGIC)
    for column in columns:
        places[column.name] = place + len(column.header)
        place = places[column.name] + len(column.values)
    return places


def parcel_parquet(
    columns: Sequence[PlainColumn], told: Mapping[str, str], writer: str
) -> list[bytes | memoryview]:
    """Return a whole file in pieces.

    Parameters
    ----------
    columns : sequence of PlainColumn
        Of one length.
    told : mapping of str to str
        The file's own metadata.
    writer : str
        Who wrote it.
    """
    n_rows = len(columns[0].values) // VALUE_BYTES
    places = find_places(columns)
    chunks = [_chunk(column, places[column.name]) for column in columns]
    size = sum(len(column.header) + len(column.values) for column in columns)
    group = [
        (1, _LIST, _list(_STRUCT, chunks)),
        (2, _I64, _integer(size)),
        (3, _I64, _integer(n_rows)),
    ]
    pairs = [
        _record([(1, _BINARY, _text(key)), (2, _BINARY, _text(value))])
        for key, value in told.items()
    ]
    root = [(4, _BINARY, _text("bars")), (5, _I32, _integer(len(columns)))]
    schemas = [_schema(column.name, column.kind) for column in columns]
    footer = _record(
        [
            (1, _I32, _integer(_VERSION)),
            (2, _LIST, _list(_STRUCT, [_record(root), *schemas])),
            (3, _I64, _integer(n_rows)),
            (4, _LIST, _list(_STRUCT, [_record(group)])),
            (5, _LIST, _list(_STRUCT, pairs)),
            (6, _BINARY, _text(writer)),
        ]
    )
    pages = [part for column in columns for part in (column.header, column.values)]
    return [PARQUET_MAGIC, *pages, footer, _LENGTH.pack(len(footer)), PARQUET_MAGIC]


def read_footer(content: memoryview) -> bytes:
    """Return the footer of a file.

    Raises
    ------
    ValueError
        If it is no Parquet file.
    """
    end = len(content) - len(PARQUET_MAGIC) - _LENGTH.size
    ends = (content[: len(PARQUET_MAGIC)], content[end + _LENGTH.size :])
    if end < 0 or any(one != PARQUET_MAGIC for one in ends):
        raise ValueError("no Parquet file")
    [length] = _LENGTH.unpack_from(content, end)
    return bytes(content[max(end - length, 0) : end])


def find_told(footer: bytes, key: str) -> str:
    """Return what a footer tells under a key.

    Parameters
    ----------
    footer : bytes
        As `parcel_parquet` wrote it.
    key : str

    Raises
    ------
    ValueError
        If it is not there.
    """
    pair = _record([(1, _BINARY, _text(key)), (2, _BINARY, b"")])[:-1]
    place = footer.index(pair) + len(pair)
    length = shift = 0
    while True:
        byte = footer[place]
        length |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return footer[place : place + length].decode()


@lru_cache(maxsize=64)
def _write_header(n_bytes: int) -> bytes:
    page = [
        (1, _I32, _integer(n_bytes // VALUE_BYTES)),
        (2, _I32, _integer(_PLAIN)),
        (3, _I32, _integer(_RLE)),
        (4, _I32, _integer(_RLE)),
    ]
    return _record(
        [
            (1, _I32, _integer(_DATA_PAGE)),
            (2, _I32, _integer(n_bytes)),
            (3, _I32, _integer(n_bytes)),
            (5, _STRUCT, _record(page)),
        ]
    )


@lru_cache(maxsize=64)
def _schema(name: str, kind: int) -> bytes:
    fields = [
        (1, _I32, _integer(kind)),
        (3, _I32, _integer(_REQUIRED)),
        (4, _BINARY, _text(name)),
    ]
    if kind == _INT64:
        unit = _record([(_MICROS, _STRUCT, _record([]))])
        instant = _record([(1, _TRUE, b""), (2, _STRUCT, unit)])
        logical = _record([(_TIMESTAMP, _STRUCT, instant)])
        fields += [(6, _I32, _integer(_TIMESTAMP_MICROS)), (10, _STRUCT, logical)]
    return _record(fields)


def _chunk(column: PlainColumn, values_at: int) -> bytes:
    starts_at = _integer(values_at - len(column.header))
    size = _integer(len(column.header) + len(column.values))
    metadata = [
        (1, _I32, _integer(column.kind)),
        (2, _LIST, _list(_I32, [_integer(_PLAIN)])),
        (3, _LIST, _list(_BINARY, [_text(column.name)])),
        (4, _I32, _integer(_UNCOMPRESSED)),
        (5, _I64, _integer(len(column.values) // VALUE_BYTES)),
        (6, _I64, size),
        (7, _I64, size),
        (9, _I64, starts_at),
    ]
    return _record([(2, _I64, starts_at), (3, _STRUCT, _record(metadata))])


def _record(fields: Sequence[_Field]) -> bytes:
    """Return a struct: numbers told by their distance, and a stop behind the last field."""
    written, before = b"", 0
    for number, kind, content in fields:
        written += bytes([(number - before) << 4 | kind]) + content
        before = number
    return written + b"\x00"


def _list(kind: int, items: Sequence[bytes]) -> bytes:
    count = len(items)
    head = bytes([count << 4 | kind]) if count < _SHORT_LIST else bytes([0xF0 | kind])
    return b"".join([head, b"" if count < _SHORT_LIST else _unsigned(count), *items])


def _text(text: str) -> bytes:
    content = text.encode()
    return _unsigned(len(content)) + content


def _integer(value: int) -> bytes:
    """Return an integer from zero on, as the protocol writes signed ones."""
    return _unsigned(value << 1)


def _unsigned(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
