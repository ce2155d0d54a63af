"""Archive: the zip of a bundle, written and read in one narrow form that leaves no doubt.

Zip allows much that a bundle never has: compression, encryption, comments, extra fields, entries
that overlap, hide behind each other or are listed twice, sizes that lie. All of it is refused by
looking at the fixed-size heads alone, before any part is read and without allocating more than
the file itself takes, so that every reader of such a file sees the same parts.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from bellwether.registry._errors import BundleCorrupt

MOST_PARTS = 128
_EPOCH = (1980, 1, 1, 0, 0, 0)
_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_HEAD = struct.Struct("<4s5H3L2H")
_NAME = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_MOST_NAME_BYTES = 200
_LIST = "the list of parts"


def pack_archive(parts: Mapping[str, bytes]) -> bytes:
    """Return parts as the bytes of a file, the same for the same parts in the same order."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()


def unpack_archive(content: bytes, name: str) -> dict[str, bytes]:
    """Return the parts of a file by name, in the order in which they lie.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        What to call the bundle in errors.

    Raises
    ------
    BundleCorrupt
        If it is no zip, or holds anything but plain parts, stored one behind the other.

    Notes
    -----
    Cost: one pass over the content, for its check sums.
    """
    n_parts, start = _read_end(content, name)
    parts: dict[str, bytes] = {}
    place = 0
    for part, head, check_sum, at in _list_entries(content, n_parts, start, name):
        if at != place:
            raise BundleCorrupt(name, _LIST, "a part that is not where the list says")
        begin, stop = _find_content(content, place, head, name)
        found = content[begin:stop]
        if zlib.crc32(found) != check_sum:
            raise BundleCorrupt(name, part, "changed: its check sum does not hold")
        if part in parts:
            raise BundleCorrupt(name, _LIST, f"one part there twice: {part}")
        parts[part] = found
        place = stop
    if place != start:
        raise BundleCorrupt(name, _LIST, "bytes between the parts and their list")
    return parts


def _read_end(content: bytes, name: str) -> tuple[int, int]:
    """Return how many parts there are, and where their list starts."""
    if len(content) < _END.size:
        raise BundleCorrupt(name, "the file", "too short for a bundle")
    end = len(content) - _END.size
    magic, disk, first_disk, here, total, n_bytes, start, comment = _END.unpack_from(content, end)
    if magic != b"PK\x05\x06" or comment:
        raise BundleCorrupt(name, "the file", "no plain zip that ends where it should")
    if disk or first_disk or here != total or total > MOST_PARTS:
        raise BundleCorrupt(name, _LIST, f"more than {MOST_PARTS} parts, or on several disks")
    if start + n_bytes != end:
        raise BundleCorrupt(name, _LIST, "not right before the end of the file")
    return total, start


def _list_entries(
    content: bytes, n_parts: int, start: int, name: str
) -> Iterator[tuple[str, bytes, int, int]]:
    """Yield each part's name, the head that must stand before its content, check sum, place."""
    place, end = start, len(content) - _END.size
    for _ in range(n_parts):
        if place + _ENTRY.size > end:
            raise BundleCorrupt(name, _LIST, "cut short")
        fields = _ENTRY.unpack_from(content, place)
        magic, _made_by, needs, flags, method, time, date, check_sum, stored, n_bytes = fields[:10]
        n_name, n_extra, n_comment, disk, _inner, outer, at = fields[10:]
        if magic != b"PK\x01\x02":
            raise BundleCorrupt(name, _LIST, "no list of parts")
        if method or stored != n_bytes:
            raise BundleCorrupt(name, _LIST, "a compressed part")
        if flags or n_extra or n_comment or disk or not _is_plain_file(outer):
            raise BundleCorrupt(name, _LIST, "an encrypted, linked or otherwise special part")
        title = content[place + _ENTRY.size : place + _ENTRY.size + n_name]
        if n_name > _MOST_NAME_BYTES or not _NAME.fullmatch(title):
            raise BundleCorrupt(name, _LIST, f"a part called {title[:40]!r}")
        place += _ENTRY.size + n_name
        head = (b"PK\x03\x04", needs, flags, method, time, date, check_sum, stored, n_bytes)
        yield title.decode("ascii"), _HEAD.pack(*head, n_name, 0) + title, check_sum, at
    if place != end:
        raise BundleCorrupt(name, _LIST, "bytes behind the list")


def _is_plain_file(attributes: int) -> bool:
    """Whether an entry is a file with permissions at most: no link, folder or device."""
    return attributes >> 28 in (0, 8) and not attributes & 0xFFFF


def _find_content(content: bytes, place: int, head: bytes, name: str) -> tuple[int, int]:
    """Return where the content behind a head begins and ends; the head must be the listed one."""
    begin = place + len(head)
    if content[place:begin] != head:
        raise BundleCorrupt(name, _LIST, "a part that is not where or what the list says")
    *_, n_bytes, _, _ = _HEAD.unpack_from(head)
    if begin + n_bytes > len(content):
        raise BundleCorrupt(name, _LIST, "a part longer than the file")
    return begin, begin + n_bytes
