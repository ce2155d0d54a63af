from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.bars import Panel, noise_world
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.models import FAMILIES, PRESETS
from bellwether.samples import build_samples
from bellwether.service import (
    CHEAP_PLAN,
    DEMO_PLAN,
    PLANS,
    STANDARD_PLAN,
    UnreadableBudget,
    choose_plan,
    estimate_fit_seconds,
    estimate_seconds,
    read_budget,
)
from bellwether.service._plans import ROWS_A_SECOND
from bellwether.validation import FamilyPlan, TrainingPlan, plan_fits


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90.0), ("2m", 120.0), (" 1.5 h ", 5400.0), ("0.5s", 0.5)]
)
def test_a_budget_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert read_budget(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "m", "-2m", "0s", "2 days", "1e3s", "nan s", "2m\nx"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UnreadableBudget, match=r"90s, 2m or 1\.5h") as caught:
        read_budget(text)
    assert caught.value.text == text


@given(
    n_rows=st.integers(1, 100_000),
    short=st.floats(0.1, 1e5),
    longer=st.floats(1.0, 100.0),
    n_workers=st.integers(1, 16),
)
def test_more_time_never_chooses_a_lesser_plan(
    n_rows: int, short: float, longer: float, n_workers: int
) -> None:
    order = list(PLANS.values())
    first = choose_plan(n_rows, short, n_workers)
    second = choose_plan(n_rows, short * longer, n_workers)
    assert order.index(second) <= order.index(first)
    if first is not CHEAP_PLAN:
        assert estimate_seconds(first, n_rows, n_workers) <= short


def test_the_cheapest_plan_is_always_possible() -> None:
    assert choose_plan(10_000_000, 1.0, 1) is CHEAP_PLAN


def test_whoever_has_a_minute_gets_the_standard_plan_and_the_contract_stays_by_name() -> None:
    assert choose_plan(2520, 60.0, 2) is STANDARD_PLAN
    assert choose_plan(2520, 1e6, 2) is STANDARD_PLAN
    assert {item.family for item in PLANS["contract"].families} > {"lstm", "transformer"}
    assert {item.preset for item in PLANS["contract"].families} == {"contract"}


def test_plans_go_from_thorough_to_cheap_under_their_own_names() -> None:
    seconds = [estimate_seconds(plan, 5000, 2) for plan in PLANS.values()]
    assert seconds == sorted(seconds, reverse=True)
    assert all(plan.name == name for name, plan in PLANS.items())
    assert len({plan.digest for plan in PLANS.values()}) == len(PLANS)


def test_the_demo_fits_into_its_five_minutes_on_two_cores() -> None:
    assert estimate_seconds(DEMO_PLAN, 2 * 5031, 2) < 300.0


@pytest.mark.parametrize("family", FAMILIES)
def test_every_preset_has_an_estimate_whether_or_not_it_was_measured(family: str) -> None:
    for preset in PRESETS[family]:
        item = FamilyPlan(family=family, preset=preset, n_refits=1)
        assert estimate_seconds(TrainingPlan(name="x", families=(item,)), 1000, 1) > 0.0


def test_every_measured_speed_is_of_a_preset_that_exists() -> None:
    assert all(preset in PRESETS[family] for family, preset in ROWS_A_SECOND)


def test_a_fit_takes_longer_the_more_rows_it_sees() -> None:
    samples = build_samples(Panel(bars=[noise_world(1, 400).bars]), core15(), LabelSpec())
    plan = replace(
        CHEAP_PLAN, families=(FamilyPlan(family="ridge", preset="contract", n_refits=3),)
    )
    seconds = [estimate_fit_seconds(task) for task in plan_fits(samples, plan).tasks]
    assert seconds == sorted(seconds)
