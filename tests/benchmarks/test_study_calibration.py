"""The measures of the calibration study, by hand."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def covered() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("_covered")


@pytest.fixture(scope="module")
def calibrators() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("_calibrators")


def test_the_worst_block_is_the_least_share_of_sixty_in_a_row(covered: ModuleType) -> None:
    held = np.ones(200, dtype=np.bool_)
    held[100:112] = False

    assert covered.worst_shortfall(held) == pytest.approx(0.9 - 48 / 60)


def test_chance_alone_falls_short_more_where_outcomes_overlap(covered: ModuleType) -> None:
    assert 0.08 < covered.chance_shortfall(500, 1) < covered.chance_shortfall(500, 5) < 0.5


def test_the_interval_score_is_the_width_and_twenty_times_what_lies_outside(
    covered: ModuleType,
) -> None:
    score = covered.interval_score(np.full(3, -1.0), np.full(3, 1.0), np.array([0.0, 1.5, -2.0]))

    assert score == pytest.approx([2.0, 12.0, 22.0])


def test_stated_shares_that_are_uniform_are_near_uniform_and_others_are_not(
    covered: ModuleType,
) -> None:
    assert covered.distance_from_uniform(np.linspace(0.0, 1.0, 1001)) < 1e-3
    assert covered.distance_from_uniform(np.zeros(100)) > 0.9


@pytest.mark.parametrize("name", ["Platt", "beta", "isotonic"])
def test_every_calibrator_finds_probabilities_that_are_a_line_of_the_score(
    covered: ModuleType, calibrators: ModuleType, name: str
) -> None:
    draw = np.random.default_rng(2)
    score = draw.standard_normal(20_000)
    truth = 1.0 / (1.0 + np.exp(-(0.1 + 0.3 * score)))
    outcome = np.where(draw.random(20_000) < truth, 0.01, -0.01)

    stated = calibrators.CALIBRATORS[name](score, outcome, 1.0)(score)

    assert covered.calibration_error(stated, outcome) < 0.01
    assert np.abs(stated - truth).mean() < 0.02
    losses = calibrators.log_losses(
        calibrators.CALIBRATORS[name], score, outcome, n_open=1, evidence=1.0
    )
    assert np.isnan(losses[:1000]).all()
    assert 0.66 < np.nanmean(losses) < 0.70
