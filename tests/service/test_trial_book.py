"""What training writes into the trial log, and that it is there before what it tells of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bellwether.bars import Bars, Panel, noise_world
from bellwether.hashing import digest_bytes
from bellwether.samples import Samples, build_samples
from bellwether.service import (
    LedgerPorts,
    TrainingPorts,
    TrainingRequest,
    TrialBook,
    train,
    verify_ledger,
)
from bellwether.trials import MemoryTrialLog, Trial, TrialCount, TrialKind
from bellwether.validation import (
    Arrays,
    Evidence,
    FitProgress,
    FitTask,
    InlineFitRunner,
    Outcomes,
    TrainingPlan,
    plan_fits,
)

Desk = Any  # the class lives in conftest, which is no module
MakePlan = Callable[..., TrainingPlan]


@pytest.fixture(scope="module")
def bars() -> Bars:
    return noise_world(1, 700).bars


def kinds(desk: Desk, *wanted: TrialKind) -> list[Trial]:
    return [trial for trial in desk.trials.entries() if trial.kind in wanted]


def request_for(bars: Bars, plan: TrainingPlan, **changes: object) -> TrainingRequest:
    return TrainingRequest(panel=Panel(bars=[bars]), universe="world", plan=plan, **changes)  # type: ignore[arg-type]


def test_a_first_run_records_its_features_its_fits_and_its_looks_in_this_order(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    result = desk.train(bars, make_plan("ridge", "gradient_boosting"))
    trials = desk.trials.entries()
    assert [trial.kind for trial in trials] == ["feature_edit"] + ["fit"] * 6 + ["look"] * 3
    assert {trial.features for trial in trials} == {result.request.feature_set.digest}
    assert len({trial.fit for trial in kinds(desk, "fit")}) == 6
    assert "NOISE-1, 700 1d bars to" in trials[0].note
    assert [trial.lineage for trial in trials if trial.lineage] == [bars.lineage, bars.lineage]
    assert [trial.pipeline for trial in kinds(desk, "look")] == [
        result.request.pipeline(members) for members in result.request.line_up.values()
    ]


def test_a_seed_is_recorded_where_nothing_else_is_new(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    plan = make_plan("ridge")
    desk.train(bars, plan)
    assert not kinds(desk, "seed")
    other = desk.train(bars, replace(plan, seed=7))
    [seed] = kinds(desk, "seed")
    assert seed.pipeline == other.request.pipeline(["ridge"])
    assert seed.note == "ridge with seed 7"
    desk.train(bars, replace(plan, seed=7))
    desk.train(bars, make_plan("ridge", n_refits=3, seed=9))
    assert len(kinds(desk, "seed")) == 1
    assert len(kinds(desk, "feature_edit")) == 1


def test_retraining_on_grown_bars_is_no_new_seed_and_no_new_feature_set(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    plan = make_plan("ridge")
    desk.train(bars[:650], replace(plan, seed=1))
    desk.train(bars[:650], replace(plan, seed=2))
    desk.train(bars, replace(plan, seed=2))
    assert [len(kinds(desk, kind)) for kind in ("feature_edit", "seed", "look")] == [1, 1, 3]


def test_another_market_has_feature_sets_and_seeds_of_its_own(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    desk.train(bars, make_plan("ridge"))
    desk.train(noise_world(77, 700).bars, make_plan("ridge", seed=5))
    assert [len(kinds(desk, kind)) for kind in ("feature_edit", "seed")] == [2, 0]


def test_another_feature_set_on_the_same_bars_is_an_edit(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    desk.train(bars, make_plan("ridge"))
    mute = replace(bars, volume=bars.volume * 0.0)
    desk.train(mute, make_plan("ridge"))
    names = [trial.note.partition(",")[0] for trial in kinds(desk, "feature_edit")]
    assert names == ["features core15", "features core14"]


def test_a_tuner_records_each_configuration_once_which_reveals_nothing(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    request = request_for(bars, make_plan("ridge"))
    book = TrialBook(request, desk.trials, desk.clock)
    samples = build_samples(request.panel, request.feature_set, request.label)
    first = plan_fits(samples, request.plan).tasks[0]
    name = "prior_information_coefficient"
    tasks = [first.as_trial(((name, value),)) for value in (0.1, 0.2, 0.05)]
    book.record_trials(tasks)
    book.record_trials(tasks[:2])
    assert [trial.note for trial in kinds(desk, "tuning")] == [
        "ridge fold 0 with its preset",
        f"ridge fold 0 with {name} 0.2",
        f"ridge fold 0 with {name} 0.05",
    ]
    assert [bool(trial.lineage) for trial in kinds(desk, "tuning")] == [True, False, False]
    assert book.count(["p"]) == {"p": TrialCount(n_pipelines=1, n_looks=1)}


def test_a_recipe_is_a_pipeline_without_its_seed(make_plan: MakePlan, bars: Bars) -> None:
    one, other = (request_for(bars, make_plan("ridge", seed=seed)) for seed in (1, 2))
    assert one.pipeline(["ridge"]) != other.pipeline(["ridge"])
    assert one.recipe(["ridge"]) == other.recipe(["ridge"])
    dearer = request_for(bars, make_plan("ridge", seed=1), cost_bps=9.0)
    assert dearer.recipe(["ridge"]) != one.recipe(["ridge"])


class Dead(BaseException):
    """The process was killed."""


@dataclass(eq=False)
class Reaper:
    """Kills before the n-th thing that is kept; every port asks it first."""

    kills_at: int
    n_kept: int = 0

    def ask(self) -> None:
        self.n_kept += 1
        if self.n_kept >= self.kills_at:
            raise Dead


@dataclass(eq=False)
class Mortal:
    """A port whose named methods ask the reaper first."""

    port: Any
    reaper: Reaper
    methods: Sequence[str]

    def __getattr__(self, name: str) -> Any:
        if name in self.methods:
            self.reaper.ask()
        return getattr(self.port, name)


@dataclass(eq=False)
class MortalRunner:
    """Keeps outcomes as a work store does: before anybody is told of them."""

    kept: dict[str, Arrays]
    reaper: Reaper = field(default_factory=lambda: Reaper(10**9))

    def run(self, samples: Samples, tasks: Sequence[FitTask], progress: FitProgress) -> Outcomes:
        for task in tasks:
            if task.key not in self.kept:
                [(_, outcome)] = InlineFitRunner().run(samples, [task], progress)
                self.reaper.ask()
                self.kept[task.key] = outcome
            self.reaper.ask()
            yield task, self.kept[task.key]


@dataclass(eq=False)
class Kept:
    """Everything that trials led to, in memory."""

    desk: Desk
    outcomes: dict[str, Arrays]

    def evidence(self) -> Iterator[tuple[str, Evidence | None]]:
        yield from self.desk.evidence._kept.items()

    def fits(self) -> frozenset[str]:
        return frozenset(digest_bytes(key.encode()) for key in self.outcomes)


def mortal_ports(desk: Desk, outcomes: dict[str, Arrays], reaper: Reaper) -> TrainingPorts:
    return TrainingPorts(
        runner=MortalRunner(outcomes, reaper),
        trials=Mortal(desk.trials, reaper, ["append"]),
        registry=Mortal(desk.registry, reaper, ["register", "promote", "refuse"]),
        bundles=Mortal(desk.bundles, reaper, ["put"]),
        evidence=Mortal(desk.evidence, reaper, ["put"]),
        clock=desk.clock,
    )


def test_a_run_killed_between_any_two_writes_leaves_no_result_without_its_trial(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    whole = desk.train(bars, make_plan("ridge", n_refits=1))
    request, kills_at, survived = whole.request, 0, False
    while not survived:
        kills_at += 1
        again: Desk = type(desk)(
            clock=desk.clock,
            trials=MemoryTrialLog(),
            registry=type(desk.registry)(desk.clock),
            bundles=type(desk.bundles)(),
            evidence=type(desk.evidence)(),
        )
        outcomes: dict[str, Arrays] = {}
        try:
            train(request, mortal_ports(again, outcomes, Reaper(kills_at)))
            survived = True
        except Dead:
            pass
        ports = LedgerPorts(
            trials=again.trials, registry=again.registry, kept=Kept(again, outcomes)
        )
        assert verify_ledger(ports).findings == ()
        train(request, replace(again.ports, runner=MortalRunner(outcomes)))
        assert verify_ledger(ports).findings == ()
        assert again.bundles.kept == desk.bundles.kept
        assert again.trials.entries() == desk.trials.entries()
    assert kills_at > 10
