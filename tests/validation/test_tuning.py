"""Options are chosen inside each fit's own past, and by nothing but it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from bellwether.bars import Panel, noise_world
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.models import find_search_space, make_options
from bellwether.samples import Samples, build_samples
from bellwether.validation import (
    FINAL_FOLD,
    FamilyPlan,
    FitProgress,
    FitTask,
    InlineFitRunner,
    MalformedPlan,
    Outcomes,
    TrainingPlan,
    WalkForward,
    plan_fits,
    run_fit,
    tune_walk,
)

N_TRIALS = 6
RIDGE = FamilyPlan(family="ridge", preset="contract", n_refits=2, n_trials=N_TRIALS)
BOOSTING = FamilyPlan(
    family="gradient_boosting", preset="demo", n_refits=1, n_trials=4, changes=(("max_depth", 2),)
)
PLAN = TrainingPlan(name="tuned", families=(RIDGE, BOOSTING))


class Listener:
    """Takes note of what is about to be tried."""

    def __init__(self) -> None:
        self.tried: list[FitTask] = []
        self.told: list[tuple[int, int]] = []

    def trying(self, tasks: Sequence[FitTask]) -> None:
        self.tried += tasks

    def tuned(self, n_done: int, n_total: int) -> None:
        self.told.append((n_done, n_total))


@pytest.fixture(scope="module")
def samples() -> Samples:
    return build_samples(Panel(bars=[noise_world(3, 420).bars]), core15(), LabelSpec())


@pytest.fixture(scope="module")
def searched(samples: Samples) -> tuple[WalkForward, Listener]:
    listener = Listener()
    walk = tune_walk(samples, plan_fits(samples, PLAN), PLAN, InlineFitRunner(), listener)
    return walk, listener


@pytest.fixture(scope="module")
def tuned(searched: tuple[WalkForward, Listener]) -> WalkForward:
    return searched[0]


@pytest.fixture(scope="module")
def heard(searched: tuple[WalkForward, Listener]) -> Listener:
    return searched[1]


def validation_loss(samples: Samples, task: FitTask) -> float:
    said = run_fit(samples, task)["warm"]
    return float(np.mean((said - np.clip(samples.target[task.validation], -3.0, 3.0)) ** 2))


def test_no_trial_forecasts_a_row_that_is_judged(tuned: WalkForward, heard: Listener) -> None:
    assert len(tuned.tasks) == 5
    assert heard.tried
    assert all(not len(task.predict) for task in heard.tried)


def test_every_configuration_is_told_before_it_is_tried(samples: Samples) -> None:
    listener, plan = Listener(), replace(PLAN, families=(RIDGE,))

    class WatchedRunner(InlineFitRunner):
        def run(
            self, samples: Samples, tasks: Sequence[FitTask], progress: FitProgress
        ) -> Outcomes:
            assert {task.key for task in tasks} <= {task.key for task in listener.tried}
            return super().run(samples, tasks, progress)

    tune_walk(samples, plan_fits(samples, plan), plan, WatchedRunner(), listener)
    n_searches = RIDGE.n_refits + 1
    assert listener.told[-1] == (n_searches * N_TRIALS, n_searches * N_TRIALS)


def test_what_is_chosen_never_had_the_greater_validation_loss(
    samples: Samples, tuned: WalkForward
) -> None:
    changed = 0
    for before, after in zip(plan_fits(samples, PLAN).tasks, tuned.tasks, strict=True):
        assert validation_loss(samples, after) <= validation_loss(samples, before)
        changed += before.key != after.key
    assert changed


def test_rows_folds_and_seeds_are_those_of_the_plan(samples: Samples, tuned: WalkForward) -> None:
    for before, after in zip(plan_fits(samples, PLAN).tasks, tuned.tasks, strict=True):
        for name in ("train", "validation", "predict"):
            np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
        assert (before.family, before.fold, before.seed) == (after.family, after.fold, after.seed)


def test_an_option_that_somebody_set_is_not_searched(tuned: WalkForward, heard: Listener) -> None:
    boosted = [task for task in (*tuned.tasks, *heard.tried) if task.family == "gradient_boosting"]
    assert {dict(task.changes)["max_depth"] for task in boosted} == {2}


def test_long_fits_are_tried_briefly_first(heard: Listener) -> None:
    boosted = [task for task in heard.tried if task.family == "gradient_boosting"]
    whole = make_options("gradient_boosting", preset="demo")
    brief = [task for task in boosted if dict(task.changes).get("max_trees") == 20]
    assert whole.max_trees == 60  # type: ignore[attr-defined]
    assert len(brief) == 2 * BOOSTING.n_trials
    assert 0 < len(boosted) - len(brief) < len(brief)


def test_the_same_plan_tries_and_chooses_the_same(samples: Samples, tuned: WalkForward) -> None:
    again = Listener()
    walk = tune_walk(samples, plan_fits(samples, PLAN), PLAN, InlineFitRunner(), again)
    assert [task.key for task in walk.tasks] == [task.key for task in tuned.tasks]


def test_what_comes_later_does_not_change_what_a_fold_chooses(tuned: WalkForward) -> None:
    bars = noise_world(3, 420).bars
    first = tuned.tasks[0]
    seen = int(first.validation.max()) + 2
    matrix = bars.matrix.copy()
    matrix[seen:, :4] *= np.linspace(1.0, 1.3, len(matrix) - seen)[:, None]
    later = build_samples(
        Panel(bars=[replace(bars, **dict(zip(("open", "high", "low", "close"), matrix.T)))]),  # noqa: B905
        core15(),
        LabelSpec(),
    )
    plan = replace(PLAN, families=(RIDGE,))
    searched = replace(plan_fits(later, plan), tasks=plan_fits(later, plan).tasks[:1])
    # The key seeds the search; it tells of all the data, so the seed is made the same.
    searched = replace(searched, tasks=(replace(searched.tasks[0], key=_untuned_key()),))
    [chosen] = tune_walk(later, searched, plan, InlineFitRunner(), Listener()).tasks
    assert chosen.changes == first.changes


def _untuned_key() -> str:
    samples = build_samples(Panel(bars=[noise_world(3, 420).bars]), core15(), LabelSpec())
    return plan_fits(samples, PLAN).tasks[0].key


def test_a_plan_without_trials_is_left_alone(samples: Samples) -> None:
    plan = TrainingPlan(name="plain", families=(replace(RIDGE, n_trials=0),))
    walk = plan_fits(samples, plan)
    listener = Listener()
    same = tune_walk(samples, walk, plan, InlineFitRunner(), listener)
    assert [task.key for task in same.tasks] == [task.key for task in walk.tasks]
    assert not listener.tried


def test_less_than_no_trial_is_refused() -> None:
    with pytest.raises(MalformedPlan, match="tuning trials"):
        TrainingPlan(name="odd", families=(replace(RIDGE, n_trials=-1),))


@pytest.mark.parametrize("family", ["ridge", "logistic", "gradient_boosting", "lstm"])
def test_every_search_starts_from_options_that_the_family_takes(family: str) -> None:
    space, start = find_search_space(family, preset="contract", changes={})
    assert set(start) == set(space.ranges)
    assert all(space.ranges[name].holds(value) for name, value in start.items())
    for end in ("least", "most"):
        make_options(
            family, changes={name: getattr(one, end) for name, one in space.ranges.items()}
        )


def test_the_final_fit_is_tuned_on_the_rows_it_has(tuned: WalkForward) -> None:
    finals = [task for task in tuned.tasks if task.fold == FINAL_FOLD]
    assert {task.family for task in finals} == {"ridge", "gradient_boosting"}
