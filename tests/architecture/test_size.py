"""Modules and functions that fit on a few screens."""

import ast

import pytest

MODULE_LINES = 350
FUNCTION_LINES = 45

# Functions that are longer, by their length today: they may shrink, not grow, and not be joined.
LONGER_FUNCTIONS: dict[str, int] = {}


def function_lines(tree: ast.Module) -> dict[str, int]:
    """Return the lines of each function from `def` to its end, without its docstring.

    The signature of a command of the terminal is the help of its flags, so a docstring too.
    """
    lines: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = _span(node)
            if ast.get_docstring(node) is not None:
                length -= _span(node.body[0])
            if any(".command(" in ast.unparse(item) for item in node.decorator_list):
                length -= node.body[0].lineno - node.lineno
            lines[node.name] = max(length, lines.get(node.name, 0))
    return lines


def _span(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("def f(): return 1", 1),
        ("def f():\n    return 1", 2),
        ('def f():\n    """Say\n\n    more.\n    """\n    return 1', 2),
        ("@cache\nasync def f(\n    a,\n):\n    return 1", 4),
        ('@app.command()\ndef f(\n    a,\n):\n    """Say."""\n    b = 1\n    return b', 2),
        ("class A:\n    def f(self):\n        a = 1\n        return a", 3),
        ("def f():\n    x = 1\n\n    # why\n    return x", 5),
    ],
)
def test_lines_are_counted_without_the_docstring(text: str, lines: int) -> None:
    assert function_lines(ast.parse(text)) == {"f": lines}


def test_the_longest_of_two_functions_of_one_name_counts() -> None:
    text = "class A:\n    def f(self):\n        return 1\nclass B:\n    def f(self): ..."
    assert function_lines(ast.parse(text)) == {"f": 2}


def test_modules_are_at_most_350_lines(texts: dict[str, str]) -> None:
    lines = {path: len(text.splitlines()) for path, text in texts.items()}
    assert {path: n for path, n in lines.items() if n > MODULE_LINES} == {}


def test_functions_are_at_most_45_lines(trees: dict[str, ast.Module]) -> None:
    found = {
        f"{path}:{name}": n
        for path, tree in trees.items()
        for name, n in function_lines(tree).items()
        if n > LONGER_FUNCTIONS.get(f"{path}:{name}", FUNCTION_LINES)
    }
    assert found == {}


def test_every_listed_function_is_still_too_long(trees: dict[str, ast.Module]) -> None:
    for place in LONGER_FUNCTIONS:
        path, _, name = place.partition(":")
        assert function_lines(trees[path])[name] > FUNCTION_LINES, f"take {place} off the list"
