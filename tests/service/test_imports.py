"""What a process that only serves must never pay for."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "xgboost", "numba", "scipy", "pandas", "polars")


@pytest.mark.parametrize("module", ["bellwether.service._predict", "bellwether.registry"])
def test_serving_imports_no_training_library(module: str) -> None:
    # The service package's own __init__ also names the use cases that train; what counts for
    # serving is what its modules need, so they are imported past it.
    script = f"""
import importlib, sys, types
package = types.ModuleType("bellwether.service")
import bellwether.registry
package.__path__ = [next(iter(bellwether.registry.__path__)).replace("registry", "service")]
sys.modules["bellwether.service"] = package
importlib.import_module({module!r})
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
