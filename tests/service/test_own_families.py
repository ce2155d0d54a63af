"""A family of one's own goes the whole way: trained, judged, bundled, promoted, asked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.bars import Bars
from bellwether.registry import Stage
from bellwether.service import TrainingResult
from bellwether.validation import FamilyPlan, TrainingPlan

Desk = Any  # the class lives in conftest, which is no module
FOREST = "sklearn.ensemble:HistGradientBoostingRegressor"
HUBER = "sklearn.linear_model:HuberRegressor"
PLAN = TrainingPlan(
    name="own",
    families=(
        FamilyPlan(family=FOREST, preset="own", n_refits=2, changes=(("max_iter", 20),)),
        FamilyPlan(family=HUBER, preset="own", n_refits=2),
    ),
)


@pytest.fixture(scope="module")
def trained(open_desk: Callable[[], Desk], edge_bars: Bars) -> tuple[Desk, TrainingResult]:
    """Return a desk at which the edge was learned by families of one's own."""
    desk = open_desk()
    return desk, desk.train(edge_bars, PLAN)


def test_what_can_be_learned_is_learned_and_promoted(trained: tuple[Desk, TrainingResult]) -> None:
    _, result = trained
    assert [one.name for one in result.candidates] == ["ensemble", FOREST, HUBER]
    assert result.champion is not None
    assert result.champion.stage is Stage.CHAMPION


def test_ids_of_models_are_names_of_files(trained: tuple[Desk, TrainingResult]) -> None:
    _, result = trained
    ids = [one.record.model_id for one in result.candidates]
    assert ids[1].startswith("world-sklearn-ensemble-histgradientboostingreg")
    assert ids[2].startswith("world-sklearn-linear-model-huberregressor-")


def test_the_bundle_answers_and_says_who_its_members_are(
    trained: tuple[Desk, TrainingResult], edge_bars: Bars
) -> None:
    desk, result = trained
    loaded = desk.bundles.load(result.proposal.record)
    lookback = loaded.manifest.lookback_bars
    windows = np.stack([edge_bars.matrix[start : start + lookback] for start in range(5)])
    answers = loaded.run(windows)
    assert np.isfinite(answers["probability_up"]).all()
    assert loaded.manifest.families == (FOREST, HUBER)
    assert loaded.manifest.plan["families"][0]["changes"] == {"max_iter": 20}


def test_the_same_plan_gives_the_same_bytes_and_another_option_another_pipeline(
    trained: tuple[Desk, TrainingResult], open_desk: Callable[[], Desk], edge_bars: Bars
) -> None:
    _, result = trained
    again = open_desk().train(edge_bars, PLAN)
    assert [one.record.bundle_digest for one in again.candidates] == [
        one.record.bundle_digest for one in result.candidates
    ]
    stiffer = replace(PLAN.families[1], changes=(("epsilon", 2.0),))
    changed = replace(PLAN, families=(PLAN.families[0], stiffer))
    request = replace(result.request, plan=changed)
    assert request.pipeline([HUBER]) != result.request.pipeline([HUBER])
    assert request.pipeline([FOREST]) == result.request.pipeline([FOREST])
