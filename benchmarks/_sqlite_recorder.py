"""What SQLite does to its files, noted down while it does it.

A copy of SQLite's own layer to the system (its VFS) is put in front of it by ctypes, in the very
library that Python uses: nothing has to be compiled or installed. Once attached it stays, so a
process of its own is wanted.
"""

import _sqlite3
import ctypes
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

_NAMED_FILES = 0x100 | 0x800 | 0x4000 | 0x80000  # database, journal, super-journal, log
_METHODS = (
    "close", "read", "write", "truncate", "sync", "size", "lock", "unlock", "reserved", "control",
    "sector", "device", "shm_map", "shm_lock", "shm_barrier", "shm_unmap", "fetch", "unfetch",
)  # fmt: skip
_CALLS = (
    "open", "remove", "access", "full_path", "dl_open", "dl_error", "dl_symbol", "dl_close",
    "randomness", "sleep", "time", "last_error", "time_exact", "set_call", "get_call", "next_call",
)  # fmt: skip
_INT, _LONG, _PLACE = ctypes.c_int, ctypes.c_int64, ctypes.c_void_p
_OPEN = ctypes.CFUNCTYPE(_INT, _PLACE, _PLACE, _PLACE, _INT, _PLACE, use_errno=True)
_REMOVE = ctypes.CFUNCTYPE(_INT, _PLACE, _PLACE, _INT, use_errno=True)
_WRITE = ctypes.CFUNCTYPE(_INT, _PLACE, _PLACE, _INT, _LONG, use_errno=True)
_TRUNCATE = ctypes.CFUNCTYPE(_INT, _PLACE, _LONG, use_errno=True)
_SYNC = ctypes.CFUNCTYPE(_INT, _PLACE, _INT, use_errno=True)
_FOLDER = ctypes.CFUNCTYPE(_INT, ctypes.c_char_p, _PLACE, use_errno=True)
_SET_CALL = ctypes.CFUNCTYPE(_INT, _PLACE, ctypes.c_char_p, _PLACE)
_GET_CALL = ctypes.CFUNCTYPE(_PLACE, _PLACE, ctypes.c_char_p)


class _Methods(ctypes.Structure):
    """What SQLite can do with an open file (sqlite3_io_methods)."""

    _fields_ = (("version", _INT), *((name, _PLACE) for name in _METHODS))


class _File(ctypes.Structure):
    """An open file (sqlite3_file)."""

    _fields_ = (("methods", ctypes.POINTER(_Methods)),)


class _Vfs(ctypes.Structure):
    """SQLite's way to the system (sqlite3_vfs)."""

    _fields_ = (
        ("version", _INT),
        ("file_bytes", _INT),
        ("longest_path", _INT),
        ("next", _PLACE),
        ("name", ctypes.c_char_p),
        ("data", _PLACE),
        *((name, _PLACE) for name in _CALLS),
    )


def find_obstacle() -> str | None:
    """Say why nothing can be noted down here, or return None."""
    if not sys.platform.startswith("linux"):
        return "the names of open files are read the way Linux gives them"
    hidden = "the interpreter's SQLite is built in, with its functions hidden"
    try:
        library = ctypes.CDLL(_sqlite3.__file__)
    except (AttributeError, OSError):
        return hidden
    names = ("sqlite3_vfs_find", "sqlite3_vfs_register")
    return None if all(hasattr(library, name) for name in names) else hidden


