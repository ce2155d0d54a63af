"""Power against years: the planner's own numbers at every length of history."""

import math

import numpy as np
import pytest

from bellwether.validation import (
    PlannedMarket,
    PlannerOptions,
    UnusableOptions,
    draw_power,
    hit_share,
    plan_market,
)

PANEL = PlannedMarket(n_bars=1260, n_symbols=20, correlation=0.3)


def test_a_point_of_a_curve_is_what_a_plan_for_as_many_bars_says() -> None:
    curves = draw_power(plan_market(PANEL), years=20.0, ics=(0.05, 0.1))
    for place in (0, 14, 59):
        other = PlannedMarket(n_bars=curves.n_bars[place], n_symbols=20, correlation=0.3)
        plans = plan_market(other).plans
        for line in curves.lines:
            [power] = [one.power for one in plans[line.plan].powers if one.ic == line.ic]
            assert line.power[place] == power
    assert curves.years[-1] == 20.0
    assert curves.n_bars[14] == 1260


def test_there_is_a_line_for_each_plan_and_skill_and_none_ever_falls() -> None:
    curves = draw_power(plan_market(PANEL, options=PlannerOptions(ic_worth_finding=0.07)))
    names = [(line.plan, line.ic) for line in curves.lines]
    assert names == [
        (plan, ic)
        for plan in ("single", "clustered", "market_neutral")
        for ic in (0.02, 0.05, 0.07, 0.1, 0.2)
    ]
    for line in curves.lines:
        assert len(line.power) == len(curves.years) == len(curves.n_bars)
        assert (np.diff(line.power) >= 0.0).all()


def test_a_market_of_a_few_bars_a_year_has_curves_too() -> None:
    curves = draw_power(plan_market(PlannedMarket(n_bars=30, n_bars_per_year=1.0)), years=0.5)
    assert set(curves.n_bars) <= {0, 1}
    assert all(math.isfinite(one) for line in curves.lines for one in line.power)


def test_the_share_of_hits_is_that_of_normal_returns() -> None:
    rng = np.random.default_rng(3)
    forecast, noise = rng.standard_normal((2, 200_000))
    returns = 0.3 * forecast + math.sqrt(1.0 - 0.09) * noise
    assert np.mean(forecast * returns > 0.0) == pytest.approx(hit_share(0.3), abs=0.004)


@pytest.mark.parametrize(
    ("years", "ics", "name"),
    [(0.0, None, "years"), (5.0, (), "ics"), (5.0, (1.0,), "ics")],
)
def test_what_cannot_be_drawn_is_refused(
    years: float, ics: tuple[float, ...] | None, name: str
) -> None:
    with pytest.raises(UnusableOptions, match=name):
        draw_power(plan_market(PANEL), years=years, ics=ics)
