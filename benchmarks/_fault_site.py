"""Where faults happen: a home that is served, its processes, and the hands that break things."""

import contextlib
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from _crafted import Crafted
from _questions import Question
from _servers import Server


@dataclass(kw_only=True)
class Site:
    """A service that runs, and what belongs to it.

    Parameters
    ----------
    home : pathlib.Path
    folder : pathlib.Path
        For what is taken out of the home meanwhile.
    models : mapping of str to Crafted
        Every model that may answer.
    server : Server
    """

    home: Path
    folder: Path
    models: Mapping[str, Crafted]
    server: Server
    held: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def front(self) -> int:
        """Number of the process that listens."""
        return self.server.process.pid

    def child(self) -> int | None:
        """Return the number of the process that computes, if there is one."""
        return find_child(self.front)

    def aside(self, path: Path) -> Path:
        """Return where something of the home is kept meanwhile."""
        return self.folder / "aside" / path.name

    def keep(self, path: Path) -> Path:
        """Copy a file of the home, to be put back, and return the original's path."""
        copy = self.aside(path)
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, copy)
        return path

    def put_back(self, path: Path) -> None:
        """Put a file back as a whole."""
        half = path.with_name(f"{path.name}.back")
        shutil.copyfile(self.aside(path), half)
        if path.is_dir():
            path.rmdir()
        half.replace(path)

    def take(self, path: Path) -> None:
        """Move a file or folder out of the home."""
        self.aside(path).parent.mkdir(exist_ok=True)
        path.replace(self.aside(path))

    def give(self, path: Path) -> None:
        """Move a file or folder back into the home, in place of what came meanwhile."""
        if path.is_dir():
            shutil.rmtree(path)
        self.aside(path).replace(path)

    def release(self) -> None:
        """Let go of locks, limits and mounts."""
        self.held.close()


@dataclass(frozen=True, kw_only=True)
class FaultCase:
    """A fault, and what may be said while it lasts.

    Parameters
    ----------
    group, name : str
    allowed : frozenset of (str or None)
        Fallback reasons; None where the champion may still answer.
    shows : frozenset of (str or None), default as allowed
        Of these at least one must be seen, or the fault was none.
    break_it, mend : callable
        Bring the cause about, and take it away.
    repeat : callable, optional
        Done again and again while the fault lasts.
    wrong : tuple of Question
        Asked in place of the sound questions that carry bars: the fault is in them.
    is_unjournalled : bool
        Whether answers may say that they are not in the journal.
    flags, environment
        How the service is started.
    prepare : callable, optional
        What is done to the home before.
    patience_seconds : float
        Longest recovery that is waited for.
    is_clock : bool
        Whether the service is started with a clock that can be moved.
    """

    group: str
    name: str
    allowed: frozenset[str | None]
    shows: frozenset[str | None]
    break_it: Callable[[Site], object] = lambda _: None
    mend: Callable[[Site], object] = lambda _: None
    repeat: Callable[[Site], object] | None = None
    wrong: tuple[Question, ...] = ()
    is_unjournalled: bool = False
    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Path], Mapping[str, Crafted]] = lambda _: {}
    patience_seconds: float = 60.0
    is_clock: bool = False
    answered_by: str | None = None


def find_child(front: int) -> int | None:
    """Return the number of the process that computes for a service, if there is one."""
    for pid in _children(front):
        with contextlib.suppress(OSError):
            if b"answering" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    return None


def kill_child(site: Site, number: int = signal.SIGKILL) -> None:
    """Send a signal to the process that computes, if there is one."""
    pid = site.child()
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def lock(site: Site, path: Path) -> None:
    """Hold a database exclusively."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=30.0, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    site.held.callback(connection.close)
    site.held.callback(connection.rollback)


def remove_database(site: Site, path: Path) -> None:
    """Move a database away with what lies beside it."""
    for file in _database_files(path):
        site.take(file)


def return_database(site: Site, path: Path) -> None:
    """Move a database back, in place of one that came meanwhile."""
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    for ending in ("", "-wal", "-shm"):
        file = Path(f"{path}{ending}")
        if site.aside(file).exists():
            site.aside(file).replace(file)


def replace_database(site: Site, path: Path, content: bytes) -> None:
    """Put other bytes in a database's place, as somebody who copies a file over it would."""
    remove_database(site, path)
    path.write_bytes(content)


def _database_files(path: Path) -> Iterator[Path]:
    for ending in ("-wal", "-shm", ""):
        file = Path(f"{path}{ending}")
        if file.exists():
            yield file


def family_of(pid: int) -> list[int]:
    """Return a process and all below it."""
    return [pid, *_children(pid)]


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text(encoding="ascii").split():
                yield int(child)
                yield from _children(int(child))
