"""A small world that a ladder can be climbed in: bars, models that misbehave, and a home."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.steady import N_BARS, PROMOTING, SOUND, MemoryBundles, SteadyRules, say, steady_manifest

from bellwether.adapters import BundleFolder, MemoryRegistry, RulesFile
from bellwether.bars import Bars, Panel, SessionCalendar, edge_world, noise_world
from bellwether.clock import FixedClock
from bellwether.features import GraphBuilder
from bellwether.registry import (
    Bundle,
    MarketKey,
    ModelRecord,
    make_bundle,
)
from bellwether.service import (
    MemoryEvidence,
    Prediction,
    PredictOptions,
    PredictPorts,
    TrainingPorts,
    TrainingRequest,
    TrainingResult,
    TrainingWatcher,
    predict,
    train,
)
from bellwether.trials import MemoryTrialLog, Trial
from bellwether.validation import FamilyPlan, InlineFitRunner, TrainingPlan

RAISES_ABOVE = 1e6


def model_graph(says: Mapping[str, tuple[float, ...]], ok: bool) -> bytes:
    """Return a graph that always says the same, and fails on a last close above a million."""
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", N_BARS, 5))
    place = (graph.constant(np.array(one)) for one in (N_BARS - 1, 3))
    last = graph.node("Gather", bars, next(place), axis=1)
    close = graph.node("Gather", last, next(place), axis=1)
    wild = graph.node("Greater", close, graph.constant(np.array(RAISES_ABOVE)))
    nowhere = graph.node(
        "Mul", graph.node("Cast", wild, to=TensorProto.INT64), graph.constant(np.array(99))
    )
    nothing = graph.node("Gather", graph.constant(np.zeros(1)), nowhere, axis=0)
    say(graph, says, nothing)
    same = graph.node("Equal", nothing, nothing)
    graph.output("ok", same if ok else graph.node("Not", same), np.bool_, ("batch",))
    return graph.build()


def model_bundle(
    model_id: str = "champion",
    *,
    ok: bool = True,
    trained_at: np.datetime64 | None = None,
    horizon_bars: int = 1,
    **says: tuple[float, ...],
) -> Bundle:
    """Return the bundle of a model that says what it is told to."""
    metrics = {
        "hits_by_confidence": [
            {"least": 50.0, "most": 70.0, "n_hits": 48, "n_settled": 100},
            {"least": 70.0, "most": 95.1, "n_hits": 57, "n_settled": 100},
        ]
    }
    manifest = steady_manifest(
        model_id, horizon_bars=horizon_bars, trained_at=trained_at, metrics=metrics
    )
    return make_bundle(manifest, model_graph({**SOUND, **says}, ok))


@dataclass(kw_only=True)
class Home:
    """A home folder, a market, and whoever was promoted there."""

    folder: Path
    bars: Bars
    calendar: SessionCalendar
    now: np.datetime64
    ports: PredictPorts
    records: list[ModelRecord] = field(default_factory=list)

    def promote(self, *bundles: Bundle, symbol: str = "WORLD") -> None:
        """Write, register and promote models of one symbol, the champion last."""
        for bundle in bundles:
            manifest = bundle.manifest
            self.ports.bundles.put(bundle)
            record = ModelRecord(
                model_id=manifest.model_id,
                market=MarketKey(
                    universe=symbol.lower(), interval="1d", horizon_bars=manifest.horizon_bars
                ),
                symbols=(symbol,),
                bundle_digest=bundle.digest,
                pipeline_digest="p",
                snapshot_digest="s",
                bellwether_version="0",
                trained_at=self.now if manifest.trained_at is None else manifest.trained_at,
                registered_at=self.now,
                changed_at=self.now,
                metrics={},
            )
            self.ports.registry.register(record)
            self.ports.registry.promote(record.model_id, PROMOTING, reason="it passed")
            self.records.append(record)

    def path(self, model_id: str = "champion") -> Path:
        """Return where a model's bundle is."""
        return self.folder / "bundles" / f"{model_id}.bundle"

    def predict(self, options: PredictOptions | None = None) -> Prediction:
        """Ask about the market."""
        return predict(self.bars, ports=self.ports, calendar=self.calendar, options=options)

    def with_ports(self, **ports: object) -> "Home":
        """Return the home with other ports."""
        return replace(self, ports=replace(self.ports, **ports))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def steady_rules() -> SteadyRules:
    """Return the real rules, loaded once."""
    return SteadyRules()


