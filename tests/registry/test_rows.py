"""Rows: a window's answer has the same bits whatever windows are asked about beside it."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bellwether.arrays import FloatArray
from bellwether.features import GraphBuilder
from bellwether.registry import (
    LoadedBundle,
    Manifest,
    golden_windows,
    make_bundle,
    open_bundle,
    pack_bundle,
)


def graph_of(*, rows_alone: bool, mixes_rows: bool) -> bytes:
    """Return a graph that reads each window's last bar, or the mean of all windows' last bars."""
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", 4, 5))
    tilt = graph.input("tilt", np.float64, (1,))
    last = graph.node("Gather", bars, graph.constant(np.array(3)), axis=1)
    close = graph.node("Gather", last, graph.constant(np.array(3)), axis=1)
    if mixes_rows:
        over_rows = graph.constant(np.array([0], dtype=np.int64))
        close = graph.node("Add", close, graph.node("ReduceMean", close, over_rows, keepdims=0))
    score = graph.node("Mul", close, tilt)
    for name in ("expected_return", "score", "volatility", "probability_up", "confidence"):
        graph.output(name, score, np.float64, ("batch",))
    for name in ("quantiles", "member_forecasts", "features"):
        graph.output(name, last, np.float64, ("batch", 5))
    graph.output("ok", graph.node("Not", graph.node("IsNaN", score)), np.bool_, ("batch",))
    return graph.build(rows_alone=rows_alone)


def together(loaded: LoadedBundle, windows: FloatArray) -> dict[str, Any]:
    return loaded.run(windows)


def alone(loaded: LoadedBundle, windows: FloatArray) -> dict[str, Any]:
    rows = [loaded.run(windows[row : row + 1]) for row in range(len(windows))]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


@pytest.mark.parametrize("mixes_rows", [False, True])
@pytest.mark.parametrize("rows_alone", [False, True])
def test_windows_are_answered_together_as_alone_whatever_the_graph_says_of_itself(
    manifest: Manifest, rows_alone: bool, mixes_rows: bool
) -> None:
    graph = graph_of(rows_alone=rows_alone, mixes_rows=mixes_rows)
    loaded = open_bundle(pack_bundle(make_bundle(manifest, graph)), "world-1")
    windows = golden_windows(4)
    one, other = together(loaded, windows), alone(loaded, windows)
    for name, found in one.items():
        assert found.tobytes() == other[name].tobytes(), name


class Session:
    """An engine that notes how many windows each run was for."""

    def __init__(self) -> None:
        self.runs: list[int] = []

    def get_outputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="ok")]

    def run(self, names: Sequence[str], inputs: Mapping[str, FloatArray]) -> list[Any]:
        self.runs.append(len(inputs["bars"]))
        return [np.ones(len(inputs["bars"]), dtype=np.bool_) for _ in names]


@pytest.mark.parametrize(
    ("rows_alone", "n_windows", "runs"),
    [(True, 5, [5]), (False, 5, [1] * 5), (False, 1, [1]), (True, 0, [0]), (False, 0, [0])],
)
def test_only_rows_that_stand_alone_are_run_at_once(
    manifest: Manifest, rows_alone: bool, n_windows: int, runs: list[int]
) -> None:
    session: Any = Session()
    loaded = LoadedBundle(manifest, "d", session, rows_alone=rows_alone)
    found = loaded.run(np.ones((n_windows, 4, 5)))
    assert session.runs == runs
    assert len(found["ok"]) == n_windows
