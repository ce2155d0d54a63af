"""Backups put back: checked from end to end first, then in place whole or not at all."""

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from bellwether.adapters._atomic_file import sync_folder
from bellwether.adapters._backup import (
    REPLACED,
    TRIALS,
    HomePlaces,
    failing_as_one,
    is_about_disk,
)
from bellwether.adapters._backup_errors import BackupUnusable, HomeTaken
from bellwether.adapters._backup_manifest import (
    FILES,
    JOURNAL_PART,
    MANIFEST,
    REGISTRY_PART,
    UNFINISHED,
    BackupManifest,
    Part,
    pieces,
    read_manifest,
)
from bellwether.adapters._journal_tables import JOURNAL
from bellwether.adapters._sql_journal import SqlJournal
from bellwether.adapters._sql_registry import SqlRegistry
from bellwether.adapters._sql_tables import REGISTRY
from bellwether.adapters._staging import STAGING, staging_folder
from bellwether.adapters._table_copy import import_ledger
from bellwether.adapters._trial_file import FileTrialLog
from bellwether.clock import FixedClock, read_instant
from bellwether.errors import BellwetherError

_LOST_AND_FOUND = "lost+found"
_HOME = "home"


def restore_backup(file: Path, places: HomePlaces, *, replace: bool = False) -> BackupManifest:
    """Put a backup in place and return what was in it.

    Parameters
    ----------
    file : pathlib.Path
        As `back_up` wrote it.
    places : HomePlaces
        Nothing of it may be in use. Ledgers whose place is a URL are written there, into a
        database without rows.
    replace : bool, default False
        Put aside what is in the home folder, within it, instead of refusing.

    Returns
    -------
    manifest : BackupManifest

    Raises
    ------
    BackupUnusable
        If a part is missing, damaged or of a later version, or the chains of the journal or of
        the trials do not verify. It names the part; nothing was changed.
    HomeTaken
        If the home folder, or a database, holds something.
    BackupFailed
        If the disk is full or may not be written; nothing was changed.

    Notes
    -----
    Everything is unpacked and checked beside the home, then takes its place by one renaming.
    A home that is there already keeps its folder (it may be a disk of its own): its content is
    exchanged entry by entry while a file says that it is unfinished, and nobody opens such a
    home. Whoever is killed before leaves nothing, and during that, a home to be restored again.
    """
    home = places.home.resolve()
    is_taken = home.exists() and (not home.is_dir() or any(_entries(home)))
    if is_taken and not (replace and home.is_dir()):
        raise HomeTaken(
            str(places.home),
            "a folder that is not empty" if home.is_dir() else "a file",
            "name another with --home, or put aside what is there with --replace",
        )
    with failing_as_one(str(places.home)), staging_folder(_disk_of(home)) as staging:
        manifest = _unpack(file, staging / _HOME)
        _check(staging / _HOME, manifest)
        _import(staging / _HOME, places)
        _put_in_place(staging / _HOME, home)
        return manifest


def _entries(home: Path) -> list[Path]:
    passing = (STAGING, REPLACED)
    return [
        path
        for path in sorted(home.iterdir())
        if path.name != _LOST_AND_FOUND and not path.name.startswith(passing)
    ]


def _disk_of(home: Path) -> Path:
    """Return a folder on the disk of the home: its parent, unless the home is a disk itself."""
    if not home.is_dir():
        return home.parent
    same = home.stat().st_dev == home.parent.stat().st_dev and not home.is_mount()
    return home.parent if same and os.access(home.parent, os.W_OK) else home


