"""Attempts: which failures are worth asking again for, and after how long."""

import secrets

import httpx

from bellwether.client._calls import Call
from bellwether.client._errors import ServiceUnreachable

FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS = 0.2, 30.0
_COME_BACK = frozenset({429, 503})
# Nothing was sent yet, or the connection was an old one that had been closed meanwhile.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_CUT_OFF = (*_NOT_SENT, httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class Attempts:
    """Attempts at one call.

    Parameters
    ----------
    call : Call
    most : int
        Attempts in all, at least 1.
    address : str
        What to call the service in errors.

    Notes
    -----
    Waits double, and each is drawn from its upper half, so that many who were turned away
    together do not come back together. What the service asks for with Retry-After is kept,
    up to 30 s.
    """

    __slots__ = ("_address", "_call", "_most", "_n_made", "key")

    def __init__(self, call: Call, most: int, address: str) -> None:
        self._call = call
        self._most = most
        self._address = address
        self._n_made = 0
        self.key = secrets.token_hex(16)

    def after_response(self, response: httpx.Response) -> float | None:
        """Return the seconds to wait before the next attempt; None where this is the answer."""
        self._n_made += 1
        is_final = response.status_code not in _COME_BACK or not self._call.is_repeatable
        if is_final or self._n_made >= self._most:
            return None
        asked = response.headers.get("retry-after", "")
        if asked.isascii() and asked.isdecimal() and len(asked) < 10:
            return min(float(asked), MOST_WAIT_SECONDS)
        return self._wait()

    def after_failure(self, error: httpx.RequestError) -> float:
        """Return the seconds to wait before the next attempt.

        Raises
        ------
        ServiceUnreachable
            If there is none.
        """
        self._n_made += 1
        worth_it = isinstance(error, _CUT_OFF if self._call.is_repeatable else _NOT_SENT)
        if not worth_it or self._n_made >= self._most:
            why = f"{type(error).__name__}: {error}".rstrip(": ").rstrip(".")
            if self._n_made > 1:
                why = f"{why} (attempt {self._n_made})"
            raise ServiceUnreachable(self._address, why.replace("\n", " ")) from error
        return self._wait()

    def begin_anew(self) -> None:
        """Count from the first again: there was an answer in between."""
        self._n_made = 0

    def _wait(self) -> float:
        longest = min(FIRST_WAIT_SECONDS * 2.0 ** (self._n_made - 1), MOST_WAIT_SECONDS)
        return longest * (0.5 + secrets.randbelow(1001) / 2000)
