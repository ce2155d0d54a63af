"""The page for people, beside the routes for programs: files, which nobody needs a key for."""

import asyncio
import io
from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bellwether.dashboard import Page, PageFile

_CHUNK_BYTES = 1 << 18
_NOT_FOUND = 404


class PageRoutes:
    """The routes of the page's files.

    Parameters
    ----------
    page : Page

    Notes
    -----
    They are no part of the API: what the page shows it asks for like any other program, with a
    key where one is needed.
    """

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes, none of which matches a path of the API."""
        return (
            Route("/", self.index, methods=["GET"]),
            Route("/assets/{name:path}", self.asset, methods=["GET"]),
            Route("/{stem}.{ending}", self.file, methods=["GET"]),
        )

    async def index(self, request: Request) -> Response:
        """Give the page, or say how it is built."""
        return await _send(request, self._page.find_index(_accepted(request)))

    async def asset(self, request: Request) -> Response:
        """Give a script, a style or another asset."""
        return await self._find(request, f"assets/{request.path_params['name']}")

    async def file(self, request: Request) -> Response:
        """Give a file that lies beside the page, as its icon."""
        return await self._find(request, "{stem}.{ending}".format_map(request.path_params))

    async def _find(self, request: Request, name: str) -> Response:
        file = self._page.find(name, _accepted(request))
        if file is None:
            raise HTTPException(_NOT_FOUND)
        return await _send(request, file)


def _accepted(request: Request) -> str:
    return ",".join(request.headers.getlist("accept-encoding"))


async def _send(request: Request, file: PageFile) -> Response:
    if file.is_known_to(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=file.headers)
    headers = {**file.headers, "content-length": str(file.n_bytes)}
    if request.method == "HEAD":
        return Response(headers=headers)
    if file.path is None:
        return Response(file.content, headers=headers)
    try:
        opened = await asyncio.to_thread(file.path.open, "rb")
    except FileNotFoundError as error:  # the page is being built anew
        raise HTTPException(_NOT_FOUND) from error
    return StreamingResponse(_read(opened), headers=headers)


async def _read(file: io.BufferedReader) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk
