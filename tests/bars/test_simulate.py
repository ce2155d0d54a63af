import math
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from bellwether.bars import (
    World,
    WorldImpossible,
    edge_world,
    noise_world,
    regime_change_world,
)
from bellwether.bars._processes import (
    GJR_NEGATIVE_SQUARE,
    GJR_SHIFT,
    GJR_SHIFTED_FRAC,
    draw_shocks,
    reversal_deviation,
    variance_path,
)

LONG = 100_000


def planted_correlation(world: World) -> float:
    return float(np.corrcoef(world.signal[:-1], world.shock[1:])[0, 1])


@pytest.mark.parametrize("signal", ["reversal", "exogenous"])
@pytest.mark.parametrize("strength", [0.2, 0.05, -0.1])
def test_the_planted_correlation_is_the_information_coefficient(
    signal: Literal["reversal", "exogenous"], strength: float
) -> None:
    world = edge_world(3, LONG, information_coefficient=strength, signal=signal)
    assert planted_correlation(world) == pytest.approx(strength, abs=4 / math.sqrt(LONG))
    assert world.signal.std() == pytest.approx(1.0, abs=0.03)
    assert world.shock.std() == pytest.approx(1.0, abs=0.02)


def test_reversal_signal_can_be_computed_from_the_bars() -> None:
    world = edge_world(5, 600, information_coefficient=0.2)
    close = world.bars.close
    shock = ((close[1:] / close[:-1] - 1) - 0.08 / 252) / world.volatility[1:]
    sums = np.convolve(shock, np.ones(5), "valid")
    np.testing.assert_allclose(world.signal[5:], -sums / reversal_deviation(0.2), atol=1e-9)


def test_exogenous_signal_does_not_follow_from_past_prices() -> None:
    world = edge_world(5, LONG, information_coefficient=0.2, signal="exogenous")
    innovation = world.signal[1:] - 0.9 * world.signal[:-1]
    assert abs(np.corrcoef(innovation, world.shock[1:])[0, 1]) < 4 / math.sqrt(LONG)
    assert innovation.std() == pytest.approx(math.sqrt(1 - 0.81), rel=0.02)


def test_reversal_deviation_agrees_with_a_long_autoregression() -> None:
    rho = 0.3
    world = edge_world(11, LONG, information_coefficient=rho)
    sums = np.convolve(world.shock, np.ones(5), "valid")
    assert sums.std() == pytest.approx(reversal_deviation(rho), rel=0.02)


@pytest.mark.parametrize("process", ["garch", "gjr"])
def test_noise_has_the_stated_drift_and_volatility_and_no_signal(
    process: Literal["garch", "gjr"],
) -> None:
    world = noise_world(2, LONG, drift=0.2, process=process)
    returns = np.diff(world.bars.close) / world.bars.close[:-1]
    error = returns.std() * 252 / math.sqrt(LONG)
    assert returns.mean() * 252 == pytest.approx(0.2, abs=3 * error)
    assert returns.std() * math.sqrt(252) == pytest.approx(0.18, rel=0.06)
    assert not world.signal.any()
    assert world.information_coefficient == 0.0


@pytest.mark.parametrize("lag", [1, 2, 5])
def test_noise_shocks_are_uncorrelated_but_volatility_clusters(lag: int) -> None:
    shock = noise_world(4, LONG).shock
    returns = np.diff(np.log(noise_world(4, LONG).bars.close))
    assert abs(np.corrcoef(shock[lag:], shock[:-lag])[0, 1]) < 4 / math.sqrt(LONG)
    assert np.corrcoef(np.abs(returns[lag:]), np.abs(returns[:-lag]))[0, 1] > 0.05


def test_variance_path_follows_the_published_recursion() -> None:
    shock = np.array([1.5, -2.0, 0.3])
    garch, gjr = [1.0], [1.0]
    floor = 1 - 0.01 - 0.92 - 0.09 * GJR_NEGATIVE_SQUARE
    for value in shock[:-1]:
        garch.append(0.02 + 0.05 * garch[-1] * value**2 + 0.93 * garch[-1])
        weight = 0.01 + 0.09 * (value < 0)
        gjr.append(floor + weight * gjr[-1] * value**2 + 0.92 * gjr[-1])
    np.testing.assert_allclose(variance_path(shock, "garch"), garch, rtol=1e-14)
    np.testing.assert_allclose(variance_path(shock, "gjr"), gjr, rtol=1e-14)


def test_mean_square_of_negative_gjr_shocks_is_its_integral() -> None:
    unit = math.sqrt(5 / 3)
    centre = GJR_SHIFT * GJR_SHIFTED_FRAC
    scale = math.sqrt(1 + GJR_SHIFT**2 * GJR_SHIFTED_FRAC * (1 - GJR_SHIFTED_FRAC))

    def weighted(shock: float) -> float:
        plain = scale * shock + centre
        density = (1 - GJR_SHIFTED_FRAC) * stats.t.pdf(plain * unit, 5)
        density += GJR_SHIFTED_FRAC * stats.t.pdf((plain - GJR_SHIFT) * unit, 5)
        return float(shock**2 * density * unit * scale)

    negative, _ = integrate.quad(weighted, -np.inf, 0)
    assert pytest.approx(negative, abs=1e-8) == GJR_NEGATIVE_SQUARE


