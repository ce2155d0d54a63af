"""Files that are there whole or not at all, whatever interrupts their writing."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

_SUFFIX = ".part"


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put a file in place so that every reader sees the old one or the new one, whole.

    Parameters
    ----------
    path : pathlib.Path
        Its folder is made if need be. A file already there is replaced.
    content : bytes
    mode : int, default 0o644
        Who may read and write it, less what the process's mask forbids.

    Raises
    ------
    OSError
        If the disk is full, the folder cannot be written, or a folder stands in the way. The
        old file, if any, is untouched and nothing new is left behind.

    Notes
    -----
    The bytes go to a file of another name beside it, reach the disk, and then take the name;
    then the folder reaches the disk. A writer killed between leaves its unfinished file under
    a name that nobody reads, and the next writer to the folder removes it: it can tell,
    because a living writer holds a lock on its own.
    """
    with written_atomically(path, mode) as descriptor:
        write_all(descriptor, content)


@contextlib.contextmanager
def written_atomically(path: Path, mode: int = 0o644) -> Iterator[int]:
    """Give a descriptor whose file takes its place, as `write_atomically`, when all is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    unfinished, descriptor = _open_unfinished(path, mode)
    try:
        yield descriptor
        os.fsync(descriptor)
        unfinished.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names within a folder reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte, however many the system takes at a time."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _open_unfinished(path: Path, mode: int = 0o644) -> tuple[Path, int]:
    while True:
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_SUFFIX}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return unfinished, descriptor
        os.close(descriptor)  # a sweeper was quicker than the lock: begin again


def _sweep(folder: Path) -> None:
    for left in folder.glob(f".*{_SUFFIX}"):
        with contextlib.suppress(OSError):  # gone already, or its writer lives
            descriptor = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()
            finally:
                os.close(descriptor)
