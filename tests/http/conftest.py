"""A small market, models that say what they are told to, and a client at the app's own door."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette
from tests.steady import PROMOTING, SOUND, SteadyRules, steady_graph, steady_manifest

from bellwether.adapters import (
    BundleFolder,
    CheckpointStandings,
    MemoryBarStore,
    MemoryCheckpoints,
    MemoryJournal,
    MemoryRegistry,
)
from bellwether.bars import COLUMNS, Bars, BarsImport, SessionCalendar, assess, noise_world
from bellwether.bootstrap import HomeEvidence, describe_settings, open_workspace
from bellwether.clock import FixedClock
from bellwether.http import FixedCalendars, HttpOptions, HttpPorts, make_app
from bellwether.registry import (
    Bundle,
    MarketKey,
    ModelRecord,
    make_bundle,
)
from bellwether.service import (
    Job,
    JobEvent,
    JobPage,
    JobProgress,
    JobState,
    PredictPorts,
    UnknownJob,
    import_bars,
)
from bellwether.settings import load_settings
from bellwether.validation import Verdict
from bellwether.watch import AlertPorts, Checkpoint

Found = TypeVar("Found")
MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)


def model_bundle(model_id: str = "champion", **says: tuple[float, ...]) -> Bundle:
    """Return the bundle of a model that says what it is told to."""
    return make_bundle(steady_manifest(model_id), steady_graph({**SOUND, **says}))


class FakeJobs:
    """Jobs that nobody does: a test says how they go. Treaty as `Jobs`, in one process."""

    def __init__(self, now: np.datetime64) -> None:
        self._now = now
        self._jobs: dict[str, Job] = {}
        self._events: dict[str, list[JobEvent]] = {}
        self.is_open: bool | None = None

    def start(self) -> None:
        """Open."""
        self.is_open = True

    def close(self) -> None:
        """Close."""
        self.is_open = False

    def submit(self, kind: str, asked: Mapping[str, Any]) -> Job:
        """Queue a job."""
        job_id = f"job-{len(self._jobs) + 1:08d}"
        state = JobState.QUEUED
        job = Job(job_id=job_id, kind=kind, asked=asked, state=state, asked_at=self._now)
        self._jobs[job_id], self._events[job_id] = job, []
        return job

    def tell(self, job_id: str, share: float) -> None:
        """Let a job be so far."""
        words = f"{share:.0%} done"
        progress = JobProgress(share=share, words=words)
        self._jobs[job_id] = replace(self.get(job_id), progress=progress)
        self._say(job_id, "progress", {"share": share, "words": words})

    def move(self, job_id: str, state: JobState, **facts: Any) -> Job:
        """Let a job begin or end."""
        at: dict[str, Any] = {"ended_at" if state.ended else "started_at": self._now}
        self._jobs[job_id] = replace(self.get(job_id), state=state, **at, **facts)
        self._say(job_id, "state", {"state": state.value})
        return self._jobs[job_id]

    def _say(self, job_id: str, name: str, data: Mapping[str, Any]) -> None:
        number = len(self._events[job_id]) + 1
        self._events[job_id].append(JobEvent(number=number, name=name, data=data))

    def get(self, job_id: str) -> Job:
        """Return a job."""
        if job_id not in self._jobs:
            raise UnknownJob(job_id)
        return self._jobs[job_id]

    def page(self, cursor: str | None = None, limit: int = 100) -> JobPage:
        """Return a page of jobs."""
        found = [job for key, job in sorted(self._jobs.items(), reverse=True)]
        found = [job for job in found if cursor is None or job.job_id < cursor]
        last = found[limit - 1].job_id if len(found) > limit else None
        return JobPage(jobs=tuple(found[:limit]), cursor=last)

    def cancel(self, job_id: str) -> Job:
        """Cancel a job at once."""
        job = self.get(job_id)
        return job if job.state.ended else self.move(job_id, JobState.CANCELLED)

    def events(self, job_id: str, after: int = 0) -> tuple[JobEvent, ...]:
        """Return the events behind one."""
        self.get(job_id)
        return tuple(event for event in self._events[job_id] if event.number > after)

    def log(self, job_id: str, n_lines: int = 50) -> tuple[str, ...]:
        """Return what it said: nothing much."""
        return (f"this is {self.get(job_id).job_id}",)[:n_lines]


@dataclass(kw_only=True)
class World:
    """A market, its models, and the app that answers about it."""

    folder: Path
    bars: Bars
    calendar: SessionCalendar
    now: np.datetime64
    ports: HttpPorts
    options: HttpOptions = field(default_factory=lambda: HttpOptions(time_budget_seconds=20.0))
    verdict: Verdict = PROMOTING

    def register(self, *bundles: Bundle, judged: bool = True) -> None:
        """Write and register candidates, with the verdict that would promote them."""
        for bundle in bundles:
            self.ports.predict.bundles.put(bundle)
            record = ModelRecord(
                model_id=bundle.manifest.model_id,
                market=MARKET,
                symbols=("WORLD",),
                bundle_digest=bundle.digest,
                pipeline_digest="p",
                snapshot_digest="s",
                bellwether_version="0",
                trained_at=self.now - np.timedelta64(10, "D"),
                registered_at=self.now,
                changed_at=self.now,
                verdict=self.verdict.to_json() if judged else None,
                metrics={"n": 1.5},
            )
            self.ports.predict.registry.register(record)

    def promote(self, *bundles: Bundle) -> None:
        """Register and promote models, the champion last."""
        for bundle in bundles:
            self.register(bundle)
            self.ports.predict.registry.promote(
                bundle.manifest.model_id, self.verdict, reason="it passed"
            )

    def think(self, name: str, content: Mapping[str, Any]) -> None:
        """Leave what watching has come to, by the name of its checkpoint."""
        kept = [Checkpoint(name=name, number=1, content=content)]
        self.ports.checkpoints.save(kept)  # type: ignore[union-attr]

    def path(self, model_id: str = "champion") -> Path:
        """Return where a model's bundle is."""
        return self.ports.files.path(model_id)

    def body(self, **changes: object) -> dict[str, Any]:
        """Return the body of a question, with changes."""
        columns = {name: getattr(self.bars, name).tolist() for name in COLUMNS}
        times = [f"{instant}Z" for instant in self.bars.closed_at]
        return {"symbol": "WORLD", "interval": "1d", "closed_at": times, **columns, **changes}

    def with_predict(self, **ports: object) -> "World":
        """Return the world with other ports of the ladder."""
        predict = replace(self.ports.predict, **ports)  # type: ignore[arg-type]
        return replace(self, ports=replace(self.ports, predict=predict))

    def with_options(self, **options: object) -> "World":
        """Return the world with other options."""
        return replace(self, options=replace(self.options, **options))  # type: ignore[arg-type]

    @property
    def app(self) -> Starlette:
        """A new app on this world."""
        return make_app(self.ports, self.options)

    def visit(
        self,
        scenario: Callable[[httpx.AsyncClient], Awaitable[Found]],
        app: Starlette | None = None,
    ) -> Found:
        """Run a scenario with a client of a new app."""

        async def run() -> Found:
            async with client_of(self.app if app is None else app) as client:
                return await scenario(client)

        return asyncio.run(run())

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Return the response of a new app to one request."""

        async def scenario(client: httpx.AsyncClient) -> httpx.Response:
            return await client.request(method, path, **request)

        return self.visit(scenario)

    def predict(self, **changes: object) -> dict[str, Any]:
        """Return the answer to a question, which must be one."""
        found = self.ask("POST", "/v1/predict", json=self.body(**changes))
        assert found.status_code == 200, found.text
        answer: dict[str, Any] = found.json()
        return answer


def client_of(app: Starlette) -> httpx.AsyncClient:
    """Return a client at the app's own door; no network is between them."""
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


