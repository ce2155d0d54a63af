"""Writers of one SQLite file take turns, checkpoints included."""

import contextlib
import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

LOCK_ENDING = ".lock"
_PAUSE_SECONDS = 0.002


def loses_resets(version: tuple[int, int, int]) -> bool:
    """Tell whether an SQLite has the WAL-reset bug (3.7.0 to 3.51.2, but for two backports).

    Parameters
    ----------
    version : tuple of int
        As `sqlite3.sqlite_version_info`.

    References
    ----------
    https://sqlite.org/wal.html#the_wal_reset_bug: a commit that restarts the log during the
    second of two checkpoints can be lost, or corrupt the file.
    """
    if version[:2] in {(3, 44), (3, 50)}:
        return version < {44: (3, 44, 6), 50: (3, 50, 7)}[version[1]]
    return version < (3, 51, 3)


class Turns:
    """Lets one writer of a file through at a time, in this process and in others.

    Parameters
    ----------
    path : pathlib.Path
        The database; the lock is a file of its own beside it.
    wait_seconds : float
        How long a turn is waited for.

    Notes
    -----
    SQLite has its own lock for writing, but releases it before the checkpoint that a commit
    may bring: versions with the WAL-reset bug (`loses_resets`) lose commits that fall into
    such a checkpoint. Here a turn ends behind the checkpoint, so none can. The system takes
    the lock from a process that dies.
    """

    __slots__ = ("_mutex", "_path", "_wait_seconds")

    def __init__(self, path: Path, wait_seconds: float) -> None:
        self._path = path.with_name(path.name + LOCK_ENDING)
        self._wait_seconds = wait_seconds
        self._mutex = threading.Lock()

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the turn.

        Raises
        ------
        sqlite3.OperationalError
            If it does not come in time.
        OSError
            If the lock's file cannot be made.
        """
        if not self._mutex.acquire(timeout=self._wait_seconds):
            raise sqlite3.OperationalError("database is locked")
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                self._wait(descriptor)
                yield
            finally:
                os.close(descriptor)
        finally:
            self._mutex.release()

    def _wait(self, descriptor: int) -> None:
        for _ in range(int(self._wait_seconds / _PAUSE_SECONDS)):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            threading.Event().wait(_PAUSE_SECONDS)
        raise sqlite3.OperationalError("database is locked")
