"""Backups: everything a home holds in one file, consistent while the service runs."""

import contextlib
import fcntl
import hashlib
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bellwether.adapters._atomic_file import written_atomically
from bellwether.adapters._backup_errors import BackupFailed, HomeTaken
from bellwether.adapters._backup_manifest import (
    FILES,
    JOURNAL_PART,
    MANIFEST,
    REGISTRY_PART,
    UNFINISHED,
    BackupManifest,
    Part,
    pieces,
)
from bellwether.adapters._bundle_folder import SUFFIX
from bellwether.adapters._database_url import SQLITE, read_place
from bellwether.adapters._journal_tables import JOURNAL
from bellwether.adapters._schema import COPY_ENDING
from bellwether.adapters._sql_journal import SqlJournal
from bellwether.adapters._sql_registry import SqlRegistry
from bellwether.adapters._sql_tables import REGISTRY
from bellwether.adapters._sqlite_files import copy_sqlite, is_beside_sqlite, is_sqlite_file
from bellwether.adapters._staging import STAGING, staging_folder
from bellwether.adapters._table_copy import export_ledger
from bellwether.adapters._turns import LOCK_ENDING
from bellwether.clock import Clock, FixedClock
from bellwether.errors import BellwetherError
from bellwether.registry import RegistryUnavailable
from bellwether.service import JournalUnavailable

WORK = "work"
TRIALS = "trials.jsonl"
REPLACED = ".replaced-"
_OWN = (REGISTRY_PART, JOURNAL_PART, TRIALS, f"{TRIALS}.head", UNFINISHED)
_OWNER_ONLY = 0o600
# Bundles are compressed already where it pays; the ledgers shrink to a fifth at the fastest level.
_LEVEL = 1


@dataclass(frozen=True, kw_only=True)
class HomePlaces:
    """Where everything is that belongs to a home.

    Parameters
    ----------
    home : pathlib.Path
    registry, journal : pathlib.Path or str
        Files in the home folder, or URLs.
    """

    home: Path
    registry: Path | str
    journal: Path | str


def back_up(file: Path, places: HomePlaces, clock: Clock) -> BackupManifest:
    """Write everything a home holds into one file, and return what that is.

    Parameters
    ----------
    file : pathlib.Path
        Replaced if it is there, by the whole backup or not at all. Only its owner may read it:
        it holds the digests of keys.
    places : HomePlaces
        May be in use; nobody waits, and nothing is changed.
    clock : Clock
        Dates the backup.

    Returns
    -------
    manifest : BackupManifest

    Raises
    ------
    HomeTaken
        If the file would lie within the home folder.
    BackupFailed
        If the disk is full, or something cannot be read.
    RegistryUnavailable, JournalUnavailable, JournalTampered
        If a ledger cannot be read, or its chain does not verify: no backup is made of it.

    Notes
    -----
    Who refers is copied before what is referred to, so that nothing in the backup refers to
    something outside of it, whatever is written meanwhile: the journal names models and bars,
    the registry bundles and evidence, evidence the trials. Each of the two ledgers is one
    state of it; every other file is whole, because all of them are written that way.
    """
    home = places.home.resolve()
    target = file.resolve()
    if target.is_relative_to(home):
        raise HomeTaken(str(file), "a place in the home folder", "choose a place outside of it")
    if target.is_dir():
        raise HomeTaken(str(file), "a folder", "name a file")
    with failing_as_one(str(file)), staging_folder(target.parent) as staging:
        return _write(target, staging, places, clock)


@contextlib.contextmanager
def failing_as_one(place: str) -> Iterator[None]:
    """Tell a full disk, and whatever else the system refuses, as `BackupFailed`."""
    try:
        yield
    except OSError as error:
        where = f" at {error.filename}" if error.filename else ""
        raise BackupFailed(place, f"{error.strerror or error}{where}") from error
    except (RegistryUnavailable, JournalUnavailable) as error:
        if not is_about_disk(error):
            raise
        raise BackupFailed(place, error.was) from error


def is_about_disk(error: BellwetherError) -> bool:
    """Tell whether a ledger failed because its disk is full or broken."""
    return any(sign in error.was for sign in ("disk is full", "disk I/O"))


