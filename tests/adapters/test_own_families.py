"""Families of one's own in training processes: found where the parent finds them."""

import sys
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import FitFailed, ProcessFitRunner, WorkStore
from bellwether.bars import Panel, noise_world
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.samples import Samples, build_samples
from bellwether.validation import FamilyPlan, InlineFitRunner, TrainingPlan, plan_fits

SOURCE = """
from sklearn.kernel_ridge import KernelRidge
from sklearn.tree import DecisionTreeRegressor

def make_tree(depth=3):
    return DecisionTreeRegressor(max_depth=depth, random_state=None)

def make_stubborn():
    return KernelRidge()
"""


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Samples:
    """Return samples, with a module beside that only this process was told of."""
    (tmp_path / "families_of_ours.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return build_samples(Panel(bars=[noise_world(3, 420).bars]), core15(), LabelSpec())


def plan_of(name: str) -> TrainingPlan:
    item = FamilyPlan(family=f"families_of_ours:{name}", preset="own", n_refits=1)
    return TrainingPlan(name="own", families=(item,))


def test_a_process_fits_what_its_parent_can_import(samples: Samples, tmp_path: Path) -> None:
    tasks = plan_fits(samples, plan_of("make_tree")).tasks
    runner = ProcessFitRunner(WorkStore(tmp_path / "work"), 1)
    found = {task.key: one for task, one in runner.run(samples, tasks, lambda _t, _s: None)}
    inline = {
        task.key: one for task, one in InlineFitRunner().run(samples, tasks, lambda _t, _s: None)
    }
    assert found.keys() == inline.keys()
    for key, outcome in inline.items():
        for name, array in outcome.items():
            np.testing.assert_array_equal(found[key][name], array)
    sys.modules.pop("families_of_ours")


def test_what_cannot_be_exported_is_told_with_what_helps(samples: Samples, tmp_path: Path) -> None:
    tasks = plan_fits(samples, plan_of("make_stubborn")).tasks
    runner = ProcessFitRunner(WorkStore(tmp_path / "work"), 1)
    with pytest.raises(FitFailed, match="KernelRidge") as caught:
        list(runner.run(samples, tasks, lambda _task, _share: None))
    assert "bring-your-own-model" in caught.value.hint
    sys.modules.pop("families_of_ours")
