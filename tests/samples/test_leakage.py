"""Leak probes find what is planted and nothing else."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bellwether.arrays import FloatArray, TimeArray
from bellwether.bars import COLUMNS, Bars
from bellwether.labels import forward_return
from bellwether.samples import (
    Fold,
    Samples,
    TooLittleHistory,
    WalkForwardPlan,
    probe_folds,
    probe_future,
    walk_forward,
)

SampleMaker = Callable[..., Samples]


@pytest.fixture(scope="module")
def matrix() -> FloatArray:
    rng = np.random.default_rng(3)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 200)))
    start = np.concatenate([[100.0], close[:-1]])
    high, low = np.maximum(start, close) * 1.01, np.minimum(start, close) * 0.99
    return np.column_stack([start, high, low, close, rng.uniform(1e5, 2e5, 200)])


@pytest.fixture
def make_bars_of(days: Callable[[int], TimeArray]) -> Callable[[FloatArray], Bars]:
    def make(matrix: FloatArray) -> Bars:
        columns = dict(zip(COLUMNS, matrix.T, strict=True))
        return Bars(symbol="X", closed_at=days(len(matrix)), **columns)

    return make


def _honest(matrix: FloatArray) -> FloatArray:
    close = matrix[:, 3]
    change = np.full(len(close), np.nan)
    change[1:] = close[1:] / close[:-1] - 1
    return np.column_stack([change, close / matrix[:, 0], np.cumsum(close) / matrix[:, 4]])


def _peek(column: int, bars: int) -> Callable[[FloatArray], FloatArray]:
    def compute(matrix: FloatArray) -> FloatArray:
        peeked = np.full(len(matrix), np.nan)
        peeked[: len(matrix) - bars] = matrix[bars:, column] / matrix[: len(matrix) - bars, column]
        return np.column_stack([_honest(matrix), peeked])

    return compute


def test_honest_columns_are_clean(matrix: FloatArray) -> None:
    assert probe_future(_honest, matrix, seed=1) == ()


@pytest.mark.parametrize("column", range(5))
def test_a_peek_of_one_bar_into_any_column_is_found(matrix: FloatArray, column: int) -> None:
    leaks = probe_future(_peek(column, 1), matrix, seed=1, n_cuts=1)
    assert {(leak.kind, leak.where) for leak in leaks} == {
        ("future_removed", 3),
        ("future_changed", 3),
    }
    assert "column 3 at bar 198 moves when the bars after 198 are" in str(leaks[0])


@pytest.mark.parametrize(
    "whole",
    [np.mean, np.max, np.std, lambda close: np.sort(close)[len(close) // 2]],
    ids=["mean", "max", "std", "median"],
)
def test_scaling_by_the_whole_history_is_found(
    matrix: FloatArray, whole: Callable[[FloatArray], float]
) -> None:
    leaks = probe_future(lambda bars: bars[:, 3:4] - whole(bars[:, 3]), matrix, seed=1)
    assert {leak.where for leak in leaks} == {0}


def test_the_place_of_the_close_in_tomorrows_range_is_found(matrix: FloatArray) -> None:
    def location(bars: FloatArray) -> FloatArray:
        inside = (bars[:, 3] - bars[:, 2]) / (bars[:, 1] - bars[:, 2])
        return np.append(inside[1:], 0.0)[:, None]

    assert probe_future(location, matrix, seed=1)


def test_a_leak_that_only_turns_numbers_into_nan_is_found(matrix: FloatArray) -> None:
    def clipped(bars: FloatArray) -> FloatArray:
        column = bars[:, 3:4].copy()
        column[-3:] = np.nan
        return column

    assert {leak.kind for leak in probe_future(clipped, matrix, seed=1)} == {"future_removed"}


def test_a_label_may_reach_as_far_as_its_horizon_and_no_further(matrix: FloatArray) -> None:
    def label(bars: FloatArray) -> FloatArray:
        return forward_return(bars[:, 3], 5)[:, None]

    assert probe_future(label, matrix, seed=1, reach_bars=5) == ()
    assert probe_future(label, matrix, seed=1, reach_bars=4)


def test_bars_put_in_place_of_the_future_are_within_the_data_contract(
    matrix: FloatArray, make_bars_of: Callable[[FloatArray], Bars]
) -> None:
    seen: list[FloatArray] = []

    def spy(bars: FloatArray) -> FloatArray:
        seen.append(bars.copy())
        return bars[:, 3:4]

    probe_future(spy, matrix, seed=1, n_cuts=4)
    assert len(seen) == 9
    for bars in seen:
        assert len(make_bars_of(bars)) == len(bars)


def _lengths_seen(matrix: FloatArray, compute_column: int = 3, **options: Any) -> list[int]:
    """Return the number of bars of each computation, the whole history's left out."""
    seen: list[int] = []

    def spy(bars: FloatArray) -> FloatArray:
        seen.append(len(bars))
        return np.column_stack([bars[:, compute_column], np.full(len(bars), np.nan)])

    probe_future(spy, matrix, seed=1, **options)
    return [length for length in seen if length < len(matrix)]


