"""The study of choices by regime plants what it says."""

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from bellwether.rules import Regime

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("study_regime_choice")


def test_models_know_what_they_are_said_to_know(study: ModuleType) -> None:
    case = study.Case(name="better", years=60, champion=0.05, previous=0.05, ranging=0.20)
    random = np.random.default_rng(1)
    market = study.draw_market(case, random)
    one, other = study.draw_pair(case, market, random)
    ranging = market.regimes[1:] == float(Regime.RANGING)
    shares = [
        np.corrcoef(said[1:][where], market.signal[1:][where])[0, 1]
        for said, where in ((one, ranging), (one, ~ranging), (other, ranging), (other, ~ranging))
    ]
    assert shares == pytest.approx([0.25, 0.25, 1.0, 0.25], abs=0.06)
    between = np.corrcoef(one[1:][~ranging], other[1:][~ranging])[0, 1]
    assert between == pytest.approx(0.0625 + 0.5 * 0.9375, abs=0.08)


def test_forecasts_from_prices_are_two_and_differ(study: ModuleType) -> None:
    [case, *_] = study.PRICES
    random = np.random.default_rng(2)
    market = study.draw_market(case, random)
    one, other = study.draw_pair(case, market, random)
    assert one.shape == other.shape == market.regimes.shape
    assert not np.array_equal(one, other, equal_nan=True)


def test_a_large_difference_is_found_in_its_regime(
    study: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = study.Case(name="sure", years=20, champion=0.0, previous=0.0, ranging=0.20, n_symbols=3)
    monkeypatch.setattr(study, "CASES", (sure,))
    [job] = study.cut_jobs(1, 2, 3, at_once=2)
    found = study.run_pairs(job)
    assert [one.regimes for one in found] == [("ranging",)] * 2
    assert all(one.n_ranging > 126 for one in found)
