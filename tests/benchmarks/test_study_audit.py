"""The study of the audit: its forecasts are what they are called."""

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from bellwether.arrays import FloatArray

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return benchmarks/study_audit.py."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("study_audit")


def test_planted_faults_are_found_and_honest_forecasts_are_not(study: ModuleType) -> None:
    rows = study.inspect_world(40_000)
    accused = {(group, name): found for group, name, found, _, _ in rows if name not in study.FAINT}
    assert [case for case, found in accused.items() if found != (case[0] == "planted")] == []


def test_honest_forecasts_do_not_move_with_what_comes_later(study: ModuleType) -> None:
    whole = study.make_market(1)
    cut = study.World(
        bars=whole.bars[:800],
        signal=whole.signal[:800],
        shock=whole.shock[:800],
        volatility=whole.volatility[:800],
        information_coefficient=0.0,
    )
    full, part = (study.honest_forecasts(world, _Still(len(world.bars))) for world in (whole, cut))
    for name, values in part.items():
        # Noise is scaled by the whole history's deviation, which is no news of any bar.
        if not any(word in name for word in ("noisy", "noise")):
            assert np.allclose(values, full[name][:800], equal_nan=True), name


class _Still:
    """A generator whose draws do not depend on how many are asked for."""

    def __init__(self, n_bars: int) -> None:
        self._n_bars = n_bars

    def standard_normal(self, shape: tuple[int, int]) -> FloatArray:
        assert shape[1] == self._n_bars
        draws: FloatArray = np.sin(np.arange(shape[0] * 5000.0)).reshape(shape[0], 5000)
        return draws[:, : self._n_bars]
