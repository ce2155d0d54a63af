"""The real service on a home with models, and both clients at its door."""

import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import anyio.from_thread
import httpx
import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette

from bellwether.adapters import (
    BundleFolder,
    JobKind,
    JobProcesses,
    MemoryBarStore,
    MemoryCheckpoints,
    MemoryJournal,
    MemoryRegistry,
    ProcessBarsReader,
)
from bellwether.bars import COLUMNS, Bars, BarsImport, SessionCalendar, assess, noise_world
from bellwether.bootstrap import HomeEvidence, describe_settings, open_workspace
from bellwether.client import AsyncClient, Client
from bellwether.clock import FixedClock
from bellwether.http import FixedCalendars, HttpOptions, HttpPorts, make_app
from bellwether.registry import (
    LoadedBundle,
    MarketKey,
    ModelRecord,
    make_rules_bundle,
    open_bundle,
    pack_bundle,
)
from bellwether.service import PredictPorts, import_bars
from bellwether.settings import load_settings
from bellwether.watch import AlertPorts

MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)
TRAINING = """
import json
for share in (0.5, 1.0):
    print(json.dumps({"progress": {"share": share, "words": f"{share:.0%} done"}}), flush=True)
print(json.dumps({"verdict": "NO_SKILL"}))
"""


class SteadyRules:
    """Rules that need no disk at all."""

    def __init__(self) -> None:
        self._loaded = open_bundle(pack_bundle(make_rules_bundle()), "rules")

    def load(self) -> LoadedBundle:
        """Return the rules' bundle."""
        return self._loaded


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service, and what it knows."""

    app: Starlette
    bars: Bars
    ports: HttpPorts
    folder: Path

    @property
    def columns(self) -> dict[str, Any]:
        """The market as plain columns, as somebody without any library has it."""
        times = [f"{instant}Z" for instant in self.bars.closed_at]
        return {"closed_at": times, **{name: getattr(self.bars, name).tolist() for name in COLUMNS}}

    def register(self, model_id: str) -> str:
        """Register a bundle under a name, and return its digest."""
        bundle = make_rules_bundle()
        bundles = self.ports.predict.bundles
        bundles.path(model_id).parent.mkdir(parents=True, exist_ok=True)  # type: ignore[attr-defined]
        bundles.path(model_id).write_bytes(pack_bundle(bundle))  # type: ignore[attr-defined]
        now = self.ports.predict.clock.now()
        record = ModelRecord(
            model_id=model_id,
            market=MARKET,
            symbols=("WORLD",),
            bundle_digest=bundle.digest,
            pipeline_digest="p",
            snapshot_digest="s",
            bellwether_version="0",
            trained_at=now - np.timedelta64(10, "D"),
            registered_at=now,
            changed_at=now,
            verdict={"name": model_id, "decision": "NO_SKILL"},
            metrics={"n": 1.5},
        )
        self.ports.predict.registry.register(record)
        return bundle.digest


def make_service(folder: Path) -> Service:
    world = noise_world(7, 300).bars
    columns = {name: getattr(world, name) for name in COLUMNS}
    bars = Bars(symbol="WORLD", closed_at=world.closed_at, **columns)
    clock = FixedClock(bars.closed_at[-1] + np.timedelta64(1, "h"))
    later = bars.closed_at[-1] + np.timedelta64(1, "D") * np.arange(1, 30)
    closes = np.concatenate([bars.closed_at, later])
    calendar = SessionCalendar(name="world", closes_at=closes)
    store, bundles, rules = MemoryBarStore(), BundleFolder(folder / "bundles"), SteadyRules()
    imported = BarsImport(
        bars=bars, quality=assess(bars, calendar), calendar=calendar, source_digest="f" * 64
    )
    import_bars(imported, store=store, clock=clock, source="world.csv")
    registry, journal = MemoryRegistry(clock), MemoryJournal()
    training = JobKind(command=lambda _: [sys.executable, "-c", TRAINING], summarize=dict)
    ports = HttpPorts(
        predict=PredictPorts(registry=registry, bundles=bundles, rules=rules, clock=clock),
        files=bundles,
        calendars=FixedCalendars({"world": calendar}),
        journal=journal,
        alerts=AlertPorts(journal=journal),
        bars=store,
        checkpoints=MemoryCheckpoints(),
        reader=ProcessBarsReader(),
        jobs=JobProcesses(folder / "jobs", {"train": training}, clock),
        evidence=HomeEvidence(open_workspace({"home": folder / "home"}, clock=clock)),
        settings=tuple(describe_settings(load_settings(environment={}))),
    )
    options = HttpOptions(time_budget_seconds=20.0, default_calendar="world")
    return Service(app=make_app(ports, options), bars=bars, ports=ports, folder=folder)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """Return a service that runs nowhere yet."""
    return make_service(tmp_path)


class Ask(Protocol):
    """Asks with either client: the name of a method and what it takes."""

    def __call__(self, name: str, *given: Any, **named: Any) -> Any: ...


def ask_waiting(client: Client) -> Ask:
    def ask(name: str, *given: Any, **named: Any) -> Any:
        found = getattr(client, name)(*given, **named)
        return list(found) if isinstance(found, Iterator) else found

    return ask


def ask_awaiting(client: AsyncClient, portal: anyio.from_thread.BlockingPortal) -> Ask:
    async def gather(name: str, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        found = getattr(client, name)(*given, **named)
        return [one async for one in found] if isinstance(found, AsyncIterator) else await found

    return lambda name, *given, **named: portal.call(gather, name, given, named)


@pytest.fixture
def address(service: Service) -> Iterator[str]:
    """Return where the service listens, on loopback."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(service.app, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]})
        thread.start()
        address = f"http://127.0.0.1:{place.getsockname()[1]}"
        wait = threading.Event()
        while not server.started:
            assert thread.is_alive()
            wait.wait(0.01)
        yield address
        server.should_exit = True
        thread.join()


@pytest.fixture(params=["waiting", "awaiting"])
def ask(request: pytest.FixtureRequest, service: Service) -> Iterator[Ask]:
    """Return both clients, one after the other: over a socket, and within the process."""
    if request.param == "waiting":
        with Client(request.getfixturevalue("address"), api_key="", most_attempts=2) as client:
            yield ask_waiting(client)
        return
    transport = httpx.ASGITransport(app=service.app)
    with anyio.from_thread.start_blocking_portal() as portal:
        lifespan = service.app.router.lifespan_context(service.app)
        with portal.wrap_async_context_manager(lifespan):
            other = portal.call(make_client, transport)
            yield ask_awaiting(other, portal)
            portal.call(other.close)


async def make_client(transport: httpx.AsyncBaseTransport) -> AsyncClient:
    return AsyncClient("http://localhost", transport=transport, most_attempts=2)


Script = Callable[[httpx.Request], httpx.Response]
AskScript = Callable[[Script], Ask]


@pytest.fixture(params=["waiting", "awaiting"])
def ask_script(request: pytest.FixtureRequest) -> Iterator[Callable[..., Ask]]:
    """Return a maker of clients at the door of a service that does as a script says."""
    with anyio.from_thread.start_blocking_portal() as portal:

        def make(script: Script, **options: Any) -> Ask:
            transport = httpx.MockTransport(script)
            options = {"most_attempts": 3, "transport": transport, **options}
            if request.param == "waiting":
                return ask_waiting(Client("http://service", **options))
            return ask_awaiting(portal.call(lambda: make_scripted(options)), portal)

        yield make


async def make_scripted(options: dict[str, Any]) -> AsyncClient:
    return AsyncClient("http://service", **options)
