"""The files of a folder that holds a built page, as they are sent."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from bellwether.dashboard._encodings import IDENTITY, choose_encoding
from bellwether.dashboard._policy import PAGE_HEADERS
from bellwether.hashing import digest_bytes

ASSETS = "assets"
HTML = "text/html; charset=utf-8"
# The best first: what a coding is called, and how the files end that hold it.
_CODINGS: Mapping[str, str] = {"br": ".br", "gzip": ".gz"}
# Written out, since what a machine calls its files is its own affair.
_MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": HTML,
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_UNKNOWN_TYPE = "application/octet-stream"
# As the build names what never changes: name, hash of the content, ending.
_HASHED = re.compile(r".+-[A-Za-z0-9_-]{8}(\.[a-z0-9]+)+")
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """One file of the page, in the form that somebody can read.

    Parameters
    ----------
    etag : str
        Stands for these very bytes, in quotes.
    n_bytes : int
    headers : mapping of str to str
        Every header of its answer but the length, names in small letters.
    content : bytes or None
        What it holds; None where it is to be read from `path`.
    path : path or None
    """

    etag: str
    n_bytes: int
    headers: Mapping[str, str]
    content: bytes | None = field(default=None, repr=False)
    path: Path | None = None

    def is_known_to(self, if_none_match: str) -> bool:
        """Return whether an If-None-Match header shows that somebody has these bytes.

        Parameters
        ----------
        if_none_match : str
        """
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return self.etag in tags or "*" in tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """One file of the page in every form it is stored in, by content coding."""

    by_coding: Mapping[str, PageFile]

    def choose(self, accepted: str) -> PageFile:
        """Return the form to send, by an Accept-Encoding header."""
        codings = [coding for coding in _CODINGS if coding in self.by_coding]
        return self.by_coding[choose_encoding(accepted, codings)]


def list_files(folder: Path) -> dict[str, Forms]:
    """Return every file of a built page by its name within the folder.

    Parameters
    ----------
    folder : path

    Returns
    -------
    files : dict of str to Forms
        Names with forward slashes. Hidden files, links and what lies elsewhere than at the top
        or among the assets are no part of the page; compressed forms have no name of their own.
    """
    places = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(_walk(folder))
        if _is_ours(path)
    }
    endings = tuple(_CODINGS.values())
    return {
        name: _list_forms(name, path, places)
        for name, path in places.items()
        if not (name.endswith(endings) and name.rpartition(".")[0] in places)
    }


def html_file(text: str) -> PageFile:
    """Return an HTML page that is no file."""
    return _describe("index.html", text.encode("utf-8"), IDENTITY, varies=False)


def _walk(folder: Path) -> Iterator[Path]:
    yield from folder.glob("*")
    yield from (folder / ASSETS).rglob("*")


def _is_ours(path: Path) -> bool:
    return path.name[0] != "." and path.is_file() and not path.is_symlink()


def _list_forms(name: str, path: Path, places: Mapping[str, Path]) -> Forms:
    stored = {IDENTITY: path}
    for coding, ending in _CODINGS.items():
        if name + ending in places:
            stored[coding] = places[name + ending]
    varies = len(stored) > 1
    forms = {}
    for coding, place in stored.items():
        if _is_hashed(name):
            forms[coding] = _refer(name, place, coding, varies=varies)
        else:
            forms[coding] = _describe(name, place.read_bytes(), coding, varies=varies)
    return Forms(by_coding=forms)


def _is_hashed(name: str) -> bool:
    path = PurePosixPath(name)
    return path.parts[0] == ASSETS and _HASHED.fullmatch(path.name) is not None


def _refer(name: str, path: Path, coding: str, *, varies: bool) -> PageFile:
    """Return a file whose name holds the hash of its content: it can be read when it is sent."""
    n_bytes = path.stat().st_size
    etag = f'"{digest_bytes(f"{name} {n_bytes}".encode())[:32]}.{coding}"'
    headers = {**_headers(name, coding, varies=varies), "cache-control": _FOR_EVER, "etag": etag}
    return PageFile(etag=etag, n_bytes=n_bytes, headers=headers, path=path)


def _describe(name: str, content: bytes, coding: str, *, varies: bool) -> PageFile:
    etag = f'"{digest_bytes(content)[:32]}.{coding}"'
    headers = {**_headers(name, coding, varies=varies), "cache-control": _ASK_AGAIN, "etag": etag}
    return PageFile(etag=etag, n_bytes=len(content), headers=headers, content=content)


def _headers(name: str, coding: str, *, varies: bool) -> dict[str, str]:
    kind = _MEDIA_TYPES.get(PurePosixPath(name).suffix, _UNKNOWN_TYPE)
    headers = {**PAGE_HEADERS, "content-type": kind}
    if coding != IDENTITY:
        headers["content-encoding"] = coding
    if varies:
        headers["vary"] = "Accept-Encoding"
    return headers
