from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.signal import lfilter

from bellwether.arrays import FloatArray
from bellwether.monitor import (
    VOLATILITY,
    FeatureDrift,
    ForeignState,
    InputCheck,
    InputReference,
    UnusableMonitorOption,
    UnusableObservation,
    VolatilityReference,
    autocorrelation_time,
    check_inputs,
)


def autoregressive(keep: float, n_bars: int, seed: int, n_features: int = 1) -> FloatArray:
    """Return unit-variance series of a known memory."""
    noise = np.random.default_rng(seed).normal(size=(n_bars + 500, n_features))
    made = lfilter([np.sqrt(1.0 - keep**2)], [1.0, -keep], noise, axis=0)
    return np.asarray(made[500:])


def reference_of(features: FloatArray) -> InputReference:
    return InputReference.of([f"f{i}" for i in range(features.shape[1])], features)


def only_feature(check: InputCheck) -> FeatureDrift:
    """Return the only feature of a check."""
    [found] = check.features
    assert isinstance(found, FeatureDrift)
    return found


def with_volatility(reference: InputReference, ranges: FloatArray) -> InputReference:
    """Return a reference that knows how wide one symbol's bars were."""
    volatility = VolatilityReference.of(["A"], ranges[:, None])
    assert volatility is not None
    return replace(reference, volatility=volatility)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.9])
def test_the_memory_of_a_known_process_is_found(keep: float) -> None:
    # An AR(1) has the integrated autocorrelation time (1 + a) / (1 - a).
    expected = (1.0 + keep) / (1.0 - keep)
    series = autoregressive(keep, 100_000, seed=3)[:, 0]
    assert autocorrelation_time(series) == pytest.approx(expected, rel=0.1)


def test_a_series_that_never_moves_holds_one_look() -> None:
    assert autocorrelation_time(np.ones(50)) == 50.0


def test_independent_bars_are_compared_as_scipy_does() -> None:
    rng = np.random.default_rng(7)
    past, recent = rng.normal(size=(20_000, 1)), rng.normal(0.25, 1.0, size=(60, 1))
    found = only_feature(check_inputs(reference_of(past), recent))
    oracle = stats.ks_2samp(recent[:, 0], past[:, 0])
    assert found.distance == pytest.approx(oracle.statistic, abs=0.005)
    # The memory of independent bars is estimated, and a little above one.
    assert found.p == pytest.approx(oracle.pvalue, abs=0.05)


def test_ties_are_no_drift() -> None:
    rng = np.random.default_rng(9)
    past = rng.integers(0, 3, size=(3000, 1)).astype(np.float64)
    same = only_feature(check_inputs(reference_of(past), past[:300]))
    assert same.distance < 0.1
    oracle = stats.ks_2samp(past[:300, 0], past[:, 0]).statistic
    assert same.distance == pytest.approx(oracle, abs=0.01)


def test_values_never_seen_before_are_as_far_away_as_can_be() -> None:
    past = autoregressive(0.0, 2000, seed=1)
    for recent in (np.full((60, 1), 99.0), np.full((60, 1), -99.0)):
        found = only_feature(check_inputs(reference_of(past), recent))
        assert found.distance == 1.0
        assert found.p < 1e-6


def test_stationary_features_with_a_long_memory_are_seldom_in_alarm() -> None:
    # AR(.95) holds 1.5 looks in 60 bars; 300 checks far apart, 5 features each.
    past = autoregressive(0.95, 3000, seed=11, n_features=5)
    later = autoregressive(0.95, 300 * 200, seed=12, n_features=5)
    reference = reference_of(past)
    alarms = [
        bool(check_inputs(reference, later[i : i + 60]).drifted) for i in range(0, 60_000, 200)
    ]
    assert np.mean(alarms) <= 0.02
    naive = [
        min(stats.ks_2samp(later[i : i + 60, j], past[:, j]).pvalue for j in range(5)) < 0.05
        for i in range(0, 60_000, 1000)
    ]
    assert np.mean(naive) > 0.5  # what the effective size is there for


def test_a_feature_that_moved_is_named_first() -> None:
    past = autoregressive(0.2, 3000, seed=13, n_features=3)
    recent = autoregressive(0.2, 60, seed=14, n_features=3)
    recent[:, 1] += 2.0
    check = check_inputs(reference_of(past), recent)
    assert [feature.name for feature in check.drifted] == ["f1"]
    first = check.features[0]
    assert isinstance(first, FeatureDrift)
    assert first.psi > first.psi_high


