"""Options, presets and the table of families."""

import subprocess
import sys
from dataclasses import fields, replace

import pytest

from bellwether.models import (
    FAMILIES,
    PRESETS,
    BoostingOptions,
    LstmOptions,
    MissingExtra,
    Options,
    TransformerOptions,
    UnknownFamily,
    UnknownOption,
    UnknownPreset,
    UnusableOption,
    make_family,
    make_options,
)


def test_contract_presets_hold_the_numbers_of_the_contract() -> None:
    assert make_options("lstm") == LstmOptions(
        n_steps=20,
        units=(128, 64, 32),
        dense_units=16,
        dropout_frac=0.2,
        learning_rate=1e-3,
        batch_rows=32,
        max_epochs=100,
        patience_epochs=10,
    )
    assert make_options("transformer") == TransformerOptions(
        n_steps=20,
        n_heads=4,
        key_units=32,
        feed_forward_units=128,
        dense_units=32,
        dropout_frac=0.2,
        learning_rate=1e-3,
    )
    assert make_options("gradient_boosting") == BoostingOptions(
        max_trees=200,
        max_depth=5,
        learning_rate=0.1,
        row_frac=0.8,
        column_frac=0.8,
        patience_rounds=10,
    )


@pytest.mark.parametrize(
    ("name", "least_rows", "n_steps"),
    [
        ("lstm", 252, 20),
        ("transformer", 126, 20),
        ("gradient_boosting", 63, 1),
        ("ridge", 63, 1),
        ("logistic", 63, 1),
    ],
)
def test_families_state_the_least_history_of_the_contract(
    name: str, least_rows: int, n_steps: int
) -> None:
    family = make_family(name)

    assert (family.name, family.least_rows, family.n_steps) == (name, least_rows, n_steps)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_option_enters_the_digest(name: str) -> None:
    options = make_options(name)

    digests = {_moved(options, field.name).digest for field in fields(options)}

    assert len(digests | {options.digest}) == len(fields(options)) + 1


def test_families_with_equal_options_have_different_digests() -> None:
    assert make_options("ridge").digest != make_options("logistic").digest


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("preset", ["contract", "demo"])
def test_every_family_can_be_made_from_every_preset(name: str, preset: str) -> None:
    assert make_family(name, preset=preset).options == PRESETS[name][preset]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_epochs", 0),
        ("dropout_frac", 1.0),
        ("dropout_frac", -0.1),
        ("learning_rate", 0.0),
        ("units", ()),
        ("units", (8, 0)),
        ("loss", "absolute"),
        ("keep", "first"),
        ("tells_drift", 1),
        ("n_seeds", 0),
        ("n_seeds", "three"),
        ("weight_decay_frac", 1.0),
    ],
)
def test_options_out_of_range_are_refused_by_name(option: str, value: object) -> None:
    with pytest.raises(UnusableOption) as refusal:
        make_options("lstm", changes={option: value})

    assert refusal.value.option == option


def test_boosting_shares_of_nothing_are_refused() -> None:
    with pytest.raises(UnusableOption):
        BoostingOptions(row_frac=0.0)


def test_unknown_names_are_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnknownFamily, match="'transformer'"):
        make_family("transfomer")
    with pytest.raises(UnknownOption, match="'max_epochs'"):
        make_family("lstm", changes={"max_epoch": 3})
    with pytest.raises(UnknownPreset, match="'contract'"):
        make_family("lstm", preset="contrakt")


def test_importing_models_loads_no_training_library() -> None:
    code = (
        "import sys, bellwether.models as models; models.make_family('ridge');"
        "sys.exit(bool({'torch', 'xgboost'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("family", "package", "module"),
    [
        ("lstm", "torch", "bellwether.models._nets"),
        ("gradient_boosting", "xgboost", "bellwether.models._boosting"),
    ],
)
def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    family: str, package: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for loaded in (module, "bellwether.models._loop"):
        monkeypatch.delitem(sys.modules, loaded, raising=False)
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(MissingExtra, match=r"bellwether\[train\]") as refusal:
        make_family(family)

    assert (refusal.value.family, refusal.value.package) == (family, package)


def _moved(options: Options, name: str) -> Options:
    value = getattr(options, name)
    if isinstance(value, bool):
        return replace(options, **{name: not value})
    if isinstance(value, str):
        other = {"squared": "t5", "t5": "huber", "best": "last"}[value]
        return replace(options, **{name: other})
    moved = (*value, 7) if isinstance(value, tuple) else value / 2 if value < 1 else value + 1
    if name in {"learning_rate", "prior_information_coefficient"}:
        moved = value / 2
    if name == "weight_decay_frac":
        moved = 0.5
    return replace(options, **{name: moved})