def test_sixteen_bars_are_cut_where_nothing_is_said(matrix: FloatArray) -> None:
    lengths = _lengths_seen(matrix)
    assert len(set(lengths)) == len(lengths) == 16


def test_the_last_bar_with_a_future_is_always_cut(matrix: FloatArray) -> None:
    assert _lengths_seen(matrix, n_cuts=0) == _lengths_seen(matrix, n_cuts=1) == [199]


@pytest.mark.parametrize("reach_bars", [0, 3])
def test_every_bar_with_a_future_is_cut_once_where_there_are_few(
    matrix: FloatArray, reach_bars: int
) -> None:
    lengths = _lengths_seen(matrix[:14], n_cuts=50, reach_bars=reach_bars)
    assert lengths == list(range(1 + reach_bars, 14))


def test_the_future_put_in_place_differs_from_bar_to_bar_and_keeps_its_size(
    matrix: FloatArray,
) -> None:
    seen: list[FloatArray] = []

    def spy(bars: FloatArray) -> FloatArray:
        seen.append(bars.copy())
        return bars[:, 3:4]

    probe_future(spy, matrix, seed=1, n_cuts=6)
    _, *others = [bars for bars in seen if len(bars) == len(matrix)]
    moved = [np.log(bars / matrix)[np.any(bars != matrix, axis=1)] for bars in others]
    factors = np.concatenate(moved)
    assert len(factors) > 200
    assert np.all(factors != 0.0)
    assert np.all(np.std(factors, axis=0) > 0.2)
    assert np.all(np.abs(np.mean(factors, axis=0)) < 0.3)


def test_bars_without_volume_trade_in_the_future_put_in_place(matrix: FloatArray) -> None:
    still = matrix * np.array([1.0, 1.0, 1.0, 1.0, 0.0])

    def volume_ahead(bars: FloatArray) -> FloatArray:
        assert np.all(bars[:, 4] >= 0.0)
        return np.append(bars[1:, 4], 0.0)[:, None]

    leaks = probe_future(volume_ahead, still, seed=1)
    assert [leak.kind for leak in leaks] == ["future_changed"]


def test_the_latest_bar_that_moves_is_named(matrix: FloatArray) -> None:
    leaks = probe_future(lambda bars: bars[:, 3:4] - bars[:, 3].mean(), matrix, seed=1, n_cuts=1)
    assert [leak.at for leak in leaks] == [198, 198]


def test_rounding_is_measured_by_the_size_of_the_column(matrix: FloatArray) -> None:
    def minus(bars: FloatArray) -> FloatArray:
        return -bars[:, 3:4] * (1 + 1e-12 * len(bars))

    def tiny(bars: FloatArray) -> FloatArray:
        column = 1e-9 * bars[:, 3:4] * (1 + 1e-6 * len(bars))
        column[0] = np.nan
        return column

    assert probe_future(minus, matrix, seed=1) == ()
    assert {leak.kind for leak in probe_future(tiny, matrix, seed=1)} == {"future_removed"}


def test_probes_repeat_with_their_seed(matrix: FloatArray) -> None:
    compute = _peek(3, 2)
    assert probe_future(compute, matrix, seed=7) == probe_future(compute, matrix, seed=7)


