"""Boosted trees: the family, and the converter from the booster's JSON."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pytest
import xgboost

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import GraphBuilder
from bellwether.models import TrainingData, UnreadableModel, make_family
from bellwether.models._trees import lower_trees

MakeRows = Callable[[int, int], TrainingData]


def run_trees(booster_json: bytes, rows: Float32Array) -> FloatArray:
    graph = GraphBuilder()
    tensor = graph.input("rows", np.float32, ("batch", rows.shape[1]))
    graph.output("forecast", lower_trees(graph, booster_json, tensor), np.float32, ("batch",))
    session = onnxruntime.InferenceSession(graph.build())
    (forecast,) = session.run(None, {"rows": rows})
    return np.asarray(forecast, dtype=np.float64)


def grow(rows: Float32Array, target: Float32Array, **settings: Any) -> xgboost.Booster:
    settings = {"nthread": 1, "max_depth": 5, "seed": 3, "base_score": 0.125} | settings
    return xgboost.train(settings, xgboost.DMatrix(rows, target), num_boost_round=40)


@pytest.fixture(scope="module")
def rows_with_holes() -> tuple[Float32Array, Float32Array]:
    generator = np.random.default_rng(5)
    rows = (np.round(generator.standard_normal((800, 6)) * 16) / 16).astype(np.float32)
    target = (rows[:, 0] * rows[:, 1] + generator.standard_normal(800)).astype(np.float32)
    rows[generator.random(rows.shape) < 0.2] = np.nan
    return rows, target


def test_converter_sends_missing_values_where_the_booster_does(
    rows_with_holes: tuple[Float32Array, Float32Array],
) -> None:
    rows, target = rows_with_holes
    booster = grow(rows, target)

    expected = booster.inplace_predict(rows)

    np.testing.assert_allclose(
        run_trees(booster.save_raw("json"), rows), expected, atol=1e-6, rtol=1e-6
    )


def test_converter_splits_strictly_below_each_threshold(
    rows_with_holes: tuple[Float32Array, Float32Array],
) -> None:
    booster = grow(*rows_with_holes)
    trees = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
    splits = [
        (feature, np.float32(threshold))
        for tree in trees
        for feature, threshold, left in zip(
            tree["split_indices"], tree["split_conditions"], tree["left_children"], strict=True
        )
        if left >= 0
    ]
    rows = np.zeros((3 * len(splits), 6), dtype=np.float32)
    for place, (feature, threshold) in enumerate(splits):
        near = np.nextafter(threshold, np.array([-np.inf, 0, np.inf], np.float32), dtype=np.float32)
        near[1] = threshold
        rows[3 * place : 3 * place + 3, feature] = near

    expected = booster.inplace_predict(rows)

    np.testing.assert_allclose(
        run_trees(booster.save_raw("json"), rows), expected, atol=1e-6, rtol=1e-6
    )


def test_converter_leaves_out_the_trees_after_the_best_round(make_rows: MakeRows) -> None:
    train, validation = make_rows(300, 1), make_rows(100, 2)
    matrices = [xgboost.DMatrix(rows.windows[:, -1], rows.target) for rows in (train, validation)]
    booster = xgboost.train(
        {"nthread": 1, "max_depth": 5, "eta": 0.5},
        matrices[0],
        num_boost_round=100,
        evals=[(matrices[1], "validation")],
        early_stopping_rounds=10,
        verbose_eval=False,
    )
    rows = np.array(validation.windows[:, -1])
    n_best = booster.best_iteration + 1
    assert booster.num_boosted_rounds() == n_best + 10

    expected = booster.inplace_predict(rows, iteration_range=(0, n_best))

    np.testing.assert_allclose(
        run_trees(booster.save_raw("json"), rows), expected, atol=1e-6, rtol=1e-6
    )


def test_converter_reads_a_base_score_as_a_number_or_as_a_list(
    rows_with_holes: tuple[Float32Array, Float32Array],
) -> None:
    rows, target = rows_with_holes
    content = json.loads(grow(rows, target).save_raw("json"))
    forecasts = []
    for text in ("[1.25E-1]", "1.25E-1"):
        content["learner"]["learner_model_param"]["base_score"] = text
        forecasts.append(run_trees(json.dumps(content).encode(), rows))

    np.testing.assert_array_equal(forecasts[0], forecasts[1])


def test_a_booster_without_trees_forecasts_its_base_score() -> None:
    rows = np.zeros((5, 6), dtype=np.float32)
    booster = xgboost.train(
        {"base_score": 0.125}, xgboost.DMatrix(rows, np.ones(5)), num_boost_round=0
    )

    np.testing.assert_array_equal(run_trees(booster.save_raw("json"), rows), np.full(5, 0.125))


@pytest.mark.parametrize(
    "settings",
    [
        {"booster": "dart"},
        {"booster": "gblinear", "max_depth": 0},
        {"objective": "binary:logistic", "base_score": 0.5},
        {"objective": "multi:softprob", "num_class": 3, "base_score": 0.5},
    ],
)
def test_converter_refuses_what_it_does_not_know(settings: dict[str, Any]) -> None:
    rows = np.random.default_rng(1).standard_normal((60, 6)).astype(np.float32)
    target = np.arange(60) % (3 if "num_class" in settings else 2)
    settings = {"verbosity": 0, **settings}
    if settings.get("booster") == "gblinear":
        del settings["max_depth"]
        booster = xgboost.train(settings, xgboost.DMatrix(rows, target), num_boost_round=2)
    else:
        booster = grow(rows, target.astype(np.float32), **settings)

    with pytest.raises(UnreadableModel):
        run_trees(booster.save_raw("json"), rows)


def test_trees_start_from_the_weighted_training_mean(make_rows: MakeRows) -> None:
    windows = np.zeros((90, 1, 4), np.float32)
    target = np.repeat(np.array([0.0, 0.3], np.float32), [60, 30])
    weight = np.repeat(np.array([1.0, 2.0], np.float32), [60, 30])
    rows = TrainingData(windows=windows, target=target, weight=weight)

    model = make_family("gradient_boosting", changes={"row_frac": 1.0}).fit(rows, rows, 1)

    assert model.predict(windows[:1])[0] == pytest.approx(0.15, abs=1e-6)


def test_boosting_stops_early_on_noise_and_keeps_only_what_helped(make_rows: MakeRows) -> None:
    generator = np.random.default_rng(11)

    def noise(n_rows: int, seed: int) -> TrainingData:
        target = generator.standard_normal(n_rows).astype(np.float32)
        return TrainingData(windows=make_rows(n_rows, seed).windows, target=target)

    model = make_family("gradient_boosting").fit(noise(500, 1), noise(200, 2), 1)

    assert 1 <= model.best_epoch <= 15
    assert model.n_epochs == model.best_epoch + 10


def test_boosting_finds_a_planted_signal(make_rows: MakeRows) -> None:
    model = make_family("gradient_boosting").fit(make_rows(600, 1), make_rows(150, 2), 1)

    unseen = make_rows(1000, 9)
    assert np.corrcoef(model.predict(unseen.windows), unseen.target)[0, 1] > 0.25


def test_a_damaged_booster_is_refused(make_rows: MakeRows) -> None:
    family = make_family("gradient_boosting", changes={"max_trees": 2})
    arrays = family.fit(make_rows(100, 1), make_rows(50, 2), 1).arrays()
    arrays["booster_json"] = arrays["booster_json"][:-200]

    with pytest.raises(UnreadableModel):
        family.restore(arrays)
