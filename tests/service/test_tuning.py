"""A tuned training run: its ledger, its bundle, its interruption, and what a budget allows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.adapters import MemoryRegistry
from bellwether.bars import Bars, Panel, noise_world
from bellwether.models import find_search_space
from bellwether.samples import Samples
from bellwether.service import (
    PLANS,
    MemoryEvidence,
    Room,
    TrainingRequest,
    UnknownPlan,
    decide_plan,
    estimate_seconds,
    find_plan,
    train,
)
from bellwether.trials import MemoryTrialLog
from bellwether.validation import (
    Arrays,
    FamilyPlan,
    FitProgress,
    FitTask,
    InlineFitRunner,
    Outcomes,
    TrainingPlan,
)

Desk = Any  # the class lives in conftest, which is no module
N_TRIALS = 5


@pytest.fixture(scope="module")
def bars() -> Bars:
    return noise_world(1, 700).bars


@pytest.fixture
def plan(make_plan: Callable[..., TrainingPlan]) -> TrainingPlan:
    plain = make_plan("ridge", "gradient_boosting")
    return replace(
        plain, families=tuple(replace(item, n_trials=N_TRIALS) for item in plain.families)
    )


def test_every_trial_is_in_the_ledger_and_charges_nothing(
    desk: Desk, plan: TrainingPlan, bars: Bars
) -> None:
    result = desk.train(bars, plan)
    entries = desk.trials.entries()
    tuning = [trial for trial in entries if trial.kind == "tuning"]
    assert len({trial.fit for trial in tuning}) == len(tuning) >= 6 * N_TRIALS
    assert max(map(entries.index, tuning)) < min(
        number for number, trial in enumerate(entries) if trial.kind == "fit"
    )
    assert [(c.verdict.n_pipelines, c.verdict.n_looks) for c in result.candidates] == [(3, 1)] * 3


def test_a_tuned_bundle_holds_the_model_of_the_options_that_were_chosen(
    desk: Desk, plan: TrainingPlan, bars: Bars
) -> None:
    result = desk.train(bars, plan)
    for candidate in result.candidates:
        bundle = desk.bundles.load(candidate.record)
        tuned = bundle.manifest.metrics["tuned"]
        assert set(tuned) == set(candidate.members)
        assert [item["n_trials"] for item in bundle.manifest.plan["families"]] == [
            N_TRIALS for _ in candidate.members
        ]
        for name in candidate.members:
            space, _ = find_search_space(name, preset="demo", changes={})
            assert all(space.ranges[option].holds(tuned[name][option]) for option in tuned[name])


class StoppingRunner:
    """Remembers outcomes; interrupted after some fits, as often as there are fits left."""

    def __init__(self, stops_after: int) -> None:
        self._stops_after = stops_after
        self._kept: dict[str, Arrays] = {}

    def run(self, samples: Samples, tasks: Sequence[FitTask], progress: FitProgress) -> Outcomes:
        n_fits = 0
        for task in tasks:
            if task.key not in self._kept:
                if n_fits == self._stops_after:
                    raise KeyboardInterrupt
                n_fits += 1
                [(_, self._kept[task.key])] = InlineFitRunner().run(samples, [task], progress)
            yield task, self._kept[task.key]


def test_a_search_that_was_interrupted_goes_on_and_ends_the_same(
    desk: Desk, plan: TrainingPlan, bars: Bars
) -> None:
    whole = replace(
        desk,
        trials=MemoryTrialLog(),
        registry=MemoryRegistry(desk.clock),
        bundles=type(desk.bundles)(),
        evidence=MemoryEvidence(),
    )
    request = TrainingRequest(panel=Panel(bars=[bars]), universe="world", plan=plan)
    ports = replace(desk.ports, runner=StoppingRunner(stops_after=7))
    n_stops = 0
    while True:
        try:
            train(request, ports)
        except KeyboardInterrupt:
            n_stops += 1
            continue
        break
    assert n_stops > 2
    whole.train(bars, plan)
    assert whole.bundles.kept == desk.bundles.kept
    notes = [(trial.kind, trial.note, trial.fit) for trial in desk.trials.entries()]
    assert len(notes) == len(set(notes))
    again = [(trial.kind, trial.note, trial.fit) for trial in whole.trials.entries()]
    assert sorted(notes) == sorted(again)


@given(
    n_rows=st.integers(1, 100_000),
    seconds=st.floats(1.0, 1e5),
    n_workers=st.integers(1, 16),
    name=st.sampled_from([None, *PLANS]),
)
def test_trials_fill_the_budget_and_no_more(
    n_rows: int, seconds: float, n_workers: int, name: str | None
) -> None:
    room = Room(n_rows=n_rows, budget_seconds=seconds, n_workers=n_workers)
    tuned = decide_plan(room, plan=find_plan(name), tune=True)
    [n_trials] = {item.n_trials for item in tuned.families}
    assert 8 <= n_trials <= 64
    if n_trials > 8:
        assert estimate_seconds(tuned, n_rows, n_workers) <= seconds * (1.0 + 1e-9)
    plain = replace(tuned, families=tuple(replace(one, n_trials=0) for one in tuned.families))
    assert plain.families in {plan.families for plan in PLANS.values()}


def test_a_name_that_no_plan_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownPlan, match="thorough"):
        find_plan("perfect")


def test_the_plan_of_a_tuned_model_reads_back(plan: TrainingPlan) -> None:
    first = replace(plan.families[0], changes=(("prior_information_coefficient", 0.2),))
    told = replace(plan, families=(first, *plan.families[1:])).to_json()
    assert tuple(FamilyPlan(**item) for item in told["families"]) == (first, *plan.families[1:])
