from dataclasses import replace
from typing import Any

import pytest

from bellwether.hashing import canonical_json
from bellwether.validation import FamilyPlan, LearningPlan, MalformedPlan, TrainingPlan

RIDGE = FamilyPlan(family="ridge", preset="contract", n_refits=2)
BOOSTING = FamilyPlan(family="gradient_boosting", preset="contract", n_refits=3)
PLAN = TrainingPlan(name="tiny", families=(RIDGE, BOOSTING))

CHANGES: dict[str, Any] = {
    "families": (RIDGE,),
    "seed": 1,
    "out_of_sample_from_frac": 0.5,
    "validation_frac": 0.2,
    "embargo_bars": 2,
    "state_refit_bars": 21,
    "window": "rolling",
    "learning": LearningPlan(by_uniqueness=True),
    "holds_out": "first fold",
    "member_weights": "contract",
    "regime_weights": True,
}


@pytest.mark.parametrize("field", CHANGES)
def test_every_field_but_the_name_is_in_the_digest(field: str) -> None:
    assert replace(PLAN, **{field: CHANGES[field]}).digest != PLAN.digest


def test_another_name_is_the_same_plan() -> None:
    assert replace(PLAN, name="other", importance=True).digest == PLAN.digest


def test_the_list_of_changes_names_every_field() -> None:
    assert {*CHANGES, "name", "importance"} == set(PLAN.__slots__)


def test_a_plan_is_plain_json() -> None:
    content = PLAN.to_json()
    assert canonical_json(content)
    assert content["families"][1] == {
        "family": "gradient_boosting",
        "preset": "contract",
        "n_refits": 3,
    }


def test_the_plan_of_some_families_keeps_order_and_everything_else() -> None:
    assert PLAN.only(["gradient_boosting", "ridge"]) == PLAN
    alone = PLAN.only(["gradient_boosting"])
    assert alone == replace(PLAN, families=(BOOSTING,))


@pytest.mark.parametrize(
    "changes",
    [
        {"families": ()},
        {"families": (RIDGE, RIDGE)},
        {"families": (replace(RIDGE, n_refits=0),)},
        {"out_of_sample_from_frac": 0.0},
        {"out_of_sample_from_frac": 1.0},
        {"out_of_sample_from_frac": float("nan")},
        {"validation_frac": 0.0},
        {"validation_frac": 1.0},
        {"embargo_bars": -1},
        {"state_refit_bars": 0},
        {"seed": -1},
        {"member_weights": "equal"},
        {"holds_out": "never"},
        {"holds_out": "first fold", "families": (replace(RIDGE, n_trials=8),)},
    ],
)
def test_numbers_out_of_range_are_refused_before_anything_starts(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedPlan, match="training plan"):
        replace(PLAN, **changes)


def test_the_plan_of_no_family_is_refused() -> None:
    with pytest.raises(MalformedPlan):
        PLAN.only(["lstm"])
