"""The planner reproduces the design's figures and speaks plainly."""

import numpy as np
import pytest
from scipy.signal import lfilter

from bellwether.arrays import FloatArray
from bellwether.trials import TrialCount
from bellwether.validation import (
    PlannerOptions,
    UnusableOptions,
    bars_for_power,
    best_power,
    break_even_ic,
    ic_of_horizon,
    plan_evidence,
)


@pytest.mark.parametrize(
    ("ic", "n_bars"), [(0.02, 20_071), (0.05, 3_211), (0.10, 802), (0.20, 200)]
)
def test_bars_for_eighty_percent_are_those_of_the_table(ic: float, n_bars: int) -> None:
    # The table is rounded down, partly from rounded quantiles.
    ours = bars_for_power(ic, 0.80, 0.01)
    assert n_bars < ours <= n_bars + 2
    assert best_power(ic, ours, 0.01) >= 0.80 > best_power(ic, ours - 1, 0.01)


@pytest.mark.parametrize(
    ("years", "limits"),
    [(3, (3.5, 15, 60, 99.8)), (5, (4.8, 25, 84, 100)), (10, (8.3, 51, 99, 100))],
)
def test_planned_power_is_the_limit_of_the_table(years: int, limits: tuple[float, ...]) -> None:
    plan = plan_evidence(252 * years)
    percent = [100.0 * planned.power for planned in plan.powers]
    assert percent == pytest.approx(limits, abs=0.5)


def test_the_verdict_needs_433_bars_on_the_first_look() -> None:
    plan = plan_evidence(1260)
    assert (plan.n_needed_bars, plan.is_enough, plan.n_missing_bars) == (433, True, 0)
    assert plan.n_out_of_sample_bars == 882


def test_trials_already_spent_are_charged_before_training() -> None:
    first, later = (
        plan_evidence(1260, trials=TrialCount(n_pipelines=n, n_looks=1)) for n in (1, 20)
    )
    assert later.critical_t > first.critical_t
    assert later.n_needed_bars > first.n_needed_bars


@pytest.mark.parametrize("n_bars", [40, 400, 618])
def test_short_histories_are_told_how_much_is_missing(n_bars: int) -> None:
    plan = plan_evidence(n_bars, last_closed_at=np.datetime64("2020-01-01T21:00"))
    assert not plan.is_enough
    assert plan_evidence(n_bars + plan.n_missing_bars).is_enough
    assert not plan_evidence(n_bars + plan.n_missing_bars - 1).is_enough
    assert plan.earliest_verdict_at is not None
    assert plan.earliest_verdict_at > np.datetime64("2020-01-01T21:00")
    assert f"{plan.n_missing_bars} bars from now, about 202" in plan.sentence
    assert "cannot decide" in plan.sentence


def test_without_a_last_bar_no_date_is_made_up() -> None:
    plan = plan_evidence(400)
    assert plan.earliest_verdict_at is None
    assert plan.sentence.endswith("bars from now.")


def test_a_possible_verdict_is_possible_at_once() -> None:
    last = np.datetime64("2020-01-01T21:00")
    assert plan_evidence(1260, last_closed_at=last).earliest_verdict_at == last
    assert "84% at 0.10" in plan_evidence(1260).sentence


def test_a_panel_needs_fewer_bars() -> None:
    alone, panel = (plan_evidence(700, options=PlannerOptions(breadth=b)) for b in (1.0, 10.0))
    assert panel.n_needed_bars < alone.n_needed_bars
    assert panel.powers[0].power > alone.powers[0].power


def test_break_even_skill_is_where_simulated_earnings_meet_costs() -> None:
    random, scale = np.random.default_rng(1), 0.18 / np.sqrt(252.0)
    forecast = np.empty(200_000)
    forecast[0], innovations = 0.0, random.standard_normal(200_000) * np.sqrt(1.0 - 0.9**2)
    for t in range(1, len(forecast)):
        forecast[t] = 0.9 * forecast[t - 1] + innovations[t]
    cost = 5e-4 * np.abs(np.diff(forecast)).mean()
    ic = break_even_ic(0.9, 5.0, scale)
    assert ic * scale * np.mean(forecast**2) == pytest.approx(cost, rel=0.03)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("level", 1.0),
        ("ic_worth_finding", 0.0),
        ("out_of_sample_frac", 1.0),
        ("breadth", 0.5),
        ("n_bars_per_year", 0.0),
        ("annual_volatility", 0.0),
        ("cost_bps", -1.0),
        ("persistence", 1.0),
        ("horizon_bars", 0),
    ],
)
def test_options_out_of_range_are_named(option: str, value: float) -> None:
    with pytest.raises(UnusableOptions, match=option):
        PlannerOptions(**{option: value})  # type: ignore[arg-type]


