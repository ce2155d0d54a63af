"""What a fit is taught: targets and weights, made of nothing but the rows it may learn from."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.adapters._fit_folder import read_fit_folder, write_fit_folder
from bellwether.bars import Panel, noise_world
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.samples import Samples, build_samples
from bellwether.validation import (
    FamilyPlan,
    LearningPlan,
    MalformedPlan,
    TrainingPlan,
    plan_fits,
    run_fit,
)
from bellwether.validation._learning import make_targets, weigh_rows

RIDGE = FamilyPlan(family="ridge", preset="contract", n_refits=2)
PLAN = TrainingPlan(name="tiny", families=(RIDGE,))
RELATIVE = LearningPlan(target="cross_section", by_uniqueness=True, half_life_bars=100)


@pytest.fixture(scope="module")
def samples() -> Samples:
    bars = [replace(noise_world(seed, 420).bars, symbol=f"S{seed}") for seed in (1, 2)]
    bars.append(replace(noise_world(3, 420).bars[100:], symbol="S3"))
    return build_samples(Panel(bars=bars), core15(), LabelSpec(horizon_bars=5))


def learnable(samples: Samples) -> Any:
    return np.flatnonzero(samples.usable() & samples.labelled)


def test_the_plain_lesson_is_the_own_return_and_every_row_alike(samples: Samples) -> None:
    rows = learnable(samples)
    own = make_targets(samples, rows, LearningPlan())
    np.testing.assert_array_equal(own, np.clip(samples.target[rows], -3.0, 3.0))
    np.testing.assert_array_equal(weigh_rows(samples, rows, LearningPlan()), 1.0)


def test_relative_targets_sum_to_nothing_at_every_instant(samples: Samples) -> None:
    rows = learnable(samples)
    relative = make_targets(samples, rows, RELATIVE)
    together = np.bincount(samples.decided_on[rows], weights=relative)
    n_there = np.bincount(samples.decided_on[rows])
    np.testing.assert_allclose(together[n_there > 1], 0.0, atol=1e-12)
    assert n_there.max() == 3


def test_a_row_that_is_alone_keeps_its_own_return(samples: Samples) -> None:
    rows = learnable(samples)
    rows = rows[samples.symbol[rows] == 0]
    np.testing.assert_array_equal(
        make_targets(samples, rows, RELATIVE), make_targets(samples, rows, LearningPlan())
    )


def test_targets_rest_on_the_rows_given_and_on_no_others(samples: Samples) -> None:
    rows = learnable(samples)
    early = rows[samples.decided_on[rows] < 250]
    before = make_targets(samples, early, RELATIVE)
    target = samples.target.copy()
    target[np.setdiff1d(rows, early)] *= -7.0
    np.testing.assert_array_equal(
        make_targets(replace(samples, target=target), early, RELATIVE), before
    )


def test_overlapping_labels_count_for_their_share_of_each_symbol(samples: Samples) -> None:
    rows = learnable(samples)
    weight = weigh_rows(samples, rows, LearningPlan(by_uniqueness=True))
    middle = (samples.bar[rows] > 180) & (samples.bar[rows] < 310)
    np.testing.assert_allclose(weight[middle], 0.2)


def test_older_rows_count_less_by_the_half_life(samples: Samples) -> None:
    rows = learnable(samples)
    weight = weigh_rows(samples, rows, LearningPlan(half_life_bars=100))
    places = samples.decided_on[rows]
    np.testing.assert_allclose(weight, 0.5 ** ((places.max() - places) / 100.0))


@pytest.mark.parametrize(
    "learning",
    [
        LearningPlan(target="cross_section"),
        LearningPlan(by_uniqueness=True),
        LearningPlan(half_life_bars=60),
    ],
)
def test_every_lesson_changes_the_plan_the_key_and_the_fit(
    samples: Samples, learning: LearningPlan
) -> None:
    other = replace(PLAN, learning=learning)
    assert other.digest != PLAN.digest
    plain, taught = plan_fits(samples, PLAN).tasks[0], plan_fits(samples, other).tasks[0]
    assert plain.key != taught.key
    assert not np.array_equal(
        run_fit(samples, plain)["forecast"], run_fit(samples, taught)["forecast"]
    )


def test_a_lesson_reads_back_from_the_plan_and_from_the_folder_of_the_workers(
    samples: Samples, tmp_path: Any
) -> None:
    changed = replace(RIDGE, changes=(("prior_information_coefficient", 0.2),), n_trials=3)
    plan = replace(PLAN, learning=RELATIVE, families=(changed,))
    assert TrainingPlan.from_json(plan.to_json()) == plan
    assert TrainingPlan.from_json(PLAN.to_json()) == PLAN
    tasks = plan_fits(samples, plan).tasks
    write_fit_folder(tmp_path, samples, tasks, tmp_path / "store")
    _, read, _ = read_fit_folder(tmp_path)
    assert [(one.key, one.changes, one.learning) for one in read] == [
        (one.key, one.changes, one.learning) for one in tasks
    ]


def test_a_plain_plan_keeps_the_digest_it_had_before_there_were_lessons() -> None:
    assert set(PLAN.to_json()) == {
        "name",
        "families",
        "seed",
        "out_of_sample_from_frac",
        "validation_frac",
        "embargo_bars",
        "state_refit_bars",
        "window",
    }
    assert set(PLAN.to_json()["families"][0]) == {"family", "preset", "n_refits"}


@pytest.mark.parametrize("changes", [{"target": "both"}, {"half_life_bars": 0}])
def test_an_unknown_lesson_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedPlan, match="training plan"):
        LearningPlan(**changes)


def test_a_plan_with_unknown_fields_is_refused() -> None:
    with pytest.raises(MalformedPlan, match="fields of a plan"):
        TrainingPlan.from_json({**PLAN.to_json(), "colour": "blue"})
