"""How far intervals reach: the mixture of variances, the replay, and what they promise."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from bellwether.arrays import FloatArray
from bellwether.bars import noise_world
from bellwether.features import compute, interval_variances, simple_return
from bellwether.models import (
    REPLAYED_BARS,
    EnsembleState,
    IntervalHistory,
    UnusableState,
    fit_state,
    interval_lookback_bars,
)
from bellwether.models._intervals import (
    MOST_MISSES,
    fit_variance_weight,
    mixed_unit,
    prior_variance_weight,
    replay_intervals,
)


def slow_replay(scores: FloatArray, low: float, high: float) -> float:
    """Return the reach bar by bar, on the logarithm of the reach itself."""
    log_reach, n_misses = 0.0, 0
    for score in scores.tolist():
        missed = score > high * np.exp(log_reach) or score < low * np.exp(log_reach)
        counts = missed and n_misses < MOST_MISSES
        n_misses += counts
        log_reach += 0.03 * (counts - 0.1)
    return float(np.exp(log_reach))


def neutral_state(n_rows: int = 0) -> EnsembleState:
    return fit_state(["only"], np.zeros((n_rows, 1)), np.zeros(n_rows))


@given(
    scores=stn.arrays(np.float64, (2, REPLAYED_BARS), elements=st.floats(-4.0, 4.0)),
    high=st.floats(0.5, 2.5),
)
def test_the_replay_is_gibbs_and_candes_bar_by_bar(scores: FloatArray, high: float) -> None:
    reach, _ = replay_intervals(scores, -high, high)

    for row, found in zip(scores, reach, strict=True):
        assert found == pytest.approx(slow_replay(row, -high, high), rel=1e-12)


def test_hits_narrow_and_misses_widen_up_to_a_bound() -> None:
    reach, n_misses = replay_intervals(
        np.stack([np.zeros(REPLAYED_BARS), np.full(REPLAYED_BARS, 99.0)]), -1.6, 1.6
    )

    assert n_misses.tolist() == [0, MOST_MISSES]
    assert reach[0] == pytest.approx(np.exp(-0.03 * 0.1 * REPLAYED_BARS))
    assert reach[1] == pytest.approx(np.exp(0.03 * (MOST_MISSES - 0.1 * REPLAYED_BARS)))
    assert reach[1] < 1.7


def test_an_unknown_past_leaves_the_reach_unknown_and_other_rows_alone() -> None:
    scores = np.zeros((2, REPLAYED_BARS))
    scores[0, 5] = np.nan

    reach, _ = replay_intervals(scores, -1.6, 1.6)

    assert np.isnan(reach).tolist() == [True, False]


@pytest.mark.parametrize("freedom", [4, 200])
def test_intervals_of_exchangeable_residuals_hold_what_they_state(freedom: int) -> None:
    draw = np.random.default_rng(3)
    scores = draw.standard_t(freedom, 40_000 + REPLAYED_BARS)
    low, high = np.quantile(draw.standard_t(freedom, 40_000), [0.05, 0.95])
    windows = np.lib.stride_tricks.sliding_window_view(scores[:-1], REPLAYED_BARS)

    reach, _ = replay_intervals(windows, low, high)

    came = scores[REPLAYED_BARS:]
    held = (came >= low * reach) & (came <= high * reach)
    assert abs(held.mean() - 0.9) < 0.006


def test_intervals_that_are_too_narrow_come_to_hold_more() -> None:
    draw = np.random.default_rng(4)
    scores = draw.standard_normal(20_000 + REPLAYED_BARS)
    windows = np.lib.stride_tricks.sliding_window_view(scores[:-1], REPLAYED_BARS)
    came, ends = scores[REPLAYED_BARS:], 1.1

    reach, _ = replay_intervals(windows, -ends, ends)

    unadapted, adapted = (float(np.mean(np.abs(came) <= ends * one)) for one in (1.0, reach))
    assert unadapted < 0.74
    assert adapted > unadapted + 0.03


def test_mixture_finds_the_variance_that_outcomes_have() -> None:
    draw = np.random.default_rng(5)
    ratios = np.exp(0.5 * draw.standard_normal((4_000, 3)))
    truth = np.array([0.2, 0.7, 0.1])
    shocks = draw.standard_t(5, 4_000) * np.sqrt(0.6)

    weight = fit_variance_weight(ratios, shocks * np.sqrt(ratios @ truth), 1)

    np.testing.assert_allclose(weight, truth, atol=0.1)


def test_little_evidence_leaves_the_prior_mixture() -> None:
    ratios, shocks = np.ones((5, 3)), np.ones(5)

    few = fit_variance_weight(ratios, shocks, 1)
    none = fit_variance_weight(ratios * np.nan, shocks, 1)

    assert few[0] > 0.8
    assert none.tolist() == prior_variance_weight().tolist()


def test_many_rows_are_thinned_without_a_cycle() -> None:
    draw = np.random.default_rng(6)
    n_symbols, n_bars = 20, 4_096
    ratios = np.exp(0.5 * draw.standard_normal((n_symbols * n_bars, 3)))
    loud = np.tile(np.repeat([1.0, 4.0], n_symbols // 2), n_bars)
    shocks = draw.standard_normal(len(loud)) * np.sqrt(loud * ratios[:, 0])

    weight = fit_variance_weight(ratios, shocks, 1)

    # Half of the symbols are loud: all of them must have been looked at.
    assert 1.5 < weight.sum() < 3.5


def history_of(matrix: FloatArray, rows: np.ndarray, horizon_bars: int) -> IntervalHistory:
    variances = compute(interval_variances(), matrix)
    moves = compute([simple_return(horizon_bars)], matrix)[:, 0]
    over = rows[:, None] - np.arange(REPLAYED_BARS)[::-1]
    return IntervalHistory(
        variances=variances[rows],
        past_variances=variances[over - horizon_bars],
        past_moves=moves[over],
    )


@pytest.mark.parametrize("horizon_bars", [1, 5])
def test_reach_is_a_function_of_its_lookback(horizon_bars: int) -> None:
    matrix = noise_world(3, 400).bars.matrix
    rows, volatility = np.array([399]), np.array([0.01])
    state = replace(neutral_state(), variance_weight=np.array([0.3, 0.3, 0.4]))
    whole = state.find_reach(history_of(matrix, rows, horizon_bars), volatility, horizon_bars)

    n_bars = interval_lookback_bars(horizon_bars)
    last = history_of(matrix[-n_bars:], np.array([n_bars - 1]), horizon_bars)
    assert state.find_reach(last, volatility, horizon_bars) == pytest.approx(whole, rel=1e-12)

    shorter = history_of(matrix[1 - n_bars :], np.array([n_bars - 2]), horizon_bars)
    assert np.isnan(state.find_reach(shorter, volatility, horizon_bars)).all()


def test_reach_knows_no_scale() -> None:
    matrix = noise_world(3, 400).bars.matrix
    rows = np.arange(300, 400)
    state = neutral_state()
    ours, theirs = (
        mixed_unit(history_of(matrix * factor, rows, 1).variances, state.variance_weight)
        for factor in (1.0, 1e-6)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


@given(reach=st.floats(1e-3, 1e3), offset=st.floats(0.0, 3.0))
def test_quantiles_never_cross_whatever_the_reach(reach: float, offset: float) -> None:
    state = replace(
        neutral_state(),
        interval_offsets=np.array([-2.0, -1.0, 0.0, 1.0, 2.0]) + offset,
        drift=np.array([0.1, 0.2]),
    )

    said = state.forecast(np.ones((1, 1)), np.full(1, 0.01), 1, np.full(1, reach))

    assert (np.diff(said.quantiles[0]) >= 0.0).all()
    assert said.reach[0] == reach


def test_a_state_of_before_reads_as_the_first_variance_alone() -> None:
    content = neutral_state().to_dict()
    del content["variance_weight"]

    state = EnsembleState.from_dict(content)

    assert state.variance_weight.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("weight", [[-0.1, 1.0, 0.1], [0.0, 0.0, 0.0], [1.0, 0.0]])
def test_variance_weights_that_make_no_variance_are_refused(weight: list[float]) -> None:
    with pytest.raises(UnusableState):
        replace(neutral_state(), variance_weight=np.array(weight))


def test_variances_of_another_shape_are_refused() -> None:
    with pytest.raises(UnusableState, match="30 x 3"):
        fit_state(["a"], np.zeros((30, 1)), np.zeros(30), past_variances=np.ones((30, 2)))
