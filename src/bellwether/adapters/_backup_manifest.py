"""What a backup holds: its parts, their digests, and where the journal ended."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from bellwether._version import __version__
from bellwether.adapters._backup_errors import BackupUnusable
from bellwether.hashing import canonical_json
from bellwether.service import JournalHead

FORMAT = 1
MANIFEST = "manifest.json"
REGISTRY_PART, JOURNAL_PART = "registry.sqlite", "journal.sqlite"
FILES = "files"
# While it is in a home, the home is half one and half another.
UNFINISHED = "RESTORE-UNFINISHED"
_LARGEST_MANIFEST = 1 << 26
_AT_ONCE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file within a backup.

    Parameters
    ----------
    name : str
        Its path within the backup.
    n_bytes : int
    sha256 : str
    mode : int
        Who may read and write it, as the system writes it.
    """

    name: str
    n_bytes: int
    sha256: str
    mode: int


@dataclass(frozen=True, kw_only=True)
class BackupManifest:
    """The list of a backup's parts, written last and read first.

    Parameters
    ----------
    made_at : str
        UTC instant.
    bellwether_version : str
    journal_head : JournalHead
        Where the chain of the journal within ends.
    n_models : int
    without_bundle : tuple of str
        Models that had no bundle when the backup was made.
    parts : tuple of Part
    """

    made_at: str
    journal_head: JournalHead
    n_models: int
    without_bundle: tuple[str, ...]
    parts: tuple[Part, ...]
    bellwether_version: str = __version__

    def encode(self) -> bytes:
        """Return the manifest as it is written."""
        told = {**asdict(self), "format": FORMAT, "journal_head": str(self.journal_head)}
        return canonical_json(told).encode("ascii")

    @classmethod
    def decode(cls, content: bytes) -> "BackupManifest":
        """Return a manifest that was read.

        Raises
        ------
        BackupUnusable
            If it is damaged, of a later version of bellwether, or names a part that could lie
            anywhere but in a home folder.
        """
        try:
            told: dict[str, Any] = json.loads(content)
            found = int(told.pop("format"))
            if found > FORMAT:
                raise BackupUnusable(MANIFEST, f"format {found} of a later version of bellwether")
            parts = tuple(Part(**part) for part in told.pop("parts"))
            head = JournalHead.from_text(told.pop("journal_head"))
            without = tuple(told.pop("without_bundle"))
            manifest = cls(**told, journal_head=head, without_bundle=without, parts=parts)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BackupUnusable(MANIFEST, "damaged") from error
        manifest._check_names()
        return manifest

    def _check_names(self) -> None:
        names = [part.name for part in self.parts]
        for name in names:
            path = PurePosixPath(name)
            plain = name == str(path) and "\\" not in name and "\0" not in name
            within = path.parts[:1] == (FILES,) and ".." not in path.parts and len(path.parts) > 1
            if not (plain and (within or name in {REGISTRY_PART, JOURNAL_PART})):
                raise BackupUnusable(repr(name)[:120], "a name that no part can have")
        missing = {REGISTRY_PART, JOURNAL_PART} - set(names)
        if missing or len(set(names)) < len(names):
            raise BackupUnusable(MANIFEST, "a list with parts twice or without the ledgers")


def read_manifest(file: IO[bytes]) -> BackupManifest:
    """Return the manifest in a file that is open.

    Raises
    ------
    BackupUnusable
        As `BackupManifest.decode`.
    """
    content = file.read(_LARGEST_MANIFEST + 1)
    if len(content) > _LARGEST_MANIFEST:
        raise BackupUnusable(MANIFEST, "too large to be one")
    return BackupManifest.decode(content)


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield what is in a file, some of it at a time."""
    while piece := file.read(_AT_ONCE):
        yield piece
