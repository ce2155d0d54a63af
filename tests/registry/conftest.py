"""Builders that the registry's tests share."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.steady import PROMOTING

from bellwether.features import GraphBuilder
from bellwether.registry import Bundle, Manifest, MarketKey, ModelRecord, Stage, make_bundle
from bellwether.validation import Verdict

N_BARS = 4
MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)


def model_graph(extra: Callable[[GraphBuilder, str], str] | None = None) -> bytes:
    """Return a tiny graph of kind "model": probability up from the last bar and the state."""
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", N_BARS, 5))
    tilt = graph.input("tilt", np.float64, (1,))
    last = graph.node("Gather", bars, graph.constant(np.array(N_BARS - 1)), axis=1)
    column = [
        graph.node("Gather", last, graph.constant(np.array(place)), axis=1) for place in (0, 3)
    ]
    move = graph.node("Sub", graph.node("Div", column[1], column[0]), graph.constant(np.ones(1)))
    score = graph.node("Mul", move, tilt)
    score = score if extra is None else extra(graph, score)
    for name in ("expected_return", "score", "volatility"):
        graph.output(name, score, np.float64, ("batch",))
    graph.output("probability_up", graph.node("Sigmoid", score), np.float64, ("batch",))
    graph.output("confidence", graph.node("Abs", score), np.float64, ("batch",))
    for name in ("quantiles", "member_forecasts", "features"):
        graph.output(name, last, np.float64, ("batch", 5))
    not_a_number = graph.node("IsNaN", score)
    graph.output("ok", graph.node("Not", not_a_number), np.bool_, ("batch",))
    return graph.build()


def model_manifest() -> Manifest:
    """Return the manifest that goes with `model_graph`."""
    return Manifest(
        kind="model",
        model_id="world-1",
        universe="world",
        symbols=("A", "B"),
        interval="1d",
        horizon_bars=1,
        trained_at=np.datetime64("2018-12-31T21:00", "us"),
        lookback_bars=N_BARS,
        feature_set={"name": "tiny", "version": "1", "digest": "d"},
        feature_names=("move",),
        families=("tiny",),
        options_digest="o",
        pipeline_digest="p",
        snapshot_digest="s",
        plan={"folds": 3},
        state={"tilt": [2.5]},
        words={},
        metrics={"accuracy": 0.51},
        verdict=None,
        parts={},
    )


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """Return a small sound bundle."""
    return make_bundle(model_manifest(), model_graph())


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    """Return the manifest of that bundle before its parts were known."""
    return model_manifest()


@pytest.fixture(scope="session")
def make_graph() -> Callable[[Callable[[GraphBuilder, str], str] | None], bytes]:
    """Return a maker of small graphs; its argument may add to the score's computation."""
    return model_graph


@pytest.fixture(scope="session")
def record() -> ModelRecord:
    """Return a candidate."""
    return ModelRecord(
        model_id="world-1",
        market=MARKET,
        symbols=("A", "B"),
        bundle_digest="b",
        pipeline_digest="p",
        snapshot_digest="s",
        bellwether_version="0",
        trained_at=np.datetime64("2018-12-31T21:00", "us"),
        registered_at=np.datetime64("2019-01-01T00:00", "us"),
        changed_at=np.datetime64("2019-01-01T00:00", "us"),
        metrics={},
    )


@pytest.fixture(scope="session")
def verdict() -> Verdict:
    """Return a verdict that promotes the candidate."""
    return PROMOTING


@pytest.fixture(scope="session")
def at_stage(record: ModelRecord) -> Callable[[str, Stage], ModelRecord]:
    """Return a maker of records: (model_id, stage) -> ModelRecord."""
    return lambda model_id, stage: replace(record, model_id=model_id, stage=stage)