def test_shocks_of_both_processes_have_zero_mean_and_unit_variance() -> None:
    garch = draw_shocks(np.random.default_rng(1), 400_000, "garch")
    gjr = draw_shocks(np.random.default_rng(1), 400_000, "gjr")
    for shocks in (garch, gjr):
        assert abs(shocks.mean()) < 0.007
        assert shocks.var() == pytest.approx(1.0, abs=0.02)
    assert stats.skew(gjr) < stats.skew(garch)


@given(seed=st.integers(0, 2**32), n_bars=st.integers(2, 300))
@settings(max_examples=25, deadline=None)
def test_closes_are_the_exact_compounding_of_the_returns(seed: int, n_bars: int) -> None:
    world = noise_world(seed, n_bars)
    returns = np.maximum(0.08 / 252 + world.volatility * world.shock, -0.5)
    np.testing.assert_array_equal(world.bars.close, 100.0 * np.cumprod(1.0 + returns))
    np.testing.assert_array_equal(world.bars.open[1:], world.bars.close[:-1])


def test_ranges_and_volumes_say_nothing_of_the_next_return() -> None:
    world = noise_world(9, LONG)
    bars = world.bars
    upper = np.log(bars.high / np.maximum(bars.open, bars.close))
    place = (bars.close - bars.low) / (bars.high - bars.low)
    for known in (upper, np.log(bars.volume), place):
        assert abs(np.corrcoef(known[:-1], world.shock[1:])[0, 1]) < 4 / math.sqrt(LONG)


def test_same_seed_gives_the_same_bars_and_another_seed_others() -> None:
    first, again, other = (noise_world(seed, 50).bars for seed in (1, 1, 2))
    assert first.digest == again.digest
    assert not np.array_equal(first.close, other.close)


def test_bars_close_on_weekdays_from_the_third_of_january_2000() -> None:
    bars = noise_world(1, 50).bars
    assert bars.closed_at[0] == np.datetime64("2000-01-03T21:00")
    assert np.is_busday(bars.closed_at.astype("datetime64[D]")).all()


@pytest.mark.parametrize("signal", ["reversal", "exogenous"])
def test_the_edge_lives_between_its_two_bars_only(
    signal: Literal["reversal", "exogenous"],
) -> None:
    world = regime_change_world(
        8,
        LONG,
        information_coefficient=0.3,
        starts_at_bar=30_000,
        ends_at_bar=70_000,
        signal=signal,
    )
    alive = np.flatnonzero(world.signal)
    assert (alive[0], alive[-1]) == (29_999, 69_998)
    correlation = np.corrcoef(world.signal[29_999:69_999], world.shock[30_000:70_000])[0, 1]
    assert correlation == pytest.approx(0.3, abs=0.02)
    after = np.convolve(world.shock[70_000:], np.ones(5), "valid")
    assert abs(np.corrcoef(after[:-1], world.shock[70_005:])[0, 1]) < 0.025


def test_an_edge_that_lasts_is_known_at_the_last_close() -> None:
    world = regime_change_world(
        8, 100, information_coefficient=0.3, starts_at_bar=50, ends_at_bar=100
    )
    assert world.signal[-1] != 0
    assert edge_world(8, 100, information_coefficient=0.3).signal[-1] != 0


def test_an_edge_of_zero_keeps_its_signal_for_studies_of_size() -> None:
    world = edge_world(8, LONG, information_coefficient=0.0, signal="exogenous")
    assert world.signal.std() == pytest.approx(1.0, abs=0.05)
    assert abs(planted_correlation(world)) < 4 / math.sqrt(LONG)


def test_worlds_that_cannot_be_are_refused() -> None:
    with pytest.raises(WorldImpossible, match="at least 2 bars"):
        noise_world(1, 1)
    with pytest.raises(WorldImpossible, match="information coefficient in"):
        edge_world(1, 10, information_coefficient=1.0)
    with pytest.raises(WorldImpossible, match="stay stationary"):
        edge_world(1, 10, information_coefficient=-0.9)
    with pytest.raises(WorldImpossible, match="process"):
        noise_world(1, 10, process="arima")  # type: ignore[arg-type]
    with pytest.raises(WorldImpossible, match="signal"):
        edge_world(1, 10, information_coefficient=0.1, signal="none")  # type: ignore[arg-type]
    with pytest.raises(WorldImpossible, match="starts and ends"):
        regime_change_world(1, 10, information_coefficient=0.1, starts_at_bar=5, ends_at_bar=11)


def test_arrays_of_a_world_cannot_be_written() -> None:
    world = noise_world(1, 10)
    with pytest.raises(ValueError, match="read-only"):
        world.signal[0] = 1.0
