"""Mutants: one small change each to the syntax tree of a module, in the order of its lines.

Changed are comparisons, arithmetic, and/or/not, constants, defaults, conditions, calls that have
an opposite, returned values, and statements of effect. Left alone are annotations, decorators,
`__slots__`, and whatever only makes a text: docstrings, formatted strings, messages of errors.
"""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_PAIRS = (
    *(("min", "max"), ("minimum", "maximum"), ("fmin", "fmax"), ("nanmin", "nanmax")),
    *(("any", "all"), ("zeros", "ones"), ("zeros_like", "ones_like"), ("floor", "ceil")),
    *(("mean", "sum"), ("cumsum", "cumprod"), ("LOCK_EX", "LOCK_SH"), ("nansum", "nanmax")),
)
OPPOSITES = {**dict(_PAIRS), **{second: first for first, second in _PAIRS}}
# Functions of one argument that a mutant leaves out.
LEFT_OUT = ("abs", "sorted", "round", "sqrt", "square", "sort")
TEXT_ARGUMENTS = ("reason", "next_step", "text", "hint")
READABLE = 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mutant:
    """One change to one module.

    Parameters
    ----------
    lines : range
        Of the statement that is changed, without the statements inside it.
    line : int
        Of the change.
    function : str
        Dotted name of the function or class that holds it; empty at the top of the module.
    before, after : str
        The expression or statement about it, as it was and as it is; a number follows where
        the same function holds the same change more than once.
    parent, field, place, new
        Where the changed node belongs in its tree: a field of the parent, or a place in the
        list that the field holds; and what is put there.
    """

    lines: range
    line: int
    function: str
    before: str
    after: str
    parent: ast.AST
    field: str
    place: int | None
    new: object

    @property
    def key(self) -> tuple[str, str, str]:
        """What finds this change again when lines have moved."""
        return self.function, self.before, self.after

    def exchange(self) -> object:
        """Put the new node into the tree and return the one it replaces."""
        return _exchange(self.parent, self.field, self.place, self.new)

    def restore(self, old: object) -> None:
        """Put back what `exchange` returned."""
        _exchange(self.parent, self.field, self.place, old)


def find_mutants(tree: ast.Module, text_makers: Iterable[str] = ()) -> tuple[Mutant, ...]:
    """Return every mutant of a module, by line.

    Parameters
    ----------
    tree : ast.Module
        The mutants belong to this very tree; `Mutant.exchange` changes it.
    text_makers : iterable of str
        Functions that do nothing but make a text, left alone.

    Returns
    -------
    mutants : tuple of Mutant
    """
    found = sorted(_Finder(frozenset(text_makers)).search(tree, ()), key=lambda one: one.line)
    seen: Counter[tuple[str, str, str]] = Counter()
    numbered = []
    for mutant in found:
        seen[mutant.key] += 1
        again = f"  #{seen[mutant.key]}" if seen[mutant.key] > 1 else ""
        numbered.append(replace(mutant, after=mutant.after + again))
    return tuple(numbered)


