"""What each feature is worth: found where it was planted, called luck where there is none."""

from dataclasses import replace

import numpy as np
import pytest

from bellwether.arrays import IntArray
from bellwether.bars import Bars, Panel, edge_world, noise_world
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.samples import Samples, build_samples
from bellwether.validation import (
    FamilyPlan,
    FeatureImportance,
    InlineFitRunner,
    TrainingPlan,
    UnreadableVerdict,
    gather_forecasts,
    measure_importance,
    plan_fits,
    run_fit,
    score_forecasts,
)
from bellwether.validation._fits import IMPORTANCE

PLAN = TrainingPlan(
    name="both",
    families=tuple(
        FamilyPlan(family=name, preset="demo", n_refits=3) for name in ("ridge", "logistic")
    ),
    importance=True,
)


def samples_of(*bars: Bars) -> Samples:
    return build_samples(Panel(bars=list(bars)), core15(), LabelSpec())


def planted(seed: int, feature: int, n_bars: int = 1400) -> Samples:
    """Return samples of noise whose outcome is known from one feature, for a good part."""
    samples = samples_of(noise_world(seed, n_bars).bars)
    column = samples.features[:, feature]
    known = np.isfinite(column)
    signal = np.where(known, (column - column[known].mean()) / column[known].std(), 0.0)
    target = np.where(samples.labelled, 0.25 * signal + samples.target, np.nan)
    return replace(samples, target=target)


def measure(
    samples: Samples,
    plan: TrainingPlan = PLAN,
    members: tuple[str, ...] = ("ridge", "logistic"),
    regime: IntArray | None = None,
) -> tuple[FeatureImportance, ...]:
    walk = plan_fits(samples, plan)
    runs = InlineFitRunner().run(samples, walk.tasks, lambda _task, _share: None)
    outcomes = {task.key: outcome for task, outcome in runs}
    forecasts = replace(gather_forecasts(samples, walk, outcomes), regime=regime).only(members)
    scored = score_forecasts(samples, forecasts, 63)
    return measure_importance(samples, walk, outcomes, scored, seed=1)


@pytest.mark.parametrize("members", [("ridge",), ("ridge", "logistic")])
def test_a_planted_feature_is_found_and_told_from_luck(members: tuple[str, ...]) -> None:
    samples = planted(3, feature=14)
    found = measure(samples, members=members)
    assert found[0].feature == samples.feature_names[14]
    assert found[0].is_told_from_luck
    assert 0.05 < found[0].loss < 0.3
    assert found[0].low < found[0].loss < found[0].high
    assert {one.feature for one in found} == set(samples.feature_names)
    assert [one.loss for one in found] == sorted((one.loss for one in found), reverse=True)


def test_members_that_count_by_the_regime_are_told_by_their_weights_of_each_bar() -> None:
    samples = planted(3, feature=14)
    alone, alike = np.zeros(len(samples), dtype=np.int64), measure(samples)
    in_turn = np.arange(len(samples)) % 5
    # One regime from first to last tells no member apart; several may, a little.
    assert [one.loss for one in measure(samples, regime=alone)] == pytest.approx(
        [one.loss for one in alike]
    )
    found = measure(samples, regime=in_turn)
    assert found[0].feature == samples.feature_names[14]
    assert 0.0 < abs(found[0].loss - alike[0].loss) < 0.02


def test_on_noise_nothing_is_told_from_luck() -> None:
    found = measure(samples_of(noise_world(5, 1400).bars))
    assert len(found) == 15
    assert not any(one.is_told_from_luck for one in found)


def test_features_that_move_together_are_named_with_each_other() -> None:
    found = {one.feature: one for one in measure(planted(3, feature=14))}
    assert all(one.feature in found[other].alike for one in found.values() for other in one.alike)
    assert "atr_14" in found["volatility_20"].alike
    assert all(one.feature not in one.alike for one in found.values())


def test_a_panel_is_measured_bar_by_bar() -> None:
    bars = [edge_world(seed, 900, information_coefficient=0.3).bars for seed in (1, 2)]
    named = [replace(one, symbol=f"S{number}") for number, one in enumerate(bars)]
    found = measure(samples_of(*named))
    assert any(one.low > 0.0 for one in found)


def test_it_is_the_same_again_and_changes_no_forecast() -> None:
    samples = planted(3, feature=2, n_bars=900)
    assert measure(samples) == measure(samples)
    plain = replace(PLAN, importance=False)
    with_it, without = (plan_fits(samples, plan).tasks for plan in (PLAN, plain))
    for one, other in zip(with_it, without, strict=True):
        first, second = run_fit(samples, one), run_fit(samples, other)
        assert (IMPORTANCE in first, IMPORTANCE in second) == (bool(len(one.predict)), False)
        for name, array in second.items():
            np.testing.assert_array_equal(first[name], array)


def test_it_is_no_part_of_a_plans_digest_but_of_a_fits_key() -> None:
    plain = replace(PLAN, importance=False)
    samples = samples_of(noise_world(5, 700).bars)
    keys, plain_keys = (
        [task.key for task in plan_fits(samples, plan).tasks if task.fold >= 0]
        for plan in (PLAN, plain)
    )
    assert PLAN.digest == plain.digest
    assert not set(keys) & set(plain_keys)
    assert TrainingPlan.from_json(PLAN.to_json()) == PLAN
    assert "importance" not in plain.to_json()


def test_nothing_is_said_where_it_was_not_asked_for() -> None:
    plain = replace(PLAN, importance=False)
    assert measure(samples_of(noise_world(5, 700).bars), plain) == ()


def test_it_is_read_back_as_it_was_written() -> None:
    one = FeatureImportance(feature="a", loss=0.1, low=-0.1, high=0.3, alike=("b",))
    assert FeatureImportance.from_json(one.to_json()) == one
    assert one.to_json()["is_luck"]
    for broken in ({}, None, {**one.to_json(), "loss": "much"}, {**one.to_json(), "alike": 3}):
        with pytest.raises(UnreadableVerdict):
            FeatureImportance.from_json(broken)  # type: ignore[arg-type]