@pytest.fixture(scope="session")
def steady_rules() -> SteadyRules:
    """Return the real rules, loaded once."""
    return SteadyRules()


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Bundle]:
    """Return a maker of models: (model_id, **what it says)."""
    return model_bundle


@pytest.fixture(scope="session")
def market() -> Bars:
    """Return a year of bars and more."""
    bars = noise_world(7, 300).bars
    columns = {name: getattr(bars, name) for name in COLUMNS}
    return Bars(symbol="WORLD", closed_at=bars.closed_at, **columns)


def stored_bars(market: Bars, calendar: SessionCalendar, clock: FixedClock) -> MemoryBarStore:
    """Return a store with the world's bars, once under its name and once under the examples'."""
    store = MemoryBarStore()
    for symbol in ("WORLD", "SP500"):
        bars = replace(market, symbol=symbol)
        imported = BarsImport(
            bars=bars, quality=assess(bars, calendar), calendar=calendar, source_digest="f" * 64
        )
        import_bars(imported, store=store, clock=clock, source="world.csv")
    return store


@pytest.fixture
def world(tmp_path: Path, market: Bars, steady_rules: SteadyRules) -> World:
    """Return a world where nobody was promoted yet."""
    now = market.closed_at[-1] + np.timedelta64(1, "h")
    clock = FixedClock(now)
    later = market.closed_at[-1] + np.timedelta64(1, "D") * np.arange(1, 30)
    calendar = SessionCalendar(name="world", closes_at=np.concatenate([market.closed_at, later]))
    bundles = BundleFolder(tmp_path / "bundles")
    checkpoints, journal = MemoryCheckpoints(), MemoryJournal()
    predict = PredictPorts(
        registry=MemoryRegistry(clock),
        bundles=bundles,
        rules=steady_rules,
        clock=clock,
        standings=CheckpointStandings(checkpoints),
    )
    calendars = FixedCalendars({"world": calendar})
    return World(
        folder=tmp_path,
        bars=market,
        calendar=calendar,
        now=now,
        ports=HttpPorts(
            predict=predict,
            files=bundles,
            calendars=calendars,
            journal=journal,
            bars=stored_bars(market, calendar, clock),
            checkpoints=checkpoints,
            alerts=AlertPorts(journal=journal, checkpoints=checkpoints),
            jobs=FakeJobs(now),
            evidence=HomeEvidence(open_workspace({"home": tmp_path / "home"}, clock=clock)),
            settings=tuple(describe_settings(load_settings(environment={}))),
        ),
    )
