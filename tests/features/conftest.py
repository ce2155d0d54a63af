"""Fixtures of the feature tests: matrices of bars, and graphs that are run."""

from collections.abc import Callable, Sequence

import numpy as np
import onnxruntime
import pytest

from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.features import Expression, FeatureSet, GraphBuilder, lower

RunGraph = Callable[[Sequence[Expression] | FeatureSet, FloatArray, int], FloatArray]


@pytest.fixture(scope="session")
def matrix(make_bars: Callable[[int, int], Bars]) -> FloatArray:
    """Return 1,100 random valid bars: more than a kernel's block."""
    return make_bars(1_100, 7).matrix


@pytest.fixture(scope="session")
def run_graph() -> RunGraph:
    """Return a runner: (expressions, windows (batch, n_bars, 5), n_steps) -> values."""
    return _run


def _run(
    expressions: Sequence[Expression] | FeatureSet, windows: FloatArray, n_steps: int
) -> FloatArray:
    graph = GraphBuilder()
    n_bars = windows.shape[1]
    bars = graph.input("bars", np.float64, ("batch", n_bars, 5))
    values = lower(graph, expressions, bars, n_bars=n_bars, n_steps=n_steps)
    graph.output("values", values, np.float64, ("batch", n_steps, len(expressions)))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        graph.build(), options, providers=["CPUExecutionProvider"]
    )
    result: FloatArray = session.run(None, {"bars": np.ascontiguousarray(windows)})[0]
    return result
