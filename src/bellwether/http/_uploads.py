"""Bundles over HTTP the other way: models that were made elsewhere are taken in as candidates."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bellwether.http import _examples as examples
from bellwether.http._access import CALLER
from bellwether.http._bodies import media_type, spool_body
from bellwether.http._downloads import MEDIA_TYPE
from bellwether.http._errors import MediaTypeUnknown, TooBusy
from bellwether.http._idempotency import OnceOnly
from bellwether.http._models import show_record
from bellwether.http._operations import IDEMPOTENCY_KEY, Operation
from bellwether.http._options import HttpOptions
from bellwether.http._problems import REQUEST_ID, problem_of, problem_response
from bellwether.http._types import ModelAnswer
from bellwether.registry import BundleError, ModelRecord
from bellwether.service import AddingPorts, add_bundle

_KINDS = (MEDIA_TYPE, "application/octet-stream")
_MOST_AT_ONCE = 4
_UNFIT = 422


class UploadRoutes:
    """Take bundles in.

    Parameters
    ----------
    ports : AddingPorts
    options : HttpOptions
        Of which the limits of large bodies.
    changed : callable
        Told after every upload.

    Notes
    -----
    A body goes to a file as it arrives, four at a time at most; only one is looked at at once.
    """

    def __init__(
        self, ports: AddingPorts, options: HttpOptions, changed: Callable[[], None]
    ) -> None:
        self._ports = ports
        self._options = options
        self._changed = changed
        self._once = OnceOnly()
        self._line = asyncio.Semaphore(1)
        self._n_under_way = 0

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            Operation(
                method="POST",
                path="/v1/models",
                name="upload_model",
                summary="Register a model by its bundle, as a candidate or as its verdict refused "
                "it. Only a trusted signature makes its verdict count",
                endpoint=self.upload,
                parameters=(IDEMPOTENCY_KEY,),
                uploads=_KINDS,
                answer=ModelAnswer,
                answer_example=examples.MODEL,
                problems=(400, 408, 409, 413, 415, 422, 503),
            ),
        )

    async def upload(self, request: Request) -> Response:
        """Take a bundle in.

        Raises
        ------
        MediaTypeUnknown, BodyTooLarge, BodyTooSlow
        TooBusy
            If too many others are being sent.
        ModelExists
            If another bundle is registered under its id.
        """
        kind = media_type(request)
        if kind not in _KINDS:
            raise MediaTypeUnknown(kind, " or ".join(_KINDS))
        if self._n_under_way >= _MOST_AT_ONCE:
            raise TooBusy(_MOST_AT_ONCE)
        self._n_under_way += 1
        try:
            return await self._take_in(request)
        except BundleError as error:
            # What is wrong with a file that lies here is a conflict; with one that is sent, not.
            problem = problem_of(error, request.scope.get(REQUEST_ID, ""))
            return problem_response(msgspec.structs.replace(problem, status=_UNFIT))
        finally:
            self._n_under_way -= 1

    async def _take_in(self, request: Request) -> Response:
        folder = tempfile.TemporaryDirectory(prefix="bellwether-")
        path = Path(folder.name) / "bundle"
        taken: list[bool] = []

        async def change() -> bytes:
            taken.append(True)
            with folder:  # it goes on when the client went away, and needs the file
                return await self._add(request, path)

        try:
            digest = await spool_body(request, path, self._options)
            return await self._once.run(request, digest.encode(), change)
        finally:
            if not taken:
                folder.cleanup()

    async def _add(self, request: Request, path: Path) -> bytes:
        async with self._line:
            record = await asyncio.to_thread(self._read_and_add, request.scope.get(CALLER), path)
        self._changed()
        return msgspec.json.encode(show_record(record))

    def _read_and_add(self, added_by: str | None, path: Path) -> ModelRecord:
        return add_bundle(path.read_bytes(), ports=self._ports, added_by=added_by)
