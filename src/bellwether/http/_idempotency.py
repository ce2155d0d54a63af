"""Changes that happen once, however often they are asked for."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bellwether.hashing import digest_bytes
from bellwether.http._access import CALLER
from bellwether.http._bodies import JSON
from bellwether.http._errors import KeyReused, KeyUnreadable

HEADER = "idempotency-key"
REPLAYED = "idempotency-replayed"
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_MOST_KEPT = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    fingerprint: str
    content: "asyncio.Future[bytes]"


class OnceOnly:
    """Remembers the answers to changes by their Idempotency-Key.

    Notes
    -----
    To be used on one event loop. What was refused is not remembered: it changed nothing, and may
    be asked again. The last 1,024 keys of this process are kept, and forgotten with it; a
    change that is asked again after that is refused by the registry's own law of moves.
    """

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def run(
        self, request: Request, body: bytes, change: Callable[[], Awaitable[bytes]]
    ) -> Response:
        """Make a change, or give the answer it had.

        Parameters
        ----------
        request : Request
        body : bytes
            What was sent.
        change : callable
            Makes the change and returns the answer's JSON.

        Raises
        ------
        KeyUnreadable
            If the key is none.
        KeyReused
            If the key came with another request before.
        """
        key = request.headers.get(HEADER)
        if key is None:
            return Response(await change(), media_type=JSON)
        if not _KEY.fullmatch(key):
            raise KeyUnreadable
        # Two callers may choose one key by chance, or by guessing another's.
        key = f"{request.scope.get(CALLER, '')} {key}"
        asked = f"{request.method} {request.url.path}\n".encode() + body
        fingerprint = digest_bytes(asked)
        kept = self._kept.get(key)
        if kept is not None:
            if kept.fingerprint != fingerprint:
                raise KeyReused(key.partition(" ")[2])
            content = await asyncio.shield(kept.content)
            return Response(content, headers={REPLAYED: "true"}, media_type=JSON)
        return Response(await self._make(key, fingerprint, change), media_type=JSON)

    async def _make(
        self, key: str, fingerprint: str, change: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        task = asyncio.ensure_future(change())
        self._kept[key] = _Kept(fingerprint=fingerprint, content=task)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        task.add_done_callback(lambda done: self._forget_refusal(key, done))
        return await asyncio.shield(task)

    def _forget_refusal(self, key: str, done: "asyncio.Future[bytes]") -> None:
        kept = self._kept.get(key)
        refused = done.cancelled() or done.exception() is not None
        if refused and kept is not None and kept.content is done:
            del self._kept[key]
