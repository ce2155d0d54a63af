"""A small file that several processes read and change, each seeing what the others did."""

import contextlib
import fcntl
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

from bellwether.adapters._atomic_file import write_atomically

Content = TypeVar("Content")
_PRIVATE = 0o600
_MOST_BYTES = 1 << 24


class WatchedFile(Generic[Content]):
    """A file whose content is held in memory and read again when the file is another one.

    Parameters
    ----------
    path : pathlib.Path
        Made by the first change, for its owner alone to read.
    decode, encode : callable
        Between bytes and content; `decode` raises ValueError, TypeError or KeyError for what is
        none.
    empty : content
        What there is without a file.

    Notes
    -----
    May be used from any thread. `current` costs a look at the file's name (microseconds). A
    change is made under a lock on a file beside it and put in place whole: none is lost.
    """

    __slots__ = ("_content", "_decode", "_empty", "_encode", "_guard", "_path", "_seen")

    def __init__(
        self,
        path: Path,
        *,
        decode: Callable[[bytes], Content],
        encode: Callable[[Content], bytes],
        empty: Content,
    ) -> None:
        self._path = Path(path)
        self._decode = decode
        self._encode = encode
        self._empty = empty
        self._content = empty
        self._seen: tuple[int, ...] | None = None
        self._guard = threading.Lock()

    def current(self) -> Content:
        """Return what is in the file now.

        Raises
        ------
        OSError
            If it is there and cannot be read, or others than its owner may write it.
        ValueError
            If it is damaged.
        """
        seen = self._look()
        with self._guard:
            if seen is None:
                self._content, self._seen = self._empty, None
            elif seen != self._seen:
                self._content, self._seen = self._read(), seen
            return self._content

    def change(self, change: Callable[[Content], Content]) -> Content:
        """Replace the content by what a function makes of it, and return that.

        Raises
        ------
        OSError, ValueError
            As `current`, or if it cannot be written; nothing has changed then.
        """
        with self._locked():
            changed = change(self.current())
            write_atomically(self._path, self._encode(changed), _PRIVATE)
            return changed

    def _look(self) -> tuple[int, ...] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        if stat.S_IMODE(found.st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(1, "others than its owner may write it", str(self._path))
        return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def _read(self) -> Content:
        with self._path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ValueError(f"larger than {_MOST_BYTES} bytes")
        try:
            return self._decode(content)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ValueError(f"damaged: {type(error).__name__}") from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(f"{self._path.name}.lock")
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, _PRIVATE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
