from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bellwether.bars import Panel, noise_world
from bellwether.features import Scaling, core15
from bellwether.labels import LabelSpec
from bellwether.models import make_family
from bellwether.samples import Samples, build_samples
from bellwether.validation import (
    FINAL_FOLD,
    MODEL_PREFIX,
    FamilyPlan,
    FitTask,
    InlineFitRunner,
    TrainingPlan,
    plan_fits,
    run_fit,
)

CHEAP = ("ridge", "gradient_boosting")
PLAN = TrainingPlan(
    name="tiny",
    families=tuple(FamilyPlan(family=name, preset="demo", n_refits=2) for name in CHEAP),
)


@pytest.fixture(scope="module")
def samples() -> Samples:
    return build_samples(Panel(bars=[noise_world(3, 400).bars]), core15(), LabelSpec())


@pytest.fixture(scope="module")
def tasks(samples: Samples) -> tuple[FitTask, ...]:
    return plan_fits(samples, PLAN).tasks


def first_of(tasks: tuple[FitTask, ...], family: str, fold: int = 0) -> FitTask:
    return next(task for task in tasks if (task.family, task.fold) == (family, fold))


def assert_same(one: Mapping[str, NDArray[Any]], other: Mapping[str, NDArray[Any]]) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert array.dtype == other[name].dtype
        np.testing.assert_array_equal(array, other[name])


@pytest.mark.parametrize("family", CHEAP)
def test_the_same_fit_twice_is_the_same_to_the_bit(
    samples: Samples, tasks: tuple[FitTask, ...], family: str
) -> None:
    task = first_of(tasks, family, FINAL_FOLD)
    assert_same(run_fit(samples, task), run_fit(samples, task))


@pytest.mark.parametrize("family", CHEAP)
def test_no_outcome_of_a_forecast_row_reaches_the_fit(
    samples: Samples, tasks: tuple[FitTask, ...], family: str
) -> None:
    task = first_of(tasks, family)
    target = np.array(samples.target)
    target[task.predict] = np.nan
    blind = replace(samples, target=target, forward_return=np.where(np.isnan(target), np.nan, 0.0))
    assert_same(run_fit(samples, task), run_fit(blind, task))


@pytest.mark.parametrize("family", CHEAP)
def test_features_of_forecast_rows_move_their_own_forecasts_only(
    samples: Samples, tasks: tuple[FitTask, ...], family: str
) -> None:
    task = first_of(tasks, family)
    features = np.array(samples.features)
    features[task.predict[-10:]] += 1.0
    before, after = run_fit(samples, task), run_fit(replace(samples, features=features), task)
    for name in ("warm", "center", "scale"):
        np.testing.assert_array_equal(before[name], after[name])
    np.testing.assert_array_equal(before["forecast"][:-10], after["forecast"][:-10])


def test_scaling_knows_training_rows_only(samples: Samples, tasks: tuple[FitTask, ...]) -> None:
    task = first_of(tasks, "ridge")
    expected = Scaling.fit(samples.features[task.train])
    outcome = run_fit(samples, task)
    np.testing.assert_array_equal(outcome["center"], expected.center)
    np.testing.assert_array_equal(outcome["scale"], expected.scale)


def test_a_crash_counts_as_three_standard_deviations(
    samples: Samples, tasks: tuple[FitTask, ...]
) -> None:
    task = first_of(tasks, "ridge")
    crash, three = np.array(samples.target), np.array(samples.target)
    crash[task.train[5]], three[task.train[5]] = -40.0, -3.0
    assert_same(
        run_fit(replace(samples, target=crash), task), run_fit(replace(samples, target=three), task)
    )


@pytest.mark.parametrize("family", CHEAP)
def test_only_the_final_fit_brings_a_model_and_that_model_says_the_same(
    samples: Samples, tasks: tuple[FitTask, ...], family: str
) -> None:
    early = run_fit(samples, first_of(tasks, family))
    assert set(early) == {"forecast", "warm", "center", "scale"}
    task = first_of(tasks, family, FINAL_FOLD)
    final = run_fit(samples, task)
    assert final["forecast"].shape == (0,)
    stored = {
        name.removeprefix(MODEL_PREFIX): array
        for name, array in final.items()
        if name.startswith(MODEL_PREFIX)
    }
    restored = make_family(family, preset="demo").restore(stored)
    scaling = Scaling(center=final["center"], scale=final["scale"])
    windows = scaling.transform(samples.windows(task.validation, 1))
    np.testing.assert_array_equal(restored.predict(windows), final["warm"])


def test_the_inline_runner_yields_every_task_once_in_order_with_its_progress(
    samples: Samples, tasks: tuple[FitTask, ...]
) -> None:
    told: list[tuple[str, float]] = []
    ran = list(
        InlineFitRunner().run(samples, tasks, lambda task, share: told.append((task.key, share)))
    )
    assert [task for task, _ in ran] == list(tasks)
    for task in tasks:
        shares = [share for key, share in told if key == task.key]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


def test_a_closed_runner_fits_no_further(samples: Samples, tasks: tuple[FitTask, ...]) -> None:
    told: set[str] = set()
    running = InlineFitRunner().run(samples, tasks, lambda task, _share: told.add(task.key))
    next(running)
    running.close()
    assert told == {tasks[0].key}
