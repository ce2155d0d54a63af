"""Fixtures of the model tests: rows with a planted signal, small families, graphs that are run."""

from collections.abc import Callable, Mapping

import numpy as np
import onnxruntime
import pytest

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import GraphBuilder
from bellwether.models import Family, FittedModel, TrainingData, make_family

N_STEPS, N_FEATURES = 20, 15

SMALL: Mapping[str, Mapping[str, object]] = {
    "gradient_boosting": {"max_trees": 12},
    "logistic": {},
    "lstm": {"units": (12, 8), "dense_units": 8, "max_epochs": 2, "batch_rows": 64},
    "quadratic": {},
    "ridge": {},
    "transformer": {"key_units": 8, "max_epochs": 2, "batch_rows": 64},
}


@pytest.fixture(scope="session")
def make_rows() -> Callable[[int, int], TrainingData]:
    """Return a maker of rows: (n_rows, seed) -> TrainingData with a planted signal."""
    return planted_rows


def planted_rows(n_rows: int, seed: int) -> TrainingData:
    """Return windows on the grid of scaled features, the target a noisy line of two of them."""
    generator = np.random.default_rng(seed)
    steps = np.clip(generator.standard_normal((n_rows + N_STEPS - 1, N_FEATURES)), -8, 8)
    on_grid = (np.round(steps * 65536) / 65536).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(on_grid, N_STEPS, axis=0)
    windows = windows.transpose(0, 2, 1)
    signal = 0.4 * windows[:, -1, 0] - 0.3 * windows[:, -1, 3]
    noise = generator.standard_normal(n_rows).astype(np.float32)
    return TrainingData(windows=windows, target=signal + noise)


@pytest.fixture(scope="session")
def make_small() -> Callable[[str], Family]:
    """Return a maker of families so small that they fit in a moment."""
    return lambda name: make_family(name, changes=SMALL[name])


@pytest.fixture(scope="session")
def run_lowered() -> Callable[[FittedModel, Float32Array], FloatArray]:
    """Return a runner of a model's graph: (model, windows) -> forecasts."""

    def run(model: FittedModel, windows: Float32Array) -> FloatArray:
        graph = GraphBuilder()
        tensor = graph.input("windows", np.float32, ("batch", *windows.shape[1:]))
        graph.output("forecast", model.lower(graph, tensor), np.float32, ("batch",))
        session = one_thread_session(graph.build())
        (forecast,) = session.run(None, {"windows": np.array(windows)})
        return np.asarray(forecast, dtype=np.float64)

    return run


@pytest.fixture(scope="session")
def run_graph() -> Callable[[bytes, Mapping[str, FloatArray]], dict[str, FloatArray]]:
    """Return a runner of any graph: (model, inputs) -> outputs by name."""

    def run(model: bytes, inputs: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        session = one_thread_session(model)
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(None, dict(inputs)), strict=True))

    return run


def one_thread_session(model: bytes) -> onnxruntime.InferenceSession:
    """Return a session as the service opens it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options)
