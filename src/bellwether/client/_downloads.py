"""Downloads of bundles: taken up where they broke off, and checked part by part."""

import hashlib
import json
import os
import zipfile
from pathlib import Path

import httpx

from bellwether.client._calls import Call, check, segment
from bellwether.client._errors import DownloadDamaged

_MANIFEST, _DIGEST = "manifest.json", "manifest.sha256"
_PARTIAL, _BEHIND_THE_END = 206, 416
_CHUNK_BYTES = 1 << 18


class Download:
    """One bundle on its way into a file.

    Parameters
    ----------
    model_id : str
    digest : str
        Of the bundle, as the registry names it.
    path : path
        Where it goes once it is whole; until then it is beside it, as ``NAME.part``, and is
        taken up from there, even by another process later.
    """

    __slots__ = ("_digest", "_model_id", "_part", "_path")

    def __init__(self, model_id: str, digest: str, path: str | os.PathLike[str]) -> None:
        self._model_id = model_id
        self._digest = digest
        self._path = Path(path)
        # The digest is in the name: the half of another bundle is never gone on with.
        self._part = self._path.with_name(f"{self._path.name}.{digest[:12]}.part")

    @property
    def call(self) -> Call:
        """What is asked: what is not there yet."""
        headers = {"accept-encoding": "identity"}
        n_bytes = self._part.stat().st_size if self._part.exists() else 0
        if n_bytes:
            headers |= {"range": f"bytes={n_bytes}-", "if-range": f'"{self._digest}"'}
        path = f"/v1/models/{segment(self._model_id)}/bundle"
        return Call(method="GET", path=path, headers=headers)

    def begins(self, response: httpx.Response) -> bool:
        """Whether a response brings more; where it brings everything, the half is thrown away.

        Raises
        ------
        ServiceProblem
        """
        if response.status_code == _BEHIND_THE_END and self._part.exists():
            return False
        check(response)
        if response.status_code != _PARTIAL:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            self._part.write_bytes(b"")
        return True

    def take(self, chunk: bytes) -> None:
        """Write down some more bytes."""
        with self._part.open("ab") as file:
            file.write(chunk)

    def finish(self) -> Path:
        """Check what came, put it in place, and return where.

        Raises
        ------
        DownloadDamaged
            If it is not the bundle that was registered; nothing of it is left.
        """
        damaged = find_damage(self._part, self._digest)
        if damaged is not None:
            self._part.unlink(missing_ok=True)
            raise DownloadDamaged(damaged)
        self._part.replace(self._path)
        return self._path


def find_damage(path: Path, digest: str) -> str | None:
    """Return the first part of a bundle that is not what its digest says, or None.

    Parameters
    ----------
    path : pathlib.Path
    digest : str
        SHA-256 of the manifest, which holds those of all other parts.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = archive.read(_MANIFEST)
            if hashlib.sha256(manifest).hexdigest() != digest:
                return _MANIFEST
            parts = json.loads(manifest)["parts"]
            if sorted(archive.namelist()) != sorted([*parts, _MANIFEST, _DIGEST]):
                return "list of parts"
            for name, known in sorted(parts.items()):
                if _digest_part(archive, name) != known:
                    return str(name)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, NotImplementedError, OSError):
        return "file"
    return None


def _digest_part(archive: zipfile.ZipFile, name: str) -> str:
    found = hashlib.sha256()
    with archive.open(name) as part:
        while chunk := part.read(_CHUNK_BYTES):
            found.update(chunk)
    return found.hexdigest()
