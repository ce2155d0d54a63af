"""A home folder with models that say what they are told to, and answerers on it."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from tests.steady import PROMOTING, SOUND, steady_graph, steady_manifest

from bellwether.adapters import BundleFolder, SqlRegistry, open_predict_ports
from bellwether.answering import ChildAnswerer, ChildOptions
from bellwether.bars import COLUMNS, Bars, SessionCalendar, noise_world
from bellwether.clock import FixedClock
from bellwether.registry import Bundle, MarketKey, ModelRecord, make_bundle
from bellwether.service import Prediction, PredictOptions, PredictPorts, Question, Rung

Found = TypeVar("Found")
# Where nothing is to go wrong, a machine that others use as well must not make it so.
CALM = ChildOptions(
    budget_seconds=20.0, hang_seconds=30.0, load_seconds=30.0, memory_bytes=400 << 20
)
# Short enough for tests of what goes wrong to be quick.
HASTY = replace(
    CALM,
    budget_seconds=1.5,
    hang_seconds=2.0,
    load_seconds=2.0,
    beat_seconds=0.5,
    backoff_seconds=0.05,
    steady_seconds=0.5,
    quarantine_seconds=600.0,
)


def model_bundle(model_id: str, universe: str, probability_up: float) -> Bundle:
    """Return the bundle of a model that says what it is told to."""
    manifest = steady_manifest(model_id, universe=universe, symbols=(universe,))
    return make_bundle(manifest, steady_graph({**SOUND, "probability_up": (probability_up,)}))


@dataclass(kw_only=True)
class Home:
    """A home folder, a market, and answerers that are closed in the end."""

    folder: Path
    bars: Bars
    now: np.datetime64
    calendar: SessionCalendar
    answerers: list[ChildAnswerer] = field(default_factory=list)

    @property
    def ports(self) -> PredictPorts:
        """What the front has."""
        ports = open_predict_ports(home=str(self.folder))
        return replace(ports, clock=FixedClock(self.now))

    def promote(self, model_id: str, universe: str = "WORLD", probability_up: float = 0.55) -> None:
        """Write, register and promote a model."""
        self.register(model_id, universe, probability_up)
        registry = SqlRegistry(self.folder / "registry.sqlite", FixedClock(self.now))
        registry.promote(model_id, PROMOTING, reason="it passed")
        registry.close()

    def register(
        self, model_id: str, universe: str = "WORLD", probability_up: float = 0.55
    ) -> None:
        """Write and register a candidate."""
        bundle = model_bundle(model_id, universe, probability_up)
        BundleFolder(self.folder / "bundles").put(bundle)
        record = ModelRecord(
            model_id=model_id,
            market=MarketKey(universe=universe, interval="1d", horizon_bars=1),
            symbols=(universe,),
            bundle_digest=bundle.digest,
            pipeline_digest="p",
            snapshot_digest="s",
            bellwether_version="0",
            trained_at=self.now - np.timedelta64(10, "D"),
            registered_at=self.now,
            changed_at=self.now,
            verdict=PROMOTING.to_json(),
            metrics={},
        )
        registry = SqlRegistry(self.folder / "registry.sqlite", FixedClock(self.now))
        registry.register(record)
        registry.close()

    def harm(self, *faults: str) -> None:
        """Have these go wrong from now on, each "model_id place kind"; see `saboteurs`."""
        path = self.folder / "faults"
        path.with_suffix(".new").write_text("\n".join(faults), encoding="utf-8")
        path.with_suffix(".new").rename(path)

    @property
    def n_starts(self) -> int:
        """How many processes began."""
        path = self.folder / "starts"
        return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0

    def question(self, symbol: str = "WORLD", **changes: object) -> Question:
        """Return a question about a symbol."""
        names = ("closed_at", *COLUMNS)
        asked = Question(
            symbol=symbol,
            interval="1d",
            horizon_bars=1,
            columns={name: getattr(self.bars, name) for name in names},
            calendar=self.calendar,
        )
        return replace(asked, **changes)  # type: ignore[arg-type]

    def hasty_answerer(
        self,
        maker: str = "open_ports",
        arguments: Mapping[str, object] = {},
        ports: PredictPorts | None = None,
        **limits: float,
    ) -> ChildAnswerer:
        """Return an answerer that soon loses its patience."""
        hasty = replace(HASTY, **limits)  # type: ignore[arg-type]
        return self.answerer(maker, arguments, hasty, ports)

    def answerer(
        self,
        maker: str = "open_ports",
        arguments: Mapping[str, object] = {},
        limits: ChildOptions = CALM,
        ports: PredictPorts | None = None,
    ) -> ChildAnswerer:
        """Return an answerer whose process opens this home by one of the saboteurs."""
        given: dict[str, object] = {"home": str(self.folder), "now": str(self.now), **arguments}
        if maker == "open_never":
            del given["now"]
        answerer = ChildAnswerer(
            ports or self.ports,
            PredictOptions(),
            given,
            limits,
            maker=f"saboteurs:{maker}",
        )
        self.answerers.append(answerer)
        return answerer

    def run(self, scenario: Callable[[], Awaitable[Found]]) -> Found:
        """Run a scenario, and give it up where it hangs."""

        async def guarded() -> Found:
            async with asyncio.timeout(60):
                return await scenario()

        return asyncio.run(guarded())


async def ask_until(
    answerer: ChildAnswerer, question: Question, rung: Rung = Rung.CHAMPION
) -> list[Prediction]:
    """Ask again and again until a rung answers; return every answer."""
    found = [await answerer.answer(question)]
    while found[-1].rung is not rung:
        await asyncio.sleep(0.01)
        found.append(await answerer.answer(question))
    return found


@pytest.fixture
def ask() -> Callable[..., Awaitable[list[Prediction]]]:
    """Return what asks again and again until a rung answers."""
    return ask_until


@pytest.fixture(scope="session")
def market() -> Bars:
    """Return a year of bars and more."""
    bars = noise_world(7, 300).bars
    columns = {name: getattr(bars, name) for name in COLUMNS}
    return Bars(symbol="WORLD", closed_at=bars.closed_at, **columns)


@pytest.fixture
def home(tmp_path: Path, market: Bars, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """Return a home in which nobody was promoted yet."""
    here = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([here, os.environ.get("PYTHONPATH", "")]))
    now = market.closed_at[-1] + np.timedelta64(1, "h")
    later = market.closed_at[-1] + np.timedelta64(1, "D") * np.arange(1, 30)
    calendar = SessionCalendar(name="world", closes_at=np.concatenate([market.closed_at, later]))
    made = Home(folder=tmp_path, bars=market, now=now, calendar=calendar)
    yield made
    for answerer in made.answerers:
        answerer.close()
