"""Files within files: what a compressed file or an archive holds, taken out with care."""

import bz2
import contextlib
import gzip
import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self, TypeAlias, cast

from bellwether.bars import ArchiveRefused, SourceMissing
from bellwether.sources._market_names import PACKED, SUFFIXES, market_name

DOCUMENTS = ("readme", "license", "licence", "copying", "notice", "provenance", "changelog")

MOST_MEMBERS = 100_000
SMALL_BYTES = 64 << 20
PART_BYTES = 1 << 20
MOST_GROWTH = 200
MAGIC_BYTES = 265
TAR_PLACE = 257
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
SQUEEZED = {
    b"\x1f\x8b": cast("Callable[[Path], BinaryIO]", gzip.open),
    b"BZh": cast("Callable[[Path], BinaryIO]", bz2.open),
    b"\xfd7zXZ\x00": cast("Callable[[Path], BinaryIO]", lzma.open),
}
NEVER_OPENED = {b"7z\xbc\xaf": "a 7z archive", b"Rar!": "a RAR archive", b"(\xb5/\xfd": "zstd"}
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)
BETWEEN = " > "

Opener: TypeAlias = Callable[[], BinaryIO]


@dataclass(frozen=True, kw_only=True, eq=False)
class Member:
    """One file of bars: a plain one, or what a compressed file or an archive holds.

    Parameters
    ----------
    source : str
        What errors call it: the path, and the name within an archive.
    name : str
        Its own name without endings: the symbol's, where the table does not tell.
    path : pathlib.Path
        The file on disk that it is, or is packed in.
    packed_bytes : int or None
        Its size while packed; None where its bytes lie on the disk as they are.
    opener : callable
        Opens it.
    fault : ArchiveRefused or None
        Why it is not opened.
    """

    source: str
    name: str
    path: Path
    packed_bytes: int | None
    opener: Opener
    fault: ArchiveRefused | None = None

    def open(self) -> "MemberStream":
        """Return its bytes as a stream; a context manager.

        Raises
        ------
        ArchiveRefused
            If it must not be opened.
        SourceMissing
            If it cannot be.
        """
        if self.fault is not None:
            raise self.fault
        try:
            stream = self.opener()
        except NotImplementedError as fault:
            raise ArchiveRefused(self.source, f"packed in an unusual way ({fault})") from fault
        except RuntimeError as fault:
            raise ArchiveRefused(self.source, "a member behind a password") from fault
        except DAMAGE as fault:
            raise _tell_missing(self.source, fault, self.packed_bytes is None) from fault
        packed = self.packed_bytes
        most = None if packed is None else max(SMALL_BYTES, MOST_GROWTH * packed)
        return MemberStream(self.source, stream, most)


class MemberStream:
    """Bytes of a member, oldest first; what is damaged or grows beyond measure is an error.

    Parameters
    ----------
    source : str
        What errors call it.
    stream : binary stream
    most_bytes : int or None
        How many it may hold: archives are made that unfold to a million times their size.
    """

    __slots__ = ("_most_bytes", "_n_read", "_source", "_stream")

    def __init__(self, source: str, stream: BinaryIO, most_bytes: int | None) -> None:
        self._source = source
        self._stream = stream
        self._most_bytes = most_bytes
        self._n_read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def read(self, n_bytes: int) -> bytes:
        """Return the next bytes: as many as were asked for, fewer only at the end.

        Raises
        ------
        ArchiveRefused
            If the archive is damaged, or holds more than an honest one could.
        SourceMissing
            If a plain file cannot be read.
        """
        parts = []
        wanted = n_bytes
        while wanted > 0:
            try:
                part = self._stream.read(min(wanted, PART_BYTES))
            except DAMAGE as fault:
                raise _tell_missing(self._source, fault, self._most_bytes is None) from fault
            if not part:
                break
            parts.append(part)
            wanted -= len(part)
        self._n_read += n_bytes - wanted
        if self._most_bytes is not None and self._n_read > self._most_bytes:
            raise ArchiveRefused(
                self._source, f"more than {MOST_GROWTH} times what is packed", "unpack it yourself"
            )
        return b"".join(parts)