@pytest.fixture(scope="session")
def market() -> Bars:
    """Return two years of bars and more."""
    bars = noise_world(7, 600).bars
    columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    return Bars(symbol="WORLD", closed_at=bars.closed_at, **columns)


@pytest.fixture
def home(tmp_path: Path, market: Bars, steady_rules: SteadyRules) -> Home:
    """Return a home where nobody was promoted yet."""
    now = market.closed_at[-1] + np.timedelta64(1, "h")
    clock = FixedClock(now)
    later = market.closed_at[-1] + np.timedelta64(1, "D") * np.arange(1, 30)
    return Home(
        folder=tmp_path,
        bars=market,
        calendar=SessionCalendar(name="world", closes_at=np.concatenate([market.closed_at, later])),
        now=now,
        ports=PredictPorts(
            registry=MemoryRegistry(clock),
            bundles=BundleFolder(tmp_path / "bundles"),
            rules=steady_rules,
            clock=clock,
        ),
    )


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Bundle]:
    """Return a maker of models: (model_id, ok=, trained_at=, **what it says)."""
    return model_bundle


@pytest.fixture
def rules_file(home: Home) -> Home:
    """Return the home with its rules in a file."""
    return home.with_ports(rules=RulesFile(home.folder / "rules.bundle"))


@dataclass(kw_only=True)
class Desk:
    """A place to train at, all in memory, where nothing is forgotten between runs."""

    clock: FixedClock
    trials: MemoryTrialLog
    registry: MemoryRegistry
    bundles: MemoryBundles
    evidence: MemoryEvidence

    @property
    def ports(self) -> TrainingPorts:
        """What training uses."""
        return TrainingPorts(
            runner=InlineFitRunner(),
            trials=self.trials,
            registry=self.registry,
            bundles=self.bundles,
            evidence=self.evidence,
            clock=self.clock,
        )

    @property
    def looks(self) -> list[Trial]:
        """Every look on the log."""
        return [trial for trial in self.trials.entries() if trial.kind == "look"]

    def train(
        self,
        bars: Bars | Panel,
        plan: TrainingPlan,
        watcher: TrainingWatcher | None = None,
        **request: object,
    ) -> TrainingResult:
        """Train on bars by a plan."""
        panel = bars if isinstance(bars, Panel) else Panel(bars=[bars])
        asked = TrainingRequest(panel=panel, universe="world", plan=plan, **request)  # type: ignore[arg-type]
        return train(asked, self.ports, watcher)


def make_desk() -> Desk:
    """Return an empty desk."""
    clock = FixedClock(np.datetime64("2030-01-01"))
    return Desk(
        clock=clock,
        trials=MemoryTrialLog(),
        registry=MemoryRegistry(clock),
        bundles=MemoryBundles(),
        evidence=MemoryEvidence(),
    )


def tiny_plan(*families: str, n_refits: int = 2, **changes: object) -> TrainingPlan:
    """Return a plan of a few quick fits."""
    items = tuple(FamilyPlan(family=name, preset="demo", n_refits=n_refits) for name in families)
    return TrainingPlan(name="tiny", families=items, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def open_desk() -> Callable[[], Desk]:
    """Return a maker of empty desks."""
    return make_desk


@pytest.fixture
def desk() -> Desk:
    """Return an empty desk."""
    return make_desk()


@pytest.fixture(scope="session")
def make_plan() -> Callable[..., TrainingPlan]:
    """Return a maker of quick plans: (*families, n_refits=2, **changes)."""
    return tiny_plan


@pytest.fixture(scope="session")
def edge_bars() -> Bars:
    """Return ten years with a planted edge that can be learned."""
    return edge_world(11, 2520, information_coefficient=0.2).bars


@pytest.fixture(scope="session")
def edge_desk(edge_bars: Bars) -> tuple[Desk, TrainingResult]:
    """Return a desk at which the edge was learned once, and the result; to be looked at only."""
    desk = make_desk()
    return desk, desk.train(edge_bars, tiny_plan("ridge", "gradient_boosting"))
