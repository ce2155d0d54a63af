from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.bars import Bars, Panel, noise_world
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.models import UnknownFamily, UnknownPreset
from bellwether.samples import Samples, TooLittleHistory, build_samples, probe_folds
from bellwether.validation import (
    FINAL_FOLD,
    FamilyPlan,
    MalformedPlan,
    TrainingPlan,
    WalkForward,
    gather_forecasts,
    plan_fits,
)


def plan_of(*families: str, n_refits: int = 3, **changes: Any) -> TrainingPlan:
    items = [FamilyPlan(family=name, preset="demo", n_refits=n_refits) for name in families]
    return TrainingPlan(name="tiny", families=tuple(items), **changes)


def samples_of(*bars: Bars, horizon_bars: int = 1) -> Samples:
    return build_samples(Panel(bars=list(bars)), core15(), LabelSpec(horizon_bars=horizon_bars))


@pytest.fixture(scope="module")
def samples() -> Samples:
    return samples_of(noise_world(3, 420).bars)


@pytest.mark.parametrize("window", ["expanding", "rolling"])
@pytest.mark.parametrize("embargo_bars", [0, 3])
@pytest.mark.parametrize("horizon_bars", [1, 5])
def test_every_label_has_closed_before_the_forecasts_it_must_not_touch(
    window: str, embargo_bars: int, horizon_bars: int
) -> None:
    early, late = noise_world(3, 420).bars, noise_world(4, 420).bars[100:]
    samples = samples_of(early, late, horizon_bars=horizon_bars)
    plan = plan_of("ridge", embargo_bars=embargo_bars, window=window)
    walk = plan_fits(samples, plan)
    assert probe_folds(samples, walk.folds["ridge"]) == ()
    for task in walk.tasks:
        learned = samples.closes_on[task.train].max() + embargo_bars
        assert learned <= samples.decided_on[task.validation].min()
        if task.fold != FINAL_FOLD:
            chosen = samples.closes_on[task.validation].max() + embargo_bars
            assert chosen <= samples.decided_on[task.predict].min()


def test_tests_tile_everything_usable_from_the_start_on(samples: Samples) -> None:
    walk = plan_fits(samples, plan_of("ridge"))
    rows = np.flatnonzero(samples.usable())
    tested = np.concatenate([task.predict for task in walk.tasks])
    np.testing.assert_array_equal(tested, rows[-len(tested) :])
    assert len(rows) - len(tested) == np.ceil(0.3 * len(rows))


def test_families_come_one_after_the_other_and_end_with_the_fit_on_everything(
    samples: Samples,
) -> None:
    walk = plan_fits(samples, plan_of("ridge", "gradient_boosting", n_refits=2))
    assert [(task.family, task.fold) for task in walk.tasks] == [
        ("ridge", 0),
        ("ridge", 1),
        ("ridge", FINAL_FOLD),
        ("gradient_boosting", 0),
        ("gradient_boosting", 1),
        ("gradient_boosting", FINAL_FOLD),
    ]
    assert len({task.key for task in walk.tasks}) == 6


def test_the_final_fit_stops_by_the_latest_known_outcomes(samples: Samples) -> None:
    final = plan_fits(samples, plan_of("ridge")).tasks[-1]
    known = np.flatnonzero(samples.usable() & samples.labelled)
    assert final.validation[-1] == known[-1]
    assert len(final.validation) / len(known) == pytest.approx(0.15, abs=0.01)
    assert not len(final.predict)


def test_all_families_share_the_rows_that_the_longest_window_can_use(samples: Samples) -> None:
    walk = plan_fits(samples, plan_of("ridge", "transformer"))
    ridge, transformer = (
        [task for task in walk.tasks if task.family == name] for name in ("ridge", "transformer")
    )
    for one, other in zip(ridge, transformer, strict=True):
        np.testing.assert_array_equal(one.predict, other.predict)
        np.testing.assert_array_equal(one.train, other.train)
    assert samples.bar[transformer[0].train].min() == samples.bar[samples.usable()].min() + 19


def keys_of(samples: Samples, plan: TrainingPlan) -> list[str]:
    return [task.key for task in plan_fits(samples, plan).tasks]


def test_a_key_names_all_that_decides_the_outcome(samples: Samples) -> None:
    plan = plan_of("gradient_boosting")
    keys = keys_of(samples, plan)
    assert keys_of(samples, replace(plan, name="other")) == keys
    target = np.array(samples.target)
    target[200] += 0.01
    contract = FamilyPlan(family="gradient_boosting", preset="contract", n_refits=3)
    others = (
        keys_of(samples, replace(plan, seed=1)),
        keys_of(samples, replace(plan, families=(contract,))),
        keys_of(samples, replace(plan, embargo_bars=2)),
        keys_of(replace(samples, target=target), plan),
    )
    for other in others:
        assert not set(other) & set(keys)


