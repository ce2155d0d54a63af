"""Each snapshot as two files: one to serve from, and one of Parquet that mends it."""

import contextlib
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bellwether.adapters._atomic_file import write_atomically, write_together
from bellwether.adapters._bar_bytes import (
    pack_import,
    parcel_import,
    unpack_import,
    write_head,
)
from bellwether.adapters._bar_parquet import pack_parquet, parcel_snapshot, unpack_parquet
from bellwether.bars import BarsImport
from bellwether.service import Snapshot, SnapshotDamaged

SERVED, KEPT = ".bars", ".parquet"
_NAME = re.compile(r"([0-9a-f]{64})\.(?:bars|parquet)")
_log = logging.getLogger(__name__)
_Read = tuple[BarsImport, Mapping[str, Any] | None]
_UNREADABLE = (ValueError, KeyError, TypeError)


class SnapshotFiles:
    """The files of snapshots, in one folder.

    Parameters
    ----------
    folder : pathlib.Path
    unfinished : pathlib.Path
        A folder for files that are not finished.

    Notes
    -----
    `DIGEST.parquet` holds bars, sessions, quality and provenance for whoever reads Parquet;
    `DIGEST.bars` holds the same, laid out so that a process that serves reads the last bars of
    it in a millisecond. Each is sealed by a digest of its content, and where one is damaged or
    missing it is made again of the other.
    """

    __slots__ = ("_unfinished", "folder")

    def __init__(self, folder: Path, unfinished: Path) -> None:
        self.folder = folder
        self._unfinished = unfinished

    def write(self, snapshot: Snapshot, imported: BarsImport) -> None:
        """Put both files of a snapshot in place; the one of Parquet is durable then.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        head = write_head(imported, snapshot.to_json())
        write_together(
            {self._path(snapshot.digest, KEPT): parcel_snapshot(imported, head)},
            {self._path(snapshot.digest, SERVED): parcel_import(imported, head)},
            unfinished_in=self._unfinished,
        )

    def read(self, digest: str, last_bars: int | None = None) -> tuple[BarsImport, Snapshot]:
        """Return a snapshot and what it holds; a file that serves no more is made again.

        Parameters
        ----------
        digest : str
        last_bars : int, optional
            How many bars from the end; all by default.

        Raises
        ------
        OSError
            If neither of its files can be read; FileNotFoundError where there is none.
        SnapshotDamaged
            If neither of them is what was written.
        """
        try:
            return self._open(digest, SERVED, lambda content: unpack_import(content, last_bars))
        except (SnapshotDamaged, OSError) as error:
            imported, snapshot = self._mend(digest, error)
        first = 0 if last_bars is None else max(len(imported.bars) - last_bars, 0)
        return replace(imported, bars=imported.bars[first:]), snapshot

    def load(self, digest: str, last_bars: int | None = None) -> BarsImport:
        """Return what `read` does without what is known of the snapshot: watching reads many.

        Raises
        ------
        OSError, SnapshotDamaged
            As `read`.
        """
        try:
            imported, known = unpack_import(_read_whole(self._path(digest, SERVED)), last_bars)
        except (*_UNREADABLE, OSError):
            return self.read(digest, last_bars)[0]
        if not isinstance(known, dict) or known.get("digest") != digest:
            return self.read(digest, last_bars)[0]
        return imported

    def read_parquet(self, digest: str) -> bytes:
        """Return a snapshot's Parquet file; it is made again where it is damaged or missing.

        Raises
        ------
        OSError, SnapshotDamaged
            As `read`.
        """
        path = self._path(digest, KEPT)
        with contextlib.suppress(FileNotFoundError, SnapshotDamaged):
            self._open(digest, KEPT, unpack_parquet)
            return path.read_bytes()
        imported, snapshot = self.read(digest)
        content = pack_parquet(imported, snapshot.to_json())
        with contextlib.suppress(OSError):
            self._write(digest, KEPT, content)
        return content

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield each file that is not what was written, and what became of it."""
        for digest in sorted(self.digests()):
            ways = {SERVED: unpack_import, KEPT: unpack_parquet}
            faults = {suffix: self._find_fault(digest, suffix, ways[suffix]) for suffix in ways}
            can_mend = not all(faults.values())
            for suffix, fault in faults.items():
                if fault is not None:
                    told = f"{fault}; made again of the other" if can_mend else f"{fault}; lost"
                    yield f"{digest}{suffix}", told
            if can_mend and any(faults.values()):
                self.read(digest, 0)
                self.read_parquet(digest)

    def digests(self) -> frozenset[str]:
        """Return the digests of which there is a file."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            names = os.listdir(self.folder)  # noqa: PTH208 - ten thousand paths cost a second
            return frozenset(found[1] for found in map(_NAME.fullmatch, names) if found)
        return frozenset()

    def _mend(self, digest: str, fault: Exception) -> tuple[BarsImport, Snapshot]:
        """Make the file that is served from again, of the one beside it, and return what it holds.

        Raises the fault of the first one where there is no better one.
        """
        try:
            imported, snapshot = self._open(digest, KEPT, unpack_parquet)
        except OSError as error:
            raise fault from error
        except SnapshotDamaged as error:
            raise (error if isinstance(fault, FileNotFoundError) else fault) from error
        _log.warning("reason=snapshot_mended: %s", fault)
        with contextlib.suppress(OSError):  # until it can be written the other one is read
            content = pack_import(imported, snapshot.to_json())
            self._write(digest, SERVED, content)
        return imported, snapshot

    def _write(self, digest: str, suffix: str, content: bytes) -> None:
        path = self._path(digest, suffix)
        write_atomically(path, content, unfinished_in=self._unfinished)

    def _path(self, digest: str, suffix: str) -> Path:
        return self.folder / f"{digest}{suffix}"

    def _find_fault(self, digest: str, suffix: str, unpack: Callable[[bytes], _Read]) -> str | None:
        try:
            self._open(digest, suffix, unpack)
        except OSError as error:
            return error.strerror or str(error)
        except SnapshotDamaged as error:
            return error.was
        return None

    def _open(
        self, digest: str, suffix: str, unpack: Callable[[bytes], _Read]
    ) -> tuple[BarsImport, Snapshot]:
        path = self._path(digest, suffix)
        try:
            imported, known = unpack(path.read_bytes())
            snapshot = Snapshot.from_json(known or {})
        except _UNREADABLE as error:
            raise SnapshotDamaged(path.name, f"{error}"[:200]) from error
        if snapshot.digest != digest:
            raise SnapshotDamaged(path.name, f"the snapshot {snapshot.digest[:12]}")
        return imported, snapshot


def _read_whole(path: Path) -> bytes:
    """Return the bytes of a file that is replaced as a whole and never written to."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)