def test_options_have_a_digest_of_their_content() -> None:
    assert PlannerOptions().digest != PlannerOptions(level=0.02).digest


def autoregression(persistence: float, n_bars: int, seed: int = 1) -> FloatArray:
    """Return forecasts of unit variance."""
    random = np.random.default_rng(seed)
    steps = random.standard_normal(n_bars) * np.sqrt(1.0 - persistence**2)
    steps[0] = random.standard_normal()
    return np.asarray(lfilter([1.0], [1.0, -persistence], steps))


@pytest.mark.parametrize("horizon_bars", [1, 2, 5, 20])
@pytest.mark.parametrize("persistence", [0.0, 0.5, 0.9])
def test_held_signals_break_even_where_simulated_earnings_meet_costs(
    horizon_bars: int, persistence: float
) -> None:
    scale, forecast = 0.18 / np.sqrt(252.0), autoregression(persistence, 400_000)
    kernel = np.ones(horizon_bars) / horizon_bars
    position = np.convolve(forecast, kernel, mode="valid")
    position /= position.std()
    cost = 5e-4 * np.abs(np.diff(position)).mean()
    assert break_even_ic(persistence, 5.0, scale, horizon_bars) * scale == pytest.approx(
        cost, rel=0.03
    )


@pytest.mark.parametrize("horizon_bars", [2, 5, 20])
def test_skill_over_the_horizon_is_what_a_simulated_forecast_has(horizon_bars: int) -> None:
    random, n_bars, ic = np.random.default_rng(2), 400_000, 0.2
    forecast = autoregression(0.9, n_bars)
    returns = ic * np.append(0.0, forecast[:-1]) + random.standard_normal(n_bars)
    kernel = np.ones(horizon_bars)
    held = np.convolve(forecast, kernel / horizon_bars, mode="valid")[:-1]
    bar_by_bar = np.corrcoef(held, returns[horizon_bars:])[0, 1]
    over_horizon = np.convolve(returns[1:], kernel, mode="valid")
    whole = np.corrcoef(forecast[: len(over_horizon)], over_horizon)[0, 1]
    # The identity is for returns that are not correlated; the planted ones are a little.
    spread = over_horizon.std() / (returns.std() * np.sqrt(horizon_bars))
    found = ic_of_horizon(bar_by_bar, horizon_bars, 0.9) / spread
    assert found == pytest.approx(whole, rel=0.03)


def test_an_ordinary_forecast_of_one_bar_is_as_good_over_its_horizon() -> None:
    assert [one.ic_of_horizon for one in plan_evidence(1260).powers] == [0.02, 0.05, 0.1, 0.2]
    held = plan_evidence(1260, options=PlannerOptions(horizon_bars=5))
    assert [one.power for one in held.powers] == [one.power for one in plan_evidence(1260).powers]
    assert all(one.ic_of_horizon > one.ic for one in held.powers)
    assert held.break_even_ic < plan_evidence(1260).break_even_ic


def test_the_declared_skill_is_among_those_planned_for() -> None:
    plan = plan_evidence(8000, options=PlannerOptions(ic_worth_finding=0.035))
    assert [one.ic for one in plan.powers] == [0.02, 0.035, 0.05, 0.1, 0.2]
    assert "at 0.035" in plan.sentence


def test_bars_for_eighty_percent_are_fewer_by_the_breadth() -> None:
    alone, panel = (plan_evidence(700, options=PlannerOptions(breadth=b)) for b in (1.0, 10.0))
    for one, all_of_them in zip(alone.powers, panel.powers, strict=True):
        assert all_of_them.n_bars_for_80_percent == -(-one.n_bars_for_80_percent // 10)
