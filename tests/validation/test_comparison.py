"""Diebold-Mariano with the small-sample correction, against statsmodels."""

import numpy as np
import pytest

from bellwether.validation import UnusableOptions, diebold_mariano


@pytest.mark.parametrize("horizon_bars", [1, 5, 20])
@pytest.mark.parametrize("n_bars", [60, 700])
def test_test_agrees_with_statsmodels(n_bars: int, horizon_bars: int) -> None:
    oracle = pytest.importorskip("statsmodels.tsa.stattools")
    random = np.random.default_rng(n_bars)
    actual = random.standard_normal(n_bars).cumsum() * 0.1
    own = actual + random.standard_normal(n_bars)
    other = actual + 1.1 * random.standard_normal(n_bars)
    theirs = oracle.diebold_mariano_test(actual, other, own, harvey_adj=True, horizon=horizon_bars)
    ours = diebold_mariano((actual - other) ** 2 - (actual - own) ** 2, horizon_bars)
    assert ours is not None
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-10)
    two_sided = 2.0 * min(ours.p, 1.0 - ours.p)
    assert two_sided == pytest.approx(theirs.pvalue, rel=1e-8)


def test_statistic_is_the_textbooks_where_losses_do_not_overlap() -> None:
    # One lag less than statsmodels' rule cannot be had, so the formula is written out here.
    gain = np.array([0.5, -0.25, 1.0, 0.75, -0.5, 0.25, 0.5, 0.0])
    n, n_lags = 8, 2
    centred = gain - gain.mean()
    variance = np.mean(centred**2)
    for lag in range(1, n_lags + 1):
        weight = 1.0 - lag / (n_lags + 1.0)
        variance += 2.0 * weight * np.sum(centred[lag:] * centred[:-lag]) / n
    shrink = np.sqrt((n + 1 - 2 + 0) / n)
    ours = diebold_mariano(gain)
    assert ours is not None
    assert ours.statistic == pytest.approx(shrink * gain.mean() / np.sqrt(variance / n))


def test_interval_excludes_zero_exactly_where_the_test_is_significant() -> None:
    random = np.random.default_rng(3)
    for shift in np.linspace(-0.3, 0.3, 13):
        ours = diebold_mariano(random.standard_normal(200) + shift)
        assert ours is not None
        significant = 2.0 * min(ours.p, 1.0 - ours.p) < 0.05
        assert significant == (ours.gain.low > 0.0 or ours.gain.high < 0.0)


@pytest.mark.parametrize(
    "gain", [np.zeros(50), np.full(50, 0.1), np.array([1.0, 2.0]), np.append(np.ones(9), np.nan)]
)
def test_what_cannot_be_told_apart_has_no_test(gain: np.ndarray) -> None:
    assert diebold_mariano(gain) is None


def test_too_few_bars_for_the_horizon_have_no_test() -> None:
    assert diebold_mariano(np.arange(9.0), 5) is None


def test_horizon_below_one_bar_is_refused() -> None:
    with pytest.raises(UnusableOptions, match="horizon_bars"):
        diebold_mariano(np.arange(9.0), 0)


def test_test_on_noise_is_significant_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    tests = [diebold_mariano(random.standard_normal(250)) for _ in range(1000)]
    share = np.mean([one is not None and one.p < 0.05 for one in tests])
    assert 0.03 < share < 0.08
