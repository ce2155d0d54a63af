"""Names that say what they hold, and doors that are used."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

NAMELESS = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
MAY_KNOW_THE_FUTURE = ("labels/", "samples/_leakage.py", "validation/")
# The version is a fact of the root package, and how roots lend names is one for all of them.
OPEN_TO_ALL = {"bellwether._lazy", "bellwether._version"}


def find_future_names(tree: ast.Module) -> Iterator[str]:
    """Yield every identifier that claims to know the future."""
    for node in ast.walk(tree):
        names: list[str | None] = []
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                names = [name]
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names = [name]
            case ast.ClassDef(name=name) | ast.keyword(arg=str(name)):
                names = [name]
            case ast.alias(name=name, asname=other):
                names = [name.rpartition(".")[2], other]
        for found in names:
            if found is not None and f"{found.strip('_').lower()}_".startswith("future_"):
                yield f"{getattr(node, 'lineno', 0)}: {found}"


def find_side_doors(path: str, tree: ast.Module) -> Iterator[str]:
    """Yield every import that reaches past another package's root."""
    own = _unit(f"bellwether.{path.removesuffix('.py').replace('/', '.')}")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            inner = [f"{module}.{item.name}" for item in node.names if item.name[0] == "_"]
            reached = [module, *inner]
        elif isinstance(node, ast.Import):
            reached = [item.name for item in node.names]
        else:
            continue
        for name in reached:
            if _is_side_door(name) and _unit(name) != own:
                yield f"{node.lineno}: {name}"


def _unit(module: str) -> str:
    """Return the package or top-level module that a dotted name belongs to."""
    return ".".join(module.split(".")[:2])


def _is_side_door(name: str) -> bool:
    parts = name.split(".")
    if name.startswith("."):  # a relative import does not say where it goes
        return True
    if parts[0] != "bellwether" or name in OPEN_TO_ALL or parts[-1].startswith("__"):
        return False
    if _unit(name) in OPEN_TO_ALL:
        return False
    return len(parts) > 2 or any(part.startswith("_") for part in parts)


def exported(tree: ast.Module) -> list[str]:
    """Return the names of `__all__` in their order."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


def sort_key(name: str) -> tuple[int, str]:
    """Order constants before classes before the rest, as isort and ruff do."""
    if name.isupper() and len(name) > 1:
        return (0, name)
    return (1 if name[0].isupper() else 2, name)


@pytest.mark.parametrize(
    "text",
    [
        "future_return = 1",
        "def f(future_close): ...",
        "def future_close(): ...",
        "class Future_: ...",
        "a.future_close",
        "f(future_close=1)",
        "_future_close = 1",
        "future = 1",
        "from x import y as future_y",
        "for future_row in rows: ...",
    ],
)
def test_a_name_of_the_future_is_found(text: str) -> None:
    assert len(list(find_future_names(ast.parse(text)))) == 1


@pytest.mark.parametrize("text", ["probe_future(1)", "futures = 1", "'future_changed'", "f(**a)"])
def test_other_names_are_left_alone(text: str) -> None:
    assert list(find_future_names(ast.parse(text))) == []


def test_only_labels_probes_and_validation_name_the_future(trees: dict[str, ast.Module]) -> None:
    found = [
        f"{path}:{name}"
        for path, tree in trees.items()
        if not path.startswith(MAY_KNOW_THE_FUTURE)
        for name in find_future_names(tree)
    ]
    assert found == []


def test_no_module_has_a_name_that_says_nothing(trees: dict[str, ast.Module]) -> None:
    parts = {path: PurePosixPath(path).with_suffix("").parts for path in trees}
    found = [path for path, names in parts.items() if NAMELESS & {n.strip("_") for n in names}]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "from bellwether.bars._bars import Bars",
        "import bellwether.bars._bars",
        "from bellwether.bars import _bars",
        "from bellwether.bars.plain import Bars",
        "from bellwether import _api",
        "from bellwether._api import train",
        "def f():\n    from bellwether.bars._bars import Bars",
        "from . import _compute",
    ],
)
def test_a_side_door_is_found(text: str) -> None:
    assert len(list(find_side_doors("features/_text.py", ast.parse(text)))) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "from bellwether.bars import Bars",
        "from bellwether import features as fx",
        "from bellwether.features._compute import compute",
        "from bellwether._version import __version__",
        "from bellwether import __version__",
        "from scipy.stats._distn import x",
    ],
)
def test_a_front_door_is_used(text: str) -> None:
    assert list(find_side_doors("features/_text.py", ast.parse(text))) == []


def test_packages_import_each_other_from_their_roots_only(trees: dict[str, ast.Module]) -> None:
    found = [
        f"{path}:{door}"
        for path, tree in trees.items()
        if path != "__init__.py"  # the root's own door is the private module it loads on demand
        for door in find_side_doors(path, tree)
    ]
    assert found == []


def test_every_package_has_a_sorted_all(trees: dict[str, ast.Module]) -> None:
    for path, tree in trees.items():
        if path.endswith("__init__.py"):
            names = exported(tree)
            assert names, f"{path} has no __all__"
            assert names == sorted(set(names), key=sort_key), path


def checked_only(tree: ast.Module) -> list[ast.stmt]:
    """Return what stands under `if TYPE_CHECKING` in a root: names that it lends."""
    return [
        inner
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in node.body
    ]


def lent(tree: ast.Module) -> dict[str, list[str]]:
    """Return the names that a root gives on demand, by the module each is read from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lend":
            homes: dict[str, tuple[str, ...]] = ast.literal_eval(node.args[1])
            return {home: sorted(names) for home, names in homes.items()}
    return {}


def test_a_root_lends_what_the_type_checker_sees_and_no_more(
    trees: dict[str, ast.Module],
) -> None:
    lenders = 0
    for path, tree in trees.items():
        if not path.endswith("__init__.py"):
            continue
        seen = {
            str(node.module): sorted(item.name for item in node.names)
            for node in checked_only(tree)
            if isinstance(node, ast.ImportFrom)
        }
        assert lent(tree) == seen, path
        lenders += bool(seen)
    assert lenders >= 3


def test_every_package_exports_what_its_root_imports_and_no_more(
    trees: dict[str, ast.Module],
) -> None:
    for path, tree in trees.items():
        if not path.endswith("/__init__.py"):
            continue
        own = f"bellwether.{path.removesuffix('/__init__.py')}"
        brought = {
            item.asname or item.name
            for node in (*tree.body, *checked_only(tree))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(own)
            for item in node.names
        }
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        names = set(exported(tree))
        assert names <= brought | defined, path
        assert not {name for name in names if name.startswith("_")}, path
        public = {name for name in brought | defined if not name.startswith("_")}
        assert public - names <= {"run"} if path == "cli/__init__.py" else public == names, path


def test_modules_of_a_package_are_private(trees: dict[str, ast.Module]) -> None:
    inner = [PurePosixPath(path) for path in trees if "/" in path]
    found = [str(path) for path in inner if not path.name.startswith("_")]
    assert found == []
