"""The study of retraining draws the worlds it says, and follows them as the chain does."""

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from bellwether.monitor import MOST_DIFFERENCE, score_of_points

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("study_retrain")


def test_differences_have_the_mean_of_their_points(study: ModuleType) -> None:
    case = study.Case(name="better", points=3.0, n_symbols=20)
    drawn = case.draw(np.random.default_rng(1), 200, 500)
    assert drawn.shape == (200, 500)
    assert np.abs(drawn).max() <= MOST_DIFFERENCE
    # Winsorising takes a little of a mean.
    assert drawn.mean() == pytest.approx(score_of_points(3.0), rel=0.1)


def test_symbols_are_correlated_as_told(study: ModuleType) -> None:
    many = study.Case(name="many", points=0.0, n_symbols=20, correlation=0.1)
    one = study.Case(name="one", points=0.0)
    rng = np.random.default_rng(2)
    share = many.draw(rng, 300, 500).var() / one.draw(rng, 300, 500).var()
    assert share == pytest.approx((1.0 + 19.0 * 0.1) / 20.0, rel=0.1)


def test_a_better_challenger_goes_further_than_a_worse_one(
    study: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "LOOK_EVERY_BARS", 10_000)
    cases = [study.Case(name="", points=points, n_symbols=20) for points in (-5.0, 8.0)]
    worse, better = (study.follow(one, np.random.default_rng(3), 12) for one in cases)
    assert not worse.proven.any()
    assert better.proven.all()
    assert np.isfinite(better.bars).all()
