"""The graph backend: the same numbers in onnxruntime, and the data contract."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import onnx
import onnxruntime
import pytest

from bellwether import features as f
from bellwether.arrays import FloatArray
from bellwether.features import (
    ALLOWED_OPERATORS,
    CATALOGUES,
    Expression,
    FeatureSet,
    GraphBuilder,
    WindowTooShort,
    compute,
    core15,
    ewma_volatility,
    lower,
    lower_data_contract,
)

RunGraph = Callable[[Sequence[Expression] | FeatureSet, FloatArray, int], FloatArray]


@pytest.mark.parametrize(
    "features", [make() for make in CATALOGUES.values()], ids=lambda one: str(one.name)
)
@pytest.mark.parametrize("n_steps", [1, 20])
def test_catalogues_give_the_batch_values(
    features: FeatureSet, n_steps: int, matrix: FloatArray, run_graph: RunGraph
) -> None:
    n_bars = features.lookback_bars + n_steps - 1
    ends = np.arange(n_bars, len(matrix), 101)
    windows = np.stack([matrix[end - n_bars : end] for end in ends])
    history = compute(features, matrix)
    expected = np.stack([history[end - n_steps : end] for end in ends])
    np.testing.assert_allclose(run_graph(features, windows, n_steps), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", CATALOGUES)
def test_catalogues_use_only_what_a_bundle_may_hold(name: str) -> None:
    features = CATALOGUES[name]()
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", features.lookback_bars, 5))
    values = lower(graph, features, bars, n_bars=features.lookback_bars, n_steps=1)
    graph.output("values", values, np.float64, ("batch", 1, len(features)))
    model = onnx.load_from_string(graph.build())
    assert {node.op_type for node in model.graph.node} <= ALLOWED_OPERATORS[""]


def test_bars_beyond_the_lookback_change_nothing(matrix: FloatArray, run_graph: RunGraph) -> None:
    least = core15().lookback_bars
    short = run_graph(core15(), matrix[None, -least:], 1)
    longer = run_graph(core15(), matrix[None, -least - 200 :], 1)
    np.testing.assert_allclose(short, longer, rtol=1e-13, atol=1e-13)


def test_volatility_is_the_same_in_both_backends(matrix: FloatArray, run_graph: RunGraph) -> None:
    found = run_graph([ewma_volatility()], matrix[None], 30)[0]
    np.testing.assert_allclose(found, compute([ewma_volatility()], matrix)[-30:], rtol=1e-12)


def test_constants_and_truths_fill_every_step(matrix: FloatArray, run_graph: RunGraph) -> None:
    expressions = [f.constant(2) + 1, f.constant(2) > 1, f.close > f.open, f.sum(2, 3)]
    expressions += [f.last_where(7, f.close > 0, 3, 0), f.last_where(f.close, 0, 3, -1)]
    expressions += [f.clipped_sum(2, 3, 3), f.clipped_sum(-0.5, 1, 1)]
    windows = np.stack([matrix[:40], matrix[40:80]])
    found = run_graph(expressions, windows, 4)
    for values, window in zip(found, windows, strict=True):
        np.testing.assert_array_equal(values, compute(expressions, window)[-4:])


def beside_the_price(values: Expression, n_bars: int) -> Expression:
    return f.corr(values, f.close, n_bars)


def within_two(values: Expression, n_bars: int) -> Expression:
    return f.clipped_sum(values, 2, n_bars)


def lower_third(values: Expression, n_bars: int) -> Expression:
    return f.quantile(values, n_bars, 0.3)


@pytest.mark.parametrize(
    "function",
    [f.max, f.min, f.mean, f.sum, f.std, f.r2, f.slope, f.wma, f.resid, f.skew, f.mean_deviation,
     f.rank, f.argmax, f.argmin, f.median, lower_third, beside_the_price,
     within_two],
    ids=lambda one: one.__name__,
)  # fmt: skip
def test_a_hole_reaches_the_windows_that_hold_it_and_no_others(
    function: Callable[[Expression, int], Expression], matrix: FloatArray, run_graph: RunGraph
) -> None:
    bars = matrix[:60].copy()
    bars[45, 4] = 0.0
    holed = [function(f.log(f.volume - bars[50, 4]), 3), function(f.close / f.volume, 3)]
    expected = compute(holed, bars)[-20:]
    assert np.isnan(expected[:, 0]).any()
    assert np.isfinite(expected[-3:, 1]).all()
    np.testing.assert_allclose(run_graph(holed, bars[None], 20)[0], expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n_bars", [1, 2, 3, 4, 5, 10, 11, 60, 65, 150])
@pytest.mark.parametrize("n_steps", [1, 7])
def test_clipped_sums_of_any_memory_are_those_of_the_batch(
    n_bars: int, n_steps: int, matrix: FloatArray, run_graph: RunGraph
) -> None:
    steps = 100 * f.simple_return(1)
    expressions = [f.clipped_sum(steps, bound, n_bars) for bound in (0.0, 0.7, 5.0, 1e4)]
    ends = np.arange(n_bars + n_steps + 1, len(matrix), 90)
    windows = np.stack([matrix[end - n_bars - n_steps : end] for end in ends])
    history = compute(expressions, matrix)
    expected = np.stack([history[end - n_steps : end] for end in ends])
    found = run_graph(expressions, windows, n_steps)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_an_infinite_step_reaches_a_bound_in_both_backends(run_graph: RunGraph) -> None:
    steps = np.array([0.5, 1.0, math.inf, -0.5, -math.inf, 0.25, 0.25, -3.0, math.inf, 0.5, -9.0])
    bars = np.column_stack([steps] * 5)
    expression = f.clipped_sum(f.close, 2, 5)
    expected = compute([expression], bars)[-6:]
    np.testing.assert_array_equal(run_graph([expression], bars[None], 6)[0], expected)


FACTORS = [
    f.sum(f.close / 3, 5), f.sum(f.close, 4) * 0.1, f.sum(f.close, 3) / 7, f.sum(0.1 * f.close, 6),
    f.sum(f.close, 7) * (f.constant(1) / 3), (f.constant(2) > 1) * f.close,
    f.sum(f.constant(1) / 3 * f.close, 5), f.ema(f.rank(f.open, 3), 1, 1),
    f.sum(f.cov(f.close, f.open, 4), 3), f.wilder(f.close * 0.1, 14) / 0.3,
]  # fmt: skip


@pytest.mark.parametrize("n_steps", [1, 5])
def test_factors_beside_products_keep_their_precision(
    n_steps: int, matrix: FloatArray, run_graph: RunGraph
) -> None:
    # onnxruntime takes a scalar factor into a matrix product, and rounds it to float32.
    found = run_graph(FACTORS, matrix[None, :150], n_steps)[0]
    np.testing.assert_allclose(found, compute(FACTORS, matrix[:150])[-n_steps:], rtol=1e-13)


def test_the_graph_of_the_contract_is_small_and_always_the_same() -> None:
    def build() -> bytes:
        graph = GraphBuilder()
        bars = graph.input("bars", np.float64, ("batch", 174, 5))
        values = lower(graph, core15(), bars, n_bars=174, n_steps=20)
        graph.output("values", values, np.float64, ("batch", 20, 15))
        return graph.build()

    assert build() == build()
    assert len(build()) < 250_000


def test_windows_shorter_than_the_lookback_are_refused() -> None:
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", 173, 5))
    with pytest.raises(WindowTooShort, match="at least 174 bars") as caught:
        lower(graph, core15(), bars, n_bars=173, n_steps=20)
    assert (caught.value.n_bars, caught.value.least) == (173, 174)


def judge(windows: FloatArray) -> list[bool]:
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", windows.shape[1], 5))
    graph.output("ok", lower_data_contract(graph, bars), bool, ("batch",))
    session = onnxruntime.InferenceSession(graph.build(), providers=["CPUExecutionProvider"])
    verdicts: list[bool] = session.run(None, {"bars": windows})[0].tolist()
    return verdicts


def test_valid_bars_are_within_the_contract(matrix: FloatArray) -> None:
    flat = np.ones((1, 30, 5))
    flat[..., 4] = 0.0
    assert judge(matrix[None, :30]) == [True]
    assert judge(flat) == [True]


BREACHES = [
    *((place, value) for place in range(5) for value in (math.nan, math.inf, -math.inf)),
    *((place, value) for place in range(4) for value in (0.0, -1.0)),
    (1, 0.9),
    (2, 1.1),
    (0, 1.3),
    (3, 1.3),
    (0, 0.7),
    (3, 0.7),
    (4, -1e-300),
]


@pytest.mark.parametrize(("place", "value"), BREACHES)
@pytest.mark.parametrize("row", [0, 17, 29])
def test_one_bad_number_breaks_the_contract_of_its_window_alone(
    place: int, value: float, row: int
) -> None:
    windows = np.tile([1.0, 1.2, 0.8, 1.0, 5.0], (3, 30, 1))
    windows[1, row, place] = value
    assert judge(windows) == [True, False, True]
