"""SeriesGraph: series of bars as tensors of an ONNX graph, each helper node written once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto

from bellwether.arrays import FloatArray
from bellwether.bars import COLUMNS
from bellwether.features._builder import GraphBuilder

_BLOCK_BARS = 64


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
    constant : float or None
        The number, where it is one that was written down.
    """

    tensor: str
    n_bars: int
    is_finite: bool
    is_truth: bool = False
    constant: float | None = None


def split_columns(graph: GraphBuilder, bars_tensor: str) -> tuple[str, ...]:
    """Append the nodes that take bars apart.

    Parameters
    ----------
    graph : GraphBuilder
    bars_tensor : str
        float64 tensor of shape (batch, n_bars, 5).

    Returns
    -------
    columns : tuple of str
        Open, high, low, close and volume, each of shape (batch, n_bars).

    Notes
    -----
    Turned round once, each column is one stretch of memory; picked out of the bars it would be
    fetched number by number. Without the reshape the engine's optimiser does just that.
    """
    turned = graph.node("Transpose", bars_tensor, perm=[0, 2, 1])
    flat = graph.node("Reshape", turned, graph.constant(np.array([0, -1], dtype=np.int64)))
    n_columns = len(COLUMNS)
    return graph.nodes("Split", flat, n_outputs=n_columns, axis=1, num_outputs=n_columns)


def _fits_float32(value: float, *, divides: bool) -> bool:
    with np.errstate(all="ignore"):
        factor = np.float64(1.0) / value if divides else np.float64(value)
        return bool(np.float64(np.float32(factor)) == factor)


