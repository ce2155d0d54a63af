"""Bundles as downloads: whole or in part, and only as they were registered."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bellwether.answering import Answerer
from bellwether.hashing import digest_bytes
from bellwether.http._errors import RangeUnsatisfiable
from bellwether.http._ports import BundleFiles
from bellwether.registry import SIGNATURE_PART, BundleMissing, ModelRecord

MEDIA_TYPE = "application/vnd.bellwether.bundle"
_CHUNK_BYTES = 1 << 18
_END_BYTES = 1 << 14
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


async def send_bundle(
    request: Request, record: ModelRecord, answerer: Answerer, files: BundleFiles
) -> Response:
    """Return a model's bundle, or the part of it that is asked for.

    Parameters
    ----------
    request : Request
    record : ModelRecord
    answerer : Answerer
        Loads the bundle, and so checks it.
    files : BundleFiles

    Raises
    ------
    BundleError
        If the file is missing or damaged: it is checked against the registered digest first.
    RangeUnsatisfiable
        If the range begins behind the end.

    Notes
    -----
    The digest of the content is the ETag, and what was signed to it: together they stand for the
    same bytes. Several
    ranges at once are answered with the whole file, which RFC 9110 allows.
    """
    await answerer.warm(record.model_id)
    path = files.path(record.model_id)
    n_bytes, signature = await asyncio.to_thread(_measure, path)
    etag = f'"{record.bundle_digest}{signature}"'
    headers = {
        "accept-ranges": "bytes",
        "content-disposition": f'attachment; filename="{record.model_id}.bundle"',
        "etag": etag,
    }
    if etag in _list_tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    span = None
    if request.headers.get("if-range", etag) == etag:
        span = find_span(request.headers.get("range", ""), n_bytes)
    start, stop = span or (0, n_bytes)
    if span is not None:
        headers["content-range"] = f"bytes {start}-{stop - 1}/{n_bytes}"
    headers["content-length"] = str(stop - start)
    status = 200 if span is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=MEDIA_TYPE)
    chunks = _read(path, start, stop)
    return StreamingResponse(chunks, status, headers=headers, media_type=MEDIA_TYPE)


def find_span(asked: str, n_bytes: int) -> tuple[int, int] | None:
    """Return the bytes that a Range header asks for; None for the whole.

    Parameters
    ----------
    asked : str
        The header; what is no range of bytes, or several of them, is passed over.
    n_bytes : int
        Length of the file.

    Returns
    -------
    span : (start, stop) or None

    Raises
    ------
    RangeUnsatisfiable
        If it begins behind the end.

    Examples
    --------
    >>> find_span("bytes=0-99", 1000), find_span("bytes=-1", 1000), find_span("bytes=990-", 1000)
    ((0, 100), (999, 1000), (990, 1000))
    """
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(n_bytes - int(last), 0), n_bytes
    else:
        start, stop = int(first), min(int(last) + 1, n_bytes) if last else n_bytes
        if last and int(last) < start:
            return None
    if start >= n_bytes:
        raise RangeUnsatisfiable(n_bytes)
    return start, stop


def _list_tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def _measure(path: Path) -> tuple[int, str]:
    """Return how long a file is, and what tells its signature, if any, from another one."""
    try:
        with path.open("rb") as file:
            n_bytes = file.seek(0, io.SEEK_END)
            file.seek(max(n_bytes - _END_BYTES, 0))
            end = file.read()
    except FileNotFoundError as error:
        raise BundleMissing(path.name) from error
    return n_bytes, f".{digest_bytes(end)[:16]}" if SIGNATURE_PART.encode() in end else ""


async def _read(path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        await asyncio.to_thread(file.seek, start)
        while start < stop:
            chunk = await asyncio.to_thread(file.read, min(_CHUNK_BYTES, stop - start))
            if not chunk:
                break
            start += len(chunk)
            yield chunk
    finally:
        file.close()