def test_forecasts_are_laid_onto_their_rows(samples: Samples) -> None:
    walk = plan_fits(samples, plan_of("ridge", "gradient_boosting", n_refits=2))
    sign = {"ridge": 1.0, "gradient_boosting": -1.0}
    outcomes = {
        task.key: {
            "forecast": sign[task.family] * task.predict.astype(np.float64),
            "warm": sign[task.family] * task.validation.astype(np.float64),
        }
        for task in walk.tasks
    }
    forecasts = gather_forecasts(samples, walk, outcomes)
    spoken = forecasts.warm | forecasts.out_of_sample
    rows = np.flatnonzero(spoken)
    np.testing.assert_array_equal(forecasts.values[rows], np.column_stack([rows, -rows]))
    assert np.isnan(forecasts.values[~spoken]).all()
    first = next(task for task in walk.tasks if task.family == "ridge")
    np.testing.assert_array_equal(np.flatnonzero(forecasts.warm), first.validation)
    assert not (forecasts.warm & forecasts.out_of_sample).any()
    assert samples.closes_on[forecasts.warm].max() < samples.decided_on[first.predict].min()
    alone = forecasts.only(["gradient_boosting"])
    assert alone.names == ("gradient_boosting",)
    np.testing.assert_array_equal(alone.values[rows, 0], -rows)


@pytest.mark.parametrize(
    ("family", "least"), [("lstm", 252), ("transformer", 126), ("gradient_boosting", 63)]
)
def test_too_little_history_names_who_needs_what(family: str, least: int) -> None:
    samples = samples_of(noise_world(1, 160).bars)
    found = int((samples.usable(1 if least == 63 else 20) & samples.labelled).sum())
    with pytest.raises(TooLittleHistory, match=family) as caught:
        plan_fits(samples, plan_of(family, n_refits=1))
    assert (caught.value.family, caught.value.least) == (family, least)
    assert (caught.value.found, caught.value.missing) == (found, least - found)


def test_every_symbol_needs_its_own_rows() -> None:
    samples = samples_of(noise_world(3, 420).bars, noise_world(4, 150).bars)
    with pytest.raises(TooLittleHistory, match="ridge"):
        plan_fits(samples, plan_of("ridge"))


def test_a_stretch_too_short_to_be_judged_is_refused() -> None:
    samples = samples_of(noise_world(3, 420).bars, horizon_bars=20)
    with pytest.raises(TooLittleHistory, match="out-of-sample stretch") as caught:
        plan_fits(samples, plan_of("ridge", n_refits=1, out_of_sample_from_frac=0.95))
    assert caught.value.least == 21


def test_more_refits_than_bars_are_refused(samples: Samples) -> None:
    with pytest.raises(TooLittleHistory, match="1000 refits"):
        plan_fits(samples, plan_of("ridge", n_refits=1000))


def test_unknown_families_and_presets_are_refused(samples: Samples) -> None:
    with pytest.raises(UnknownFamily, match="did you mean 'ridge'"):
        plan_fits(samples, plan_of("rigde"))
    odd = FamilyPlan(family="ridge", preset="fancy", n_refits=1)
    with pytest.raises(UnknownPreset):
        plan_fits(samples, TrainingPlan(name="odd", families=(odd,)))


def test_a_walk_of_unlabelled_last_rows_forecasts_them(samples: Samples) -> None:
    walk: WalkForward = plan_fits(samples, plan_of("ridge"))
    assert walk.tasks[2].predict[-1] == len(samples) - 1


def test_what_is_held_out_of_the_first_fold_alone_is_learned_from_later() -> None:
    samples = samples_of(noise_world(3, 420).bars, noise_world(4, 420).bars[100:])
    usual = plan_fits(samples, plan_of("quadratic"))
    plan = plan_of("quadratic", holds_out="first fold")

    walk = plan_fits(samples, plan)

    assert probe_folds(samples, walk.folds["quadratic"]) == ()
    for task, before in zip(walk.tasks, usual.tasks, strict=True):
        np.testing.assert_array_equal(task.predict, before.predict)
        if task.fold == 0:
            assert task.key == before.key
            continue
        learned = np.sort(np.concatenate([before.train, before.validation]))
        np.testing.assert_array_equal(task.train, learned)
        if task.fold != FINAL_FOLD:
            known = samples.closes_on[task.train].max() + plan.embargo_bars
            assert known <= samples.decided_on[task.predict].min()


@pytest.mark.parametrize("family", ["ridge", "gradient_boosting"])
def test_a_family_that_stops_by_rows_needs_them_held_out_of_every_fold(
    samples: Samples, family: str
) -> None:
    with pytest.raises(MalformedPlan, match=family):
        plan_fits(samples, plan_of("quadratic", family, holds_out="first fold"))
