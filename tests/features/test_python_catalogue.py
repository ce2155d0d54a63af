"""Catalogues in a Python file: parsed, and never run."""

from pathlib import Path

import pytest

from bellwether import features as f
from bellwether.features import (
    FeatureSet,
    UnreadableCatalogue,
    read_catalogue,
    read_python_catalogue,
)

HEAD = 'name = "mine"\nversion = "1"\n'


def test_assignments_are_features_and_names_with_a_dash_before_are_parts() -> None:
    text = f'''"""What I look at."""
from bellwether.features import *  # for an editor; it is not run
{HEAD}
_window = 20
_change = close / ref(close, 1) - 1
unrest = std(_change, _window)  # a part is used twice
calm = 1 / (1 + unrest)
RSQR20 = Rsquare(close, 20)
'''
    change = f.close / f.ref(f.close, 1) - 1
    unrest = f.std(change, 20)
    expected = (("unrest", unrest), ("calm", 1 / (1 + unrest)), ("RSQR20", f.r2(f.close, 20)))
    assert read_python_catalogue(text) == FeatureSet(name="mine", version="1", features=expected)


def test_it_is_the_same_catalogue_as_in_toml() -> None:
    python = read_python_catalogue(HEAD + "a = mean(close, 5) / close")
    toml = read_catalogue(HEAD + '[features]\na = "Mean($close, 5)/$close"')
    assert python.digest == toml.digest


def test_nothing_in_it_runs(tmp_path: Path) -> None:
    told = tmp_path / "ran"
    lines = [
        f"a = open({str(told)!r}, 'w').close()",
        f"a = __import__('pathlib').Path({str(told)!r}).touch()",
        "a = [close for _ in range(3)]",
        "a = (lambda: close)()",
        "a = close.real",
        "import os",
        "from os import path",
        "from . import features",
        "print(1)",
        "def a(): return close",
        "a: int = close",
        "a, b = close, open",
        "a = b = close",
        "a += close",
        "if True: a = close",
    ]
    for line in lines:
        with pytest.raises(UnreadableCatalogue):
            read_python_catalogue(HEAD + line)
    assert not told.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ", "a catalogue in Python"),
        ("a = close\nfor x in y: pass", "an assignment of an expression in line 4"),
        ("a = mena(close, 3)", r"\(line 3\), was 'mena'; did you mean mean"),
        ("a = later\nlater = close", r"\(line 3\), was 'later'"),
        ("a = close\na = open", "a new name in line 4"),
        ("close = open", "a name of your own in line 3, was close"),
        ("mean = open", "a name of your own in line 3, was mean"),
        ("a = 3", "a number that other lines use is named _a"),
        ("a = std(close, 2 ** 0.5)", "a number as parameter"),
        ("a = log(3)", "looks at the bars as a"),
        ("_a = close", "at least one feature"),
        ('name = "again"\na = close', "a new name in line 3, was name"),
        ("a = " + "-" * 60_000 + "close", "Python|expression"),
        ("a = " + "(" * 5_000 + "close" + ")" * 5_000, "Python"),
    ],
)
def test_what_is_no_catalogue_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(Exception, match=message) as raised:
        read_python_catalogue(HEAD + text)
    assert raised.value.__class__.__name__ in {"UnreadableCatalogue", "InvalidFeatureSet"}


def test_a_catalogue_without_a_name_is_told() -> None:
    with pytest.raises(UnreadableCatalogue, match="the key version"):
        read_python_catalogue('name = "mine"\na = close')
    with pytest.raises(UnreadableCatalogue, match="a text as name"):
        read_python_catalogue("name = 3\nversion = '1'\na = close")


def test_parts_that_double_are_refused_before_they_are_written_out() -> None:
    doubling = "\n".join(f"_{n + 1} = _{n} + _{n}" for n in range(60))
    with pytest.raises(UnreadableCatalogue, match="at most 200000 parts in a"):
        read_python_catalogue(f"{HEAD}_0 = close\n{doubling}\na = _60 / close")
