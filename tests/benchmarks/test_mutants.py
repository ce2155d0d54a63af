"""The mutator: what it changes, what it leaves alone, and that its forks notice a change."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SOURCE = '''
"""A module."""

LIMIT = 3
NAMES: tuple[str, ...] = ("a",)


def clip(value: float, most: float = 2.0, *, name: str = "value") -> bool:
    """Clip."""
    if value < 0 and not name:
        raise ValueError(f"{name} is below {0}")
    values = [one for one in (value, most) if one > LIMIT]
    values.append(1.5)
    for one in values:
        if one == most:
            continue
        values[0] = min(one, -most)
    return value <= most
'''


@pytest.fixture
def mutants(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return benchmarks/_mutants.py."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("_mutants")


def changed_sources(mutants: ModuleType, source: str) -> Iterator[tuple[str, str]]:
    tree = ast.parse(source)
    for mutant in mutants.find_mutants(tree, ()):
        old = mutant.exchange()
        yield f"{mutant.before} -> {mutant.after}", ast.unparse(ast.fix_missing_locations(tree))
        mutant.restore(old)
        assert ast.unparse(tree) == ast.unparse(ast.parse(source))


def test_every_mutant_is_another_program_that_compiles(mutants: ModuleType) -> None:
    programs = [program for _, program in changed_sources(mutants, SOURCE)]
    assert len(set(programs)) == len(programs)
    assert ast.unparse(ast.parse(SOURCE)) not in programs
    for program in programs:
        compile(program, "mutant", "exec")


@pytest.mark.parametrize(
    "change",
    [
        "LIMIT = 3 -> LIMIT = 4",
        "2.0 -> 4.0",
        "'value' -> 'not value'",
        "value < 0 and (not name) -> value <= 0 and (not name)",
        "value < 0 and (not name) -> value < 0 or not name",
        "value < 0 and (not name) -> value < 0",
        "value < 0 and (not name) -> value < 0 and name",
        "if value < 0 and (not name): -> if False:",
        "raise ValueError(f'{name} is below {0}') -> pass",
        "for one in (value, most) if one > LIMIT -> for one in (value, most)",
        "values.append(1.5) -> pass",
        "values.append(1.5) -> values.append(3.0)",
        "continue -> break",
        "values[0] = min(one, -most) -> pass",
        "values[0] = min(one, -most) -> values[0] = max(one, -most)",
        "values[0] = min(one, -most) -> values[0] = min(one, most)",
        "return value <= most -> return not value <= most",
        "return value <= most -> return value < most",
    ],
)
def test_a_change_of_each_kind_is_made(mutants: ModuleType, change: str) -> None:
    made = [name for name, _ in changed_sources(mutants, SOURCE)]
    assert any(change in name for name in made), made


def test_texts_and_types_are_left_alone(mutants: ModuleType) -> None:
    for name, program in changed_sources(mutants, SOURCE):
        assert "'''A module.'''" in program.replace('"""', "'''"), name
        assert "tuple[str, ...]" in program, name
        assert "is below {0}" in program or name.startswith("raise"), name


def test_functions_that_only_make_texts_are_left_alone(mutants: ModuleType) -> None:
    tree = ast.parse(SOURCE)
    assert {one.function for one in mutants.find_mutants(tree, ("clip",))} == {""}


def test_equal_changes_of_one_function_are_told_apart(mutants: ModuleType) -> None:
    tree = ast.parse(
        "def two(n):\n    if n > 1:\n        return n\n    if n > 1:\n        return n\n"
    )
    keys = [one.key for one in mutants.find_mutants(tree, ())]
    assert len(set(keys)) == len(keys)
    assert any(after.endswith("#2") for _, _, after in keys)


def test_lines_of_a_mutant_are_those_of_its_own_statement(mutants: ModuleType) -> None:
    tree = ast.parse(SOURCE)
    found = {one.before: one.lines for one in mutants.find_mutants(tree, ())}
    first = SOURCE.split("\n").index("    if value < 0 and not name:") + 1
    assert found["if value < 0 and (not name):"] == range(first, first + 1)


def test_tests_are_chosen_by_the_lines_they_execute_the_quickest_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    traces = importlib.import_module("_mutant_traces")
    trace = traces.Trace(
        seconds={"slow": 2.0, "quick": 0.1, "elsewhere": 0.1},
        lines={"slow": {"a.py": {10, 11}}, "quick": {"a.py": {11}}, "elsewhere": {"b.py": {11}}},
        at_import={"a.py": {1, 2}},
    )
    assert trace.choose("a.py", range(11, 12)) == ("quick", "slow")
    assert trace.choose("a.py", range(10, 11)) == ("slow",)
    assert trace.choose("a.py", range(12, 13)) == ()
    # What runs at import may show in whatever touches the module at all.
    assert trace.choose("a.py", range(2, 3)) == ("quick", "slow")


def test_listed_survivors_are_of_modules_that_are_guarded_and_give_reasons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    study = importlib.import_module("study_mutants")
    for (file, *change), reason in study.read_known().items():
        assert file in study.GUARDS
        assert len(reason) > 20
        tree = ast.parse((BENCHMARKS.parent / "src" / file).read_text(encoding="utf-8"))
        keys = {one.key for one in study.find_mutants(tree, study.TEXT_MAKERS)}
        assert tuple(change) in keys, f"{file} makes no such mutant any longer: {change}"
