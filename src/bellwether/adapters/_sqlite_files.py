"""SQLite's files: how they are opened, for writing or only for reading, and copied whole."""

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from bellwether.adapters._atomic_file import sync_folder

WAIT_SECONDS = 30
_HEADER = b"SQLite format 3\x00"
_BESIDE = ("-wal", "-shm", "-journal")
NO_FILE = "unable to open database file: no"
_LOG = "bellwether log"
_FILE, _READ_ONLY, _IS_USED = "bellwether file", "bellwether read only", "bellwether used"


class SqliteFile:
    """Opens connections to one file, and none to a file that is no longer the same.

    Parameters
    ----------
    path : pathlib.Path
    wait_seconds : float, default 30
        How long somebody else's lock is waited for.

    Notes
    -----
    A file that may be written, in a folder that may be written, is opened in WAL mode with
    full sync. Where one of the two may not, a connection is for reading and for one use:

    - A writer elsewhere has the file open (its `-shm` is there): its log is read with it.
    - Nobody has it open and its log is empty or gone: the file is complete and is read as
      `immutable`, without the `-shm` that SQLite could not make. A writer who comes meanwhile
      is not noticed by that one connection; the next one notices.
    - Its log holds writes but nobody has it open: they cannot be read, and that is an error.

    A file that was removed or replaced is noticed when a connection is taken from the pool:
    SQLite itself would go on writing to what nobody can find any more.
    """

    __slots__ = ("_path", "_wait_seconds", "may_create")

    def __init__(self, path: Path, wait_seconds: float = WAIT_SECONDS) -> None:
        self._path = path
        self._wait_seconds = wait_seconds
        self.may_create = False

    def attach(self, engine: sa.Engine) -> None:
        """Let an engine open its connections here."""
        sa.event.listen(engine, "do_connect", self._connect)
        sa.event.listen(engine, "connect", self._prepare)
        sa.event.listen(engine, "checkout", self._check_same)

    @property
    def is_writable(self) -> bool:
        """Whether the file, or its place where there is none, and its folder may be written."""
        places = [self._path.parent, *([self._path] if self._path.exists() else [])]
        return all(os.access(place, os.W_OK, effective_ids=True) for place in places)

    def sync_new_place(self) -> None:
        """Make the folders of a file that is about to be made outlast a power cut.

        The file's own name SQLite makes durable, with the first sync of its log.
        """
        if not self._path.exists():
            for folder in self._path.absolute().parents:
                with contextlib.suppress(OSError):  # not ours to read, so not made by us either
                    sync_folder(folder)

    def holds(self, info: dict[str, Any]) -> bool:
        """Tell whether a connection that has just committed did so where others find it.

        Parameters
        ----------
        info : dict
            Of the connection, as SQLAlchemy keeps it; the log's identity is noted there.
        """
        log = _identity(self._path.with_name(f"{self._path.name}-wal"))
        is_same_log = info.setdefault(_LOG, log) in {None, log}
        return is_same_log and info[_FILE] == _identity(self._path)

    def _connect(self, _dialect: object, _record: object, _args: object, _options: object) -> Any:
        if not self._path.exists() and not self.may_create:
            raise sqlite3.OperationalError(f"{NO_FILE} {self._path.name}")
        if self.is_writable:
            mode = "mode=rwc" if self.may_create else "mode=rw"
            return _open(self._path, mode, self._wait_seconds)
        return _open(self._path, _reading_mode(self._path), self._wait_seconds)

    def _prepare(self, connection: Any, record: Any) -> None:
        record.info[_FILE] = _identity(self._path)
        record.info[_READ_ONLY] = not self.is_writable
        _begin_by_hand(connection)
        if not record.info[_READ_ONLY]:
            connection.execute("PRAGMA journal_mode = WAL").close()
            connection.execute("PRAGMA synchronous = FULL").close()

    def _check_same(self, _connection: object, record: Any, _proxy: object) -> None:
        was_used = record.info.get(_IS_USED, False)
        record.info[_IS_USED] = True
        if was_used and record.info[_READ_ONLY]:
            raise sa.exc.DisconnectionError("a connection for reading is used once")
        if record.info[_FILE] != _identity(self._path):
            raise sa.exc.DisconnectionError("the file is another one by now")


def attach_memory(engine: sa.Engine) -> None:
    """Let an engine's connections to a database in memory begin transactions as ours do."""
    sa.event.listen(engine, "connect", lambda connection, _record: _begin_by_hand(connection))


def is_sqlite_file(path: Path) -> bool:
    """Tell whether a file holds an SQLite database, whatever its name."""
    with path.open("rb") as file:
        return file.read(len(_HEADER)) == _HEADER


def is_beside_sqlite(path: Path) -> bool:
    """Tell whether a file is the log, index or journal of an SQLite database beside it."""
    return any(
        path.name.endswith(ending) and path.with_name(path.name.removesuffix(ending)).exists()
        for ending in _BESIDE
    )


def copy_sqlite(source: Path, target: Path) -> None:
    """Write one consistent copy of a database while others read and write it.

    Parameters
    ----------
    source : pathlib.Path
    target : pathlib.Path
        Replaced if it is there; whole or not at all.

    Raises
    ------
    OSError
        If the copy cannot be written, or the source not be read; no part of it is left.

    Notes
    -----
    One read transaction (`VACUUM INTO`): writers do not wait for it, and none of their writes
    is in the copy by half. Every record is read, so damage is found here and not carried on.
    """
    unfinished = target.with_name(f".{target.name}.part")
    unfinished.unlink(missing_ok=True)
    try:
        with contextlib.closing(open_to_read(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(unfinished),))
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(target)
    except sqlite3.Error as error:
        raise OSError(0, f"{source.name} cannot be copied: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(target.parent)


def open_to_read(path: Path) -> sqlite3.Connection:
    """Return a connection for reading, to a file that others may be writing.

    Raises
    ------
    sqlite3.Error
        If there is no such file, or it cannot be read.
    """
    return _open(path, "mode=rw" if SqliteFile(path).is_writable else _reading_mode(path))


def _open(path: Path, mode: str, wait_seconds: float = WAIT_SECONDS) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}?{mode}"
    connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    connection.isolation_level = None  # transactions are begun by hand, not by the driver
    connection.execute(f"PRAGMA busy_timeout = {round(wait_seconds * 1000)}").close()
    return connection


def _reading_mode(path: Path) -> str:
    if path.with_name(f"{path.name}-shm").exists():
        return "mode=ro"
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise sqlite3.OperationalError(
            f"{log.name} holds writes that cannot be read where nothing may be written"
        )
    return "immutable=1"


def _begin_by_hand(connection: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON").close()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
