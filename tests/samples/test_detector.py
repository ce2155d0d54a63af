"""The leak detector finds what is planted, says how far it sees, and accuses nothing clean."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, noise_world
from bellwether.labels import forward_return
from bellwether.samples import (
    LeakOptions,
    PlanOutOfRange,
    SampleShapeMismatch,
    TooLittleHistory,
    detect_leaks,
)
from bellwether.samples._alterations import ALTERATIONS, LENGTHS, SPLIT
from bellwether.samples._suspect import lay_out

FAST = LeakOptions(n_cuts=6, n_tail_cuts=8, sweep_spacing_bars=16)


@pytest.fixture(scope="module")
def bars() -> Bars:
    return noise_world(11, 260).bars


def _returns(bars: Bars) -> FloatArray:
    return np.diff(np.log(bars.close), prepend=np.nan)


def _peek_at(bars: Bars, row: int, ahead: int) -> FloatArray:
    found = _returns(bars)
    if len(bars) > row + ahead:
        found[row] = found[row + ahead]
    return found


def test_honest_columns_are_clean(bars: Bars) -> None:
    report = detect_leaks(lambda b: np.column_stack([_returns(b), b.high / b.low]), bars)
    assert report.is_clean
    assert report.sentence == "no leak was found"
    assert report.swept_frac == 1.0
    assert report.n_evaluations <= LeakOptions().max_evaluations


@given(row=st.integers(0, 238), ahead=st.integers(1, 20), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_a_peek_at_a_single_bar_is_found_wherever_it_sits(row: int, ahead: int, seed: int) -> None:
    bars = noise_world(seed, 260).bars
    report = detect_leaks(lambda b: _peek_at(b, max(row, 1), ahead), bars, options=FAST)
    assert [leak.kind for leak in report.leaks] == ["sees_ahead"]
    assert report.leaks[0].at == max(row, 1)
    assert report.leaks[0].ahead_bars == ahead


@given(seed=st.integers(0, 999), windows=st.lists(st.integers(2, 60), min_size=1, max_size=3))
@settings(max_examples=15, deadline=None)
def test_no_mixture_of_past_windows_is_accused(seed: int, windows: list[int]) -> None:
    def compute(bars: Bars) -> FloatArray:
        total = np.cumsum(bars.close)
        columns = []
        for window in windows:
            mean = np.full(len(bars), np.nan)
            mean[window:] = (total[window:] - total[:-window]) / window
            columns.append(bars.close / mean - 1.0)
        return np.column_stack(columns)

    assert detect_leaks(compute, noise_world(seed, 200).bars, options=FAST).is_clean


@pytest.mark.parametrize("ahead", [1, 2, 7, 30])
def test_how_far_a_shift_sees_is_measured(bars: Bars, ahead: int) -> None:
    def shifted(bars: Bars) -> FloatArray:
        return np.append(bars.close[ahead:], np.full(ahead, np.nan))[: len(bars)]

    leak = detect_leaks(shifted, bars, names=["shifted"], options=FAST).leaks[0]
    assert (leak.kind, leak.ahead_bars) == ("sees_ahead", ahead)
    assert str(leak).startswith(f"shifted sees {ahead} bar{'s' * (ahead > 1)} ahead")
    assert leak.remedy.startswith(f"shift it by {ahead} bar")


def test_what_is_fitted_to_all_is_told_from_a_peek(bars: Bars) -> None:
    leak = detect_leaks(lambda b: b.close - b.close.mean(), bars, options=FAST).leaks[0]
    assert leak.kind == "sees_sample"
    assert "past alone" in leak.remedy


def test_a_place_in_the_sample_is_told_by_its_length(bars: Bars) -> None:
    leak = detect_leaks(lambda b: np.arange(len(b)) / len(b), bars, options=FAST).leaks[0]
    assert leak.kind == "sees_length"
    assert set(leak.moved_by) <= set(LENGTHS)


def test_an_adjusted_level_is_told_by_a_later_split(bars: Bars) -> None:
    leak = detect_leaks(lambda b: np.log(b.close * b.adjustment), bars, options=FAST).leaks[0]
    assert leak.kind == "sees_splits"
    assert leak.moved_by == tuple(SPLIT)


def test_a_leak_through_the_volume_alone_says_so(bars: Bars) -> None:
    def mixed(bars: Bars) -> FloatArray:
        # Prices move with volumes where they are altered, so only the volume's own way tells.
        return np.where(bars.volume > 1.01 * np.median(bars.volume), 1.0, 0.0)

    leak = detect_leaks(mixed, bars, options=FAST).leaks[0]
    assert "given other volumes" in leak.moved_by or leak.kind == "sees_sample"


def test_a_value_used_before_its_bar_begins_may_not_know_it(bars: Bars) -> None:
    leak = detect_leaks(lambda b: b.high / b.low, bars, horizon_bars=-1, options=FAST).leaks[0]
    assert leak.ahead_bars == 0
    assert "knows its own bar" in str(leak)

    def yesterdays(bars: Bars) -> FloatArray:
        return np.append(np.nan, (bars.high / bars.low)[:-1])

    assert detect_leaks(yesterdays, bars, horizon_bars=-1, options=FAST).is_clean


def test_a_label_may_reach_as_far_as_its_horizon_and_no_further(bars: Bars) -> None:
    def label(bars: Bars) -> FloatArray:
        return forward_return(bars.close, 5)

    assert detect_leaks(label, bars, horizon_bars=5, options=FAST).is_clean
    leak = detect_leaks(label, bars, horizon_bars=4, options=FAST).leaks[0]
    assert "5 bars ahead where 4 are declared" in str(leak)


@pytest.mark.parametrize("known", [_returns, lambda b: np.sign(b.close - b.open)])
def test_a_label_known_at_its_bar_is_found(bars: Bars, known: Any) -> None:
    leaks = detect_leaks(known, bars, horizon_bars=1, options=FAST).leaks
    assert [leak.kind for leak in leaks] == ["label_known"]


def test_only_the_column_that_leaks_is_named(bars: Bars) -> None:
    def table(bars: Bars) -> FloatArray:
        return np.column_stack([_returns(bars), _peek_at(bars, 133, 1), bars.high / bars.low])

    leaks = detect_leaks(table, bars, names=["return", "peek", "range"], options=FAST).leaks
    assert [(leak.where, str(leak).split()[0]) for leak in leaks] == [(1, "peek")]


def test_values_that_differ_from_call_to_call_are_not_judged(bars: Bars) -> None:
    rng = np.random.default_rng(3)
    leaks = detect_leaks(lambda b: rng.normal(size=len(b)), bars, options=FAST).leaks
    assert [leak.kind for leak in leaks] == ["not_repeatable"]


def test_imported_columns_are_altered_with_the_bars(bars: Bars) -> None:
    mood = np.random.default_rng(4).normal(size=len(bars))

    def honest(bars: Bars, beside: Mapping[str, FloatArray]) -> FloatArray:
        return beside["mood"] * _returns(bars)

    def early(bars: Bars, beside: Mapping[str, FloatArray]) -> FloatArray:
        return np.append(beside["mood"][1:], 0.0)

    assert detect_leaks(honest, bars, imported={"mood": mood}, options=FAST).is_clean
    leak = detect_leaks(early, bars, imported={"mood": mood}, options=FAST).leaks[0]
    assert leak.ahead_bars == 1


def test_what_is_only_looked_up_is_named_and_its_values_are_looked_at(bars: Bars) -> None:
    kept = dict(zip(bars.closed_at.tolist(), np.append(bars.close[1:], np.nan), strict=True))

    def lookup(bars: Bars) -> FloatArray:
        return np.array([kept[at] for at in bars.closed_at.tolist()])

    report = detect_leaks(lookup, bars, names=["lookup"], options=FAST)
    assert report.still == ("lookup",)
    assert [leak.kind for leak in report.leaks] == ["equals_ahead"]


def test_a_computation_that_refuses_altered_bars_is_not_called_clean(bars: Bars) -> None:
    def fussy(other: Bars) -> FloatArray:
        if other.digest != bars.digest:
            raise RuntimeError
        return _returns(other)

    report = detect_leaks(fussy, bars, options=FAST)
    assert not report.leaks
    assert not report.is_clean
    assert "refused" in report.sentence
    assert "refused" in str(report)


def test_another_number_of_columns_counts_as_refused(bars: Bars) -> None:
    def changing(other: Bars) -> FloatArray:
        return np.ones((len(other), 1 + (other.digest != bars.digest)))

    assert not detect_leaks(changing, bars, options=FAST).is_clean


def test_a_search_that_is_cut_short_says_so(bars: Bars) -> None:
    report = detect_leaks(_returns, bars, options=LeakOptions(max_evaluations=30))
    assert report.n_evaluations == 30
    assert not report.is_clean
    assert report.swept_frac < 1.0


def test_the_search_repeats_with_its_seed(bars: Bars) -> None:
    def compute(bars: Bars) -> FloatArray:
        return _peek_at(bars, 77, 3)

    assert detect_leaks(compute, bars, options=FAST) == detect_leaks(compute, bars, options=FAST)


def test_an_error_on_the_bars_as_they_are_is_the_callers(bars: Bars) -> None:
    with pytest.raises(ZeroDivisionError):
        detect_leaks(lambda b: len(b) / 0, bars)
    with pytest.raises(SampleShapeMismatch):
        detect_leaks(lambda b: b.close[1:], bars)
    with pytest.raises(SampleShapeMismatch):
        detect_leaks(lambda b, _: b.close, bars, imported={"short": [1.0]})
    with pytest.raises(TooLittleHistory):
        detect_leaks(lambda b: b.close, bars[:2])
    with pytest.raises(PlanOutOfRange):
        LeakOptions(n_cuts=0)


@given(
    seed=st.integers(0, 999),
    cut=st.integers(0, 58),
    how=st.sampled_from(sorted(set(ALTERATIONS) - set(SPLIT))),
)
@settings(deadline=None)
def test_no_alteration_touches_what_is_known(seed: int, cut: int, how: str) -> None:
    history = lay_out(noise_world(seed, 60).bars, {"x": np.arange(60.0)})
    altered = ALTERATIONS[how](history, cut, seed)
    assert np.array_equal(altered.bars.matrix[: cut + 1], history.bars.matrix[: cut + 1])
    assert np.array_equal(altered.bars.closed_at[: cut + 1], history.bars.closed_at[: cut + 1])
    assert np.array_equal(altered.imported["x"][: cut + 1], np.arange(cut + 1.0))
    if len(altered.bars) == 60 and cut < 30:  # a few bars may well be drawn in their old order
        assert not np.array_equal(altered.bars.matrix, history.bars.matrix)
