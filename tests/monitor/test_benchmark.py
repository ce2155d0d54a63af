"""What a model promised: measured as the gate judged it, and usable as a floor."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.monitor import (
    Benchmark,
    ForeignState,
    HitDetector,
    JudgedRows,
    RecoveryTest,
    Router,
    ScoreDetector,
    drift_of_accuracy,
    measure_benchmark,
)


def rows(**changes: Any) -> JudgedRows:
    said: dict[str, Any] = {
        "bar": np.array([0, 0, 1, 1, 2]),
        "direction": np.array([1.0, -1.0, 1.0, np.nan, 1.0]),
        "rules_direction": np.array([1.0, 1.0, 0.0, 1.0, -1.0]),
        "confidence": np.array([60.0, 90.0, 75.0, 75.0, 75.0]),
        "standardised": np.array([1.0, 2.0, 0.0, 1.0, np.nan]),
    }
    return JudgedRows(**(said | changes))


def test_it_counts_what_was_said_and_settled() -> None:
    found = measure_benchmark(rows(), n_effective=2.0, n_symbols=2, horizon_bars=1)
    assert found is not None
    assert (found.accuracy, found.n_settled, found.confidence_mean) == (0.5, 2, 75.0)
    assert found.score_mean == pytest.approx((1.0 * 60 / 75 - 2.0 * 90 / 75 + 0.0) / 3)
    assert (found.rules_accuracy, found.rules_score_mean) == (1.0, 1.5)
    assert found.accuracy_low == pytest.approx(0.5 - 1.2815515655 * math.sqrt(0.25 / 2))


def test_overlapping_horizons_count_once() -> None:
    rng = np.random.default_rng(1)
    n = 1000
    many = JudgedRows(
        bar=np.arange(n),
        direction=np.ones(n),
        rules_direction=np.ones(n),
        confidence=np.full(n, 70.0),
        standardised=rng.normal(0.1, 1.0, n),
    )
    one = measure_benchmark(many, n_effective=1000.0, n_symbols=1, horizon_bars=1)
    five = measure_benchmark(many, n_effective=1000.0, n_symbols=1, horizon_bars=5)
    assert one is not None
    assert five is not None
    assert five.n_effective == one.n_effective / 5
    assert five.accuracy_low < one.accuracy_low
    assert five.score_low < one.score_low


def test_there_is_none_where_nothing_was_said() -> None:
    silent = rows(direction=np.full(5, np.nan))
    assert measure_benchmark(silent, n_effective=1.0, n_symbols=1, horizon_bars=1) is None


def test_a_floor_is_the_lower_bound_and_not_below_the_rules() -> None:
    lower = Benchmark(accuracy=0.55, accuracy_low=0.53, score_mean=0.1, score_low=0.06)
    assert lower.floor == 0.53
    better = Benchmark(
        accuracy=0.55, accuracy_low=0.53, score_mean=0.1, score_low=0.06, rules_accuracy=0.535
    )
    assert better.floor == 0.535
    assert better.fallback_accuracy == 0.525


def test_rules_that_are_worse_than_chance_are_taken_for_chance() -> None:
    found = Benchmark(
        accuracy=0.55,
        accuracy_low=0.52,
        score_mean=0.1,
        score_low=0.06,
        rules_accuracy=0.46,
        rules_score_mean=-0.1,
    )
    assert (found.fallback_accuracy, found.fallback_score) == (0.5, 0.0)


shares = st.floats(0.0, 1.0)
scores = st.floats(-2.5, 2.5)


@given(
    accuracy=shares,
    accuracy_low=shares,
    score_mean=scores,
    score_low=scores,
    rules_accuracy=shares,
    rules_score_mean=scores,
)
def test_every_benchmark_sets_every_instrument(**numbers: float) -> None:
    found = Benchmark(**numbers)  # type: ignore[arg-type]
    HitDetector(floor=found.floor)
    ScoreDetector(floor=found.score_floor)
    RecoveryTest(accuracy=found.fallback_accuracy, score=found.fallback_score)
    router = Router.around(found.kept_accuracy)
    assert router.serves_model(router.begin(), found.fallback_accuracy)
    assert Benchmark.from_json(found.to_json()) == found


def test_an_assumed_one_follows_the_verdict_and_says_so() -> None:
    found = Benchmark.assume(0.56, 0.53, 3, "assumed from its verdict")
    assert (found.accuracy, found.accuracy_low, found.n_symbols) == (0.56, 0.53, 3)
    assert found.score_low == drift_of_accuracy(0.53)
    assert found.words == "assumed from its verdict"


def test_nothing_known_is_held_to_little() -> None:
    found = Benchmark.assume(None, None, 1, "nothing is known")
    assert (found.accuracy, found.floor) == (0.53, 0.5)


def test_what_is_none_is_refused() -> None:
    whole = Benchmark(accuracy=0.55, accuracy_low=0.53, score_mean=0.1, score_low=0.06).to_json()
    for content in ({}, whole | {"accuracy": 3.0}, whole | {"more": 1}, whole | {"n_symbols": 0}):
        with pytest.raises(ForeignState):
            Benchmark.from_json(content)
