"""Access: who is asking, whether they may, and how often."""

import asyncio
import inspect
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.routing import request_response
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Visit

from bellwether.clock import Clock
from bellwether.http._access_errors import (
    KeyMissing,
    KeyNotAccepted,
    ScopeMissing,
    TooManyFailedKeys,
    TooManyRequests,
)
from bellwether.http._access_options import AccessOptions
from bellwether.http._operations import Operation
from bellwether.http._rates import Buckets, Quota, is_loopback, name_address
from bellwether.service import ApiKey, KeyFault, KeyStore, Scope, find_key

CALLER = "bellwether.key_id"
"""Key of the scope under which the id of the caller's key is left; absent without a key."""

_FAILED_BURST = 10
_SCHEME = b"bearer "
# Who adds one of these passes on what somebody else asks.
_FORWARDING = frozenset(
    {
        b"cf-connecting-ip",
        b"forwarded",
        b"true-client-ip",
        b"via",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-forwarded-server",
        b"x-original-forwarded-for",
        b"x-real-ip",
    }
)


class Access:
    """Lets callers in to what they may do, as often as they may.

    Parameters
    ----------
    options : AccessOptions
    keys : KeyStore or None
        Without it no key opens anything.
    clock : Clock
        Tells whether a key has expired; limits are held by the event loop's own clock.

    Notes
    -----
    To be used on one event loop. Each process counts for itself: n workers let in n times as
    much. A good key is let in however many bad ones come from the same address, or anybody
    could lock out everybody behind one; guessing is hopeless at any rate, so that the limit on
    bad keys only spares the log and the processor.
    """

    __slots__ = ("_clock", "_failures", "_keys", "_options", "_requests")

    def __init__(self, options: AccessOptions, keys: KeyStore | None, clock: Clock) -> None:
        self._options = options
        self._keys = keys
        self._clock = clock
        self._requests = Buckets(per_minute=options.requests_per_minute, burst=options.burst)
        self._failures = Buckets(per_minute=options.failed_keys_per_minute, burst=_FAILED_BURST)

    def guard(self, operation: Operation) -> Operation:
        """Return an operation that only those reach who may; an open one as it is."""
        needs, endpoint = operation.needs, operation.endpoint
        if needs is None:
            return operation
        is_plain = inspect.isfunction(endpoint) or inspect.ismethod(endpoint)
        given: Any = endpoint
        app: ASGIApp = request_response(given) if is_plain else given
        return replace(operation, endpoint=_Guarded(app, self, needs))

    def admit(self, scope: Visit, needs: Scope) -> Mapping[str, str]:
        """Return the headers that tell what is left to the caller; none where nobody counts.

        Parameters
        ----------
        scope : ASGI scope
            Gets the id of the caller's key.
        needs : Scope

        Raises
        ------
        KeyMissing, KeyNotAccepted, ScopeMissing, TooManyFailedKeys, TooManyRequests
        """
        address = (scope.get("client") or ("",))[0]
        presented = [value for name, value in scope["headers"] if name == b"authorization"]
        if presented:
            key = self._identify(presented, address)
            scope[CALLER] = key.key_id
            left = self._count(f"key {key.key_id}")
            if not key.allows(needs):
                raise ScopeMissing(needs, key.key_id)
            return left
        is_local = is_loopback(address) and not _is_forwarded(scope["headers"])
        if needs not in (self._options.local if is_local else self._options.remote):
            raise KeyMissing(needs)
        return {} if is_local else self._count(name_address(address))

    def _identify(self, presented: Sequence[bytes], address: str) -> ApiKey:
        found: ApiKey | KeyFault = KeyFault.MALFORMED
        [first, *more] = presented
        if not more and first[: len(_SCHEME)].lower() == _SCHEME:
            text = first[len(_SCHEME) :].strip().decode("latin-1")
            found = KeyFault.UNKNOWN
            if self._keys is not None:
                found = find_key(text, self._keys, self._clock.now())
        if isinstance(found, ApiKey):
            return found
        failures = self._failures.take(name_address(address), _now())
        if failures.wait_seconds:
            raise TooManyFailedKeys(failures.wait_seconds)
        raise KeyNotAccepted(found)

    def _count(self, who: str) -> dict[str, str]:
        quota = self._requests.take(who, _now())
        told = self._tell(quota)
        if quota.wait_seconds:
            limit = self._options.requests_per_minute
            raise TooManyRequests(limit, quota.wait_seconds, told)
        return told

    def _tell(self, quota: Quota) -> dict[str, str]:
        """Return the limit and what is left of it, as the IETF's draft on RateLimit has it."""
        burst, window = self._requests.burst, self._requests.window_seconds
        full_in = (burst - quota.n_left) * window / burst
        return {
            "ratelimit-policy": f'"requests";q={burst};w={max(round(window), 1)}',
            "ratelimit": f'"requests";r={quota.n_left};t={math.ceil(full_in)}',
        }


class _Guarded:
    """An endpoint behind its guard."""

    __slots__ = ("_access", "_app", "_needs")

    def __init__(self, app: ASGIApp, access: Access, needs: Scope) -> None:
        self._app = app
        self._access = access
        self._needs = needs

    async def __call__(self, scope: Visit, receive: Receive, send: Send) -> None:
        left = self._access.admit(scope, self._needs)
        await self._app(scope, receive, _telling(send, left) if left else send)


def _telling(send: Send, left: Mapping[str, str]) -> Send:
    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(left)
        await send(message)

    return tell


def _is_forwarded(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name in _FORWARDING for name, _ in headers)


def _now() -> float:
    return asyncio.get_running_loop().time()
