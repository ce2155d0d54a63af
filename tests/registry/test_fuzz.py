"""Damaged bundles: whatever is wrong with them is a BundleError, and nothing else happens."""

import importlib.util
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.registry import (
    Bundle,
    BundleError,
    check_graph,
    inspect_bundle,
    open_bundle,
    pack_bundle,
)
from bellwether.registry._archive import pack_archive

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "_mutations.py"
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def mutations() -> ModuleType:
    """Return benchmarks/_mutations.py, which the long study uses too."""
    spec = importlib.util.spec_from_file_location("_mutations_of_this_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS)
def test_the_form_of_a_damaged_bundle_is_sound_or_refused(
    bundle: Bundle, mutations: ModuleType, seed: int
) -> None:
    random = np.random.default_rng(seed)
    content = mutations.damage_bundle(random, pack_bundle(bundle), pack_archive)
    try:
        sealed = inspect_bundle(content, "m")
    except BundleError:
        return
    assert sealed.manifest.model_id


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS)
def test_a_damaged_graph_is_let_in_or_refused_before_any_engine_sees_it(
    bundle: Bundle, mutations: ModuleType, seed: int
) -> None:
    graph = mutations.damage_bytes(np.random.default_rng(seed), bundle.graph)
    try:
        checked = check_graph(graph, bundle.manifest, "m")
    except BundleError:
        return
    assert check_graph(checked, bundle.manifest, "m") == checked


def test_a_few_hundred_damaged_bundles_open_or_are_refused(
    bundle: Bundle, mutations: ModuleType
) -> None:
    # With seeds that are always the same: the engine runs in this very process.
    outcomes: Counter[str] = Counter()
    for seed in range(250):
        random = np.random.default_rng(seed)
        content = mutations.damage_bundle(random, pack_bundle(bundle), pack_archive)
        try:
            open_bundle(content, "m")
            outcomes["opened"] += 1
        except BundleError as error:
            outcomes[type(error).__name__] += 1
    assert set(outcomes) >= {"opened", "BundleCorrupt", "UnsafeGraph", "BundleUnloadable"}


@pytest.mark.parametrize("damage", ["damage_bytes", "damage_json"])
def test_a_seed_names_a_mutation_for_good(mutations: ModuleType, damage: str) -> None:
    sound = b"0123456789abcdef" if damage == "damage_bytes" else {"a": [1, {"b": 2}]}
    make: Callable[..., object] = getattr(mutations, damage)
    first, second = (make(np.random.default_rng(7), sound) for _ in range(2))
    assert first == second