def test_the_limit_of_psi_is_kept_by_nine_of_ten_stationary_checks() -> None:
    past = autoregressive(0.5, 20_000, seed=15)
    reference = reference_of(past)
    later = autoregressive(0.5, 120_000, seed=16)
    checks = [
        only_feature(check_inputs(reference, later[i : i + 300])) for i in range(0, 120_000, 300)
    ]
    assert np.mean([one.psi <= one.psi_high for one in checks]) >= 0.90


def test_a_reference_is_read_back_as_it_was() -> None:
    reference = reference_of(autoregressive(0.5, 1000, seed=17, n_features=2))
    again = InputReference.from_json(reference.to_json())
    assert again.to_json() == reference.to_json()
    recent = autoregressive(0.5, 60, seed=18, n_features=2)
    assert check_inputs(again, recent) == check_inputs(reference, recent)


def test_bars_with_a_missing_value_are_left_out() -> None:
    past = autoregressive(0.5, 1000, seed=19, n_features=2)
    recent = autoregressive(0.5, 60, seed=20, n_features=2)
    holed = np.vstack([recent, [[np.nan, 5.0]]])
    assert check_inputs(reference_of(past), holed) == check_inputs(reference_of(past), recent)


def test_what_cannot_be_compared_is_refused() -> None:
    past = autoregressive(0.5, 1000, seed=21, n_features=2)
    with pytest.raises(UnusableObservation, match="at least 250"):
        reference_of(past[:249])
    with pytest.raises(UnusableObservation):
        InputReference.of(["one"], past)
    reference = reference_of(past)
    with pytest.raises(UnusableObservation):
        check_inputs(reference, past[:60, :1])
    with pytest.raises(UnusableObservation):
        check_inputs(reference, np.full((3, 2), np.nan))
    with pytest.raises(UnusableMonitorOption):
        check_inputs(reference, past[:60], level=0.0)
    with pytest.raises(ForeignState):
        InputReference.from_json({"names": ["a"]})
    with pytest.raises(ForeignState):
        InputReference.from_json({**reference.to_json(), "names": ["a"]})


def test_volatility_is_named_first_where_it_rose() -> None:
    past, ranges = autoregressive(0.5, 1260, seed=22, n_features=3), autoregressive(0.5, 1260, 23)
    reference = with_volatility(reference_of(past), ranges[:, 0])
    recent, wide = autoregressive(0.5, 60, seed=24, n_features=3), ranges[:60, 0] + 2.0
    check = check_inputs(reference, recent, ranges={"A": wide})
    assert [one.name for one in check.drifted] == [VOLATILITY]
    assert check.features[0].name == VOLATILITY
    assert check.p < check.level


def test_the_level_is_divided_whole_among_what_is_compared() -> None:
    past, ranges = autoregressive(0.5, 1260, seed=25, n_features=3), autoregressive(0.5, 1260, 26)
    reference = with_volatility(reference_of(past), ranges[:, 0])
    recent = past[:60]
    for given, n_compared in ((None, 3), ({}, 3), ({"B": ranges[:60, 0]}, 3)):
        check = check_inputs(reference, recent, ranges=given)
        assert [one.share for one in check.features] == pytest.approx([1 / 3] * n_compared)
    check = check_inputs(reference, recent, ranges={"A": ranges[:60, 0]})
    shares = {one.name: one.share for one in check.features}
    assert shares == pytest.approx({VOLATILITY: 0.75, "f0": 1 / 12, "f1": 1 / 12, "f2": 1 / 12})
    ranked = [one.p / one.share for one in check.features]
    assert ranked == sorted(ranked)
    assert check.p == min(ranked[0], 1.0)


def test_a_check_has_drifted_from_its_own_level_on() -> None:
    past, recent = autoregressive(0.2, 3000, 27, 2), autoregressive(0.2, 60, 28, 2) + 0.3
    reference = reference_of(past)
    p = check_inputs(reference, recent).p
    assert 1e-4 < p < 0.9
    assert not check_inputs(reference, recent, p * 0.999).drifted
    assert check_inputs(reference, recent, p * 1.001).drifted


def test_a_reference_with_volatility_is_read_back_and_one_of_an_older_version_too() -> None:
    past, ranges = autoregressive(0.5, 1000, seed=29, n_features=2), autoregressive(0.5, 1000, 30)
    reference = with_volatility(reference_of(past), ranges[:, 0])
    content = reference.to_json()
    assert InputReference.from_json(content).volatility == reference.volatility
    older = {name: value for name, value in content.items() if name != "volatility"}
    assert InputReference.from_json(older).volatility is None
    assert reference_of(past).to_json().keys() == older.keys()
    for damaged in ({}, 3, {**content["volatility"], "spread": 0.0}):
        with pytest.raises(ForeignState):
            InputReference.from_json({**content, "volatility": damaged})
