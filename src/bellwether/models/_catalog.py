"""The families by name: an explicit table, each imported when it is first asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib import import_module
from types import MappingProxyType
from typing import Any

from bellwether.models._errors import MissingExtra, UnknownFamily, UnknownOption, UnknownPreset
from bellwether.models._linear import LogisticFamily, RidgeFamily
from bellwether.models._model import Family
from bellwether.models._options import (
    LogisticOptions,
    Options,
    QuadraticOptions,
    RidgeOptions,
)
from bellwether.models._presets import PRESETS
from bellwether.models._quadratic import QuadraticFamily
from bellwether.models._seeds import average_seeds


@dataclass(frozen=True, slots=True)
class _Entry:
    module: str
    factory: str
    package: str


_TRAINED_WITH: Mapping[str, _Entry] = MappingProxyType(
    {
        "gradient_boosting": _Entry("bellwether.models._boosting", "boosting_family", "xgboost"),
        "lstm": _Entry("bellwether.models._nets", "lstm_family", "torch"),
        "transformer": _Entry("bellwether.models._nets", "transformer_family", "torch"),
    }
)

FAMILIES: tuple[str, ...] = tuple(sorted(PRESETS))


def make_options(
    name: str, *, preset: str = "contract", changes: Mapping[str, Any] | None = None
) -> Options:
    """Return a family's options: a preset, with single options changed.

    Parameters
    ----------
    name : str
        One of `FAMILIES`, or one of somebody's own: "module:name" of what makes an estimator or
        a family, a name under the entry points ``bellwether.families``, "onnx:PATH@INSTANT".
    preset : {"contract", "demo", "tuned"}
        The contract's settings, ones that are over in seconds and promise nothing, or ones that
        learned most where it is known what there is to learn; not every family has each.
    changes : mapping of str to number, optional
        Options that differ from the preset.

    Raises
    ------
    UnknownFamily
        If no family has that name.
    UnknownPreset
        If the family has no such preset.
    UnknownOption
        If the family has no such option.
    UnusableOption
        If an option is out of its range.

    Examples
    --------
    >>> make_options("lstm", changes={"max_epochs": 5}).max_epochs
    5
    """
    if name not in PRESETS:
        return _bring(name, preset, changes).options
    if preset not in PRESETS[name]:
        raise UnknownPreset(name, preset, sorted(PRESETS[name]))
    options = PRESETS[name][preset]
    known = sorted(field.name for field in fields(options))
    for option in changes or {}:
        if option not in known:
            raise UnknownOption(name, option, known)
    return replace(options, **(changes or {}))


def make_family(
    name: str, *, preset: str = "contract", changes: Mapping[str, Any] | None = None
) -> Family:
    """Return a family ready to fit, importing the library that trains it.

    Parameters
    ----------
    name, preset, changes
        As for `make_options`.

    Raises
    ------
    UnknownFamily, UnknownPreset, UnknownOption, UnusableOption
        As `make_options`.
    MissingExtra
        If the library that trains the family is not installed.

    Examples
    --------
    >>> family = make_family("ridge")
    >>> family.name, family.n_steps, family.least_rows
    ('ridge', 1, 63)
    """
    if name not in PRESETS:
        return _bring(name, preset, changes)
    options = make_options(name, preset=preset, changes=changes)
    if isinstance(options, RidgeOptions):
        return RidgeFamily(options=options)
    if isinstance(options, LogisticOptions):
        return LogisticFamily(options=options)
    if isinstance(options, QuadraticOptions):
        return QuadraticFamily(options=options)
    entry = _TRAINED_WITH[name]
    try:
        module = import_module(entry.module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != entry.package:
            raise
        raise MissingExtra(name, entry.package) from error
    family: Family = getattr(module, entry.factory)(options)
    return average_seeds(family)


def _bring(name: str, preset: str, changes: Mapping[str, Any] | None) -> Family:
    """Return a family of somebody's own, by where it is or by an entry point."""
    brought = import_module("bellwether.models._factories")
    offered = {name: name} if brought.is_brought(name) else brought.find_entry_points()
    if name not in offered:
        raise UnknownFamily(name, (*FAMILIES, *sorted(offered)))
    family: Family = brought.bring_family(name, offered[name], preset, changes or {})
    return family
