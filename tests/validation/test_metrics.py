"""The reported numbers in ordinary and in corner cases, against published and other code."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bellwether.validation import (
    ArraysDiffer,
    SharpeMoments,
    UnusableOptions,
    brier_score,
    calibration_curve,
    deflated_sharpe,
    directional_accuracy,
    exact_proportion,
    expected_maximum_sharpe,
    information_coefficient,
    minimum_track_record,
    pesaran_timmermann,
    probabilistic_sharpe,
    profit_factor,
    sharpe_moments,
    sharpe_ratio,
    strict_hit_rate,
    trade_results,
)

NAN = float("nan")
EXAMPLE = SharpeMoments(sharpe=2.5 / np.sqrt(250.0), n_bars=1250, skew=-3.0, kurtosis=10.0)


@given(n=st.integers(1, 300), share=st.floats(0.0, 1.0))
def test_proportion_interval_is_that_of_the_binomial_test(n: int, share: float) -> None:
    hits = round(share * n)
    ours = exact_proportion(hits, n)
    exact = stats.binomtest(hits, n).proportion_ci(0.95, "exact")
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_proportion_of_nothing_is_undefined() -> None:
    assert exact_proportion(0, 0) is None


def test_accuracy_counts_neither_abstentions_nor_zero_returns_nor_gaps() -> None:
    direction = np.array([1.0, -1.0, 0.0, 1.0, NAN, 1.0, 1.0])
    outcome = np.array([0.1, 0.1, 0.1, 0.0, 0.1, NAN, 0.2])
    accuracy = directional_accuracy(direction, outcome)
    assert accuracy is not None
    assert (accuracy.value, accuracy.n) == (2 / 3, 3)


def test_accuracy_without_a_signal_is_undefined() -> None:
    assert directional_accuracy(np.zeros(5), np.ones(5)) is None


def test_overlapping_outcomes_widen_the_interval_but_not_the_value() -> None:
    direction, outcome = np.ones(100), np.tile([0.1, 0.1, -0.1, 0.1], 25)
    apart, together = (directional_accuracy(direction, outcome, h) for h in (1, 5))
    assert apart is not None
    assert together is not None
    assert apart.value == together.value == 0.75
    assert together.n == 20
    assert together.low < apart.low < apart.high < together.high


def test_profit_factor_without_a_loss_is_infinite() -> None:
    assert profit_factor(np.array([0.0, 0.1])) == np.inf


def test_profit_factor_without_a_win_is_zero() -> None:
    assert profit_factor(np.array([0.0, -0.1])) == 0.0


@pytest.mark.parametrize("net", [[], [0.0, 0.0], [NAN, 0.1], [np.inf, -0.1]])
def test_profit_factor_of_nothing_known_is_undefined(net: list[float]) -> None:
    assert profit_factor(np.array(net)) is None


def test_trades_are_runs_of_one_position() -> None:
    position = np.array([0.0, 1.0, 1.0, -1.0, 0.0, 0.0, 1.0])
    net = np.array([0.0, 0.1, -0.3, 0.2, -0.01, 0.0, 0.5])
    np.testing.assert_allclose(trade_results(position, net), [-0.2, 0.19, 0.5])


def test_there_are_no_trades_in_holding_still() -> None:
    assert trade_results(np.zeros(4), np.zeros(4)).size == 0


def test_strict_hits_are_within_ten_percent_of_the_actual_move() -> None:
    predicted = np.array([0.011, 0.009, 0.0111, -0.01, 0.0, NAN])
    actual = np.array([0.010, 0.010, 0.010, 0.010, 0.0, 0.010])
    rate = strict_hit_rate(predicted, actual)
    assert rate is not None
    assert (rate.value, rate.n) == (0.5, 4)


def test_strict_hits_without_predictions_are_undefined() -> None:
    assert strict_hit_rate(np.full(3, NAN), np.ones(3)) is None


def test_information_coefficient_is_the_correlation_with_fishers_interval() -> None:
    random = np.random.default_rng(1)
    x = random.standard_normal(200)
    y = 0.3 * x + random.standard_normal(200)
    ours, theirs = information_coefficient(x, y), stats.pearsonr(x, y)
    interval = theirs.confidence_interval(0.95)
    assert ours is not None
    assert ours.value == pytest.approx(theirs.statistic)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize("forecast", [np.ones(50), np.full(50, NAN)])
def test_information_coefficient_of_a_constant_is_undefined(forecast: np.ndarray) -> None:
    assert information_coefficient(forecast, np.arange(50.0)) is None


def test_information_coefficient_of_three_pairs_is_undefined() -> None:
    assert information_coefficient(np.arange(3.0), np.arange(3.0)) is None


def test_pesaran_timmermann_agrees_with_statsmodels() -> None:
    oracle = pytest.importorskip("statsmodels.stats.diagnostic")
    direction, outcome = np.random.default_rng(2).standard_normal((2, 400)) + 0.2
    theirs = oracle.pesaran_timmermann(outcome, direction, alternative="larger")
    ours = pesaran_timmermann(direction, outcome)
    assert ours == pytest.approx((theirs.statistic, theirs.pvalue))


@pytest.mark.parametrize("direction", [np.ones(40), np.zeros(40), np.full(40, NAN)])
def test_pesaran_timmermann_of_one_sided_signals_is_undefined(direction: np.ndarray) -> None:
    assert pesaran_timmermann(direction, np.tile([1.0, -1.0], 20)) is None


def test_deflated_sharpe_reproduces_its_papers_example() -> None:
    # Bailey & Lopez de Prado 2014: SR0 .1132, DSR .9004 with 100 trials, .9505 with 46.
    variance = 0.5 / 250.0
    assert expected_maximum_sharpe(100, variance) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(EXAMPLE, 100, variance) == pytest.approx(0.9004, abs=5e-5)
    assert deflated_sharpe(EXAMPLE, 46, variance) == pytest.approx(0.9505, abs=5e-5)


def test_a_single_trial_deflates_nothing() -> None:
    assert expected_maximum_sharpe(1, 0.5) == 0.0
    assert deflated_sharpe(EXAMPLE, 1, 0.5) == probabilistic_sharpe(EXAMPLE)


def test_no_trials_cannot_be_deflated() -> None:
    with pytest.raises(UnusableOptions, match="n_trials"):
        expected_maximum_sharpe(0, 0.5)


@pytest.mark.parametrize("variance", [-1e-9, -2.0])
def test_a_negative_variance_of_trials_is_refused(variance: float) -> None:
    with pytest.raises(UnusableOptions) as caught:
        expected_maximum_sharpe(7, variance)
    assert caught.value.option == "variance"
    assert expected_maximum_sharpe(7, 0.0) == 0.0


def test_sharpe_ratio_by_hand() -> None:
    # Mean .015, deviation from it .005 on both sides: sqrt(2 x .005^2 / 1).
    assert sharpe_ratio(np.array([0.01, 0.02])) == pytest.approx(0.015 / (0.005 * np.sqrt(2.0)))


@pytest.mark.parametrize("net", [[], [0.01], [-0.1] * 7, [0.1] * 7, [0.01, np.inf], [NAN, 0.01]])
def test_sharpe_ratio_is_undefined_where_nothing_moves_or_is_known(net: list[float]) -> None:
    assert sharpe_ratio(np.array(net)) is None


def test_moments_are_those_of_a_normal_where_nothing_is_said() -> None:
    assert SharpeMoments(sharpe=0.1, n_bars=9).variance == pytest.approx(1.0 + 0.1**2 / 2.0)


@pytest.mark.parametrize(
    ("sharpe", "n_bars", "expected"),
    [
        (0.5, 2, stats.norm.cdf(0.5 / np.sqrt(0.5))),  # variance 1 - .5
        (0.5, 1, None),
        (1.0, 9, None),  # variance 0
        (1.5, 9, None),  # variance below 0
    ],
)
def test_probabilistic_sharpe_needs_two_bars_and_a_variance(
    sharpe: float, n_bars: int, expected: float | None
) -> None:
    moments = SharpeMoments(sharpe=sharpe, n_bars=n_bars, skew=1.0, kurtosis=1.0)
    assert probabilistic_sharpe(moments) == (expected and pytest.approx(expected))


def test_track_record_of_95_percent_where_nothing_is_said_and_none_at_zero() -> None:
    assert minimum_track_record(EXAMPLE) == minimum_track_record(EXAMPLE, 0.95)
    assert minimum_track_record(SharpeMoments(sharpe=0.0, n_bars=100)) is None


def test_minimum_track_record_is_where_the_probability_reaches_its_confidence() -> None:
    needed = minimum_track_record(EXAMPLE, 0.95)
    assert needed is not None
    reached = SharpeMoments(
        sharpe=EXAMPLE.sharpe, n_bars=round(needed), skew=EXAMPLE.skew, kurtosis=EXAMPLE.kurtosis
    )
    assert probabilistic_sharpe(reached) == pytest.approx(0.95, abs=1e-3)


def test_no_track_record_proves_a_losing_strategy() -> None:
    assert minimum_track_record(SharpeMoments(sharpe=-0.1, n_bars=100)) is None


def test_probability_with_an_impossible_variance_is_undefined() -> None:
    assert probabilistic_sharpe(SharpeMoments(sharpe=1.0, n_bars=9, skew=5.0, kurtosis=2.0)) is None


def test_probabilistic_sharpe_agrees_with_skfolio() -> None:
    oracle = pytest.importorskip("skfolio.measures._measures")
    net = 0.01 * np.random.default_rng(3).standard_t(5, 800) + 0.0005
    moments = sharpe_moments(net)
    assert moments is not None
    theirs = oracle.probabilistic_sharpe_ratio(net)
    assert probabilistic_sharpe(moments) == pytest.approx(theirs, abs=2e-3)


def test_probabilistic_sharpe_agrees_with_skfolio_on_its_own_moments() -> None:
    oracle = pytest.importorskip("skfolio.measures._measures")
    net = 0.01 * np.random.default_rng(3).standard_t(5, 800) + 0.0005
    # It takes the unbiased skew and kurtosis where we take those of the sample.
    theirs = SharpeMoments(
        sharpe=float(oracle.mean(net) / oracle.standard_deviation(net)),
        n_bars=800,
        skew=float(oracle.skew(net)),
        kurtosis=float(oracle.kurtosis(net)),
    )
    expected = oracle.probabilistic_sharpe_ratio(net)
    assert probabilistic_sharpe(theirs) == pytest.approx(expected, rel=1e-12)


def test_deflated_sharpe_and_track_record_agree_with_purgedcv_on_its_own_moments() -> None:
    oracle = pytest.importorskip("purgedcv")
    net = 0.01 * np.random.default_rng(6).standard_t(5, 900) + 0.0008
    # It divides by n where we divide by n - 1, and takes the unbiased skew and kurtosis.
    moments = SharpeMoments(
        sharpe=float(net.mean() / net.std()),
        n_bars=900,
        skew=float(stats.skew(net, bias=False)),
        kurtosis=float(stats.kurtosis(net, bias=False, fisher=False)),
    )
    expected = oracle.deflated_sharpe_ratio(net, n_trials=37, var_sharpe=0.0011)
    assert deflated_sharpe(moments, 37, 0.0011) == pytest.approx(expected, rel=1e-12)
    # It counts whole bars.
    needed = minimum_track_record(moments, 0.95)
    assert needed is not None
    assert np.ceil(needed) == oracle.min_track_record_length(
        moments.sharpe, 0.0, 0.05, moments.skew, moments.kurtosis
    )


def test_moments_are_those_of_scipy() -> None:
    net = 0.01 * np.random.default_rng(4).standard_t(5, 300)
    moments = sharpe_moments(net)
    assert moments is not None
    assert moments.skew == pytest.approx(stats.skew(net))
    assert moments.kurtosis == pytest.approx(stats.kurtosis(net, fisher=False))


@pytest.mark.parametrize("net", [[0.1], [0.1, 0.1, 0.1], [0.1, NAN], [0.0, 0.0]])
def test_sharpe_of_what_does_not_move_is_undefined(net: list[float]) -> None:
    assert sharpe_ratio(np.array(net)) is None
    assert sharpe_moments(np.array(net)) is None


def test_brier_score_is_the_mean_squared_error() -> None:
    probability = np.array([0.8, 0.4, 0.5, NAN])
    score = brier_score(probability, np.array([0.1, -0.1, 0.0, 0.1]))
    assert score == pytest.approx((0.04 + 0.16) / 2)


def test_brier_score_of_nothing_is_undefined() -> None:
    assert brier_score(np.array([0.5]), np.array([0.0])) is None


def test_calibration_bins_hold_equally_many_forecasts_in_order() -> None:
    random = np.random.default_rng(5)
    probability = random.random(1000)
    outcome = np.where(random.random(1000) < probability, 0.01, -0.01)
    curve = calibration_curve(probability, outcome)
    assert curve.n.tolist() == [100.0] * 10
    assert (np.diff(curve.probability) > 0).all()
    assert ((curve.low <= curve.probability) & (curve.probability <= curve.high)).sum() >= 8
    assert ((curve.low <= curve.share_up) & (curve.share_up <= curve.high)).all()


def test_calibration_leaves_out_what_has_no_outcome() -> None:
    curve = calibration_curve(np.array([0.2, 0.9, NAN]), np.array([0.0, 0.1, 0.1]))
    assert curve.n.tolist() == [1.0]
    assert curve.share_up.tolist() == [1.0]


def test_calibration_of_nothing_has_no_bins() -> None:
    assert calibration_curve(np.array([]), np.array([])).n.size == 0


def test_numbers_of_different_bars_are_refused() -> None:
    with pytest.raises(ArraysDiffer, match="align both"):
        brier_score(np.ones(3), np.ones(4))
