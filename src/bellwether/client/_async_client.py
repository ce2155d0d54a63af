"""The client that others run beside while it waits."""

import contextlib
import functools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Generic, ParamSpec, Self, TypeVar, cast

import anyio
import httpx

from bellwether.client import (
    _alerts,
    _evidence,
    _jobs,
    _journal,
    _models,
    _monitor,
    _predicting,
    _serving,
)
from bellwether.client._attempts import Attempts
from bellwether.client._calls import Call, Page, Pages, Talk, check, sign
from bellwether.client._downloads import Download
from bellwether.client._options import DEFAULT_ADDRESS, ClientOptions, find_key
from bellwether.client._values import Job, JobEvent

P = ParamSpec("P")
T = TypeVar("T")


class _Asking(Generic[P, T]):
    """A method that holds a talk and returns what comes of it; of the class, only its shape."""

    def __init__(self, talk: Callable[P, Talk[T]]) -> None:
        self._talk = talk
        self._shown = sign(talk, Awaitable)

    def __get__(self, client: "AsyncClient | None", _owner: type) -> Callable[P, Awaitable[T]]:
        @functools.wraps(self._talk)
        async def ask(*given: P.args, **named: P.kwargs) -> T:
            return await cast("AsyncClient", client).hold(self._talk(*given, **named))

        ask.__dict__.update(self._shown)
        return ask


class _Listing(Generic[P, T]):
    """A method that returns the items of a list, page by page."""

    def __init__(self, pages: Callable[P, Pages[T]]) -> None:
        self._pages = pages
        self._shown = sign(pages, AsyncIterator)

    def __get__(self, client: "AsyncClient | None", _owner: type) -> Callable[P, AsyncIterator[T]]:
        @functools.wraps(self._pages)
        async def walk(*given: P.args, **named: P.kwargs) -> AsyncIterator[T]:
            following: Callable[[], Talk[Page[T]]] | None = self._pages(*given, **named)
            while following is not None:
                page = await cast("AsyncClient", client).hold(following())
                for item in page.items:
                    yield item
                following = page.following

        walk.__dict__.update(self._shown)
        return walk


