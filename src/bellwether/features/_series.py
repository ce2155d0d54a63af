"""SeriesGraph: series of bars as tensors of an ONNX graph, each helper node written once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto

from bellwether.arrays import FloatArray
from bellwether.features._builder import GraphBuilder


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The values of an expression on the last bars of a graph's window.

    Parameters
    ----------
    tensor : str
        Tensor of shape (batch, n_bars), or a scalar where `n_bars` is 0; float64, or bool
        where `is_truth`.
    n_bars : int
        Bars covered, up to and including the window's last; 0 for a constant.
    is_finite : bool
        Whether the values are known to be finite on any bars within the data contract.
    is_truth : bool
        Whether the tensor holds truth values that stand for 1.0 and 0.0.
    """

    tensor: str
    n_bars: int
    is_finite: bool
    is_truth: bool = False


class SeriesGraph:
    """Writes nodes over series into a GraphBuilder, equal nodes once.

    Parameters
    ----------
    graph : GraphBuilder
    bars_tensor : str
        float64 tensor of shape (batch, n_bars, 5).
    n_bars : int
    """

    __slots__ = ("_graph", "_nodes", "bars_tensor", "n_bars")

    def __init__(self, graph: GraphBuilder, bars_tensor: str, n_bars: int) -> None:
        self._graph = graph
        self._nodes: dict[tuple[object, ...], str] = {}
        self.bars_tensor = bars_tensor
        self.n_bars = n_bars

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Append a node, or return the equal one that is there already."""
        key = (operator, inputs, tuple(sorted(attributes.items())))
        if key not in self._nodes:
            self._nodes[key] = self._graph.node(operator, *inputs, **attributes)
        return self._nodes[key]

    def number(self, value: float) -> str:
        """Return a scalar constant."""
        return self._graph.constant(np.array(float(value)))

    def floats(self, values: FloatArray) -> str:
        """Return a float64 constant."""
        return self._graph.constant(values)

    def integers(self, *values: int) -> str:
        """Return an int64 constant of shape (n,)."""
        return self._graph.constant(np.array(values, dtype=np.int64))

    def span(self, tensor: str, n_covered: int, n_bars: int, bars_ago: int = 0) -> str:
        """Return `n_bars` of a tensor that covers `n_covered`, ending `bars_ago` before its end."""
        if n_covered == n_bars and not bars_ago:
            return tensor
        start, stop = -(n_bars + bars_ago), -bars_ago if bars_ago else np.iinfo(np.int64).max
        return self.node(
            "Slice", tensor, self.integers(start), self.integers(int(stop)), self.integers(1)
        )

    def numbers(self, series: Series, n_bars: int, bars_ago: int = 0) -> str:
        """Return float64 values on `n_bars`; a constant stays a scalar."""
        tensor = series.tensor
        if series.is_truth:
            tensor = self.node("Cast", tensor, to=TensorProto.DOUBLE)
        return self.span(tensor, series.n_bars, n_bars, bars_ago) if series.n_bars else tensor

    def truths(self, series: Series, n_bars: int) -> str:
        """Return bools on `n_bars`: where the values are neither zero nor NaN."""
        if series.is_truth:
            tensor = series.tensor
        else:
            tensor = self.node("Greater", self.node("Abs", series.tensor), self.number(0.0))
        return self.span(tensor, series.n_bars, n_bars) if series.n_bars else tensor

    def spread(self, series: Series, n_bars: int) -> Series:
        """Return a constant as a series of `n_bars` equal values, any other as it is."""
        if series.n_bars:
            return series
        shape = self.node("Shape", self.column(3, n_bars))
        return Series(
            tensor=self.node("Expand", series.tensor, shape),
            n_bars=n_bars,
            is_finite=series.is_finite,
            is_truth=series.is_truth,
        )

    def column(self, place: int, n_bars: int) -> str:
        """Return a column of the bars, float64 of shape (batch, n_bars)."""
        bars = self.span(self.bars_tensor, self.n_bars, n_bars)
        place_of_column = self._graph.constant(np.array(place, dtype=np.int64))
        return self.node("Gather", bars, place_of_column, axis=2)

    def windows(self, tensor: str, n_covered: int, window_bars: int, n_bars: int) -> str:
        """Return all windows, latest value first, of shape (batch, n_bars, window_bars)."""
        whole = self.span(tensor, n_covered, n_bars + window_bars - 1)
        bar = self._graph.constant(np.arange(n_bars, dtype=np.int64)[:, None])
        back = self._graph.constant(np.arange(window_bars, dtype=np.int64)[::-1].copy())
        return self.node("Gather", whole, self.node("Add", bar, back), axis=1)

    def distances(self, series: Series, window_bars: int, n_bars: int) -> str:
        """Return all windows less their latest value, of shape (batch, n_bars, window_bars)."""
        tensor = self.numbers(series, series.n_bars)
        windows = self.windows(tensor, series.n_bars, window_bars, n_bars)
        latest = self.node("Unsqueeze", self.numbers(series, n_bars), self.integers(2))
        return self.node("Sub", windows, latest)

    def filtered(self, series: Series, weights: FloatArray, n_bars: int) -> str:
        """Return the weighted sums of all windows, `weights[lag]` at that lag.

        Finite series are multiplied by the banded matrix of the weights, spelled as a gather
        of constants that the runtime folds; others window by window, so that one infinity does
        not reach the rows that do not hold it.
        """
        tensor = self.numbers(series, series.n_bars)
        if not series.is_finite:
            windows = self.windows(tensor, series.n_bars, weights.size, n_bars)
            return self.node("MatMul", windows, self.floats(weights))
        n_inputs = n_bars + weights.size - 1
        padding = np.zeros(n_bars - 1)
        padded = self.floats(np.concatenate([padding, weights[::-1], padding]))
        row = self._graph.constant(np.arange(n_inputs, dtype=np.int64)[:, None])
        column = self._graph.constant(n_bars - 1 - np.arange(n_bars, dtype=np.int64))
        band = self.node("Gather", padded, self.node("Add", row, column), axis=0)
        return self.node("MatMul", self.span(tensor, series.n_bars, n_inputs), band)
