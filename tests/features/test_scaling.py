"""Scaling: fitted once, the same bits everywhere."""

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import GraphBuilder, Scaling, WrongMatrix, lower_scaling


def run(scaling: Scaling, values: FloatArray) -> Float32Array:
    graph = GraphBuilder()
    tensor = graph.input("values", np.float64, ("batch", len(scaling)))
    scaled = lower_scaling(graph, scaling, tensor)
    graph.output("scaled", scaled, np.float32, ("batch", len(scaling)))
    session = onnxruntime.InferenceSession(graph.build(), providers=["CPUExecutionProvider"])
    found: Float32Array = session.run(None, {"values": values})[0]
    return found


def test_training_rows_get_mean_zero_and_deviation_one() -> None:
    rows = np.random.default_rng(3).normal([5, -2], [3, 0.01], (500, 2))
    scaled = Scaling.fit(rows).transform(rows)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-4)


@pytest.mark.parametrize("level", [0.0, 0.1, 1e9, -1e-9])
def test_features_that_do_not_vary_are_centered(level: float) -> None:
    rows = np.full((7, 1), level)
    assert (Scaling.fit(rows).transform(rows) == 0).all()


def test_rounding_noise_is_no_variation() -> None:
    rows = 1e6 + np.array([[0.0], [1e-9], [0.0], [-1e-9]])
    assert Scaling.fit(rows).scale.tolist() == [1.0]


def test_scaled_values_are_clipped_and_on_the_grid() -> None:
    scaling = Scaling(center=np.zeros(1), scale=np.ones(1))
    scaled = scaling.transform(np.array([[-np.inf], [-9.0], [np.pi], [9.0], [np.inf]]))[:, 0]
    assert scaled.dtype == np.float32
    assert scaled.tolist() == [-8.0, -8.0, 205887 / 65536, 8.0, 8.0]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(1e-3, 1e3))
def test_the_graph_gives_the_same_bits(values: list[float], scale: float) -> None:
    scaling = Scaling(center=np.array([0.1]), scale=np.array([scale]))
    column = np.array(values)[:, None]
    assert run(scaling, column).tobytes() == scaling.transform(column).tobytes()


def test_halves_round_to_even_in_both_and_nan_stays() -> None:
    scaling = Scaling(center=np.zeros(1), scale=np.ones(1))
    column = np.array([[0.5], [1.5], [2.5], [-0.5], [np.nan], [np.inf]]) / 65536
    expected = np.array([0.0, 2.0, 2.0, -0.0, np.nan, np.inf]) / 65536
    np.testing.assert_array_equal(scaling.transform(column)[:, 0], np.clip(expected, -8, 8))
    np.testing.assert_array_equal(run(scaling, column), scaling.transform(column))


def test_windows_are_scaled_as_rows_are() -> None:
    rows = np.random.default_rng(1).normal(size=(12, 3))
    scaling = Scaling.fit(rows)
    windows = scaling.transform(rows.reshape(4, 3, 3))
    assert windows.tobytes() == scaling.transform(rows).tobytes()


def test_arrays_cannot_be_changed_from_outside() -> None:
    scaling = Scaling.fit(np.eye(3))
    with pytest.raises(ValueError, match="read-only"):
        scaling.center[0] = 1.0


def test_digest_follows_the_numbers() -> None:
    assert Scaling.fit(np.eye(3)).digest == Scaling.fit(np.eye(3)).digest
    assert Scaling.fit(np.eye(3)).digest != Scaling.fit(2 * np.eye(3)).digest


@pytest.mark.parametrize(
    "rows", [np.empty((0, 2)), np.ones(3), np.array([[1.0], [np.nan]]), np.array([[np.inf]])]
)
def test_rows_that_cannot_be_fitted_are_refused(rows: FloatArray) -> None:
    with pytest.raises(WrongMatrix):
        Scaling.fit(rows)


@pytest.mark.parametrize(
    ("center", "scale"),
    [([0.0], [0.0]), ([0.0], [-1.0]), ([np.nan], [1.0]), ([0.0], [np.inf]), ([0.0], [1.0, 1.0])],
)
def test_numbers_that_are_no_scaling_are_refused(center: list[float], scale: list[float]) -> None:
    with pytest.raises(WrongMatrix):
        Scaling(center=np.array(center), scale=np.array(scale))
