"""A market whose challengers are trained by hand, and a clock that is moved by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pytest
from tests.steady import PROMOTING

from bellwether.adapters import MemoryCheckpoints, MemoryJournal, MemoryRegistry
from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.monitor import Standing
from bellwether.registry import MarketKey, ModelRecord, Stage
from bellwether.retraining import (
    RetrainingOptions,
    RetrainingOutcome,
    RetrainingPorts,
    Run,
    StillHeld,
    TrainingOrder,
    advance,
    find_runs,
)
from bellwether.service import BarStore, MemoryEvidence, UnknownSnapshot, UnknownSymbol
from bellwether.trials import TrialCount
from bellwether.validation import Decision, Evidence, SkillReport, SkillStatistic, Verdict
from bellwether.watch import Checkpoint, PaperForecast, PaperOutcome, Voice, paper_key

MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)
SYMBOLS = ("A", "B")
START = np.datetime64("2020-01-01T21:00", "us")
DAY = np.timedelta64(1, "D")
HOUR = np.timedelta64(1, "h")


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: np.datetime64) -> None:
        self.time = now

    def now(self) -> np.datetime64:
        """Return the time it was moved to."""
        return self.time


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored snapshot of which only the digest matters."""

    digest: str


@dataclass(frozen=True, slots=True)
class Imported:
    """Stored bars of which only the bars matter."""

    bars: Bars


@dataclass
class Shelf:
    """Stored bars of some symbols, by a digest that changes when it is told to."""

    edition: int = 1
    symbols: tuple[str, ...] = SYMBOLS
    bars: dict[str, Bars] = field(default_factory=dict)

    def latest(self, symbol: str, interval: str) -> Kept:
        """Return the latest snapshot."""
        if symbol not in self.symbols:
            raise UnknownSymbol(symbol, interval, ())
        return Kept(f"{symbol}-{self.edition}")

    def load(self, digest: str) -> Imported:
        """Return the bars of a symbol, where a test has put some there."""
        symbol = digest.partition("-")[0]
        if symbol not in self.bars:
            raise UnknownSnapshot(digest)
        return Imported(self.bars[symbol])


def make_skill(t: float) -> SkillReport:
    """Return a report of a skill leg whose four statistics are all the same."""
    statistic = SkillStatistic(**dict.fromkeys(SkillStatistic.__slots__, t))
    return SkillReport(
        statistic=statistic, needed=3.0, p=0.1, alpha=0.001, information_coefficient=None
    )


def make_verdict(
    evidence: str, decision: Decision = Decision.PROMOTE, skill: float | None = None
) -> Verdict:
    """Return a verdict on a pipeline of the world, with so much skill if that was measured."""
    found = decision is Decision.PROMOTE
    return replace(
        PROMOTING,
        evidence_digest=evidence,
        decision=decision,
        reason=PROMOTING.reason if found else "no skill was found",
        skill=None if skill is None else make_skill(skill),
    )


def make_evidence(accuracy: float, seed: int = 0, n_bars: int = 1500) -> Evidence:
    """Return evidence of a model that is right so often on the same market as any other."""
    returns = np.random.default_rng(1).standard_t(5, (n_bars, 2)) * 0.01
    right = np.random.default_rng([2, seed]).random((n_bars, 2)) < accuracy
    direction = np.where(right, 1.0, -1.0) * np.sign(returns)
    growth: FloatArray = np.asarray(np.cumprod(1.0 + np.clip(returns, -0.2, 0.2), axis=0))
    return Evidence(
        name="world",
        pipeline="p",
        snapshot="s",
        closed_at=START - DAY * np.arange(n_bars, 0, -1),
        close=100.0 * growth,
        returns=returns,
        forecast=direction,
        direction=direction,
        rule_direction=np.ones_like(returns),
        target=returns,
        out_of_sample_from=100,
        warm_from=80,
        trials=TrialCount(n_pipelines=1, n_looks=1),
        probability_up=0.5 + 0.05 * direction,
        expected_return=0.001 * direction,
    )


@dataclass
class HandTrainer:
    """Trains whatever it is told to, in the order told; treaty as `Trainer`.

    `accuracies` are those of the next challengers; None is one that the gate refuses. Where there
    is a `skill` the gate lets none pass, and they have so much of it on the newest evidence.
    """

    world: "World"
    accuracies: list[float | None] = field(default_factory=list)
    orders: list[TrainingOrder] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    pipeline: str = "another"
    skill: float | None = None

    def train(self, order: TrainingOrder, still_held: StillHeld) -> Sequence[str]:
        """Register the model that stands next."""
        self.orders.append(order)
        if self.fails:
            raise self.fails.pop(0)
        known = [one for one in self.world.registry.records() if one.model_id == _name(order)]
        if not known:
            accuracy = self.accuracies.pop(0) if self.accuracies else 0.64
            self.world.register(_name(order), accuracy, self.pipeline, self.skill)
        assert still_held()
        return (_name(order),)


def _name(order: TrainingOrder) -> str:
    return f"{order.run_id}-{order.snapshots[0].lower()}"


