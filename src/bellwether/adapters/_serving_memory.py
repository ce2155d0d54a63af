"""Who serves, and whoever else is asked of, until somebody writes to the registry's file."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import quote

_MOST_KEPT = 4096

Asked = TypeVar("Asked", bound=Hashable)
Found = TypeVar("Found")
_Identity = tuple[int, int] | None
_Mark = tuple[int, int]


class ServingMemory(Generic[Asked, Found]):
    """Remembers what every question asks of the registry's file until another commit is seen.

    Parameters
    ----------
    path : pathlib.Path or None
        The registry's SQLite file; None for a database of another kind, of which nothing is
        remembered.

    Notes
    -----
    May be used from any thread. Each question costs a look at SQLite's counter of commits
    (`PRAGMA data_version`) on a connection of its own, about 10 microseconds: whoever commits,
    in whatever process, changes it before the commit returns. The look comes before the read,
    so what is remembered is never older than its mark. Where the look fails - the file is gone,
    locked, or another one by now - nothing is remembered and the read says what is wrong.
    """

    __slots__ = ("_guard", "_kept", "_mark", "_n_watches", "_path", "_watch")

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._watch: _Watch | None = None
        self._n_watches = 0
        self._mark: _Mark | None = None
        self._kept: dict[Asked, Found] = {}

    def find(self, asked: Asked, read: Callable[[], Found]) -> Found:
        """Return what `read` returned last time, or read again if it may be another by now."""
        with self._guard:
            mark = self._look()
            if mark is None or mark != self._mark or len(self._kept) >= _MOST_KEPT:
                self._kept = {}
                self._mark = mark
            elif asked in self._kept:
                return self._kept[asked]
        found = read()
        with self._guard:
            if mark is not None and mark == self._mark:
                self._kept[asked] = found
        return found

    def close(self) -> None:
        """Let go of the file; the next question opens it anew."""
        with self._guard:
            self._drop()

    def _look(self) -> _Mark | None:
        if self._path is None:
            return None
        try:
            if self._watch is None or not self._watch.is_same:
                self._drop()
                self._n_watches += 1
                self._watch = _Watch(self._path, self._n_watches)
            return self._watch.read()
        except (sqlite3.Error, OSError):
            self._drop()
            return None

    def _drop(self) -> None:
        if self._watch is not None:
            with contextlib.suppress(sqlite3.Error):
                self._watch.connection.close()
        self._watch = None


class _Watch:
    """A connection that counts commits, and the files it has open."""

    __slots__ = ("_files", "_identities", "_number", "connection")

    def __init__(self, path: Path, number: int) -> None:
        # A file's log and its index are files beside it; replaced, they hide later commits.
        self._files = [f"{path}{ending}" for ending in ("", "-wal", "-shm")]
        self._number = number
        address = f"file:{quote(str(path.absolute()))}?mode=rw"
        self.connection = sqlite3.connect(address, uri=True, timeout=0, check_same_thread=False)
        try:
            self.read()
        except sqlite3.Error:
            self.connection.close()
            raise
        self._identities = self._identify()

    @property
    def is_same(self) -> bool:
        """Whether the files are those that were opened."""
        return self._identities == self._identify()

    def read(self) -> _Mark:
        """Return a mark that no two states of the registry share."""
        [(version,)] = self.connection.execute("PRAGMA data_version")
        return self._number, int(version)

    def _identify(self) -> list[_Identity]:
        return [_identity(file) for file in self._files]


def _identity(file: str) -> _Identity:
    try:
        found = os.stat(file)  # noqa: PTH116 - asked for each question, and twice as quick
    except OSError:
        return None
    return found.st_dev, found.st_ino
