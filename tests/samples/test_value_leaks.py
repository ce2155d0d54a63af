"""Columns of values alone: what gives a leak away, and what must not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, edge_world, noise_world
from bellwether.samples import SampleShapeMismatch, TooLittleHistory, detect_column_leaks
from bellwether.samples._value_leaks import explain_label


@pytest.fixture(scope="module")
def bars() -> Bars:
    return noise_world(21, 600).bars


def _kinds(values: FloatArray, bars: Bars) -> list[str]:
    return [leak.kind for leak in detect_column_leaks(values, bars).leaks]


@pytest.mark.parametrize("lead", [2, 3, 20])
@pytest.mark.parametrize("name", ["open", "high", "low", "close", "volume"])
def test_a_later_bars_quantity_is_recognised(bars: Bars, name: str, lead: int) -> None:
    later = np.append(getattr(bars, name)[lead:], np.full(lead, np.nan))
    leak = detect_column_leaks(3.0 * later - 7.0, bars, names=["bought"]).leaks[0]
    assert leak.kind == "equals_ahead"
    assert leak.ahead_bars is not None
    # A world opens at its last close: the open of a bar is the close of the one before.
    assert leak.ahead_bars == lead or (name == "open" and leak.ahead_bars == lead - 1)


def test_a_known_quantity_is_no_later_ones(bars: Bars) -> None:
    assert detect_column_leaks(bars.close, bars).is_clean


@pytest.mark.parametrize("noise", [0.0, 0.5, 1.0])
def test_what_goes_with_the_next_return_is_recognised(bars: Bars, noise: float) -> None:
    rng = np.random.default_rng(5)
    ahead = np.append(np.diff(np.log(bars.close)), 0.0)
    values = np.tanh(ahead / ahead.std()) + noise * rng.normal(size=len(bars))
    assert _kinds(values, bars) == ["follows_ahead"]


@given(seed=st.integers(0, 500))
@settings(max_examples=20, deadline=None)
def test_real_skill_is_not_accused(seed: int) -> None:
    world = edge_world(seed, 800, information_coefficient=0.15)
    assert detect_column_leaks(world.signal, world.bars).is_clean


@given(seed=st.integers(0, 500), persistence=st.floats(0.0, 1.0))
@settings(max_examples=20, deadline=None)
def test_unrelated_columns_are_not_accused(seed: int, persistence: float) -> None:
    rng = np.random.default_rng(seed)
    values = np.zeros(500)
    for row in range(1, 500):
        values[row] = persistence * values[row - 1] + rng.normal()
    assert detect_column_leaks(values, noise_world(seed, 500).bars).is_clean


def test_scaling_with_the_whole_at_hand_is_recognised(bars: Bars) -> None:
    walk = np.cumsum(np.random.default_rng(6).normal(size=len(bars)))
    assert _kinds((walk - walk.mean()) / walk.std(), bars) == ["scaled_whole"]
    assert _kinds((walk - walk.min()) / np.ptp(walk), bars) == ["scaled_whole"]
    assert _kinds(2 * (walk - walk.min()) / np.ptp(walk) - 1, bars) == ["scaled_whole"]
    ranks = np.argsort(np.argsort(walk)) + 1.0
    assert _kinds(ranks / len(ranks), bars) == ["scaled_whole"]
    assert _kinds((walk - walk[:100].mean()) / walk[:100].std(), bars) == []


def test_straight_lines_to_later_values_are_recognised(bars: Bars) -> None:
    known = np.cumsum(np.random.default_rng(7).normal(size=31))
    between = np.interp(np.arange(len(bars)), np.arange(31) * 20, known)
    assert _kinds(between, bars) == ["interpolated"]
    assert _kinds(np.repeat(known, 20)[: len(bars)], bars) == []
    assert _kinds(np.arange(len(bars), dtype=np.float64), bars) == []


def test_rows_without_a_value_are_left_out(bars: Bars) -> None:
    later = np.append(bars.close[1:], np.nan)
    later[::7] = np.nan
    assert _kinds(later, bars) == ["equals_ahead"]
    assert _kinds(np.full(len(bars), np.nan), bars) == []


def test_each_column_is_named(bars: Bars) -> None:
    later = np.append(bars.close[1:], np.nan)
    report = detect_column_leaks(np.column_stack([bars.high, later]), bars, names=["a", "b"])
    assert [str(leak) for leak in report.leaks] == ["b is the close of the bar after its own"]


def test_too_few_or_other_bars_are_refused(bars: Bars) -> None:
    with pytest.raises(SampleShapeMismatch):
        detect_column_leaks(np.ones(3), bars)
    with pytest.raises(TooLittleHistory):
        detect_column_leaks(np.ones(50), bars[:50])


def test_how_much_of_a_label_was_known_is_measured(bars: Bars) -> None:
    logs = np.log(bars.close)
    ahead = np.append(np.diff(logs), np.nan)
    past = np.append(np.nan, np.diff(logs))
    assert explain_label(ahead, bars) == 0.0
    assert explain_label(ahead + past, bars) == pytest.approx(0.5, abs=0.15)
    assert explain_label(np.ones(len(bars)), bars) == 0.0
    assert explain_label(ahead[:80], bars[:80]) == 0.0