class SeriesGraph:
    """Writes nodes over series into a GraphBuilder.

    Parameters
    ----------
    graph : GraphBuilder
    bars_tensor : str
        float64 tensor of shape (batch, n_bars, 5).
    n_bars : int
    """

    __slots__ = ("_columns", "_graph", "bars_tensor", "n_bars")

    def __init__(self, graph: GraphBuilder, bars_tensor: str, n_bars: int) -> None:
        self._graph = graph
        self._columns: tuple[str, ...] = ()
        self.bars_tensor = bars_tensor
        self.n_bars = n_bars

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Append a node, or return the equal one that is there already."""
        return self._graph.node(operator, *inputs, **attributes)

    def number(self, value: float) -> str:
        """Return a scalar constant."""
        return self._graph.constant(np.array(float(value)))

    def scaled(self, onnx_operator: str, first: Series, second: Series, n_bars: int) -> str:
        """Return a product or a quotient of series on `n_bars`, whose constants stay float64.

        A constant beside a MatMul would be taken into the product by onnxruntime - as float32.
        It does not do so where the constant has more than one element.
        """
        if not first.n_bars and not second.n_bars:
            return self.node(onnx_operator, *(self.numbers(one, n_bars) for one in (first, second)))
        is_divisor = onnx_operator == "Div"
        tensors = [self._factor(first, n_bars), self._factor(second, n_bars, divides=is_divisor)]
        plain = [self.numbers(one, n_bars) for one in (first, second)]
        scaled = self.node(onnx_operator, *tensors)
        return self.span(scaled, 2, 1) if n_bars == 1 and tensors != plain else scaled

    def divided(self, tensor: str, divisor: float, n_bars: int) -> str:
        """Return a tensor of shape (batch, n_bars) over a number, as `scaled`."""
        quotient = self.node(
            "Div", tensor, self.floats(np.full((1, max(n_bars, 2)), float(divisor)))
        )
        return self.span(quotient, 2, 1) if n_bars == 1 else quotient

    def _factor(self, series: Series, n_bars: int, *, divides: bool = False) -> str:
        tensor = self.numbers(series, n_bars)
        if series.n_bars:
            return tensor
        if series.constant is None:
            return self.node("Expand", tensor, self.integers(1, max(n_bars, 2)))
        if _fits_float32(series.constant, divides=divides):
            return tensor
        return self.floats(np.full((1, max(n_bars, 2)), series.constant))

    def floats(self, values: FloatArray) -> str:
        """Return a float64 constant."""
        return self._graph.constant(values)

    def integers(self, *values: int) -> str:
        """Return an int64 constant of shape (n,)."""
        return self._graph.constant(np.array(values, dtype=np.int64))

    def index(self, place: int) -> str:
        """Return an int64 scalar."""
        return self._graph.constant(np.array(place, dtype=np.int64))

    def sorted(self, windows: str, n_kept: int, *, largest: bool) -> str:
        """Return each window's first values in order, of shape (batch, n_kept, n_bars)."""
        kept, order = self.integers(n_kept), int(largest)
        ordered = self._graph.nodes(
            "TopK", windows, kept, n_outputs=2, axis=1, largest=order, sorted=1
        )
        return ordered[0]

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
        if not self._columns:
            self._columns = split_columns(self._graph, self.bars_tensor)
        return self.span(self._columns[place], self.n_bars, n_bars)

    def windows(self, tensor: str, n_covered: int, window_bars: int, n_bars: int) -> str:
        """Return all windows, oldest value first, of shape (batch, window_bars, n_bars).

        Row i holds the values from the i-th on. Values repeated without a break, and broken into
        rows one longer than they are, come to stand so: long copies, where a gather would fetch
        number by number.
        """
        n_values = n_bars + window_bars - 1
        whole = self.span(tensor, n_covered, n_values)
        if n_bars == 1:
            return self.node("Unsqueeze", whole, self.integers(2))
        repeated = self.node("Tile", whole, self.integers(1, window_bars + 1))
        start, step = self.integers(0), self.integers(1)
        cut = self.integers(window_bars * (n_values + 1))
        shape = self.integers(0, window_bars, n_values + 1)
        rows = self.node("Reshape", self.node("Slice", repeated, start, cut, step), shape)
        return self.node("Slice", rows, start, self.integers(n_bars), self.integers(2))

    def weighted(self, windows: str, weights: FloatArray) -> str:
        """Return the sums of windows weighted from the oldest value on, (batch, n_bars)."""
        return self.node("Squeeze", self.rows_weighted(windows, weights), self.integers(1))

    def rows_weighted(self, windows: str, weights: FloatArray) -> str:
        """Return the same with the axis of the windows kept, (batch, 1, n_bars).

        A product, where a reduction would add up a lone row in another order than many.
        """
        return self.node("MatMul", self.floats(weights[None]), windows)

    def distances(self, series: Series, window_bars: int, n_bars: int) -> str:
        """Return all windows less their latest value, of shape (batch, window_bars, n_bars)."""
        tensor = self.numbers(series, series.n_bars)
        windows = self.windows(tensor, series.n_bars, window_bars, n_bars)
        latest = self.node("Unsqueeze", self.numbers(series, n_bars), self.integers(1))
        return self.node("Sub", windows, latest)

    def filtered(self, series: Series, weights: FloatArray, n_bars: int) -> str:
        """Return the weighted sums of all windows, `weights[lag]` at that lag.

        Finite series are multiplied by the banded matrix of the weights; others window by window,
        so that one infinity does not reach the rows that do not hold it.
        """
        tensor = self.numbers(series, series.n_bars)
        if not series.is_finite or weights.size == n_bars == 1:
            windows = self.windows(tensor, series.n_bars, weights.size, n_bars)
            return self.weighted(windows, weights[::-1])
        n_inputs = n_bars + weights.size - 1
        values = self.span(tensor, series.n_bars, n_inputs)
        n_blocks = -(-n_bars // _BLOCK_BARS)
        if n_blocks == 1:
            return self.node("MatMul", values, self._band(weights, n_bars))
        return self._filtered_by_blocks(values, weights, n_bars, n_blocks)

    def _filtered_by_blocks(
        self, values: str, weights: FloatArray, n_bars: int, n_blocks: int
    ) -> str:
        """Return the same for many bars: the band of all of them would be zeros for the most part.

        Each block of bars is a row of the values it needs, laid out as in `windows` but a block
        further each. Bars in front that make the first block whole are thrown away.
        """
        n_block = -(-n_bars // n_blocks)
        n_spare = n_blocks * n_block - n_bars
        n_values = n_bars + weights.size - 1
        start = (n_values - n_spare) % n_values
        stop = start + n_blocks * (n_values + n_block)
        repeated = self.node("Tile", values, self.integers(1, -(-stop // n_values)))
        flat = self.node(
            "Slice", repeated, self.integers(start), self.integers(stop), self.integers(1)
        )
        rows = self.node("Reshape", flat, self.integers(0, n_blocks, n_values + n_block))
        n_needed = self.integers(n_block + weights.size - 1)
        blocks = self.node("Slice", rows, self.integers(0), n_needed, self.integers(2))
        sums = self.node("MatMul", blocks, self._band(weights, n_block))
        in_line = self.node("Reshape", sums, self.integers(0, n_blocks * n_block))
        return self.span(in_line, n_blocks * n_block, n_bars)

    def _band(self, weights: FloatArray, n_bars: int) -> str:
        padding = np.zeros(n_bars - 1)
        padded = np.concatenate([padding, weights[::-1], padding])
        # Written out: a browser opens graphs as they are, and would gather it for each answer.
        places = np.arange(n_bars + weights.size - 1)[:, None] + n_bars - 1 - np.arange(n_bars)
        return self.floats(padded[places])
