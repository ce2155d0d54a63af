"""The families of a training as a person names them."""

from typing import Any

import pytest

from bellwether.models import UnknownFamily, UnusableFactory
from bellwether.service import PLANS, Room, decide_plan
from bellwether.service._family_choice import plan_families
from bellwether.validation import FamilyPlan, MalformedPlan, TrainingPlan

HUBER = "sklearn.linear_model:HuberRegressor"
ROOM = (2500, 300.0, 2)


def test_families_of_the_plan_keep_its_settings_and_others_go_beside_them() -> None:
    plan = plan_families(["ridge", "logistic", f"{HUBER}(epsilon=1.5)"], *ROOM, PLANS["demo"])
    assert plan.families == (
        FamilyPlan(family="ridge", preset="contract", n_refits=12),
        FamilyPlan(family="logistic", preset="contract", n_refits=3),
        FamilyPlan(family=HUBER, preset="own", n_refits=3, changes=(("epsilon", 1.5),)),
    )
    assert (plan.seed, plan.state_refit_bars) == (PLANS["demo"].seed, 63)


def test_the_budget_decides_how_often_a_family_of_your_own_is_fitted() -> None:
    refits = [
        plan_families([HUBER], 20_000, seconds, 2).families[0].n_refits
        for seconds in (36_000.0, 60.0, 1.0)
    ]
    assert refits == sorted(refits, reverse=True)
    assert refits[0] == 12 > refits[-1]


@pytest.mark.parametrize(
    ("families", "error"),
    [
        (["rigde"], UnknownFamily),
        (["no_such_module:make"], UnusableFactory),
        ([HUBER, HUBER], MalformedPlan),
    ],
)
def test_families_that_cannot_be_trained_are_refused_before_anything_is(
    families: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        decide_plan(Room(n_rows=2500, budget_seconds=60.0, n_workers=2), families=families)


def test_options_of_a_family_of_your_own_are_not_searched() -> None:
    room = Room(n_rows=2500, budget_seconds=600.0, n_workers=2)
    plan = decide_plan(room, tune=True, families=[HUBER, "ridge"])
    assert [item.family for item in plan.families] == [HUBER, "ridge"]


def test_a_plan_with_your_own_family_is_read_back_as_it_was() -> None:
    plan = plan_families([f"{HUBER}(epsilon=1.5)"], *ROOM)
    assert TrainingPlan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("wish", [{"tune": True}, {"families": [HUBER]}])
def test_rows_are_held_out_of_every_fold_where_something_may_be_chosen_by_them(
    wish: dict[str, Any],
) -> None:
    room = Room(n_rows=2500, budget_seconds=600.0, n_workers=2)
    assert decide_plan(room).holds_out == "first fold"
    assert decide_plan(room, **wish).holds_out == "every fold"