def _unpack(file: Path, folder: Path) -> BackupManifest:
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _read_manifest(archive)
            names = {part.name for part in manifest.parts}
            for name in sorted(set(archive.namelist()) - names - {MANIFEST}):
                raise BackupUnusable(repr(name)[:120], "not in its manifest")
            for part in manifest.parts:
                _unpack_part(archive, part, folder / part.name.removeprefix(f"{FILES}/"))
    except FileNotFoundError as error:
        raise BackupUnusable(file.name, "no such file") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise BackupUnusable(file.name, f"no whole archive: {error}"[:200]) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # so a place is called that lies before the file's start
            raise
        raise BackupUnusable(file.name, "no whole archive") from error
    _sync(folder)
    return manifest


def _read_manifest(archive: zipfile.ZipFile) -> BackupManifest:
    try:
        with archive.open(MANIFEST) as content:
            return read_manifest(content)
    except (KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BackupUnusable(MANIFEST, "missing or damaged") from error


def _unpack_part(archive: zipfile.ZipFile, part: Part, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, n_bytes = hashlib.sha256(), 0
    try:
        with archive.open(part.name) as source, target.open("xb") as file:
            for piece in pieces(source):
                n_bytes += len(piece)
                if n_bytes > part.n_bytes:
                    break
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except (KeyError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise BackupUnusable(part.name, "missing or damaged") from error
    except (NotADirectoryError, FileExistsError, IsADirectoryError) as error:
        raise BackupUnusable(part.name, "in the way of another part") from error
    if (digest.hexdigest(), n_bytes) != (part.sha256, part.n_bytes):
        raise BackupUnusable(part.name, "damaged: another SHA-256 than in its manifest")
    target.chmod(stat.S_IMODE(part.mode) & 0o755)


def _check(folder: Path, manifest: BackupManifest) -> None:
    """Check what digests cannot tell: that the ledgers can be read and their chains hold."""
    with _naming(REGISTRY_PART):
        registry = SqlRegistry(folder / REGISTRY_PART, FixedClock(read_instant(manifest.made_at)))
        n_models = len(registry.records())
        registry.close()
        if n_models != manifest.n_models:
            raise BackupUnusable(REGISTRY_PART, f"{n_models} models, not {manifest.n_models}")
    with _naming(JOURNAL_PART):
        journal = SqlJournal(folder / JOURNAL_PART)
        head = journal.verify(manifest.journal_head)
        journal.close()
        if head != manifest.journal_head:
            raise BackupUnusable(JOURNAL_PART, f"a chain that ends in {head}")
    with _naming(f"{FILES}/{TRIALS}"):
        FileTrialLog(folder / TRIALS).entries()
    kept = {folder / part.name.removeprefix(f"{FILES}/") for part in manifest.parts}
    for path in folder.iterdir():
        if path.is_file() and path not in kept:
            path.unlink()  # what opening the ledgers left beside them


@contextlib.contextmanager
def _naming(part: str) -> Iterator[None]:
    try:
        yield
    except BackupUnusable:
        raise
    except BellwetherError as error:
        if is_about_disk(error):
            raise
        raise BackupUnusable(part, error.was) from error


def _import(folder: Path, places: HomePlaces) -> None:
    for place, schema, name in (
        (places.registry, REGISTRY, REGISTRY_PART),
        (places.journal, JOURNAL, JOURNAL_PART),
    ):
        if isinstance(place, str):
            import_ledger(folder / name, place, schema)
            for left in folder.glob(f"{name}*"):
                left.unlink()


def _put_in_place(folder: Path, home: Path) -> None:
    if not home.exists():
        folder.rename(home)
        sync_folder(home.parent)
        return
    (home / UNFINISHED).write_text("A restore was interrupted here. Restore again.\n")
    sync_folder(home)
    entries = [path for path in _entries(home) if path.name != UNFINISHED]
    if entries:
        aside = Path(tempfile.mkdtemp(prefix=REPLACED, dir=home))
        for path in entries:
            path.rename(aside / path.name)
    for path in folder.iterdir():
        path.rename(home / path.name)
    sync_folder(home)
    (home / UNFINISHED).unlink()
    sync_folder(home)


def _sync(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            sync_folder(path)
