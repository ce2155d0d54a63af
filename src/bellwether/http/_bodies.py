"""Bodies: read within limits of size, time and depth, and decoded into the forms asked for."""

import asyncio
import hashlib
import re
from pathlib import Path
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bellwether.http._errors import (
    BodyMisshapen,
    BodyTooDeep,
    BodyTooLarge,
    BodyTooSlow,
    BodyUnreadable,
    MediaTypeUnknown,
)
from bellwether.http._options import HttpOptions

JSON = "application/json"
_Form = TypeVar("_Form", bound=msgspec.Struct)
# A text that never ends swallows the rest, so that one pass is enough whatever is sent.
_TEXTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))


async def spool_body(request: Request, path: Path, options: HttpOptions) -> str:
    """Write a request's body to a file, and return its SHA-256.

    Parameters
    ----------
    request : Request
    path : pathlib.Path
    options : HttpOptions
        Of which the bytes and seconds of an import.

    Raises
    ------
    BodyTooLarge, BodyTooSlow, MediaTypeUnknown
        As `read_body`.
    """
    _check_head(request, options.import_body_bytes)
    running, n_bytes = hashlib.sha256(), 0
    try:
        async with asyncio.timeout(options.import_body_seconds):
            with path.open("wb") as file:
                async for chunk in request.stream():
                    n_bytes += len(chunk)
                    if n_bytes > options.import_body_bytes:
                        raise BodyTooLarge(options.import_body_bytes)
                    running.update(chunk)
                    file.write(chunk)
    except TimeoutError as error:
        raise BodyTooSlow(options.import_body_seconds) from error
    return running.hexdigest()


async def read_body(request: Request, most_bytes: int, options: HttpOptions) -> bytes:
    """Return a request's body.

    Parameters
    ----------
    request : Request
    most_bytes : int
    options : HttpOptions

    Raises
    ------
    BodyTooLarge
        If it has more bytes, or says so.
    BodyTooSlow
        If it does not arrive in time.
    MediaTypeUnknown
        If it is compressed.
    """
    _check_head(request, most_bytes)
    try:
        async with asyncio.timeout(options.body_seconds):
            return await _collect(request, most_bytes)
    except TimeoutError as error:
        raise BodyTooSlow(options.body_seconds) from error


def _check_head(request: Request, most_bytes: int) -> None:
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise MediaTypeUnknown(encoding, "bytes as they are, not compressed")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > most_bytes:
        raise BodyTooLarge(most_bytes)


async def _collect(request: Request, most_bytes: int) -> bytes:
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > most_bytes:
            raise BodyTooLarge(most_bytes)
    return bytes(found)


def media_type(request: Request) -> str:
    """Return the kind of a request's body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def check_json(request: Request) -> None:
    """Refuse a body that does not say it is JSON.

    Raises
    ------
    MediaTypeUnknown
        A page elsewhere can make a browser send other kinds without asking; so they are refused
        even where there is nothing in the body.
    """
    if media_type(request) != JSON:
        raise MediaTypeUnknown(request.headers.get("content-type", ""), JSON)


def decode_json(body: bytes, decoder: msgspec.json.Decoder[_Form], most_levels: int) -> _Form:
    """Return what a body of JSON says.

    Parameters
    ----------
    body : bytes
    decoder : msgspec.json.Decoder
        Of the form wanted.
    most_levels : int

    Raises
    ------
    BodyTooDeep, BodyUnreadable, BodyMisshapen
    """
    check_depth(body, most_levels)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise BodyMisshapen(_say(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        hint = "send JSON in UTF-8; a missing number is null, not NaN"
        raise BodyUnreadable("a body of JSON", _say(error), hint) from error


def check_depth(body: bytes, most_levels: int) -> None:
    """Refuse JSON nested too deep before anything walks down into it.

    Parameters
    ----------
    body : bytes
    most_levels : int

    Raises
    ------
    BodyTooDeep

    Notes
    -----
    Cost: linear, a few passes at the speed of C. What is left of the brackets once `most_levels`
    layers of pairs are peeled off is too deep, or is no JSON.

    Examples
    --------
    >>> check_depth(b'{"a": [[1, {}], "[[["]}', 4)
    >>> check_depth(b'{"a": [[1, {}], "[[["]}', 3)
    Traceback (most recent call last):
    ...
    bellwether.http._errors.BodyTooDeep: expected JSON of at most 3 levels, was a deeper one;
    send columns as flat lists
    """
    if body.count(b"[") + body.count(b"{") <= most_levels:
        return
    left = _TEXTS.sub(b"", body).translate(_ONE_KIND, _NOT_BRACKETS)
    for _ in range(most_levels):
        left = left.replace(b"[]", b"")
    if left.count(b"[") > most_levels or (left and _is_nested(left)):
        raise BodyTooDeep(most_levels)


def _is_nested(left: bytes) -> bool:
    """Whether brackets left over are pairs, however deep, and not a broken text."""
    before = len(left) + 1
    while len(left) < before:
        before = len(left)
        left = left.replace(b"[]", b"")
    return not left


def json_response(
    content: object, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return a value as a response of JSON."""
    return Response(msgspec.json.encode(content), status, headers=headers, media_type=JSON)


def _say(error: Exception) -> str:
    """Return what a decoder complains about, as the part of a sentence."""
    text = str(error)[:300].strip().rstrip(".").replace("\n", " ")
    return f"a body with a fault: {text}"
