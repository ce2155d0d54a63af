"""Files that are there whole or not at all, whatever interrupts their writing."""

import contextlib
import fcntl
import os
import secrets
from pathlib import Path

_SUFFIX = ".part"


def write_atomically(path: Path, content: bytes) -> None:
    """Put a file in place so that every reader sees the old one or the new one, whole.

    Parameters
    ----------
    path : pathlib.Path
        Its folder is made if need be. A file already there is replaced.
    content : bytes

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
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    unfinished, descriptor = _open_unfinished(path)
    try:
        write_all(descriptor, content)
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


def _open_unfinished(path: Path) -> tuple[Path, int]:
    while True:
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_SUFFIX}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
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
