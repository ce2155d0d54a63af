"""The source under src/bellwether, parsed once for every law."""

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def package() -> Path:
    """Return the folder src/bellwether."""
    return REPOSITORY / "src" / "bellwether"


@pytest.fixture(scope="session")
def texts(package: Path) -> dict[str, str]:
    """Return the text of every module by its path within src/bellwether."""
    return {
        path.relative_to(package).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(package.rglob("*.py"))
    }


@pytest.fixture(scope="session")
def trees(texts: dict[str, str]) -> dict[str, ast.Module]:
    """Return every module's syntax tree by its path within src/bellwether."""
    assert {"__init__.py", "errors.py", "bars/_bars.py", "validation/_gate.py"} <= texts.keys()
    return {path: ast.parse(text) for path, text in texts.items()}
