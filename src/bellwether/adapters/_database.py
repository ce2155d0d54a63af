"""One ledger's database: opened, brought up to date, one writer at a time, found again."""

import contextlib
import functools
import logging
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from bellwether.adapters._database_url import (
    SQLITE,
    UnusableUrl,
    hide_secrets,
    read_place,
    show_place,
)
from bellwether.adapters._schema import (
    OtherSchema,
    Schema,
    check_version,
    create,
    read_version,
    upgrade,
)
from bellwether.adapters._server import check_server, connect_options, lock_opening, take_turn
from bellwether.adapters._sqlite_files import NO_FILE, WAIT_SECONDS, SqliteFile, attach_memory
from bellwether.adapters._turns import Turns, loses_resets
from bellwether.errors import BellwetherError

_TRIES = 3
_LONG_SECONDS = 1.0
_TOLD = 200
# Serialization failure and deadlock: the server has taken the whole transaction back.
_TAKEN_BACK = frozenset({"40001", "40P01"})
_log = logging.getLogger(__name__)

Owner = TypeVar("Owner")
Given = ParamSpec("Given")
Returned = TypeVar("Returned")


class _Undone(Exception):
    """Nothing of a transaction happened: it may be tried again."""


class Database:
    """The database of one ledger.

    Parameters
    ----------
    place : pathlib.Path or str
        A file for SQLite, made if need be with its folder; or a URL of SQLite or PostgreSQL.
    schema : Schema
        Made where there is none, upgraded where it is older.
    opens_late : bool, default False
        Do not raise where the database cannot be opened now: each use tries again.
    wait_seconds : float, default 30
        How long a writer of SQLite waits for the others.

    Raises
    ------
    BellwetherError
        The schema's own error, by any method: if the database cannot be opened, read or
        written, or has the schema of a later version.

    Notes
    -----
    Any thread, any number of processes. Every transaction on a server is READ COMMITTED but
    `snapshot`, which is REPEATABLE READ; on SQLite every transaction is a snapshot.

    A writer holds the lock on the row with the schema's version (on SQLite, the file's one
    lock) from its first statement to its commit, and looks at that version: nobody writes
    into a schema that another version of bellwether has changed meanwhile. Readers never
    wait.

    A connection that was lost is noticed before it is used and made anew. A server that let
    somebody wait in vain for a second is left alone for another, in which every use fails at
    once.
    """

    __slots__ = (
        "__weakref__",
        "_engine",
        "_file",
        "_opened",
        "_opening",
        "_schema",
        "_shunned_until",
        "_turns",
        "_url",
        "_wait_seconds",
        "_writer",
        "name",
    )

    def __init__(
        self,
        place: Path | str,
        schema: Schema,
        *,
        opens_late: bool = False,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._schema = schema
        self._wait_seconds = wait_seconds
        self._file: SqliteFile | None = None
        self._turns: Turns | None = None
        self._opening = threading.RLock()
        self._opened = threading.Event()
        self._shunned_until = 0.0
        try:
            self._url = read_place(place)
        except UnusableUrl as error:
            raise schema.unavailable("the URL given", str(error)) from None
        self.name = show_place(self._url)
        self._engine = self._make_engine()
        weakref.finalize(self, self._engine.dispose)  # whoever forgets to close it
        self._writer = self._engine.execution_options(writes=True)
        try:
            self._open()
        except BellwetherError as error:
            self.close()
            if not opens_late:
                raise
            _log.warning("the %s is not there yet: %s", schema.name, error)

    @property
    def dialect(self) -> str:
        """Name of the kind of database: sqlite or postgresql."""
        return self._url.get_backend_name()

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server or a database in memory."""
        return None if self._file is None else Path(str(self._url.database))

    def close(self) -> None:
        """Let go of every connection; the next use makes new ones."""
        self._engine.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a connection for statements that are each read at one instant."""
        self._open()
        with self._available(reads=True), self._engine.connect() as connection:
            if self.dialect != SQLITE:  # saves two ways to the server and back
                connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    @contextlib.contextmanager
    def snapshot(self, **options: object) -> Iterator[sa.Connection]:
        """Open a transaction that reads everything at one instant."""
        self._open()
        if self.dialect != SQLITE:
            options["isolation_level"] = "REPEATABLE READ"
        with self._available(reads=True), self._engine.connect() as connection:
            yield connection.execution_options(**options)

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open the one transaction that may write, and commit it, or take all of it back."""
        self._open()
        with self._available(), self._transaction() as connection:
            check_version(take_turn(connection, self._schema), self._schema)
            yield connection

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        turn = contextlib.nullcontext() if self._turns is None else self._turns.taken()
        with turn:
            with self._writer.begin() as connection:
                info = connection.info
                yield connection
            if self._file is not None and not self._file.holds(info):
                self._engine.dispose()  # what the log holds goes to the file, if it is still ours
                raise sqlite3.OperationalError(f"{NO_FILE} {self.name} while it was written")

    def _open(self) -> None:
        if self._opened.is_set():
            return
        with self._opening:
            if self._opened.is_set():
                return
            with self._available(), self._creating():
                self._bring_up_to_date()
            self._opened.set()

    def _bring_up_to_date(self) -> None:
        schema = self._schema
        with self._engine.connect() as connection:
            check_server(connection)
            found = read_version(connection, schema)
        if found is not None and found >= schema.version:
            check_version(found, schema)
            return
        with self._transaction() as connection:
            lock_opening(connection)
            found = read_version(connection, schema)  # another may have been quicker
            if found is None:
                create(connection, schema)
            elif found < schema.version:
                take_turn(connection, schema)
                upgrade(connection, schema, found)

    def _make_engine(self) -> sa.Engine:
        url = self._url
        with self._available():
            if url.get_backend_name() != SQLITE:
                return sa.create_engine(
                    url,
                    isolation_level="READ COMMITTED",
                    pool_pre_ping=True,
                    hide_parameters=True,
                    connect_args=connect_options(url),
                )
            engine = sa.create_engine(url, hide_parameters=True)
            sa.event.listen(engine, "begin", _begin)
            if url.database in {None, "", ":memory:"} or "uri" in url.query:
                attach_memory(engine)
                return engine
            path = Path(str(url.database))
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = SqliteFile(path, self._wait_seconds)
            self._file.attach(engine)
            if loses_resets(sqlite3.sqlite_version_info[:3]):
                self._turns = Turns(path, self._wait_seconds)
            return engine

    @contextlib.contextmanager
    def _creating(self) -> Iterator[None]:
        if self._file is None:
            yield
            return
        self._file.sync_new_place()
        self._file.may_create = True
        try:
            yield
        finally:
            self._file.may_create = False

    @contextlib.contextmanager
    def _available(self, *, reads: bool = False) -> Iterator[None]:
        started = time.monotonic()
        if started < self._shunned_until:
            raise self._schema.unavailable(self.name, "out of reach a moment ago")
        try:
            yield
        except OtherSchema as error:
            raise self._schema.unavailable(self.name, str(error)) from error
        except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
            now = time.monotonic()
            if _was_lost(error) and now - started > _LONG_SECONDS:
                self._shunned_until = now + _LONG_SECONDS
            why = " ".join(str(getattr(error, "orig", None) or error).split())[:_TOLD]
            told = self._schema.unavailable(self.name, hide_secrets(why, self._url))
            raise told from (_Undone(error) if _was_undone(error, reads=reads) else error)


def retried(
    method: Callable[Concatenate[Owner, Given], Returned],
) -> Callable[Concatenate[Owner, Given], Returned]:
    """Run a method again, twice at most, where nothing of its transaction happened."""

    @functools.wraps(method)
    def run(owner: Owner, /, *args: Given.args, **options: Given.kwargs) -> Returned:
        for _ in range(_TRIES - 1):
            try:
                return method(owner, *args, **options)
            except BellwetherError as error:
                if not isinstance(error.__cause__, _Undone):
                    raise
        return method(owner, *args, **options)

    return run


def _was_lost(error: Exception) -> bool:
    """Tell whether a server is out of reach, rather than of another opinion."""
    if not isinstance(error, sa.exc.DBAPIError) or isinstance(error.orig, sqlite3.Error):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) is None


def _was_undone(error: Exception, *, reads: bool) -> bool:
    # A commit whose connection was lost may have happened: only reading is safe to repeat.
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state in _TAKEN_BACK or (reads and _was_lost(error))


def _begin(connection: sa.Connection) -> None:
    # A writer asks for the write lock at once: asking after a read would be refused, not queued.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
