"""Families that somebody brought along, by name: what they are made of and known by."""

import importlib
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bellwether.models import (
    TrainingData,
    UnknownFamily,
    UnknownPreset,
    UnusableFactory,
    family_words,
    make_family,
    make_options,
    name_family,
    read_family,
)
from bellwether.models import _factories as factories

MakeRows = Callable[[int, int], TrainingData]
SOURCE = """
from sklearn.linear_model import Ridge
from bellwether.models import SklearnFamily, make_family as ours

def make_ridge(alpha=1.0):
    return Ridge(alpha=alpha)

def make_windows():
    return SklearnFamily(make=Ridge, n_steps=4)

def make_ours():
    return ours("ridge")

def make_nothing():
    return 7

def make_with_trouble():
    raise RuntimeError("no such weather")

NUMBER = 5
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the path of an importable module `own_families`."""
    path = tmp_path / "own_families.py"
    path.write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield path
    sys.modules.pop("own_families", None)


def test_a_function_makes_an_estimator_that_is_fitted(module: Path, make_rows: MakeRows) -> None:
    rows = make_rows(200, 1)
    family = make_family("own_families:make_ridge", preset="own", changes={"alpha": 3.0})
    model = family.fit(rows, rows, 5)
    wanted = Ridge(alpha=3.0).fit(rows.windows[:, -1, :], rows.target)
    said = wanted.predict(rows.windows[:, -1, :])
    np.testing.assert_allclose(model.predict(rows.windows), said, atol=1e-5)
    assert (family.name, family.n_steps) == ("own_families:make_ridge", 1)
    assert model.family == family.name


def test_a_function_may_make_a_family(module: Path, make_rows: MakeRows) -> None:
    rows = make_rows(200, 1)
    windows = make_family("own_families:make_windows", preset="own")
    assert (windows.name, windows.n_steps) == ("own_families:make_windows", 4)
    assert make_options("own_families:make_windows", preset="own") == windows.options
    ours = make_family("own_families:make_ours", preset="own")
    model = ours.fit(rows, rows, 5)
    wanted = make_family("ridge").fit(rows, rows, 5)
    np.testing.assert_array_equal(model.predict(rows.windows), wanted.predict(rows.windows))
    assert (ours.name, ours.least_rows) == ("own_families:make_ours", 63)
    restored = ours.restore(model.arrays())
    np.testing.assert_array_equal(restored.predict(rows.windows), model.predict(rows.windows))


def test_the_identity_moves_with_source_options_and_name(module: Path) -> None:
    def digest(name: str = "own_families:make_ridge", **changes: float) -> str:
        return make_options(name, preset="own", changes=changes).digest

    first = digest()
    assert digest() == first
    assert digest(alpha=2.0) != first
    assert digest("own_families:make_windows") != first
    module.write_text(f"{SOURCE}\n# another thought\n", encoding="utf-8")
    importlib.invalidate_caches()
    assert digest() != first


def test_a_module_in_the_working_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "found_here.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert make_family("found_here:make_ridge", preset="own").name == "found_here:make_ridge"
    assert sys.path[-1] == str(tmp_path)
    sys.modules.pop("found_here")


def test_an_entry_point_gives_a_family_a_name_of_its_own(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = EntryPoint("my_ridge", "own_families:make_ridge", "bellwether.families")
    monkeypatch.setattr(factories, "entry_points", lambda group: [point] * (group == point.group))
    family = make_family("my_ridge", preset="own")
    assert family.name == "my_ridge"
    assert family.options == make_options("own_families:make_ridge", preset="own")
    with pytest.raises(UnknownFamily, match="my_ridge"):
        make_family("my_rigde", preset="own")


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("own_families:", "module:name"),
        ("no_such_module:make", "can be imported"),
        ("own_families:make_rigde", "something to call"),
        ("own_families:NUMBER", "something to call"),
        ("own_families:make_nothing", "estimator with fit"),
    ],
)
def test_names_that_lead_to_no_family_are_refused(name: str, match: str, module: Path) -> None:
    with pytest.raises(UnusableFactory, match=match):
        make_family(name, preset="own")


def test_what_a_function_raises_is_left_to_whoever_wrote_it(module: Path) -> None:
    with pytest.raises(RuntimeError, match="weather"):
        make_family("own_families:make_with_trouble", preset="own")


def test_wrong_options_and_presets_are_refused(module: Path) -> None:
    with pytest.raises(UnusableFactory, match="beta"):
        make_family("own_families:make_ridge", preset="own", changes={"beta": 1})
    with pytest.raises(UnknownPreset, match="own"):
        make_family("own_families:make_ridge", preset="contract")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ridge", ("ridge", {})),
        ("a.b:C", ("a.b:C", {})),
        ("a:f(x=1, y=(2, 3), z='t')", ("a:f", {"x": 1, "y": (2, 3), "z": "t"})),
        ("a:f()", ("a:f", {})),
        ("onnx:my (old) net.onnx@2015-12-31", ("onnx:my (old) net.onnx@2015-12-31", {})),
    ],
)
def test_a_family_is_read_with_its_options(text: str, expected: object) -> None:
    assert read_family(text) == expected


@pytest.mark.parametrize("text", ["a:f(1)", "a:f(x=g())", "a:f(x=", "a:f(x=1).g", "a:f(*x)"])
def test_options_that_are_no_plain_values_are_refused(text: str) -> None:
    with pytest.raises(UnusableFactory):
        read_family(text)


def test_functions_classes_and_estimators_are_named(module: Path) -> None:
    own = importlib.import_module("own_families")
    assert name_family(own.make_ridge) == ("own_families:make_ridge", {})
    assert name_family(Ridge) == ("sklearn.linear_model:Ridge", {})
    assert name_family(Ridge(alpha=2.0, solver="svd")) == (
        "sklearn.linear_model:Ridge",
        {"alpha": 2.0, "solver": "svd"},
    )


def test_what_other_processes_could_not_make_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def make_here() -> Ridge:
        return Ridge()

    with pytest.raises(UnusableFactory, match="other processes"):
        name_family(make_here)
    with pytest.raises(UnusableFactory, match="a plain value of steps"):
        name_family(make_pipeline(StandardScaler(), Ridge()))
    with pytest.raises(UnusableFactory, match="get_params"):
        name_family(object())


def test_people_call_a_family_by_what_is_its_own() -> None:
    assert family_words("sklearn.linear_model:Ridge") == "Ridge"
    assert family_words("gradient_boosting") == "gradient boosting"
