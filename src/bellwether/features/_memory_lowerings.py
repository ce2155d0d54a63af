"""Lowering of a clipped sum: a loop over a window's bars, written as two rounds without one.

Each bar's step is a map y -> min(max(y + shift, least), most), and so is what several of them do
one after another. A window of n steps is cut into about n^.5 parts of n^.5 steps; the steps of
each part are composed at once, then the parts.
"""

import math
from dataclasses import dataclass

import numpy as np

from bellwether.features._lowerings import Operands, Parameters, without_holes
from bellwether.features._series import SeriesGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maps:
    """Maps in the order in which they are applied: tensors of shape (..., n_maps, n_bars)."""

    shift: str
    least: str
    most: str


def clipped_sum(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:
    """Lower the sum that is clipped before each value is added."""
    [x], bound, n_window = operands, parameters[0], int(parameters[1])
    latest = graph.numbers(x, n_bars)
    if n_window == 1:
        return graph.node("Add", latest, graph.number(0.0))
    n_steps = n_window - 1
    earlier = graph.numbers(x, n_bars + n_steps - 1, bars_ago=1)
    windows = graph.windows(earlier, n_bars + n_steps - 1, n_steps, n_bars)
    # From one bound the other is twice the bound away: further steps lead no further, and would
    # make an infinity of one bar a NaN of the next.
    shifts = graph.node("Clip", windows, graph.number(-2 * bound), graph.number(2 * bound))
    steps = _Maps(
        shift=_in_parts(graph, shifts, n_steps, n_bars),
        least=graph.number(-bound),
        most=graph.number(bound),
    )
    whole = _compose(graph, _compose(graph, steps, _part_size(n_steps)), _n_parts(n_steps))
    held = graph.node("Min", graph.node("Max", whole.shift, whole.least), whole.most)
    total = graph.node("Add", held, latest)
    return without_holes(graph, x, windows, total)


def _part_size(n_steps: int) -> int:
    return math.isqrt(n_steps - 1) + 1


def _n_parts(n_steps: int) -> int:
    return -(-n_steps // _part_size(n_steps))


def _in_parts(graph: SeriesGraph, shifts: str, n_steps: int, n_bars: int) -> str:
    """Return windows of shape (batch, n_parts, part_size, n_bars), steps of zero in front."""
    n_parts, size = _n_parts(n_steps), _part_size(n_steps)
    n_spare = n_parts * size - n_steps
    if n_spare:
        shifts = graph.node(
            "Pad", shifts, graph.integers(0, n_spare, 0, 0, 0, 0), graph.number(0.0)
        )
    return graph.node("Reshape", shifts, graph.integers(0, n_parts, size, n_bars))


def _compose(graph: SeriesGraph, maps: _Maps, n_maps: int) -> _Maps:
    """Return what all maps along the last axis but one do together, that axis gone.

    With every bound moved by the shifts after it, y becomes min(max(y, least), most) map by map:
    the largest, over the maps, of each one's least and of the smallest most from it on.
    """
    later = graph.node("CumSum", maps.shift, graph.index(-2), exclusive=1, reverse=1)
    least, most = (graph.node("Add", later, one) for one in (maps.least, maps.most))
    is_before = np.tril(np.ones((n_maps, n_maps)), -1).astype(bool)
    left_out = graph.floats(np.where(is_before, np.inf, 0.0)[:, :, None])
    from_each_on = graph.node("Add", graph.node("Unsqueeze", most, graph.integers(-3)), left_out)
    ceilings = graph.node("ReduceMin", from_each_on, graph.integers(-2), keepdims=0)
    floors = graph.node("Min", least, ceilings)
    floor = graph.node("ReduceMax", floors, graph.integers(-2), keepdims=0)
    first, shift_after, ceiling = (
        graph.node("Gather", one, graph.index(0), axis=-2) for one in (maps.shift, later, ceilings)
    )
    return _Maps(
        shift=graph.node("Add", first, shift_after),
        least=floor,
        most=graph.node("Max", floor, ceiling),
    )
