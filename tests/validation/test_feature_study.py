"""A look at features: known truths come out, and noise shows what luck says it would."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from bellwether import features as f
from bellwether.bars import Bars, Panel, edge_world, noise_world
from bellwether.features import FeatureSet, core15, ewma_volatility
from bellwether.labels import HorizonOutOfRange, forward_return, volatility_scaled
from bellwether.validation import QUANTILES, FeatureReport, describe_features
from bellwether.validation._feature_ranks import MOST_GROUPS, _group_within_years, centred_ranks
from bellwether.validation._feature_shape import MemoryTally, describe_values, find_clusters


def one_feature(expression: f.Expression) -> FeatureSet:
    return FeatureSet(name="one", version="1", features=(("one", expression),))


def bars_of(close: np.ndarray, symbol: str = "X", first: int = 0) -> Bars:
    days = np.arange(first, first + len(close)).astype("datetime64[D]").astype("datetime64[us]")
    days = days + np.timedelta64(40 * 365, "D")
    volume = np.ones(len(close))
    return Bars(
        symbol=symbol, closed_at=days, open=close, high=close, low=close, close=close, volume=volume
    )


def random_closes(n_bars: int, seed: int) -> np.ndarray:
    steps = 0.01 * np.random.default_rng(seed).standard_normal(n_bars)
    return 100.0 * np.exp(np.cumsum(steps))


def test_the_coefficient_is_spearmans_over_the_rows_that_know_both() -> None:
    bars = bars_of(random_closes(700, 1))
    change = f.close / f.ref(f.close, 3) - 1
    report = describe_features(Panel(bars=[bars]), one_feature(change), (1, 5))
    values = f.FeatureEngine([change]).compute(bars.matrix)[:, 0]
    volatility = f.FeatureEngine([ewma_volatility()]).compute(bars.matrix)[:, 0]
    for information in report.features[0].information:
        horizon = information.horizon_bars
        outcome = volatility_scaled(forward_return(bars.close, horizon), volatility, horizon)
        known = np.isfinite(values) & np.isfinite(outcome)
        expected = spearmanr(values[known], outcome[known]).statistic
        assert information.overall.coefficient == pytest.approx(expected, abs=1e-12)
        assert information.overall.n_bars == known.sum()
        assert information.overall.low < expected < information.overall.high


def test_a_planted_edge_is_found_and_noise_is_called_luck() -> None:
    planted = edge_world(3, 4_000, information_coefficient=0.2)
    found = describe_features(Panel(bars=[planted.bars]), core15()).luck[0]
    assert found.chance < 0.05
    assert found.n_beyond >= 1
    chances = [
        describe_features(Panel(bars=[noise_world(seed, 2_500).bars]), core15()).luck[0].chance
        for seed in range(8)
    ]
    assert np.median(chances) > 0.1
    assert found.n_by_chance == pytest.approx(0.75)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    excluded = [
        one.information[0].overall.excludes_zero
        for seed in range(12)
        for one in describe_features(Panel(bars=[noise_world(seed, 3_000).bars]), core15()).features
    ]
    assert np.mean(excluded) < 0.2


def test_symbols_are_ranked_apart_and_resampled_together() -> None:
    """A copy of a symbol tells nothing new: coefficient and interval stay what they are."""
    close = random_closes(900, 5)
    change = one_feature(f.close / f.ref(f.close, 1) - 1)
    [alone] = describe_features(Panel(bars=[bars_of(close)]), change).features
    pair = Panel(bars=[bars_of(close), bars_of(7.0 * close, "Y")])
    [both] = describe_features(pair, change).features
    assert both.information[0].overall.coefficient == pytest.approx(
        alone.information[0].overall.coefficient
    )
    assert both.information[0].overall.low == pytest.approx(alone.information[0].overall.low)
    assert both.information[0].overall.n_bars == alone.information[0].overall.n_bars


def test_years_are_those_with_bars_enough_and_add_up_to_the_whole() -> None:
    report = describe_features(
        Panel(bars=[bars_of(random_closes(790, 6))]), one_feature(f.close / f.ref(f.close, 1))
    )
    information = report.features[0].information[0]
    assert list(information.years) == [2010, 2011]
    assert all(one.n_bars >= 60 for one in information.years.values())
    signs = [
        one.coefficient * information.overall.coefficient > 0 for one in information.years.values()
    ]
    assert information.n_years_agreeing == sum(signs)


def test_without_horizons_no_outcome_is_touched() -> None:
    report = describe_features(Panel(bars=[bars_of(random_closes(300, 7))]), core15(), ())
    assert report.luck == ()
    assert report.horizons == ()
    assert all(one.information == () for one in report.features)


def test_a_horizon_of_nothing_is_refused() -> None:
    with pytest.raises(HorizonOutOfRange):
        describe_features(Panel(bars=[bars_of(random_closes(300, 7))]), core15(), (0,))


def test_what_never_varies_has_no_memory_and_no_coefficient() -> None:
    constant = one_feature(f.close * 0)
    report = describe_features(Panel(bars=[bars_of(random_closes(400, 8))]), constant)
    [feature] = report.features
    assert np.isnan(feature.memory_bars)
    assert np.isnan(feature.information[0].overall.coefficient)
    assert not feature.information[0].overall.excludes_zero
    assert report.luck[0].n_features == 0


def test_missing_values_are_counted_after_the_lookback() -> None:
    bars = bars_of(random_closes(500, 9))
    feature = one_feature(f.log(f.close / f.ref(f.close, 1) - 1))
    [told] = describe_features(Panel(bars=[bars]), feature).features
    fallen = np.diff(bars.close) < 0
    assert told.missing_share == pytest.approx(fallen.mean())


def test_a_history_shorter_than_the_lookback_is_described_as_unknown() -> None:
    report = describe_features(Panel(bars=[bars_of(random_closes(40, 9))]), core15())
    assert all(np.isnan(one.shape.mean) for one in report.features)
    assert report.luck[0].n_features == 0


def test_memory_is_that_of_an_autoregression() -> None:
    """An AR(1) process has the integrated time (1 + a) / (1 - a)."""
    generator = np.random.default_rng(11)
    noise = generator.standard_normal((40_000, 2))
    noise[0] = 0.0
    slow = np.zeros(len(noise))
    for row in range(1, len(noise)):
        slow[row] = 0.9 * slow[row - 1] + noise[row, 0]
    tally = MemoryTally(3)
    tally.add(np.column_stack([slow, noise[:, 1], np.full(len(noise), 3.0)]))
    memory = tally.finish()
    assert memory[0] == pytest.approx(19.0, rel=0.15)
    assert memory[1] == pytest.approx(1.0, abs=0.15)
    assert np.isnan(memory[2])


def test_a_memory_as_long_as_the_history_is_not_told() -> None:
    tally = MemoryTally(1)
    tally.add(np.arange(400.0)[:, None])
    assert tally.finish()[0] == np.inf


def test_the_shape_of_normal_values_is_normal() -> None:
    values = np.random.default_rng(12).standard_normal(200_000)
    shape = describe_values(np.append(values, np.nan))
    assert shape.mean == pytest.approx(0.0, abs=0.01)
    assert shape.deviation == pytest.approx(1.0, abs=0.01)
    assert shape.tail_weight == pytest.approx(1.0, abs=0.02)
    assert len(shape.quantiles) == len(QUANTILES)


def test_features_that_tell_the_same_are_grouped_with_their_best_example() -> None:
    generator = np.random.default_rng(13)
    first, other = generator.standard_normal((2, 3_000))
    near = 0.2 * generator.standard_normal((3_000, 2))
    values = np.column_stack([other, first, first + near[:, 0], -(first + near[:, 1]), other**2])
    number_of, clusters = find_clusters(("other", "a", "b", "c", "square"), values)
    assert clusters[0].names == ("a", "b", "c")
    assert clusters[0].representative == "a"
    assert clusters[0].least_correlation > 0.9
    assert number_of.tolist() == [2, 1, 1, 1, 3]
    _, alone = find_clusters(("a",), values[:, :1])
    assert alone[0].names == ("a",)


def test_ranks_leave_what_is_not_known_at_zero() -> None:
    ranks = centred_ranks(np.array([[1.0, np.inf], [2.0, np.nan], [np.nan, 5.0]]))
    assert ranks.tolist() == [[-0.25, 0.0], [0.25, 0.0], [0.0, 0.0]]


def test_very_many_bars_are_joined_within_years() -> None:
    years = np.repeat([2001, 2002], [2 * MOST_GROUPS + 1, 5])
    groups = _group_within_years(years, 3)
    assert np.unique(groups[years == 2001]).size * 3 >= 2 * MOST_GROUPS
    assert not set(groups[years == 2001]) & set(groups[years == 2002])
    assert np.all(np.diff(groups) >= 0)


def test_the_report_is_told_as_plain_values() -> None:
    report: FeatureReport = describe_features(
        Panel(bars=[bars_of(random_closes(900, 2))]), core15()
    )
    told = report.to_json()
    assert told["digest"] == core15().digest
    features = told["features"]
    assert isinstance(features, tuple)
    assert set(features[0]["shape"]["quantiles"]) == {f"{share:g}" for share in QUANTILES}
    assert set(features[0]["information"][0]["years"]) == {"2010", "2011", "2012"}


def test_features_across_symbols_are_looked_at_on_their_panel() -> None:
    panel = Panel(bars=[bars_of(random_closes(400, seed), f"S{seed}") for seed in range(3)])
    ranked = one_feature(f.cross_rank(f.close / f.ref(f.close, 1)))
    [told] = describe_features(panel, ranked).features
    assert set(np.round(told.shape.quantiles, 6)) <= {0.333333, 0.666667, 1.0}
    assert np.isfinite(told.information[0].overall.coefficient)