@dataclass
class World:
    """A market, who serves there, and what is known of them."""

    clock: HandClock
    registry: MemoryRegistry
    journal: MemoryJournal
    checkpoints: MemoryCheckpoints
    evidence: MemoryEvidence
    shelf: Shelf
    options: RetrainingOptions = field(default_factory=RetrainingOptions)
    trainer: HandTrainer = field(init=False)

    def __post_init__(self) -> None:
        self.trainer = HandTrainer(self)

    @property
    def ports(self) -> RetrainingPorts:
        """What retraining uses."""
        return RetrainingPorts(
            journal=self.journal,
            bars=cast("BarStore", self.shelf),
            registry=self.registry,
            evidence=self.evidence,
            checkpoints=self.checkpoints,
            trainer=self.trainer,
            clock=self.clock,
        )

    def register(
        self,
        model_id: str,
        accuracy: float | None,
        pipeline: str = "p",
        skill: float | None = None,
        evidence: Evidence | None = None,
    ) -> ModelRecord:
        """Register a model as training does; an accuracy of None is refused by the gate.

        With a skill it is not let pass either, and is a candidate: it may renew the champion.
        """
        passes = accuracy is not None and skill is None
        decision = Decision.PROMOTE if passes else Decision.REFUSE
        own = make_evidence(accuracy or 0.5, seed=len(model_id)) if evidence is None else evidence
        digest = self.evidence.put(own)
        verdict = replace(
            make_verdict(digest, decision, skill), pipeline=pipeline, snapshot=model_id
        )
        record = ModelRecord(
            model_id=model_id,
            market=MARKET,
            symbols=SYMBOLS,
            bundle_digest=f"bundle of {model_id}",
            pipeline_digest=pipeline,
            snapshot_digest=model_id,
            bellwether_version="0",
            trained_at=self.clock.now() - HOUR,
            registered_at=self.clock.now(),
            changed_at=self.clock.now(),
            stage=Stage.CANDIDATE if accuracy is not None else Stage.REFUSED,
            verdict=cast("Mapping[str, Any]", verdict.to_json()),
            metrics={},
        )
        return self.registry.register(record)

    def crown(
        self,
        model_id: str,
        accuracy: float = 0.56,
        pipeline: str = "p",
        evidence: Evidence | None = None,
    ) -> ModelRecord:
        """Register a model and promote it by hand."""
        record = self.register(model_id, accuracy, pipeline, evidence=evidence)
        assert record.verdict is not None
        verdict = Verdict.from_json(record.verdict)
        return self.registry.promote(model_id, verdict, reason="by hand")

    def pass_days(self, n_days: float) -> None:
        """Move the clock; newer bars are there afterwards."""
        self.clock.time = self.clock.time + np.timedelta64(round(n_days * 86_400), "s")
        self.shelf.edition += 1

    def stand(self, model_id: str, condition: str) -> None:
        """Say what is thought of a model."""
        standing = Standing(
            model_id=model_id,
            condition=condition,  # type: ignore[arg-type]
            accuracy=0.5,
            fallback_accuracy=0.51,
            words=f"it is {condition}",
        )
        content = standing.to_json()
        self.checkpoints.save([Checkpoint(name=f"standing/{model_id}", number=1, content=content)])

    def trade(self, accuracies: Mapping[str, float], n_bars: int, *, seed: int = 0) -> None:
        """Let bars pass of which models are right so often, day by day, and settle them."""
        rng = np.random.default_rng([3, seed, len(self.journal.notes().notes)])
        for _ in range(n_bars):
            as_of = self.clock.now()
            self.pass_days(1)
            for symbol in SYMBOLS:
                move = float(rng.standard_t(5)) * 0.01
                said = {
                    who: int(np.sign(move)) if rng.random() < right else -int(np.sign(move))
                    for who, right in accuracies.items()
                }
                self.tell(symbol, as_of, move, said)

    def tell(self, symbol: str, as_of: np.datetime64, move: float, said: Mapping[str, int]) -> None:
        """Note what some models said about a bar, and what came of it."""
        voices = tuple(
            Voice(
                who=who,
                bundle_digest="b",
                direction=direction,
                probability_up=0.5 + 0.05 * direction,
                expected_return=0.001 * direction,
                confidence=60.0,
                members={},
            )
            for who, direction in said.items()
        )
        forecast = PaperForecast(
            symbol=symbol,
            interval="1d",
            horizon_bars=1,
            as_of=as_of,
            closes_at=as_of + DAY,
            price=100.0,
            volatility=0.01,
            bars_digest="d",
            voices=voices,
        )
        outcome = PaperOutcome(
            key=paper_key(symbol, "1d", 1, as_of),
            symbol=symbol,
            as_of=as_of,
            closes_at=as_of + DAY,
            realized_return=move,
        )
        self.journal.note([forecast.to_note(as_of), outcome.to_note(as_of + DAY)])

    def advance(self, **asked: Any) -> RetrainingOutcome:
        """Take every step that can be taken now."""
        return advance(self.ports, self.clock.now(), options=self.options, **asked)

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every retraining, by the journal."""
        return find_runs(self.journal)

    @property
    def champion(self) -> str | None:
        """Who serves."""
        serving = self.registry.serving(MARKET).champion
        return None if serving is None else serving.model_id

    def chain(self) -> list[str]:
        """Return the steps of the latest retraining."""
        return [step.step.value for step in self.runs[-1].steps]


def make_world() -> World:
    """Return a market where nobody serves yet."""
    clock = HandClock(START)
    return World(
        clock=clock,
        registry=MemoryRegistry(clock),
        journal=MemoryJournal(),
        checkpoints=MemoryCheckpoints(),
        evidence=MemoryEvidence(),
        shelf=Shelf(),
    )


@pytest.fixture
def world() -> World:
    """Return a market where nobody serves yet."""
    return make_world()


@pytest.fixture
def new_world() -> Callable[[], World]:
    """Return a maker of markets where nobody serves yet."""
    return make_world