def test_sums_grouped_otherwise_in_shorter_histories_are_no_leak(matrix: FloatArray) -> None:
    def rounded(bars: FloatArray) -> FloatArray:
        return bars[:, 3:4] * (1 + 1e-12 * len(bars))

    assert probe_future(rounded, matrix, seed=1) == ()


def test_the_faintest_dependence_on_later_values_is_found(matrix: FloatArray) -> None:
    def faint(bars: FloatArray) -> FloatArray:
        return bars[:, 3:4] * (1 + 1e-12 * float(bars[-1, 3]))

    assert {leak.kind for leak in probe_future(faint, matrix, seed=1)} == {"future_changed"}


def test_a_history_without_future_cannot_be_probed(matrix: FloatArray) -> None:
    for reach in (0, 3):
        with pytest.raises(TooLittleHistory) as caught:
            probe_future(_honest, matrix[: reach + 1], seed=1, reach_bars=reach)
        assert (caught.value.least, caught.value.missing) == (reach + 2, 1)
        assert probe_future(_honest, matrix[: reach + 2], seed=1, reach_bars=reach) == ()


@pytest.fixture
def walked(make_samples: SampleMaker) -> tuple[Samples, tuple[Fold, ...]]:
    samples = make_samples(range(60), horizon_bars=3)
    plan = WalkForwardPlan(refit_every_bars=10, validation_frac=0.3, embargo_bars=0)
    return samples, walk_forward(samples, np.arange(60), plan)


def test_purged_folds_are_clean(walked: tuple[Samples, tuple[Fold, ...]]) -> None:
    samples, folds = walked
    assert probe_folds(samples, folds) == ()


@pytest.mark.parametrize(
    ("part", "extra", "kinds"),
    [
        ("train", 11, {"spans_meet"}),  # decided before validation, known only within it
        ("train", 16, {"spans_meet"}),  # known only within the test
        ("validation", 16, {"spans_meet"}),
        ("train", 18, {"spans_meet", "rows_shared"}),
        ("validation", 20, {"spans_meet", "rows_shared"}),
        ("train", 59, {"spans_meet"}),  # still open
    ],
)
def test_a_row_that_should_have_been_purged_is_found(
    walked: tuple[Samples, tuple[Fold, ...]], part: str, extra: int, kinds: set[str]
) -> None:
    samples, folds = walked
    changes: dict[str, Any] = {part: np.append(getattr(folds[0], part), extra)}
    leaky = dataclasses.replace(folds[0], **changes)
    leaks = probe_folds(samples, [leaky])
    assert {leak.kind for leak in leaks} == kinds
    assert {leak.at for leak in leaks} == {extra}
    assert all(str(leak).startswith("fold 1: ") for leak in leaks)


def test_the_first_of_several_rows_is_named(walked: tuple[Samples, tuple[Fold, ...]]) -> None:
    samples, folds = walked
    leaky = dataclasses.replace(folds[0], train=np.append(folds[0].train, [18, 19]))
    assert {leak.at for leak in probe_folds(samples, [leaky])} == {18}


def test_a_row_tested_twice_is_found(walked: tuple[Samples, tuple[Fold, ...]]) -> None:
    samples, folds = walked
    leaks = probe_folds(samples, [folds[0], folds[0]])
    assert [(leak.kind, leak.where, leak.at) for leak in leaks] == [("rows_shared", 1, 18)]


def test_folds_without_validation_can_be_probed(make_samples: SampleMaker) -> None:
    samples = make_samples(range(60))
    folds = walk_forward(samples, np.arange(60), WalkForwardPlan(validation_frac=0))
    assert probe_folds(samples, folds) == ()


def test_a_late_label_is_found_in_a_fold_without_validation(make_samples: SampleMaker) -> None:
    samples = make_samples(range(60), horizon_bars=3)
    fold = walk_forward(samples, np.arange(60), WalkForwardPlan(validation_frac=0))[0]
    late = int(fold.test[0]) - 1
    leaky = dataclasses.replace(fold, train=np.append(fold.train, late))
    assert [(leak.kind, leak.at) for leak in probe_folds(samples, [leaky])] == [
        ("spans_meet", late)
    ]
