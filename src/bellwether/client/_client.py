"""The client that waits for its answers."""

import contextlib
import functools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Generic, ParamSpec, Self, TypeVar, cast

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
        self._shown = sign(talk)

    def __get__(self, client: "Client | None", _owner: type) -> Callable[P, T]:
        @functools.wraps(self._talk)
        def ask(*given: P.args, **named: P.kwargs) -> T:
            return cast("Client", client).hold(self._talk(*given, **named))

        ask.__dict__.update(self._shown)
        return ask


class _Listing(Generic[P, T]):
    """A method that returns the items of a list, page by page."""

    def __init__(self, pages: Callable[P, Pages[T]]) -> None:
        self._pages = pages
        self._shown = sign(pages, Iterator)

    def __get__(self, client: "Client | None", _owner: type) -> Callable[P, Iterator[T]]:
        @functools.wraps(self._pages)
        def walk(*given: P.args, **named: P.kwargs) -> Iterator[T]:
            following: Callable[[], Talk[Page[T]]] | None = self._pages(*given, **named)
            while following is not None:
                page = cast("Client", client).hold(following())
                yield from page.items
                following = page.following

        walk.__dict__.update(self._shown)
        return walk


class Client:
    """Asks the service, and waits for its answers.

    Every method is that of `AsyncClient` without waiting: the two share all they know.

    Parameters
    ----------
    address : str, default "http://127.0.0.1:8017"
        Of the service, without a path.
    api_key : str, optional
        Else that of the environment variable BELLWETHER_API_KEY; on the service's own machine
        none is needed by default.
    seconds : float, default 30
        Time for one answer.
    most_attempts : int, default 4
        At one call. What does no harm twice is asked again where the service says 429 or 503 or
        the connection fails; changes carry a key of their own, so that they happen once.
    transport : httpx.BaseTransport, optional
        What carries the requests; the network by default.

    Raises
    ------
    ServiceUnreachable
        If the address is none.

    Notes
    -----
    To be closed, or used with `with`. May be used from several threads.
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
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._options = ClientOptions(
            address=address,
            api_key=find_key(api_key),
            seconds=seconds,
            most_attempts=most_attempts,
        )
        headers = self._options.headers
        self._http = httpx.Client(base_url=address, headers=headers, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._options.address!r})"

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def hold(self, talk: Talk[T]) -> T:
        """Hold a talk, and return what comes of it.

        Parameters
        ----------
        talk : Talk
            As the methods above make them.
        """
        try:
            call = next(talk)
            while True:
                call = talk.send(self._exchange(call))
        except StopIteration as end:
            found: T = end.value
            return found

    def download_bundle(self, model_id: str, path: str | os.PathLike[str]) -> Path:
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
        download = Download(model_id, self.model(model_id).bundle_digest, path)
        attempts = self._attempt(download.call)
        while True:
            try:
                with self._open(download.call, attempts) as response:
                    if download.begins(response):
                        for chunk in response.iter_bytes():
                            download.take(chunk)
                            attempts.begin_anew()
            except httpx.RequestError as error:
                time.sleep(attempts.after_failure(error))
            else:
                return download.finish()

    def job_events(self, job_id: str, *, after: int = 0) -> Iterator[JobEvent]:
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
                with self._open(reader.call, attempts) as response:
                    check(response)
                    for line in response.iter_lines():
                        event = reader.take(line)
                        if event is not None:
                            attempts.begin_anew()
                            yield event
                if not reader.has_ended:
                    reader.end(self.job(job_id))
            except httpx.RequestError as error:
                time.sleep(attempts.after_failure(error))
            else:
                return

    def wait_for_job(self, job_id: str) -> Job:
        """Return a job once it has ended, well or not."""
        for _ in self.job_events(job_id):
            pass
        return self.job(job_id)

    def _attempt(self, call: Call) -> Attempts:
        return Attempts(call, self._options.most_attempts, self._options.address)

    def _build(self, call: Call, attempts: Attempts) -> httpx.Request:
        return call.build(self._http, attempts.key, self._options.seconds)

    def _exchange(self, call: Call) -> httpx.Response:
        attempts = self._attempt(call)
        while True:
            wait: float | None
            try:
                response = self._http.send(self._build(call, attempts))
            except httpx.RequestError as error:
                wait = attempts.after_failure(error)
            else:
                wait = attempts.after_response(response)
                if wait is None:
                    return response
            time.sleep(wait)

    @contextlib.contextmanager
    def _open(self, call: Call, attempts: Attempts) -> Iterator[httpx.Response]:
        while True:
            response = self._http.send(self._build(call, attempts), stream=True)
            with contextlib.closing(response):
                wait = attempts.after_response(response)
                if wait is None:
                    if not response.is_success:
                        response.read()
                    yield response
                    return
            time.sleep(wait)