@contextlib.contextmanager
def open_members(path: Path) -> Iterator[tuple[Member, ...]]:
    """Open a file and yield what it holds: itself, or the files of bars packed in it.

    Parameters
    ----------
    path : pathlib.Path

    Yields
    ------
    members : tuple of Member
        In the archive's order; to be read before the context ends.

    Raises
    ------
    SourceMissing
        If there is no such file, it is a folder, or it cannot be opened.
    ArchiveRefused
        If it is an archive that cannot be opened, or holds no file of bars.

    Notes
    -----
    Nothing of an archive is written to a path of its own choice, and archives within archives
    are not opened.
    """
    head = _read_head(path)
    if head.startswith((ZIP, EMPTY_ZIP)):
        with _open_zip(path) as members:
            yield members
        return
    refuse_archive(str(path), head, skip=tuple(SQUEEZED))
    for magic, opener in SQUEEZED.items():
        if head.startswith(magic):
            yield (_squeezed(path, opener),)
            return
    yield (
        Member(
            source=str(path),
            name=market_name(path.name),
            path=path,
            packed_bytes=None,
            opener=lambda: _plain(path),
        ),
    )


def refuse_archive(source: str, head: bytes, skip: tuple[bytes, ...] = ()) -> None:
    """Refuse bytes that begin like an archive.

    Parameters
    ----------
    source : str
    head : bytes
        The first of them, 265 at least where there are as many.
    skip : tuple of bytes
        Beginnings that are fine.

    Raises
    ------
    ArchiveRefused
    """
    if head[TAR_PLACE:MAGIC_BYTES].startswith(b"ustar"):
        raise ArchiveRefused(source, "a tar archive", "unpack it, and name its folder")
    names = {**NEVER_OPENED, **dict.fromkeys((ZIP, *SQUEEZED), "an archive within an archive")}
    for magic, what in names.items():
        if head.startswith(magic) and magic not in skip:
            raise ArchiveRefused(source, what, "unpack it, and name what comes out of it")


def is_bars_name(name: str) -> bool:
    """Return whether a file of a folder or an archive is likely to hold bars, by its name."""
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    endings = [ending.lower() for ending in path.suffixes[-2:]]
    known = bool(endings) and endings[-1] in (SUFFIXES | PACKED)
    return known and not hidden and not path.stem.lower().startswith(DOCUMENTS)


def _read_head(path: Path) -> bytes:
    source = str(path)
    try:
        with path.open("rb") as file:
            return file.read(MAGIC_BYTES)
    except FileNotFoundError as fault:
        raise SourceMissing(source, "no such file") from fault
    except IsADirectoryError as fault:
        raise SourceMissing(source, "a folder") from fault
    except (OSError, ValueError) as fault:
        raise _tell_missing(source, fault, is_plain=True) from fault


def _plain(path: Path) -> BinaryIO:
    return path.open("rb")


def _tell_missing(
    source: str, fault: BaseException, is_plain: bool
) -> SourceMissing | ArchiveRefused:
    reason = getattr(fault, "strerror", None) or str(fault)
    if is_plain:
        return SourceMissing(source, f"a file that cannot be opened ({reason})")
    return ArchiveRefused(source, f"damaged ({reason})"[:200], "fetch it again")


def _squeezed(path: Path, opener: Callable[[Path], BinaryIO]) -> Member:
    return Member(
        source=str(path),
        name=market_name(path.name),
        path=path,
        packed_bytes=path.stat().st_size,
        opener=lambda: opener(path),
    )


@contextlib.contextmanager
def _open_zip(path: Path) -> Iterator[tuple[Member, ...]]:
    source = str(path)
    try:
        archive = zipfile.ZipFile(path)
    except (*DAMAGE, NotImplementedError) as fault:
        raise ArchiveRefused(source, f"damaged ({fault})"[:200], "fetch it again") from fault
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        names = {info.filename for info in infos}
        if names & {"[Content_Types].xml", "mimetype"}:
            raise ArchiveRefused(source, "a spreadsheet", "export its sheet as CSV")
        if len(infos) > MOST_MEMBERS:
            raise ArchiveRefused(source, f"{len(infos)} files", f"at most {MOST_MEMBERS} will do")
        bars = infos if len(infos) == 1 else [one for one in infos if is_bars_name(one.filename)]
        if not bars:
            raise ArchiveRefused(source, "no file of bars in it", "export the bars as CSV")
        yield tuple(_zipped(path, archive, info) for info in bars)


def _zipped(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    source = f"{path}{BETWEEN}{info.filename}"
    fault = _find_fault(info)
    return Member(
        source=source,
        name=market_name(info.filename),
        path=path,
        packed_bytes=info.compress_size,
        opener=lambda: cast("BinaryIO", io.BufferedReader(archive.open(info))),
        fault=None if fault is None else ArchiveRefused(source, fault),
    )


def _find_fault(info: zipfile.ZipInfo) -> str | None:
    """Return why a member is not opened, whatever it holds."""
    place = PurePosixPath(info.filename.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
        return "a name that leads out of the archive"
    if info.flag_bits & 1:
        return "a member behind a password"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link to another file"
    return None
