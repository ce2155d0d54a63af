"""Families that somebody brought along, by name: "module:name", an entry point, or a graph."""

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from bellwether.hashing import digest_bytes
from bellwether.models._brought_options import OWN_PRESET, BroughtOptions
from bellwether.models._errors import UnknownPreset, UnusableFactory
from bellwether.models._model import (
    Family,
    FittedModel,
    ModelArrays,
    Progress,
    TrainingData,
    find_trained_until,
    stops_by_validation,
)
from bellwether.models._onnx_family import SCHEME, open_graph
from bellwether.models._sklearn import SklearnFamily

GROUP = "bellwether.families"
LIBRARIES = ("onnx", "onnxruntime", "scikit-learn", "skl2onnx")
_NAMED = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_][\w.]*)")
_HINT = "write module:name of a function without arguments, or of an estimator's class"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BroughtFamily:
    """A family under the name, and with the identity, of how it was asked for.

    Parameters
    ----------
    name : str
    options : BroughtOptions
    inner : Family
        What its factory made.
    """

    name: str
    options: BroughtOptions
    inner: Family

    @property
    def n_steps(self) -> int:
        """Steps of each window it reads."""
        return self.inner.n_steps

    @property
    def least_rows(self) -> int:
        """Usable rows below which it is not fitted."""
        return self.inner.least_rows

    @property
    def trained_until(self) -> np.datetime64 | None:
        """Last instant that it has seen before anything is fitted, where there is one."""
        return find_trained_until(self.inner)

    @property
    def stops_by_validation(self) -> bool:
        """Whether the family that was made takes anything from the rows held out."""
        return stops_by_validation(self.inner)

    def fit(
        self,
        train: TrainingData,
        validation: TrainingData,
        seed: int,
        progress: Progress | None = None,
    ) -> FittedModel:
        """Let the family that was made fit."""
        return self.inner.fit(train, validation, seed, progress)

    def restore(self, arrays: ModelArrays) -> FittedModel:
        """Let the family that was made read a model back."""
        return self.inner.restore(arrays)


def is_brought(name: str) -> bool:
    """Return whether a family's name leads outside the table of families."""
    return ":" in name


def find_entry_points() -> Mapping[str, str]:
    """Return what installed packages offer as families: "module:name" by name."""
    return {point.name: point.value for point in entry_points(group=GROUP)}


def bring_family(name: str, source: str, preset: str, changes: Mapping[str, Any]) -> Family:
    """Return a family that somebody brought along, ready to fit.

    Parameters
    ----------
    name : str
        What the plan calls it.
    source : str
        "module:name" of a callable that makes an estimator or a family, or
        "onnx:PATH@INSTANT".
    preset : str
        "own", the only one.
    changes : mapping of str to value
        What the callable is called with.

    Raises
    ------
    UnknownPreset
        If another preset is asked for.
    UnusableFactory
        If nothing can be imported by that name, or what it makes is neither.
    UnexportableModel
        If a graph cannot be part of a bundle.
    """
    if preset != OWN_PRESET:
        raise UnknownPreset(name, preset, (OWN_PRESET,))
    if source.startswith(SCHEME):
        if changes:
            raise UnusableFactory(name, "no options of a graph", str(sorted(changes)), "leave them")
        return open_graph(source)
    module, factory = _import_factory(name, source)
    made = _call(name, factory, changes)
    options = BroughtOptions(
        source=source,
        content=_digest_source(module, factory),
        changes=tuple(sorted(changes.items())),
        libraries=tuple((one, _version(one)) for one in (*LIBRARIES, _root(factory))),
    )
    if hasattr(made, "restore") and hasattr(made, "n_steps"):
        return _family_of(name, made, options)
    if not (hasattr(made, "fit") and hasattr(made, "predict")):
        expected = "a family, or an estimator with fit and predict,"
        raise UnusableFactory(name, expected, type(made).__name__, _HINT)
    return SklearnFamily(name=name, make=lambda: _call(name, factory, changes), options=options)


def _family_of(name: str, made: Family, options: BroughtOptions) -> Family:
    options = replace(options, n_steps=made.n_steps)
    if isinstance(made, SklearnFamily):
        return replace(made, name=name, options=options)
    return BroughtFamily(name=name, options=options, inner=made)