class Recorder:
    """Notes down what this process does to the files of a folder.

    Parameters
    ----------
    log : binary file
        Takes for each event a line of JSON (kind, name, place, bytes) and the bytes.
    root : pathlib.Path
        Other files are left out; names are given from here.
    """

    def __init__(self, log: BinaryIO, root: Path) -> None:
        self._log = log
        self._root = root
        self._names: dict[int, Path] = {}
        self._kept: list[object] = []  # what C has the address of must stay
        self._methods: dict[int, _Methods] = {}

    def note(self, kind: str, name: str = "", at: int = 0, content: bytes = b"") -> None:
        """Write one event down."""
        head = json.dumps([kind, name, at, len(content)])
        self._log.write(head.encode() + b"\n" + content)

    def attach(self) -> None:
        """Stand between SQLite and the system, and between Python and its folders."""
        library = ctypes.CDLL(_sqlite3.__file__)
        library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        found = library.sqlite3_vfs_find(None)
        system = ctypes.cast(found, _PLACE)
        own = _Vfs.from_buffer_copy(found.contents)
        own.name = b"noted"
        own.open = self._keep(_OPEN(self._make_open(_OPEN(own.open), system)))
        own.remove = self._keep(_REMOVE(self._make_remove(_REMOVE(own.remove), system)))
        self._watch_folders(found.contents, system)
        self._kept.append(own)
        library.sqlite3_vfs_register(ctypes.byref(own), 1)
        self._watch_python()

    def _keep(self, function: Any) -> int | None:
        self._kept.append(function)
        return ctypes.cast(function, _PLACE).value

    def _note_file(self, kind: str, path: Path, at: int = 0, content: bytes = b"") -> None:
        if path.is_relative_to(self._root):
            name = path.relative_to(self._root).as_posix()
            self.note(kind, "" if name == "." else name, at, content)

    def _make_open(self, open_file: Any, system: Any) -> Callable[..., int]:
        def opened(_vfs: int, name: int, file: int, flags: int, told: int) -> int:
            path = _read_path(name)
            is_new = not path.exists()
            code = int(open_file(system, name, file, flags, told))
            if code == 0 and flags & _NAMED_FILES:
                self._names[file] = path
                handle = ctypes.cast(file, ctypes.POINTER(_File)).contents
                handle.methods = ctypes.pointer(self._wrap(handle.methods))
                if is_new:
                    self._note_file("make", path)
            return code

        return opened

    def _make_remove(self, remove_file: Any, system: Any) -> Callable[..., int]:
        def removed(_vfs: int, name: int, syncs: int) -> int:
            path = _read_path(name)
            if path.exists():
                self._note_file("remove", path)
            return int(remove_file(system, name, syncs))

        return removed

    def _wrap(self, methods: Any) -> _Methods:
        key = ctypes.addressof(methods.contents)
        if key in self._methods:
            return self._methods[key]
        own = _Methods.from_buffer_copy(methods.contents)
        write, truncate, sync = _WRITE(own.write), _TRUNCATE(own.truncate), _SYNC(own.sync)

        def written(file: int, content: int, n_bytes: int, at: int) -> int:
            self._note_file("write", self._names[file], at, ctypes.string_at(content, n_bytes))
            return int(write(file, content, n_bytes, at))

        def truncated(file: int, size: int) -> int:
            self._note_file("truncate", self._names[file], size)
            return int(truncate(file, size))

        def synced(file: int, flags: int) -> int:
            code = int(sync(file, flags))
            self._note_file("sync", self._names[file])
            return code

        own.write = self._keep(_WRITE(written))
        own.truncate = self._keep(_TRUNCATE(truncated))
        own.sync = self._keep(_SYNC(synced))
        self._methods[key] = own
        return own

    def _watch_folders(self, vfs: _Vfs, system: Any) -> None:
        """Note when SQLite syncs the folder of a file: it opens folders for nothing else."""
        name = b"openDirectory"
        open_folder = _FOLDER(_GET_CALL(vfs.get_call)(system, name))

        def opened(path: bytes, descriptor: int) -> int:
            code = int(open_folder(path, descriptor))
            if code == 0:
                self._note_file("sync_folder", Path(os.fsdecode(path)).parent)
            return code

        _SET_CALL(vfs.set_call)(system, name, self._keep(_FOLDER(opened)))

    def _watch_python(self) -> None:
        make_folder, sync = os.mkdir, os.fsync

        def mkdir(path: Any, *rest: Any, **options: Any) -> None:
            make_folder(path, *rest, **options)
            self._note_file("make_folder", Path(path).absolute())

        def fsync(fd: Any) -> None:
            sync(fd)
            path = Path(f"/proc/self/fd/{fd}").readlink()
            self._note_file("sync_folder" if path.is_dir() else "sync", path)

        os.mkdir, os.fsync = mkdir, fsync


def _read_path(name: int | None) -> Path:
    return Path(os.fsdecode(ctypes.string_at(name)) if name else "/")
