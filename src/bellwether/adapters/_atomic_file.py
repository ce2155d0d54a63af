"""Files that are there whole or not at all, whatever interrupts their writing."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

_SUFFIX = ".part"
# What POSIX lets every system take at once.
_MOST_PIECES = 16
Piece: TypeAlias = bytes | memoryview
# What this process is writing: nobody needs to look whether its writer lives.
_OURS: set[str] = set()


def write_atomically(
    path: Path, content: bytes, mode: int = 0o644, *, unfinished_in: Path | None = None
) -> None:
    """Put a file in place so that every reader sees the old one or the new one, whole.

    Parameters
    ----------
    path : pathlib.Path
        Its folder is made if need be. A file already there is replaced.
    content : bytes
    mode : int, default 0o644
        Who may read and write it, less what the process's mask forbids.
    unfinished_in : pathlib.Path, optional
        A folder on the same disk for what is not finished, where that of the file holds so many
        that looking for unfinished ones takes long; by default its own.

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
    _write({path: [content]}, {}, mode, unfinished_in or path.parent)


@contextlib.contextmanager
def written_atomically(path: Path, mode: int = 0o644) -> Iterator[int]:
    """Give a descriptor whose file takes its place, as `write_atomically`, when all is written."""
    _make_ready(path.parent)
    with _unfinished(path, mode) as (unfinished, descriptor):
        yield descriptor
        os.fsync(descriptor)
        unfinished.replace(path)
    sync_folder(path.parent)


def write_together(
    contents: Mapping[Path, Sequence[Piece]],
    spare: Mapping[Path, Sequence[Piece]],
    *,
    unfinished_in: Path,
) -> None:
    """Put files of one folder in place, as `write_atomically`, for little more than one.

    Parameters
    ----------
    contents : mapping of pathlib.Path to sequence of bytes-like
        What each consists of. They take their places when all of them have reached the disk.
    spare : mapping of pathlib.Path to sequence of bytes-like
        Likewise, but not waited for: after a power cut they may be damaged. For what can be
        made again of the others.
    unfinished_in : pathlib.Path

    Raises
    ------
    OSError
        As `write_atomically`; some of the files may be in place then, each whole.
    """
    _write(contents, spare, 0o644, unfinished_in)


def _write(
    contents: Mapping[Path, Sequence[Piece]],
    spare: Mapping[Path, Sequence[Piece]],
    mode: int,
    unfinished_in: Path,
) -> None:
    folder = next(iter(contents)).parent
    if folder != unfinished_in and not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
    _make_ready(unfinished_in)
    with contextlib.ExitStack() as stack:
        begun = []
        for path, pieces in (*contents.items(), *spare.items()):
            place = unfinished_in / path.name
            unfinished, descriptor = stack.enter_context(_unfinished(place, mode))
            _write_pieces(descriptor, pieces)
            if path in contents:
                os.fsync(descriptor)
            begun.append((path, unfinished))
        for path, unfinished in begun:
            unfinished.replace(path)
    sync_folder(folder)


@contextlib.contextmanager
def _unfinished(path: Path, mode: int) -> Iterator[tuple[Path, int]]:
    """Give a new file beside a place; it is removed where something goes wrong."""
    unfinished, descriptor = _open_unfinished(path, mode)
    _OURS.add(unfinished.name)
    try:
        yield unfinished, descriptor
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    finally:
        os.close(descriptor)
        _OURS.discard(unfinished.name)


def sync_folder(folder: Path) -> None:
    """Make the names within a folder reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: Piece) -> None:
    """Write every byte, however many the system takes at a time."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _write_pieces(descriptor: int, pieces: Sequence[Piece]) -> None:
    """Write some pieces one behind the other, however much the system takes at a time."""
    left = [memoryview(piece) for piece in pieces if len(piece)]
    while left:
        n_bytes = os.writev(descriptor, left[:_MOST_PIECES])
        while left and n_bytes >= len(left[0]):
            n_bytes -= len(left.pop(0))
        if n_bytes:
            left[0] = left[0][n_bytes:]


def _open_unfinished(path: Path, mode: int = 0o644) -> tuple[Path, int]:
    while True:
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}{_SUFFIX}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return unfinished, descriptor
        os.close(descriptor)  # a sweeper was quicker than the lock: begin again


def _make_ready(folder: Path) -> None:
    """Make a folder if need be, and remove what killed writers left there."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 - ten thousand paths cost a second
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        return
    others = [name for name in names if name.endswith(_SUFFIX) and name not in _OURS]
    for left in [folder / name for name in others]:
        with contextlib.suppress(OSError):  # gone already, or its writer lives
            descriptor = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()
            finally:
                os.close(descriptor)
