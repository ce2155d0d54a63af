"""Who installs bellwether without an extra gets what its modules import, and so for each extra."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Modules that only those import who asked for the extra; all others belong to everybody.
ROOMS_OF_EXTRAS = {
    "serve": ("http/",),
    "client": ("client/",),
    "train": (
        "models/_adam.py",
        "models/_attention.py",
        "models/_boosting.py",
        "models/_device.py",
        "models/_dropout.py",
        "models/_loop.py",
        "models/_nets.py",
    ),
}
IMPORT_ALL = """
import importlib, json, sys

hidden, names = json.load(sys.stdin)

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
found = {}
for name in names:
    try:
        importlib.import_module(name)
    except ImportError as error:
        found[name] = str(error)
print(json.dumps(found))
"""


def read_requirements(repository: Path, extra: str | None) -> list[Requirement]:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = project["optional-dependencies"][extra] if extra else []
    return [Requirement(text) for text in [*project["dependencies"], *own]]


def find_installed(wanted: Iterable[Requirement]) -> set[str]:
    """Return the distributions that pip would install for some requirements."""
    found: set[str] = set()
    waiting = [(one, extra) for one in wanted for extra in ("", *one.extras)]
    while waiting:
        one, extra = waiting.pop()
        name = canonicalize_name(one.name)
        is_wanted = one.marker is None or one.marker.evaluate({"extra": extra})
        if not is_wanted or f"{name}[{extra}]" in found:
            continue
        found |= {name, f"{name}[{extra}]"}
        following = [Requirement(text) for text in metadata.requires(name) or []]
        # A requirement of a requirement is judged by the extra that its own parent was asked for.
        for after in following:
            if after.marker is None or after.marker.evaluate({"extra": extra}):
                plain = Requirement(str(after).partition(";")[0])
                waiting += [(plain, inner) for inner in ("", *plain.extras)]
    return found


def list_modules(package: Path, extra: str | None) -> list[str]:
    """Return the modules that may need no more than an extra brings."""
    closed = tuple(
        room for name, rooms in ROOMS_OF_EXTRAS.items() if name != extra for room in rooms
    )
    paths = (path.relative_to(package).as_posix() for path in sorted(package.rglob("*.py")))
    kept = [path for path in paths if not path.startswith(closed) and "__main__" not in path]
    return [
        "bellwether." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in kept
        if path != "__init__.py"
    ]


def import_all(names: list[str], installed: set[str]) -> dict[str, str]:
    """Return the modules that cannot be imported where only some distributions are there."""
    hidden = [
        module
        for module, owners in metadata.packages_distributions().items()
        if not installed & {canonicalize_name(one) for one in owners} and module != "bellwether"
    ]
    told = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL],
        input=json.dumps([hidden, names]),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found: dict[str, str] = json.loads(told.stdout.strip().splitlines()[-1])
    return found


@pytest.mark.parametrize("extra", [None, *ROOMS_OF_EXTRAS])
def test_a_module_imports_only_what_its_users_have_installed(
    extra: str | None, package: Path, repository: Path
) -> None:
    installed = find_installed(read_requirements(repository, extra))
    names = list_modules(package, extra)
    if extra is not None:
        names = sorted({*names} - {*list_modules(package, None)})

    assert len(names) > 5
    assert import_all(names, installed) == {}


def test_a_library_that_nobody_declared_is_found_missing(package: Path, repository: Path) -> None:
    without = [one for one in read_requirements(repository, None) if one.name != "msgspec"]

    found = import_all(["bellwether.hashing", "bellwether.clock"], find_installed(without))

    assert found == {"bellwether.hashing": "No module named 'msgspec'"}
