"""Folders for work that is not finished, swept away if nobody finishes it."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

STAGING, _SUFFIX = ".staging-", ".part"


@contextlib.contextmanager
def staging_folder(parent: Path) -> Iterator[Path]:
    """Give an empty folder on the disk of another, removed at the end with what is left in it.

    Parameters
    ----------
    parent : pathlib.Path
        Made if need be. Folders that killed processes left there are removed.

    Notes
    -----
    A living owner holds a lock on its folder; that of a dead one is free.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f"{STAGING}*{_SUFFIX}"):
        _remove_if_left(left)
    folder, descriptor = _make(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _make(parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=STAGING, suffix=_SUFFIX, dir=parent))
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if folder.exists():
            return folder, descriptor
        os.close(descriptor)  # a sweeper was quicker than the lock: begin again


def _remove_if_left(folder: Path) -> None:
    with contextlib.suppress(OSError):  # gone already, or its owner lives
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(descriptor)