class _Finder:
    """Walks through a tree and knows what it is inside of."""

    def __init__(self, text_makers: frozenset[str]) -> None:
        self._text_makers = text_makers
        self._names: list[str] = []

    def search(self, node: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[Mutant]:
        """Yield the mutants of everything below a node."""
        named = isinstance(node, ast.FunctionDef | ast.ClassDef)
        if named:
            self._names.append(node.name)  # type: ignore[attr-defined]
        for field, place, child in _children(node):
            if _is_left_alone(node, field, child) or self._makes_text(child):
                continue
            for new in (*_expressions(child, node), *_statements(child, node)):
                yield self._describe((*above, node), field, place, child, new)
            yield from self.search(child, (*above, node))
        if named:
            self._names.pop()

    def _makes_text(self, node: ast.AST) -> bool:
        return isinstance(node, ast.FunctionDef) and node.name in self._text_makers

    def _describe(
        self, above: tuple[ast.AST, ...], field: str, place: int | None, old: ast.AST, new: object
    ) -> Mutant:
        """Say the change by the smallest expression about it that a person can find."""
        shown = _shown((*above, old))
        before = _write(shown)
        if shown is old:
            after = _write(new)
        else:
            kept = _exchange(above[-1], field, place, new)
            after = _write(shown)
            _exchange(above[-1], field, place, kept)
        statement = next(one for one in reversed((*above, old)) if isinstance(one, ast.stmt))
        placed = old.target if isinstance(old, ast.comprehension) else old
        return Mutant(
            lines=_own_lines(statement),
            line=int(getattr(placed, "lineno", statement.lineno)),
            function=".".join(self._names),
            before=before,
            after=after,
            parent=above[-1],
            field=field,
            place=place,
            new=new,
        )


def _own_lines(statement: ast.stmt) -> range:
    body = getattr(statement, "body", None)
    end = body[0].lineno if body else (statement.end_lineno or statement.lineno) + 1
    return range(statement.lineno, max(end, statement.lineno + 1))


def _exchange(parent: ast.AST, field: str, place: int | None, new: object) -> object:
    if place is None:
        old = getattr(parent, field)
        setattr(parent, field, new)
        return old
    nodes = getattr(parent, field)
    old, nodes[place] = nodes[place], new
    return old


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield field, None, value
        elif isinstance(value, list):
            for place, child in enumerate(value):
                if isinstance(child, ast.AST):
                    yield field, place, child


def _is_left_alone(parent: ast.AST, field: str, child: ast.AST) -> bool:
    if field in {"annotation", "returns", "decorator_list", "exc", "cause", "bases", "names"}:
        return True
    if isinstance(parent, ast.keyword) and parent.arg in TEXT_ARGUMENTS:
        return True
    if isinstance(parent, ast.Assign) and _write(parent.targets[0]) == "__slots__":
        return True
    docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
    return docstring or isinstance(child, ast.JoinedStr)


def _shown(path: tuple[ast.AST, ...]) -> ast.AST:
    """Return the changed node itself, or the nearest about it that is long enough to find."""
    whole = path[-1]
    for node in reversed(path):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            break
        if isinstance(node, ast.stmt | ast.expr | ast.comprehension | ast.ExceptHandler):
            whole = node
        if isinstance(whole, ast.stmt | ast.comprehension) or len(_write(whole)) >= READABLE:
            break
    return whole


def _write(node: object) -> str:
    """Return the source of a node; of a compound statement, its first line."""
    if isinstance(node, ast.AST):
        return ast.unparse(ast.fix_missing_locations(node)).strip().split("\n")[0]
    return str(node)


def _expressions(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            yield from _compare(node)
        case ast.BoolOp():
            yield from _join(node)
        case ast.Constant():
            yield from _constants(node, parent)
        case ast.Name(ctx=ast.Load()) | ast.Attribute() | ast.Call():
            yield from _calls(node)
        case ast.comprehension(ifs=[_, *_]):
            yield ast.comprehension(node.target, node.iter, [], node.is_async)
        case ast.BinOp() | ast.UnaryOp() | ast.IfExp() if not _is_text(node):
            yield from _calculate(node)


def _calculate(node: ast.BinOp | ast.UnaryOp | ast.IfExp) -> Iterator[ast.AST]:
    match node:
        case ast.BinOp(op=op) if type(op) in ARITHMETIC:
            yield ast.BinOp(node.left, ARITHMETIC[type(op)](), node.right)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.IfExp():
            yield from (node.body, node.orelse)


def _calls(node: ast.Name | ast.Attribute | ast.Call) -> Iterator[ast.AST]:
    match node:
        case ast.Attribute(attr=name) if name in OPPOSITES:
            yield ast.Attribute(node.value, OPPOSITES[name], node.ctx)
        case ast.Name(id=name) if name in OPPOSITES:
            yield ast.Name(OPPOSITES[name], node.ctx)
        case ast.Call(args=[only], keywords=[]) if _write(node.func).split(".")[-1] in LEFT_OUT:
            yield only


def _compare(node: ast.Compare) -> Iterator[ast.AST]:
    for place, op in enumerate(node.ops):
        for other in COMPARISONS[type(op)]:
            ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield ast.Compare(node.left, ops, node.comparators)


def _join(node: ast.BoolOp) -> Iterator[ast.AST]:
    other: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield ast.BoolOp(other, node.values)
    for place in range(len(node.values)):
        kept = [*node.values[:place], *node.values[place + 1 :]]
        yield kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)


def _constants(node: ast.Constant, parent: ast.AST) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield from (ast.Constant(value + 1), ast.Constant(value - 1))
    elif isinstance(value, float):
        yield from (ast.Constant(one) for one in ((2.0 * value, 0.0) if value else (1.0, -1.0)))
    elif isinstance(value, str) and isinstance(parent, ast.arguments | ast.AnnAssign):
        yield ast.Constant(f"not {value}")


def _statements(node: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
    if _has_effect(node):
        yield ast.Pass()
    match node:
        case ast.AugAssign(op=op) if type(op) in ARITHMETIC:
            yield ast.AugAssign(node.target, ARITHMETIC[type(op)](), node.value)
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case ast.Return(value=ast.expr() as value) if _write(value) != "None":
            yield ast.Return(ast.Constant(None))
            if "bool" in _annotation_of(parent):
                yield ast.Return(ast.UnaryOp(ast.Not(), value))
        case ast.If() | ast.While():
            yield from _conditions(node)


def _has_effect(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.AugAssign() | ast.Delete():
            return True
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
    return False


def _conditions(node: ast.If | ast.While) -> Iterator[ast.AST]:
    yield type(node)(ast.Constant(False), node.body, node.orelse)
    if isinstance(node, ast.If):
        yield ast.If(ast.Constant(True), node.body, node.orelse)


def _annotation_of(parent: ast.AST) -> str:
    returns = parent.returns if isinstance(parent, ast.FunctionDef) else None
    return _write(returns) if returns is not None else ""


def _is_text(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case ast.IfExp(body=first, orelse=second) | ast.BinOp(left=first, right=second):
            return _is_text(first) or _is_text(second)
    return False
