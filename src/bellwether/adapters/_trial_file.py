"""The trial log in a file: one line an entry, each chained to all before it."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, get_args

from bellwether.adapters._atomic_file import sync_folder, write_all, write_atomically
from bellwether.hashing import canonical_json
from bellwether.registry import TrialLogTampered, TrialLogUnavailable
from bellwether.trials import CHAIN_START, LATER_FIELDS, Trial, TrialKind

KINDS = get_args(TrialKind)


@dataclass(slots=True)
class _Chain:
    """What has been read and found in order: entries, their digests, and bytes."""

    entries: list[Trial] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    n_bytes: int = 0

    @property
    def digest(self) -> str:
        return self.digests[-1] if self.digests else CHAIN_START

    def accept(self, trial: Trial, digest: str, n_bytes: int) -> None:
        self.entries.append(trial)
        self.digests.append(digest)
        self.n_bytes += n_bytes


class FileTrialLog:
    """A trial log that outlives the process, in a file of JSON lines.

    Parameters
    ----------
    path : pathlib.Path
        The file; a second one beside it, with `.head` at the end of its name, holds the
        number of entries and the digest of the last, so that a log cut short is noticed.

    Raises
    ------
    TrialLogTampered
        By any method, if a line was changed, removed, inserted or exchanged.
    TrialLogUnavailable
        By any method, if the file cannot be read or written. An entry whose `append` raised it
        may be there all the same, and then counts.

    Notes
    -----
    Treaty of `TrialLog`: `append` returns when the entry and the head that covers it are on
    the disk. Processes exclude each other by a lock on the file. Of the lines that the head
    covers every byte is law. What follows them was cut by a crash before its `append` returned,
    so that nothing was done on its strength: one whole line counts, the rest of one is cleared
    by the next entry, and anything more is tampering.

    What the chain cannot do: somebody who rewrites the whole log and its head with digests of
    their own, or puts back an old copy of both, leaves no trace here. A head kept elsewhere
    tells (`TrialHead.is_within`), and so do results whose trials are missing
    (`bellwether.service.verify_ledger`).
    """

    __slots__ = ("_chain", "_head", "_path")

    def __init__(self, path: Path) -> None:
        self._path = Path(path)
        self._head = self._path.with_name(f"{self._path.name}.head")
        self._chain = _Chain()

    def append(self, trial: Trial) -> None:
        """Add one entry at the end and return when it is on the disk."""
        with self._unavailable(), self._locked(writing=True) as file:
            n_recorded = self._catch_up(file)
            if n_recorded < len(self._chain.entries):
                self._write_head()
            digest = trial.chained(self._chain.digest)
            line = _write_line(trial, digest) + b"\n"
            _append_whole(file.fileno(), self._chain.n_bytes, line)
            self._chain.accept(trial, digest, len(line))
            self._write_head()

    def entries(self) -> Sequence[Trial]:
        """Return every entry, oldest first, after checking the whole chain."""
        with self._unavailable():
            if not self._path.exists() and not self._head.exists():
                return ()
            if not self._path.exists():
                raise TrialLogTampered(str(self._path), 1, "the whole file missing")
            self._chain = _Chain()
            with self._locked(writing=False) as file:
                self._catch_up(file)
        return tuple(self._chain.entries)

    @contextlib.contextmanager
    def _unavailable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise TrialLogUnavailable(str(self._path), error.strerror or str(error)) from error

    @contextlib.contextmanager
    def _locked(self, *, writing: bool) -> Iterator[BinaryIO]:
        if writing:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        new = writing and not self._path.exists()
        with self._path.open("a+b" if writing else "rb", buffering=0) as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX if writing else fcntl.LOCK_SH)
            if new:
                sync_folder(self._path.parent)
            yield file

    def _catch_up(self, file: BinaryIO) -> int:
        """Read and check what was added since the last time; return the head's count."""
        n_recorded, digest = self._read_head()
        size = os.fstat(file.fileno()).st_size
        if size < self._chain.n_bytes:
            self._chain = _Chain()
        file.seek(self._chain.n_bytes)
        lines = file.read(size - self._chain.n_bytes).split(b"\n")[:-1]
        for place, line in enumerate(lines, start=1):
            try:
                trial, found = self._read(line)
            except TrialLogTampered:
                if place == len(lines) and len(self._chain.entries) == n_recorded:
                    break  # written in part before a crash: no head ever covered it
                raise
            self._chain.accept(trial, found, len(line) + 1)
        self._check_head(n_recorded, digest)
        return n_recorded

    def _read(self, line: bytes) -> tuple[Trial, str]:
        number = len(self._chain.entries) + 1
        try:
            content = json.loads(line)
            stored = content.pop("chain")
            trial = Trial(**{**content, "lineage": tuple(content["lineage"])})
            digest = trial.chained(self._chain.digest)
            written = _write_line(trial, digest)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise TrialLogTampered(str(self._path), number, "no entry") from error
        if stored != digest or trial.kind not in KINDS:
            raise TrialLogTampered(str(self._path), number, "an entry that does not follow")
        if written != line:
            raise TrialLogTampered(str(self._path), number, "an entry written another way")
        return trial, digest

    def _check_head(self, n_entries: int, digest: str) -> None:
        n_found = len(self._chain.entries)
        # The head is written after its line: a crash between leaves it one behind.
        if not n_entries <= n_found <= n_entries + 1:
            raise TrialLogTampered(
                str(self._path), n_found + 1, f"{n_found} entries where {n_entries} were recorded"
            )
        if n_entries and self._chain.digests[n_entries - 1] != digest:
            raise TrialLogTampered(str(self._path), n_entries, "another last entry than recorded")

    def _read_head(self) -> tuple[int, str]:
        try:
            content: Any = json.loads(self._head.read_bytes())
            return int(content["n_entries"]), str(content["chain"])
        except FileNotFoundError:
            return 0, CHAIN_START
        except (ValueError, TypeError, KeyError) as error:
            raise TrialLogTampered(str(self._head), 1, "no head of a log") from error

    def _write_head(self) -> None:
        head = {"n_entries": len(self._chain.entries), "chain": self._chain.digest}
        write_atomically(self._head, canonical_json(head).encode("ascii"))


def _write_line(trial: Trial, digest: str) -> bytes:
    content = {name: getattr(trial, name) for name in trial.__slots__}
    for name in LATER_FIELDS:
        if not content[name]:
            del content[name]
    return canonical_json({"chain": digest, **content}).encode("ascii")


def _append_whole(descriptor: int, n_bytes: int, line: bytes) -> None:
    try:
        os.ftruncate(descriptor, n_bytes)  # a line cut by a crash
        write_all(descriptor, line)
        os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, n_bytes)
        raise
