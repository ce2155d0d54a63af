"""One GET of an address: bounded in time and size, without following strangers."""

import contextlib
import http.client
import io
import ipaddress
import socket
import ssl
import urllib.error
import urllib.request
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO
from urllib.parse import SplitResult, quote, urlencode, urlsplit

import numpy as np

from bellwether.clock import Clock
from bellwether.sources._secrets import Secret, redact

_CHUNK = 1 << 16
_SECOND = np.timedelta64(1_000_000, "us")
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_WEB = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to a server.

    Parameters
    ----------
    url : str
        Of http or https, without a query where `query` has one.
    query : mapping of str to str or Secret, optional
    headers : mapping of str to str or Secret, optional
    key : Secret or None, optional
        Takes the place of {key} in the address.

    Examples
    --------
    >>> Ask(url="https://x.example/q", query={"s": "A&B", "key": Secret("swordfish")}).shown
    'https://x.example/q?s=A%26B&key=********'
    """

    url: str
    query: Mapping[str, str | Secret] = field(default_factory=dict)
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    key: Secret | None = None

    @property
    def address(self) -> str:
        """The whole address, secrets and all: for the request alone."""
        values = {name: _reveal(value) for name, value in self.query.items()}
        key = "" if self.key is None else quote(self.key.reveal(), safe="")
        url = self.url.replace("{key}", key)
        return f"{url}?{urlencode(values)}" if values else url

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Whatever of it may not be shown."""
        values = (*self.query.values(), *self.headers.values(), self.key)
        return tuple(value for value in values if isinstance(value, Secret))

    @property
    def shown(self) -> str:
        """The address as it may be shown."""
        return redact(self.address, self.secrets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered, whatever its status.

    Parameters
    ----------
    status : int
    headers : mapping of str to str
        Names in small letters.
    content : bytes
    """

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """Why there is no answer.

    Parameters
    ----------
    reason : str
        In words in which no address stands.
    is_final : bool, default False
        Whether asking again is of no use.
    """

    reason: str
    is_final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """How long and how much of an answer is taken.

    Parameters
    ----------
    step_seconds : float, default 20
        For each step: to connect, and for each piece of the answer.
    total_seconds : float, default 120
        For one answer, however slowly it drips.
    most_bytes : int, default 64 MiB
        Of one answer, unpacked.
    """

    step_seconds: float = 20.0
    total_seconds: float = 120.0
    most_bytes: int = 1 << 26


def is_exposed(ask: Ask) -> bool:
    """Return whether a secret would travel in the open: without TLS, to another machine.

    Examples
    --------
    >>> [is_exposed(Ask(url=url, query={"key": Secret("k")}))
    ...  for url in ("http://x.example/", "https://x.example/", "http://127.0.0.1:80/")]
    [True, False, False]
    """
    parts = _split(ask.url)
    return bool(ask.secrets) and parts.scheme == "http" and not _is_here(parts)


def get(ask: Ask, options: WebOptions, clock: Clock) -> Answer | Unanswered:
    """Ask once.

    Parameters
    ----------
    ask : Ask
    options : WebOptions
    clock : Clock
        By which the time for the whole answer is taken.

    Returns
    -------
    answer : Answer or Unanswered
        Nothing that happens on the way is raised: errors of libraries hold addresses, and
        addresses hold keys.

    Notes
    -----
    A redirection is followed on the same server only: whoever is sent elsewhere would take the
    key along. Proxies are those of the environment.
    """
    if _split(ask.url).scheme not in _WEB:
        return Unanswered(reason="an address that is not of http or https", is_final=True)
    headers = {name: _reveal(value) for name, value in ask.headers.items()}
    try:
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            ask.address, headers={"Accept-Encoding": "gzip", **headers}
        )
        opener = urllib.request.build_opener(_SameServer)
        try:
            response = opener.open(request, timeout=options.step_seconds)
        except urllib.error.HTTPError as error:
            response = error
        with contextlib.closing(response):
            return _read(response, options, clock)
    except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
        return _explain(error)


def _read(response: IO[bytes], options: WebOptions, clock: Clock) -> Answer | Unanswered:
    fields = getattr(response, "headers", {})
    headers = {str(name).lower(): str(value) for name, value in fields.items()}
    content = _read_within(response, options, clock)
    if isinstance(content, Unanswered):
        return content
    told = headers.get("content-length", "")
    if told.isascii() and told.isdecimal() and len(content) < int(told):
        return Unanswered(reason=f"an answer cut off after {len(content)} of {told} bytes")
    if headers.get("content-encoding", "").lower() in ("gzip", "deflate"):
        unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
        content = unpacking.decompress(content, options.most_bytes + 1)
        if not unpacking.eof and len(content) <= options.most_bytes:
            return Unanswered(reason="a packed answer that is cut off")
    if len(content) > options.most_bytes:
        return Unanswered(reason=f"more than {options.most_bytes:,} bytes", is_final=True)
    return Answer(status=int(getattr(response, "status", 0)), headers=headers, content=content)


def _read_within(response: IO[bytes], options: WebOptions, clock: Clock) -> bytes | Unanswered:
    ends_at = clock.now() + np.int64(options.total_seconds * 1e6) * np.timedelta64(1, "us")
    content = io.BytesIO()
    while content.tell() <= options.most_bytes:
        # One piece at a time, so that a drip cannot outlast the patience.
        piece = response.read1(_CHUNK)  # type: ignore[attr-defined]
        if not piece:
            return content.getvalue()
        content.write(piece)
        if clock.now() > ends_at:
            return Unanswered(reason=f"an answer not complete in {options.total_seconds:g} s")
    return content.getvalue()


class _SameServer(urllib.request.HTTPRedirectHandler):
    max_redirections = 5

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _reveal(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _split(url: str) -> SplitResult:
    """Return the parts of an address; those of nowhere where it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _is_here(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _explain(error: Exception) -> Unanswered:
    """Return what went wrong on the way, in words in which no address can stand."""
    inner = getattr(error, "reason", None)
    if isinstance(error, urllib.error.URLError) and isinstance(inner, Exception):
        error = inner
    for kind, words, is_final in _FAILURES:
        if isinstance(error, kind):
            return Unanswered(reason=words, is_final=is_final)
    return Unanswered(reason=f"a failure of the kind {type(error).__name__}")


_FAILURES: tuple[tuple[type[Exception], str, bool], ...] = (
    (TimeoutError, "no answer in time", False),
    (ConnectionRefusedError, "nobody who listens there", False),
    (socket.gaierror, "a host that is not known", False),
    (ssl.SSLError, "a certificate that does not hold, or no TLS", True),
    (http.client.InvalidURL, "an address that is none", True),
    (http.client.IncompleteRead, "an answer that is cut off", False),
    (http.client.HTTPException, "an answer that is no HTTP", False),
    (ConnectionError, "a connection that broke", False),
    (zlib.error, "a packed answer that is damaged", False),
    (ValueError, "an address that is none", True),
)