def _write(target: Path, staging: Path, places: HomePlaces, clock: Clock) -> BackupManifest:
    made_at = clock.now()
    export_ledger(places.journal, JOURNAL, staging / JOURNAL_PART)
    export_ledger(places.registry, REGISTRY, staging / REGISTRY_PART)
    journal = SqlJournal(staging / JOURNAL_PART)
    head = journal.verify()
    journal.close()
    registry = SqlRegistry(staging / REGISTRY_PART, FixedClock(made_at))
    models = [record.model_id for record in registry.records()]
    registry.close()
    with (
        written_atomically(target, _OWNER_ONLY) as descriptor,
        os.fdopen(os.dup(descriptor), "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive,
    ):
        parts = [
            _add(archive, name, staging / name, _mode_of(place))
            for name, place in (
                (JOURNAL_PART, places.journal),
                (REGISTRY_PART, places.registry),
            )
        ]
        parts += _add_home(archive, places, staging)
        names = {part.name for part in parts}
        bundles = {name: f"{FILES}/bundles/{name}{SUFFIX}" for name in models}
        manifest = BackupManifest(
            made_at=f"{np.datetime_as_string(made_at, 'us')}Z",
            journal_head=head,
            n_models=len(models),
            without_bundle=tuple(name for name in models if bundles[name] not in names),
            parts=tuple(parts),
        )
        archive.writestr(zipfile.ZipInfo(MANIFEST), manifest.encode())
    return manifest


def _add_home(archive: zipfile.ZipFile, places: HomePlaces, staging: Path) -> Iterator[Part]:
    home = places.home.resolve()
    for path in _find_files(places):
        name = f"{FILES}/{path.relative_to(home).as_posix()}"
        with contextlib.suppress(FileNotFoundError):  # removed since it was listed
            mode = stat.S_IMODE(path.stat().st_mode)
            if is_sqlite_file(path):
                copy_sqlite(path, staging / "copy")
                yield _add(archive, name, staging / "copy", mode)
            else:
                yield _add(archive, name, path, mode)
    trials = home / TRIALS
    if trials.is_file():
        with trials.open("rb") as locked:  # so that the log and its head are of one moment
            fcntl.flock(locked, fcntl.LOCK_SH)
            for path in (home / TRIALS, home / f"{TRIALS}.head"):
                if path.is_file():
                    mode = stat.S_IMODE(path.stat().st_mode)
                    yield _add(archive, f"{FILES}/{path.name}", path, mode)


def _find_files(places: HomePlaces) -> Iterator[Path]:
    """Yield every file to be kept but the ledgers and the trials; links are followed, once."""
    home = places.home.resolve()
    own = {home / name for name in _OWN} | set(_ledger_files(places))
    seen = {home}
    for folder, folders, files in os.walk(home, followlinks=True):
        here = Path(folder)
        inner = [here / name for name in sorted(folders) if not _is_passing(name)]
        new = {path.resolve(): path for path in reversed(inner)}
        folders[:] = sorted(path.name for real, path in new.items() if real not in seen)
        seen |= new.keys()
        found = [here / name for name in sorted(files)]
        yield from (path for path in found if path not in own and _is_kept(path))


def _ledger_files(places: HomePlaces) -> Iterator[Path]:
    for place in (places.registry, places.journal):
        url = read_place(place)
        if url.get_backend_name() == SQLITE and url.database:
            yield Path(url.database).resolve()


def _is_passing(name: str) -> bool:
    return name == WORK or name.startswith((REPLACED, STAGING))


def _is_kept(path: Path) -> bool:
    passing = path.name.endswith((".part", LOCK_ENDING)) or COPY_ENDING in path.name
    return path.is_file() and not passing and not is_beside_sqlite(path)


def _mode_of(place: Path | str) -> int:
    """Return who may read and write a ledger; of a database, that is for the file to be."""
    if isinstance(place, Path) and place.exists():
        return stat.S_IMODE(place.stat().st_mode)
    return _OWNER_ONLY


def _add(archive: zipfile.ZipFile, name: str, path: Path, mode: int) -> Part:
    digest, n_bytes = hashlib.sha256(), 0
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
        for piece in pieces(source):
            target.write(piece)
            digest.update(piece)
            n_bytes += len(piece)
    return Part(name=name, n_bytes=n_bytes, sha256=digest.hexdigest(), mode=mode)