def read_family(text: str) -> tuple[str, dict[str, Any]]:
    """Return name and options of a family as a person writes them.

    Parameters
    ----------
    text : str
        "ridge", "module:name", "module:name(option=1, other=(2, 3))" or "onnx:PATH@INSTANT".

    Raises
    ------
    UnusableFactory
        If the options are no plain values by name.

    Examples
    --------
    >>> read_family("sklearn.linear_model:Ridge(alpha=2.0)")
    ('sklearn.linear_model:Ridge', {'alpha': 2.0})
    >>> read_family("ridge")
    ('ridge', {})
    """
    name, bracket, _ = text.strip().partition("(")
    if text.startswith(SCHEME) or not bracket:
        return text.strip(), {}
    hint = 'write options by name, as in "sklearn.linear_model:Ridge(alpha=2.0)"'
    try:
        call = ast.parse(f"f({text.strip()[len(name) + 1 :]}", mode="eval").body
        given = call.keywords if isinstance(call, ast.Call) and not call.args else None
        changes = {str(one.arg): ast.literal_eval(one.value) for one in given or ()}
    except (SyntaxError, ValueError) as error:
        raise UnusableFactory(text, "plain values by name", str(error)[:200], hint) from error
    if given is None:
        raise UnusableFactory(text, "options by name", "something else", hint)
    return name, changes


def name_family(given: object) -> tuple[str, dict[str, Any]]:
    """Return name and options of a family given as text, function, class or estimator.

    Raises
    ------
    UnusableFactory
        If processes that fit could not import it, or an option of an estimator is no plain value.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> name_family(Ridge(alpha=2.0))
    ('sklearn.linear_model:Ridge', {'alpha': 2.0})
    """
    if isinstance(given, str):
        return read_family(given)
    maker = given if isinstance(given, type) or inspect.isfunction(given) else type(given)
    changes = {} if maker is given else _changed_parameters(given)
    name = f"{_public_module(maker)}:{maker.__qualname__}"
    if maker.__module__ == "__main__" or "<" in name:
        hint = "put the function that makes it into a module of its own, such as my_models.py"
        raise UnusableFactory(name, "something other processes can import", "here only", hint)
    return name, changes


def _changed_parameters(estimator: Any) -> dict[str, Any]:
    kind = type(estimator)
    if not hasattr(estimator, "get_params"):
        raise UnusableFactory(kind.__name__, "an estimator with get_params", "none", _HINT)
    defaults = inspect.signature(kind).parameters
    changed = {
        name: value
        for name, value in estimator.get_params(deep=False).items()
        if name not in defaults or not _is_same(value, defaults[name].default)
    }
    for name, value in changed.items():
        if not _is_plain(value):
            hint = "write a function that makes the estimator, and name that"
            raise UnusableFactory(kind.__name__, f"a plain value of {name}", repr(value)[:80], hint)
    return changed


def _is_same(value: object, default: object) -> bool:
    return value is default or (type(value) is type(default) and bool(value == default))


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _public_module(maker: Any) -> str:
    """Return the shortest of a thing's packages that gives it by the same name."""
    parts = str(maker.__module__).split(".")
    for length in range(1, len(parts)):
        package = ".".join(parts[:length])
        if getattr(sys.modules.get(package), maker.__qualname__, None) is maker:
            return package
    return ".".join(parts)


def _import_factory(name: str, source: str) -> tuple[ModuleType, Callable[..., Any]]:
    found = _NAMED.fullmatch(source)
    if found is None:
        raise UnusableFactory(name, "module:name", repr(source), _HINT)
    module = _import_module(name, found["module"])
    factory: Any = module
    for part in found["name"].split("."):
        factory = getattr(factory, part, None)
    if not callable(factory):
        raise UnusableFactory(name, f"something to call in {module.__name__}", "nothing", _HINT)
    return module, factory


def _import_module(name: str, module: str) -> ModuleType:
    """Import a module, looking into the working folder last."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        here = str(Path.cwd())
        if here not in sys.path:
            sys.path.append(here)
            return _import_module(name, module)
        hint = f"install {error.name}, or run in the folder where {error.name}.py is"
        raise UnusableFactory(name, "a module that can be imported", str(error), hint) from error


def _call(name: str, factory: Callable[..., Any], changes: Mapping[str, Any]) -> Any:
    try:
        return factory(**changes)
    except TypeError as error:
        raise UnusableFactory(name, "a call with these options", str(error), _HINT) from error


def _digest_source(module: ModuleType, factory: object) -> str:
    """Return the digest of the source where the factory is named and where it is written."""
    homes = [module, sys.modules.get(str(getattr(factory, "__module__", "")), module)]
    files = {home.__name__: getattr(home, "__file__", None) for home in homes}
    read = {name: Path(file).read_bytes() for name, file in files.items() if file is not None}
    return digest_bytes(b"\n".join(name.encode() + read[name] for name in sorted(read)))


def _root(factory: object) -> str:
    return str(getattr(factory, "__module__", "")).partition(".")[0]


def _version(library: str) -> str:
    try:
        return version(library)
    except (PackageNotFoundError, ValueError):
        return "none"
