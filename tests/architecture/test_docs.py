"""What is public is documented, and what the documents name exists."""

import ast
import inspect
import json
import re
import tomllib
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

PACKAGES = (
    "bellwether", "bellwether.adapters", "bellwether.answering", "bellwether.bars",
    "bellwether.bootstrap", "bellwether.cards", "bellwether.cli", "bellwether.client",
    "bellwether.dashboard", "bellwether.features", "bellwether.http", "bellwether.labels",
    "bellwether.models",
    "bellwether.monitor", "bellwether.registry", "bellwether.rehearsal", "bellwether.retraining",
    "bellwether.rules", "bellwether.samples", "bellwether.service", "bellwether.sources",
    "bellwether.validation", "bellwether.watch",
)  # fmt: skip
# Top-level modules that ARCHITECTURE.md does not name yet; private ones need no name.
UNNAMED_MODULES: set[str] = set()


def units(trees: dict[str, ast.Module]) -> set[str]:
    """Return every package and public module directly within bellwether."""
    heads = {path.removesuffix(".py").partition("/")[0] for path in trees}
    return {head for head in heads if not head.startswith("_")}


def layers_of(architecture: str) -> list[str]:
    """Return the names in the first column of the table of layers, low to high."""
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", architecture, flags=re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


def make_targets(makefile: str, benchmarks: Path) -> set[str]:
    """Return everything that `make` can be asked for."""
    rules = set(re.findall(r"^([a-z][\w-]*):(?!=)", makefile, flags=re.MULTILINE))
    scripts = {p.stem.replace("_", "-") for p in benchmarks.glob("*_*.py") if p.stem[0] != "_"}
    return rules | scripts | {"study-NAME", "bench-NAME"}


def named_targets(document: str) -> set[str]:
    """Return the make targets in the code of a document: fenced, indented or in backticks."""
    fenced = re.findall(r"^```.*?^```", document, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^(?: {4}|\t).*", document, flags=re.MULTILINE)
    code = "\n".join([*fenced, *indented, *re.findall(r"`[^`\n]+`", document)])
    return set(re.findall(r"\bmake ([A-Za-z][\w-]*)", code))


def test_targets_are_read_from_code_only() -> None:
    document = (
        "They make sense: `make test ARGS=-x`.\n\n```\n$ make study-edge\n```\n\n    make demo\n"
    )
    assert named_targets(document) == {"test", "study-edge", "demo"}


def test_layers_are_read_from_the_first_column() -> None:
    table = "| layer | what |\n| -- | -- |\n| `a`, `b` | in `c` |\n| `d` | all |\n"
    assert layers_of(table) == ["a", "b", "d"]


def test_every_package_is_known_here(trees: dict[str, ast.Module]) -> None:
    folders = {path.removesuffix("/__init__.py") for path in trees if path.endswith("/__init__.py")}
    assert set(PACKAGES) == {"bellwether"} | {f"bellwether.{folder}" for folder in folders}


@pytest.mark.parametrize("name", PACKAGES)
def test_every_exported_class_and_function_has_its_own_docstring(
    name: str, trees: dict[str, ast.Module]
) -> None:
    package = import_module(name)
    for exported in package.__all__:
        thing = getattr(package, exported)
        if not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        assert thing.__module__.startswith("bellwether."), f"{exported} is not ours"
        home = thing.__module__.removeprefix("bellwether.").replace(".", "/")
        tree = trees.get(f"{home}.py") or trees[f"{home}/__init__.py"]
        # Read from the source: dataclasses and enumerations make up a docstring of their own.
        [definition] = [
            node
            for node in tree.body
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == thing.__name__
        ]
        assert ast.get_docstring(definition), f"{name}.{exported} has no docstring"


def test_every_module_says_what_it_is_for(trees: dict[str, ast.Module]) -> None:
    assert [path for path, tree in trees.items() if not ast.get_docstring(tree)] == []


def test_every_layer_of_the_architecture_exists(
    repository: Path, trees: dict[str, ast.Module]
) -> None:
    layers = layers_of((repository / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    assert len(layers) == len(set(layers))
    assert set(layers) - units(trees) == set()


def test_everything_in_the_source_has_its_layer_in_the_architecture(
    repository: Path, trees: dict[str, ast.Module]
) -> None:
    layers = layers_of((repository / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    assert units(trees) - set(layers) == UNNAMED_MODULES


def test_the_architecture_and_the_import_contract_agree(
    repository: Path, trees: dict[str, ast.Module]
) -> None:
    settings = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    [contract] = [c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]
    rows = [
        [name.strip().removeprefix("bellwether.") for name in row.split("|")]
        for row in reversed(contract["layers"])
    ]
    height = {name: place for place, row in enumerate(rows) for name in row}
    assert units(trees) <= height.keys()
    layers = layers_of((repository / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    for lower, upper in pairwise(layers):
        assert height[lower] <= height[upper], f"{lower} is above {upper}"


def test_every_make_target_that_a_document_names_exists(repository: Path) -> None:
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = make_targets(makefile, repository / "benchmarks")
    assert {"demo", "test", "lint"} <= targets
    missing = {
        document.name: named - targets
        for document in sorted(repository.glob("*.md"))
        if (named := named_targets(document.read_text(encoding="utf-8"))) - targets
    }
    assert missing == {}


def test_every_path_that_a_document_links_to_exists(repository: Path) -> None:
    missing = [
        f"{document.name}: {link}"
        for document in sorted(repository.glob("*.md"))
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
        if "://" not in link and not (repository / link).exists()
    ]
    assert missing == []


def test_every_figure_in_the_readme_is_of_a_run_that_was_kept(repository: Path) -> None:
    readme = (repository / "README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"\(`make ((?:study|bench)-\w+)`\) \| (\S+) \| .* \| (holds|falls short) ", readme
    )
    assert rows
    for name, figure, outcome in rows:
        path = repository / "benchmarks" / "results" / f"{name}.json"
        runs = json.loads(path.read_text(encoding="utf-8"))
        kept = {(f"{run['figure']:.3g}", run["outcome"]) for run in runs}
        assert (figure, outcome) in kept
