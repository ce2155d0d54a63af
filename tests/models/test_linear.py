"""Ridge and logistic regression, and the two fits beneath them."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.models import TrainingData, make_family
from bellwether.models._regression import fit_logistic, fit_ridge, sigmoid

MakeRows = Callable[[int, int], TrainingData]


def test_ridge_is_least_squares_with_the_penalty_as_extra_rows() -> None:
    generator = np.random.default_rng(1)
    design, target = generator.standard_normal((40, 3)), generator.standard_normal(40)
    weight, penalty = generator.random(40), np.array([0.5, 2.0, 0.0])
    rows = np.vstack([design * np.sqrt(weight)[:, None], np.diag(np.sqrt(penalty))])
    goal = np.concatenate([target * np.sqrt(weight), np.zeros(3)])

    slow = np.linalg.lstsq(rows, goal, rcond=None)[0]

    np.testing.assert_allclose(fit_ridge(design, target, weight, penalty), slow, atol=1e-12)


@given(
    seed=st.integers(0, 10_000),
    n_rows=st.integers(1, 60),
    spread=st.sampled_from([0.01, 1.0, 30.0]),
    separated=st.booleans(),
)
def test_logistic_regression_ends_where_its_slope_is_zero(
    seed: int, n_rows: int, spread: float, *, separated: bool
) -> None:
    generator = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n_rows), spread * generator.standard_normal((n_rows, 2))])
    chosen = design[:, 1] if separated else generator.standard_normal(n_rows)
    outcome, weight = (chosen > 0).astype(float), generator.random(n_rows)
    penalty = np.array([1.0, 0.3, 5.0])

    solved = fit_logistic(design, outcome, weight, penalty)

    slope = design.T @ (weight * (outcome - sigmoid(design @ solved))) - penalty * solved
    assert np.abs(slope).max() < 1e-8 * max(1.0, spread) * n_rows


def test_ridge_shrinks_to_what_is_believable(make_rows: MakeRows) -> None:
    rows = make_rows(400, 1)
    last = rows.windows[:, -1].astype(np.float64)
    centred = last - last.mean(0)
    target = rows.target - rows.target.mean(dtype=np.float64)
    penalty = 15 * (1 / 0.1**2 - 1) * (centred**2).mean()
    slow = np.linalg.inv(centred.T @ centred + penalty * np.eye(15)) @ centred.T @ target

    model = make_family("ridge").fit(rows, rows, 0)

    expected = centred @ slow + rows.target.mean(dtype=np.float64)
    np.testing.assert_allclose(model.predict(rows.windows), expected, atol=1e-6)


@pytest.mark.parametrize("name", ["ridge", "logistic"])
def test_linear_families_find_a_planted_signal(name: str, make_rows: MakeRows) -> None:
    model = make_family(name).fit(make_rows(400, 1), make_rows(100, 2), 0)

    unseen = make_rows(1000, 9)
    assert np.corrcoef(model.predict(unseen.windows), unseen.target)[0, 1] > 0.35


def test_believing_in_more_skill_shrinks_less(make_rows: MakeRows) -> None:
    spreads = [
        np.ptp(
            make_family("ridge", changes={"prior_information_coefficient": believed})
            .fit(make_rows(400, 1), make_rows(100, 2), 0)
            .predict(make_rows(50, 3).windows)
        )
        for believed in (0.02, 0.1, 0.5)
    ]

    assert spreads == sorted(spreads)
    assert spreads[0] < 0.5 * spreads[2]


def test_scale_of_a_feature_set_does_not_change_the_ridge_forecast(make_rows: MakeRows) -> None:
    rows = make_rows(300, 1)
    doubled = TrainingData(windows=rows.windows * np.float32(2), target=rows.target)

    forecasts = [
        make_family("ridge").fit(data, data, 0).predict(data.windows) for data in (rows, doubled)
    ]

    np.testing.assert_allclose(forecasts[0], forecasts[1], atol=1e-6)


def test_unmoved_rows_do_not_count_as_falls(make_rows: MakeRows) -> None:
    rows = make_rows(200, 1)
    still = TrainingData(
        windows=np.concatenate([rows.windows, rows.windows]),
        target=np.concatenate([rows.target, np.zeros(200, np.float32)]),
        weight=np.repeat(np.array([1.0, 1.0], np.float32), 200),
    )

    with_still, without = (
        make_family("logistic").fit(data, data, 0).predict(rows.windows) for data in (still, rows)
    )

    np.testing.assert_allclose(with_still.mean(), without.mean(), atol=0.02)
