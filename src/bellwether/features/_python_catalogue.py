"""Catalogues in the words of Python: parsed like any text, never run."""

import ast
from collections.abc import Iterator

from bellwether.errors import FeatureError
from bellwether.features._errors import UnreadableCatalogue
from bellwether.features._expression import Expression, Operand, sorted_nodes
from bellwether.features._text import MOST_CHARACTERS, TextReader, is_taken

OWN_NAMES = ("name", "version")
PACKAGE = "bellwether.features"
# Definitions that use each other twice over double at each step; their texts would, too.
MOST_TEXT_NODES = 200_000
_EXAMPLE = 'name = "mine", version = "1", then lines such as roc = close / ref(close, 5)'


def read_definitions(text: str) -> dict[str, object]:
    """Return what a catalogue in Python says, as one in TOML would.

    Parameters
    ----------
    text : str
        ``name = "..."`` and ``version = "..."``, then an assignment for each feature. A name
        that begins with _ is a part: an expression or a number that later lines use, and no
        feature. Comments, texts that stand alone and imports from this package are passed over.

    Returns
    -------
    content : dict
        `name` and `version` where they are given, and `features`: expressions by their names,
        in the order of the text.

    Raises
    ------
    UnreadableCatalogue
        If the text is no Python, or a line does anything else.

    Notes
    -----
    The syntax tree is read, and nothing is compiled or run: what is not an assignment of an
    expression of the algebra is refused.
    """
    content: dict[str, object] = {}
    features: dict[str, Expression] = {}
    known: dict[str, Operand] = {}
    for name, value in _assignments(_parse(text)):
        if name in OWN_NAMES:
            _check_new(name, value.lineno, content)
            content[name] = value.value if isinstance(value, ast.Constant) else None
            continue
        _check_new(name, value.lineno, known)
        known[name] = _read_value(text, name, value, known)
        if not name.startswith("_"):
            features[name] = _as_feature(name, known[name], value.lineno)
    return {**content, "features": features}


def _parse(text: str) -> list[ast.stmt]:
    if len(text) > MOST_CHARACTERS:
        raise UnreadableCatalogue(
            f"at most {MOST_CHARACTERS} characters", f"{len(text)}", "split the catalogue"
        )
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UnreadableCatalogue(
            "a catalogue in Python", f"{type(error).__name__}: {error}", _EXAMPLE
        ) from error


def _assignments(statements: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for one in statements:
        match one:
            case ast.Expr(value=ast.Constant(value=str())):
                continue
            case ast.ImportFrom(module=module, level=0) if module == PACKAGE:
                continue
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case _:
                raise UnreadableCatalogue(
                    f"an assignment of an expression in line {one.lineno}",
                    type(one).__name__,
                    f"a catalogue is read, never run: {_EXAMPLE}",
                )


def _check_new(name: str, line: int, known: dict[str, Operand] | dict[str, object]) -> None:
    if name in known:
        raise UnreadableCatalogue(f"a new name in line {line}", name, "name each line once")
    if is_taken(name):
        raise UnreadableCatalogue(
            f"a name of your own in line {line}", name, "the algebra has that name already"
        )


def _read_value(text: str, name: str, value: ast.expr, known: dict[str, Operand]) -> Operand:
    source = ast.get_source_segment(text, value) or name
    try:
        return TextReader(source, names=known).read(value)
    except FeatureError as error:
        raise UnreadableCatalogue(
            f"{error.expected} (line {value.lineno})", error.was, error.hint
        ) from error
    except (RecursionError, ValueError) as error:
        raise UnreadableCatalogue(
            f"an expression in line {value.lineno}", type(error).__name__, "split it"
        ) from error


def _as_feature(name: str, value: Operand, line: int) -> Expression:
    if not isinstance(value, Expression):
        raise UnreadableCatalogue(
            f"an expression that looks at the bars as {name} (line {line})",
            f"{value}",
            f"a number that other lines use is named _{name}",
        )
    sizes: dict[Expression, int] = {}
    for node in sorted_nodes((value,)):
        sizes[node] = 1 + sum(sizes[one] for one in node.operands)
        if sizes[node] > MOST_TEXT_NODES:
            raise UnreadableCatalogue(
                f"at most {MOST_TEXT_NODES} parts in {name} (line {line})",
                "more, written out",
                "use a part less often within one feature",
            )
    return value
