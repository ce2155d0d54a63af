"""Ridge on recent features and their products, and the graph of it."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import multivariate_normal

from bellwether.arrays import FloatArray
from bellwether.features import GraphBuilder
from bellwether.models import (
    QuadraticOptions,
    TrainingData,
    UnreadableModel,
    UnusableOption,
    learned_target,
    make_family,
)

MakeRows = Callable[[int, int], TrainingData]
RunGraph = Callable[[bytes, Mapping[str, object]], dict[str, FloatArray]]


def test_it_is_the_mean_of_all_hypotheses_written_out(make_rows: MakeRows) -> None:
    rows = make_rows(80, 1)
    weight = np.linspace(0.5, 1.5, 80)
    data = TrainingData(
        windows=rows.windows[:, :, :3], target=rows.target, weight=weight.astype(np.float32)
    )
    options = {"n_steps": 2, "n_product_steps": 1, "prior_information_coefficient": 0.3}

    model = make_family("quadratic", changes=options).fit(data, data, 0)

    np.testing.assert_allclose(model.predict(data.windows), _written_out(data), atol=2e-6)


@pytest.mark.parametrize("luck", [0.0, 0.05, 0.4])
def test_forecasts_spread_as_believed_whatever_the_rows_say(
    make_rows: MakeRows, luck: float
) -> None:
    rows = make_rows(500, 1)
    target = luck * rows.windows[:, -1, 4] + np.random.default_rng(6).standard_normal(500)
    data = TrainingData(windows=rows.windows, target=target.astype(np.float32))

    model = make_family("quadratic").fit(data, data, 0)

    forecast = model.predict(data.windows)
    assert forecast.std() == pytest.approx(0.05, rel=1e-3)
    assert abs(forecast.mean()) < 1e-4


def test_a_target_that_never_varies_is_forecast_as_it_is(make_rows: MakeRows) -> None:
    rows = make_rows(200, 1)
    data = TrainingData(windows=rows.windows, target=np.full(200, 0.3, np.float32))

    forecast = make_family("quadratic").fit(data, data, 0).predict(data.windows)

    assert np.ptp(forecast) == 0.0
    assert np.isfinite(forecast).all()


def test_a_planted_product_is_learned(make_rows: MakeRows) -> None:
    rows, fresh = make_rows(3000, 1), make_rows(3000, 2)
    planted = [0.3 * one.windows[:, -1, 2] * one.windows[:, -1, 7] for one in (rows, fresh)]
    noise = np.random.default_rng(3).standard_normal(3000)
    data = TrainingData(windows=rows.windows, target=(planted[0] + noise).astype(np.float32))

    learned = {
        name: np.corrcoef(make_family(name).fit(data, data, 0).predict(fresh.windows), planted[1])[
            0, 1
        ]
        for name in ("quadratic", "ridge")
    }

    assert learned["quadratic"] > 0.9
    assert abs(learned["ridge"]) < 0.1


@pytest.mark.parametrize("power", [-3, 4])
def test_the_unit_of_a_feature_does_not_matter(make_rows: MakeRows, power: int) -> None:
    rows, unit = make_rows(200, 1), np.ones(15, np.float32)
    unit[[0, 4, 9]] = 2.0**power
    scaled = TrainingData(windows=rows.windows * unit, target=rows.target)
    family = make_family("quadratic")

    one, other = family.fit(rows, rows, 0), family.fit(scaled, scaled, 0)

    np.testing.assert_allclose(
        other.predict(rows.windows * unit), one.predict(rows.windows), atol=1e-7
    )


def test_a_feature_that_never_varies_says_nothing(make_rows: MakeRows) -> None:
    rows = make_rows(200, 1)
    windows = rows.windows.copy()
    windows[:, :, 5] = 0.25
    data = TrainingData(windows=windows, target=rows.target)

    model = make_family("quadratic").fit(data, data, 0)

    moved = windows.copy()
    moved[:, :, 5] = 3.0
    np.testing.assert_array_equal(model.predict(moved), model.predict(windows))


def test_of_many_features_those_that_go_with_the_target_are_multiplied(
    make_rows: MakeRows,
) -> None:
    rows = make_rows(400, 1)

    model = make_family("quadratic", changes={"n_product_features": 4}).fit(rows, rows, 0)

    chosen = model.arrays()["multiplied"]
    assert len(chosen) == 4
    assert {0, 3} <= set(chosen.tolist())


def test_many_rows_are_summed_in_parts_to_the_same_model(
    make_rows: MakeRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, family = make_rows(700, 1), make_family("quadratic")
    whole = family.fit(rows, rows, 0)
    monkeypatch.setattr("bellwether.models._quadratic_fit._ROWS_AT_ONCE", 64)

    parts = family.fit(rows, rows, 0)

    np.testing.assert_allclose(parts.predict(rows.windows), whole.predict(rows.windows), atol=1e-7)


@pytest.mark.parametrize("family", ["quadratic", "gradient_boosting"])
def test_a_row_has_the_same_bits_in_a_batch_of_any_size(
    family: str, make_rows: MakeRows, run_graph: RunGraph
) -> None:
    rows = make_rows(200, 1)
    model = make_family(family, preset="tuned").fit(rows, rows, 0)
    graph = GraphBuilder()
    tensor = graph.input("windows", np.float32, ("batch", 20, 15))
    graph.output("forecast", model.lower(graph, tensor), np.float32, ("batch",))
    windows, built = np.array(rows.windows), graph.build()

    together = run_graph(built, {"windows": windows})["forecast"]

    for n_rows in (1, 2, 3, 7, 8, 33):
        alone = run_graph(built, {"windows": windows[:n_rows]})["forecast"]
        np.testing.assert_array_equal(alone, together[:n_rows])
    np.testing.assert_allclose(together, model.predict(windows), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("center", (14,)),
        ("products", (2, 15, 14)),
        ("products", (6, 15, 15)),
        ("switched", (1, 15, 15)),
        ("coefficients", (15,)),
        ("intercept", (1,)),
        ("multiplied", (3,)),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(
    make_rows: MakeRows, name: str, shape: tuple[int, ...]
) -> None:
    rows, family = make_rows(100, 1), make_family("quadratic")
    arrays = family.fit(rows, rows, 0).arrays()

    with pytest.raises(UnreadableModel):
        family.restore({**arrays, name: np.zeros(shape, arrays[name].dtype)})


def test_features_that_are_not_there_are_not_multiplied(make_rows: MakeRows) -> None:
    rows, family = make_rows(100, 1), make_family("quadratic")
    arrays = family.fit(rows, rows, 0).arrays()

    with pytest.raises(UnreadableModel):
        family.restore({**arrays, "multiplied": arrays["multiplied"] + 1})


def test_more_steps_of_products_than_of_features_are_refused() -> None:
    with pytest.raises(UnusableOption, match="n_product_steps"):
        QuadraticOptions(n_steps=2, n_product_steps=3)


def _written_out(data: TrainingData) -> FloatArray:
    terms, owners, kinds, lags = _all_terms(data)
    weight = data.weight.astype(np.float64) / data.weight.mean(dtype=np.float64)
    target = learned_target(data.target.astype(np.float64), "t5")
    target = target - np.average(target, weights=weight)
    centred = terms - np.average(terms, axis=0, weights=weight)
    noise = np.average(target**2, weights=weight)
    logs, means = [], []
    for real, prior in _hypotheses(owners, kinds, lags):
        variance = 0.3**2 * real
        root = np.sqrt(weight)
        shown, outcome = centred * root[:, None], target * root
        covariance = noise * np.eye(len(target)) + (shown * variance) @ shown.T
        log = multivariate_normal(cov=covariance).logpdf(outcome)
        logs.append(np.log(prior) + log)
        means.append(variance * (shown.T @ np.linalg.solve(covariance, outcome)))
    share = np.exp(np.array(logs) - max(logs))
    forecast = centred @ (share @ np.array(means) / share.sum())
    return np.asarray(0.3 * forecast / np.sqrt(np.average(forecast**2, weights=weight)))


def _hypotheses(
    owners: list[tuple[int, ...]], kinds: NDArray[np.str_], lags: FloatArray
) -> list[tuple[FloatArray, float]]:
    """Return the variance of each term, in what is believed squared, and the chance of that."""
    age = 1.0 / (1.0 + lags)
    share = {kind: (kinds == kind) * age / age[kinds == kind].sum() for kind in "lps"}
    alone = 4.0 * np.eye(len(owners))
    found = [(share["l"] + share["p"], 1.0), (share["l"], 1.0)]
    found += [(alone[place], share["l"][place]) for place in np.flatnonzero(kinds == "l")]
    for kind in "ps":
        places = np.flatnonzero(kinds == kind)
        found += [(alone[place], share[kind][place] / 3) for place in places]
    for place in np.flatnonzero(kinds == "s"):
        # The first three terms are the features of the row's own bar.
        own = alone[owners[place][0]]
        found.append((0.5 * (own + alone[place]), share["s"][place] / 3))
    return found


def _all_terms(
    data: TrainingData,
) -> tuple[FloatArray, list[tuple[int, ...]], NDArray[np.str_], FloatArray]:
    """Return the terms, the features each is made of, its kind and its age."""
    last = data.windows[:, -1].astype(np.float64)
    center = np.average(last, axis=0, weights=data.weight)
    scale = np.sqrt(np.average((last - center) ** 2, axis=0, weights=data.weight))
    now, before = (
        np.clip((data.windows[:, step] - center) / scale, -2.0, 2.0) for step in (-1, -2)
    )
    pairs = [(i, j) for i in range(3) for j in range(i, 3)]
    turns = [(i, j) for i in range(3) for j in range(3) if i != j]
    columns = [*now.T, *before.T, *(now[:, i] * now[:, j] for i, j in pairs)]
    columns += [now[:, i] * np.sign(now[:, j]) for i, j in turns]
    owners = [(0,), (1,), (2,), (0,), (1,), (2,), *pairs, *turns]
    lags = np.array([0, 0, 0, 1, 1, 1, *[0] * 12])
    return np.column_stack(columns), owners, np.array(list("l" * 6 + "p" * 6 + "s" * 6)), lags
