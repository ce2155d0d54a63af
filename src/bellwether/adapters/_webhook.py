"""Webhook: notices as JSON by HTTP POST, signed where a key is set."""

import base64
import errno
import hashlib
import hmac
import http.client
import json
import re
import socket
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import IO
from urllib.parse import unquote

import numpy as np

from bellwether.adapters._bounded_call import attempt_within
from bellwether.clock import Clock
from bellwether.watch import Notice, NoticeNotDelivered, NoticeRefused

SIGNATURE = "Bellwether-Signature"
NOTICE_ID = "Bellwether-Notice-Id"
_EPOCH = np.datetime64(0, "us")
_SECOND = np.timedelta64(1_000_000, "us")
_LATER = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """How long a webhook is waited for.

    Parameters
    ----------
    connect_seconds : float, default 5
        For each step: to connect, to be sent to, to answer.
    total_seconds : float, default 10
        For one attempt, however slowly the answer drips.
    most_attempts : int, default 2
        In a row; whatever fails then is sent again by a later tick.
    """

    connect_seconds: float = 5.0
    total_seconds: float = 10.0
    most_attempts: int = 2


class WebhookNotifier:
    """Sends notices to a URL; treaty as `Notifier`.

    Parameters
    ----------
    name : str
    url : str
        Of http or https. A user and a password in it are sent as Basic authentication.
    clock : Clock
        Dates the signature.
    signing_key : str, optional
        By which a receiver knows who sends: HMAC-SHA-256 over the time, a full stop and the body.
    options : WebhookOptions, optional

    Notes
    -----
    Status 2xx is a delivery. A redirection is none: an address is written down once, by its
    owner. Proxies are those of the environment.
    """

    __slots__ = ("_clock", "_headers", "_key", "_name", "_options", "_url")

    def __init__(
        self,
        name: str,
        url: str,
        *,
        clock: Clock,
        signing_key: str | None = None,
        options: WebhookOptions | None = None,
    ) -> None:
        self._name = name
        self._url, self._headers = _split_off_user(url)
        self._clock = clock
        self._key = None if signing_key is None else signing_key.encode("utf-8")
        self._options = WebhookOptions() if options is None else options

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r})"

    @property
    def name(self) -> str:
        """Which receiver it is."""
        return self._name

    def send(self, notice: Notice) -> None:
        """Post a notice.

        Raises
        ------
        NoticeNotDelivered
            If no attempt was answered with a status of success; NoticeRefused where trying again
            is of no use.
        """
        body = json.dumps(notice.to_json(), allow_nan=False).encode("ascii")
        reason, is_refused = "", False
        for _ in range(self._options.most_attempts):
            reason, is_refused = self._post(notice.notice_id, body)
            if not reason or is_refused:
                break
        if reason:
            # Raised here, where no library's error, with the address in it, is its context.
            kind = NoticeRefused if is_refused else NoticeNotDelivered
            raise kind(self._name, reason)

    def _post(self, notice_id: str, body: bytes) -> tuple[str, bool]:
        """Return why the receiver did not take it, or nothing, and whether it refused."""

        def post() -> None:
            # The scheme was checked when the receiver was read from the settings.
            request = urllib.request.Request(  # noqa: S310
                self._url, data=body, headers=self._make_headers(notice_id, body), method="POST"
            )
            opener = urllib.request.build_opener(_NoRedirection)
            with opener.open(request, timeout=self._options.connect_seconds):
                pass

        error = attempt_within(self._options.total_seconds, post)
        if error is None:
            return "", False
        if isinstance(error, urllib.error.HTTPError):
            error.close()
            is_refused = 300 <= error.code < 500 and error.code not in _LATER
            return f"an answer with the status {error.code}", is_refused
        return describe_failure(error), False

    def _make_headers(self, notice_id: str, body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "bellwether",
            NOTICE_ID: notice_id,
            **self._headers,
        }
        if self._key is not None:
            at = int((self._clock.now() - _EPOCH) / _SECOND)
            headers[SIGNATURE] = f"t={at},v1={sign_body(self._key, at, body)}"
        return headers


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,  # noqa: ARG002 - the signature is the library's
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: http.client.HTTPMessage,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        return None


def sign_body(key: bytes, at: int, body: bytes) -> str:
    """Return the signature of a body as 64 hexadecimal digits.

    Parameters
    ----------
    key : bytes
    at : int
        Seconds since 1970, UTC, as they stand in the header.
    body : bytes

    Examples
    --------
    >>> sign_body(b"key", 0, b"{}")[:8]
    '7314351d'
    """
    return hmac.new(key, f"{at}.".encode("ascii") + body, hashlib.sha256).hexdigest()


def describe_failure(error: Exception) -> str:
    """Return what went wrong on the way, in words in which no address can stand.

    Examples
    --------
    >>> describe_failure(ConnectionRefusedError(111, "at https://secret.example"))
    'nobody who listens there'
    """
    inner = getattr(error, "reason", None)
    if isinstance(error, urllib.error.URLError) and isinstance(inner, Exception):
        error = inner
    for kind, words in _FAILURES:
        if isinstance(error, kind):
            return words
    number = error.errno if isinstance(error, OSError) else None
    if number is not None and number in errno.errorcode:
        return f"a failed connection ({errno.errorcode[number]})"
    return f"a failure of the kind {type(error).__name__}"


_FAILURES: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "no answer in time"),
    (ConnectionRefusedError, "nobody who listens there"),
    (socket.gaierror, "a host that is not known"),
    (ssl.SSLError, "a certificate that does not hold, or no TLS"),
    (http.client.InvalidURL, "an address that is none"),
    (http.client.HTTPException, "an answer that is no HTTP"),
    (ConnectionError, "a connection that broke"),
)


def _split_off_user(url: str) -> tuple[str, dict[str, str]]:
    """Return a URL without who asks, and the header that says so; a URL that is none as it is."""
    scheme, _, rest = url.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, found, host = authority.rpartition("@")
    if not found:
        return url, {}
    token = base64.b64encode(unquote(user).encode("utf-8")).decode("ascii")
    return f"{scheme}://{host}{rest[len(authority) :]}", {"Authorization": f"Basic {token}"}
