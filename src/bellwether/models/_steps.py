"""The last steps of a window, in a graph."""

import numpy as np

from bellwether.features import GraphBuilder

_TO_THE_END = 2**31 - 1


def lower_last_steps(graph: GraphBuilder, windows: str, n_steps: int) -> str:
    """Append the cut of windows to their last steps.

    Parameters
    ----------
    graph : GraphBuilder
    windows : str
        Tensor of shape (batch, at least n_steps, n_features).
    n_steps : int

    Returns
    -------
    last : str
        Tensor of shape (batch, n_steps, n_features).
    """
    bounds = [
        graph.constant(np.array([place], dtype=np.int64)) for place in (-n_steps, _TO_THE_END, 1)
    ]
    return graph.node("Slice", windows, *bounds)