class AsyncClient:
    """Asks the service, while others run.

    Every method is that of `Client`, to be awaited or iterated over with `async for`.

    Parameters
    ----------
    address, api_key, seconds, most_attempts
        As of `Client`.
    transport : httpx.AsyncBaseTransport, optional
        What carries the requests; the network by default.

    Raises
    ------
    ServiceUnreachable
        If the address is none.

    Notes
    -----
    To be closed, or used with `async with`, on one event loop.
    """

    predict = _Asking(_predicting.predict)
    predict_batch = _Asking(_predicting.predict_batch)
    predict_symbol = _Asking(_predicting.predict_symbol)
    predict_symbols = _Asking(_predicting.predict_symbols)
    predictions = _Listing(_journal.predictions)
    prediction = _Asking(_journal.prediction)
    replay = _Asking(_journal.replay)
    settle = _Asking(_journal.settle)
    journal_head = _Asking(_journal.journal_head)
    verify_journal = _Asking(_journal.verify_journal)
    import_bars = _Asking(_predicting.import_bars)
    symbols = _Listing(_predicting.symbols)
    snapshots = _Listing(_predicting.snapshots)
    snapshot = _Asking(_predicting.snapshot)
    quality = _Asking(_predicting.quality)
    bars = _Asking(_predicting.bars)
    models = _Listing(_models.models)
    model = _Asking(_models.model)
    verdict = _Asking(_models.verdict)
    promote = _Asking(_models.promote)
    rollback = _Asking(_models.rollback)
    upload_bundle = _Asking(_models.upload_bundle)
    train = _Asking(_jobs.train)
    submit_job = _Asking(_jobs.submit_job)
    jobs = _Listing(_jobs.jobs)
    job = _Asking(_jobs.job)
    cancel_job = _Asking(_jobs.cancel_job)
    serving = _Asking(_serving.serving)
    calendar = _Asking(_serving.calendar)
    rules_bundle = _Asking(_serving.rules_bundle)
    monitor = _Asking(_monitor.monitor)
    watched = _Asking(_monitor.watched)
    alerts = _Listing(_alerts.alerts)
    alert = _Asking(_alerts.alert)
    acknowledge_alert = _Asking(_alerts.acknowledge_alert)
    plan = _Asking(_evidence.plan)
    calibration = _Asking(_evidence.calibration)
    ledger = _Asking(_evidence.ledger)
    check_ledger = _Asking(_evidence.check_ledger)
    account = _Asking(_evidence.account)
    hit_rates = _Asking(_evidence.hit_rates)
    outcomes = _Listing(_evidence.outcomes)
    retraining = _Asking(_evidence.retraining)
    settings = _Asking(_evidence.settings)
    live = _Asking(_models.live)
    ready = _Asking(_models.ready)
    status = _Asking(_models.status)
    metrics = _Asking(_models.metrics)
    openapi = _Asking(_models.openapi)

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        api_key: str | None = None,
        seconds: float = 30.0,
        most_attempts: int = 4,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._options = ClientOptions(
            address=address,
            api_key=find_key(api_key),
            seconds=seconds,
            most_attempts=most_attempts,
        )
        headers = self._options.headers
        self._http = httpx.AsyncClient(base_url=address, headers=headers, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._options.address!r})"

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def hold(self, talk: Talk[T]) -> T:
        """Hold a talk, and return what comes of it.

        Parameters
        ----------
        talk : Talk
            As the methods above make them.
        """
        try:
            call = next(talk)
            while True:
                call = talk.send(await self._exchange(call))
        except StopIteration as end:
            found: T = end.value
            return found

    async def download_bundle(self, model_id: str, path: str | os.PathLike[str]) -> Path:
        """Download a model's bundle, and check it part by part.

        Parameters
        ----------
        model_id : str
        path : path
            Where it goes once it is whole. What a download before had brought is taken up.

        Raises
        ------
        DownloadDamaged
            If it is not the bundle that was registered.
        ServiceProblem, ServiceUnreachable
        """
        download = Download(model_id, (await self.model(model_id)).bundle_digest, path)
        attempts = self._attempt(download.call)
        while True:
            try:
                async with self._open(download.call, attempts) as response:
                    if download.begins(response):
                        async for chunk in response.aiter_bytes():
                            download.take(chunk)
                            attempts.begin_anew()
            except httpx.RequestError as error:
                await anyio.sleep(attempts.after_failure(error))
            else:
                return download.finish()

    async def job_events(self, job_id: str, *, after: int = 0) -> AsyncIterator[JobEvent]:
        """Iterate over what happens to a job, until it ends; a connection that breaks is mended.

        Parameters
        ----------
        job_id : str
        after : int, default 0
            Number of the last event that is known already.
        """
        reader = _jobs.EventReader(job_id, after)
        attempts = self._attempt(reader.call)
        while True:
            try:
                async with self._open(reader.call, attempts) as response:
                    check(response)
                    async for line in response.aiter_lines():
                        event = reader.take(line)
                        if event is not None:
                            attempts.begin_anew()
                            yield event
                if not reader.has_ended:
                    reader.end(await self.job(job_id))
            except httpx.RequestError as error:
                await anyio.sleep(attempts.after_failure(error))
            else:
                return

    async def wait_for_job(self, job_id: str) -> Job:
        """Return a job once it has ended, well or not."""
        async for _ in self.job_events(job_id):
            pass
        return await self.job(job_id)

    def _attempt(self, call: Call) -> Attempts:
        return Attempts(call, self._options.most_attempts, self._options.address)

    def _build(self, call: Call, attempts: Attempts) -> httpx.Request:
        return call.build(self._http, attempts.key, self._options.seconds)

    async def _exchange(self, call: Call) -> httpx.Response:
        attempts = self._attempt(call)
        while True:
            wait: float | None
            try:
                response = await self._http.send(self._build(call, attempts))
            except httpx.RequestError as error:
                wait = attempts.after_failure(error)
            else:
                wait = attempts.after_response(response)
                if wait is None:
                    return response
            await anyio.sleep(wait)

    @contextlib.asynccontextmanager
    async def _open(self, call: Call, attempts: Attempts) -> AsyncIterator[httpx.Response]:
        while True:
            response = await self._http.send(self._build(call, attempts), stream=True)
            async with contextlib.aclosing(response):
                wait = attempts.after_response(response)
                if wait is None:
                    if not response.is_success:
                        await response.aread()
                    yield response
                    return
            await anyio.sleep(wait)
