"""The rules' graph gives what the batch gives, and nothing on broken bars."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.rules import (
    RULES_LOOKBACK_BARS,
    RuleOptions,
    pad_bars,
    rule_expressions,
    rule_signals,
    rules_graph,
    rules_lookback_bars,
)

BarsMaker = Callable[[int, int], Bars]
CODES = ("direction", "reason", "regime", "regime_confirmed")
BY_SIGNAL = np.array([0.41, 0.5, 0.57])


def _session(graph: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def session() -> onnxruntime.InferenceSession:
    return _session(rules_graph())


def _run(session: onnxruntime.InferenceSession, bars: FloatArray) -> dict[str, Any]:
    names = [output.name for output in session.get_outputs()]
    values = session.run(names, {"bars": bars, "probability_by_signal": BY_SIGNAL})
    return dict(zip(names, values, strict=True))


def _windows(matrix: FloatArray, rows: list[int], n_bars: int) -> FloatArray:
    return np.stack([pad_bars(matrix[: row + 1], n_bars) for row in rows])


def _assert_same(
    session: onnxruntime.InferenceSession, matrix: FloatArray, options: RuleOptions
) -> None:
    rows = list(range(59, len(matrix), 7))
    batch = rule_signals(matrix, options)
    graph = _run(session, _windows(matrix, rows, rules_lookback_bars(options)))
    assert graph["ok"].all()
    for name in rule_expressions(options):
        expected = getattr(batch, name)[rows]
        if name in CODES:
            np.testing.assert_array_equal(graph[name], expected)
        else:
            np.testing.assert_allclose(graph[name], expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(graph["probability_up"], BY_SIGNAL[batch.direction[rows] + 1])


def test_graph_and_batch_agree_on_real_bars(
    session: onnxruntime.InferenceSession, real_market: FloatArray
) -> None:
    _assert_same(session, real_market, RuleOptions())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_graph_and_batch_agree_on_simulated_bars(
    session: onnxruntime.InferenceSession, make_bars: BarsMaker, seed: int
) -> None:
    _assert_same(session, make_bars(600, seed).matrix, RuleOptions())


def test_graph_and_batch_agree_where_readings_lie_on_their_thresholds(
    session: onnxruntime.InferenceSession,
) -> None:
    close = 100.0 + np.tile([0.0, 1.0, 0.0, -1.0], 150)
    zigzag = np.column_stack([close, close + 1.5, close - 1.5, close, np.ones(600)])
    still = np.tile([100.1, 100.1, 100.1, 100.1, 0.0], (400, 1))
    wide = np.tile([100.0, 101.5, 98.5, 100.0, 1.0], (400, 1))  # range exactly 3 % of price
    for matrix in (zigzag, still, wide):
        _assert_same(session, matrix, RuleOptions())


def test_other_options_make_another_graph(make_bars: BarsMaker) -> None:
    options = RuleOptions(rsi_bars=20, sma_bars=100)
    graph = rules_graph(options)
    assert graph != rules_graph()
    _assert_same(_session(graph), make_bars(500, 4).matrix, options)


@pytest.mark.parametrize(
    ("column", "value"), [(0, np.nan), (1, 1e-3), (2, 1e6), (3, np.inf), (3, 0.0), (4, -1.0)]
)
def test_broken_bars_give_nothing_and_spoil_no_other_row(
    session: onnxruntime.InferenceSession, make_bars: BarsMaker, column: int, value: float
) -> None:
    windows = _windows(make_bars(500, 5).matrix, [450, 499], RULES_LOOKBACK_BARS)
    whole = _run(session, windows)
    windows[0, 100, column] = value
    broken = _run(session, windows)
    assert broken.pop("ok").tolist() == [False, True]
    for name, values in broken.items():
        assert np.isnan(values[0])
        assert values[1] == whole[name][1]


def test_rows_of_a_batch_do_not_touch_each_other(
    session: onnxruntime.InferenceSession, make_bars: BarsMaker
) -> None:
    windows = _windows(make_bars(500, 6).matrix, [400, 450, 499], RULES_LOOKBACK_BARS)
    together = _run(session, windows)
    for row in range(3):
        for name, values in _run(session, windows[row : row + 1]).items():
            assert values[0] == pytest.approx(together[name][row], rel=1e-12)


def test_graph_is_small_and_always_the_same_bytes() -> None:
    graph = rules_graph()
    assert graph == rules_graph()
    assert len(graph) < 300_000


def test_graph_is_plain_onnx_that_a_browser_runs() -> None:
    model = onnx.load_from_string(rules_graph())
    assert [opset.domain for opset in model.opset_import] == [""]
    assert {node.domain for node in model.graph.node} == {""}
    names = [output.name for output in model.graph.output]
    assert sorted(names) == sorted([*rule_expressions(RuleOptions()), "probability_up", "ok"])


@pytest.mark.parametrize("n_rows", [1, 2, 3, 5, 8, 13, 32])
def test_a_row_has_the_same_bits_in_a_batch_of_any_size(
    make_bars: BarsMaker, session: onnxruntime.InferenceSession, n_rows: int
) -> None:
    rows = list(range(60, 700, 10))
    windows = _windows(make_bars(700, 5).matrix, rows, RULES_LOOKBACK_BARS)
    whole = _run(session, windows)
    for first in range(0, len(rows) - n_rows + 1, n_rows):
        part = _run(session, windows[first : first + n_rows])
        for name, found in part.items():
            assert found.tobytes() == whole[name][first : first + n_rows].tobytes(), name
